"""Builders for transfers and adjustments."""

import datetime
from decimal import Decimal
from typing import Any

from inventory.models import AdjustmentReason, Transfer, TransferLine
from inventory.services import (
    AdjustmentLineInput,
    ReceivedPart,
    ShippedPart,
    TransferDraft,
    TransferLineInput,
    allocate_transfers,
    approve_transfers,
    create_adjustment,
    create_transfers,
    receive_transfer,
    ship_transfer,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import Shop, rows


def make_transfer(source: Shop, target: Shop, goods: dict[int, str], *, until: str = "allocated", **values: Any) -> int:
    """{sku id: quantity} from one shop to another; until: draft, approved, allocated or shipped."""
    lines = [TransferLineInput(sku, Decimal(quantity)) for sku, quantity in goods.items()]
    draft = TransferDraft(source.warehouse.pk, target.warehouse.pk, lines, **values)
    (made,) = create_transfers([draft], company_id=source.id, actor=ACTOR)
    assert made.transfer_id, made
    if until != "draft":
        approve_transfers([made.transfer_id], company_id=source.id, actor=ACTOR)
    if until in ("allocated", "shipped"):
        allocate_transfers([made.transfer_id], company_id=source.id, actor=ACTOR)
    if until == "shipped":
        ship(source, made.transfer_id)
    return made.transfer_id


def lines_of(transfer_id: int) -> list[TransferLine]:
    return list(TransferLine.objects.filter(transfer=transfer_id).order_by("position"))


def ship(shop: Shop, transfer_id: int, *quantities: str, actor: Any = ACTOR) -> Transfer:
    """Ship these quantities, line by line; all of it if none is given."""
    lines = lines_of(transfer_id)
    given = [Decimal(q) for q in quantities] or [line.to_ship for line in lines]
    parts = [ShippedPart(line.pk, q) for line, q in zip(lines, given, strict=True) if q]
    return ship_transfer(transfer_id, parts=parts, company_id=shop.id, effective_at=NOON, actor=actor)


def arrive(shop: Shop, transfer_id: int, *quantities: str, at: int, actor: Any = ACTOR) -> Transfer:
    lines = lines_of(transfer_id)
    given = [Decimal(q) for q in quantities] or [line.in_transit for line in lines]
    parts = [ReceivedPart(line.pk, q, at) for line, q in zip(lines, given, strict=True) if q]
    return receive_transfer(transfer_id, parts=parts, company_id=shop.id, effective_at=NOON, actor=actor)


def reason(shop: Shop, code: str) -> AdjustmentReason:
    return AdjustmentReason.objects.get(company=shop.company, code=code)


def make_adjustment(
    shop: Shop, goods: dict[int, str], code: str = "miscount", *, actor: Any = ACTOR, at: int | None = None
) -> int:
    """A draft: {sku id: ± quantity} in the shop's first bin."""
    lines = [AdjustmentLineInput(sku, at or shop.bin, Decimal(quantity)) for sku, quantity in goods.items()]
    return create_adjustment(
        lines,
        company_id=shop.id,
        warehouse_id=shop.warehouse.pk,
        reason_id=reason(shop, code).pk,
        actor=actor,
    ).pk


def moving_facts() -> tuple[int, ...]:
    """How many rows there are of all that transfers and adjustments write."""
    tables = (
        "inventory_transfer", "inventory_transferline", "inventory_transfersettlement", "inventory_adjustment",
        "inventory_adjustmentline", "inventory_demand", "inventory_stockmove", "inventory_allocationentry",
        "inventory_binclaim", "accounting_journalentry", "accounting_openitem", "core_auditevent", "core_outboxevent",
    )  # fmt: skip
    return rows("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables))[0]


def on_day(day: int) -> datetime.date:
    return (NOON + datetime.timedelta(days=day)).date()
