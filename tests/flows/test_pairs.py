"""Two steps that one person may not both take: each tried by one, at the page and over the API, and refused.

The four pairs that a company begins with have tests of their own (tests/pages and tests/api, test_four_eyes.py).
"""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounting.models import Account, OpenItem, Payment
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.api.auth import make_api_key
from backoffice.core.approval_limits import set_limit, set_threshold
from backoffice.core.errors import InvalidInput
from backoffice.core.models import User
from backoffice.core.proof import run_checks
from backoffice.core.registry import registry
from inventory.services import match_bill
from orders.models import Order, OrderPayment, ReturnOrder
from tests.api.conftest import Caller, World
from tests.api.test_returns import body as return_body
from tests.api.test_returns import sold
from tests.factories.bills import make_bill, order_line, post, written
from tests.factories.books import ACTOR, make_party
from tests.factories.buying import deliver, make_purchase
from tests.factories.staff import said
from warehouse.services import ReturnedLine, ReturnReceipt, receive_returns

D = Decimal
ROOT = Path(__file__).resolve().parents[1]
SCOPES = (
    "orders:read", "payments:read", "payments:write", "payments:refund", "bills:read", "bills:pay", "bills:post",
    "accounting:read", "warehouse:read", "warehouse:write", "stock:read", "stock:write",
)  # fmt: skip
# Where each registered pair is tried by one person. A new pair without a test fails below.
TRIED = {
    "manual_journal": "pages/test_four_eyes.py::test_who_wrote_a_journal_does_not_post_it",
    "supplier_payment": "pages/test_four_eyes.py::test_who_changed_the_bank_account_of_a_supplier_does_not_pay_them",
    "refund": "pages/test_four_eyes.py::test_who_placed_an_order_does_not_refund_it",
    "stocktake": "pages/test_four_eyes.py::test_who_counted_does_not_approve_the_differences",
    "bill_payment": "flows/test_pairs.py::test_who_entered_a_bill_does_not_pay_it",
    "new_supplier": "flows/test_pairs.py::test_who_entered_a_supplier_does_not_pay_them",
    "credit_payout": "flows/test_pairs.py::test_who_wrote_a_credit_does_not_pay_it_out",
    "goods_receipt": "flows/test_pairs.py::test_who_ordered_goods_does_not_receive_them",
    "received_bill": "flows/test_pairs.py::test_who_received_goods_does_not_post_their_bill",
    "return_refund": "flows/test_pairs.py::test_who_took_goods_back_does_not_refund_them",
    "dunning": "accounting/test_dunning.py::test_four_eyes_count_where_there_is_a_threshold",
    "item_write_off": "accounting/test_settlements.py::test_a_large_one_waits_for_somebody_else_within_their_limit",
    "purchase_order": "api/test_ends_of_goods.py::test_a_purchase_order_is_refused_written_anew_approved_and_called_off",
    "receipt_over": "pages/test_purchasing.py::test_an_order_is_changed_confirmed_announced_received_and_sent_back_from_its_page",
    "bill_exception": "inventory/test_bills.py::test_four_eyes_hold_for_exceptions",
    "adjustment": "api/test_adjustments.py::test_a_small_one_is_posted_and_a_dear_one_needs_somebody_else",
    "revaluation": "inventory/test_cost_documents.py::test_a_revaluation_above_the_limit_needs_a_second_person",
    "write_off": "inventory/test_bills.py::test_old_rests_are_written_off_by_another_person_above_the_threshold",
}


@dataclass
class Person:
    """Who tries: at the pages and with a key of the company."""

    actor: Actor
    page: Client
    api: Caller


@pytest.fixture
def world(db):
    return World()


@pytest.fixture
def people(world):
    return tuple(person(name, world.house.id) for name in ("anna", "ben"))


