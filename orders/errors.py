"""What orders can refuse."""

from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.errors import DomainError


class NotFound(DomainError):
    """A row named by id does not exist in this company."""

    code = "not_found"
    status = 404


class ChannelInactive(DomainError):
    """The channel is switched off."""

    code = "channel_inactive"


class OrderHeld(DomainError):
    """The order has an open hold."""

    code = "order_held"


class OrderCancelled(DomainError):
    """The order was cancelled."""

    code = "order_cancelled"


class BeingPicked(DomainError):
    """Work on the goods has begun in a warehouse; it has to be undone there first."""

    code = "being_picked"


class NothingToCancel(DomainError):
    """No open quantity is left, or more is asked for than is open."""

    code = "nothing_to_cancel"


class KitBegun(DomainError):
    """Some components of a kit have left: it is not cancelled as if nothing had."""

    code = "kit_begun"


class DropShipRefused(DomainError):
    """A supplier cannot be asked to ship this, or did not ship it. context: code, see drop_ship_lines."""

    code = "drop_ship_refused"


class NotReady(DomainError):
    """A fulfilment, shipment or return is not in the state that this step starts from."""

    code = "not_ready"


class PickedTooMuch(DomainError):
    """More is recorded as picked or packed than the fulfilment asks for."""

    code = "picked_too_much"


class HoldKept(DomainError):
    """The hold cannot be released yet."""

    code = "hold_kept"


class PaymentReused(DomainError):
    """A payment's id or a step's key came before with other content."""

    code = "payment_reused"


class PaymentExceeded(DomainError):
    """More is captured, voided or refunded than there is of it."""

    code = "payment_exceeded"


class NotReturnable(DomainError):
    """More is to come back than was shipped and not yet returned."""

    code = "not_returnable"


class VersionConflict(DomainError):
    """Somebody changed it since the caller read it; context: version (now), sent, changes (who, when, what)."""

    code = "changed_meanwhile"
    status = 412


class ChangeRefused(DomainError):
    """An edit that cannot be carried through: context names the field and, where there is one, the line."""

    code = "change_refused"


class QuoteExpired(DomainError):
    """The quote does not hold any more."""

    code = "quote_expired"


class NotMergeable(DomainError):
    """Fulfilments that cannot leave in one parcel."""

    code = "not_mergeable"


class NotSplittable(DomainError):
    """A fulfilment that cannot be split as asked."""

    code = "not_splittable"


class CancelAsked(DomainError):
    """The warehouse was asked to give a part of it up and has not answered yet."""

    code = "cancel_requested"


class MergedApart(DomainError):
    """It shares a parcel with other orders and cannot be packed or shipped without them."""

    code = "merged_apart"


class NoMailAddress(DomainError):
    """Nobody is to be written to."""

    code = "no_mail_address"


class MailUnderWay(DomainError):
    """The same document waits to be sent already."""

    code = "mail_under_way"


class NoDocument(DomainError):
    """The order has no such document (yet)."""

    code = "no_document"
    status = 404


class ReservationRefused(DomainError):
    """A reservation cannot be made, kept or used as asked; see its code.

    context["lines"], where goods are missing, lists {row, sku, wanted, available}. Codes: out_of_stock, unknown_sku,
    sku_not_for_sale, bad_line, too_many_lines, too_large, too_many_open, too_many_units, too_fast, bad_ttl, expired,
    released, ordered, too_long, clients_goods.
    """

    code = "reservation_refused"

    def __init__(self, detail: str, *, code: str, **context: Any) -> None:
        super().__init__(detail, **context)
        self.code = f"reservation_{code}"


class UnknownReason(DomainError):
    """The company has no such return reason."""

    code = "unknown_reason"

    def __init__(self, reason: str) -> None:
        detail = _("There is no return reason “%(code)s”: take one of the company's list.") % {"code": reason[:60]}
        super().__init__(detail, field="reason_code", reason=reason[:60])


class RefundTooHigh(DomainError):
    """More is to be refunded than was billed and not refunded yet."""

    code = "refund_too_high"


class ApproverNeeded(DomainError):
    """A return outside the window is approved by a named user who says why."""

    code = "approver_needed"


class ExchangeUnderWay(DomainError):
    """The new goods of an exchange have left or are being picked."""

    code = "exchange_under_way"
