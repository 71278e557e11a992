from accounting.api.views import InvoiceViewSet, JournalEntryViewSet

ROUTES = (("invoices", InvoiceViewSet, "invoice"), ("journal-entries", JournalEntryViewSet, "journalentry"))
