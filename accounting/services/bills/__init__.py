"""Suppliers' bills and credit notes: entered, posted, reversed, paid."""

from accounting.services.bills.drafting import BillInput, BillLineInput, delete_bill, lock_bill, save_bill
from accounting.services.bills.papers import add_paper, remove_paper
from accounting.services.bills.paying import BillPayment, PaidBills, pay_bills
from accounting.services.bills.posting import PostedBill, post_bill, reverse_bill
from accounting.services.bills.states import set_bill_status

__all__ = [
    "BillInput",
    "BillLineInput",
    "BillPayment",
    "PaidBills",
    "PostedBill",
    "add_paper",
    "delete_bill",
    "lock_bill",
    "pay_bills",
    "post_bill",
    "remove_paper",
    "reverse_bill",
    "save_bill",
    "set_bill_status",
]
