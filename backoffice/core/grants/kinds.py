"""The kinds of grants that the tables of each app are made of."""

from dataclasses import dataclass

Columns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """What the app may do beside SELECT, and which columns `erase` may blank.

    insert, update: True for the whole row, or a tuple of field names. book: its migration has AppendOnly too.
    """

    insert: bool | Columns = False
    update: bool | Columns = False
    delete: bool = False
    erase: Columns = ()
    book: bool = False


BOOK = Grant(insert=True, book=True)  # facts: inserted, never changed
MADE = Grant(insert=True)  # made by the app, from then on changed by triggers and owner functions only
TOTAL = Grant()  # written only by triggers
READ = TOTAL  # reference rows made by migrations
WORK = Grant(insert=True, update=True, delete=True)  # ordinary rows


def keep(*columns: str) -> Grant:
    """Rows never deleted: INSERT, and UPDATE of the named fields (of all fields if none is named)."""
    return Grant(insert=True, update=columns or True)


def personal(*columns: str) -> Grant:
    """Personal data: ordinary insert and change by the app, the named fields blanked by `erase`."""
    return Grant(insert=True, update=True, erase=columns)
