from backoffice.core.api.bulk import BulkJobViewSet
from backoffice.core.api.tables import ImportViewSet

ROUTES = (("bulk-jobs", BulkJobViewSet, "bulk-job"), ("imports", ImportViewSet, "import"))
