"""Accounts settled by hand: many to many, part and over, discounts, write-offs with a second person, refunds."""

import datetime
from decimal import Decimal as D

import pytest
from django.urls import reverse

from accounting.errors import ItemOverused, SettlementRefused
from accounting.models import Account, ItemUse, JournalEntry, OpenItem, Payment, WriteOff
from accounting.selectors import balances
from accounting.services import PaymentRequest, issue_invoices, record_payments, settlements
from accounting.services.settlements import Chosen, Remainder
from backoffice.core.actor import Actor
from backoffice.core.approving import ApprovalRefused
from backoffice.core.models import ApprovalThreshold
from backoffice.core.proof import run_checks
from tests.api.conftest import World
from tests.factories.books import ACTOR, NOON, make_company, make_invoice, make_invoice_line, make_party
from tests.factories.refusals import refused, refused_as
from tests.factories.staff import make_staff, said, sign_in

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 3, 20)
CHECKS = ["entries_balance", "subledgers_equal_control_accounts", "invoices_add_up"]


def bill_to(party, *amounts):
    """The open item of an invoice for each amount."""
    company = party.company_id
    start = OpenItem.objects.count()
    wanted = [
        make_invoice(party, make_invoice_line(amount), key=f"inv:{start}:{n}") for n, amount in enumerate(amounts)
    ]
    return [done.open_item_id for done in issue_invoices(wanted, company_id=company, actor=ACTOR)]


def paid_by(party, *amounts, direction="in", control="receivable"):
    start = OpenItem.objects.count()
    wanted = [
        PaymentRequest(party.pk, direction, D(amount), party.currency_id, NOON, f"p:{start}:{n}", control=control)
        for n, amount in enumerate(amounts)
    ]
    return [done.open_item_id for done in record_payments(wanted, company_id=party.company_id, actor=ACTOR)]


def opened(*ids):
    found = dict(OpenItem.objects.filter(pk__in=ids).values_list("pk", "open_amount"))
    return [found[pk] for pk in ids]


def settle(party, *ids, key="k", **more):
    chosen = [pk if isinstance(pk, Chosen) else Chosen(pk) for pk in ids]
    return settlements.settle_account(
        chosen, company_id=party.company_id, date=DAY, key=key, actor=more.pop("actor", ACTOR), **more
    )


def facts():
    return JournalEntry.objects.count(), ItemUse.objects.count(), WriteOff.objects.count(), Payment.objects.count()


@pytest.fixture
def party():
    return make_party(make_company())


def test_one_payment_pays_many_and_many_pay_one(party):
    first, second, third = bill_to(party, "100", "60", "40")
    [one] = paid_by(party, "150")
    done = settle(party, first, second, one)
    assert (done.settled, done.left, opened(first, second, one)) == (D(150), D(10), [0, D(10), 0])
    assert settle(party, first, second, one).state == "already"

    small = paid_by(party, "15", "25", "30")
    done = settle(party, second, third, *small, key="k2")
    assert (done.settled, done.left) == (D(50), D(20))
    assert opened(second, third, *small) == [0, 0, 0, 0, D(20)]  # over: it stays as credit on the account
    assert run_checks(names=CHECKS).ok


def test_what_makes_no_sense_is_refused_and_nothing_is_written(party):
    invoice, other = bill_to(party, "100", "50")
    [credit] = paid_by(party, "30")
    stranger = make_party(party.company, "C2")
    [theirs] = paid_by(stranger, "30")
    before = facts()
    for code, ids in (
        ("nothing_chosen", ()),
        ("one_side", (invoice, other)),
        ("mixed", (invoice, theirs)),
        ("chosen_twice", (invoice, invoice)),
        ("too_much", (invoice, Chosen(credit, D("30.01")))),
        ("too_much", (invoice, Chosen(credit, D(0)))),
    ):
        with refused_as(SettlementRefused, code):
            settle(party, *ids)
    with refused_as(SettlementRefused, "no_reason"):
        settle(party, invoice, credit, remainder=Remainder("difference", " "))
    with refused_as(SettlementRefused, "no_credit"):
        settlements.refund_credit(
            Chosen(invoice), company_id=party.company_id, account_id=0, date=DAY, key="r", actor=ACTOR, reason="x"
        )
    assert facts() == before


def test_statements_do_not_grow_with_the_items(party, django_assert_max_num_queries):
    items = [*bill_to(party, *["10"] * 40), *paid_by(party, *["20"] * 20)]
    with django_assert_max_num_queries(12):
        done = settle(party, *items)
    assert (done.settled, done.left) == (D(400), 0)


