"""A day at the demo's counter: cash, a gift card sold, a sale paid with it and with cash, the drawer short by half a euro."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from backoffice.core.actor import Actor
from backoffice.core.models import User
from backoffice.demo.company import Demo
from inventory.models import StockLevel
from orders.models import PaymentMethod
from warehouse.models import Till
from warehouse.services import SaleLine, SaleRequest, SaleResult, close_shift, open_shift, sell
from warehouse.till.amounts import Tender

FLOAT, CARD, SHORT = Decimal(150), Decimal(50), Decimal("0.50")


def stand_at_the_counter(demo: Demo, dice: random.Random, *, today: datetime) -> None:
    """Yesterday's shift, closed and counted; today's is for whoever looks."""
    till = Till.objects.filter(company=demo.company).first()
    goods = _goods(demo)
    if till is None or len(goods) < 3:
        return
    actor, at = Actor.of(User.objects.get(username="cashier")), today - timedelta(days=1)
    company_id = demo.company.pk
    shift = open_shift(till_id=till.pk, company_id=company_id, float_amount=FLOAT, opened_at=at, actor=actor)

    def ring_up(lines: list[SaleLine], *tenders: Tender, cards: tuple[Decimal, ...] = ()) -> SaleResult:
        client_id = UUID(int=dice.getrandbits(128), version=4)
        return sell(
            SaleRequest(shift.pk, client_id, lines, tenders, at, cards, may_discount=True),
            company_id=company_id,
            actor=actor,
        )

    cash, card = PaymentMethod.CASH.value, PaymentMethod.CARD.value
    ring_up([SaleLine(goods[0], Decimal(2), Decimal(18))], Tender(cash, Decimal(40)))
    ring_up([SaleLine(goods[1], Decimal(1), Decimal(24))], Tender(card, Decimal(24), reference="4711"))
    sold = ring_up([], Tender(card, CARD, reference="4712"), cards=(CARD,))
    gift = Tender(PaymentMethod.GIFT_CARD.value, CARD, code=sold.codes[0])
    ring_up([SaleLine(goods[2], Decimal(2), Decimal(32))], gift, Tender(cash, Decimal(20)))
    counted = FLOAT + 36 + 14 - SHORT
    close_shift(
        shift.pk,
        company_id=company_id,
        counted=counted,
        closed_at=at + timedelta(hours=8),
        actor=actor,
        note="Miscounted",
    )


def _goods(demo: Demo) -> list[str]:
    """Codes of what the shop has enough of."""
    levels = StockLevel.objects.filter(warehouse=demo.warehouses[1], owner__isnull=True, available__gt=5)
    levels = levels.filter(sku__lot_tracked=False, sku__serial_tracked=False, sku__status="active")
    return list(levels.order_by("sku__code").values_list("sku__code", flat=True)[:3])
