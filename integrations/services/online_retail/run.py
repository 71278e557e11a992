"""A run over a file, or over the quarantine: read, find what is left, bring in stock, book part by part."""

import gc
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounting.selectors import books_of
from accounting.services.periods import ensure_periods
from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from integrations.importing.online_retail import COLUMNS, TIME_ZONE, read_documents, read_rows, sort_rows
from integrations.importing.online_retail_stock import batches
from integrations.models import QuarantinedRow, SyncRun
from integrations.services.online_retail.batches import Booker
from integrations.services.online_retail.opening import Catalogue, derive_opening_stock
from integrations.services.online_retail.outcome import Outcome
from integrations.services.online_retail.pending import Pending, kept_rows, pending_of
from integrations.services.online_retail.records import records_of
from integrations.services.online_retail.setup import Place, ensure_place, meanings_of

ZERO = Decimal(0)
JOB = "import_file"
Progress = Callable[[str, int, int], None]  # stage, lines done, lines in all


class ImportRunning(DomainError):
    """Another import of the same channel is at work."""

    code = "import_running"


@dataclass(frozen=True, slots=True)
class Options:
    """opening_stock: derive or none. cost_ratio: of the median price. batch: documents in a part."""

    channel: str
    company: str = ""
    opening_stock: str = "derive"
    cost_ratio: Decimal = Decimal("0.55")
    ship: bool = False
    batch: int = 250


def import_file(path: Path, options: Options, *, actor: Actor, progress: Progress) -> Outcome:
    """Take a file whole. It is read and checked to its end first: from a damaged one nothing is written.

    What the channel has already is left alone, so a second run changes nothing, and a run that was cut off
    is taken up where it stood.
    Raises FileUnreadable (with the line), InvalidInput (no such choice of channel), ImportRunning.
    """
    started = time.monotonic()
    outcome = Outcome()
    progress("reading", 0, 0)
    documents = read_documents(read_rows(path))
    place = ensure_place(channel_code=options.channel, company_code=options.company, actor=actor)
    with _alone(place), _recorded(place, path.name) as run:
        meaning_of = meanings_of(place.channel_id)
        sorted_ = [sort_rows(document, meaning_of) for document in documents]
        for document in documents:
            outcome.file.add(
                len(document.rows) + len(document.unreadable), sum((row.value for row in document.rows), ZERO)
            )
        records = records_of(place.channel_id)
        parts = [
            [left for one in part if (left := pending_of(one, records, place.channel_id, outcome)) is not None]
            for part in batches(sorted_, options.batch)
        ]
        kept = {number: pk for part in parts for left in part for number, pk in kept_rows(left, records).items()}
        del records
        catalogue = Catalogue(sorted_, meaning_of, place.company_id)
        days = {document.at.astimezone(TIME_ZONE).date() for document in documents if document.rows}
        if days:
            ensure_periods(company_id=place.company_id, dates=sorted(days))
        if options.opening_stock == "derive":
            progress("opening stock", 0, outcome.file.lines)
            derive_opening_stock(
                [[left.rows for left in part] for part in parts],
                catalogue,
                place=place,
                cost_ratio=options.cost_ratio,
                source_key=f"opening:run:{run.pk}",
                actor=actor,
            )
        booker = Booker(
            place=place,
            books=books_of(place.company_id),
            run_id=run.pk,
            source=path.name,
            ship=options.ship,
            sku_id_of=catalogue.sku_id_of,
            cost_of=lambda code: catalogue.cost_of(code, options.cost_ratio),
            actor=actor,
            outcome=outcome,
            kept=kept,
        )
        del documents, sorted_
        gc.collect()
        gc.freeze()  # hundreds of thousands of rows that stay: not to be walked at each collection
        _book(parts, booker, run, progress)
    outcome.seconds = time.monotonic() - started
    return outcome


