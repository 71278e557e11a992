"""Builders for replenishment."""

from datetime import timedelta

from django.utils import timezone

from inventory.models import Proposal
from inventory.services import Planned, plan_replenishment, post_moves
from tests.factories.books import ACTOR
from tests.factories.goods import Shop, make_move


def sell(shop: Shop, sku_id: int, quantity: str, *, days_ago: int = 10) -> None:
    """Goods that left for a customer so many days ago."""
    at = timezone.now() - timedelta(days=days_ago)
    post_moves(
        [make_move(shop, sku_id, quantity, shop.bin, shop.customer, effective_at=at)], company_id=shop.id, actor=ACTOR
    )


def count(shop: Shop, *sku_ids: int) -> Planned:
    return plan_replenishment(company_id=shop.id, sku_ids=list(sku_ids) or None)


def open_proposals(shop: Shop) -> dict[tuple[str, str], Proposal]:
    """By SKU code and warehouse code."""
    rows = Proposal.objects.filter(company_id=shop.id, status="open").select_related("sku", "warehouse", "source")
    return {(row.sku.code, row.warehouse.code): row for row in rows}
