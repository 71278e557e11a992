"""Accounts settled by hand: payments to documents, differences written off, credit refunded."""

from accounting.services.settlements.choosing import Remainder, Settlement, settle_account, take_settlements_back
from accounting.services.settlements.inputs import Chosen
from accounting.services.settlements.refunding import enter_payment, refund_credit
from accounting.services.settlements.writing_off import approve_write_off, refuse_write_off, write_off_items

__all__ = [
    "Chosen",
    "Remainder",
    "Settlement",
    "approve_write_off",
    "enter_payment",
    "refund_credit",
    "refuse_write_off",
    "settle_account",
    "take_settlements_back",
    "write_off_items",
]
