"""Bank statements into the books: taking in, matching, undoing, reconciling."""

from accounting.services.banking.accepting import accept_suggestion, match_certain
from accounting.services.banking.importing import TakenIn, import_statements
from accounting.services.banking.matching import match_lines
from accounting.services.banking.reconciling import reconcile, reopen_reconciliation
from accounting.services.banking.shares import (
    EntryShare,
    ItemShare,
    Matched,
    MatchRequest,
    PartyShare,
    PostShare,
    TransferShare,
)
from accounting.services.banking.unmatching import unmatch_line

__all__ = [
    "EntryShare",
    "ItemShare",
    "MatchRequest",
    "Matched",
    "PartyShare",
    "PostShare",
    "TakenIn",
    "TransferShare",
    "accept_suggestion",
    "import_statements",
    "match_certain",
    "match_lines",
    "reconcile",
    "reopen_reconciliation",
    "unmatch_line",
]
