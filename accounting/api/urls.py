from accounting.api.stored_value import StoredValueViewSet
from accounting.api.views import InvoiceViewSet, JournalEntryViewSet

ROUTES = (
    ("invoices", InvoiceViewSet, "invoice"),
    ("journal-entries", JournalEntryViewSet, "journalentry"),
    ("stored-values", StoredValueViewSet, "storedvalue"),
)
