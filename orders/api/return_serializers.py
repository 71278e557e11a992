"""What returns look like over HTTP, asked for and told."""

import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from rest_framework import serializers

from backoffice.core.actor import Actor
from backoffice.core.api.fields import Amount
from orders import services
from orders.models import ExchangeShips, Order, ReturnLine, ReturnOrder, ReturnPhoto
from orders.selectors.exchanges import return_money

LEAST = Decimal("0.000001")
MAX_LINES = 200
WHAT = {"both": (True, True), "money": (False, True), "goods": (True, False)}  # (goods come, money goes)


class ReturnLineIn(serializers.Serializer[Any]):
    order_line = serializers.IntegerField(min_value=1)
    quantity = Amount(min_value=LEAST)


class ExchangeLineIn(serializers.Serializer[Any]):
    """The price is the shop's: that of the order's line of the same SKU, else what the SKU costs this buyer."""

    sku = serializers.CharField(max_length=60)
    quantity = Amount(min_value=LEAST)


class ReturnIn(serializers.Serializer[Any]):
    """external_id: yours, once for each return. instead: exchange the goods for any others that have a price."""

    external_id = serializers.CharField(max_length=100)
    lines = ReturnLineIn(many=True, min_length=1, max_length=MAX_LINES)
    reason_code = serializers.SlugField(max_length=50, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    instead = ExchangeLineIn(many=True, required=False, max_length=MAX_LINES)
    ships = serializers.ChoiceField(ExchangeShips.choices, required=False)


class DeskLineIn(ReturnLineIn):
    """unit_refund: before tax, for one; left out: what was paid for it."""

    unit_refund = Amount(min_value=Decimal(0), required=False)


class ChargeRefundIn(serializers.Serializer[Any]):
    """A charge of the order, such as its shipping. amount: before tax; left out: all that is left of it."""

    charge = serializers.IntegerField(min_value=1)
    amount = Amount(min_value=LEAST, required=False)


class DeskExchangeLineIn(ExchangeLineIn):
    """unit_price wants the scope orders:price (a person: the right to change prices)."""

    unit_price = Amount(min_value=Decimal(0), required=False)


class DeskReturnIn(serializers.Serializer[Any]):
    """what: both (goods come, money goes), money (the customer keeps the goods), goods (nothing is refunded).

    charges: what of them is refunded; left out: shipping, as the channel's policy says. fee: keep the policy's
    restocking fee.
    """

    order = serializers.IntegerField(min_value=1)
    external_id = serializers.CharField(max_length=100, required=False)
    what = serializers.ChoiceField([(name, name) for name in WHAT], default="both")
    lines = DeskLineIn(many=True, required=False, max_length=MAX_LINES)
    charges = ChargeRefundIn(many=True, required=False, max_length=MAX_LINES)
    fee = serializers.BooleanField(default=True)
    reason_code = serializers.SlugField(max_length=50, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=120)
    instead = DeskExchangeLineIn(many=True, required=False, max_length=MAX_LINES)
    ships = serializers.ChoiceField(ExchangeShips.choices, required=False)


class ReturnLineOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    order_line = serializers.IntegerField(source="order_line_id", allow_null=True)
    code = serializers.CharField()
    description = serializers.CharField()
    quantity = Amount()
    received = Amount()
    net = Amount()
    tax = Amount()
    photos = serializers.ListField(child=serializers.IntegerField())


class ReturnOut(serializers.Serializer[Any]):
    """refund: none, due, part or done. net_balance: new goods less credit; above zero the customer owes it.

    photos: ids, to be read at returns/{id}/photos/{photo}/.
    """

    id = serializers.IntegerField()
    number = serializers.CharField()
    order = serializers.IntegerField(source="order_id", allow_null=True)
    external_id = serializers.CharField(allow_null=True)
    status = serializers.CharField()
    what = serializers.ChoiceField([(name, name) for name in WHAT])
    outside_window = serializers.BooleanField()
    refund = serializers.CharField()
    currency = serializers.CharField()
    credit = Amount()
    credit_note = serializers.CharField(allow_null=True)
    exchange_order = serializers.IntegerField(allow_null=True)
    net_balance = Amount()
    lines = ReturnLineOut(many=True)


_PLAIN = ("id", "number", "order_id", "external_id", "status", "outside_window", "currency")
_LINE = ("id", "order_line_id", "code", "description", "quantity", "received", "net", "tax")
_PHOTOS = Prefetch("photos", ReturnPhoto.objects.filter(erased_at__isnull=True).only("return_line_id").order_by("pk"))
_LINES = Prefetch("lines", ReturnLine.objects.order_by("position").prefetch_related(_PHOTOS))


def with_lines(returns: QuerySet[ReturnOrder]) -> QuerySet[ReturnOrder]:
    """As return_rows reads them. Statements: 3."""
    return returns.select_related("credit_note").prefetch_related(_LINES)


def return_rows(found: Sequence[ReturnOrder]) -> list[dict[str, Any]]:
    """For ReturnOut, of returns read by with_lines. Statements: 1, 1 more with exchanges."""
    money = return_money([row.pk for row in found]) if found else {}
    return [
        {
            **{name: getattr(row, name) for name in _PLAIN},
            "what": next(name for name, both in WHAT.items() if both == (row.goods_expected, row.refunds)),
            "refund": money[row.pk].refund,
            "credit": money[row.pk].credit,
            "credit_note": row.credit_note.number if row.credit_note else None,
            "exchange_order": row.exchange_order_id,
            "net_balance": money[row.pk].net,
            "lines": [
                {name: getattr(line, name) for name in _LINE} | {"photos": [photo.pk for photo in line.photos.all()]}
                for line in row.lines.all()
            ],
        }
        for row in found
    ]


def content_of(given: dict[str, Any]) -> str:
    """What is compared when the same external id comes again."""
    return hashlib.sha256(json.dumps(given, sort_keys=True, default=str).encode()).hexdigest()[:32]


def open_return(order: Order, given: dict[str, Any], actor: Actor, *, may_price: bool = False) -> int:
    """What ReturnIn or DeskReturnIn asks for, as one service call; the return's id."""
    lines = [
        services.ReturnInput(line["order_line"], line["quantity"], line.get("unit_refund"))
        for line in given.get("lines", [])
    ]
    common: dict[str, Any] = {
        "company_id": order.company_id,
        "reason": given["note"] or given["reason_code"],
        "reason_code": given["reason_code"],
        "requested_at": timezone.now(),
        "actor": actor,
        "external_id": given.get("external_id"),
        "content_hash": content_of(given),
        "fee": given.get("fee", True),
    }
    if given.get("instead"):
        instead = [
            services.ExchangeLine(new["sku"], new["quantity"], new.get("unit_price")) for new in given["instead"]
        ]
        ships = given.get("ships", "")
        return services.request_exchange(
            order.pk, back=lines, instead=instead, ships=ships, may_price=may_price, **common
        ).return_order_id
    goods, refund = WHAT[given.get("what", "both")]
    charges = None
    if "charges" in given:
        charges = [services.ChargeRefund(charge["charge"], charge.get("amount")) for charge in given["charges"]]
    return services.request_return(order.pk, lines=lines, goods=goods, refund=refund, charges=charges, **common)
