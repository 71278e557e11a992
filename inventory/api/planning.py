"""Reorder rules, replenishment proposals and stock alerts."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from backoffice.core.fields import DECIMAL_PLACES, MAX_DIGITS
from inventory import services
from inventory.api.filters import ProposalFilter, ReorderRuleFilter, StockAlertFilter
from inventory.api.moving import warehouse_id
from inventory.models import Proposal, ReorderRule, Sku, StockAlert
from inventory.replenishment_words import tell, why_of

MAX_IDS = 1_000


def _quantity(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES, **options)


class ReorderRuleIn(serializers.Serializer[Any]):
    """What is left out or null is computed from the demand, or the company's planning settings."""

    sku = serializers.CharField(max_length=60)
    warehouse = serializers.CharField(
        max_length=20, required=False, allow_null=True, default=None, help_text="Null: all without a rule of their own."
    )
    reorder_point = _quantity(required=False, allow_null=True, default=None)
    order_up_to = _quantity(required=False, allow_null=True, default=None)
    safety_days = serializers.IntegerField(min_value=0, max_value=3650, required=False, allow_null=True, default=None)
    cover_days = serializers.IntegerField(min_value=0, max_value=3650, required=False, allow_null=True, default=None)
    source = serializers.CharField(  # type: ignore[assignment]  # a field, as the body names it
        max_length=20, required=False, allow_null=True, default=None, help_text="The warehouse it is brought over from."
    )
    is_active = serializers.BooleanField(default=True)


class ReorderRuleOut(serializers.ModelSerializer[ReorderRule]):
    sku = serializers.CharField(source="sku.code")
    warehouse = serializers.CharField(source="warehouse.code", default=None, allow_null=True)
    source = serializers.CharField(source="source.code", default=None, allow_null=True)  # type: ignore[assignment]

    class Meta:
        model = ReorderRule
        fields = [
            "id", "sku", "warehouse", "reorder_point", "order_up_to", "safety_days", "cover_days", "source", "is_active",
        ]  # fmt: skip


class ReorderRuleViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ReorderRule]
):
    access = {
        "list": ("purchasing:read", "inventory.view_reorderrule"),
        "retrieve": ("purchasing:read", "inventory.view_reorderrule"),
        "create": ("purchasing:write", "inventory.change_reorderrule"),
        "remove": ("purchasing:write", "inventory.delete_reorderrule"),
    }
    filterset_class = ReorderRuleFilter
    serializer_class = ReorderRuleOut

    def get_queryset(self) -> QuerySet[ReorderRule]:
        return own_rows(self.request, ReorderRule.objects.select_related("sku", "warehouse", "source"))

    @extend_schema(request=ReorderRuleIn, responses={201: ReorderRuleOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make the rule of a SKU in a warehouse, or replace it."""
        body = ReorderRuleIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        sku = own_rows(request, Sku.objects.all()).filter(code__iexact=given.pop("sku")).first()
        if sku is None:
            raise InvalidInput(_("There is no such SKU."), errors=[{"field": "sku"}])
        codes = {name: given.pop(name) for name in ("warehouse", "source")}
        places = {name: warehouse_id(sku.company_id, code, name) if code else None for name, code in codes.items()}
        rule = services.set_reorder_rule(
            services.RuleInput(**given, source_id=places["source"]),
            sku_id=sku.pk,
            warehouse_id=places["warehouse"],
            company_id=sku.company_id,
            actor=actor_of(request),
        )
        return Response(ReorderRuleOut(rule).data, status=201)

    @extend_schema(request=None, responses={204: None}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def remove(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Give the rule up: the SKU is planned from its demand again."""
        rule = self.get_object()
        services.remove_reorder_rule(rule.pk, company_id=rule.company_id, actor=actor_of(request))
        return Response(status=204)


class ProposalOut(serializers.ModelSerializer[Proposal]):
    """facts: the figures it was counted from; why: the same in sentences, in the reader's language."""

    sku = serializers.CharField(source="sku.code")
    warehouse = serializers.CharField(source="warehouse.code")
    source = serializers.CharField(source="source.code", default=None, allow_null=True)  # type: ignore[assignment]
    supplier = serializers.CharField(source="supplier.code", default=None, allow_null=True)
    quantity = _quantity(source="to_order", read_only=True)
    counted_quantity = _quantity(source="quantity", read_only=True)
    facts = serializers.DictField(child=serializers.CharField(allow_blank=True))
    why = serializers.SerializerMethodField()

    class Meta:
        model = Proposal
        fields = [
            "id", "sku", "warehouse", "source", "supplier", "quantity", "counted_quantity", "value", "needed_date",
            "status", "purchase_order", "transfer", "dismissed_until", "reason", "created_at", "counted_at", "facts", "why",
        ]  # fmt: skip

    def get_why(self, proposal: Proposal) -> list[str]:
        return why_of(proposal)


class QuantityIn(serializers.Serializer[Any]):
    quantity = _quantity(allow_null=True, help_text="Null: as counted.")


class IdsIn(serializers.Serializer[Any]):
    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=MAX_IDS)


class DismissIn(IdsIn):
    until = serializers.DateField(help_text="Not proposed again before.")
    reason = serializers.CharField(max_length=300)


class OrderedOut(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="proposal_id")
    state = serializers.ChoiceField(choices=["done", "already", "refused"])
    purchase_order = serializers.IntegerField(source="purchase_order_id", allow_null=True)
    transfer = serializers.IntegerField(source="transfer_id", allow_null=True)
    code = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)


class DismissedOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["done", "already", "unknown"])


class CountIn(serializers.Serializer[Any]):
    skus = serializers.ListField(child=serializers.CharField(max_length=60), min_length=1, max_length=MAX_IDS)


