"""What came of a return and what became of it, as rows, and how far the return is with that."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from orders.models import Disposition, Grade, ReturnStatus
from orders.selectors.returned import inspection_states
from orders.services.changing import change_status
from orders.services.exchange_ends import free_exchanges

EXPECTED = (ReturnStatus.APPROVED, ReturnStatus.IN_TRANSIT, ReturnStatus.RECEIVED)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ReturnRecord:
    """A quantity that came in, and what became of it (a Disposition). write_down: of all of it, so far."""

    return_line_id: int
    quantity: Decimal
    disposition: str
    grade: str = ""
    location_id: int | None = None
    move_id: int | None = None
    write_down: Decimal = ZERO
    note: str = ""
    parent_id: int | None = None


_GOODS = {
    "return_line_id": "bigint",
    "parent_id": "bigint",
    "quantity": "numeric",
    "grade": "text",
    "disposition": "text",
    "location_id": "bigint",
    "move_id": "bigint",
    "write_down": "numeric",
    "note": "text",
    "actor_id": "bigint",
    "actor_label": "text",
}

# A line says what became of its goods as far as all of them share it.
_SUMMARY = """
UPDATE orders_returnline rl SET disposition = x.disposition
FROM (
    SELECT g.return_line_id, CASE WHEN count(DISTINCT g.disposition) = 1 THEN min(g.disposition) ELSE 'split' END
        AS disposition
    FROM orders_returnedgoods g
    WHERE g.return_line_id = ANY(%s) AND g.quantity > coalesce(
        (SELECT sum(c.quantity) FROM orders_returnedgoods c WHERE c.parent_id = g.id), 0)
    GROUP BY 1
) x WHERE rl.id = x.return_line_id
"""


def store_goods(records: Sequence[ReturnRecord], actor: Actor) -> None:
    """The goods' rows and the lines' summaries. Statements: 2."""
    insert_rows(
        "orders_returnedgoods",
        _GOODS,
        [
            (
                item.return_line_id,
                item.parent_id,
                item.quantity,
                Grade(item.grade).value if item.grade else "",
                Disposition(item.disposition).value,
                item.location_id,
                item.move_id,
                item.write_down,
                item.note[:300],
                actor.user_id,
                actor.label,
            )
            for item in records
        ],
    )
    with connection.cursor() as cursor:
        cursor.execute(_SUMMARY, [sorted({item.return_line_id for item in records})])


def go_on(return_ids: Sequence[int], company_id: int, actor: Actor) -> list[int]:
    """received, and inspected where nothing is missing and nothing waits. Statements: 1, 2 to 4 with changes."""
    states = inspection_states(return_ids)
    received, inspected = ReturnStatus.RECEIVED.value, ReturnStatus.INSPECTED.value
    new = [(pk, state.status, received) for pk, state in states.items() if state.status in EXPECTED[:2]]
    change_status("orders.returnorder", new, company_id=company_id, actor=actor)
    came = {pk for pk, _old, _new in new} | {pk for pk, state in states.items() if state.status == received}
    done = [pk for pk, state in states.items() if pk in came and state.complete and not state.waiting]
    change_status("orders.returnorder", [(pk, received, inspected) for pk in done], company_id=company_id, actor=actor)
    if done:
        free_exchanges(done, company_id=company_id, actor=actor)
    return done
