"""What bulk jobs can refuse."""

from backoffice.core.errors import DomainError


class UnknownBulkAction(DomainError):
    """There is no action of this name for these rows."""

    code = "unknown_bulk_action"
    status = 404


class BulkJobRefused(DomainError):
    """Nothing was chosen, too much was chosen, or the job is not in the state that this starts from."""

    code = "bulk_job_refused"
