"""Where uploaded files lie: a folder of this host, or a bucket that hosts share; and which of them are not there."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import models
from django.utils import timezone

KEEP_DAYS = 30
# Of uploads. Logos stay, for documents that were printed with them; reports are looked after by their own job.
FOLDERS = frozenset({"attachments", "bills", "imports", "products", "receipts", "returns"})


def folder() -> Path | None:
    """The folder; None where they are in a bucket."""
    return None if bucket() else Path(settings.MEDIA_ROOT)


def bucket() -> str:
    """The bucket in words, "" where they are in a folder."""
    options: Any = settings.STORAGES["default"].get("OPTIONS") or {}  # type: ignore[attr-defined]
    name = options.get("bucket_name", "")
    return f"bucket {name} at {options.get('endpoint_url', 'Amazon S3')}" if name else ""


def files_of(root: Path) -> Iterator[Path]:
    """The files below a folder, in order; no links."""
    return (path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink())


def take_in(root: Path) -> int:
    """Copy the files below a folder into the storage, under their names; what is there stays. How many were copied."""
    there, copied = stored(), 0
    for path in files_of(root):
        name = path.relative_to(root).as_posix()
        if name not in there:
            with path.open("rb") as content:
                default_storage.save(name, File(content))
            copied += 1
    return copied


def stored() -> set[str]:
    """The names of all stored files."""
    storage = default_storage
    if isinstance(storage, FileSystemStorage):
        root = Path(storage.location)
        return {path.relative_to(root).as_posix() for path in files_of(root)}
    return set(storage.names())  # type: ignore[attr-defined]


def missing() -> list[str]:
    """Files that rows name and the storage does not have."""
    return sorted(named_by_rows() - stored())


def remove_orphans() -> int:
    """Remove uploads that no row names: what was rolled back, taken off or erased. How many.

    Only those older than KEEP_DAYS: a file is there before its row, and a backup of the rows may be of last week.
    """
    before, removed = timezone.now() - timedelta(days=KEEP_DAYS), 0
    candidates = [name for name in sorted(stored()) if name.partition("/")[0] in FOLDERS]
    named = named_by_rows()  # after the list: what came meanwhile is in neither
    for name in candidates:
        if name not in named and default_storage.get_modified_time(name) < before:
            default_storage.delete(name)
            removed += 1
    return removed


def named_by_rows() -> set[str]:
    named: set[str] = set()
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.FileField):
                rows = model._default_manager.exclude(**{field.name: ""}).values_list(field.name, flat=True)
                named.update(name for name in rows.iterator() if name)
    return named
