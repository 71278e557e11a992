"""What a plain-text journal is read into, and what it can be refused for."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.errors import DomainError


class JournalFileRefused(DomainError):
    """A journal cannot be read or taken. code says why; context: line (from 1)."""

    code = "journal_file_refused"

    def __init__(self, detail: str, *, code: str, **context: Any) -> None:
        super().__init__(detail, **context)
        self.code = code


def refuse(code: str, detail: str, line: int, **context: Any) -> JournalFileRefused:
    return JournalFileRefused(
        _("Line %(line)s: %(detail)s") % {"line": line, "detail": detail}, code=code, line=line, **context
    )


@dataclass(frozen=True, slots=True)
class Amount:
    number: Decimal
    commodity: str

    def __neg__(self) -> "Amount":
        return Amount(-self.number, self.commodity)


@dataclass(slots=True)
class Cost:
    """Of a lot: per unit, or of all of it. number None: to be found among the lots held."""

    number: Decimal | None
    commodity: str
    is_total: bool = False
    date: datetime.date | None = None
    label: str = ""


@dataclass(slots=True)
class Posting:
    """amount None: what is missing to balance. weight: in which commodity it balances, once booked.

    virtual: written in brackets, balanced [by itself] or (not at all).
    """

    account: str
    line: int
    amount: Amount | None = None
    cost: Cost | None = None
    price: Amount | None = None
    price_is_total: bool = False
    assertion: Amount | None = None
    virtual: str = ""
    note: str = ""
    commodity_missing: bool = False
    state: str = ""
    weight: Amount | None = None


@dataclass(slots=True)
class Transaction:
    date: datetime.date
    line: int
    payee: str
    narration: str
    postings: list[Posting] = field(default_factory=list)
    state: str = ""
    code: str = ""
    residual: dict[str, Decimal] = field(default_factory=dict)

    @property
    def memo(self) -> str:
        return " · ".join(filter(None, (self.payee, self.narration)))


@dataclass(frozen=True, slots=True)
class Price:
    date: datetime.date
    commodity: str
    price: Amount


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance that is asserted at the beginning of a day (its sub-accounts included)."""

    date: datetime.date
    line: int
    account: str
    amount: Amount
    tolerance: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """An account opened or closed (closed: the day is its last)."""

    date: datetime.date
    line: int
    account: str
    commodities: tuple[str, ...] = ()
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Pad:
    date: datetime.date
    line: int
    account: str
    source: str


@dataclass(slots=True)
class Journal:
    """A whole file. strict: accounts must be opened before they are used."""

    format: str
    transactions: list[Transaction] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)
    balances: list[Balance] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    pads: list[Pad] = field(default_factory=list)
    options: dict[str, list[str]] = field(default_factory=dict)
    strict: bool = False
    auto_accounts: bool = False
    precisions: dict[str, int] = field(default_factory=dict)

    def see(self, amount: Amount) -> None:
        """Remember with how many decimals a commodity is written."""
        places = -int(amount.number.as_tuple().exponent)
        self.precisions[amount.commodity] = max(self.precisions.get(amount.commodity, 0), places)
