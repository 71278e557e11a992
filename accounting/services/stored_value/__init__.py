"""Gift cards, store credit and deposits: taken in as liabilities, spent, paid out, run out."""

from accounting.services.stored_value.inputs import IssuedValue, IssueRequest, Paid, SpendRequest, Spent
from accounting.services.stored_value.issuing import issue_stored_value
from accounting.services.stored_value.locking import lock_values
from accounting.services.stored_value.rows import code_of
from accounting.services.stored_value.spending import expire_stored_value, spend_stored_value

__all__ = [
    "IssueRequest",
    "IssuedValue",
    "Paid",
    "SpendRequest",
    "Spent",
    "code_of",
    "expire_stored_value",
    "issue_stored_value",
    "lock_values",
    "spend_stored_value",
]
