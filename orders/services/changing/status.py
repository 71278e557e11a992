"""Changes of status with their audit rows, for many rows at once."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.states import Transitions, check_transition
from orders import states

Moves = list[tuple[int, str, str]]
Reason = str | Mapping[int, str]  # of all, or of each row by id
_passed: ContextVar[Moves | None] = ContextVar("passed", default=None)

_TABLES: Mapping[str, tuple[str, Transitions]] = {
    "orders.order": ("orders_order", states.ORDER),
    "orders.draftorder": ("orders_draftorder", states.DRAFT),
    "orders.fulfilment": ("orders_fulfilment", states.FULFILMENT),
    "orders.shipment": ("orders_shipment", states.SHIPMENT),
    "orders.returnorder": ("orders_returnorder", states.RETURN),
    "orders.reservation": ("orders_reservation", states.RESERVATION),
}
_VERSIONED = frozenset({"orders.order", "orders.draftorder"})


def change_status(
    object_type: str,
    moves: Sequence[tuple[int, str, str]],
    *,
    company_id: int,
    actor: Actor,
    reason: Reason = "",
) -> None:
    """Set (id, old, new) for rows already locked; an order's (or a draft's) version rises. Statements: 1, or 0 without moves.

    Raises IllegalTransition, naming both states, before anything is written.
    """
    if not moves:
        return
    table, transitions = _TABLES[object_type]
    noun = object_type.partition(".")[2].removesuffix("order") or "order"  # a returnorder is a return to people
    for _id, old, new in moves:
        check_transition(transitions, noun, old, new)
    passed = _passed.get()
    if passed is not None and object_type == "orders.fulfilment":
        passed.extend(moves)
        return
    _write(object_type, moves, company_id=company_id, actor=actor, reason=reason)


@contextmanager
def passing_through(*, company_id: int, actor: Actor) -> Iterator[None]:
    """Fulfilments that go through several states at once, locked all the while, are written when the block ends.

    The row gets its last state, the audit trail every one. Within the block the row still shows the state it
    had before: only for steps that know the states from what is locked. Statements: 1 at the end, 0 without moves.
    """
    token = _passed.set([])
    try:
        yield
        moves = _passed.get()
    finally:
        _passed.reset(token)
    if moves:
        _write("orders.fulfilment", moves, company_id=company_id, actor=actor)


def passed_through(fulfilment_ids: Collection[int]) -> Moves:
    """The states that these went through in the open block, for a step that writes them with its own."""
    passed = _passed.get()
    if not passed:
        return []
    taken = [move for move in passed if move[0] in fulfilment_ids]
    passed[:] = [move for move in passed if move[0] not in fulfilment_ids]
    return taken


def _write(
    object_type: str, moves: Sequence[tuple[int, str, str]], *, company_id: int, actor: Actor, reason: Reason = ""
) -> None:
    table, _transitions = _TABLES[object_type]
    last = {pk: new for pk, _old, new in moves}
    version = ", version = version + 1" if object_type in _VERSIONED else ""
    record(
        status_changes(object_type, moves, company_id=company_id, reason=reason),
        actor=actor,
        change=f"WITH changed AS (UPDATE {table} t SET status = n.status{version}"
        " FROM unnest(%s::bigint[], %s::text[]) AS n(id, status) WHERE t.id = n.id)",
        params=[list(last), list(last.values())],
    )


def status_changes(
    object_type: str, moves: Sequence[tuple[int, str, str]], *, company_id: int, reason: Reason = ""
) -> list[Change]:
    """The audit rows of changes of status."""
    return [
        Change(object_type, pk, new, field="status", old=old, new=new, reason=_why(reason, pk), company_id=company_id)
        for pk, old, new in moves
    ]


def _why(reason: Reason, pk: int) -> str:
    return reason if isinstance(reason, str) else reason[pk]
