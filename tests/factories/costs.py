"""Builders for what goods cost."""

import datetime
from decimal import Decimal
from typing import Any

from inventory.models import Revaluation
from inventory.services import RevaluationLineInput, create_revaluation, post_moves, submit_revaluation
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import Shop, make_move


def moved(shop: Shop, sku: int, quantity: str, source: int, target: int, **values: Any) -> int:
    """One move, posted; its id."""
    (done,) = post_moves([make_move(shop, sku, quantity, source, target, **values)], company_id=shop.id, actor=ACTOR)
    return done.move_id


def bought(shop: Shop, sku: int, quantity: str, value: str) -> int:
    """Goods from a supplier in the shop's first bin; the move's id."""
    return moved(shop, sku, quantity, shop.outside["supplier"], shop.bin, value=Decimal(value))


def set_standard(shop: Shop, sku: int, price: str, *, valid_from: datetime.date | None = None) -> Revaluation:
    """A new standard price, posted if its day has come."""
    document = create_revaluation(
        [RevaluationLineInput(sku, Decimal(price))],
        company_id=shop.id,
        kind="standard",
        valid_from=valid_from or NOON.date(),
        actor=ACTOR,
    )
    return submit_revaluation(document.pk, company_id=shop.id, effective_at=NOON, actor=ACTOR)
