"""Every write of the money book."""

from accounting.services.drafts import InvoiceLineRequest, InvoiceRequest
from accounting.services.invoicing import Issued, issue_invoices
from accounting.services.open_items import Item, ItemPosted, post_items
from accounting.services.payments import PaymentRequest, Recorded, record_payments, reverse_payment
from accounting.services.periods import close_period, ensure_periods, posting_dates, reopen_period
from accounting.services.posting import Entry, Line, Posted, post_entries
from accounting.services.reversing import reverse_entries
from accounting.services.settling import Applied, UseRequest, apply_items, unapply_items
from accounting.services.setup import (
    create_company,
    create_tax_code,
    ensure_currencies,
    ensure_party,
    set_exchange_rate,
)
from accounting.services.stored_value import (
    IssuedValue,
    IssueRequest,
    Paid,
    SpendRequest,
    Spent,
    code_of,
    expire_stored_value,
    issue_stored_value,
    lock_values,
    spend_stored_value,
)

__all__ = [
    "Applied",
    "Entry",
    "InvoiceLineRequest",
    "InvoiceRequest",
    "IssueRequest",
    "Issued",
    "IssuedValue",
    "Item",
    "ItemPosted",
    "Line",
    "Paid",
    "PaymentRequest",
    "Posted",
    "Recorded",
    "SpendRequest",
    "Spent",
    "UseRequest",
    "apply_items",
    "close_period",
    "code_of",
    "create_company",
    "create_tax_code",
    "ensure_currencies",
    "ensure_party",
    "ensure_periods",
    "expire_stored_value",
    "issue_invoices",
    "issue_stored_value",
    "lock_values",
    "post_entries",
    "post_items",
    "posting_dates",
    "record_payments",
    "reopen_period",
    "reverse_entries",
    "reverse_payment",
    "set_exchange_rate",
    "spend_stored_value",
    "unapply_items",
]
