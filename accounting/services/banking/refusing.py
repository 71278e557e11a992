"""A bank line under its lock, and why a match of it is refused."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounting.errors import BankRefused


@dataclass(slots=True)
class LockedLine:
    id: int
    company_id: int
    bank_account_id: int
    date: datetime.date
    currency: str
    amount: Decimal
    matched: Decimal

    @property
    def open(self) -> Decimal:
        return self.amount - self.matched


def refused(code: str, detail: str, line: LockedLine, **context: Any) -> BankRefused:
    return BankRefused(detail, code=code, line_id=line.id, **context)
