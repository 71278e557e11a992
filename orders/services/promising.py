"""Promise dates of lines that wait: given when ordered, counted again whenever what is coming changes."""

import datetime
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Any, NamedTuple

from django.db import transaction

from backoffice.core import outbox
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows, prepared_cursor
from inventory.atp import Part, Promise
from inventory.selectors import Atp, atp
from orders.models import PromiseReason

ZERO = Decimal(0)
CHUNK = 500  # SKUs in one transaction


class _Want(NamedTuple):
    """A demand of a line: of the line itself, or of a component of its kit (per_kit of it make one)."""

    demand_id: int
    sku_id: int
    unmet: Decimal
    per_kit: Decimal | None
    date: datetime.date | None


@dataclass(frozen=True, slots=True)
class _Line:
    """An order line that waits, or whose promise is still open. sku_id: what was sold, such as a kit."""

    order_id: int
    line_id: int
    sku_id: int
    still_open: Decimal  # ordered, not cancelled, not shipped
    promise_id: int | None
    kept_waiting: Decimal | None
    promised: datetime.date | None
    stated: bool | None
    expected: datetime.date | None
    parts: str | None
    release_date: datetime.date | None
    wants: list[_Want] = field(default_factory=list)

    @property
    def waiting(self) -> Decimal:
        """What is not claimed yet, in units of the line; of a kit the kits that are not complete."""
        return max((_in_line_units(want) for want in self.wants), default=ZERO)

    @property
    def asked_date(self) -> datetime.date | None:
        return self.wants[0].date if self.wants else None


def _in_line_units(want: _Want) -> Decimal:
    return (want.unmet / want.per_kit).to_integral_value(ROUND_CEILING) if want.per_kit else want.unmet


@dataclass(frozen=True, slots=True)
class PromiseMoved:
    """What a line can expect has changed; an empty date: not known."""

    order_id: int
    order_line_id: int
    old: datetime.date | None
    new: datetime.date | None
    waiting: Decimal
    is_open: bool


_COLUMNS = """
SELECT l.order_id, l.id, l.sku_id, l.quantity - l.cancelled - l.shipped, p.id, p.waiting, p.promised_date, p.stated,
    p.expected_date, p.parts::text, p.release_date, d.id, d.sku_id, d.unmet, d.kit_ratio, d.promise_date
FROM orders_orderline l
JOIN inventory_demand d ON d.source_type = 'orders.orderline' AND d.source_id = l.id
LEFT JOIN orders_linepromise p ON p.order_line_id = l.id
"""
_PLACED = f"{_COLUMNS} WHERE l.id = ANY(%s) ORDER BY l.id, d.id"
# Lines that wait for goods, and lines whose promise is open though they wait no more.
_LINES = f"""{_COLUMNS} WHERE l.id IN (
    SELECT d.source_id FROM inventory_demand d
        WHERE d.company_id = %(company)s AND d.sku_id = ANY(%(skus)s) AND d.quantity > d.claimed + d.used
            AND d.source_type = 'orders.orderline'
    UNION
    SELECT p.order_line_id FROM orders_linepromise p
        JOIN inventory_demand d ON d.source_type = 'orders.orderline' AND d.source_id = p.order_line_id
        JOIN orders_orderline l ON l.id = p.order_line_id
        WHERE p.company_id = %(company)s AND p.is_open AND (d.sku_id = ANY(%(skus)s) OR l.sku_id = ANY(%(skus)s))
) ORDER BY l.id, d.id
"""


def _lines(cursor: Any) -> list[_Line]:
    found: dict[int, _Line] = {}
    for row in cursor.fetchall():
        found.setdefault(row[1], _Line(*row[:11])).wants.append(_Want(*row[11:]))
    return list(found.values())


def _skus(lines: Sequence[_Line]) -> set[int]:
    return {line.sku_id for line in lines} | {want.sku_id for line in lines for want in line.wants}


