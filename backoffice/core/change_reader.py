"""Reading the change feed inside the building: who works on what changed keeps a place in it, as with the outbox."""

from collections.abc import Callable, Sequence

from django.db import connection, transaction

_NEXT = """
SELECT xid::text, id, resource, ids, deleted FROM core_recordchange
WHERE system_identifier = %s AND (xid, id) > (%s::text::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY xid, id LIMIT %s
"""
_LEFT = """
SELECT xid::text, id, resource, ids, deleted FROM core_recordchange
WHERE system_identifier = %s AND (xid, id) > (%s::text::xid8, %s) ORDER BY xid, id LIMIT %s
"""


def read_changes(
    reader: str,
    resources: Sequence[str],
    handle: Callable[[str, Sequence[int]], None],
    *,
    limit: int = 500,
    rounds: int = 20,
) -> int:
    """Give `handle` the ids of rows that changed, by resource; the changes that were passed.

    Each round is a transaction that moves the reader's place; handle writes work rows only, for it may see a change
    again. After a restore from a dump a reader begins with the new cluster's changes.
    """
    passed = 0
    for _round in range(rounds):
        count = _one_round(reader, resources, handle, limit)
        passed += count
        if count < limit:
            break
    return passed


@transaction.atomic
def _one_round(reader: str, resources: Sequence[str], handle: Callable[[str, Sequence[int]], None], limit: int) -> int:
    place = _place(reader)
    if place is None:  # another process reads
        return 0
    cluster, own, xid, last_id = place
    with connection.cursor() as cursor:
        if cluster == own:
            cursor.execute(_NEXT, [own, xid, last_id, limit])
        else:
            cursor.execute(_LEFT, [cluster, xid, last_id, limit])
        rows = cursor.fetchall()
        if not rows and cluster != own:
            cursor.execute(_NEXT, [cluster := own, "0", 0, limit])
            rows = cursor.fetchall()
    if not rows:
        return 0
    touched: dict[str, set[int]] = {}
    for _xid, _id, resource, ids, deleted in rows:
        if resource in resources and not deleted:
            touched.setdefault(resource, set()).update(ids)
    for resource, ids in touched.items():
        handle(resource, sorted(ids))
    _move(reader, cluster, *rows[-1][:2])
    return len(rows)


_PLACE = """
SELECT system_identifier, (pg_control_system()).system_identifier, xid::text, change_id
FROM core_changecursor WHERE reader = %s FOR NO KEY UPDATE SKIP LOCKED
"""


def _place(reader: str) -> tuple[int, int, str, int] | None:
    """(the place's cluster, this cluster, xid, change id), locked; None while another process holds it."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, [reader])
        row: tuple[int, int, str, int] | None = cursor.fetchone()
        if row is None:
            cursor.execute(
                "INSERT INTO core_changecursor (reader, system_identifier, xid, change_id)"
                " VALUES (%s, (pg_control_system()).system_identifier, '0', 0) ON CONFLICT DO NOTHING",
                [reader],
            )
            cursor.execute(_PLACE, [reader])
            row = cursor.fetchone()
        return row


def _move(reader: str, cluster: int, xid: str, change_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_changecursor SET system_identifier = %s, xid = %s::text::xid8, change_id = %s,"
            " updated_at = clock_timestamp() WHERE reader = %s",
            [cluster, xid, change_id, reader],
        )
