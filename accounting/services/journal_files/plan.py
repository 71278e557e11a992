"""What is known of a plain-text journal on its way into the books."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal

from accounting.models import AccountType
from accounting.plaintext.journal import Journal
from accounting.selectors.config import Books


@dataclass(slots=True)
class Plan:
    journal: Journal
    books: Books
    accounts: dict[str, int]  # those that exist, by name
    names: list[str]  # every account that is posted to
    types: dict[str, AccountType]
    keys: list[str]
    no_value: frozenset[str]
    rates: dict[str, tuple[list[datetime.date], list[Decimal]]] = field(default_factory=dict)
    commodities: list[str] = field(default_factory=list)
