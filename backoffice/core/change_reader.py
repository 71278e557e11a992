"""Reading the change feed inside the building: who works on what changed keeps a place in it, as with the outbox."""

from collections.abc import Callable, Sequence

from django.db import connection, transaction

from backoffice.core.outbox import lock_cursor, move_cursor

_NEXT = """
SELECT xid::text, id, resource, ids, deleted FROM core_recordchange
WHERE system_identifier = %s AND (xid, id) > (%s::text::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY xid, id LIMIT %s
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
    place = lock_cursor(reader)
    if place is None:  # another process reads
        return 0
    cluster, own, xid, last_id = place
    if cluster != own:
        xid, last_id = "0", 0
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [own, xid, last_id, limit])
        rows = cursor.fetchall()
    if not rows:
        return 0
    touched: dict[str, set[int]] = {}
    for _xid, _id, resource, ids, deleted in rows:
        if resource in resources and not deleted:
            touched.setdefault(resource, set()).update(ids)
    for resource, ids in touched.items():
        handle(resource, sorted(ids))
    move_cursor(reader, own, int(rows[-1][0]), rows[-1][1])
    return len(rows)
