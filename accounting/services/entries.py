"""A posting to be made, and what became of it."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounting.dimensions import Dimensions


@dataclass(frozen=True, slots=True)
class Line:
    """One side: debit positive, credit negative.

    base_amount: in the company's base currency; empty when `currency` is that currency. Amount 0 with a
    base_amount is an exchange difference. dimensions: (axis, code) pairs.
    """

    account_id: int
    amount: Decimal
    currency: str
    base_amount: Decimal | None = None
    party_id: int | None = None
    dimensions: Dimensions = ()
    memo: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A posting to be made. date None: the first open day from effective_at on, in the company's time zone."""

    date: datetime.date | None
    effective_at: datetime.datetime
    subledger: str
    source_type: str
    source_id: int | None
    source_key: str
    lines: Sequence[Line]
    memo: str = ""
    reverses_id: int | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """state: posted, or already (the key was there with the same content, and its entry is returned)."""

    entry_id: int
    date: datetime.date
    state: str
