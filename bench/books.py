"""Statements and ageing over millions of journal lines, now and of a past day; what exports take of memory."""

import resource
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from accounting.exporting import plain_rows
from accounting.models import Company
from accounting.selectors.cash_flow import cash_flow_report
from accounting.selectors.ledger import LedgerQuestion, general_ledger_report
from accounting.selectors.receivables import AgeingQuestion, ageing_report
from accounting.selectors.statements import (
    Question,
    balance_sheet_report,
    profit_and_loss_report,
    trial_balance_report,
)
from accounting.selectors.sums import ledger_accounts
from accounting.services.balances import fold_balances
from accounting.statements.spans import Span, add_months
from backoffice.core.export import csv_chunks, xlsx_chunks
from backoffice.core.proof import run_checks
from bench import books_data
from orders.selectors.margin import margin_report

ROUNDS = 5
PAST = date(2025, 8, 17)  # in the middle of a month
CHECKS = ("balances_equal_lines", "subledgers_equal_control_accounts", "item_uses_equal_used")


def measure(progress: Any, *, invoices: int) -> dict[str, Any]:
    company = books_data.prepare(progress, invoices=invoices)
    started = time.perf_counter()
    fold_balances()
    folded = time.perf_counter() - started
    result: dict[str, Any] = {
        "lines": books_data.lines(),
        "invoices": invoices,
        "fold_all_s": round(folded, 1),
        "fold_again_ms": _ms(fold_balances),
    }
    bar = progress.add_task("statements", total=2)
    for suffix, day in (("", books_data.END), ("_past", PAST)):
        result |= {f"{name}{suffix}": _ms(work) for name, work in _works(company, day).items()}
        progress.advance(bar)
    result |= _exports(company, progress)
    proof = run_checks(names=CHECKS)
    result["proved"] = proof.ok
    return result


def _works(company: Company, day: date) -> dict[str, Callable[[], Any]]:
    """Each as its page has it: beside the period before and last year, with its chart."""
    asked = Question(company, Span(date(day.year, 1, 1), day), ("previous", "last_year"))
    month = Question(company, Span(day.replace(day=1), day))
    accounts = [one for one in ledger_accounts(company.pk) if one.code == "1110"]
    ledger = LedgerQuestion(company, Span(date(day.year, 1, 1), day), accounts)
    return {
        "trial_balance_ms": lambda: list(trial_balance_report(asked).rows),
        "pnl_ms": lambda: list(profit_and_loss_report(asked, chart=True).rows),
        "pnl_of_a_channel_ms": lambda: list(
            profit_and_loss_report(Question(company, asked.span, asked.compare, (("channel", "ch1"),)), chart=True).rows
        ),
        "balance_sheet_ms": lambda: list(balance_sheet_report(asked, chart=True).rows),
        "cash_flow_ms": lambda: list(cash_flow_report(asked, chart=True).rows),
        "ageing_ms": lambda: list(ageing_report(AgeingQuestion(company, day), limit=500).rows),
        "ledger_page_ms": lambda: list(general_ledger_report(ledger, limit=500).rows),
        "margin_of_a_month_ms": lambda: list(margin_report(month, by="channel").rows),
    }


def _ms(work: Callable[[], Any]) -> int:
    """The median of some rounds."""
    took = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return round(1000 * statistics.median(took))


def _exports(company: Company, progress: Any) -> dict[str, Any]:
    """The whole general ledger of half a year as CSV and of a month as XLSX, thrown away as it comes."""
    before = _peak_mb()
    found: dict[str, Any] = {"process_mb": before}
    for kind, months, chunks in (("csv", 6, csv_chunks), ("xlsx", 1, xlsx_chunks)):
        span = Span(add_months(books_data.END, -months), books_data.END)
        report = general_ledger_report(LedgerQuestion(company, span, ledger_accounts(company.pk)))
        count = [0]

        def counted(report: Any = report, count: list[int] = count) -> Any:
            for row in plain_rows(report):
                count[0] += 1
                yield row

        started = time.perf_counter()
        for _chunk in chunks(report.headings(), counted()):
            pass
        found |= {f"export_{kind}_rows": count[0], f"export_{kind}_s": round(time.perf_counter() - started, 1)}
    return found | {"export_peak_mb": _peak_mb()}


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
