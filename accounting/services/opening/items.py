"""Files of open invoices and open bills: what is still owed of documents from before."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting.models import AccountMapping, AccountRole, Company, Currency, ExchangeRate, JournalEntry, Party
from accounting.services.entries import Entry, Line
from accounting.services.open_items import Item, post_items
from accounting.services.opening.balances import MOST
from backoffice.core.actor import Actor
from backoffice.core.money import round_money
from backoffice.core.tabular import Column, Outcome, Plan, Row
from backoffice.core.tabular.work import Twins, Work, outcome_of

SOURCE = "accounting.opening_item"
_REST = (
    Column("number", gettext_lazy("Number"), required=True, max_length=40, example="INV-2025-117"),
    Column("date", gettext_lazy("Date"), "date", required=True, example="2025-12-05"),
    Column("due_date", gettext_lazy("Due"), "date", required=True, example="2026-01-04"),
    Column("currency", gettext_lazy("Currency"), max_length=10, help=gettext_lazy("Empty: the party's.")),
    Column(
        "amount", gettext_lazy("Still open"), "decimal", required=True, minimum=-MOST, maximum=MOST, example="412.50",
        help=gettext_lazy("With tax, of what is not paid yet. A credit note is negative."),
    ),
    Column(
        "base_amount", gettext_lazy("In the company's currency"), "decimal", minimum=-MOST, maximum=MOST,
        help=gettext_lazy("Empty: by the exchange rate of the date."),
    ),
)  # fmt: skip
INVOICES = (Column("customer", gettext_lazy("Customer"), required=True, max_length=60, example="C-1001", help=gettext_lazy("Its code.")), *_REST)  # fmt: skip
BILLS = (Column("supplier", gettext_lazy("Supplier"), required=True, max_length=60, example="S-2001", help=gettext_lazy("Its code.")), *_REST)  # fmt: skip
SIDES = {
    # role of the party: account role, sub-ledger, kinds of a document and of a credit, sign of a document in the entry
    "customer": (AccountRole.RECEIVABLE, "receivable", "invoice", "credit_note", 1),
    "supplier": (AccountRole.PAYABLE, "payable", "bill", "supplier_credit", -1),
}


@dataclass(slots=True)
class ItemWork(Work):
    """old: the amount of the same document that was brought in before."""

    party: Party | None = None
    currency: str = ""
    amount: Decimal = Decimal(0)
    base: Decimal = Decimal(0)
    key: str = ""


class ItemChecker:
    """See registry.TableImport. role: customer or supplier. Statements: 6, and 1 for each portion of rows."""

    def __init__(self, company_id: int, role: str) -> None:
        self.company_id, self.role = company_id, role
        self.parties = {party.code.upper(): party for party in Party.objects.filter(company_id=company_id, **{f"is_{role}": True})}  # fmt: skip
        self.exponents = dict(Currency.objects.values_list("pk", "exponent"))
        self.base, zone = Company.objects.values_list("base_currency_id", "time_zone").get(pk=company_id)
        self.zone = ZoneInfo(zone)
        rates = ExchangeRate.objects.filter(company_id=company_id).order_by("date")
        self.rates: dict[str, list[tuple[datetime.date, Decimal]]] = {}
        for currency, day, rate in rates.values_list("currency_id", "date", "rate"):
            self.rates.setdefault(currency, []).append((day, rate))
        roles = (SIDES[role][0], AccountRole.OPENING_EQUITY)
        self.accounts = dict(AccountMapping.objects.filter(company_id=company_id, role__in=roles).values_list("role", "account_id"))  # fmt: skip
        self.twins = Twins()

    def look(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.twins.look(self._key(row), row.number)

    def check(self, rows: Sequence[Row]) -> list[Plan]:
        return [work.plan for work in self.work(rows)]

    def work(self, rows: Sequence[Row]) -> list[ItemWork]:
        entries = JournalEntry.objects.filter(
            company_id=self.company_id, source_key__in=[self._key(row) for row in rows]
        )
        there = dict(entries.values_list("source_key", "openitem__amount"))
        return [self._one(row, there) for row in rows]

    def _key(self, row: Row) -> str:
        values = row.values
        return f"opening:{SIDES[self.role][1]}:{(values.get(self.role) or '').upper()}:{values.get('number') or ''}"

    def _one(self, row: Row, there: dict[str, Decimal]) -> ItemWork:
        values, key = row.values, self._key(row)
        code = (values.get(self.role) or "").upper()
        party = self.parties.get(code)
        work = ItemWork(row, there.get(key), party=party, key=key)
        if code and party is None:
            said = (
                _("There is no customer “%(code)s”.")
                if self.role == "customer"
                else _("There is no supplier “%(code)s”.")
            )
            work.wrong(self.role, said % {"code": values[self.role]}, f"unknown_{self.role}")
        self.twins.check(work, "number", key)
        work.currency = (values.get("currency") or (party.currency_id if party else self.base)).upper()
        if work.currency not in self.exponents:
            work.wrong(
                "currency", _("There is no currency %(code)s.") % {"code": work.currency[:10]}, "unknown_currency"
            )
            return work
        if row.errors:
            return work
        work.amount = values["amount"]
        if not work.amount:
            work.wrong("amount", _("Nothing is open of it: leave it out."), "zero")
        elif work.amount != round_money(work.amount, self.exponents[work.currency]):
            work.wrong(
                "amount", _("More decimals than %(currency)s has.") % {"currency": work.currency}, "decimal_places"
            )
        if values["due_date"] < values["date"]:
            work.wrong("due_date", _("It is due before its date."), "before")
        self._in_base(work)
        if work.old is not None and work.old != abs(work.amount):
            said = _("It was brought in with %(amount)s before.") % {"amount": f"{work.old.normalize():f}"}
            work.wrong("amount", said, "brought_in")
        return work

    def _in_base(self, work: ItemWork) -> None:
        given, places = work.row.values.get("base_amount"), self.exponents[self.base]
        if work.currency == self.base:
            work.base = work.amount
        elif given is not None:
            work.base = round_money(given, places)
            if (given > 0) != (work.amount > 0):
                work.wrong("base_amount", _("It has another sign than the amount."), "sign")
        else:
            known = [rate for day, rate in self.rates.get(work.currency, ()) if day <= work.row.values["date"]]
            if not known:
                said = _("There is no exchange rate of %(currency)s for that day: give the amount, or the rate first.")
                work.wrong("base_amount", said % {"currency": work.currency}, "no_rate")
            else:
                work.base = round_money(work.amount * known[-1], places)


def import_items(rows: Sequence[Row], company_id: int, actor: Actor, role: str) -> list[Outcome]:
    """Post each document against opening balances, with its open item. Statements: 10."""
    checker = ItemChecker(company_id, role)
    checker.look(rows)
    works = checker.work(rows)
    todo = [work for work in works if work.state == "new"]
    post_items([_posting(work, checker) for work in todo], company_id=company_id, actor=actor)
    return [outcome_of(work) for work in works]


def _posting(work: ItemWork, checker: ItemChecker) -> tuple[Entry, Item]:
    account_role, book, document, credit, sign = SIDES[checker.role]
    account, opening = checker.accounts[account_role], checker.accounts[AccountRole.OPENING_EQUITY]
    values, party = work.row.values, work.party
    assert party is not None
    amount, base = sign * work.amount, sign * work.base
    entry = Entry(
        date=values["date"],
        effective_at=datetime.datetime.combine(values["date"], datetime.time(12), checker.zone),
        subledger=book,
        source_type=SOURCE,
        source_id=None,
        source_key=work.key,
        lines=[
            Line(account, amount, work.currency, base, party_id=party.pk),
            Line(opening, -amount, work.currency, -base),
        ],
        memo=f"{values['number']} · {party.name or party.code}"[:200],
    )
    item = Item(
        kind=document if work.amount > 0 else credit,
        party_id=party.pk,
        account_id=account,
        side="debit" if amount > 0 else "credit",
        currency=work.currency,
        amount=abs(work.amount),
        base_amount=abs(work.base),
        due_date=values["due_date"],
    )
    return entry, item
