"""Changes of status with their audit rows, for many rows at once."""

from collections.abc import Mapping, Sequence

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.states import Transitions, check_transition
from orders import states

_TABLES: Mapping[str, tuple[str, Transitions]] = {
    "orders.order": ("orders_order", states.ORDER),
    "orders.fulfilment": ("orders_fulfilment", states.FULFILMENT),
    "orders.shipment": ("orders_shipment", states.SHIPMENT),
    "orders.returnorder": ("orders_returnorder", states.RETURN),
}


def change_status(
    object_type: str,
    moves: Sequence[tuple[int, str, str]],
    *,
    company_id: int,
    actor: Actor,
    reason: str = "",
) -> None:
    """Set (id, old, new) for rows already locked; an order's version rises. Statements: 1, or 0 without moves.

    Raises IllegalTransition, naming both states, before anything is written.
    """
    if not moves:
        return
    table, transitions = _TABLES[object_type]
    noun = object_type.partition(".")[2].removesuffix("order") or "order"  # a returnorder is a return to people
    for _id, old, new in moves:
        check_transition(transitions, noun, old, new)
    version = ", version = version + 1" if object_type == "orders.order" else ""
    record(
        status_changes(object_type, moves, company_id=company_id, reason=reason),
        actor=actor,
        change=f"WITH changed AS (UPDATE {table} t SET status = n.status{version}"
        " FROM unnest(%s::bigint[], %s::text[]) AS n(id, status) WHERE t.id = n.id)",
        params=[[pk for pk, _, _ in moves], [new for _, _, new in moves]],
    )


def status_changes(
    object_type: str, moves: Sequence[tuple[int, str, str]], *, company_id: int, reason: str = ""
) -> list[Change]:
    """The audit rows of changes of status."""
    return [
        Change(object_type, pk, new, field="status", old=old, new=new, reason=reason, company_id=company_id)
        for pk, old, new in moves
    ]
