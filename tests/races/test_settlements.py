"""One payment that many people match at once: it is used up once, and the others are told what is open."""

import time

import pytest
from django.db import IntegrityError, connection, transaction

from accounting.errors import ItemOverused, SettlementRefused
from accounting.models import OpenItem
from accounting.services import settling
from backoffice.core.proof import run_checks
from tests.accounting.test_settlements import bill_to, paid_by, settle
from tests.factories.books import make_company, make_party
from tests.races.test_last_unit import deadlocks, together

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 6


def match_at_once():
    """Six invoices of 100 and one payment of 200."""
    with transaction.atomic():
        party = make_party(make_company())
        invoices, [credit] = bill_to(party, *["100"] * THREADS), paid_by(party, "200")

    def match(number):
        try:
            settle(party, invoices[number], credit, key=f"k{number}")
        except (ItemOverused, SettlementRefused):
            return "refused"
        except IntegrityError:
            return "error"
        return "settled"

    return sorted(together(match, THREADS)), credit


def test_six_who_match_one_payment_use_it_up_once():
    before = deadlocks()

    done, credit = match_at_once()

    assert "error" not in done and done.count("settled") in (1, 2)  # who read 200 and comes second is refused
    item = OpenItem.objects.get(pk=credit)
    assert item.used == 100 * done.count("settled")
    assert deadlocks() == before
    assert run_checks(names=["entries_balance", "subledgers_equal_control_accounts"]).ok


def test_negative_control_without_the_lock_the_losers_meet_the_databases_error(monkeypatch):
    """What is open was looked at before it was used: only the CHECK keeps the payment from being overused."""

    def look(ids):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, company_id, party_id, account_id, side, currency, amount, base_amount, used, base_used"
                " FROM accounting_openitem WHERE id = ANY(%s)",
                [sorted(ids)],
            )
            found = {row[0]: settling._Item(*row) for row in cursor.fetchall()}
        time.sleep(0.4)  # everybody has looked before anybody writes
        return found

    monkeypatch.setattr(settling, "_lock", look)

    done, credit = match_at_once()

    assert "error" in done
    assert OpenItem.objects.get(pk=credit).used <= 200
