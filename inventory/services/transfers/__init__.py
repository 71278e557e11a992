"""Transfers between warehouses: asked for, allocated, shipped, received, and what did not arrive."""

from inventory.services.transfers.allocating import allocate_transfers
from inventory.services.transfers.drafting import (
    TransferDraft,
    TransferLineInput,
    TransferMade,
    create_transfers,
)
from inventory.services.transfers.receiving import ReceivedPart, receive_transfer
from inventory.services.transfers.settling import Settlement, settle_transfer
from inventory.services.transfers.shipping import ShippedPart, give_up_rest, ship_transfer
from inventory.services.transfers.steps import approve_transfers, cancel_transfers, close_transfers, set_transfer_date

__all__ = [
    "ReceivedPart",
    "Settlement",
    "ShippedPart",
    "TransferDraft",
    "TransferLineInput",
    "TransferMade",
    "allocate_transfers",
    "approve_transfers",
    "cancel_transfers",
    "close_transfers",
    "create_transfers",
    "give_up_rest",
    "receive_transfer",
    "set_transfer_date",
    "settle_transfer",
    "ship_transfer",
]
