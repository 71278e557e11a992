"""Builders for returns: rules, and goods on their way back."""

from decimal import Decimal
from typing import Any

from orders.models import Channel, GradeWriteDown, OrderLine, RestockingFee, ReturnLine, ReturnPolicy, ReturnReason
from orders.services import ReturnInput, approve_returns, request_return
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import Shop, make_shop, make_sku, make_stock
from tests.factories.sales import line, make_channel, order, place, shipping
from warehouse.services import ReturnedLine, ReturnReceipt, ReturnResult, fulfil_straight, receive_returns

D = Decimal


def make_policy(channel: Channel, **values: Any) -> ReturnPolicy:
    return ReturnPolicy.objects.create(channel=channel, **values)


def make_reason(shop: Shop, code: str = "too_small", **values: Any) -> ReturnReason:
    return ReturnReason.objects.create(company_id=shop.id, code=code, name=code.replace("_", " "), **values)


def make_fee(policy: ReturnPolicy, reason: ReturnReason | None = None, **values: Any) -> RestockingFee:
    return RestockingFee.objects.create(policy=policy, reason=reason, **values)


def make_write_downs(shop: Shop, **percents: str) -> None:
    """A="0", C="40": percent by grade."""
    GradeWriteDown.objects.bulk_create(
        GradeWriteDown(company_id=shop.id, grade=grade, percent=D(percent)) for grade, percent in percents.items()
    )


class Sale:
    """An order shipped at NOON: `quantity` mugs at 10.00 with 2.00 tax each, shipping 4.00 with 0.80, cost 5.00 each."""

    def __init__(self, quantity: str = "3", *, cost_method: str = "average", **channel: Any) -> None:
        self.shop = make_shop()
        self.mug = make_sku(self.shop, cost_method=cost_method)
        make_stock(self.shop, self.mug, "10", "50.00")
        self.channel = make_channel(self.shop, **channel)
        self.order_id = self.sell("A", quantity)
        self.line = OrderLine.objects.get(order_id=self.order_id)

    def sell(self, external_id: str, quantity: str, **values: Any) -> int:
        sold = line(quantity=quantity, tax=D(quantity) * 2, tax_rate=D("0.2"))
        given = order(external_id, sold, charges=[shipping("4", tax=D("0.80"))], **values)
        [placed] = place(self.channel, given)
        fulfil_straight(placed.fulfilment_ids, company_id=self.shop.id, actor=ACTOR, effective_at=NOON)
        assert placed.order_id
        return placed.order_id

    def ask(self, quantity: str = "1", **values: Any) -> int:
        given = {"reason": "does not fit", "requested_at": NOON, "actor": ACTOR} | values
        lines = given.pop("lines", None) or [ReturnInput(self.line.pk, D(quantity), given.pop("unit_refund", None))]
        return request_return(self.order_id, company_id=self.shop.id, lines=lines, **given)

    def approved(self, quantity: str = "1", **values: Any) -> int:
        return_id = self.ask(quantity, **values)
        approve_returns([return_id], company_id=self.shop.id, actor=ACTOR)
        return return_id

    def line_of(self, return_id: int) -> int:
        return ReturnLine.objects.filter(return_order_id=return_id, sku__isnull=False).order_by("position")[0].pk

    def receive(self, return_id: int, *parts: tuple[str, ...], refund: bool = True, **values: Any) -> ReturnResult:
        """parts: (quantity, disposition, grade)."""
        line_id = self.line_of(return_id)
        lines = [ReturnedLine(line_id, D(q), what, grade="".join(grade)) for q, what, *grade in parts]
        [result] = receive_returns(
            [ReturnReceipt(return_id, lines, **values)],
            company_id=self.shop.id,
            effective_at=NOON,
            actor=ACTOR,
            refund=refund,
        )
        return result
