"""Every write of the money book."""

from accounting.services.attaching import ATTACHABLE, attach, detach
from accounting.services.bills import (
    BillInput,
    BillLineInput,
    BillPayment,
    PaidBills,
    PostedBill,
    add_paper,
    delete_bill,
    lock_bill,
    pay_bills,
    post_bill,
    remove_paper,
    reverse_bill,
    save_bill,
    set_bill_status,
)
from accounting.services.companions import posted_together
from accounting.services.deferring import defer_revenue, earn_due_revenue, end_deferral
from accounting.services.discounting import discount_offered, take_early_discount
from accounting.services.drafts import InvoiceLineRequest, InvoiceRequest
from accounting.services.entries import Entry, Line, Posted
from accounting.services.erasing import blank_addresses, erase_expired_addresses
from accounting.services.exemptions import create_exemption, end_exemption
from accounting.services.invoicing import Drafted, Issued, draft_invoices, issue_drafted, issue_invoices
from accounting.services.journals import (
    JournalInput,
    JournalLineInput,
    approve_journal,
    cancel_journal,
    create_schedule,
    post_due_journals,
    reverse_journal,
    save_journal,
    send_back_journal,
    set_schedule_status,
    submit_journal,
)
from accounting.services.open_items import Item, ItemPosted, post_items
from accounting.services.payments import PaymentRequest, Recorded, record_payments, reverse_payment
from accounting.services.periods import close_period, ensure_periods, posting_dates, reopen_period, set_period_books
from accounting.services.posting import post_entries
from accounting.services.revaluing import foreign_balances, revalue_currencies
from accounting.services.reversing import reverse_entries
from accounting.services.series import begin_series
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
from accounting.services.taxes import create_return, create_tax_rule, file_return, lay_tax_template
from accounting.services.years import close_year, reopen_year

__all__ = [
    "erase_expired_addresses",
    "defer_revenue",
    "earn_due_revenue",
    "end_deferral",
    "discount_offered",
    "take_early_discount",
    "foreign_balances",
    "revalue_currencies",
    "create_return",
    "begin_series",
    "create_exemption",
    "create_tax_rule",
    "end_exemption",
    "file_return",
    "lay_tax_template",
    "close_year",
    "reopen_year",
    "set_period_books",
    "ATTACHABLE",
    "attach",
    "blank_addresses",
    "detach",
    "JournalInput",
    "JournalLineInput",
    "approve_journal",
    "cancel_journal",
    "create_schedule",
    "post_due_journals",
    "reverse_journal",
    "save_journal",
    "send_back_journal",
    "set_schedule_status",
    "submit_journal",
    "BillInput",
    "BillLineInput",
    "BillPayment",
    "PaidBills",
    "PostedBill",
    "add_paper",
    "delete_bill",
    "lock_bill",
    "pay_bills",
    "post_bill",
    "remove_paper",
    "reverse_bill",
    "save_bill",
    "set_bill_status",
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
    "Drafted",
    "draft_invoices",
    "issue_drafted",
    "issue_invoices",
    "posted_together",
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
