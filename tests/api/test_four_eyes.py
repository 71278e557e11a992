"""The four pairs over HTTP: a key acts for its person, so one person's two keys are refused as one; a second one passes."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounting.models import ManualJournal, PartyBankAccount, Payment
from backoffice.core.api.auth import make_api_key
from backoffice.core.approval_limits import set_threshold, switch_on_from_start
from backoffice.core.models import AuditEvent, User
from orders.models import OrderPayment
from tests.api.conftest import Caller, order_body
from tests.api.test_manual_journals import body as journal_body
from tests.factories.bills import make_bill, order_line, post, written
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, make_purchase
from tests.factories.counting import count_facts
from tests.factories.journals import journal_facts

SCOPES = (
    "orders:write", "orders:read", "payments:read", "payments:write", "payments:refund", "bills:read", "bills:pay",
    "suppliers:bank", "stocktakes:read", "stocktakes:write", "stocktakes:count", "stocktakes:review",
    "accounting:read", "journals:write", "journals:approve",
)  # fmt: skip
ACCOUNT = {"party": "SUP", "holder": "Supplier", "iban": "DE89 3704 0044 0532 0130 00", "reason": "Called back"}


@pytest.fixture
def people(world):
    """(anna, ben): each a program that acts for a person."""
    switch_on_from_start(company_id=world.house.id, actor=ACTOR)

    return tuple(caller(User.objects.create_superuser(name), company_id=world.house.id) for name in ("anna", "ben"))


def caller(user, **bound):
    _key, secret = make_api_key(name=user.username, user=user, scopes=SCOPES, **bound)
    return Caller(secret)


def own(response):
    return (response.status_code, response.json()["code"]) == (409, "own_document")


def test_who_changed_the_bank_account_of_a_supplier_does_not_pay_them(world, people):
    anna, ben = people
    bought = make_purchase(world.house, world.cup, "10")
    deliver(world.house, bought, "8")
    bill = post(world.house, make_bill(world.house, bought.supplier_id, order_line(bought, "8", "2.50")))

    made = anna.post("party-bank-accounts/", ACCOUNT, key="k")
    assert (made.status_code, made.json()["iban"], made.json()["holds"]) == (201, "DE89370400440532013000", True)
    assert anna.post("party-bank-accounts/", ACCOUNT, key="k").content == made.content
    before = written()
    assert own(anna.post("bills/pay/", {"bills": [{"bill": bill.pk}]}))

    assert written() == before
    assert ben.post("bills/pay/", {"bills": [{"bill": bill.pk}]}).status_code in (200, 201)
    assert Payment.objects.count() == 1
    [listed] = anna.get("party-bank-accounts/").json()["results"]
    assert (listed["party"], listed["actor_label"], listed["reason"]) == ("SUP", "anna (anna)", "Called back")


def test_a_changed_account_is_paid_a_day_later(world, people, monkeypatch):
    anna, ben = people
    bought = make_purchase(world.house, world.cup, "10")
    deliver(world.house, bought, "8")
    bill = post(world.house, make_bill(world.house, bought.supplier_id, order_line(bought, "8", "2.50")))
    anna.post("party-bank-accounts/", ACCOUNT)
    anna.post("party-bank-accounts/", ACCOUNT | {"iban": "GB82 WEST 1234 5698 7654 32"})
    before = written()

    waits = ben.post("bills/pay/", {"bills": [{"bill": bill.pk}]})

    assert (waits.status_code, waits.json()["code"]) == (409, "account_changed")
    assert datetime.fromisoformat(waits.json()["context"]["until"]) > timezone.now() + timedelta(hours=23)
    assert written() == before
    monkeypatch.setattr("accounting.services.payees.database_now", lambda: timezone.now() + timedelta(hours=25))
    assert ben.post("bills/pay/", {"bills": [{"bill": bill.pk}]}).status_code in (200, 201)


def test_two_payments_below_the_free_value_are_one_above_it(world, people):
    anna, ben = people
    set_threshold(company_id=world.house.id, action="supplier_payment", amount=Decimal(30), actor=ACTOR)
    bills = []
    for number, quantity in (("B-1", "8"), ("B-2", "6")):
        bought = make_purchase(world.house, world.cup, "10")
        deliver(world.house, bought, quantity)
        made = make_bill(world.house, bought.supplier_id, order_line(bought, quantity, "2.50"), number=number)
        bills.append(post(world.house, made))
    anna.post("party-bank-accounts/", ACCOUNT, key="k")
    assert anna.post("bills/pay/", {"bills": [{"bill": bills[0].pk}]}).status_code in (200, 201)
    before = written()

    refused = anna.post("bills/pay/", {"bills": [{"bill": bills[1].pk}]})

    assert own(refused) and Decimal(refused.json()["context"]["amount"]) == 35
    assert written() == before
    assert ben.post("bills/pay/", {"bills": [{"bill": bills[1].pk}]}).status_code in (200, 201)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"iban": "DE89370400440532013001"}, "iban"),
        ({"iban": ""}, "iban"),
        ({"number": "12"}, "number"),
        ({"bic": "XX"}, "bic"),
        ({"party": "NOBODY"}, "party"),
        ({"reason": ""}, "reason"),
        ({"company": "other"}, "company"),
    ],
)
def test_wrong_accounts_name_their_field_and_write_nothing(world, people, changes, field):
    make_purchase(world.house, world.cup, "1")
    before = AuditEvent.objects.count()

    response = people[0].post("party-bank-accounts/", ACCOUNT | changes)

    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, field), response.content
    assert (PartyBankAccount.objects.count(), AuditEvent.objects.count()) == (0, before)


def test_another_scope_reads_and_writes_no_account(world):
    buyer = world.caller("suppliers:read", bound=False, company_id=world.house.id)

    assert buyer.get("party-bank-accounts/").status_code == 403
    assert buyer.post("party-bank-accounts/", ACCOUNT).status_code == 403


def test_who_placed_an_order_does_not_refund_it(world, people):
    anna, ben = people
    shop = caller(User.objects.get(username="anna"), channel_id=world.channel.pk)
    order = shop.post("orders/", order_body()).json()["id"]
    path = f"orders/{order}/payments/"
    paid = anna.post(path, {"method": "online", "amount": "12.00", "external_id": "psp-1"}).json()
    give = f"{path}{paid['payments'][0]['id']}/refund/"

    assert own(anna.post(give, {"amount": "5.00", "reason": "Late"}))

    assert OrderPayment.objects.get().refunded == 0
    assert ben.post(give, {"amount": "5.00", "reason": "Late"}).status_code == 200
    assert OrderPayment.objects.get().refunded == 5


def test_who_counted_does_not_approve_the_differences(world, people):
    anna, ben = people
    plan = {"warehouse": "LON", "bins": ["A1"], "one_person": True}
    made = anna.post("stocktakes/", plan).json()
    path = f"stocktakes/{made['id']}"
    seen = [{"location": "A1", "sku": "MUG", "quantity": "7"}, {"location": "A1", "sku": "CUP", "quantity": "2"}]
    for _round in range(2):
        told = anna.post(f"{path}/counts/", {"lines": seen, "finish": True}).json()
        if told["status"] == "review":
            break
    before = count_facts()
    version = anna.get(f"{path}/").json()["version"]

    assert own(anna.post(f"{path}/approve/", {"version": version}))

    assert count_facts() == before
    assert ben.post(f"{path}/approve/", {"version": version}).json()["status"] == "posted"


def test_who_wrote_a_journal_does_not_post_it(world, people):
    anna, ben = people
    where = f"manual-journals/{anna.post('manual-journals/', journal_body()).json()['id']}/"
    anna.post(f"{where}submit/", {})
    before = journal_facts()

    assert own(anna.post(f"{where}approve/", {}))

    assert journal_facts() == before
    assert ben.post(f"{where}approve/", {}).json()["status"] == "posted"
    assert ManualJournal.objects.get().entry_id is not None


def test_the_pairs_are_read_and_set_over_http(world):
    switch_on_from_start(company_id=world.house.id, actor=ACTOR)
    owner = world.caller("approvals:read", "approvals:write", bound=False, company_id=world.house.id)
    rows = {row["action"]: row for row in owner.get("approval-limits/").json()}
    assert rows["refund"]["free_up_to"] == "0.000000" and rows["purchase_order"]["free_up_to"] is None
    assert rows["refund"]["rule"] == "Who placed the order does not refund it."

    set_to = {"action": "refund", "free_up_to": "30", "reason": "Small amounts"}
    assert owner.post("approval-limits/threshold/", set_to).json()["free_up_to"] == "30.000000"
    assert AuditEvent.objects.filter(reason="refund: Small amounts", recorded_at__lte=timezone.now()).exists()
