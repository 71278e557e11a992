"""Orders changed after they were placed, over HTTP: edits and what they came to."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import actor_of
from backoffice.core.api.auth import may
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from inventory.selectors import skus_by_code
from orders import services
from orders.api.serializers import AddressIn, Amount, OrderDetail
from orders.api.versions import IF_MATCH
from orders.inputs import AddressInput
from orders.models import ChargeKind, Order, OrderRevision

LEAST = Decimal("0.000001")
MAX_LINES = 500
ACCESS = {
    "change": ("orders:write", "orders.change_order"),
    "revisions": ("orders:read", "orders.view_order"),
}


class LineEditIn(serializers.Serializer[Any]):
    """quantity: what the buyer gets of the line in all; 0 removes it. sku: another article for what has not shipped."""

    line = serializers.IntegerField(min_value=1)
    quantity = Amount(required=False)
    unit_price = Amount(required=False)
    sku = serializers.CharField(max_length=120, required=False)
    discount = Amount(required=False, help_text="On the whole line.")


class LineAddIn(serializers.Serializer[Any]):
    """unit_price left out: what the SKU costs this buyer."""

    sku = serializers.CharField(max_length=120)
    quantity = Amount(min_value=LEAST)
    unit_price = Amount(required=False)
    discount = Amount(required=False)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)


class ChargeEditIn(serializers.Serializer[Any]):
    """amount: the whole charge's from now on; remove takes it off."""

    charge = serializers.IntegerField(min_value=1)
    amount = Amount(min_value=None, required=False)
    remove = serializers.BooleanField(required=False, default=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["remove"] == ("amount" in given):
            raise serializers.ValidationError({"amount": [_("Give a new amount, or remove the charge.")]})
        return given


class ChargeAddIn(serializers.Serializer[Any]):
    """A negative amount is a discount on the order. Tax is the channel's of the day unless a rate is given."""

    kind = serializers.ChoiceField(choices=ChargeKind.choices)
    amount = Amount(min_value=None)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    tax_rate = serializers.DecimalField(max_digits=9, decimal_places=6, min_value=Decimal(0), required=False)


class ChangeIn(serializers.Serializer[Any]):
    """What is left out stays as it is. Prices, discounts and charges want the scope orders:price."""

    reason = serializers.CharField(max_length=300)
    lines = LineEditIn(many=True, required=False, max_length=MAX_LINES)
    added = LineAddIn(many=True, required=False, max_length=MAX_LINES)
    charges = ChargeEditIn(many=True, required=False, max_length=MAX_LINES)
    added_charges = ChargeAddIn(many=True, required=False, max_length=MAX_LINES)
    shipping_address = AddressIn(required=False)
    shipping_service = serializers.CharField(max_length=60, required=False, allow_blank=True)
    promise_date = serializers.DateField(required=False)
    note = serializers.CharField(max_length=5000, required=False, allow_blank=True)

    def to_edit(self, company_id: int) -> services.OrderEdit:
        """Raises InvalidInput for an SKU that nobody knows."""
        given = dict(self.validated_data)
        lines, added = given.get("lines", []), given.get("added", [])
        known = skus_of(company_id, [("lines", lines), ("added", added)])
        return services.OrderEdit(
            lines=[
                services.LineEdit(
                    line["line"],
                    line.get("quantity"),
                    line.get("unit_price"),
                    known[line["sku"]] if "sku" in line else None,
                    line.get("discount"),
                )
                for line in lines
            ],
            added=[
                services.LineAddition(
                    known[line["sku"]],
                    line["quantity"],
                    line.get("unit_price"),
                    line.get("description", ""),
                    line.get("discount", Decimal(0)),
                )
                for line in added
            ],
            charges=[services.ChargeEdit(item["charge"], item.get("amount")) for item in given.get("charges", [])],
            added_charges=[services.ChargeAddition(**item) for item in given.get("added_charges", [])],
            shipping_address=AddressInput(**given["shipping_address"]) if "shipping_address" in given else None,
            **{name: given.get(name) for name in ("shipping_service", "promise_date", "note")},
        )


def skus_of(company_id: int, parts: Sequence[tuple[str, Sequence[dict[str, Any]]]]) -> dict[str, int]:
    """SKU ids by the codes that rows name; raises InvalidInput naming field and row of every unknown one."""
    codes = sorted({row["sku"] for _name, rows in parts for row in rows if "sku" in row})
    known = skus_by_code(company_id, codes) if codes else {}
    errors = [
        {
            "field": f"{name}.{number}.sku",
            "message": _("There is no SKU “%(code)s”.") % {"code": row["sku"][:60]},
            "code": "unknown_sku",
        }
        for name, rows in parts
        for number, row in enumerate(rows)
        if "sku" in row and row["sku"] not in known
    ]
    if errors:
        raise InvalidInput(_("Some fields are wrong; nothing was saved."), errors=errors)
    return known


def may_price(request: Any) -> bool:
    """By the right, and a program by its scope too."""
    return may(request, "orders:price", "orders.change_price")


class RevisionOut(serializers.ModelSerializer[OrderRevision]):
    class Meta:
        model = OrderRevision
        fields = ["version", "made_by", "recorded_at", "reason", "changes", "before", "total_before", "total_after"]


class ChangedOut(OrderDetail):
    """The order, and the cancel requests that its warehouse has to answer first."""

    cancel_requests = serializers.SerializerMethodField()

    class Meta(OrderDetail.Meta):
        fields = [*OrderDetail.Meta.fields, "cancel_requests"]

    def get_cancel_requests(self, order: Order) -> list[int]:
        return list(order.cancel_requests.filter(status="open").order_by("pk").values_list("pk", flat=True))


class ChangeActions:
    """For the view set of orders."""

    @extend_schema(request=ChangeIn, responses=ChangedOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def change(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Edit a placed or released order; carried through to claims, work and bill, or refused with the reason."""
        body = ChangeIn(data=request.data)
        body.is_valid(raise_exception=True)
        order = self.get_object()  # type: ignore[attr-defined]
        services.change_order(
            order.pk,
            edit=body.to_edit(order.company_id),
            company_id=order.company_id,
            actor=actor_of(request),
            reason=body.validated_data["reason"],
            today=timezone.localdate(),
            may_price=may_price(request),
        )
        return Response(ChangedOut(self.get_object()).data)  # type: ignore[attr-defined]

    @extend_schema(responses=RevisionOut(many=True))
    @action(detail=True, methods=["get"])
    def revisions(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Every edit, oldest first; `before` of the first is the order as the channel sent it."""
        rows = self.get_object().revisions.order_by("version")[:500]  # type: ignore[attr-defined]
        return Response(RevisionOut(rows, many=True).data)
