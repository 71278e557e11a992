"""Reminding customers: proposed, looked at, approved, issued once."""

from accounting.services.dunning.issuing import approve_run, cancel_run, issue_letter
from accounting.services.dunning.proposing import propose_run
from accounting.services.dunning.stopping import end_stop, stop_dunning

__all__ = ["approve_run", "cancel_run", "end_stop", "issue_letter", "propose_run", "stop_dunning"]
