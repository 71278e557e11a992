"""Where suppliers are paid to: entered with a reason, never edited, and not by who then pays them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounting.models import PartyBankAccount, Payment
from accounting.services import BillPayment, pay_bills, settlements
from accounting.services.payees import PayeeAccount, enter_party_account
from backoffice.core.actor import Actor
from backoffice.core.approval_limits import set_threshold, switch_on_from_start
from backoffice.core.approving import ApprovalRefused, approval_rules
from backoffice.core.errors import InvalidInput
from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from tests.factories.bills import Bought, post, written
from tests.factories.books import ACTOR
from tests.factories.buying import make_supplier
from tests.factories.refusals import refused
from tests.factories.staff import make_staff

D = Decimal
IBAN, OTHER = "DE89 3704 0044 0532 0130 00", "GB82 WEST 1234 5698 7654 32"


@pytest.fixture
def owed(db):
    """A posted bill of 20.00, with the four pairs on."""
    bought = Bought()
    switch_on_from_start(company_id=bought.shop.id, actor=ACTOR)
    bought.owed = post(bought.shop, bought.bill("8"))
    return bought


def enter(owed, actor, iban=IBAN, **values):
    return enter_party_account(
        PayeeAccount(**{"holder": "Clay Works", "iban": iban} | values),
        party_id=owed.owed.party_id, company_id=owed.shop.id, actor=actor, reason="Called back",
    )  # fmt: skip


def pay(owed, actor, key="p1"):
    return pay_bills(
        [BillPayment(owed.owed.pk)], company_id=owed.shop.id, effective_at=timezone.now(), source_key=key, actor=actor
    )


def test_who_changed_the_bank_account_does_not_pay_and_somebody_else_does(owed):
    accountant, owner = Actor.of(make_staff("accountant")), Actor.of(make_staff("owner"))
    row = enter(owed, accountant)
    assert (row.iban, row.actor_id) == ("DE89370400440532013000", accountant.user_id)
    before = written()

    with refused(ApprovalRefused) as told:
        pay(owed, accountant)

    assert told.value.code == "own_document"
    assert "Who changed the supplier's bank account does not pay them." in told.value.detail
    assert written() == before
    pay(owed, owner)
    assert Payment.objects.get().amount == 20
    assert [(one.name, one.row) for one in run_checks().results if one.state != "ok"] == []


def test_a_payment_typed_by_hand_is_refused_too(owed):
    accountant = Actor.of(make_staff("accountant"))
    enter(owed, accountant)
    bank = owed.shop.company.accountmapping_set.get(role="bank").account_id
    given = {
        "company_id": owed.shop.id, "party_id": owed.owed.party_id, "control": "payable", "amount": D(5),
        "currency": owed.owed.currency, "account_id": bank, "date": timezone.localdate(), "key": "k",
    }  # fmt: skip

    with refused(ApprovalRefused):
        settlements.enter_payment(direction="out", actor=accountant, **given)

    assert not Payment.objects.exists()
    settlements.enter_payment(direction="in", actor=accountant, **given)


def give(owed, actor, amount, key, day=None, party_id=None, currency="GBP"):
    return settlements.enter_payment(
        company_id=owed.shop.id, party_id=party_id or owed.owed.party_id, control="payable", direction="out",
        amount=D(amount), currency=currency, actor=actor, key=key, date=day or timezone.localdate(),
        account_id=owed.shop.company.accountmapping_set.get(role="bank").account_id,
    )  # fmt: skip


def test_what_is_paid_in_parts_is_added_up_for_a_day_whatever_day_it_is_dated(owed):
    """Four eyes from 1,000 on are not passed by paying 400 three times."""
    accountant, owner = Actor.of(make_staff("accountant")), Actor.of(make_staff("owner"))
    set_threshold(company_id=owed.shop.id, action="supplier_payment", amount=D(1000), actor=ACTOR)
    enter(owed, accountant)
    today = timezone.localdate()
    give(owed, accountant, "400", "a")
    give(owed, accountant, "400", "b", today - timedelta(days=1))
    give(owed, accountant, "400", "b", today - timedelta(days=1))  # the same again is not another
    before = written()

    for day in (today, today - timedelta(days=1)):
        with refused(ApprovalRefused) as told:
            give(owed, accountant, "200.01", "c", day)
        assert told.value.code == "own_document" and "1,000.01" in told.value.detail

    assert written() == before
    give(owed, accountant, "200", "d")
    give(owed, owner, "5000", "e")
    assert [(one.name, one.row) for one in run_checks().results if one.state != "ok"] == []


def test_suppliers_with_the_same_account_are_one_payee_and_other_days_are_others(owed, monkeypatch):
    accountant = Actor.of(make_staff("accountant"))
    set_threshold(company_id=owed.shop.id, action="supplier_payment", amount=D(1000), actor=ACTOR)
    enter(owed, accountant)
    second = make_supplier(owed.shop, "TWIN")
    enter_party_account(
        PayeeAccount(holder="Other Works", iban=IBAN), party_id=second.pk, company_id=owed.shop.id, actor=accountant, reason="Letter"
    )  # fmt: skip
    give(owed, accountant, "600", "a")
    before = written()

    with refused(ApprovalRefused):
        give(owed, accountant, "600", "b", party_id=second.pk)

    assert written() == before
    monkeypatch.setattr("accounting.services.payees.database_now", lambda: timezone.now() + timedelta(days=2))
    give(owed, accountant, "600", "c", timezone.localdate() - timedelta(days=1), party_id=second.pk)


def later(monkeypatch, hours):
    monkeypatch.setattr("accounting.services.payees.database_now", lambda: timezone.now() + timedelta(hours=hours))


def test_nobody_pays_to_a_changed_account_for_a_day(owed, monkeypatch):
    accountant, owner = Actor.of(make_staff("accountant")), Actor.of(make_staff("owner"))
    enter(owed, owner)
    enter(owed, owner, OTHER)
    before = written()

    with refused(ApprovalRefused) as told:
        pay(owed, accountant)

    assert (told.value.code, told.value.context["amount"]) == ("account_changed", "20.000000")
    assert "…5432" in told.value.detail and "on a number that you knew before" in told.value.detail
    with refused(ApprovalRefused):
        pay(owed, Actor.job("payments"))
    later(monkeypatch, 23)
    with refused(ApprovalRefused):
        pay(owed, accountant)
    assert written() == before
    later(monkeypatch, 25)
    pay(owed, accountant)
    assert Payment.objects.count() == 1


def test_a_small_amount_and_a_company_without_the_pair_pay_to_a_changed_account(owed):
    accountant, owner = Actor.of(make_staff("accountant")), Actor.of(make_staff("owner"))
    enter(owed, owner)
    enter(owed, owner, OTHER)
    set_threshold(company_id=owed.shop.id, action="supplier_payment", amount=D(5), actor=ACTOR)
    give(owed, accountant, "5", "a")
    with refused(ApprovalRefused):
        give(owed, accountant, "1", "b")

    set_threshold(company_id=owed.shop.id, action="supplier_payment", amount=None, actor=ACTOR)
    give(owed, accountant, "1", "c")


def test_the_newest_account_counts_and_jobs_pay(owed, monkeypatch):
    accountant, owner = Actor.of(make_staff("accountant")), Actor.of(make_staff("owner"))
    enter(owed, accountant)
    enter(owed, owner, OTHER)

    assert [row.holds for row in PartyBankAccount.objects.with_holds().order_by("pk")] == [False, True]
    with refused(ApprovalRefused):
        pay(owed, owner)
    later(monkeypatch, 25)
    pay(owed, Actor.job("payments"))
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"iban": "DE89 3704 0044 0532 0130 01"}, ["iban"]),
        ({"iban": "XX12 3704"}, ["iban"]),
        ({"iban": "", "holder": " "}, ["holder", "iban"]),
        ({"iban": IBAN, "number": "77"}, ["number"]),
        ({"iban": "", "number": "77", "bic": "NOBIC"}, ["bic"]),
    ],
)
def test_wrong_accounts_are_refused_by_field_and_nothing_is_written(owed, given, fields):
    before = AuditEvent.objects.count()

    with pytest.raises(InvalidInput) as refused:
        enter(owed, ACTOR, **given)

    assert [error["field"] for error in refused.value.context["errors"]] == fields
    assert (PartyBankAccount.objects.count(), AuditEvent.objects.count()) == (0, before)


def test_the_same_again_is_told_and_no_row_is_ever_changed(owed):
    enter(owed, ACTOR)
    with pytest.raises(InvalidInput, match="nothing was saved"):
        enter(owed, ACTOR, "de89370400440532013000")

    for sql in ("UPDATE accounting_partybankaccount SET iban = 'X'", "DELETE FROM accounting_partybankaccount"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert PartyBankAccount.objects.count() == 1
    event = AuditEvent.objects.get(object_type="accounting.partybankaccount")
    assert (event.new_value, event.reason) == ("…3000", "Called back")


def test_a_company_begins_with_the_four_pairs_on(owed):
    on = {one.action: one.free_up_to for one in approval_rules(company_id=owed.shop.id) if one.free_up_to is not None}

    assert on == dict.fromkeys(("manual_journal", "supplier_payment", "stocktake", "refund"), D(0))
