"""The four pairs at the pages: one person tries both steps and is refused, a second one passes; the owner switches them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounting.models import ManualJournal, PartyBankAccount, Payment
from backoffice.core.actor import Actor
from backoffice.core.approval_limits import set_threshold, switch_on_from_start
from backoffice.core.models import ApprovalThreshold, AuditEvent, User
from backoffice.core.proof import run_checks
from orders.models import OrderPayment
from orders.services import PaymentInput, place_orders, take_payments
from tests.factories.bills import make_bill, order_line, post, written
from tests.factories.books import ACTOR, make_company
from tests.factories.buying import deliver, make_purchase
from tests.factories.counting import CountHouse, count_facts, lies, status
from tests.factories.journals import journal_facts
from tests.factories.sales import line, order
from tests.factories.staff import said, sign_in
from tests.pages.test_manual_journals import form as journal_form

D = Decimal
IBAN = "DE89370400440532013000"
ACCOUNTS = "admin:accounting_partybankaccount"


def actor_of(role):
    return Actor.of(User.objects.get(username=role))


@pytest.fixture
def on(world):
    switch_on_from_start(company_id=world.house.id, actor=ACTOR)
    return world


def bill_to_pay(world, number="B-1", quantity="8"):
    bought = make_purchase(world.house, world.cup, "10")
    deliver(world.house, bought, quantity)
    return post(
        world.house, make_bill(world.house, bought.supplier_id, order_line(bought, quantity, "2.50"), number=number)
    )


def test_who_changed_the_bank_account_of_a_supplier_does_not_pay_them(on):
    accountant, owner, bill = sign_in("accountant"), sign_in("owner"), bill_to_pay(on)
    given = {"party": bill.party_id, "holder": "Supplier", "iban": IBAN, "bic": "COBADEFFXXX", "reason": "Called back"}
    wrong = accountant.post(
        reverse(f"{ACCOUNTS}_add"), given | {"iban": IBAN[:-1] + "1", "reason": ""}
    ).content.decode()
    assert "check digits do not agree" in wrong and "Say how you know" in wrong
    assert not PartyBankAccount.objects.exists()

    accountant.post(reverse(f"{ACCOUNTS}_add"), given)
    before = written()
    mine = said(accountant.post(reverse("pay_bills"), {"bill": bill.pk, "run": "a"}))[0]

    assert "Who changed the supplier's bank account does not pay them." in mine and "anybody else" in mine
    assert written() == before
    listed = accountant.get(reverse(f"{ACCOUNTS}_changelist")).content.decode()
    assert "DE89 3704 0044 0532 0130 00" in listed and "accountant" in listed
    assert "DE89 3704" in accountant.get(reverse("payables")).content.decode()
    row = PartyBankAccount.objects.get()
    assert accountant.post(reverse(f"{ACCOUNTS}_change", args=[row.pk]), given | {"holder": "Me"}).status_code == 403
    owner.post(reverse("pay_bills"), {"bill": bill.pk, "run": "b"})
    assert Payment.objects.filter(direction="out").count() == 1
    assert run_checks().ok


def test_a_changed_account_is_paid_a_day_later(on, monkeypatch):
    accountant, owner, bill = sign_in("accountant"), sign_in("owner"), bill_to_pay(on)
    given = {"party": bill.party_id, "holder": "Supplier", "iban": IBAN, "reason": "Called back"}
    accountant.post(reverse(f"{ACCOUNTS}_add"), given)
    accountant.post(reverse(f"{ACCOUNTS}_add"), given | {"iban": "GB82WEST12345698765432"})
    before = written()

    waits = said(owner.post(reverse("pay_bills"), {"bill": bill.pk, "run": "a"}))[0]

    assert "was changed on" in waits and "by accountant" in waits and "…5432" in waits
    assert written() == before
    monkeypatch.setattr("accounting.services.payees.database_now", lambda: timezone.now() + timedelta(hours=25))
    owner.post(reverse("pay_bills"), {"bill": bill.pk, "run": "b"})
    assert Payment.objects.filter(direction="out").count() == 1


def test_two_payments_below_the_free_value_are_one_above_it(on):
    accountant, owner = sign_in("accountant"), sign_in("owner")
    first, second = bill_to_pay(on), bill_to_pay(on, "B-2", "6")
    assert first.party_id == second.party_id
    set_threshold(company_id=on.house.id, action="supplier_payment", amount=D(30), actor=ACTOR)
    given = {"party": first.party_id, "holder": "Supplier", "iban": IBAN, "reason": "Called back"}
    accountant.post(reverse(f"{ACCOUNTS}_add"), given)
    accountant.post(reverse("pay_bills"), {"bill": first.pk, "run": "a"})
    assert Payment.objects.get().amount == 20
    before = written()

    mine = said(accountant.post(reverse("pay_bills"), {"bill": second.pk, "run": "b"}))[0]

    assert mine.startswith("Payment to a supplier of 35.00: Who changed the supplier's bank account")
    assert written() == before
    owner.post(reverse("pay_bills"), {"bill": second.pk, "run": "c"})
    assert Payment.objects.count() == 2
    assert run_checks().ok


def test_who_placed_an_order_does_not_refund_it(on):
    desk, accountant = sign_in("order_desk"), sign_in("accountant")
    [placed] = place_orders(
        [order("F-1", line("MUG", "1", "10"))], channel_id=on.channel.pk, actor=actor_of("order_desk")
    )
    paid = PaymentInput(placed.order_id, "card", D(12), "pay-1", timezone.now())
    take_payments([paid], company_id=on.house.id, actor=ACTOR)
    payment, before = OrderPayment.objects.get(), on.written()
    give = reverse("admin:orders_payment_refund", args=[placed.order_id, payment.pk])

    mine = said(desk.post(give, {"amount": "5", "reason": "Late", "key": "a"}))[0]

    assert "Who placed the order does not refund it." in mine
    payment.refresh_from_db()
    assert (payment.refunded, on.written()) == (0, before)
    assert said(accountant.post(give, {"amount": "5", "reason": "Late", "key": "b"})) == ["Refunded."]
    assert run_checks().ok


def test_up_to_the_free_value_one_person_refunds_and_what_was_refunded_before_counts(on):
    desk = sign_in("order_desk")
    set_threshold(company_id=on.house.id, action="refund", amount=D(6), actor=ACTOR)
    [placed] = place_orders(
        [order("F-1", line("MUG", "1", "10"))], channel_id=on.channel.pk, actor=actor_of("order_desk")
    )
    paid = PaymentInput(placed.order_id, "card", D(12), "pay-1", timezone.now())
    take_payments([paid], company_id=on.house.id, actor=ACTOR)
    give = reverse("admin:orders_payment_refund", args=[placed.order_id, OrderPayment.objects.get().pk])

    first = said(desk.post(give, {"amount": "4", "reason": "Late", "key": "a"}))
    second = said(desk.post(give, {"amount": "4", "reason": "Late", "key": "b"}))[0]

    assert first == ["Refunded."]
    assert second.startswith("Refund of an order of 8.00: Who placed the order")
    assert OrderPayment.objects.get().refunded == 4


def test_who_counted_does_not_approve_the_differences(db):
    """Not even where the stocktake itself lets one person do all of it."""
    house, lead, owner = CountHouse(), sign_in("warehouse_lead"), sign_in("owner")
    made = house.planned(one_person=True)
    house.count(made, actor_of("warehouse_lead"), {house.mug: 7})
    if status(made) == "recount":
        house.count(made, actor_of("warehouse_lead"), {house.mug: 7})
    switch_on_from_start(company_id=house.shop.id, actor=ACTOR)
    before = count_facts()
    approve = reverse("admin:warehouse_stocktake_step", args=[made.pk, "approve"])

    mine = said(lead.post(approve, {"version": type(made).objects.get(pk=made.pk).version}))[0]

    assert "Who counted does not approve the differences." in mine
    assert (status(made), count_facts()) == ("review", before)
    owner.post(approve, {"version": type(made).objects.get(pk=made.pk).version})
    assert (status(made), lies(house.mug, house.shop.bin)) == ("posted", 7)


def test_who_wrote_a_journal_does_not_post_it(db):
    company, owner, accountant = make_company(), sign_in("owner"), sign_in("accountant")
    switch_on_from_start(company_id=company.pk, actor=ACTOR)
    accountant.post(reverse("admin:accounting_manualjournal_add"), journal_form(company))
    journal = ManualJournal.objects.get()

    def press(client, name):
        return client.post(reverse("admin:accounting_manualjournal_step", args=[journal.pk, name]), {})

    press(accountant, "submit")
    before = journal_facts()

    assert "Who made it cannot approve it." in said(press(accountant, "approve"))[0]
    assert journal_facts() == before
    press(owner, "approve")
    journal.refresh_from_db()
    assert journal.status == "posted"


def test_the_owner_switches_a_pair_off_and_limits_it_after_proving_who_it_is(on, settings):
    owner = sign_in("owner")
    page = owner.get(reverse("four_eyes")).content.decode()
    for words in ("Payment to a supplier", "Refund of an order", "Stocktake", "Manual journal", "Purchase order"):
        assert words in page
    given = {"company": on.house.company.code, "action": "refund", "amount": "25", "reason": "Small shop", "on": "1"}
    settings.STEP_UP_MINUTES = 15
    session = owner.session
    session.pop("proved_at", None)
    session.save()

    asked = owner.post(reverse("four_eyes_set"), given)

    assert asked.status_code == 403 and "Confirm that it is you" in asked.content.decode()
    assert ApprovalThreshold.objects.get(action="refund").amount == 0
    settings.STEP_UP_MINUTES = 0
    assert said(owner.post(reverse("four_eyes_set"), given)) == ["Refund of an order: four eyes are on."]
    assert ApprovalThreshold.objects.get(action="refund").amount == 25
    owner.post(reverse("four_eyes_set"), given | {"on": "0"})
    assert not ApprovalThreshold.objects.filter(action="refund").exists()
    told = AuditEvent.objects.filter(object_type="core.approvalthreshold", reason="refund: Small shop")
    assert [(event.action, event.actor.username) for event in told.order_by("pk")] == [
        ("changed", "owner"), ("deleted", "owner"),
    ]  # fmt: skip
    assert "Small shop" in owner.get(reverse("four_eyes")).content.decode()


def test_nobody_else_switches_and_nonsense_writes_nothing(on):
    given = {"company": on.house.company.code, "action": "refund", "amount": "25", "reason": "Mine", "on": "0"}
    before = AuditEvent.objects.count()

    assert sign_in("accountant").get(reverse("four_eyes")).status_code == 200
    assert sign_in("accountant").post(reverse("four_eyes_set"), given).status_code == 403
    assert sign_in("picker").get(reverse("four_eyes")).status_code == 403
    owner = sign_in("owner")
    for wrong in ({"action": "nonsense"}, {"amount": "-1", "on": "1"}, {"amount": "x", "on": "1"}, {"reason": ""}):
        owner.post(reverse("four_eyes_set"), given | wrong)
    assert owner.post(reverse("four_eyes_set"), given | {"company": "nobody"}).status_code == 404

    assert (ApprovalThreshold.objects.count(), AuditEvent.objects.count()) == (4, before)
