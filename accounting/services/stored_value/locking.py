"""Stored values under their locks, and the books that they are posted with."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db import connection
from django.utils.translation import gettext as _

from accounting.errors import NotFound
from accounting.selectors.config import Books, books_of, exchange_rates
from accounting.services.stored_value.inputs import IssueRequest, SpendRequest

ZERO = Decimal(0)
SIXTH = Decimal("0.000001")


@dataclass(slots=True)
class Held:
    """A stored value as locked; used and base_used go on with the uses of this call."""

    id: int
    company_id: int
    kind: str
    account_id: int
    party_id: int | None
    currency: str
    amount: Decimal
    base_amount: Decimal
    used: Decimal
    base_used: Decimal
    expires_on: datetime.date | None

    def take(self, amount: Decimal) -> Decimal:
        """Use up `amount`; its share of the base amount, of which the last use takes the rest."""
        self.used += amount
        if self.used == self.amount:
            base = self.base_amount
        else:
            base = (self.base_amount * self.used / self.amount).quantize(SIXTH, rounding=ROUND_HALF_UP)
        share = max(base - self.base_used, ZERO)
        self.base_used += share
        return share


def lock_values(ids: Sequence[int], *, company_id: int) -> dict[int, Held]:
    """Lock stored values in id order until commit. Statements: 1, or 0 without ids. Raises NotFound."""
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounting_lock_stored_values(%s::bigint[])", [sorted(set(ids))])
        found = {row[0]: Held(*row) for row in cursor.fetchall()}
    for pk in ids:
        if pk not in found or found[pk].company_id != company_id:
            raise NotFound(_("There is no stored value %(id)s in this company.") % {"id": pk}, stored_value_id=pk)
    return found


def books_for_issuing(
    requests: Sequence[IssueRequest], company_id: int
) -> tuple[Books, dict[tuple[str, datetime.date], Decimal]]:
    parties = {request.party_id for request in requests if request.party_id}
    books = books_of(company_id, parties=parties, currencies={request.currency for request in requests})
    return books, _rates([(request.currency, request.effective_at) for request in requests], books)


def books_for_spending(
    requests: Sequence[SpendRequest], values: Mapping[int, Held], company_id: int
) -> tuple[Books, dict[tuple[str, datetime.date], Decimal]]:
    books = books_of(
        company_id,
        parties={request.party_id for request in requests if request.party_id},
        currencies={value.currency for value in values.values()},
    )
    paid_out = [(values[r.stored_value_id].currency, r.effective_at) for r in requests if r.party_id is None]
    return books, _rates(paid_out, books)


def _rates(wanted: Sequence[tuple[str, datetime.datetime]], books: Books) -> dict[tuple[str, datetime.date], Decimal]:
    foreign = {(currency, books.local_date(at)) for currency, at in wanted if currency != books.base_currency}
    return exchange_rates(books.company_id, foreign)
