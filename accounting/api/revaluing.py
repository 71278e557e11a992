"""Foreign balances at the rate of a day, and revenue earned month by month, over HTTP."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting import services
from accounting.api.companies import company_of
from accounting.api.lookups import wrong
from accounting.models import (
    CurrencyRevaluation,
    CurrencyRevaluationLine,
    InvoiceLine,
    RevenueDeferral,
    RevenueDeferralPart,
)
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn


class CurrencyRevaluationIn(serializers.Serializer[Any]):
    company = serializers.SlugField(required=False)
    date = serializers.DateField()


class CurrencyRevaluationLineOut(serializers.ModelSerializer[CurrencyRevaluationLine]):
    account = serializers.CharField(source="account.code")

    class Meta:
        model = CurrencyRevaluationLine
        fields = ["account", "currency", "amount", "book_value", "rate", "value"]


class CurrencyRevaluationOut(serializers.ModelSerializer[CurrencyRevaluation]):
    """difference: a gain, or a loss below zero. entry: of the day; reversal: of the day after."""

    lines = CurrencyRevaluationLineOut(many=True)

    class Meta:
        model = CurrencyRevaluation
        fields = ["id", "date", "difference", "entry", "reversal", "made_label", "lines"]


class CurrencyRevaluationViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[CurrencyRevaluation]
):
    """Unrealised exchange differences."""

    access = {
        **dict.fromkeys(("list", "retrieve"), ("accounting:read", "accounting.view_currencyrevaluation")),
        "create": ("journals:write", "accounting.add_currencyrevaluation"),
    }
    serializer_class = CurrencyRevaluationOut

    def get_queryset(self) -> QuerySet[CurrencyRevaluation]:
        return own_rows(self.request, CurrencyRevaluation.objects.prefetch_related("lines__account").order_by("-pk"))

    @extend_schema(request=CurrencyRevaluationIn, responses={201: CurrencyRevaluationOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Post what foreign balances gained or lost by a day, and its mirror on the day after."""
        body = CurrencyRevaluationIn(data=request.data)
        body.is_valid(raise_exception=True)
        company_id = company_of(request, body.validated_data.get("company"))
        made = services.revalue_currencies(
            company_id=company_id, date=body.validated_data["date"], actor=actor_of(request)
        )
        return Response(CurrencyRevaluationOut(self.get_queryset().get(pk=made.pk)).data, status=201)


class RevenueDeferralIn(serializers.Serializer[Any]):
    """invoice: its id; position: of the line."""

    invoice = serializers.IntegerField()
    position = serializers.IntegerField(min_value=1)
    start = serializers.DateField()
    months = serializers.IntegerField(min_value=1, max_value=120)


class RevenueDeferralPartOut(serializers.ModelSerializer[RevenueDeferralPart]):
    class Meta:
        model = RevenueDeferralPart
        fields = ["date", "amount", "entry"]


class RevenueDeferralOut(serializers.ModelSerializer[RevenueDeferral]):
    parts = RevenueDeferralPartOut(many=True)
    invoice = serializers.IntegerField(source="invoice_line.invoice_id")

    class Meta:
        model = RevenueDeferral
        fields = ["id", "invoice", "amount", "start_date", "months", "status", "entry", "parts"]


class RevenueDeferralViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[RevenueDeferral]
):
    """Revenue billed ahead, earned month by month."""

    access = {
        **dict.fromkeys(("list", "retrieve"), ("accounting:read", "accounting.view_revenuedeferral")),
        "create": ("journals:write", "accounting.add_revenuedeferral"),
        "end": ("journals:write", "accounting.change_revenuedeferral"),
    }
    serializer_class = RevenueDeferralOut

    def get_queryset(self) -> QuerySet[RevenueDeferral]:
        rows = RevenueDeferral.objects.select_related("invoice_line").prefetch_related("parts")
        return own_rows(self.request, rows.order_by("-pk"))

    @extend_schema(request=RevenueDeferralIn, responses={201: RevenueDeferralOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take a billed line out of revenue and earn it over months."""
        body = RevenueDeferralIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        line = (
            own_rows(request, InvoiceLine.objects.select_related("invoice"), company="invoice__company_id")
            .filter(invoice_id=given["invoice"], position=given["position"])
            .first()
        )
        if line is None:
            raise wrong("position", _("There is no such line of an invoice."))
        made = services.defer_revenue(
            line.pk,
            company_id=line.invoice.company_id,
            start=given["start"],
            months=given["months"],
            actor=actor_of(request),
        )
        return Response(RevenueDeferralOut(self.get_queryset().get(pk=made.pk)).data, status=201)

    @extend_schema(request=ReasonIn, responses=RevenueDeferralOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def end(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Earn all that is left at once."""
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        found = self.get_object()
        services.end_deferral(
            found.pk,
            company_id=found.company_id,
            at=timezone.now(),
            actor=actor_of(request),
            reason=body.validated_data["reason"],
        )
        return Response(RevenueDeferralOut(self.get_queryset().get(pk=found.pk)).data)
