"""Every write of the goods book."""

from inventory.selectors.places import counterpart, counterparts, standard_places
from inventory.services.allocation import Claim, ClaimResult, Release, allocate, allocate_waiting, release
from inventory.services.catalogue import SkuInput, ensure_skus
from inventory.services.demands import (
    DemandRequest,
    Repoint,
    create_demands,
    raise_demands,
    reduce_demands,
    release_expired,
    repoint_demands,
)
from inventory.services.drop_shipping import (
    DropShipped,
    cancel_drop_ship,
    lock_drop_ship_orders,
    raise_drop_ship,
    ship_drop_ship,
)
from inventory.services.expecting import set_expected_dates, set_trusted
from inventory.services.issuing import IssueRequest, issue
from inventory.services.kits import KitPart, set_kit, unset_kit
from inventory.services.locking import lock_levels, lock_stock
from inventory.services.moves import post_moves
from inventory.services.noticing import Noticed, NoticeLine, cancel_notice, end_notice, move_notice, note_delivery
from inventory.services.opening import OpeningLine, post_opening_stock
from inventory.services.picking import BinClaimResult, claim_bins, release_bins
from inventory.services.purchasing import (
    ConfirmedLine,
    PurchaseLineInput,
    RevisedLine,
    add_purchase_lines,
    approve_purchase_order,
    approve_revision,
    cancel_purchase_order,
    close_purchase_order,
    confirm_purchase_order,
    create_purchase_order,
    edit_purchase_order,
    note_on_purchase_order,
    record_confirmation,
    refuse_purchase_order,
    refuse_revision,
    reopen_purchase_order,
    revise_purchase_order,
    send_purchase_order,
    submit_purchase_order,
)
from inventory.services.receiving import ReceiptLine, Received, receive
from inventory.services.requests import MoveRequest, MoveResult
from inventory.services.revaluing import ValueChangeRequest, change_values
from inventory.services.serving import release_to_waiting
from inventory.services.setup import BinInput, add_bins, create_warehouse, ensure_refurbish_places
from inventory.services.supplier_returns import (
    SupplierReturnInput,
    approve_supplier_return,
    cancel_supplier_return,
    close_supplier_return,
    create_supplier_return,
    credit_supplier_return,
    ship_supplier_return,
)
from inventory.services.supply import bar_demands, lock_supply
from inventory.services.supplying import SupplierRow, Written, write_supplier_rows

__all__ = [
    "SupplierReturnInput",
    "approve_supplier_return",
    "cancel_supplier_return",
    "close_supplier_return",
    "create_supplier_return",
    "credit_supplier_return",
    "ship_supplier_return",
    "NoticeLine",
    "Noticed",
    "cancel_notice",
    "end_notice",
    "move_notice",
    "note_delivery",
    "ConfirmedLine",
    "RevisedLine",
    "add_purchase_lines",
    "approve_revision",
    "edit_purchase_order",
    "note_on_purchase_order",
    "record_confirmation",
    "refuse_purchase_order",
    "refuse_revision",
    "reopen_purchase_order",
    "revise_purchase_order",
    "cancel_drop_ship",
    "lock_drop_ship_orders",
    "raise_drop_ship",
    "ship_drop_ship",
    "BinClaimResult",
    "BinInput",
    "Claim",
    "ClaimResult",
    "DemandRequest",
    "DropShipped",
    "IssueRequest",
    "KitPart",
    "MoveRequest",
    "MoveResult",
    "OpeningLine",
    "PurchaseLineInput",
    "ReceiptLine",
    "Received",
    "Release",
    "Repoint",
    "SkuInput",
    "SupplierRow",
    "ValueChangeRequest",
    "Written",
    "add_bins",
    "allocate",
    "allocate_waiting",
    "approve_purchase_order",
    "bar_demands",
    "cancel_purchase_order",
    "change_values",
    "claim_bins",
    "close_purchase_order",
    "confirm_purchase_order",
    "counterpart",
    "counterparts",
    "create_demands",
    "create_purchase_order",
    "create_warehouse",
    "ensure_refurbish_places",
    "ensure_skus",
    "issue",
    "lock_levels",
    "lock_stock",
    "lock_supply",
    "post_moves",
    "post_opening_stock",
    "raise_demands",
    "receive",
    "reduce_demands",
    "release",
    "release_bins",
    "release_expired",
    "release_to_waiting",
    "repoint_demands",
    "send_purchase_order",
    "set_expected_dates",
    "set_trusted",
    "set_kit",
    "standard_places",
    "submit_purchase_order",
    "unset_kit",
    "write_supplier_rows",
]