def test_a_small_difference_is_written_off_with_its_reason(party):
    [invoice] = bill_to(party, "100")
    [credit] = paid_by(party, "99.40")
    done = settle(party, invoice, credit, remainder=Remainder("difference", "Bank charges of theirs"))
    assert (done.write_off.status, done.write_off.amount, opened(invoice)) == ("posted", D("0.60"), [0])
    rounding = Account.objects.get(company=party.company, accountmapping__role="rounding")
    assert balances(company_id=party.company_id, as_of=DAY)[rounding.pk] == D("0.60")
    assert JournalEntry.objects.get(pk=done.write_off.entry_id).memo == "Bank charges of theirs"
    assert run_checks(names=CHECKS).ok


def test_a_large_one_waits_for_somebody_else_within_their_limit(party):
    company = party.company_id
    [invoice] = bill_to(party, "500")
    author, boss = (Actor.of(make_staff(role)) for role in ("accountant", "owner"))
    made = settlements.write_off_items(
        [Chosen(invoice, D(200))], company_id=company, date=DAY, kind="bad_debt", reason="Insolvent", actor=author
    )
    assert (made.status, opened(invoice)) == ("waiting", [D(500)])
    before = facts()
    with refused_as(ApprovalRefused, "own_document"):
        settlements.approve_write_off(made.pk, company_id=company, actor=author)
    assert facts() == before
    settlements.approve_write_off(made.pk, company_id=company, actor=boss)
    made.refresh_from_db()
    assert (made.status, made.decided_label, opened(invoice)) == ("posted", "owner", [D(300)])

    ApprovalThreshold.objects.create(company_id=company, action="item_write_off", amount=D(1000))
    free = settlements.write_off_items(
        [Chosen(invoice, D(100))], company_id=company, date=DAY, kind="bad_debt", reason="Agreed", actor=author
    )
    assert free.status == "posted"
    ApprovalThreshold.objects.update(amount=D(1))
    late = settlements.write_off_items(
        [Chosen(invoice)], company_id=company, date=DAY, kind="bad_debt", reason="Rest", actor=author
    )
    settle(party, invoice, *paid_by(party, "150"))
    with refused(ItemOverused):  # paid meanwhile: what is given up is no longer owed
        settlements.approve_write_off(late.pk, company_id=company, actor=boss)
    settlements.refuse_write_off(late.pk, company_id=company, actor=boss, reason="Paid")
    assert WriteOff.objects.get(pk=late.pk).status == "refused"
    assert run_checks(names=CHECKS).ok


def test_a_settlement_is_taken_back_and_credit_refunded(party):
    [invoice] = bill_to(party, "100")
    [credit] = paid_by(party, "130")
    done = settle(party, invoice, credit)
    back = {"company_id": party.company_id, "date": DAY, "actor": ACTOR}
    with refused_as(SettlementRefused, "no_reason"):
        settlements.take_settlements_back(done.use_ids, reason="", **back)
    settlements.take_settlements_back(done.use_ids, reason="Wrong invoice", **back)
    assert opened(invoice, credit) == [D(100), D(130)]
    assert [one.state for one in settlements.take_settlements_back(done.use_ids, reason="Again", **back)] == ["already"]

    settle(party, invoice, credit, key="k2")
    bank = Account.objects.get(company=party.company, accountmapping__role="bank")
    control = Account.objects.get(company=party.company, accountmapping__role="receivable")
    give = {"key": "r1", "reason": "Overpaid", **back}
    with refused_as(SettlementRefused, "bad_account"):
        settlements.refund_credit(Chosen(credit), account_id=control.pk, **give)
    settlements.refund_credit(Chosen(credit), account_id=bank.pk, **give)
    paid = Payment.objects.latest("pk")
    assert (paid.direction, paid.amount, opened(credit, paid.open_item_id)) == ("out", D(30), [0, 0])
    assert run_checks(names=CHECKS).ok


def test_a_suppliers_account_is_settled_alike():
    company = make_company()
    supplier = make_party(company, "S1")
    [ours] = paid_by(supplier, "80", direction="out", control="payable")
    [theirs] = paid_by(supplier, "50", direction="in", control="payable")
    done = settle(supplier, ours, theirs)
    assert (done.settled, opened(ours, theirs)) == (D(50), [D(30), 0])
    bank = Account.objects.get(company=company, accountmapping__role="bank")
    settlements.refund_credit(
        Chosen(ours), company_id=company.pk, account_id=bank.pk, date=DAY, key="s", actor=ACTOR, reason="Sent back"
    )
    paid = Payment.objects.latest("pk")
    assert (paid.direction, opened(ours)) == ("in", [0])
    assert run_checks(names=CHECKS).ok


def test_what_is_left_is_taken_off_by_the_terms(party):
    party.discount_percent, party.discount_days = D(2), 10
    party.save()
    [invoice] = bill_to(party, "100")
    [credit] = paid_by(party, "98")
    done = settle(party, invoice, credit, discount=True)
    assert (len(done.credit_notes), done.left, opened(invoice)) == (1, 0, [0])


