"""Rounds and waves say what their pick lists say: in progress with the first pick, done with the last one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import prepared_cursor


@dataclass(frozen=True, slots=True)
class Above:
    """Rounds and waves of some pick lists, locked after them."""

    rounds: tuple[int, ...] = ()
    waves: tuple[int, ...] = ()


_ROUNDS = "SELECT id FROM warehouse_pickround WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_WAVES = "SELECT id FROM warehouse_wave WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


def lock_above(*, rounds: Collection[int], waves: Collection[int]) -> Above:
    """Lock rounds, then waves, by key; the caller holds the pick lists. Statements: 1 each, 0 without."""
    found: list[tuple[int, ...]] = []
    for sql, ids in ((_ROUNDS, rounds), (_WAVES, waves)):
        if not ids:
            found.append(())
            continue
        with prepared_cursor() as cursor:
            cursor.execute(sql, [sorted(ids)])
            found.append(tuple(pk for (pk,) in cursor.fetchall()))
    return Above(*found)


_UNFINISHED = "('open', 'assigned', 'in_progress')"
# A tote is free for another round with its own round's end; a wave ends with its last list.
_SETTLE = f"""
WITH walked AS (
    UPDATE warehouse_pickround r SET
        status = CASE WHEN x.left_over THEN 'in_progress' WHEN x.picked THEN 'done' ELSE 'cancelled' END,
        finished_at = CASE WHEN x.left_over THEN NULL ELSE clock_timestamp() END
    FROM (
        SELECT r.id,
            EXISTS (SELECT FROM warehouse_picktask t WHERE t.round_id = r.id AND t.status IN {_UNFINISHED}) AS left_over,
            EXISTS (SELECT FROM warehouse_picktask t WHERE t.round_id = r.id AND t.status IN ('done', 'short')) AS picked
        FROM warehouse_pickround r WHERE r.id = ANY(%s)
    ) x
    WHERE r.id = x.id AND r.status IN ('open', 'in_progress') AND (x.picked OR NOT x.left_over)
    RETURNING r.id, r.status
), freed AS (
    UPDATE warehouse_roundtote t SET is_open = false
    FROM walked WHERE t.round_id = walked.id AND walked.status <> 'in_progress'
)
UPDATE warehouse_wave w SET
    status = CASE WHEN x.left_over THEN 'in_progress' ELSE 'done' END,
    finished_at = CASE WHEN x.left_over THEN NULL ELSE clock_timestamp() END
FROM (
    SELECT w.id, w.status, EXISTS (
            SELECT FROM warehouse_picklist l WHERE l.wave_id = w.id AND l.status IN ('open', 'in_progress')) AS left_over,
        EXISTS (SELECT FROM warehouse_picklist l WHERE l.wave_id = w.id AND l.status IN ('in_progress', 'done')) AS begun
    FROM warehouse_wave w WHERE w.id = ANY(%s)
) x
WHERE w.id = x.id AND w.status IN ('released', 'in_progress') AND (x.begun OR NOT x.left_over)
    AND w.status <> CASE WHEN x.left_over THEN 'in_progress' ELSE 'done' END
RETURNING w.id, x.status, w.status
"""


def settle(above: Above, *, company_id: int, actor: Actor) -> None:
    """Bring locked rounds and waves up to what their tasks and lists now say. Statements: 0 to 2."""
    if not above.rounds and not above.waves:
        return
    with prepared_cursor() as cursor:
        cursor.execute(_SETTLE, [list(above.rounds), list(above.waves)])
        changed: Sequence[tuple[int, str, str]] = cursor.fetchall()
    record(
        [
            Change("warehouse.wave", pk, new, field="status", old=old, new=new, company_id=company_id)
            for pk, old, new in changed
        ],
        actor=actor,
    )
