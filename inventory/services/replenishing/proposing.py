"""Proposals as rows: one open a SKU and warehouse, counted anew, taken back when they are no longer needed."""

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from backoffice.core.db import insert_rows, prepared_cursor
from inventory.models import Proposal, ProposalStatus, SupplierPrice
from inventory.reordering import Need
from inventory.selectors.offers import Offer
from inventory.selectors.planning import PlaceFigures

ZERO = Decimal(0)
MAX_DAYS = 3_650


@dataclass(slots=True)
class Wanted:
    """What one warehouse should get of one SKU. source_id: brought over from there; None: bought."""

    figure: PlaceFigures
    need: Need
    quantity: Decimal
    source_id: int | None
    today: datetime.date
    offer: Offer | None = None
    breaks: tuple[Decimal, Decimal] | None = field(default=None)  # from this quantity on, at this price

    @property
    def key(self) -> tuple[int, int]:
        return self.figure.sku_id, self.figure.warehouse_id

    def take(self, offers: Sequence[Offer]) -> None:
        """Buy it by the best offer that can be had: raised to the minimum and whole packs."""
        if offers:
            self.offer = offers[0]
            self.quantity = self.offer.order_quantity

    @property
    def value(self) -> Decimal:
        """At the supplier's price, else at what the stock costs; whole cents are made when it is ordered."""
        if self.offer is not None and self.offer.base_price is not None:
            return round(self.quantity * self.offer.base_price, 2)
        on_hand = self.figure.on_hand
        return round(self.quantity * self.figure.value / on_hand, 2) if on_hand else ZERO

    @property
    def needed_date(self) -> datetime.date | None:
        left = self.need.days_left
        if left is None:
            return self.today if self.figure.waiting else None
        return self.today + datetime.timedelta(days=min(int(left), MAX_DAYS))

    def facts(self) -> str:
        place, need, policy = self.need.place, self.need, self.need.place.policy
        numbers: dict[str, Decimal | int] = {
            "issued": self.figure.issued,
            "days": self.figure.days,
            "daily": round(place.daily, 2),
            "available": place.available,
            "on_order": self.figure.on_order,
            "on_transfer": self.figure.on_transfer,
            "waiting": place.waiting,
            "passed_on": need.passed_on,
            "position": place.position - need.passed_on,
            "point": need.levels.point,
            "up_to": need.levels.up_to,
            "lead_days": round(policy.lead_days, 1),
            "safety_days": round(policy.safety_days + policy.spread_days, 1),
            "lacking": need.quantity,
        }
        facts = {name: _text(value) for name, value in numbers.items()}
        facts["ruled"] = "1" if policy.point is not None else ""
        if self.offer is not None:
            facts["minimum"], facts["multiple"] = _text(self.offer.min_quantity), _text(self.offer.pack_multiple)
            facts["price"] = "" if self.offer.unit_price is None else _text(self.offer.unit_price)
            facts["currency"] = self.offer.currency
            if self.breaks:
                facts["break_from"], facts["break_price"] = map(_text, self.breaks)
        return json.dumps(facts)


def _text(number: Decimal | int) -> str:
    return f"{Decimal(number).normalize():f}"


def keep_proposals(
    wanted: Sequence[Wanted], sku_ids: Sequence[int], *, company_id: int, today: datetime.date
) -> tuple[int, int, int]:
    """Make the open proposals of these SKUs those that are wanted; how many were opened, changed and taken back.

    What somebody dismissed stays away until its day; a quantity that somebody chose stays. Statements: at most 6.
    """
    rows = Proposal.objects.filter(company_id=company_id, sku_id__in=list(sku_ids))
    locked = rows.filter(status=ProposalStatus.OPEN).order_by("pk").select_for_update(of=("self",), no_key=True)
    there = {(row.sku_id, row.warehouse_id): row for row in locked}
    quiet = set(
        rows.filter(status=ProposalStatus.DISMISSED, dismissed_until__gt=today).values_list("sku_id", "warehouse_id")
    )
    by_key = {item.key: item for item in wanted if item.key in there or item.key not in quiet}
    _find_breaks([item for item in by_key.values() if item.offer is not None])
    fresh = [item for key, item in by_key.items() if key not in there]
    kept = [(there[key], item) for key, item in by_key.items() if key in there]
    gone = [row.pk for key, row in there.items() if key not in by_key]
    opened = insert_rows(
        "inventory_proposal", _COLUMNS, [_row(item, company_id) for item in fresh], suffix=_SUFFIX + " RETURNING id"
    )
    _change(kept)
    if gone:
        _take_back(gone)
    return len(opened), len(kept), len(gone)


_SUFFIX = "ON CONFLICT (sku_id, warehouse_id) WHERE status = 'open' DO NOTHING"
_COLUMNS = {
    "company_id": "bigint",
    "sku_id": "bigint",
    "warehouse_id": "bigint",
    "source_id": "bigint",
    "supplier_id": "bigint",
    "quantity": "numeric",
    "value": "numeric",
    "needed_date": "date",
    "facts": "jsonb",
    "status": "text",
    "reason": "text",
    "ended_label": "text",
}


def _row(item: Wanted, company_id: int) -> tuple[object, ...]:
    supplier = None if item.offer is None else item.offer.supplier_id
    sku, warehouse = item.key
    return (
        company_id, sku, warehouse, item.source_id, supplier, item.quantity, item.value, item.needed_date,
        item.facts(), "open", "", "",
    )  # fmt: skip


def _change(kept: Sequence[tuple[Proposal, Wanted]]) -> None:
    if not kept:
        return
    with prepared_cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_proposal p SET source_id = n.source, supplier_id = n.supplier, quantity = n.quantity,"
            " value = n.value, needed_date = n.needed, facts = n.facts::jsonb, counted_at = now()"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[], %s::date[], %s::text[])"
            " n (id, source, supplier, quantity, value, needed, facts) WHERE p.id = n.id",
            [
                [row.pk for row, _item in kept],
                [item.source_id for _row, item in kept],
                [None if item.offer is None else item.offer.supplier_id for _row, item in kept],
                [item.quantity for _row, item in kept],
                [item.value for _row, item in kept],
                [item.needed_date for _row, item in kept],
                [item.facts() for _row, item in kept],
            ],
        )


def _take_back(ids: Sequence[int]) -> None:
    with prepared_cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_proposal SET status = 'gone', ended_at = now() WHERE id = ANY(%s)", [list(ids)]
        )


def _find_breaks(bought: Sequence[Wanted]) -> None:
    """The next price break above what is proposed, at most half as much again: worth a look. Statements: 1."""
    if not bought:
        return
    steps: dict[int, list[tuple[Decimal, Decimal]]] = {}
    offered = {item.offer.supplier_sku_id for item in bought if item.offer}
    prices = SupplierPrice.objects.filter(supplier_sku_id__in=offered).order_by("min_quantity")
    day = bought[0].today
    for price in prices:
        if (price.valid_from or day) <= day <= (price.valid_to or day):
            steps.setdefault(price.supplier_sku_id, []).append((price.min_quantity, price.unit_price))
    for item in bought:
        offer = item.offer
        assert offer is not None
        item.breaks = next(
            (
                (quantity, price)
                for quantity, price in steps.get(offer.supplier_sku_id, [])
                if item.quantity < quantity <= item.quantity * Decimal("1.5")
                and offer.unit_price is not None
                and price < offer.unit_price
            ),
            None,
        )