def test_the_page_settles_writes_off_and_takes_back():
    world = World()
    party = make_party(world.house.company, "M1")
    invoice, second = bill_to(party, "100", "50")
    [credit] = paid_by(party, "120")
    accountant, auditor = sign_in("accountant"), sign_in("auditor")
    desk = reverse("matching_desk")
    assert "Customer M1" in accountant.get(desk).content.decode()
    page = accountant.get(desk, {"party": "M1"}).content.decode()
    assert f'name="amount-{invoice}"' in page and "120.00" in page
    assert accountant.get(desk, {"party": "nobody"}).status_code == 404

    act = reverse("settle_account", args=[party.pk])
    given = {
        "item": [invoice, second, credit],
        f"amount-{invoice}": "80,00",
        "date": "2026-03-20",
        "key": "a",
        "do": "settle",
    }
    before = facts()
    assert auditor.post(act, given).status_code == 403
    assert said(accountant.post(act, given | {f"amount-{invoice}": "1e9"}))[0].startswith("Of ")
    assert said(accountant.post(act, given | {f"amount-{invoice}": "-1"})) == ["“-1” is not an amount above zero."]
    assert said(accountant.post(act, given | {"date": "2026-02-30"})) == ["“2026-02-30” is not a date."]
    assert facts() == before
    assert said(accountant.post(act, given)) == ["120 settled."]
    assert said(accountant.post(act, {"item": [second], "do": "write_off", "reason": "Gone"}))[0].endswith("approval.")
    made = WriteOff.objects.get()
    approve = reverse("admin:accounting_writeoff_approve", args=[made.pk])
    assert auditor.post(approve).status_code == 403
    assert "cannot approve" in said(accountant.post(approve))[0]
    assert said(sign_in("owner").post(approve)) == [f"{made.number} is posted."]
    assert "Gone" in accountant.get(reverse("admin:accounting_writeoff_change", args=[made.pk])).content.decode()

    use = ItemUse.objects.filter(credit_item=credit).first()
    back = reverse("take_settlements_back", args=[party.pk])
    assert said(accountant.post(back, {"use": [use.pk], "reason": "Wrong"})) == ["1 taken back."]
    bank = Account.objects.get(company=party.company, accountmapping__role="bank")
    enter = reverse("enter_payment", args=[party.pk])
    typed = {
        "amount": "12.50",
        "currency": "GBP",
        "account": bank.pk,
        "direction": "in",
        "key": "z",
        "date": "2026-03-21",
    }
    assert "waits to be settled" in said(accountant.post(enter, typed))[0]
    assert "above zero" in said(accountant.post(enter, typed | {"amount": "0", "key": "y"}))[0]
    refund = {
        "item": [credit],
        "do": "refund",
        "account": bank.pk,
        "reason": "Asked",
        "key": "q",
        f"amount-{credit}": "5",
    }
    assert said(accountant.post(act, refund))[0].startswith("Refunded")
    assert run_checks().ok


def test_the_same_over_http():
    world = World()
    company = world.house.company
    party = make_party(company, "M1")
    invoice, second = bill_to(party, "100", "3")
    [credit] = paid_by(party, "120")
    scopes = ("accounting:read", "payments:write", "payments:refund", "journals:approve")
    desk = world.caller(*scopes, bound=False, company_id=company.pk)
    rows = desk.get("open-items/", party="M1").json()["results"]
    assert {row["id"] for row in rows} == {invoice, second, credit}
    wrong = desk.post("settlements/", {"items": [{"item": invoice}]})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "one_side")
    assert desk.post("settlements/", {"items": [{"item": invoice, "amount": "x"}]}).status_code == 400
    done = desk.post("settlements/", {"items": [{"item": invoice}, {"item": credit}]})
    assert (done.status_code, done.json()["settled"], done.json()["left"]) == (201, "100.000000", "20.000000")
    [use] = done.json()["settlements"]
    assert [row["id"] for row in desk.get("settlements/", party="M1").json()["results"]] == [use]
    back = desk.post(f"settlements/{use}/take-back/", {"reason": "Wrong"})
    assert (back.status_code, back.json()["amount"]) == (200, "-100.000000"), back.content
    off = desk.post("write-offs/", {"items": [{"item": second}], "kind": "difference", "reason": "Small"}).json()
    assert (off["status"], off["amount"]) == ("posted", "3.000000")
    bank = Account.objects.get(company=company, accountmapping__role="bank").code
    entered = desk.post("settlements/payment/", {
        "party": "M1", "direction": "in", "amount": "7", "currency": "GBP", "account": bank,
    })  # fmt: skip
    assert entered.status_code == 201, entered.content
    given = {"item": entered.json()["item"], "account": bank, "reason": "Twice"}
    assert desk.post("settlements/refund/", given | {"account": "nope"}).status_code == 400
    assert desk.post("settlements/refund/", given).status_code == 201
    assert desk.post("settlements/refund/", given).json()["code"] == "too_much"
    reader = world.caller("accounting:read", bound=False, company_id=company.pk)
    assert reader.post("settlements/", {"items": []}).status_code == 403
    assert run_checks().ok
