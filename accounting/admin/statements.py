"""Trial balance, profit and loss, balance sheet and general ledger as pages."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounting import reports
from accounting.admin.reports import ReportPage
from accounting.models import Company
from accounting.statements.asking import Asked
from accounting.statements.tables import Report, Row
from backoffice.core.registry import links_of

SHOWN = 500
DETAIL = (_("Detail"), (("", _("Accounts")), ("lines", _("Lines only"))))


def _general_ledger(asked: Asked, company: Company, on_screen: bool) -> Report:
    report = reports.general_ledger(asked, company, SHOWN if on_screen else None)
    return replace(report, rows=list(linked(report.rows))) if on_screen else report


def linked(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows of lines with the addresses of their entries and documents, and the documents' names."""
    found = list(rows)
    sources = {(row.refs["source_type"], int(row.refs["source_id"])) for row in found if row.refs.get("source_id")}
    links = links_of(sorted(sources))
    for row in found:
        if "entry" not in row.refs:
            yield row
            continue
        addresses = {"entry": reverse("admin:accounting_journalentry_change", args=[row.refs["entry"]])}
        values = list(row.values)
        link = links.get((row.refs["source_type"], int(row.refs["source_id"] or 0)))
        if link is not None:
            addresses["source"], values[2] = link.url, link.label
        yield replace(row, values=values, refs={}, links=addresses)


trial_balance = ReportPage(_("Trial balance"), reports.trial_balance)
profit_and_loss = ReportPage(_("Profit and loss"), reports.profit_and_loss, options={"detail": DETAIL})
balance_sheet = ReportPage(
    _("Balance sheet"), reports.balance_sheet, ("end", "compare", "dimensions"), options={"detail": DETAIL}
)
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
