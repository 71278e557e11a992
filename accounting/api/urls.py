from accounting.api.approving import ApprovalLimitViewSet
from accounting.api.stored_value import StoredValueViewSet
from accounting.api.views import InvoiceViewSet, JournalEntryViewSet

ROUTES = (
    ("approval-limits", ApprovalLimitViewSet, "approvallimit"),
    ("invoices", InvoiceViewSet, "invoice"),
    ("journal-entries", JournalEntryViewSet, "journalentry"),
    ("stored-values", StoredValueViewSet, "storedvalue"),
)
