"""How the house stands: figures with their limits; the status page, the probes, the metrics and the alarms read these.

The limits are settings (HOUSE_LIMITS). A figure without a limit is shown only.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import media as uploads
from backoffice.basebackup import SLOT
from backoffice.core.admin.proof import last_proof
from backoffice.core.cards import found_lately
from backoffice.core.db import database_now
from backoffice.core.errors import Unavailable
from backoffice.core.models import InboxWork, JobRun
from backoffice.core.registry import registry
from backoffice.core.show import show_number, show_span
from backoffice.operations.queues import queue_lengths, queue_wait_s, workers
from orders.models import Fulfilment, FulfilmentStatus, Hold

BACKUP = "backup"  # the job's name under which `manage.py backup` keeps what it made
MB = 1024 * 1024
UNDER_WAY = set(FulfilmentStatus.values) - {FulfilmentStatus.SHIPPED, FulfilmentStatus.CANCELLED}


@dataclass(frozen=True, slots=True)
class Measure:
    """value: in `unit` (s, MB, percent or a count); None: it cannot be told. least: the limit is the least, not the most."""

    name: str
    title: str | Promise
    value: float | None
    unit: str = ""
    limit: float | None = None
    least: bool = False
    is_bad: bool = False
    note: str = ""

    @property
    def shown(self) -> str:
        if self.value is None:
            return "–"
        if self.unit == "s":
            return show_span(self.value)
        text = show_number(round(self.value))
        return {"MB": f"{text} MB", "percent": f"{text} %"}.get(self.unit, text)

    @property
    def sentence(self) -> str:
        """For an alarm: what is wrong, in one line."""
        text = f"{self.title}: {self.shown}"
        if self.limit is not None:
            limit = Measure("", "", self.limit, self.unit).shown
            text += " " + (_("(at least %(limit)s)") if self.least else _("(at most %(limit)s)")) % {"limit": limit}
        return f"{text}. {self.note}".strip() if self.note else text


def measures(*, ask_workers: bool = True) -> list[Measure]:
    """All of them. ask_workers: also who answers a ping, which takes up to a second."""
    parts: list[Callable[[], Iterator[Measure]]] = [
        _database, _archive, _outbox, _inbox, _cards, _queues, _proof, _backups, _disk, _work,
    ]  # fmt: skip
    return [measure for part in (*parts, *((_workers,) if ask_workers else ())) for measure in part()]


def _limited(
    name: str, title: Any, value: float | None, unit: str = "", note: str = "", least: bool = False, worse: bool = False
) -> Measure:
    limit = settings.HOUSE_LIMITS[name]
    beyond = value is not None and limit is not None and (value < limit if least else value > limit)
    return Measure(name, title, value, unit, limit, least, beyond or worse, note)


def _database() -> Iterator[Measure]:
    size, used, most, replicas, archiving, failed_at, archived_at = _row(
        "SELECT pg_database_size(current_database()) / 1048576.0, (SELECT sum(numbackends) FROM pg_stat_database),"
        " current_setting('max_connections')::int, (SELECT count(*) FROM pg_stat_replication),"
        " current_setting('archive_mode') <> 'off', last_failed_time, last_archived_time FROM pg_stat_archiver"
    )
    yield Measure("database_mb", gettext_lazy("Database size"), float(size), "MB")
    yield _limited("connections_percent", gettext_lazy("Connections in use"), 100 * float(used) / most, "percent",
                   _("%(used)s of %(most)s") % {"used": used, "most": most})  # fmt: skip
    yield Measure("replicas", gettext_lazy("Standby servers and archivers connected"), float(replicas))
    stuck = bool(archiving and failed_at and (archived_at is None or failed_at > archived_at))
    since = (database_now() - archived_at).total_seconds() if archived_at else None
    yield Measure(
        "wal_archived_s", gettext_lazy("Last WAL file archived"), since, "s", is_bad=stuck,
        note=_("The archive command fails.") if stuck else "" if archiving else _("Archiving is off."),
    )  # fmt: skip


def _archive() -> Iterator[Measure]:
    """What `manage.py archive_wal` has not fetched yet; without it no instant after the last backup can be restored."""
    behind, away = _row(
        "SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) / 1048576.0, coalesce(bool_or(NOT active), false)"
        f" FROM pg_replication_slots WHERE slot_name = '{SLOT}'"
    )
    note = _("manage.py archive_wal does not run.") if away or behind is None else ""
    yield _limited("wal_behind_mb", gettext_lazy("WAL not in the archive yet"), None if behind is None else float(behind),
                   "MB", note, worse=away)  # fmt: skip


def _outbox() -> Iterator[Measure]:
    """How old the oldest event is that a reader has not had; readers of another cluster stand still."""
    own, rows, names = "(pg_control_system()).system_identifier", {}, list(registry.event_consumers())
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.consumer, c.system_identifier <> {own}, (SELECT extract(epoch FROM clock_timestamp() - e.recorded_at)"
            f" FROM core_outboxevent e WHERE e.system_identifier = {own} AND (e.xid, e.id) > (c.xid, c.event_id)"
            " ORDER BY e.xid, e.id LIMIT 1) FROM core_outboxcursor c WHERE c.consumer = ANY(%s)",
            [names],
        )
        rows = {name: (paused, float(lag or 0)) for name, paused, lag in cursor.fetchall()}
    paused = sorted(name for name, (stands, _lag) in rows.items() if stands)
    yield _limited("outbox_lag_s", gettext_lazy("Outbox: oldest event not passed on"),
                   max((lag for _stands, lag in rows.values()), default=0), "s")  # fmt: skip
    yield Measure(
        "outbox_paused", gettext_lazy("Outbox: readers that stand still"), float(len(paused)), is_bad=bool(paused),
        note=_("Restored from a dump? Look, then manage.py resume_outbox: %(names)s.") % {"names": ", ".join(paused)} if paused else "",
    )  # fmt: skip


def _inbox() -> Iterator[Measure]:
    dead = InboxWork.objects.filter(status="dead").count()
    yield _limited("inbox_dead", gettext_lazy("Messages received that could not be processed"), dead)


def _cards() -> Iterator[Measure]:
    found = found_lately()
    note = _("They were not kept; the log says where they came in. Tell whoever writes them.") if found else ""
    yield _limited("card_numbers", gettext_lazy("Card numbers taken out of texts in a day"), found, note=note)


def _queues() -> Iterator[Measure]:
    lengths = queue_lengths()
    note = ", ".join(f"{name} {count}" for name, count in lengths.items() if count) if lengths else ""
    total = float(sum(lengths.values())) if lengths is not None else None
    yield _limited("queue_length", gettext_lazy("Messages for workers"), total, note=note)
    yield _limited("queue_wait_s", gettext_lazy("Oldest message for workers"), queue_wait_s(), "s")


def _workers() -> Iterator[Measure]:
    names = workers()
    yield _limited("workers", gettext_lazy("Workers that answer"), float(len(names)), note=", ".join(names), least=True)


def _proof() -> Iterator[Measure]:
    last = last_proof()
    age = _age(last.finished_at if last else None)
    failed = last is not None and last.status != "ok"
    note = _("Something differs: see the proof.") if failed else ""
    yield _limited("proof_age_s", gettext_lazy("Last proof"), age, "s", note, worse=failed)


def _backups() -> Iterator[Measure]:
    last = JobRun.objects.filter(job=BACKUP, status=JobRun.Status.OK).order_by("-id").first()
    missing = last is None and settings.PRODUCTION
    note = "" if last else _("None was made yet: manage.py backup.")
    yield _limited(
        "backup_age_s", gettext_lazy("Last backup"), _age(last.finished_at if last else None), "s", note, worse=missing
    )


def _disk() -> Iterator[Measure]:
    """Of this host's uploads; the database's own disk is seen where it is on the same host. A bucket: whether it answers."""
    folder = uploads.folder()
    if folder is None:
        yield _bucket()
        return
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    yield _limited("disk_free_percent", gettext_lazy("Disk free where uploads lie"), 100 * usage.free / usage.total, "percent",
                   _("%(free)s MB free") % {"free": show_number(usage.free // MB)}, least=True)  # fmt: skip


def _bucket() -> Measure:
    begun, note = time.monotonic(), ""
    try:
        default_storage.ask()  # type: ignore[attr-defined]
    except Unavailable:
        note = _("It does not answer, or refuses us: the log says why.")
    return Measure(
        "file_storage_s",
        gettext_lazy("File storage answers after"),
        time.monotonic() - begun,
        "s",
        is_bad=bool(note),
        note=note,
    )


def _work() -> Iterator[Measure]:
    held = Hold.objects.filter(released_at__isnull=True).values("order_id").distinct().count()
    yield Measure("orders_held", gettext_lazy("Orders held"), float(held))
    open_work = Fulfilment.objects.filter(status__in=UNDER_WAY).count()
    yield Measure("fulfilments_open", gettext_lazy("Fulfilments under way"), float(open_work))


def _age(at: datetime | None) -> float | None:
    return (database_now() - at).total_seconds() if at else None


def _row(sql: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()
