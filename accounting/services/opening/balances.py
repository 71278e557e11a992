"""The trial balance that a company begins with."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from zoneinfo import ZoneInfo

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting.models import Account, AccountMapping, AccountRole, Company, JournalLine
from accounting.services.entries import Entry, Line
from accounting.services.posting import post_entries
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO
from backoffice.core.tabular import Column, Outcome, Plan, Row
from backoffice.core.tabular.work import Twins, Work, outcome_of

SOURCE = "accounting.opening"
MOST = Decimal(10) ** 15
BALANCES = (
    Column("account", gettext_lazy("Account"), required=True, max_length=60, example="1020", help=gettext_lazy("Its code in the chart.")),
    Column("date", gettext_lazy("Date"), "date", required=True, example="2025-12-31", help=gettext_lazy("The day before the first; the same in every row.")),
    Column("debit", gettext_lazy("Debit"), "decimal", minimum=Decimal(0), maximum=MOST, example="12500.00"),
    Column("credit", gettext_lazy("Credit"), "decimal", minimum=Decimal(0), maximum=MOST),
    Column("currency", gettext_lazy("Foreign currency"), max_length=10, help=gettext_lazy("Of an account in another currency than the company's.")),
    Column("foreign_amount", gettext_lazy("Amount in it"), "decimal", minimum=-MOST, maximum=MOST, help=gettext_lazy("Debit positive, credit negative.")),
)  # fmt: skip


@dataclass(slots=True)
class BalanceWork(Work):
    """old: what was brought in for the account before, debit positive."""

    account: Account | None = None

    @property
    def amount(self) -> Decimal:
        values = self.row.values
        return (values.get("debit") or ZERO) - (values.get("credit") or ZERO)


class BalanceChecker:
    """The whole file is one entry: it balances, or none of its rows is taken. Statements: 4."""

    def __init__(self, company_id: int) -> None:
        self.accounts = {account.code.upper(): account for account in Account.objects.filter(company_id=company_id)}
        mapped = AccountMapping.objects.filter(company_id=company_id, role=AccountRole.OPENING_EQUITY)
        self.opening = mapped.values_list("account_id", flat=True).first()
        self.brought = brought_in(company_id)
        self.base = Company.objects.values_list("base_currency_id", flat=True).get(pk=company_id)
        self.twins, self.total, self.days = Twins(), ZERO, set[datetime.date]()
        self.debit = self.credit = ZERO
        self.first = 0  # the number of the file's first row

    def look(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.first = self.first or row.number
            self.twins.look(_key(row), row.number)
            self.debit += row.values.get("debit") or ZERO
            self.credit += row.values.get("credit") or ZERO
            if row.values.get("date"):
                self.days.add(row.values["date"])

    def check(self, rows: Sequence[Row]) -> list[Plan]:
        return [work.plan for work in self.work(rows)]

    def work(self, rows: Sequence[Row]) -> list[BalanceWork]:
        return [self._one(row) for row in rows]

    def _one(self, row: Row) -> BalanceWork:
        account = self.accounts.get(_key(row))
        work = BalanceWork(row, self.brought.get(account.pk) if account else None, account=account)
        values = row.values
        if _key(row) and account is None:
            work.wrong("account", _("There is no account “%(code)s”.") % {"code": values["account"]}, "unknown_account")
        elif account is not None and not account.is_postable:
            work.wrong(
                "account", _("%(code)s is a heading: nothing is posted there.") % {"code": account.code}, "heading"
            )
        self.twins.check(work, "account", _key(row))
        if values.get("debit") and values.get("credit"):
            work.wrong("credit", _("Give debit or credit, not both."), "both")
        elif not row.errors and not work.amount:
            work.wrong("debit", _("Give debit or credit."), "required")
        if bool(values.get("currency")) != (values.get("foreign_amount") is not None):
            work.wrong("foreign_amount", _("Currency and amount in it belong together."), "both_or_none")
        elif values.get("foreign_amount") is not None and (values["foreign_amount"] > 0) != (work.amount > 0):
            work.wrong("foreign_amount", _("It has another sign than debit and credit."), "sign")
        self._whole(work)
        if work.old is not None and work.old != work.amount:
            said = _("%(amount)s was brought in for this account before: correct it by a journal entry.")
            work.wrong("debit", said % {"amount": f"{work.old.normalize():f}"}, "brought_in")
        return work

    def _whole(self, work: BalanceWork) -> None:
        """What is wrong with the file is said once, at its first row; the others are held with it."""
        found = []
        if len(self.days) > 1:
            found.append(("date", _("All rows have the same date."), "dates"))
        if self.debit != self.credit:
            said = _("The file's debits are %(debit)s and its credits %(credit)s: they must be equal.")
            found.append(("", said % {"debit": f"{self.debit:f}", "credit": f"{self.credit:f}"}, "unbalanced"))
        work.held = bool(found)
        if work.row.number == self.first:
            for name, message, code in found:
                work.wrong(name, message, code)


def _key(row: Row) -> str:
    return (row.values.get("account") or "").upper()


def brought_in(company_id: int) -> dict[int, Decimal]:
    """The balances that were brought in, by account id; of control accounts what was said of them. Statements: 2."""
    lines = JournalLine.objects.filter(company_id=company_id, entry__source_type=SOURCE)
    found = dict(lines.filter(memo="").values_list("account_id").annotate(total=Sum("base_amount")))
    said = lines.exclude(memo="").values_list("memo").annotate(total=Sum("base_amount"))
    codes = dict(said)
    control = Account.objects.filter(company_id=company_id, code__in=codes).values_list("pk", "code")
    return found | {pk: codes[code] for pk, code in control}


def import_balances(rows: Sequence[Row], company_id: int, actor: Actor) -> list[Outcome]:
    """Post the file as one entry; what belongs to a sub-ledger stands in opening balances until it comes. Statements: 8."""
    checker = BalanceChecker(company_id)
    checker.look(rows)
    works = checker.work(rows)
    todo = [work for work in works if work.state == "new"]
    if todo:
        post_entries([_entry(todo, checker, company_id)], company_id=company_id, actor=actor)
    return [outcome_of(work) for work in works]


def _entry(works: Sequence[BalanceWork], checker: BalanceChecker, company_id: int) -> Entry:
    assert checker.opening is not None
    lines = [_line(work, checker.opening, checker.base) for work in works]
    rest = -sum((work.amount for work in works), ZERO)
    if rest:  # beside what an earlier file brought
        lines.append(Line(checker.opening, rest, checker.base, memo="-"))
    day = works[0].row.values["date"]
    zone = ZoneInfo(Company.objects.values_list("time_zone", flat=True).get(pk=company_id))
    digest = blake2b("|".join(sorted(_key(work.row) for work in works)).encode(), digest_size=8).hexdigest()
    return Entry(
        date=day,
        effective_at=datetime.datetime.combine(day, datetime.time(12), zone),
        subledger="general",
        source_type=SOURCE,
        source_id=None,
        source_key=f"opening:balances:{day}:{digest}",
        lines=lines,
        memo=_("Opening balances"),
    )


def _line(work: BalanceWork, opening: int, base: str) -> Line:
    account, values = work.account, work.row.values
    assert account is not None
    if account.control:
        return Line(opening, work.amount, base, memo=account.code)
    if values.get("currency"):
        return Line(account.pk, values["foreign_amount"], values["currency"].upper(), work.amount)
    return Line(account.pk, work.amount, base)
