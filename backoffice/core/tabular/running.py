"""Doing what a checked file says: a bulk job over its rows, and what became of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import bulk
from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidInput
from backoffice.core.models import ApiKey, BulkJob, BulkJobRow, ImportFile, ImportRow
from backoffice.core.models.tables import ImportState, ImportStatus
from backoffice.core.registry import BulkAction, Entry, RowResult, TableImport
from backoffice.core.tabular.columns import ERRORS, match_headings, read_row
from backoffice.core.tabular.errors import TableRefused
from backoffice.core.tabular.files import PORTION, noun_of
from backoffice.core.tabular.reading import Line

ROW = "core.importrow"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: done, already (so before) or refused with code and sentence."""

    state: str = "done"
    code: str = ""
    detail: str = ""


def import_entries(noun: TableImport) -> tuple[Entry, ...]:
    """What an app registers for a noun: the noun itself, and the bulk action that does its rows."""
    run = partial(run_rows, noun.name)
    return (
        noun,
        BulkAction(noun.name, noun.title, noun.permission, ROW, run, noun.batch_size, scope=noun.scope, order=900),
    )


@transaction.atomic
def start_import(file_id: int, *, actor: Actor, skip_wrong: bool = False, api_key: ApiKey | None = None) -> BulkJob:
    """Start the job that does a file's new and changed rows. skip_wrong: although others are wrong.

    Raises TableRefused unless the file is checked, has something to do and, without skip_wrong, no wrong row;
    nothing is written. Statements: 6.
    """
    file = ImportFile.objects.select_for_update(of=("self",), no_key=True).filter(pk=file_id).first()
    if file is None or file.status != ImportStatus.CHECKED:
        raise TableRefused(
            _("Only a file that was checked and not started before can be imported."), code="not_checked"
        )
    if file.wrong and not skip_wrong:
        raise TableRefused(
            _("%(count)s rows are wrong: mend them, or import the others without them.") % {"count": file.wrong},
            code="wrong_rows",
            wrong=file.wrong,
        )
    if not file.to_do:
        raise TableRefused(_("There is nothing to do: no row is new or changes anything."), code="nothing_to_do")
    rows = ImportRow.objects.filter(file=file, state__in=(ImportState.NEW, ImportState.CHANGED)).order_by("pk")
    job = bulk.start_job(file.noun, rows=rows, params={}, actor=actor, selection=file.name, api_key=api_key)
    file.status, file.job = ImportStatus.STARTED, job
    file.save(update_fields=["status", "job"])
    return job


def run_rows(name: str, ids: Sequence[int], params: Mapping[str, str], actor: Actor) -> list[RowResult]:
    """The bulk action's work. Statements: 1 and the noun's."""
    noun = noun_of(name)
    found = list(ImportRow.objects.filter(pk__in=ids).select_related("file").order_by("pk"))
    file = found[0].file
    columns, _errors = match_headings(file.headings, noun.columns, file.mapping)
    rows = [read_row(Line(row.number, row.cells), columns) for row in found]
    done = noun.apply(rows, file.company_id, actor)
    return [
        RowResult(row.pk, result.state, result.code, result.detail) for row, result in zip(found, done, strict=True)
    ]


def results_of(file: ImportFile, row_ids: Sequence[int]) -> dict[int, BulkJobRow]:
    """What the job made of these rows. Statements: 1, or 0 before it was started."""
    if file.job_id is None:
        return {}
    rows = BulkJobRow.objects.filter(job_id=file.job_id, object_id__in=row_ids)
    return {row.object_id: row for row in rows}


def error_lines(file: ImportFile) -> Iterator[list[Any]]:
    """The rows that were wrong or refused, as they were brought, each with what is wrong with it in one more cell.

    Read again after mending, its last column is left out. Statements: 2 for every portion.
    """
    width = len(file.headings)
    place = file.headings.index(ERRORS) if ERRORS in file.headings else width
    last = 0
    while page := list(ImportRow.objects.filter(file=file, pk__gt=last).order_by("pk")[:PORTION]):
        last = page[-1].pk
        results = results_of(file, [row.pk for row in page])
        for row in page:
            said = [
                f"{error['field']}: {error['message']}" if error["field"] else error["message"] for error in row.errors
            ]
            result = results.get(row.pk)
            if result is not None and result.state == "refused":
                said.append(result.detail)
            if said or row.state == ImportState.WRONG:  # held by others: it goes with them
                cells = [*row.cells, ""] if place == width else list(row.cells)
                cells[place] = " · ".join(said)
                yield cells


def error_headings(file: ImportFile) -> list[str]:
    return file.headings if ERRORS in file.headings else [*file.headings, ERRORS]


def company_of(noun: TableImport, code: str, *, bound_to: int | None = None) -> int:
    """The company that a file is for: named by its code, or the only one. Raises InvalidInput."""
    found = [(pk, name) for pk, name in noun.companies() if bound_to in (None, pk) and (not code or name == code)]
    if len(found) == 1:
        return found[0][0]
    raise InvalidInput(
        _("Some fields are wrong; nothing was saved."),
        errors=[{"field": "company", "message": _("Name the company."), "code": "unknown_company"}],
    )
