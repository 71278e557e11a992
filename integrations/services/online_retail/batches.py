"""Booking one part of a file: sales, credits, adjustments and postings, each in a transaction of its own.

Four transactions and not one: within the house's lock order a shipment ends with the number series, and a
credit begins with the stock levels again. Each is idempotent by its documents' own keys, so a run that is
killed between them is simply taken up again.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import DataError, IntegrityError, transaction

from accounting.selectors import Books
from accounting.services.open_items import post_items
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows, retry_serialization
from backoffice.core.errors import DomainError
from integrations.importing.online_retail import Refused, Row, raw_of
from integrations.models import QuarantinedRow
from integrations.services.online_retail.adjusting import post_adjustments
from integrations.services.online_retail.building import credit_input, order_input, posting_of
from integrations.services.online_retail.outcome import Outcome
from integrations.services.online_retail.pending import Pending
from integrations.services.online_retail.records import posting_key, row_keys
from integrations.services.online_retail.setup import Place
from integrations.services.online_retail.shipping import ship_placed
from orders.services import import_credits, place_orders

ZERO = Decimal(0)
_QUARANTINE = {
    "company_id": "bigint",
    "channel_id": "bigint",
    "run_id": "bigint",
    "source": "text",
    "row_number": "integer",
    "external_id": "text",
    "row_key": "text",
    "raw": "jsonb",
    "code": "text",
    "reason": "text",
    "value": "numeric",
    "status": "text",
}


@dataclass(slots=True)
class Booker:
    """Books parts of one file into one place and counts what became of the lines.

    kept: ids of open quarantined rows by line number.
    ship: orders go on through pick, pack, ship and invoice, dated as placed. cost_of: see post_adjustments.
    """

    place: Place
    books: Books
    run_id: int
    source: str
    ship: bool
    sku_id_of: Callable[[str], int]
    cost_of: Callable[[str], Decimal | None]
    actor: Actor
    outcome: Outcome
    kept: Mapping[int, int]

    def book(self, part: Sequence[Pending]) -> None:
        """Book what is left of each document, in order; what is refused goes to the quarantine."""
        self._in_halves([p for p in part if p.rows.goods or p.rows.charges or p.open_order_id], self._sales)
        self._in_halves([p for p in part if p.rows.credits], self._credits)
        self._in_halves([p for p in part if p.rows.adjustments], self._adjustments)
        self._in_halves([p for p in part if p.rows.postings], self._postings)
        self._keep([(p, refused) for p in part for refused in p.rows.refused])

    def _in_halves(self, part: Sequence[Pending], work: "Callable[[Sequence[Pending]], Booked]") -> None:
        """Do the work as one transaction; if something in it is refused, each half as its own."""
        if not part:
            return

        def whole() -> "Booked":
            with transaction.atomic():
                return work(part)

        try:
            booked = retry_serialization(whole)
        except (DomainError, IntegrityError, DataError) as error:
            if len(part) > 1:
                middle = len(part) // 2
                self._in_halves(part[:middle], work)
                self._in_halves(part[middle:], work)
                return
            code = error.code if isinstance(error, DomainError) else "refused_by_database"
            booked = Booked([], [], [(part[0], code, str(error))])
        self._count(booked)
        self._resolve(booked)
        self._keep(booked.refused_rows(work.__name__))

    def _count(self, booked: "Booked") -> None:
        self.outcome.imported.add(len(booked.rows), sum((row.value for row in booked.rows), ZERO))
        self.outcome.imported_before.add(len(booked.before), sum((row.value for row in booked.before), ZERO))
        self.outcome.orders += booked.orders
        self.outcome.credits += booked.credits

    def _resolve(self, booked: "Booked") -> None:
        """Rows that were kept aside and are booked now."""
        if self.kept and (pks := [self.kept[row.number] for row in booked.rows if row.number in self.kept]):
            QuarantinedRow.objects.filter(pk__in=pks, status="open").update(status="resolved")

    def _sales(self, part: Sequence[Pending]) -> "Booked":
        fresh = [p for p in part if p.rows.goods or p.rows.charges]
        results = place_orders(
            [order_input(p.rows, self.sku_id_of) for p in fresh], channel_id=self.place.channel_id, actor=self.actor
        )
        booked = Booked([], [], [])
        placed: dict[int, Pending] = {p.open_order_id: p for p in part if p.open_order_id}
        for pending, result in zip(fresh, results, strict=True):
            if result.state == "refused" or result.order_id is None:
                booked.refused.append((pending, result.code, result.detail))
                continue
            done = result.state == "placed"
            (booked.rows if done else booked.before).extend(_sale(pending))
            booked.orders += done
            placed[result.order_id] = pending
        if self.ship:
            ship_placed(
                {order_id: pending.document.at for order_id, pending in placed.items()},
                company_id=self.place.company_id,
                actor=self.actor,
            )
        return booked

    def _credits(self, part: Sequence[Pending]) -> "Booked":
        results = import_credits(
            [credit_input(p.rows, self.sku_id_of) for p in part], channel_id=self.place.channel_id, actor=self.actor
        )
        booked = Booked([], [], [])
        for pending, result in zip(part, results, strict=True):
            if result.state == "refused":
                booked.refused.append((pending, result.code, result.detail))
            else:
                done = result.state == "placed"
                (booked.rows if done else booked.before).extend(row for row, _ in pending.rows.credits)
                booked.credits += done
        return booked

    def _adjustments(self, part: Sequence[Pending]) -> "Booked":
        rows, lacking = post_adjustments(
            part, place=self.place, sku_id_of=self.sku_id_of, cost_of=self.cost_of, actor=self.actor
        )
        return Booked(rows, [], [], kept=lacking)

    def _postings(self, part: Sequence[Pending]) -> "Booked":
        post_items(
            [
                posting_of(
                    p.document,
                    row,
                    meaning,
                    posting_key(self.place.channel_id, p.keys[row.number]),
                    self.place,
                    self.books,
                )
                for p in part
                for row, meaning in p.rows.postings
            ],
            company_id=self.place.company_id,
            actor=self.actor,
        )
        return Booked([row for p in part for row, _ in p.rows.postings], [], [])

    def _keep(self, refused: Sequence[tuple[Pending, Refused]]) -> None:
        """Store rows in the quarantine, once each. Statements: 1."""
        if not refused:
            return
        with transaction.atomic():
            kept = insert_rows(
                "integrations_quarantinedrow",
                _QUARANTINE,
                [self._kept_row(pending, row) for pending, row in refused],
                suffix="ON CONFLICT (channel_id, row_key) DO NOTHING RETURNING row_key",
            )
        new = {key for (key,) in kept}
        for pending, row in refused:
            tally = self.outcome.quarantined if _key(pending, row) in new else self.outcome.quarantined_before
            tally.add(1, row.value)

    def _kept_row(self, pending: Pending, row: Refused) -> tuple[object, ...]:
        return (
            self.place.company_id,
            self.place.channel_id,
            self.run_id,
            self.source[:200],
            row.number,
            pending.document.number[:120],
            _key(pending, row),
            json.dumps(row.raw),
            row.code[:40],
            row.reason[:300],
            row.value,
            "open",
        )


def _key(pending: Pending, row: Refused) -> str:
    if row.number not in pending.keys:
        pending.keys = {**row_keys(pending.document), **pending.keys}
    return pending.keys[row.number]


def _sale(pending: Pending) -> list[Row]:
    return [*pending.rows.goods, *(row for row, _ in pending.rows.charges)]


@dataclass(slots=True)
class Booked:
    """What one transaction did: rows it booked, rows that were there, documents refused, single rows kept aside."""

    rows: list[Row]
    before: list[Row]
    refused: list[tuple[Pending, str, str]]
    orders: int = 0
    credits: int = 0
    kept: Sequence[tuple[Pending, Refused]] = ()

    def refused_rows(self, part_name: str) -> list[tuple[Pending, Refused]]:
        """Each row of the refused documents' part, with the reason."""
        return [
            *self.kept,
            *(
                (pending, Refused(row.number, code, reason, raw_of(pending.document, row), row.value))
                for pending, code, reason in self.refused
                for row in _PARTS[part_name](pending)
            ),
        ]


_PARTS: dict[str, Callable[[Pending], list[Row]]] = {
    "_sales": _sale,
    "_credits": lambda pending: [row for row, _ in pending.rows.credits],
    "_adjustments": lambda pending: list(pending.rows.adjustments),
    "_postings": lambda pending: [row for row, _ in pending.rows.postings],
}
