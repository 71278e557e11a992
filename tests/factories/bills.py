"""Builders for suppliers' bills."""

import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounting.models import Bill, Company, Party, TaxCode
from accounting.services import BillInput, BillLineInput, create_tax_code, save_bill
from inventory.models import GrniItem, PurchaseOrder, PurchaseOrderLine
from inventory.selectors.billing import ORDER_LINE, RECEIPT
from inventory.services import approve_bill, match_bill, post_matched_bill, post_moves
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, make_purchase
from tests.factories.goods import Shop, make_move, make_shop, make_sku, rows

D = Decimal


def order_line(order: PurchaseOrder, quantity: str, price: str, **values: Any) -> BillLineInput:
    """Goods of the order's first line."""
    line = PurchaseOrderLine.objects.filter(purchase_order=order).earliest("position")
    return BillLineInput("goods", D(quantity), D(price), source_type=ORDER_LINE, source_id=line.pk, **values)


def receipt_line(item: GrniItem, quantity: str, price: str, **values: Any) -> BillLineInput:
    return BillLineInput("goods", D(quantity), D(price), source_type=RECEIPT, source_id=item.pk, **values)


def make_bill(shop: Shop, supplier_id: int, *lines: BillLineInput, number: str = "B-1", **values: Any) -> Bill:
    """A draft whose total is what its lines come to before tax, unless it is given."""
    total = values.pop("total", None)
    if total is None:
        total = sum((line.net if line.net is not None else line.quantity * line.unit_price for line in lines), D(0))
        total += sum((line.tax or D(0) for line in lines), D(0))
    given = {"bill_date": timezone.now().date(), "supplier_id": supplier_id} | values
    actor = given.pop("actor", ACTOR)
    return save_bill(BillInput(number=number, total=D(total), lines=lines, **given), company_id=shop.id, actor=actor)


def post(shop: Shop, bill: Bill) -> Bill:
    """Matched within its tolerances, and posted."""
    bill = match_bill(bill.pk, company_id=shop.id, actor=ACTOR)
    assert bill.status == "approved", list(bill.exceptions.values_list("reason", "expected", "found"))
    return post_matched_bill(bill.pk, company_id=shop.id, actor=ACTOR)


def make_tax(company: Company, code: str = "S", rate: str = "0.2", *, reverse_charge: bool = False) -> TaxCode:
    made = create_tax_code(company_id=company.pk, code=code, name=code, rates=[(datetime.date(2020, 1, 1), D(rate))])
    if reverse_charge:
        TaxCode.objects.filter(pk=made.pk).update(is_reverse_charge=True)
    return made


def grni(shop: Shop) -> tuple[Decimal, Decimal]:
    """(balance of the account, what is open in all): they are the same."""
    account = rows(
        "SELECT coalesce(sum(l.base_amount), 0) FROM accounting_journalline l JOIN accounting_accountmapping m"
        " ON m.account_id = l.account_id AND m.role = 'grni' WHERE l.company_id = %s",
        shop.id,
    )[0][0]
    items = rows(
        "SELECT coalesce(sum(CASE side WHEN 'debit' THEN open_value ELSE -open_value END), 0)"
        " FROM inventory_grniitem WHERE company_id = %s",
        shop.id,
    )[0][0]
    return account, items


def written() -> tuple[int, ...]:
    """How many rows there are of all that a bill may write."""
    tables = ("accounting_bill", "accounting_billline", "accounting_billexception", "accounting_billpaper",
              "accounting_journalentry", "accounting_openitem", "accounting_payment", "accounting_itemuse",
              "inventory_grniitem", "inventory_grnimatch", "inventory_grniwriteoff", "inventory_valuechange",
              "core_auditevent")  # fmt: skip
    return rows("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables))[0]


class Bought:
    """Ten mugs at 2.50 from SUP, so many of them delivered."""

    def __init__(self, delivered: str = "10", *, method: str = "average", quantity: str = "10") -> None:
        self.shop = make_shop()
        self.sku = make_sku(self.shop, cost_method=method)
        self.order = make_purchase(self.shop, self.sku, quantity)
        self.supplier = self.order.supplier_id
        if delivered != "0":
            deliver(self.shop, self.order, delivered)

    def bill(self, quantity: str = "10", price: str = "2.50", **values: Any) -> Bill:
        line = order_line(self.order, quantity, price, **values.pop("line", {}))
        return make_bill(self.shop, self.supplier, line, **values)

    def match(self, bill: Bill) -> Bill:
        return match_bill(bill.pk, company_id=self.shop.id, actor=ACTOR)

    def accept(self, bill: Bill, reason: str = "Agreed by phone", **values: Any) -> Bill:
        self.match(bill)
        approve_bill(bill.pk, company_id=self.shop.id, actor=values.pop("actor", ACTOR), reason=reason, **values)
        return post_matched_bill(bill.pk, company_id=self.shop.id, actor=ACTOR)

    def sell(self, quantity: str) -> None:
        move = make_move(self.shop, self.sku, quantity, self.shop.bin, self.shop.customer, effective_at=timezone.now())
        post_moves([move], company_id=self.shop.id, actor=ACTOR)

    def status(self) -> str:
        return PurchaseOrder.objects.get(pk=self.order.pk).status


def discounted_bills(shop: Shop, sku_id: int) -> list[Bill]:
    """B-1 and B-2 over five at 2.50 each, posted; the supplier lets off 2 % within ten days."""
    order = make_purchase(shop, sku_id, "10")
    deliver(shop, order, "10")
    Party.objects.filter(pk=order.supplier_id).update(discount_percent=D(2), discount_days=10)
    bills = []
    for number, age in (("B-1", 0), ("B-2", 1)):
        line, day = order_line(order, "5", "2.50"), timezone.localdate() - datetime.timedelta(days=age)
        bills.append(post(shop, make_bill(shop, order.supplier_id, line, number=number, bill_date=day)))
    return bills
