"""Taking a file on, and checking all of its rows before anything is done with one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from backoffice.core.errors import InvalidInput
from backoffice.core.models import ApiKey, ImportFile, ImportRow
from backoffice.core.models.tables import ImportState, ImportStatus
from backoffice.core.registry import TableImport, registry
from backoffice.core.tabular.columns import Column, Row, RowError, match_headings, read_row
from backoffice.core.tabular.decoding import ENCODINGS
from backoffice.core.tabular.errors import TableRefused, UnknownImport
from backoffice.core.tabular.limits import MAX_BYTES
from backoffice.core.tabular.reading import Line, Table, open_table
from backoffice.core.waking import wake_worker

CHECK = "backoffice.core.tasks.check_import_file"
AT_ONCE_BYTES = 256 * 1024  # a file of this size is checked while its sender waits
PORTION = 2_000
MAX_ATTEMPTS = 3
_ROW = {
    "file_id": "bigint",
    "number": "bigint",
    "cells": "jsonb",
    "state": "text",
    "changes": "jsonb",
    "errors": "jsonb",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a row would do. changes: (field, old, new) as people read them, of a changed row."""

    state: str = ImportState.UNCHANGED.value
    changes: tuple[tuple[str, str, str], ...] = ()
    errors: tuple[RowError, ...] = ()


def noun_of(name: str) -> TableImport:
    """The registered import. Raises UnknownImport."""
    noun = registry.table_imports().get(name)
    if noun is None:
        raise UnknownImport(_("There is no import “%(name)s”.") % {"name": name[:60]}, name=name[:60])
    return noun


def take_file(
    upload: Any,
    *,
    noun: str,
    company_id: int,
    actor: Actor,
    encoding: str = "",
    mapping: Mapping[str, str] | None = None,
    leave_out_unknown: bool = False,
    api_key: ApiKey | None = None,
) -> ImportFile:
    """Keep an uploaded file and have its rows checked: at once if it is small, else by a worker.

    upload: Django's uploaded file. encoding: of a text file, one of ENCODINGS, "" to find it. mapping: column names
    by heading, "" to leave a heading out; leave_out_unknown: so every heading that nobody knows. Whether the actor may is the caller's question.

    Raises UnknownImport; TableRefused for what is no table or too large; InvalidInput with all that is wrong with the
    headings. Nothing is kept then. Statements: 1, and those of the check.
    """
    known = noun_of(noun)
    if actor.user_id is None:
        raise ValueError("a file is brought by a named user")
    if encoding not in ("", *ENCODINGS):
        error = {"field": "encoding", "message": _("Choose one of the list."), "code": "invalid_choice"}
        raise InvalidInput(_("Some fields are wrong; nothing was saved."), errors=[error])
    if upload.size > MAX_BYTES:
        raise TableRefused(
            _("The file is larger than %(limit)s MB. Split it.") % {"limit": MAX_BYTES >> 20}, code="too_many_bytes"
        )
    table = open_table(upload.read(), encoding=encoding)
    mapping = dict(mapping or {})
    if leave_out_unknown:
        _columns, errors = match_headings(table.headings, known.columns, mapping)
        unknown = {error.field for error in errors if error.code == "unknown_column"}
        mapping |= {heading: "" for heading in table.headings if heading[:60] in unknown}
    _columns_of(table, known, mapping)
    upload.seek(0)
    file = ImportFile(
        noun=noun,
        company_id=company_id,
        name=str(upload.name or "table")[-200:],
        size=upload.size,
        sha256=table.sha256,
        encoding=encoding,
        headings=table.headings,
        mapping=mapping,
        user_id=actor.user_id,
        api_key=api_key,
        language=get_language() or "en",
    )
    file.content.save("table", upload, save=False)  # before the transaction: a bucket may be slow
    with transaction.atomic():
        file.save()
        if upload.size > AT_ONCE_BYTES:
            wake_worker(CHECK, file.pk)
    if upload.size <= AT_ONCE_BYTES:
        check_file(file.pk)
        file.refresh_from_db()
    return file