_PROMISE = {
    "company_id": "bigint",
    "order_line_id": "bigint",
    "is_open": "boolean",
    "waiting": "numeric",
    "promised_date": "date",
    "stated": "boolean",
    "expected_date": "date",
    "parts": "jsonb",
    "release_date": "date",
}
_KEEP = (
    "ON CONFLICT (order_line_id) DO UPDATE SET is_open = EXCLUDED.is_open, waiting = EXCLUDED.waiting,"
    " promised_date = EXCLUDED.promised_date, expected_date = EXCLUDED.expected_date, parts = EXCLUDED.parts,"
    " release_date = EXCLUDED.release_date, counted_at = clock_timestamp()"
)
_CHANGE = {
    "company_id": "bigint",
    "order_line_id": "bigint",
    "old_date": "date",
    "new_date": "date",
    "waiting": "numeric",
    "reason": "text",
    "detail": "text",
    "actor_id": "bigint",
    "actor_label": "text",
}
# Demands are locked by id before they change, as everybody locks them.
_SET_DATES = """
WITH given AS MATERIALIZED (
    SELECT d.id, g.day FROM unnest(%s::bigint[], %s::date[]) g (id, day)
    JOIN inventory_demand d ON d.id = g.id ORDER BY d.id FOR NO KEY UPDATE OF d
)
UPDATE inventory_demand d SET promise_date = given.day FROM given WHERE d.id = given.id
"""


@transaction.atomic(savepoint=False)
def promise_placed(line_ids: Collection[int], *, company_id: int, actor: Actor) -> list[PromiseMoved]:
    """Promise lines just placed that wait for goods or for their release date; the transaction is the order's.

    What they wait for comes after all who wait already. Statements: 7, whatever the number of lines.
    """
    if not line_ids:
        return []
    with prepared_cursor() as cursor:
        cursor.execute(_PLACED, [sorted(line_ids)])
        lines = _lines(cursor)
    found = atp(company_id, sorted(_skus(lines)))
    return _write(lines, found, company_id=company_id, actor=actor, reason=PromiseReason.PLACED)


def count_promises(
    *,
    company_id: int,
    actor: Actor,
    sku_ids: Collection[int] | None = None,
    reason: str = PromiseReason.COUNTED,
    detail: str = "",
) -> list[PromiseMoved]:
    """Count again what lines that wait can expect; those whose date moved. sku_ids None: all that wait.

    Every move is written with who, when, from, to and why, and told (topic PromiseMoved). A date that was
    promised falls with an earlier one but never rises: what is expected after it is at risk. Two at once do
    no harm: the second leaves the company to the first. Statements: at most 10 for each 500 SKUs, 1 to find them.
    """
    skus = _waited_for(company_id) if sku_ids is None else sorted(set(sku_ids))
    moved: list[PromiseMoved] = []
    for start in range(0, len(skus), CHUNK):
        moved += _count(skus[start : start + CHUNK], company_id, actor, reason, detail)
    return moved


@transaction.atomic(savepoint=False)
def _count(skus: Sequence[int], company_id: int, actor: Actor, reason: str, detail: str) -> list[PromiseMoved]:
    with prepared_cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('orders.promises'), %s::int)", [company_id])
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(_LINES, {"company": company_id, "skus": list(skus)})
        lines = _lines(cursor)
    if not lines:
        return []
    found = atp(company_id, sorted(_skus(lines)))
    return _write(lines, found, company_id=company_id, actor=actor, reason=reason, detail=detail)


