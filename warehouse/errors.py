"""What the warehouse can refuse as a whole; refusals of one item of a batch are codes in its result."""

from typing import Any

from backoffice.core.errors import DomainError


class ReceiptRefused(DomainError):
    """Nothing of the delivery was booked; context["lines"] says which lines are wrong and why. context["code"] of an
    over-delivery: unknown, decided, own_document."""

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


class NotFound(DomainError):
    """A till, shift, receipt or pickup named by id does not exist in this company."""

    code = "not_found"
    status = 404


class ShiftClosed(DomainError):
    """The till has no open shift, or this one was closed."""

    code = "shift_closed"


class ShiftOpen(DomainError):
    """The till has an open shift already."""

    code = "shift_open"


class TillReused(DomainError):
    """A client id came before with other content."""

    code = "client_id_reused"


class OutOfStock(DomainError):
    """The shop does not have what is to be sold."""

    code = "out_of_stock"


class Underpaid(DomainError):
    """What the customer gives does not fit what is to be paid; context["reason"] says how."""

    code = "tenders_do_not_fit"


class SaleRefused(DomainError):
    """The goods cannot be sold at a counter."""

    code = "sale_refused"


class PickupRefused(DomainError):
    """The order cannot be set aside or handed over now."""

    code = "pickup_refused"


class CannotPutBack(DomainError):
    """Cancelled goods cannot go back to a bin as asked; nothing was moved."""

    code = "cannot_put_back"


class DeviceRefused(DomainError):
    """A handheld cannot be enrolled, or what calls is none. Codes: code_unknown, not_enrolled, revoked."""

    code = "device_refused"
    status = 403


class ScanRefused(DomainError):
    """What was scanned cannot be booked; nothing was written. The code says why, the sentence what to do."""

    def __init__(self, code: str, detail: str, **context: Any) -> None:
        super().__init__(detail, **context)
        self.code = code


class CountRefused(DomainError):
    """Nothing of the count was written; the code says why, the sentence what to do. context["row"]: of a batch."""

    def __init__(self, code: str, detail: str, **context: Any) -> None:
        super().__init__(detail, **context)
        self.code = code


class WaveRefused(DomainError):
    """A wave cannot be planned, released or cancelled. Codes: nothing_ready, planned_already, not_found, illegal_transition,
    begun (somebody has picked of it)."""

    def __init__(self, detail: str, *, code: str, **context: Any) -> None:
        super().__init__(detail, **context)
        self.code = code


class RoundRefused(DomainError):
    """A pick round cannot be worked like that; nothing was written. Codes: not_found, closed, taken, wrong_tote,
    tote_in_use, tote_needed, begun."""

    def __init__(self, detail: str, *, code: str, **context: Any) -> None:
        super().__init__(detail, **context)
        self.code = code


class LabelRefused(DomainError):
    """A label, a manifest or a tracking event cannot be had; nothing was written. Codes: not_found, unknown_service,
    not_packed, no_address, gone, unknown_carrier, nothing_waits."""

    def __init__(self, detail: str, *, code: str, **context: Any) -> None:
        super().__init__(detail, **context)
        self.code = code


class UnitRefused(DomainError):
    """A handling unit cannot be worked like that; nothing was written. Codes: unknown_unit, gone, wrong_place, empty,
    in_itself, too_deep, nothing_packed, stays, not_all_packed."""

    def __init__(self, detail: str, *, code: str, **context: Any) -> None:
        super().__init__(detail, **context)
        self.code = code
