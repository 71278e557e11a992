"""Migration operations that make a table tell its changes (core.RecordChange): one row a statement, however many rows."""

from django.db.migrations.operations.base import Operation

from backoffice.core.triggers import BookFunction, BookTrigger

_KINDS = (("made", "INSERT", "NEW"), ("changed", "UPDATE", "NEW"), ("gone", "DELETE", "OLD"))


def tell_changes(
    table: str,
    resource: str,
    *,
    join: str = "",
    id: str = "r.id",
    company: str = "r.company_id",
    channel: str = "NULL::bigint",
    part: bool = False,
) -> list[Operation]:
    """A function and three triggers. r: the changed rows; join: further tables, e.g. "JOIN orders_order o ON …".

    part: rows of this table are only a part of the resource, so that a deleted one is a change of it.
    """
    name = f"{table}_tell_changes"
    gone = "false" if part else "TG_OP = 'DELETE'"
    body = f"""
BEGIN
    INSERT INTO core_recordchange (resource, ids, deleted, company_id, channel_id)
    SELECT '{resource}', array_agg(DISTINCT {id}), {gone}, {company}, {channel}
    FROM touched r {join} GROUP BY {company}, {channel};
    RETURN NULL;
END
"""
    triggers = [
        BookTrigger(table, f"zz_tell_{kind}", name, when=f"AFTER {event}", referencing=f"{rows} TABLE AS touched")
        for kind, event, rows in _KINDS
    ]
    return [BookFunction(name, body), *triggers]
