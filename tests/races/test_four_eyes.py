"""One person at two screens: what the first does and has not committed yet counts for the second."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounting.models import ManualJournal, Payment
from accounting.services import BillPayment, approve_journal, pay_bills, payees, submit_journal
from backoffice.core.actor import Actor
from backoffice.core.approval_limits import switch_on_from_start
from backoffice.core.approving import ApprovalRefused
from backoffice.core.models import User
from tests.factories.bills import Bought, post
from tests.factories.books import ACTOR, make_company
from tests.factories.goods import rows
from tests.factories.journals import make_journal
from tests.races.test_last_unit import deadlocks, together

pytestmark = pytest.mark.django_db(transaction=True)
WAIT_S = 0.5


def change_and_pay_at_once():
    """One person changes a supplier's bank account and, before that is committed, pays them at another screen."""
    bought = Bought()
    switch_on_from_start(company_id=bought.shop.id, actor=ACTOR)
    bill, one = post(bought.shop, bought.bill("8")), Actor.of(User.objects.create_user("one"))
    changed = threading.Event()

    def change():
        try:
            with transaction.atomic():
                payees.enter_party_account(
                    payees.PayeeAccount("Me", "GB82WEST12345698765432"), party_id=bill.party_id,
                    company_id=bought.shop.id, actor=one, reason="New bank",
                )  # fmt: skip
                changed.set()
                threading.Event().wait(WAIT_S)
        finally:
            connection.close()

    def pay():
        try:
            changed.wait(timeout=30)
            how = {"effective_at": timezone.now(), "source_key": "p", "actor": one}
            pay_bills([BillPayment(bill.pk)], company_id=bought.shop.id, **how)
        except ApprovalRefused as refused:
            return refused.code
        finally:
            connection.close()
        return "paid"

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(change), pool.submit(pay)
        first.result()
        return second.result()


def test_a_payment_waits_for_the_change_of_the_account_and_is_refused():
    before = deadlocks()

    assert change_and_pay_at_once() == "own_document"

    assert not Payment.objects.exists()
    assert deadlocks() == before


def test_negative_control_without_the_lock_the_money_goes_to_the_changed_account(monkeypatch):
    monkeypatch.setattr(payees, "_hold", lambda party_ids: None)

    assert change_and_pay_at_once() == "paid"

    assert Payment.objects.count() == rows("SELECT count(*) FROM accounting_partybankaccount")[0][0] == 1


def test_an_author_at_four_screens_posts_nothing_and_of_two_others_one_does():
    company = make_company()
    switch_on_from_start(company_id=company.pk, actor=ACTOR)
    author, other = (Actor.of(User.objects.create_user(name)) for name in ("author", "other"))
    journal = make_journal(company, actor=author)
    submit_journal(journal.pk, company_id=company.pk, actor=author)

    def approve_as(actor):
        def approve(_number):
            try:
                approve_journal(journal.pk, company_id=company.pk, actor=actor)
            except Exception as refused:  # its code is looked at
                return getattr(refused, "code", repr(refused))
            return "posted"

        return approve

    assert together(approve_as(author), 4) == ["own_document"] * 4
    assert ManualJournal.objects.get().status == "submitted"
    assert sorted(together(approve_as(other), 2)) == ["illegal_transition", "posted"]
