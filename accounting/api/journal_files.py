"""Plain-text journals over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounting.api.companies import company_of
from accounting.models import JournalEntry
from accounting.services.journal_files import import_journal, preview_journal
from backoffice.core.api.actions import ActionAccess, actor_of


class JournalFileIn(serializers.Serializer[Any]):
    """no_value: commodities that are no money, such as hours. check: tell what the file would do, write nothing."""

    company = serializers.SlugField(required=False)
    file = serializers.FileField(allow_empty_file=True)
    format = serializers.CharField(max_length=10, required=False, help_text="beancount or ledger")
    no_value = serializers.ListField(child=serializers.CharField(max_length=20), required=False)
    check = serializers.BooleanField(default=False)


class JournalFileOut(serializers.Serializer[Any]):
    entries = serializers.IntegerField()
    already = serializers.IntegerField()
    accounts = serializers.IntegerField()


class JournalPreviewOut(serializers.Serializer[Any]):
    format = serializers.CharField()
    transactions = serializers.IntegerField()
    already = serializers.IntegerField()
    first_date = serializers.DateField(allow_null=True)
    last_date = serializers.DateField(allow_null=True)
    new_accounts = serializers.ListField(child=serializers.CharField())
    new_commodities = serializers.ListField(child=serializers.CharField())
    unvalued = serializers.ListField(child=serializers.CharField())


class JournalFileViewSet(ActionAccess, viewsets.GenericViewSet[JournalEntry]):
    """Journals kept as plain text, posted once however often they come; needs no key."""

    access = {"create": ("accounting:import", "accounting.add_journalentry")}
    queryset = JournalEntry.objects.none()
    serializer_class = JournalFileOut
    parser_classes = [MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": JournalFileIn}, responses={200: JournalPreviewOut, 201: JournalFileOut}
    )
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Post every transaction of a beancount or ledger file, or only check it."""
        body = JournalFileIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        content = given["file"].read()
        options = {
            "company_id": company_of(request, given.get("company")),
            "file_format": given.get("format", ""),
            "no_value": given.get("no_value", []),
        }
        if given["check"]:
            return Response(JournalPreviewOut(preview_journal(content, **options)).data)
        done = import_journal(content, actor=actor_of(request), file_name=given["file"].name or "", **options)
        return Response(JournalFileOut(done).data, status=201)
