"""Certificates of customers who owe no tax, over HTTP."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting import services
from accounting.api.companies import company_of
from accounting.api.lookups import wrong
from accounting.models import Party, TaxExemption
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent


class TaxExemptionOut(serializers.ModelSerializer[TaxExemption]):
    party = serializers.CharField(source="party.code")

    class Meta:
        model = TaxExemption
        fields = ["id", "party", "number", "country", "region", "valid_from", "valid_to", "note"]


class TaxExemptionIn(serializers.Serializer[Any]):
    """party: the customer's code. country, region: where it counts; empty: anywhere."""

    company = serializers.SlugField(required=False)
    party = serializers.CharField(max_length=60)
    number = serializers.CharField(max_length=80)
    country = serializers.RegexField("^[A-Z]{2}$", required=False, allow_blank=True, default="")
    region = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class TaxExemptionEndIn(serializers.Serializer[Any]):
    last_day = serializers.DateField()
    reason = serializers.CharField(max_length=300)


class TaxExemptionViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[TaxExemption]
):
    """Who owes no tax, by which certificate."""

    access = {
        **dict.fromkeys(("list", "retrieve"), ("accounting:read", "accounting.view_taxexemption")),
        "create": ("taxes:write", "accounting.add_taxexemption"),
        "end": ("taxes:write", "accounting.change_taxexemption"),
    }
    serializer_class = TaxExemptionOut

    def get_queryset(self) -> QuerySet[TaxExemption]:
        return own_rows(self.request, TaxExemption.objects.select_related("party").order_by("pk"))

    @extend_schema(request=TaxExemptionIn, responses={201: TaxExemptionOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A certificate; sales that it covers go by the rules for exempt customers from now on."""
        body = TaxExemptionIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        company_id = company_of(request, given.pop("company", None))
        party = Party.objects.filter(company_id=company_id, code=given.pop("party")).first()
        if party is None:
            raise wrong("party", gettext("There is no such customer."))
        made = services.create_exemption(company_id=company_id, party_id=party.pk, actor=actor_of(request), **given)
        return Response(TaxExemptionOut(made).data, status=201)

    @extend_schema(request=TaxExemptionEndIn, responses=TaxExemptionOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def end(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """It counts until the last day given."""
        body = TaxExemptionEndIn(data=request.data)
        body.is_valid(raise_exception=True)
        found = self.get_object()
        ended = services.end_exemption(
            found.pk, company_id=found.company_id, actor=actor_of(request), **body.validated_data
        )
        return Response(TaxExemptionOut(ended).data)
