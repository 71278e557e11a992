"""Journals by hand: drafted, approved, posted, reversed, repeated."""

from accounting.services.journals.approving import (
    approve_journal,
    cancel_journal,
    reverse_journal,
    send_back_journal,
    submit_journal,
)
from accounting.services.journals.due import post_due_journals
from accounting.services.journals.inputs import JournalInput, JournalLineInput
from accounting.services.journals.repeating import create_schedule, set_schedule_status
from accounting.services.journals.writing import save_journal

__all__ = [
    "JournalInput",
    "JournalLineInput",
    "approve_journal",
    "cancel_journal",
    "create_schedule",
    "post_due_journals",
    "reverse_journal",
    "save_journal",
    "send_back_journal",
    "set_schedule_status",
    "submit_journal",
]
