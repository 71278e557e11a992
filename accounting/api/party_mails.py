"""Statements of account by mail and as PDF, and the mails of the books, over HTTP."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from accounting.api.lookups import party_ids_of, wrong
from accounting.bulk import days_of
from accounting.letters import print_letters, statement_letter, statement_question
from accounting.models import (
    Party,
    PartyMail,
    PartyMailKind,
)
from accounting.services.party_mails import ask_for_mail
from backoffice.core.api.actions import NOBODYS, ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent


class StatementMailIn(serializers.Serializer[Any]):
    company = serializers.SlugField(required=False)
    party = serializers.CharField(max_length=60)
    start = serializers.DateField()
    end = serializers.DateField()
    control = serializers.ChoiceField(["receivable", "payable"], default="receivable")


class PartyMailOut(serializers.ModelSerializer[PartyMail]):
    party = serializers.CharField(source="party.code")

    class Meta:
        model = PartyMail
        fields = ["id", "party", "kind", "facts", "status", "attempts", "requested_at", "sent_at", "error"]


class PartyMailViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[PartyMail]
):
    """Mails of the books: reminders and statements of account, and what became of them."""

    access = {
        **dict.fromkeys(("list", "retrieve"), ("accounting:read", "accounting.view_partymail")),
        "statement": ("dunning:write", "accounting.add_partymail"),
        "statement_pdf": ("accounting:read", "accounting.view_openitem"),
    }
    serializer_class = PartyMailOut

    def get_queryset(self) -> QuerySet[PartyMail]:
        return own_rows(self.request, PartyMail.objects.select_related("party").order_by("-pk"), channel=NOBODYS)

    @extend_schema(request=StatementMailIn, responses={202: PartyMailOut}, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def statement(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Mail a statement of account in the customer's language. Many at once: bulk-jobs/, accounting.mail_statements."""
        body = StatementMailIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        party = party_of(company_of(request, given.get("company")), given["party"])
        facts = days_of({"start": str(given["start"]), "end": str(given["end"]), "control": given["control"]})
        caller = getattr(request.auth, "pk", None) or f"u{request.user.pk}"
        key = f"statement:{party.pk}:{caller}:{request.headers.get('Idempotency-Key', '')}"[:120]
        made = ask_for_mail(party, PartyMailKind.STATEMENT, facts, key, actor_of(request))
        return Response(PartyMailOut(made).data, status=202)

    @extend_schema(
        parameters=[
            OpenApiParameter(name, str, required=name in ("party", "start", "end"))
            for name in ("party", "start", "end", "control", "language", "company")
        ],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    @action(detail=False, methods=["get"], url_path="statement-pdf")
    def statement_pdf(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The statement as the customer gets it."""
        asked = request.query_params
        party = party_of(company_of(request, asked.get("company")), asked.get("party", ""))
        facts = days_of({name: asked.get(name, "") for name in ("start", "end", "control")})
        if facts["control"] not in ("receivable", "payable"):
            raise wrong("control", _("This is not known."))
        language = asked.get("language", "")
        letter = statement_letter(statement_question(party, facts), language if language in ("en", "ka", "ru") else "")
        return HttpResponse(print_letters([letter]), content_type="application/pdf")


def party_of(company_id: int, code: str) -> Party:
    [pk] = party_ids_of(company_id, [code.replace("\x00", "")], field="party")
    if pk is None:
        raise wrong("party", _("Name the customer or supplier."), "required")
    return Party.objects.select_related("company", "person", "address").get(pk=pk)