def person(name, company_id):
    user = User.objects.create_superuser(name)
    _key, secret = make_api_key(name=name, user=user, scopes=SCOPES, company_id=company_id)
    page = Client()
    page.force_login(user)
    return Person(Actor.of(user), page, Caller(secret))


def on(world, action, amount="0"):
    set_threshold(company_id=world.house.id, action=action, amount=D(amount), actor=ACTOR)


def own(response):
    return (response.status_code, response.json()["code"]) == (409, "own_document")


def billed(world, **values):
    bought = make_purchase(world.house, world.cup, "10")
    deliver(world.house, bought, "8")
    return make_bill(world.house, bought.supplier_id, order_line(bought, "8", "2.50"), **values)


def test_every_registered_pair_is_tried_by_one_person():
    assert set(TRIED) == set(registry.approval_actions())
    for file, name in (place.split("::") for place in TRIED.values()):
        assert f"def {name}" in (ROOT / file).read_text(), (file, name)


def test_who_entered_a_bill_does_not_pay_it(world, people):
    anna, ben = people
    bill = post(world.house, billed(world, actor=anna.actor))
    on(world, "bill_payment", "19.99")
    before = written()

    assert (
        "Who entered a bill does not pay it."
        in said(anna.page.post(reverse("pay_bills"), {"bill": bill.pk, "run": "a"}))[0]
    )
    assert own(anna.api.post("bills/pay/", {"bills": [{"bill": bill.pk}]}))

    assert written() == before
    assert ben.api.post("bills/pay/", {"bills": [{"bill": bill.pk}]}).status_code == 201
    on(world, "bill_payment", "20")


def test_up_to_the_free_value_and_for_a_credit_note_nobody_is_asked(world, people):
    anna, _ben = people
    bill = post(world.house, billed(world, actor=anna.actor))
    on(world, "bill_payment", "20")

    assert anna.api.post("bills/pay/", {"bills": [{"bill": bill.pk}]}).status_code == 201


def test_who_entered_a_supplier_does_not_pay_them(world, people):
    anna, ben = people
    bill = post(world.house, billed(world))
    change = audit.Change(
        "accounting.party", bill.party_id, "created", company_id=world.house.id
    )  # as form and import do
    audit.record([change], actor=anna.actor)
    on(world, "new_supplier")
    before = written()

    refused = said(anna.page.post(reverse("pay_bills"), {"bill": bill.pk, "run": "a"}))[0]
    assert "Who entered a supplier does not pay them." in refused
    assert own(anna.api.post("bills/pay/", {"bills": [{"bill": bill.pk}]}))

    assert written() == before
    ben.page.post(reverse("pay_bills"), {"bill": bill.pk, "run": "b"})
    assert Payment.objects.count() == 1


def test_who_wrote_a_credit_does_not_pay_it_out(world, people):
    anna, ben = people
    party = make_party(world.house.company, "M1")
    bank = Account.objects.get(company=world.house.company, accountmapping__role="bank")
    entered = anna.api.post("settlements/payment/", {
        "party": "M1", "direction": "in", "amount": "7", "currency": "GBP", "account": bank.code,
    })  # fmt: skip
    credit = entered.json()["item"]
    on(world, "credit_payout")
    before = written()

    typed = {
        "item": [credit],
        "do": "refund",
        "account": bank.pk,
        "reason": "Asked",
        "key": "q",
        f"amount-{credit}": "5",
    }
    refused = said(anna.page.post(reverse("settle_account", args=[party.pk]), typed))[0]
    assert "Who wrote a customer's credit does not pay it out." in refused
    given = {"item": credit, "account": bank.code, "reason": "Twice"}
    assert own(anna.api.post("settlements/refund/", given))

    assert written() == before and OpenItem.objects.get(pk=credit).open_amount == 7
    assert ben.api.post("settlements/refund/", given).status_code == 201


