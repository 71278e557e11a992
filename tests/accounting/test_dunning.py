"""Reminders: proposed, approved, issued once; and statements of account as letters, by mail and in bulk."""

import datetime
import io
from decimal import Decimal as D

import pypdf
import pytest
from django.core import mail
from django.test import override_settings
from django.urls import reverse

from accounting.errors import DunningRefused, LetterRefused
from accounting.letters import print_letters, reminder, statement_letter, statement_question
from accounting.models import (
    DunningLetter,
    DunningPlan,
    DunningRun,
    DunningStop,
    Invoice,
    JournalEntry,
    OpenItem,
    PartyMail,
    PersonalData,
)
from accounting.services import dunning
from accounting.services.party_mails import ask_for_mail, send_party_mails
from accounting.tasks import propose_dunning
from backoffice.core.actor import Actor
from backoffice.core.approving import ApprovalRefused
from backoffice.core.bulk import run_job
from backoffice.core.models import ApprovalThreshold, BulkJob
from backoffice.core.proof import run_checks
from backoffice.core.states import IllegalTransition
from tests.accounting.test_settlements import bill_to, paid_by, settle
from tests.api.conftest import World
from tests.factories.books import ACTOR, make_company, make_party
from tests.factories.refusals import refused, refused_as
from tests.factories.staff import make_staff, said, sign_in

pytestmark = pytest.mark.django_db
CHECKS = ["entries_balance", "subledgers_equal_control_accounts", "invoices_add_up"]
DUE = datetime.date(2026, 3, 10)


def on(days):
    return DUE + datetime.timedelta(days=days)


def make_plan(company, **values):
    plan = DunningPlan.objects.create(company=company, code="std", name="Standard", is_default=True, **values)
    for number, days, fee, percent in ((1, 7, 0, 0), (2, 21, 5, 0), (3, 35, 10, D("7.30"))):
        plan.levels.create(number=number, days_overdue=days, fee=fee, interest_percent=percent)
    return plan


def reachable(company, code="C1", language="", name="Ana"):
    party = make_party(company, code)
    party.person = PersonalData.objects.create(company=company, name=name, email=f"{code.lower()}@shop.example")
    party.language = language
    party.save()
    return party


def propose(company, days, **more):
    return dunning.propose_run(company_id=company.pk, date=on(days), actor=ACTOR, **more)


def issue(company, days, **more):
    """A run of that day, approved and issued: its letters."""
    run = propose(company, days)
    assert run is not None
    dunning.approve_run(run.pk, company_id=company.pk, actor=ACTOR)
    return [dunning.issue_letter(pk, actor=ACTOR, **more) for pk in run.letters.values_list("pk", flat=True)]