def rerun_quarantine(
    options: Options, *, actor: Actor, progress: Progress, invoices: Collection[str] | None = None
) -> Outcome:
    """Try the rows in the quarantine again, with today's mapping table and stock; what is booked is resolved.

    invoices: all rows of these only. outcome.file: the open rows. Raises InvalidInput, ImportRunning.
    """
    started = time.monotonic()
    outcome = Outcome()
    place = ensure_place(channel_code=options.channel, company_code=options.company, actor=actor)
    with _alone(place), _recorded(place, "quarantine") as run:
        open_rows = QuarantinedRow.objects.filter(channel_id=place.channel_id, status="open").order_by("pk")
        if invoices is not None:
            open_rows = open_rows.filter(external_id__in=invoices)
        kept = {row.pk: row for row in open_rows if is_of_file(row)}
        documents = read_documents((pk, [row.raw.get(name, "") for name in COLUMNS]) for pk, row in kept.items())
        meaning_of = meanings_of(place.channel_id)
        sorted_ = [sort_rows(document, meaning_of) for document in documents]
        outcome.file.add(len(kept), sum((row.value for row in kept.values()), ZERO))
        records = records_of(place.channel_id)
        keys = {pk: row.row_key for pk, row in kept.items()}
        parts = [
            [
                left
                for one in part
                if (left := pending_of(one, records, place.channel_id, outcome, keys=keys)) is not None
            ]
            for part in batches(sorted_, options.batch)
        ]
        catalogue = Catalogue(sorted_, meaning_of, place.company_id)
        booker = Booker(
            place=place,
            books=books_of(place.company_id),
            run_id=run.pk,
            source="quarantine",
            ship=options.ship,
            sku_id_of=catalogue.sku_id_of,
            cost_of=lambda code: None,
            actor=actor,
            outcome=outcome,
            kept={pk: pk for pk in kept},
        )
        _book(parts, booker, run, progress)
    outcome.seconds = time.monotonic() - started
    return outcome


def is_of_file(row: QuarantinedRow) -> bool:
    """Whether a quarantined row is a line of such a file (and not a channel's message)."""
    return set(COLUMNS) <= row.raw.keys()


def _book(parts: Sequence[Sequence[Pending]], booker: Booker, run: SyncRun, progress: Progress) -> None:
    outcome = booker.outcome
    total = outcome.file.lines
    for part in parts:
        if part:
            booker.book(part)
        done = outcome.imported.lines + outcome.imported_before.lines
        aside = outcome.quarantined.lines + outcome.quarantined_before.lines
        SyncRun.objects.filter(pk=run.pk).update(done=done, failed=aside, total=total)
        progress("booking", done + aside, total)


@contextmanager
def _recorded(place: Place, source: str) -> Iterator[SyncRun]:
    """A row that shows the run with its progress; runs that were killed are closed."""
    runs = SyncRun.objects.filter(company_id=place.company_id, connection=None, job=JOB)
    runs.filter(status="running", message__startswith=f"{place.channel_code}: ").update(
        status="stopped", finished_at=Now()
    )
    run = SyncRun.objects.create(company_id=place.company_id, job=JOB, message=f"{place.channel_code}: {source}")
    try:
        yield run
    except BaseException as error:
        if not connection.in_atomic_block:
            status = "stopped" if isinstance(error, KeyboardInterrupt) else "failed"
            message = f"{place.channel_code}: {source}: {error}"
            SyncRun.objects.filter(pk=run.pk).update(status=status, message=message, finished_at=Now())
        raise
    SyncRun.objects.filter(pk=run.pk).update(status="done", finished_at=Now())


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    """One import of a channel at a time; the lock ends with the connection, however the process ends.

    A pooler gives each transaction another connection, so behind one there would be no lock.
    """
    if settings.PGBOUNCER:
        raise ImportRunning(
            _("an import needs a connection of its own: run it with the database's own address, BACKOFFICE_PGBOUNCER=0")
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('integrations.import'), %s)", [place.channel_id])
        if not cursor.fetchone()[0]:
            message = _("another import into channel {code} is running; wait until it ends")
            raise ImportRunning(message.format(code=place.channel_code))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('integrations.import'), %s)", [place.channel_id])
