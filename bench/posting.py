"""Entries posted with every trigger of the journal, and without any: what the database's guard costs."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from django.db import connection

from accounting.models import AccountRole
from accounting.selectors import account_ids
from accounting.services import Entry, Line, create_company, post_entries
from backoffice.core.actor import Actor
from backoffice.core.roles import OWNER, role

ROUNDS = 15
TABLES = ("accounting_journalentry", "accounting_journalline")
ACTOR = Actor.job("bench")
AT = datetime(2026, 3, 10, 12, tzinfo=UTC)


def measure(progress: Any, *, entries: int) -> dict[str, Any]:
    """entries of four lines with dimensions, in one transaction and in one each.

    ratio: with triggers against without, in one transaction, of the fastest rounds: what else runs on the machine only
    ever adds. ratio_of_medians and the single ones are of the medians.
    """
    company = create_company(code="bench", name="Bench", base_currency="EUR", country="DE", actor=ACTOR)
    task = progress.add_task("entries posted", total=ROUNDS * 2 + 1)
    post = _Poster(company.pk, entries)
    counted = {}
    for on in (True, False):  # warm: plans, pages, dimension sets
        with _triggers(on=on):
            counted[on] = _enabled()
            post.together()
    progress.advance(task)
    guarded: list[float] = []
    bare: list[float] = []
    guarded_single: list[float] = []
    bare_single: list[float] = []
    for _round in range(ROUNDS):
        for on, together, single in ((True, guarded, guarded_single), (False, bare, bare_single)):
            with _triggers(on=on):
                together.append(post.together())
                single.append(post.singly(max(entries // 10, 1)))
            progress.advance(task)
    return {
        "entries": entries,
        "rounds": ROUNDS,
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "triggers": counted[True],
        "triggers_left_without": counted[False],
        "with_triggers_ms": round(min(guarded) * 1000, 1),
        "without_triggers_ms": round(min(bare) * 1000, 1),
        "ratio": round(min(guarded) / min(bare), 3),
        "ratio_of_medians": round(median(guarded) / median(bare), 3),
        "single_with_triggers_ms": round(median(guarded_single) * 1000, 2),
        "single_without_triggers_ms": round(median(bare_single) * 1000, 2),
        "single_ratio": round(median(guarded_single) / median(bare_single), 3),
        "entries_per_s": round(entries / min(guarded)),
    }


class _Poster:
    def __init__(self, company_id: int, entries: int) -> None:
        self.company_id, self.entries, self.number = company_id, entries, 0
        self.roles = account_ids(company_id)

    def together(self) -> float:
        made = [self._entry() for _ in range(self.entries)]
        start = time.perf_counter()
        post_entries(made, company_id=self.company_id, actor=ACTOR)
        return time.perf_counter() - start

    def singly(self, count: int) -> float:
        """Seconds for each."""
        made = [self._entry() for _ in range(count)]
        start = time.perf_counter()
        for entry in made:
            post_entries([entry], company_id=self.company_id, actor=ACTOR)
        return (time.perf_counter() - start) / count

    def _entry(self) -> Entry:
        self.number += 1
        dimensions = (("channel", f"c{self.number % 5}"), ("warehouse", f"w{self.number % 3}"))
        amounts = {
            AccountRole.BANK: Decimal("99.50"),
            AccountRole.BANK_CHARGES: Decimal("0.50"),
            AccountRole.OTHER_REVENUE: Decimal(-84),
            AccountRole.OUTPUT_TAX: Decimal(-16),
        }
        lines = [Line(self.roles[name], amount, "EUR", dimensions=dimensions) for name, amount in amounts.items()]
        at = AT + timedelta(minutes=self.number)
        return Entry(None, at, "general", "", None, f"bench:{self.number}", lines)


@contextmanager
def _triggers(*, on: bool) -> Iterator[None]:
    """Within the block the journal's triggers are on or off; foreign keys stay on."""
    _switch("ENABLE" if on else "DISABLE")
    try:
        yield
    finally:
        _switch("ENABLE")


def _enabled() -> int:
    """How many triggers fire on entries and lines, foreign keys aside."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgrelid = ANY(%s::regclass[]) AND NOT tgisinternal AND tgenabled = 'O'",
            [list(TABLES)],
        )
        return int(cursor.fetchone()[0])


def _switch(word: str) -> None:
    with role(connection, OWNER), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} {word} TRIGGER USER")
