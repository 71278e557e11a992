"""Trial balance, profit and loss, balance sheet and general ledger as pages."""

import datetime
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
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


IN = (_("Currency"), (("base", _("The company's")), ("document", _("The documents'"))))
AGED = {"party": _("Party"), "buckets": _("Days overdue")}
receivables = ReportPage(
    _("Receivables by age"),
    _ageing("receivable"),
    ("end",),
    _("Open by days overdue"),
    "accounting.view_openitem",
    texts=AGED,
    options={"currency": IN},
)
payables = ReportPage(
    _("Payables by age"),
    _ageing("payable"),
    ("end",),
    _("Open by days overdue"),
    "accounting.view_openitem",
    texts=AGED,
    options={"currency": IN},
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
    options={"control": CONTROL}, texts={"party": _("Party")}, asks_first=("party", _("Name the customer or supplier.")),
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


def _taxes(asked: Asked, company: Company, on_screen: bool) -> Report:
    report = reports.taxes(asked, company, on_screen)
    span = asked.span()
    return replace(report, rows=[_with_documents(row, span.start, span.end, company) for row in report.rows])


def _with_documents(row: Row, start: datetime.date | None, end: datetime.date, company: Company) -> Row:
    """A tax code, and its net and tax, lead to the documents that bear it."""
    if "tax_code" not in row.refs:
        return row
    asked = {"company": company.code, "start": start, "end": end, **row.refs}
    asked["rate"] = f"{(Decimal(row.refs['rate']) * 100).normalize():f}"
    address = f"{reverse('tax_documents')}?{urlencode(asked)}"
    return replace(row, refs={}, links={"code": address, "net_amount": address, "tax_amount": address})


def _tax_documents(asked: Asked, company: Company, on_screen: bool) -> Report:
    report = reports.tax_documents(asked, company, SHOWN if on_screen else None)
    if not on_screen:
        return report
    rows = list(report.rows)
    keys = sorted({(row.refs["source_type"], int(row.refs["source_id"])) for row in rows if row.refs})
    found = links_of(keys)
    return replace(
        report,
        rows=[
            replace(row, refs={}, links={"number": link.url})
            if row.refs and (link := found.get((row.refs["source_type"], int(row.refs["source_id"]))))
            else row
            for row in rows
        ],
    )


taxes = ReportPage(_("Taxes by code"), _taxes, ("start", "end", "compare"), permission="accounting.view_taxreturn")
SIDE = (_("Side"), (("", _("Both")), ("sales", _("Sales")), ("purchases", _("Purchases"))))
tax_documents = ReportPage(
    _("Taxed documents"), _tax_documents, ("start", "end"), permission="accounting.view_taxreturn",
    options={"side": SIDE}, texts={"tax_code": _("Tax code"), "rate": _("Rate, %")},
)  # fmt: skip
