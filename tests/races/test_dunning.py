"""One reminder issued by many at once, and a payment that comes meanwhile: nobody is reminded twice."""

import time

import pytest
from django.db import IntegrityError, transaction

from accounting.models import DunningLetter, DunningLetterItem, OpenItem, PartyMail
from accounting.services import dunning
from accounting.services.dunning import issuing
from backoffice.core.proof import run_checks
from tests.accounting.test_dunning import make_plan, on, reachable
from tests.accounting.test_settlements import bill_to
from tests.factories.books import ACTOR, make_company
from tests.races.test_last_unit import deadlocks, together

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 6


def approved_letter():
    company = make_company()
    make_plan(company, post_charges=True)
    with transaction.atomic():
        bill_to(reachable(company), "100")
    run = dunning.propose_run(company_id=company.pk, date=on(10), actor=ACTOR)
    dunning.approve_run(run.pk, company_id=company.pk, actor=ACTOR)
    return run.letters.get().pk


def issue_at_once(letter_id):
    def issue(number):
        try:
            return dunning.issue_letter(letter_id, actor=ACTOR).status
        except IntegrityError:
            return "error"

    return sorted(together(issue, THREADS))


def test_six_who_issue_one_letter_send_it_once():
    before = deadlocks()
    letter_id = approved_letter()

    assert issue_at_once(letter_id) == ["issued"] * THREADS

    assert PartyMail.objects.count() == 1
    assert DunningLetterItem.objects.filter(issued=True).count() == 1
    assert deadlocks() == before
    assert run_checks(names=["entries_balance", "subledgers_equal_control_accounts"]).ok


def test_negative_control_without_the_lock_more_than_one_issues(monkeypatch):
    """Everybody finds the letter proposed; only the unique key of the mail keeps it from being sent twice."""
    issued = []
    charge = issuing._tell

    def look(letter_id):
        rows = DunningLetter.objects.select_related("run", "party__person", "level__plan")
        found = rows.get(pk=letter_id)
        time.sleep(0.3)  # everybody has looked before anybody writes
        return found

    def told(letter, *args):
        issued.append(letter.pk)
        charge(letter, *args)

    letter_id = approved_letter()
    monkeypatch.setattr(issuing, "lock_letter", look)
    monkeypatch.setattr(issuing, "_tell", told)

    issue_at_once(letter_id)
    assert len(issued) > 1
    assert PartyMail.objects.count() == 1
    assert OpenItem.objects.filter(kind="dunning_fee").count() <= 1