def _waited_for(company_id: int) -> list[int]:
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT d.sku_id FROM inventory_demand d WHERE d.company_id = %s AND d.quantity > d.claimed + d.used"
            " AND d.source_type = 'orders.orderline' UNION SELECT l.sku_id FROM orders_linepromise p"
            " JOIN orders_orderline l ON l.id = p.order_line_id WHERE p.company_id = %s AND p.is_open ORDER BY 1",
            [company_id, company_id],
        )
        return [sku_id for (sku_id,) in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class _Next:
    """What a line's promise becomes."""

    line: _Line
    is_open: bool
    promised: datetime.date | None
    expected: datetime.date | None
    parts: str
    release_date: datetime.date | None

    @property
    def is_new(self) -> bool:
        line = self.line
        before = (line.kept_waiting, line.promised, line.expected, line.parts, line.release_date)
        after = (line.waiting, self.promised, self.expected, self.parts, self.release_date)
        return line.promise_id is None or not self.is_open or before != after


def _write(
    lines: Sequence[_Line], found: dict[int, Atp], *, company_id: int, actor: Actor, reason: str, detail: str = ""
) -> list[PromiseMoved]:
    """Keep what changed, log what moved, tell the world. Statements: 0 to 4."""
    nexts = [after for line in lines if (after := _next(line, found)) and after.is_new]
    insert_rows(
        "orders_linepromise",
        _PROMISE,
        [
            (
                company_id,
                after.line.line_id,
                after.is_open,
                after.line.waiting,
                after.promised,
                bool(after.line.stated if after.line.promise_id else after.line.asked_date),
                after.expected,
                after.parts,
                after.release_date,
            )
            for after in nexts
        ],
        suffix=_KEEP,
    )
    moved = [
        after
        for after in nexts
        if after.line.promise_id is None or not after.is_open or after.expected != after.line.expected
    ]
    insert_rows(
        "orders_promisechange",
        _CHANGE,
        [
            (
                company_id,
                after.line.line_id,
                after.line.expected,
                after.expected,
                after.line.waiting,
                _reason(after, reason),
                detail[:200],
                actor.user_id,
                actor.label,
            )
            for after in moved
        ],
    )
    dates = {
        want.demand_id: after.promised
        for after in nexts
        for want in after.line.wants
        if after.promised is not None and after.promised != want.date
    }
    if dates:
        with prepared_cursor() as cursor:
            cursor.execute(_SET_DATES, [list(dates), list(dates.values())])
    results = [
        PromiseMoved(
            a.line.order_id, a.line.line_id, a.line.expected, a.expected, a.line.waiting, a.is_open
        )
        for a in moved
    ]  # fmt: skip
    outbox.publish([_event(result, company_id) for result in results])
    return results


def _next(line: _Line, found: dict[int, Atp]) -> _Next | None:
    """None for a line that waits for nothing and was never promised anything."""
    entry = found[line.sku_id]
    release_date = entry.release_date if entry.is_pre_order and line.still_open > 0 else None
    if not line.waiting and not release_date:
        if line.promise_id is None:
            return None
        return _Next(line, False, line.promised, _settled(line, entry), "[]", None)
    promise = _promise(line, found).not_before(release_date)
    expected = promise.date if line.waiting else release_date
    promised = line.promised if line.promise_id else line.asked_date
    stated = line.stated if line.promise_id else line.asked_date is not None
    if expected is not None and not stated:
        promised = expected if promised is None else min(promised, expected)
    parts = json.dumps([[str(part.date), f"{part.quantity.normalize():f}"] for part in promise.parts])
    return _Next(line, True, promised, expected, parts, release_date)


def _promise(line: _Line, found: dict[int, Atp]) -> Promise:
    """Of what the line waits for; a kit is promised for the day on which its last component is there."""
    waited = [want for want in line.wants if want.unmet > 0]
    promises = [found[want.sku_id].demands.get(want.demand_id, Promise((), want.unmet)) for want in waited]
    if not waited:
        return Promise(())
    if len(line.wants) == 1 and line.wants[0].per_kit is None:
        return promises[0]
    days = [promise.date for promise in promises]
    if None in days:
        return Promise((), line.waiting)
    return Promise((Part(max(day for day in days if day), line.waiting),))


def _settled(line: _Line, entry: Atp) -> datetime.date | None:
    """A promise ends on the day its goods are there, if that was not known to be earlier."""
    if line.still_open <= 0:
        return line.expected
    return entry.today if line.expected is None else min(line.expected, entry.today)


def _reason(after: _Next, reason: str) -> str:
    if after.is_open:
        return reason
    if after.line.still_open <= 0:
        return PromiseReason.CANCELLED if after.line.kept_waiting else PromiseReason.SERVED
    return PromiseReason.SERVED if after.line.kept_waiting else PromiseReason.RELEASED


def _event(moved: PromiseMoved, company_id: int) -> outbox.Event:
    payload = {
        "order_id": moved.order_id,
        "order_line_id": moved.order_line_id,
        "old": None if moved.old is None else str(moved.old),
        "new": None if moved.new is None else str(moved.new),
        "is_open": moved.is_open,
    }
    return outbox.Event("PromiseMoved", f"order:{moved.order_id}", payload, company_id)