def test_who_ordered_goods_does_not_receive_them(world, people):
    anna, ben = people
    order = make_purchase(world.house, world.cup, "10", actor=anna.actor)
    line = order.lines.get()
    on(world, "goods_receipt")
    before = written()

    dock = reverse("admin:warehouse_receive", args=[order.pk])
    typed = {f"line-{line.pk}": "8", "location": world.house.bin, "reference": "DN-1"}
    assert "Who ordered goods does not receive them." in said(anna.page.post(dock, typed))[0]
    given = {"lines": [{"line": line.pk, "quantity": "8", "location": "A1"}], "reference": "DN-1"}
    assert own(anna.api.post(f"purchase-orders/{order.pk}/receive/", given))

    assert written() == before
    assert ben.api.post(f"purchase-orders/{order.pk}/receive/", given).json()["state"] == "received"
    assert run_checks().ok


def test_who_received_goods_does_not_post_their_bill(world, people):
    anna, ben = people
    order = make_purchase(world.house, world.cup, "10")
    given = {"lines": [{"line": order.lines.get().pk, "quantity": "8", "location": "A1"}], "reference": "DN-1"}
    anna.api.post(f"purchase-orders/{order.pk}/receive/", given)
    bill = make_bill(world.house, order.supplier_id, order_line(order, "8", "2.50"))
    match_bill(bill.pk, company_id=world.house.id, actor=ACTOR)
    on(world, "received_bill")
    before = written()

    refused = said(anna.page.post(reverse("admin:accounting_bill_step", args=[bill.pk, "post"]), {}))[0]
    assert "Who received goods does not post the bill for them." in refused
    assert own(anna.api.post(f"bills/{bill.pk}/post/", {}))

    assert written() == before
    assert ben.api.post(f"bills/{bill.pk}/post/", {}).json()["status"] == "posted"
    assert run_checks().ok


def test_who_took_goods_back_does_not_refund_them(world, people):
    anna, ben = people
    shop, order, line = sold(world)
    total = str(Order.objects.get(pk=order.pk).total)
    ben.api.post(f"orders/{order.pk}/payments/", {"method": "online", "amount": total, "external_id": "psp-1"})
    made = shop.post(f"orders/{order.pk}/returns/", return_body(line)).json()
    if made["status"] == "requested":
        anna.page.post(reverse("admin:orders_returnorder_step", args=[made["id"], "approve"]))
    found = ReturnOrder.objects.get()
    receive_returns(
        [ReturnReceipt(found.pk, [ReturnedLine(found.lines.get().pk, D(1), "restock", grade="A")])],
        company_id=world.house.id, effective_at=timezone.now(), actor=anna.actor,
    )  # fmt: skip
    on(world, "return_refund")
    payment = OrderPayment.objects.get()

    page = reverse("admin:orders_payment_refund", args=[order.pk, payment.pk])
    refused = said(anna.page.post(page, {"amount": "5", "reason": "Late", "key": "a"}))[0]
    assert "Who took goods back does not refund them." in refused
    give = f"orders/{order.pk}/payments/{payment.pk}/refund/"
    assert own(anna.api.post(give, {"amount": "5.00", "reason": "Late"}))

    payment.refresh_from_db()
    assert payment.refunded == 0
    assert ben.api.post(give, {"amount": "5.00", "reason": "Late"}).status_code == 200


def test_nobody_gives_themselves_rights_or_a_limit(world, people):
    anna, _ben = people
    user = User.objects.get(username="anna")
    clerk = User.objects.create_user("clerk", is_staff=True)
    form = {"username": "anna", "language": "", "time_zone": "", "is_active": "on"}  # without staff and superuser
    anna.page.post(reverse("admin:core_user_change", args=[user.pk]), form)
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (True, True)
    with pytest.raises(InvalidInput):
        set_limit(company_id=world.house.id, action="refund", amount=None, actor=anna.actor, user_id=user.pk)

    set_limit(company_id=world.house.id, action="refund", amount=None, actor=anna.actor, user_id=clerk.pk)
