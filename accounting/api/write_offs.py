"""Write-offs of open items over HTTP."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from accounting.models import Control, WriteOff, WriteOffKind
from accounting.services import settlements
from backoffice.core.api.actions import NOBODYS, ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER, Amount
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn

CONTROLS = (Control.RECEIVABLE, Control.PAYABLE)


class ChosenItemIn(serializers.Serializer[Any]):
    """item: id of an open item. amount: above zero; without one, all that is open."""

    item = serializers.IntegerField()
    amount = Amount(required=False)


class ItemWriteOffIn(serializers.Serializer[Any]):
    company = serializers.SlugField(required=False)
    items = ChosenItemIn(many=True)
    kind = serializers.ChoiceField(choices=WriteOffKind.choices)
    reason = serializers.CharField(max_length=300)
    date = serializers.DateField(required=False)


class ItemWriteOffOut(serializers.ModelSerializer[WriteOff]):
    number = serializers.CharField(read_only=True)
    party = serializers.CharField(source="party.code")

    class Meta:
        model = WriteOff
        fields = [
            "id", "number", "party", "kind", "side", "currency", "amount", "base_amount", "date", "reason", "status",
            "created_label", "decided_label", "entry",
        ]  # fmt: skip


def chosen_of(rows: list[dict[str, Any]]) -> list[settlements.Chosen]:
    return [settlements.Chosen(row["item"], row.get("amount")) for row in rows]


class WriteOffViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[WriteOff]
):
    """What is given up of open items; above the company's threshold somebody else approves."""

    access = {
        **dict.fromkeys(("list", "retrieve"), ("accounting:read", "accounting.view_writeoff")),
        "create": ("payments:write", "accounting.add_payment"),
        "approve": ("journals:approve", "accounting.approve_writeoff"),
        "refuse": ("journals:approve", "accounting.approve_writeoff"),
    }
    serializer_class = ItemWriteOffOut

    def get_queryset(self) -> QuerySet[WriteOff]:
        return own_rows(self.request, WriteOff.objects.select_related("party").order_by("-pk"), channel=NOBODYS)

    @extend_schema(request=ItemWriteOffIn, responses={201: ItemWriteOffOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Give up items of one side."""
        body = ItemWriteOffIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        made = settlements.write_off_items(
            chosen_of(given["items"]),
            company_id=company_of(request, given.get("company")),
            date=given.get("date") or timezone.localdate(),
            kind=given["kind"],
            reason=given["reason"],
            actor=actor_of(request),
        )
        return Response(ItemWriteOffOut(made).data, status=201)

    @extend_schema(request=None, responses=ItemWriteOffOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def approve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        made = self.get_object()
        done = settlements.approve_write_off(made.pk, company_id=made.company_id, actor=actor_of(request))
        return Response(ItemWriteOffOut(done).data)

    @extend_schema(request=ReasonIn, responses=ItemWriteOffOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def refuse(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        made = self.get_object()
        done = settlements.refuse_write_off(
            made.pk, company_id=made.company_id, actor=actor_of(request), reason=body.validated_data["reason"]
        )
        return Response(ItemWriteOffOut(done).data)