def _columns_of(table: Table, noun: TableImport, mapping: Mapping[str, str]) -> list[Column | None]:
    columns, errors = match_headings(table.headings, noun.columns, mapping)
    if errors:
        raise InvalidInput(
            _("The headings do not fit; nothing was saved."), errors=[{"row": 1, **error.as_dict()} for error in errors]
        )
    return columns


def due_files(*, limit: int = 20) -> list[int]:
    """Files whose rows still have to be checked. Statements: 1."""
    waiting = ImportFile.objects.filter(status=ImportStatus.WAITING).order_by("pk")
    return list(waiting.values_list("pk", flat=True)[:limit])


def check_file(file_id: int) -> str:
    """Read a waiting file and write what each row would do; its status, or "busy" if another worker is at it.

    All of it is one transaction: a preview is whole or not there. What cannot be read refuses the file with its
    reason; wrong rows only stand among the rows. Statements: a fixed number for each portion of rows.
    """
    ImportFile.objects.filter(pk=file_id, status=ImportStatus.WAITING, attempts__lte=MAX_ATTEMPTS).update(
        attempts=F("attempts") + 1
    )
    with transaction.atomic():
        file = _locked(file_id)
        if file is None:
            return "busy"
        if file.attempts > MAX_ATTEMPTS:
            return _refuse(file, _("Workers were lost over it %(count)s times.") % {"count": MAX_ATTEMPTS})
        try:
            with translation.override(file.language), transaction.atomic():
                counts = _check(file)
        except (TableRefused, InvalidInput, UnknownImport) as refusal:
            return _refuse(file, refusal.detail)
        for state, count in counts.items():
            setattr(file, state, count)
        file.status = ImportStatus.CHECKED
        file.save(update_fields=["status", *counts])
        return file.status


def _locked(file_id: int) -> ImportFile | None:
    rows = ImportFile.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    return rows.filter(pk=file_id, status=ImportStatus.WAITING).first()


def _refuse(file: ImportFile, detail: str) -> str:
    file.status, file.error = ImportStatus.REFUSED, detail[:500]
    file.save(update_fields=["status", "error"])
    return file.status


def _check(file: ImportFile) -> dict[str, int]:
    noun = noun_of(file.noun)
    with file.content.open("rb") as stream:
        table = open_table(stream.read(), encoding=file.encoding)
    columns = _columns_of(table, noun, file.mapping)
    checker = noun.checker(file.company_id)
    for lines in portions(table.lines()):
        checker.look([read_row(line, columns) for line in lines])
    counts = dict.fromkeys(ImportState.values, 0)
    for lines in portions(table.lines()):
        rows = [read_row(line, columns) for line in lines]
        plans = checker.check(rows)
        for state in _write(file.pk, lines, rows, plans):
            counts[state] += 1
    return counts


def portions(lines: Iterator[Line], size: int = PORTION) -> Iterator[list[Line]]:
    while portion := list(islice(lines, size)):
        yield portion


def _write(file_id: int, lines: list[Line], rows: list[Row], plans: Any) -> list[str]:
    written, states = [], []
    for line, row, plan in zip(lines, rows, plans, strict=True):
        errors = [error.as_dict() for error in (*row.errors, *plan.errors)]
        state = ImportState.WRONG.value if errors else plan.state
        changes = [] if errors else plan.changes
        written.append((file_id, line.number, _json(line.cells), state, _json(changes), _json(errors)))
        states.append(state)
    insert_rows("core_importrow", _ROW, written)
    return states


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def forget_files(before: Any) -> int:
    """Remove files brought before an instant, with their rows; the jobs' results stay as long as jobs do."""
    old = ImportFile.objects.filter(created_at__lt=before)
    for file in old:
        file.content.delete(save=False)
    ImportRow.objects.filter(file__in=old).delete()
    return old.delete()[0]
