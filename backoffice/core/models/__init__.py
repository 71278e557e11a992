"""The ground's tables: people, audit, messages, API keys, job runs."""

from backoffice.core.models.access import AccessKind, AccessLimit
from backoffice.core.models.api import ApiKey, IdempotencyRecord
from backoffice.core.models.approving import ApprovalLimit, ApprovalThreshold
from backoffice.core.models.audit import AuditEvent
from backoffice.core.models.bulk import BulkJob, BulkJobRow
from backoffice.core.models.changes import ChangeCursor, RecordChange
from backoffice.core.models.checklist import ChecklistDismissal
from backoffice.core.models.holding import Holder
from backoffice.core.models.jobs import JobRun, ScheduledJob
from backoffice.core.models.messages import (
    InboxMessage,
    InboxWork,
    OutboxCursor,
    OutboxEvent,
    PayloadBody,
)
from backoffice.core.models.scheduled_reports import (
    ReportEvery,
    ReportFormat,
    ReportPeriod,
    ReportRun,
    ReportRunState,
    ScheduledReport,
)
from backoffice.core.models.setup import SetupDraft
from backoffice.core.models.signing_in import (
    FactorKind,
    RecoveryCode,
    SecondFactor,
    SecondFactorRole,
    SignInTry,
    StaffSession,
)
from backoffice.core.models.staff_tasks import StaffTask, StaffTaskStatus
from backoffice.core.models.tables import ImportFile, ImportRow, ImportState, ImportStatus
from backoffice.core.models.users import User
from backoffice.core.models.views import SavedView

__all__ = [
    "AccessKind",
    "AccessLimit",
    "ApiKey",
    "ApprovalLimit",
    "ApprovalThreshold",
    "AuditEvent",
    "BulkJob",
    "BulkJobRow",
    "ChangeCursor",
    "ChecklistDismissal",
    "FactorKind",
    "Holder",
    "IdempotencyRecord",
    "ImportFile",
    "ImportRow",
    "ImportState",
    "ImportStatus",
    "InboxMessage",
    "InboxWork",
    "JobRun",
    "OutboxCursor",
    "OutboxEvent",
    "PayloadBody",
    "RecordChange",
    "RecoveryCode",
    "ReportEvery",
    "ReportFormat",
    "ReportPeriod",
    "ReportRun",
    "ReportRunState",
    "SavedView",
    "ScheduledJob",
    "ScheduledReport",
    "SetupDraft",
    "SecondFactor",
    "SecondFactorRole",
    "SignInTry",
    "StaffSession",
    "StaffTask",
    "StaffTaskStatus",
    "User",
]
