"""Uploaded files and the rows that name them: the file goes into the storage first, outside any lock; then the row. What is
taken away goes after the row's change is committed.

A slow bucket so keeps nobody waiting, and what is rolled back leaves a file that no row names: nobody reaches it, and the
nightly sweep removes it (backoffice/media.py).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Model


@contextmanager
def stored_first(row: Model, name: str, content: bytes, *, file: str = "content") -> Iterator[None]:
    """Within the block the row's file is stored; it is taken away where the block refuses, or saves another's row."""
    field: Any = getattr(row, file)
    field.save(name, ContentFile(content), save=False)
    try:
        yield
    except BaseException:
        field.delete(save=False)
        raise
    if row.pk is None:
        field.delete(save=False)


def removed_after(files: Iterable[Any]) -> None:
    """Take these stored files away once the transaction is committed, which no row may name any more then.

    One that the storage does not let go of is logged; the nightly sweep takes it.
    """
    for file in files:
        transaction.on_commit(partial(file.storage.delete, str(file.name)), robust=True)
