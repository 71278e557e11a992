from backoffice.core.api.bulk import BulkJobViewSet

ROUTES = (("bulk-jobs", BulkJobViewSet, "bulk-job"),)
