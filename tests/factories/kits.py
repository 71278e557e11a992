"""Builders for kits."""

from decimal import Decimal

from inventory.services import KitPart, set_kit
from tests.factories.books import ACTOR
from tests.factories.goods import Shop, make_sku


def make_kit(shop: Shop, parts: dict[int, str], code: str = "SET", *, policy: str = "whole") -> int:
    """A kit SKU of {component: how many in one kit}; its id."""
    sku = make_sku(shop, code)
    set_kit(
        sku,
        parts=[KitPart(part, Decimal(quantity)) for part, quantity in parts.items()],
        company_id=shop.id,
        actor=ACTOR,
        policy=policy,
    )
    return sku
