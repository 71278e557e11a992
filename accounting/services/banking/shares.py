"""What a bank line is for, as asked: shares of documents, parties, accounts, entries and own accounts."""

from dataclasses import dataclass
from decimal import Decimal

from accounting.models import AccountRole


@dataclass(frozen=True, slots=True)
class ItemShare:
    """`amount` > 0 of an open item, in its currency: what it is settled by with this line.

    line_amount > 0: what of the line pays it where their currencies differ. None: by the rates of the line's day, or
    all that is open on the line where that is near enough and nothing else is asked of it.
    """

    item_id: int
    amount: Decimal
    line_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PostShare:
    """A share of the line, signed as it is, posted to an account: a fee, interest, rent."""

    account_id: int
    amount: Decimal
    memo: str = ""


@dataclass(frozen=True, slots=True)
class PartyShare:
    """A share of the line, signed, left on a party's account: an advance, or what is too much."""

    party_id: int
    amount: Decimal
    control: str = AccountRole.RECEIVABLE


@dataclass(frozen=True, slots=True)
class EntryShare:
    """A share of the line, signed, that an entry of the books has posted already."""

    entry_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class TransferShare:
    """A share of the line, signed, that came from or went to another bank account of ours."""

    bank_account_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class MatchRequest:
    """What a line, or the rest of it, is for. write_off: the difference that is left is given up, within the
    account's limit. Without it a rest stays open.
    """

    line_id: int
    items: tuple[ItemShare, ...] = ()
    posts: tuple[PostShare, ...] = ()
    parties: tuple[PartyShare, ...] = ()
    entries: tuple[EntryShare, ...] = ()
    transfers: tuple[TransferShare, ...] = ()
    write_off: bool = False
    rule_id: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Matched:
    """amount: now matched by this call; open: what is left of the line."""

    line_id: int
    amount: Decimal
    open: Decimal
    match_ids: tuple[int, ...]
