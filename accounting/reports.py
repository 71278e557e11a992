"""Reports by what stands in an address; pages and API ask the same. Each raises InvalidInput with all that is wrong."""

from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from accounting.dimensions import AXES
from accounting.models import Company
from accounting.selectors import ledger, statements
from accounting.selectors.cash_flow import cash_flow_report
from accounting.selectors.items import BUCKETS
from accounting.selectors.ledger import asked_party
from accounting.selectors.party_statement import StatementQuestion, party_statement_report
from accounting.selectors.receivables import AgeingQuestion, ageing_report, open_items_report
from accounting.selectors.tax_report import tax_documents_report, tax_report
from accounting.statements.asking import Asked
from accounting.statements.tables import Report


def question(asked: Asked, company: Company) -> statements.Question:
    detail = asked.choice("detail", ("", "lines"))
    found = statements.Question(company, asked.span(), asked.compare(), asked.dimensions(AXES), detail != "lines")
    asked.check()
    return found


def trial_balance(asked: Asked, company: Company, on_screen: bool = False) -> Report:
    return statements.trial_balance_report(question(asked, company))


def profit_and_loss(asked: Asked, company: Company, on_screen: bool = False) -> Report:
    return statements.profit_and_loss_report(question(asked, company), chart=on_screen)


def balance_sheet(asked: Asked, company: Company, on_screen: bool = False) -> Report:
    return statements.balance_sheet_report(question(asked, company), chart=on_screen)


def _ageing_question(asked: Asked, company: Company, control: str) -> AgeingQuestion:
    day = asked.day("end", asked.today)
    party = asked_party(asked, company.pk)
    buckets = asked.whole_list("buckets", BUCKETS)
    shown = asked.choice("currency", ("base", "document"), "base")
    asked.check()
    return AgeingQuestion(company, day, control, buckets, party, shown == "document")


def ageing(asked: Asked, company: Company, control: str, limit: int | None = None) -> Report:
    """control: receivable or payable."""
    return ageing_report(_ageing_question(asked, company, control), limit=limit)


def open_items(asked: Asked, company: Company, limit: int | None = None) -> Report:
    control = asked.choice("control", ("receivable", "payable"), "receivable")
    return open_items_report(_ageing_question(asked, company, control), limit=limit)


def party_statement(asked: Asked, company: Company) -> Report:
    """Of one party, which must be named."""
    span, party = asked.span(), asked_party(asked, company.pk)
    control = asked.choice("control", ("receivable", "payable"), "receivable")
    if party is None and not asked.errors:
        asked.wrong("party", _("Name the customer or supplier."), "required")
    asked.check()
    assert party is not None
    return party_statement_report(StatementQuestion(company, party, span, control))


def taxes(asked: Asked, company: Company, on_screen: bool = False) -> Report:
    return tax_report(_without_dimensions(asked, company), chart=on_screen)


def tax_documents(asked: Asked, company: Company, limit: int | None = None) -> Report:
    """side: sales or purchases; rate in percent. limit: rows of one page."""
    given = _without_dimensions(asked, company)
    side = asked.choice("side", ("", "sales", "purchases"))
    rate, typed = None, asked.text("rate", 12)
    if typed:
        try:
            rate = Decimal(typed) / 100
            if not 0 <= rate <= 1:
                raise InvalidOperation
        except InvalidOperation:
            asked.wrong("rate", _("A rate is a number from 0 to 100."), "out_of_range")
    asked.check()
    return tax_documents_report(given, side=side, code=asked.text("tax_code", 20), rate=rate, limit=limit)


def _without_dimensions(asked: Asked, company: Company) -> statements.Question:
    given = question(asked, company)
    if given.dimensions:
        asked.wrong("dimensions", _("Taxes carry no dimensions."), "no_dimensions")
    asked.check()
    return given


def cash_flow(asked: Asked, company: Company, on_screen: bool = False) -> Report:
    method = asked.choice("method", ("indirect", "direct"), "indirect")
    given = question(asked, company)
    if given.dimensions:
        asked.wrong("dimensions", _("Cash carries no dimensions."), "no_dimensions")
    asked.check()
    return cash_flow_report(given, direct=method == "direct", chart=on_screen)


def general_ledger(asked: Asked, company: Company, limit: int | None = None) -> Report:
    """limit: lines of one page."""
    span, accounts = asked.span(), ledger.asked_accounts(asked, company.pk)
    party = asked_party(asked, company.pk)
    after = ledger.LedgerPlace.read(asked.text("after", 60))
    if asked.text("after") and (after is None or len(accounts) != 1):
        asked.wrong("after", _("This is no place in the lines of one account."), "not_a_place")
    asked.check()
    return ledger.general_ledger_report(
        ledger.LedgerQuestion(company, span, accounts, party.pk if party else None, asked.dimensions(AXES), after),
        limit=limit,
    )
