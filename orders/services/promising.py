"""Promise dates of lines that wait: given when ordered, counted again whenever what is coming changes."""

import datetime
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from backoffice.core import outbox
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows, prepared_cursor
from inventory.atp import Part, Promise
from inventory.selectors import Atp, atp
from orders.models import PromiseReason
from orders.selectors.promised_lines import PromisedLine, lines_of_skus, placed_lines, skus_of, waited_for

CHUNK = 500  # SKUs in one transaction


@dataclass(frozen=True, slots=True)
class PromiseMoved:
    """What a line can expect has changed; an empty date: not known."""

    order_id: int
    order_line_id: int
    old: datetime.date | None
    new: datetime.date | None
    waiting: Decimal
    is_open: bool


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
    lines = placed_lines(line_ids)
    found = atp(company_id, skus_of(lines))
    return _write(lines, found, company_id=company_id, actor=actor, reason=PromiseReason.PLACED)


def count_promises(
    *,
    company_id: int,
    actor: Actor,
    sku_ids: Collection[int] | None = None,
    reason: str = PromiseReason.COUNTED,
    detail: str = "",
    held_back: bool = False,
) -> list[PromiseMoved]:
    """Count again what lines that wait can expect; those whose date moved. sku_ids None: all that wait.

    held_back: of lines too that have their goods and wait for their release date from now on.

    Every move is written with who, when, from, to and why, and told (topic PromiseMoved). A date that was
    promised falls with an earlier one but never rises: what is expected after it is at risk. Two at once do
    no harm: the second leaves the company to the first. Statements: at most 10 for each 500 SKUs, 1 to find them.
    """
    skus = waited_for(company_id) if sku_ids is None else sorted(set(sku_ids))
    moved: list[PromiseMoved] = []
    for start in range(0, len(skus), CHUNK):
        moved += _count(skus[start : start + CHUNK], company_id, actor, reason, detail, held_back)
    return moved


@transaction.atomic(savepoint=False)
def _count(
    skus: Sequence[int], company_id: int, actor: Actor, reason: str, detail: str, held_back: bool
) -> list[PromiseMoved]:
    with prepared_cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('orders.promises'), %s::int)", [company_id])
        if not cursor.fetchone()[0]:
            return []
    lines = lines_of_skus(company_id, skus, held_back=held_back)
    if not lines:
        return []
    found = atp(company_id, skus_of(lines))
    return _write(lines, found, company_id=company_id, actor=actor, reason=reason, detail=detail)


@dataclass(frozen=True, slots=True)
class _Next:
    """What a line's promise becomes."""

    line: PromisedLine
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
    lines: Sequence[PromisedLine],
    found: dict[int, Atp],
    *,
    company_id: int,
    actor: Actor,
    reason: str,
    detail: str = "",
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


def _next(line: PromisedLine, found: dict[int, Atp]) -> _Next | None:
    """None for a line that waits for nothing and was never promised anything."""
    entry = found[line.sku_id]
    released = _released(line, found)
    release_date = released if released and released > entry.today and line.still_open > 0 else None
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


def _released(line: PromisedLine, found: dict[int, Atp]) -> datetime.date | None:
    """From when on the line goes to the warehouse: a kit with its last component."""
    days = [line.channel_release or found[line.sku_id].release_date]
    days += [want.channel_release or found[want.sku_id].release_date for want in line.wants]
    return max((day for day in days if day is not None), default=None)


def _promise(line: PromisedLine, found: dict[int, Atp]) -> Promise:
    """Of what the line waits for; a kit is promised for the day on which its last component is there."""
    waited = [want for want in line.wants if want.unmet > 0]
    promises = [
        found[want.sku_id]
        .demands.get(want.demand_id, Promise((), want.unmet))
        .not_before(want.channel_release or found[want.sku_id].release_date)
        for want in waited
    ]
    if not waited:
        return Promise(())
    if len(line.wants) == 1 and line.wants[0].per_kit is None:
        return promises[0]
    days = [promise.date for promise in promises]
    if None in days:
        return Promise((), line.waiting)
    return Promise((Part(max(day for day in days if day), line.waiting),))


def _settled(line: PromisedLine, entry: Atp) -> datetime.date | None:
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
