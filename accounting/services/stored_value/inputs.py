"""What is asked of stored values, and what is answered."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounting.models import ValueUseKind

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Paid:
    """What a stored value is issued against: an account in a role (cash, clearing, an expense), another stored
    value that is spent for it, or what we owe a customer on receivables (party_id; its item is settled by the caller).
    """

    amount: Decimal
    account_role: str = ""
    stored_value_id: int | None = None
    party_id: int | None = None


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """A gift card, store credit or deposit (kind) to be taken in: the sum of what it is paid with.

    party_id: whose it is; empty for a card that belongs to its holder. expires_on: the last day it can be spent.
    """

    kind: str
    currency: str
    paid: Sequence[Paid]
    effective_at: datetime.datetime
    source_key: str
    party_id: int | None = None
    expires_on: datetime.date | None = None
    source_type: str = ""
    source_id: int | None = None
    memo: str = ""

    @property
    def amount(self) -> Decimal:
        return sum((part.amount for part in self.paid), ZERO)


@dataclass(frozen=True, slots=True)
class IssuedValue:
    """code: as printed; empty for deposits. open_item_ids: of the parts owed by receivables, in order."""

    stored_value_id: int
    code: str
    entry_id: int
    state: str  # issued, or already
    date: datetime.date
    open_item_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SpendRequest:
    """A part of a stored value to be used: against a customer's receivable (party_id), or out of an account in a role."""

    stored_value_id: int
    amount: Decimal
    effective_at: datetime.datetime
    source_key: str
    party_id: int | None = None
    account_role: str = ""
    kind: str = ValueUseKind.SPEND
    source_type: str = ""
    source_id: int | None = None
    memo: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """open_item_id: the credit that stands on receivables for it, to be settled with an invoice; None otherwise."""

    use_id: int
    entry_id: int
    open_item_id: int | None
    date: datetime.date
    state: str  # spent, or already
