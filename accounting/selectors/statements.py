"""Trial balance, profit and loss and balance sheet of a company, with the periods that they are compared with."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from accounting.selectors.sums import Dimensions, ledger_accounts, turnovers
from accounting.statements.balance_sheet import balance_sheet as build_balance_sheet
from accounting.statements.profit_and_loss import profit_rows, totals
from accounting.statements.spans import DAY, Span, compared, months_up_to, year_start
from accounting.statements.structure import Sums
from accounting.statements.tables import Column, Report
from accounting.statements.trial_balance import trial_balance_rows

BEFORE = {"previous": _("Previous period"), "last_year": _("Last year")}
COLOURS = ("#0e7490", "#65a30d", "#f59e0b", "#dc2626", "#7c3aed")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: of whom, over which days, beside what, of which dimensions; detailed: with accounts."""

    company: Company
    span: Span
    compare: tuple[str, ...] = ()
    dimensions: Dimensions = ()
    detailed: bool = True

    @property
    def company_id(self) -> int:
        return self.company.pk

    @property
    def currency(self) -> str:
        return self.company.base_currency_id


def trial_balance_report(asked: Question) -> Report:
    """Statements: 2, 3 with dimensions."""
    span = asked.span
    assert span.start is not None
    sides = compared(span, asked.compare)
    spans = [Span(None, span.start - DAY), span, *(Span(None, side.end) for _key, side in sides[1:])]
    sums = turnovers(asked.company_id, spans, dimensions=asked.dimensions)
    rows = trial_balance_rows(
        ledger_accounts(asked.company_id),
        part_of(sums, 0),
        part_of(sums, 1),
        [part_of(sums, n) for n in range(2, len(spans))],
    )
    columns = [
        Column("account", _("Account"), "text"),
        Column("name", _("Name"), "text"),
        Column("opening", _("Opening balance"), end=spans[0].end),
        Column("debit", _("Debit"), start=span.start, end=span.end),
        Column("credit", _("Credit"), start=span.start, end=span.end),
        Column("closing", _("Closing"), end=span.end),
        *(Column(key, _closing_of(side.end), end=side.end) for key, side in sides[1:]),
    ]
    return Report("trial-balance", _("Trial balance"), shown_days(span), asked.currency, columns, rows)


def profit_and_loss_report(asked: Question, *, chart: bool = False) -> Report:
    """Entries that close a year are left out. Statements: 2; 1 more with dimensions, 1 for the chart."""
    sides = compared(asked.span, asked.compare)
    accounts = ledger_accounts(asked.company_id)
    months = months_up_to(asked.span.end) if chart else []
    spans = [*(side for _key, side in sides), *months]
    sums = turnovers(asked.company_id, spans, dimensions=asked.dimensions, with_closing=False)
    width = len(sides)
    rows = profit_rows(accounts, parts_of(sums, range(width)), width, detailed=asked.detailed)
    columns = [
        Column("name", _("Name"), "text"),
        *(Column(key, shown_title(key, side), start=side.start, end=side.end) for key, side in sides),
        Column("share", _("Of revenue, %"), "percent"),
    ]
    drawn = None
    if chart:
        found = totals(accounts, parts_of(sums, range(width, len(spans))), len(months))
        named = (("revenue", _("Revenue")), ("gross_profit", _("Gross profit")), ("profit", _("Profit for the period")))
        drawn = bars(month_labels(months), [(str(title), found[key]) for key, title in named])
    return Report("profit-and-loss", _("Profit and loss"), shown_days(asked.span), asked.currency, columns, rows, drawn)


def balance_sheet_report(asked: Question, *, chart: bool = False) -> Report:
    """As of the span's last day, with closing entries. Statements: 2, 3 with dimensions."""
    sides = [(key, Span(None, side.end)) for key, side in compared(Span(None, asked.span.end), asked.compare)]
    months = [Span(None, month.end) for month in months_up_to(asked.span.end)] if chart else []
    spans = [*(side for _key, side in sides), *months]
    years = [Span(year_start(span.end), span.end) for span in spans]
    sums = turnovers(asked.company_id, [*spans, *years], dimensions=asked.dimensions)
    accounts, width, count = ledger_accounts(asked.company_id), len(sides), len(spans)
    sheet = build_balance_sheet(
        accounts,
        parts_of(sums, range(width)),
        parts_of(sums, range(count, count + width)),
        width,
        detailed=asked.detailed,
    )
    columns = [
        Column("name", _("Name"), "text"),
        *(Column(key, shown_day(side.end), end=side.end) for key, side in sides),
    ]
    drawn = None
    if chart:
        past = build_balance_sheet(
            accounts, parts_of(sums, range(width, count)), parts_of(sums, range(count + width, 2 * count)), len(months)
        )
        drawn = bars(
            month_labels(months),
            [
                (gettext("Assets"), past.assets),
                (gettext("Liabilities"), past.liabilities),
                (gettext("Equity"), past.equity),
            ],
        )
    notes = (
        [_("Assets and claims on them differ: run the proof.")]
        if any(sheet.difference) and not asked.dimensions
        else []
    )
    title = _("Balance sheet")
    return Report("balance-sheet", title, shown_day(asked.span.end), asked.currency, columns, sheet.rows, drawn, notes)


def part_of(sums: Sums, place: int) -> Sums:
    return parts_of(sums, range(place, place + 1))


def parts_of(sums: Sums, places: range) -> Sums:
    return {account: [turnovers[place] for place in places] for account, turnovers in sums.items()}


def shown_days(span: Span) -> str:
    assert span.start is not None
    return f"{shown_day(span.start)} – {shown_day(span.end)}"


def shown_day(day: datetime.date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")


def shown_title(key: str, span: Span) -> str:
    return f"{BEFORE[key]} ({shown_days(span)})" if key in BEFORE else shown_days(span)


def _closing_of(day: datetime.date) -> str:
    return gettext("Closing, %(day)s") % {"day": shown_day(day)}


def month_labels(spans: Sequence[Span]) -> list[str]:
    return [f"{span.end:%m.%Y}" for span in spans]


def bars(labels: Sequence[str], datasets: Sequence[tuple[str, Sequence[Decimal]]]) -> dict[str, object]:
    """chart.js data: a group of bars for each label."""
    return {
        "labels": list(labels),
        "datasets": [
            {
                "label": label,
                "data": [float(value) for value in values],  # for drawing only
                "backgroundColor": colour,
                "stack": label,
            }
            for (label, values), colour in zip(datasets, COLOURS, strict=False)
        ],
    }
