"""What the warehouse can refuse as a whole; refusals of one item of a batch are codes in its result."""

from backoffice.core.errors import DomainError


class ReceiptRefused(DomainError):
    """Nothing of the delivery was booked; context["lines"] says which lines are wrong and why."""

    code = "receipt_refused"


class NoStaging(DomainError):
    """A warehouse has no active staging place to bring picked goods to."""

    code = "no_staging"


class NoMissingPlace(DomainError):
    """A warehouse has no active place for goods that were not found."""

    code = "no_missing_place"


class ReturnRefused(DomainError):
    """Nothing of the return was booked; context["lines"] says which lines are wrong and why."""

    code = "return_refused"
