"""What every format is read into."""

import datetime
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Balance:
    """Of an account at the end of a day (an opening: at the end of the day before the first booking)."""

    amount: Decimal
    currency: str
    date: datetime.date


@dataclass(frozen=True, slots=True)
class Part:
    """One payment of a collective booking."""

    amount: Decimal
    currency: str
    name: str = ""
    account: str = ""
    end_to_end: str = ""
    reference: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A booking. amount: credits positive, debits negative; a reversal has the sign of what it does to the account.

    date: of booking, empty where the file says none. bank_reference: the bank's own id of the booking. reference: a structured creditor reference.
    line: where it begins in the file. booked: False for what the bank only announces.
    """

    line: int
    date: datetime.date | None
    amount: Decimal
    currency: str
    value_date: datetime.date | None = None
    name: str = ""
    account: str = ""
    text: str = ""
    end_to_end: str = ""
    reference: str = ""
    bank_reference: str = ""
    kind: str = ""
    is_reversal: bool = False
    booked: bool = True
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of one account. opening, closing: where the file says them.

    balances: every balance of the file with its kind. has_balances: the format promises both.
    """

    format: str
    account: str
    currency: str
    lines: tuple[StatementLine, ...]
    opening: Balance | None = None
    closing: Balance | None = None
    reference: str = ""
    sequence: str = ""
    from_date: datetime.date | None = None
    to_date: datetime.date | None = None
    has_balances: bool = False
    line: int = 1
    balances: tuple[tuple[str, Balance], ...] = ()

    @property
    def booked(self) -> tuple[StatementLine, ...]:
        return tuple(line for line in self.lines if line.booked)

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.booked), Decimal(0))
