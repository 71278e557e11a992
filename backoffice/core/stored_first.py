"""Uploaded files and the rows that name them: the file goes into the storage first, outside any lock; then the row.

A slow bucket so keeps nobody waiting, and what is rolled back leaves a file that no row names: nobody reaches it, and the
nightly sweep removes it (backoffice/media.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.base import ContentFile
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
