"""Bank accounts, statements taken in, and documents that lines are for."""

import datetime
from decimal import Decimal

from accounting.models import Account, AccountRole, BankAccount, BankLine, OpenItem
from accounting.selectors import account_ids
from accounting.services import Entry, Item, Line, issue_invoices, post_items
from accounting.services.banking import import_statements
from tests.factories.bank_files import IBAN, Booked, camt053
from tests.factories.books import ACTOR, make_company, make_invoice, make_invoice_line, make_party

DAY = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


def make_books(code: str = "acme"):
    """A company in euros."""
    return make_company(code, base_currency="EUR", country="DE", time_zone="Europe/Berlin")


def make_bank(company, *, number: str = IBAN, name: str = "Main", limit: str = "0.05", account=None) -> BankAccount:
    """On the company's bank account, or on one of its own for a second."""
    if account is None:
        account = Account.objects.get(pk=account_ids(company.pk)[AccountRole.BANK])
    return BankAccount.objects.create(
        company=company, name=name, number=number, currency_id=company.base_currency_id, account=account,
        write_off_limit=Decimal(limit),
    )  # fmt: skip


def make_second_bank(company, number: str = "DE02120300000000202051", name: str = "Savings") -> BankAccount:
    account = Account.objects.create(company=company, code=f"19{number[-2:]}", name=name, type="asset")
    return make_bank(company, number=number, name=name, account=account)


def owed(company, net: str, *, code: str = "C1", name: str = "", key: str = "") -> OpenItem:
    """An issued invoice's open item."""
    party = make_party(company, code)
    if name:
        party.name = name
        party.save()
    count = OpenItem.objects.filter(company=company).count() + 1
    request = make_invoice(party, make_invoice_line(net), key=key or f"invoice:{count}", effective_at=DAY)
    [done] = issue_invoices([request], company_id=company.pk, actor=ACTOR)
    return OpenItem.objects.get(pk=done.open_item_id)


def owing(company, amount: str, *, code: str = "S1", key: str = "bill:1") -> OpenItem:
    """What is owed to a supplier."""
    party, roles, value = make_party(company, code), account_ids(company.pk), Decimal(amount)
    lines = [
        Line(roles[AccountRole.BANK_CHARGES], value, company.base_currency_id),
        Line(roles[AccountRole.PAYABLE], -value, company.base_currency_id, party_id=party.pk),
    ]
    entry = Entry(None, DAY, "payable", "", None, key, lines)
    item = Item("bill", party.pk, roles[AccountRole.PAYABLE], "credit", company.base_currency_id, value, value)
    [done] = post_items([(entry, item)], company_id=company.pk, actor=ACTOR)
    return OpenItem.objects.get(pk=done.open_item_id)


def take_in(bank: BankAccount, *lines: Booked, **statement) -> list[BankLine]:
    """The lines of the account once the statement is in, in order."""
    content = camt053(lines, iban=bank.number, currency=bank.currency_id, **statement)
    import_statements(content, company_id=bank.company_id, actor=ACTOR)
    return list(BankLine.objects.filter(bank_account=bank).order_by("date", "pk"))


def number_of(item: OpenItem) -> str:
    return item.invoice.number


def written() -> tuple[int, ...]:
    """How many rows the books of the bank hold."""
    from accounting.models import (
        BankMatch,
        BankReconciliation,
        BankStatement,
        ItemUse,
        JournalEntry,
        JournalLine,
        Payment,
    )

    models = (
        BankStatement,
        BankLine,
        BankMatch,
        BankReconciliation,
        JournalEntry,
        JournalLine,
        Payment,
        ItemUse,
        OpenItem,
    )
    return tuple(model.objects.count() for model in models)
