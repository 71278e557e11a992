from accounting.admin import (
    approving,
    banking,
    documents,
    exemptions,
    journal,
    manual_journals,
    periods,
    recurring_journals,
    revaluing,
    setup,
    stored_value,
    taxes,
)

__all__ = [
    "approving",
    "banking",
    "documents",
    "exemptions",
    "journal",
    "manual_journals",
    "periods",
    "recurring_journals",
    "revaluing",
    "setup",
    "stored_value",
    "taxes",
]
