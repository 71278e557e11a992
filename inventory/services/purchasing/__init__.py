"""Purchase orders: written, approved, sent, confirmed, changed, closed."""

from inventory.services.purchasing.confirming import ConfirmedLine, confirm_purchase_order, record_confirmation
from inventory.services.purchasing.drafting import (
    PurchaseLineInput,
    add_purchase_lines,
    check_lines,
    create_purchase_order,
    edit_purchase_order,
    list_price,
)
from inventory.services.purchasing.records import (
    OBJECT,
    lock_purchase_order,
    note_on_purchase_order,
    record_created,
    record_status,
)
from inventory.services.purchasing.revising import (
    RevisedLine,
    approve_revision,
    refuse_revision,
    revise_purchase_order,
)
from inventory.services.purchasing.steps import (
    approve_purchase_order,
    cancel_purchase_order,
    change_status,
    close_purchase_order,
    refuse_purchase_order,
    reopen_purchase_order,
    send_purchase_order,
    submit_purchase_order,
)

__all__ = [
    "OBJECT",
    "ConfirmedLine",
    "PurchaseLineInput",
    "RevisedLine",
    "add_purchase_lines",
    "approve_purchase_order",
    "approve_revision",
    "cancel_purchase_order",
    "change_status",
    "check_lines",
    "close_purchase_order",
    "confirm_purchase_order",
    "create_purchase_order",
    "edit_purchase_order",
    "list_price",
    "lock_purchase_order",
    "note_on_purchase_order",
    "record_confirmation",
    "record_created",
    "record_status",
    "refuse_purchase_order",
    "refuse_revision",
    "reopen_purchase_order",
    "revise_purchase_order",
    "send_purchase_order",
    "submit_purchase_order",
]
