"""Bills against orders and receipts: matched, decided, posted, taken back; rests written off."""

from inventory.services.billing.deciding import (
    approve_bill,
    close_orders_short,
    send_bill_back,
    wait_for_goods,
)
from inventory.services.billing.discounting import offered_discount, pay_supplier_bills, take_bill_discount
from inventory.services.billing.matching import match_bill
from inventory.services.billing.posting import post_matched_bill, reverse_matched_bill
from inventory.services.billing.writing_off import approve_write_off, refuse_write_off, write_off_uninvoiced

__all__ = [
    "approve_bill",
    "approve_write_off",
    "close_orders_short",
    "match_bill",
    "offered_discount",
    "pay_supplier_bills",
    "post_matched_bill",
    "refuse_write_off",
    "reverse_matched_bill",
    "send_bill_back",
    "take_bill_discount",
    "wait_for_goods",
    "write_off_uninvoiced",
]
