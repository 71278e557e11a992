"""Every read of the money book that has a name."""

from accounting.selectors.config import (
    Books,
    Series,
    account_ids,
    books_of,
    exchange_rate,
    exchange_rates,
    tax_rate,
    tax_rates,
)

__all__ = [
    "Books",
    "Series",
    "account_ids",
    "books_of",
    "exchange_rate",
    "exchange_rates",
    "tax_rate",
    "tax_rates",
]
