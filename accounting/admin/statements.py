"""Trial balance, profit and loss, balance sheet and general ledger as pages."""

import datetime
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounting import reports
from accounting.admin.reports import ReportPage
from accounting.models import Company
from accounting.statements.asking import Asked
from accounting.statements.spans import year_start
from accounting.statements.tables import Report, Row
from backoffice.core.registry import links_of

SHOWN = 500
DETAIL = (_("Detail"), (("", _("Accounts")), ("lines", _("Lines only"))))


def _general_ledger(asked: Asked, company: Company, on_screen: bool) -> Report:
    report = reports.general_ledger(asked, company, SHOWN if on_screen else None)
    return linked(report, "source", "entry") if on_screen else report


def linked(report: Report, document: str, entry: str) -> Report:
    """Rows of lines with the addresses of their documents and entries, in the columns named.

    A document that people know by another name than its key is called by it.
    """
    found = list(report.rows)
    place = [column.key for column in report.columns].index(document)
    sources = {(row.refs["source_type"], int(row.refs["source_id"])) for row in found if row.refs.get("source_id")}
    links = links_of(sorted(sources))
    rows = []
    for row in found:
        if "entry" in row.refs:
            addresses = {entry: reverse("admin:accounting_journalentry_change", args=[row.refs["entry"]])}
            values = list(row.values)
            link = links.get((row.refs["source_type"], int(row.refs["source_id"] or 0)))
            if link is not None:
                addresses[document] = link.url
                values[place] = link.label if document == "source" else values[place]
            row = replace(row, values=values, refs={}, links=addresses)
        rows.append(row)
    return replace(report, rows=rows)


def _ageing(control: str) -> Callable[[Asked, Company, bool], Report]:
    def build(asked: Asked, company: Company, on_screen: bool) -> Report:
        report = reports.ageing(asked, company, control, SHOWN if on_screen else None)
        day = asked.day("end", asked.today)
        return replace(report, rows=[_with_items(row, control, day, company) for row in report.rows])

    return build


def _with_items(row: Row, control: str, day: datetime.date, company: Company) -> Row:
    """A party's name leads to its lines in the ledger, its sum to its open items."""
    if "party" not in row.refs:
        return row
    ours = {"company": company.code, **row.refs}
    items = f"{reverse('open_items')}?{urlencode({'control': control, 'end': day, **ours})}"
    period = {"control": control, "start": year_start(day), "end": day, **ours}
    lines = f"{reverse('party_statement')}?{urlencode(period)}"
    return replace(row, links={"party": lines, "total": items})


def _open_items(asked: Asked, company: Company, on_screen: bool) -> Report:
    report = reports.open_items(asked, company, SHOWN if on_screen else None)
    return linked(report, "number", "kind") if on_screen else report


AGED = {"party": _("Party"), "buckets": _("Days overdue")}
receivables = ReportPage(
    _("Receivables by age"),
    _ageing("receivable"),
    ("end",),
    _("Open by days overdue"),
    "accounting.view_openitem",
    texts=AGED,
)
payables = ReportPage(
    _("Payables by age"),
    _ageing("payable"),
    ("end",),
    _("Open by days overdue"),
    "accounting.view_openitem",
    texts=AGED,
)
CONTROL = (_("Side"), (("receivable", _("Receivable")), ("payable", _("Payable"))))
open_items = ReportPage(
    _("Open items"), _open_items, ("end",), permission="accounting.view_openitem", options={"control": CONTROL},
    texts={"party": _("Party")},
)  # fmt: skip
trial_balance = ReportPage(_("Trial balance"), reports.trial_balance)
profit_and_loss = ReportPage(_("Profit and loss"), reports.profit_and_loss, options={"detail": DETAIL})
balance_sheet = ReportPage(
    _("Balance sheet"), reports.balance_sheet, ("end", "compare", "dimensions"), options={"detail": DETAIL}
)


def _party_statement(asked: Asked, company: Company, on_screen: bool) -> Report:
    report = reports.party_statement(asked, company)
    return linked(report, "number", "kind") if on_screen else report


party_statement = ReportPage(
    _("Statement of account"), _party_statement, ("start", "end"), permission="accounting.view_openitem",
    options={"control": CONTROL}, texts={"party": _("Party")},
)  # fmt: skip
METHOD = (_("Method"), (("indirect", _("Indirect")), ("direct", _("Direct"))))
cash_flow = ReportPage(
    _("Cash flow"), reports.cash_flow, ("start", "end", "compare"), options={"method": METHOD, "detail": DETAIL}
)
general_ledger = ReportPage(
    _("General ledger"),
    _general_ledger,
    ("start", "end", "dimensions"),
    texts={"account": _("Account"), "party": _("Party")},
)
