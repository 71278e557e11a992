"""What the app may do to the tables of the ground."""

from backoffice.core.grants.kinds import BOOK, WORK, Grant, keep

CORE: dict[str, Grant] = {
    "core.AccessLimit": WORK,
    "core.ApiKey": keep(),
    "core.ApprovalLimit": WORK,
    "core.ApprovalThreshold": WORK,
    "core.AuditEvent": BOOK,
    "core.BulkJob": Grant(insert=True, update=True, delete=True, erase=("selection",)),
    "core.BulkJobRow": WORK,
    "core.ChangeCursor": keep("system_identifier", "xid", "change_id", "updated_at"),
    "core.ChecklistDismissal": WORK,
    "core.Holder": WORK,
    "core.IdempotencyRecord": WORK,
    "core.ImportFile": WORK,
    "core.ImportRow": WORK,
    "core.InboxMessage": BOOK,
    "core.InboxWork": keep(),
    "core.JobRun": WORK,
    "core.OutboxCursor": keep(),
    "core.OutboxEvent": BOOK,
    "core.PayloadBody": Grant(insert=True, erase=("body", "erased_at")),
    "core.RecordChange": Grant(delete=True),  # written by triggers; what is old is forgotten
    "core.RecoveryCode": WORK,
    "core.ReportRun": WORK,
    "core.SavedView": WORK,
    "core.ScheduledJob": keep("paused_at", "paused_by", "pause_reason"),
    "core.ScheduledReport": WORK,
    "core.SetupDraft": keep("token_hash", "token_made_at", "answers", "logo", "finished_at"),
    "core.SecondFactor": WORK,
    "core.SecondFactorRole": WORK,
    "core.SignInTry": WORK,
    "core.StaffSession": WORK,
    "core.StaffTask": Grant(
        insert=True,
        erase=("title", "note", "outcome"),
        update=("owner", "role", "due_date", "note", "status", "ended_by", "ended_at", "outcome"),
    ),
    "core.User": keep(),
    "core.User_groups": WORK,
    "core.User_user_permissions": WORK,
}
