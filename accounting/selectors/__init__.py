"""Every read of the money book that has a name."""

from accounting.selectors.attachments import attachments_of
from accounting.selectors.balances import LedgerRow, TrialBalanceRow, account_ledger, balances, trial_balance
from accounting.selectors.config import (
    Books,
    Series,
    account_ids,
    ask_books,
    books_of,
    exchange_rate,
    exchange_rates,
    tax_rate,
    tax_rates,
)
from accounting.selectors.dimensions import carrying, dimension_codes, lines_carrying
from accounting.selectors.due import items_to_pay, overdue_items
from accounting.selectors.items import Ageing, OpenItemRow, ageing, open_items
from accounting.selectors.letterheads import Letterhead, letterheads
from accounting.selectors.party_facts import PartyFacts, party_facts
from accounting.selectors.stored_values import stored_value_by_code, stored_values_by_code

__all__ = [
    "Ageing",
    "Books",
    "LedgerRow",
    "Letterhead",
    "OpenItemRow",
    "PartyFacts",
    "Series",
    "TrialBalanceRow",
    "account_ids",
    "account_ledger",
    "ageing",
    "ask_books",
    "attachments_of",
    "balances",
    "books_of",
    "carrying",
    "dimension_codes",
    "exchange_rate",
    "exchange_rates",
    "items_to_pay",
    "letterheads",
    "lines_carrying",
    "open_items",
    "overdue_items",
    "party_facts",
    "stored_value_by_code",
    "stored_values_by_code",
    "tax_rate",
    "tax_rates",
    "trial_balance",
]
