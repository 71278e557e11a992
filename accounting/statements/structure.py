"""Which accounts make which line, and in which order the lines are printed. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounting.models import AccountType, CashFlowClass, Control
from accounting.models import StatementLine as Line
from accounting.statements.tables import Text

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """An account as the statements know it. group: its heading, as (code, name)."""

    id: int
    code: str
    name: str
    type: str
    control: str = ""
    statement_line: str = ""
    cash_flow: str = ""
    group: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Turnover:
    """What was debited and credited, both zero or more as a rule; a credit of less than zero is a debit taken back."""

    debit: Decimal = ZERO
    credit: Decimal = ZERO

    @property
    def balance(self) -> Decimal:
        return self.debit - self.credit


NOTHING = Turnover()
Sums = dict[int, list[Turnover]]  # by account: one of each span

CURRENT_ASSETS = (Line.CASH, Line.RECEIVABLES, Line.TAX_ASSETS, Line.INVENTORIES, Line.OTHER_CURRENT_ASSETS)
LONG_ASSETS = (Line.PROPERTY, Line.INTANGIBLES, Line.OTHER_ASSETS)
CURRENT_LIABILITIES = (
    Line.PAYABLES, Line.CONTRACT_LIABILITIES, Line.TAX_LIABILITIES, Line.SHORT_LOANS, Line.OTHER_CURRENT_LIABILITIES,
)  # fmt: skip
LONG_LIABILITIES = (Line.LOANS, Line.LEASES, Line.OTHER_LIABILITIES)
EQUITY = (Line.CAPITAL, Line.RESERVES, Line.RETAINED_EARNINGS, Line.OTHER_EQUITY)
INCOME = (Line.REVENUE, Line.OTHER_INCOME, Line.FINANCE_INCOME)
EXPENSES = (
    Line.COST_OF_SALES, Line.SELLING, Line.ADMINISTRATIVE, Line.OTHER_EXPENSES, Line.FINANCE_COSTS, Line.INCOME_TAX,
)  # fmt: skip

_ALLOWED = {
    AccountType.ASSET: (CURRENT_ASSETS + LONG_ASSETS, Line.OTHER_CURRENT_ASSETS),
    AccountType.LIABILITY: (CURRENT_LIABILITIES + LONG_LIABILITIES, Line.OTHER_CURRENT_LIABILITIES),
    AccountType.EQUITY: (EQUITY, Line.OTHER_EQUITY),
    AccountType.INCOME: (INCOME + EXPENSES, Line.OTHER_INCOME),
    AccountType.EXPENSE: (INCOME + EXPENSES, Line.OTHER_EXPENSES),
}
_OF_CONTROL = {
    Control.RECEIVABLE: Line.RECEIVABLES,
    Control.PAYABLE: Line.PAYABLES,
    Control.INVENTORY: Line.INVENTORIES,
    Control.STORED_VALUE: Line.CONTRACT_LIABILITIES,
}
RESULT_TYPES = (AccountType.INCOME, AccountType.EXPENSE)

# (key, title) of a running total, or a line
PROFIT_AND_LOSS: tuple[Line | tuple[str, Text], ...] = (
    Line.REVENUE,
    Line.COST_OF_SALES,
    ("gross_profit", _("Gross profit")),
    Line.OTHER_INCOME,
    Line.SELLING,
    Line.ADMINISTRATIVE,
    Line.OTHER_EXPENSES,
    ("operating_profit", _("Operating profit")),
    Line.FINANCE_INCOME,
    Line.FINANCE_COSTS,
    ("profit_before_tax", _("Profit before tax")),
    Line.INCOME_TAX,
    ("profit", _("Profit for the period")),
)


def line_of(account: LedgerAccount) -> Line:
    """The account's line, if its type may stand there; else the one that its book or its type has."""
    allowed, usual = _ALLOWED[AccountType(account.type)]
    if account.statement_line and Line(account.statement_line) in allowed:
        return Line(account.statement_line)
    controlled = _OF_CONTROL.get(Control(account.control)) if account.control else None
    return controlled if controlled in allowed else usual  # type: ignore[return-value]


def is_result(account: LedgerAccount) -> bool:
    """Whether it counts in profit and loss."""
    return account.type in RESULT_TYPES


def flow_of(account: LedgerAccount) -> CashFlowClass:
    """Where a change of the account stands in the cash flow statement."""
    if account.cash_flow:
        return CashFlowClass(account.cash_flow)
    line = line_of(account)
    if line == Line.CASH:
        return CashFlowClass.CASH
    if line in LONG_ASSETS:
        return CashFlowClass.INVESTING
    if line in (*LONG_LIABILITIES, Line.SHORT_LOANS, *EQUITY):
        return CashFlowClass.FINANCING
    return CashFlowClass.OPERATING
