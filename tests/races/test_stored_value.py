"""One gift card at many counters at once, and one sale sent many times: spent once, sold once, no error but the refusal."""

import time
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from accounting.errors import StoredValueShort
from accounting.models import StoredValue
from accounting.services import IssueRequest, Paid, SpendRequest, issue_stored_value, spend_stored_value
from accounting.services.stored_value import locking, spending
from backoffice.core.proof import run_checks
from tests.factories.books import ACTOR, NOON, make_company, make_party
from tests.factories.goods import level
from tests.factories.tills import Counter
from tests.races.test_last_unit import deadlocks, together
from warehouse.models import TillReceipt
from warehouse.services import sell

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
THREADS = 8


def card_and_party():
    company = make_company()
    request = IssueRequest("gift_card", "GBP", [Paid(D(25), "cash")], NOON, "card")
    with transaction.atomic():
        (issued,) = issue_stored_value([request], company_id=company.pk, actor=ACTOR)
    return company, issued.stored_value_id, make_party(company)


def spend_at_once(company, value_id, party):
    def spend(number: int) -> str:
        request = SpendRequest(value_id, D(10), NOON, f"use:{number}", party_id=party.pk)
        try:
            spend_stored_value([request], company_id=company.pk, actor=ACTOR)
        except StoredValueShort:
            return "short"
        except IntegrityError:
            return "error"
        return "spent"

    return sorted(together(spend, THREADS))


def test_eight_buyers_with_one_card_spend_what_is_on_it():
    before = deadlocks()
    company, value_id, party = card_and_party()

    assert spend_at_once(company, value_id, party) == ["short"] * 6 + ["spent"] * 2

    assert StoredValue.objects.get(pk=value_id).open_amount == 5
    assert deadlocks() == before
    assert run_checks().ok


def test_negative_control_without_the_lock_the_losers_meet_the_databases_error(monkeypatch):
    """What is left was looked at before it was changed: only the CHECK keeps the card from being overspent."""

    def look(ids, *, company_id):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, company_id, kind, account_id, party_id, currency, amount, base_amount, used, base_used,"
                " expires_on FROM accounting_storedvalue WHERE id = ANY(%s)",
                [list(ids)],
            )
            found = {row[0]: locking.Held(*row) for row in cursor.fetchall()}
        time.sleep(0.3)  # everybody has looked before anybody writes
        return found

    company, value_id, party = card_and_party()
    monkeypatch.setattr(spending, "lock_values", look)

    assert spend_at_once(company, value_id, party) == ["error"] * 6 + ["spent"] * 2
    assert StoredValue.objects.get(pk=value_id).open_amount == 5


def test_a_sale_sent_eight_times_at_once_is_sold_once():
    counter = Counter()
    request = counter.request(("2", "10"), client_id=uuid4())

    done = together(lambda _n: sell(request, company_id=counter.house.id, actor=counter.actor), THREADS)

    assert sorted(result.state for result in done) == ["already"] * 7 + ["done"]
    assert len({result.receipt_id for result in done}) == 1
    assert TillReceipt.objects.count() == 1
    assert level(counter.house, counter.mug)[0] == 18
    assert run_checks().ok