class CountedOut(serializers.Serializer[Any]):
    skus = serializers.IntegerField()
    opened = serializers.IntegerField()
    changed = serializers.IntegerField()
    gone = serializers.IntegerField()
    alerts = serializers.IntegerField()


class ProposalViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Proposal]
):
    body_rows: ClassVar = {"ids": "inventory.proposal"}
    access = {
        "list": ("purchasing:read", "inventory.view_proposal"),
        "retrieve": ("purchasing:read", "inventory.view_proposal"),
        "choose": ("purchasing:write", "inventory.change_proposal"),
        "order": ("purchasing:write", "inventory.change_proposal"),
        "dismiss": ("purchasing:write", "inventory.change_proposal"),
        "count": ("purchasing:write", "inventory.change_proposal"),
    }
    filterset_class = ProposalFilter
    serializer_class = ProposalOut

    def get_queryset(self) -> QuerySet[Proposal]:
        rows = Proposal.objects.select_related("sku", "warehouse", "source", "supplier")
        return own_rows(self.request, rows)

    @extend_schema(request=QuantityIn, responses=ProposalOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def choose(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Another quantity than was counted."""
        body = QuantityIn(data=request.data)
        body.is_valid(raise_exception=True)
        proposal = self.get_object()
        services.choose_quantity(
            proposal.pk,
            quantity=body.validated_data["quantity"],
            company_id=proposal.company_id,
            actor=actor_of(request),
        )
        return Response(ProposalOut(self.get_object()).data)

    @extend_schema(request=IdsIn, responses=OrderedOut(many=True), parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent()
    def order(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Drafts of purchase orders and transfers, one for each supplier and warehouse; a result for each proposal."""
        ids = self._ids(request, IdsIn)[0]
        done: dict[int, services.Ordered] = {}
        for company_id, own in self._by_company(ids).items():
            results = services.order_proposals(
                own, company_id=company_id, actor=actor_of(request), ordered_at=timezone.now()
            )
            done |= {result.proposal_id: result for result in results}
        unknown = _("There is no such proposal.")
        answer = [done.get(pk) or services.Ordered(pk, "refused", code="unknown", detail=unknown) for pk in ids]
        return Response(OrderedOut(answer, many=True).data)

    @extend_schema(request=DismissIn, responses=DismissedOut(many=True), parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent()
    def dismiss(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Not to be proposed again before a day."""
        ids, given = self._ids(request, DismissIn)
        done: dict[int, str] = {}
        for company_id, own in self._by_company(ids).items():
            done |= services.dismiss_proposals(
                own, company_id=company_id, until=given["until"], reason=given["reason"], actor=actor_of(request)
            )
        answer = [{"id": pk, "state": done.get(pk, "unknown")} for pk in ids]
        return Response(DismissedOut(answer, many=True).data)

    @extend_schema(request=CountIn, responses=CountedOut, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    @idempotent()
    def count(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Count these SKUs' proposals and alerts anew, now. (All SKUs are counted every hour.)"""
        body = CountIn(data=request.data)
        body.is_valid(raise_exception=True)
        codes = body.validated_data["skus"]
        found = own_rows(request, Sku.objects.all()).filter(code__in=codes)
        by_company: dict[int, list[int]] = {}
        for pk, company_id in found.values_list("pk", "company_id"):
            by_company.setdefault(company_id, []).append(pk)
        total = services.Planned()
        for company_id, sku_ids in sorted(by_company.items()):
            total += services.plan_replenishment(company_id=company_id, sku_ids=sku_ids)
        return Response(CountedOut(total).data)

    def _ids(self, request: Any, shape: type[serializers.Serializer[Any]]) -> tuple[list[int], dict[str, Any]]:
        body = shape(data=request.data)
        body.is_valid(raise_exception=True)
        return list(dict.fromkeys(body.validated_data["ids"])), body.validated_data

    def _by_company(self, ids: list[int]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for pk, company_id in self.get_queryset().filter(pk__in=ids).values_list("pk", "company_id"):
            found.setdefault(company_id, []).append(pk)
        return dict(sorted(found.items()))


class StockAlertOut(serializers.ModelSerializer[StockAlert]):
    sku = serializers.CharField(source="sku.code")
    warehouse = serializers.CharField(source="warehouse.code")
    lot = serializers.CharField(source="lot.code", default=None, allow_null=True)
    facts = serializers.DictField(child=serializers.CharField(allow_blank=True))
    says = serializers.SerializerMethodField()

    class Meta:
        model = StockAlert
        fields = [
            "id", "kind", "sku", "warehouse", "lot", "value", "facts", "says", "opened_at", "closed_at", "seen_at", "note",
        ]  # fmt: skip

    def get_says(self, alert: StockAlert) -> str:
        return tell(alert.kind, alert.facts)


class NoteIn(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=300, allow_blank=True)


class StockAlertViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[StockAlert]
):
    access = {
        "list": ("stock:read", "inventory.view_stockalert"),
        "retrieve": ("stock:read", "inventory.view_stockalert"),
        "note": ("purchasing:write", "inventory.change_stockalert"),
    }
    filterset_class = StockAlertFilter
    serializer_class = StockAlertOut

    def get_queryset(self) -> QuerySet[StockAlert]:
        return own_rows(self.request, StockAlert.objects.select_related("sku", "warehouse", "lot"))

    @extend_schema(request=NoteIn, responses=StockAlertOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def note(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say that it was seen and what is done about it."""
        body = NoteIn(data=request.data)
        body.is_valid(raise_exception=True)
        alert = self.get_object()
        services.note_alert(
            alert.pk, note=body.validated_data["note"], company_id=alert.company_id, actor=actor_of(request)
        )
        return Response(StockAlertOut(self.get_object()).data)
