from backoffice.core.api.access_limits import AccessLimitViewSet
from backoffice.core.api.bulk import BulkJobViewSet
from backoffice.core.api.jobs import ScheduledJobViewSet
from backoffice.core.api.saved_views import SavedViewViewSet
from backoffice.core.api.staff_tasks import StaffTaskViewSet
from backoffice.core.api.tables import ImportViewSet

ROUTES = (
    ("access-limits", AccessLimitViewSet, "access-limit"),
    ("bulk-jobs", BulkJobViewSet, "bulk-job"),
    ("imports", ImportViewSet, "import"),
    ("scheduled-jobs", ScheduledJobViewSet, "scheduled-job"),
    ("saved-views", SavedViewViewSet, "saved-view"),
    ("tasks", StaffTaskViewSet, "task"),
)
