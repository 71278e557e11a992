from accounting.admin import (
    approving,
    documents,
    journal,
    manual_journals,
    recurring_journals,
    setup,
    stored_value,
)

__all__ = ["approving", "documents", "journal", "manual_journals", "recurring_journals", "setup", "stored_value"]