def text_of(content):
    return " ".join(" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def test_levels_follow_each_other_with_fee_and_interest_posted():
    company = make_company()
    make_plan(company, post_charges=True)
    party = reachable(company)
    bill_to(party, "1000")
    assert propose(company, 6) is None
    [first] = issue(company, 7)
    assert (first.level.number, first.amount, first.entry_id, first.by_mail) == (1, D(1000), None, True)
    assert propose(company, 20) is None  # the next level has not come
    [second] = issue(company, 21)
    assert (second.level.number, second.fee, OpenItem.objects.filter(kind="dunning_fee").count()) == (2, D(5), 1)
    third = max(issue(company, 41), key=lambda letter: letter.level.number)
    assert third.level.number == 3
    # 1000 x 7.3 % x 20 days since the second letter / 365
    assert third.items.get(level=3).interest == D("4.00")
    assert run_checks(names=CHECKS).ok


def test_paid_or_stopped_between_preview_and_issue_is_not_sent():
    company = make_company()
    make_plan(company)
    first, second, third = (reachable(company, code) for code in ("C1", "C2", "C3"))
    [paid], [stopped], [part, gone] = bill_to(first, "10"), bill_to(second, "20"), bill_to(third, "30", "40")
    run = propose(company, 10)
    dunning.approve_run(run.pk, company_id=company.pk, actor=ACTOR)
    settle(first, paid, *paid_by(first, "10"), key="a")
    settle(third, gone, *paid_by(third, "40"), key="b")
    settle(third, part, *paid_by(third, "5"), key="c")
    dunning.stop_dunning(
        company_id=company.pk,
        party_id=second.pk,
        open_item_id=stopped,
        reason="Wrong goods",
        kind="dispute",
        actor=ACTOR,
    )
    letters = {one.party_id: dunning.issue_letter(one.pk, actor=ACTOR) for one in run.letters.all()}
    assert (letters[first.pk].status, letters[first.pk].dropped) == ("dropped", "paid")
    assert (letters[second.pk].status, letters[second.pk].dropped) == ("dropped", "stopped")
    assert (letters[third.pk].status, letters[third.pk].amount) == ("issued", D(25))
    assert PartyMail.objects.count() == 1
    assert propose(company, 10) is None  # stopped, paid, or reminded at this level


def test_the_same_run_twice_sends_nothing_twice():
    company = make_company()
    make_plan(company)
    party = reachable(company)
    bill_to(party, "100")
    run = propose(company, 10)
    assert propose(company, 10) is None  # what one proposal holds, no other takes
    [letter] = run.letters.all()
    with refused(IllegalTransition):
        dunning.issue_letter(letter.pk, actor=ACTOR)
    assert PartyMail.objects.count() == 0
    dunning.approve_run(run.pk, company_id=company.pk, actor=ACTOR)
    with refused(IllegalTransition):
        dunning.approve_run(run.pk, company_id=company.pk, actor=ACTOR)
    for _time in range(3):
        dunning.issue_letter(letter.pk, actor=ACTOR)
    assert PartyMail.objects.count() == 1
    with override_settings(MAIL_READY=True):
        assert (send_party_mails(), send_party_mails()) == (1, 0)
    [sent] = mail.outbox
    assert sent.to == ["c1@shop.example"] and sent.attachments[0][1].startswith(b"%PDF")


def test_a_mail_that_waits_says_nothing_once_all_is_paid():
    company = make_company()
    make_plan(company)
    party = reachable(company)
    [item] = bill_to(party, "100")
    issue(company, 10)
    settle(party, item, *paid_by(party, "100"))
    with override_settings(MAIL_READY=True):
        send_party_mails()
    found = PartyMail.objects.get()
    assert (found.status, found.error, mail.outbox) == ("suppressed", "paid", [])


@pytest.mark.parametrize(("language", "word"), [("en", "Payment reminder"), ("ka", "შეხსენება"), ("ru", "Напоминание")])
def test_the_letter_is_in_the_customers_language(language, word):
    company = make_company()
    make_plan(company)
    party = reachable(company, language=language)
    bill_to(party, "1234.50")
    [letter] = propose(company, 10).letters.all()
    text = text_of(print_letters([reminder(letter.pk)]))
    assert word in text and Invoice.objects.get().number in text and "GBP" in text


def test_own_words_stand_instead_of_the_built_in_ones():
    company = make_company()
    plan = make_plan(company)
    plan.texts.create(level=1, language="en", subject="Hey {name}", body="You owe {amount} #let x = 1")
    bill_to(reachable(company), "10")
    [letter] = propose(company, 10).letters.all()
    made = reminder(letter.pk)
    assert (made.title, made.body) == ("Hey Customer C1", "You owe 10.00 GBP #let x = 1")
    assert "#let x = 1" in text_of(print_letters([made]))


def test_a_group_has_its_own_plan_and_credit_is_counted():
    company = make_company()
    make_plan(company)
    slow = DunningPlan.objects.create(company=company, code="key", name="Key accounts")
    slow.levels.create(number=1, days_overdue=60)
    key = reachable(company, "KEY")
    key.dunning_plan = slow
    key.save()
    bill_to(key, "100")
    credited = reachable(company, "C2")
    bill_to(credited, "50")
    paid_by(credited, "50")  # not yet matched: nobody is reminded of what they have paid
    assert propose(company, 30) is None
    run = propose(company, 61)
    assert [letter.party_id for letter in run.letters.all()] == [key.pk]


def test_four_eyes_count_where_there_is_a_threshold():
    company = make_company()
    make_plan(company)
    ApprovalThreshold.objects.create(company_id=company.pk, action="dunning", amount=D(50))
    bill_to(reachable(company), "100")
    author = Actor.of(make_staff("accountant"))
    run = dunning.propose_run(company_id=company.pk, date=on(10), actor=author)
    with refused_as(ApprovalRefused, "own_document"):
        dunning.approve_run(run.pk, company_id=company.pk, actor=author)
    assert DunningRun.objects.get().status == "proposed"
    dunning.approve_run(run.pk, company_id=company.pk, actor=Actor.of(make_staff("owner")))


def test_stops_are_refused_by_name():
    company = make_company()
    party = reachable(company)
    given = {"company_id": company.pk, "party_id": party.pk, "actor": ACTOR}
    with refused_as(DunningRefused, "no_reason"):
        dunning.stop_dunning(reason=" ", **given)
    with refused_as(DunningRefused, "no_plan"):
        propose(company, 10)
    stop = dunning.stop_dunning(reason="In talks", **given)
    with refused_as(DunningRefused, "stopped_before"):
        dunning.stop_dunning(reason="Again", **given)
    dunning.end_stop(stop.pk, company_id=company.pk, actor=ACTOR)
    with refused_as(DunningRefused, "ended_before"):
        dunning.end_stop(stop.pk, company_id=company.pk, actor=ACTOR)
    assert DunningStop.objects.count() == 1


def test_the_clock_proposes_once_a_day():
    company = make_company()
    make_plan(company)
    bill_to(reachable(company), "100")
    assert (propose_dunning(), propose_dunning()) == (1, 0)
    assert DunningRun.objects.get().scheduled


def test_proposing_costs_the_same_for_many(django_assert_max_num_queries):
    company = make_company()
    make_plan(company)
    for number in range(20):
        bill_to(make_party(company, f"C{number}"), "10", "20")
    with django_assert_max_num_queries(10):
        run = propose(company, 10)
    assert run.letters.count() == 20


def test_a_statement_is_a_letter_with_what_is_open_by_age():
    company = make_company()
    party = reachable(company, language="ru")
    [item, _second] = bill_to(party, "100", "60")
    settle(party, item, *paid_by(party, "30"))
    asked = statement_question(party, {"start": "2026-03-01", "end": "2026-03-31", "control": "receivable"})
    text = text_of(print_letters([statement_letter(asked)]))
    assert "130" in text and "1–30" in text and "Customer C1" in text
    assert "Statement of account" in text_of(print_letters([statement_letter(asked, "en")]))
    with refused_as(LetterRefused, "no_address"):
        ask_for_mail(make_party(company, "C9"), "statement", {}, "k", ACTOR)


def test_the_pages_remind_and_send_statements():
    world = World()
    company = world.house.company
    make_plan(company)
    party = reachable(company, "D1")
    [item] = bill_to(party, "77")
    accountant, auditor = sign_in("accountant"), sign_in("auditor")
    add = reverse("admin:accounting_dunningrun_add")
    assert "Enter a valid date." in accountant.post(add, {"company": company.pk, "date": "2026-02-30"}).content.decode()
    assert auditor.post(add, {"company": company.pk, "date": "2026-03-25"}).status_code == 403
    assert "Nobody is due" in accountant.post(add, {"company": company.pk, "date": "2026-03-11"}).content.decode()
    assert DunningRun.objects.count() == 0
    accountant.post(add, {"company": company.pk, "date": "2026-03-25"})
    run = DunningRun.objects.get()
    page = accountant.get(reverse("admin:accounting_dunningrun_change", args=[run.pk])).content.decode()
    invoice = Invoice.objects.get(open_item_id=item)
    assert invoice.number in page and "Customer D1" in page
    pdf = accountant.get(reverse("admin:accounting_dunningrun_pdf", args=[run.pk]))
    assert invoice.number in text_of(pdf.content)
    steps = {name: reverse(f"admin:accounting_dunningrun_{name}", args=[run.pk]) for name in ("approve", "issue")}
    assert auditor.post(steps["approve"]).status_code == 403
    assert "approved" in said(accountant.post(steps["approve"]))[0]
    assert accountant.post(steps["issue"], {"how": "print"}).status_code == 302
    job = BulkJob.objects.get()
    run_job(job.pk)
    letter = DunningLetter.objects.get(party=party)
    assert (letter.status, letter.by_mail) == ("issued", False)
    shown = accountant.get(reverse("admin:accounting_invoice_change", args=[invoice.pk])).content.decode()
    assert letter.number in shown
    assert letter.number in accountant.get(reverse("matching_desk"), {"party": "D1"}).content.decode()
    stop = reverse("admin:accounting_dunningstop_add")
    given = {"company": company.pk, "party": "D1", "invoice": "nope", "kind": "dispute", "reason": "Broken"}
    assert "no such invoice" in accountant.post(stop, given).content.decode()
    accountant.post(stop, given | {"invoice": invoice.number})
    made = DunningStop.objects.get()
    assert "Broken" in accountant.get(reverse("admin:accounting_dunningstop_change", args=[made.pk])).content.decode()
    assert said(accountant.post(reverse("admin:accounting_dunningstop_end", args=[made.pk]))) == ["Reminders go on."]

    letters = reverse("statement_letters")
    asked = {"start": "2026-03-01", "end": "2026-03-31", "party": "D1"}
    assert "77.00" in text_of(accountant.get(letters, asked | {"as": "pdf"}).content)
    assert accountant.get(letters, asked | {"end": "2026-02-01"}).status_code == 409
    assert auditor.post(letters, asked | {"do": "mail"}).status_code == 403
    assert "on its way" in said(accountant.post(letters, asked | {"do": "mail"}))[0]
    assert accountant.post(letters, asked | {"do": "print_all"}).status_code == 302
    job = BulkJob.objects.latest("pk")
    run_job(job.pk)
    job.refresh_from_db()
    assert job.status == "done"
    assert run_checks().ok


def test_the_same_over_http():
    world = World()
    company = world.house.company
    make_plan(company)
    party = reachable(company, "D1")
    [item] = bill_to(party, "77")
    desk = world.caller("accounting:read", "dunning:write", bound=False, company_id=company.pk)
    assert desk.post("dunning-runs/", {"date": "2026-02-30"}).status_code == 400
    assert desk.post("dunning-runs/", {"date": "2026-03-11"}).status_code == 204
    stop = desk.post("dunning-stops/", {"party": "D1", "item": item, "reason": "Broken"})
    assert (stop.status_code, stop.json()["open_item"]) == (201, item)
    assert desk.post("dunning-stops/", {"party": "D1", "item": item, "reason": "x"}).json()["code"] == "stopped_before"
    assert desk.post(f"dunning-stops/{stop.json()['id']}/end/", {}).status_code == 200
    run = desk.post("dunning-runs/", {"date": "2026-03-25"}).json()
    mine = next(letter for letter in run["letters"] if letter["party"] == "D1")
    assert (mine["level"], mine["amount"], mine["items"][0]["open_item"]) == (1, "77.000000", item)
    reader = world.caller("accounting:read", bound=False, company_id=company.pk)
    assert reader.post(f"dunning-runs/{run['id']}/approve/", {}).status_code == 403
    assert desk.post(f"dunning-runs/{run['id']}/approve/", {}).json()["status"] == "approved"
    assert desk.post(f"dunning-runs/{run['id']}/cancel/", {}).status_code == 409
    job = desk.post(f"dunning-runs/{run['id']}/issue/", {"how": "mail"})
    assert job.status_code == 202, job.content
    run_job(job.json()["job"])
    assert desk.get("dunning-letters/", party="D1").json()["results"][0]["status"] == "issued"
    assert text_of(desk.get(f"dunning-letters/{mine['id']}/pdf/").content)
    asked = {"party": "D1", "start": "2026-03-01", "end": "2026-03-31"}
    assert "77.00" in text_of(desk.get("party-mails/statement-pdf/", **asked).content)
    assert desk.get("party-mails/statement-pdf/", **asked | {"end": "x"}).status_code == 409
    assert desk.post("party-mails/statement/", asked | {"party": "nobody"}).status_code == 400
    assert desk.post("party-mails/statement/", asked).status_code == 202
    assert {row["kind"] for row in desk.get("party-mails/").json()["results"]} == {"dunning", "statement"}
    assert JournalEntry.objects.filter(source_type="accounting.dunningletter").count() == 0
    assert run_checks().ok
