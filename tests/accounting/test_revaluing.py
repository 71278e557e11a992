"""Foreign balances at the rate of a day, taken back the day after; revenue earned month by month; files of rates."""

import datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounting.errors import (
    AccountRoleMissing,
    DeferralRefused,
    DiscountRefused,
    ExchangeRateMissing,
    RevaluationRefused,
)
from accounting.models import (
    AccountMapping,
    AccountRole,
    CurrencyRevaluation,
    ExchangeRate,
    Invoice,
    InvoiceLine,
    JournalEntry,
    RevenueDeferral,
)
from accounting.selectors import account_ids, trial_balance
from accounting.services import (
    PaymentRequest,
    UseRequest,
    apply_items,
    create_tax_code,
    defer_revenue,
    earn_due_revenue,
    end_deferral,
    issue_invoices,
    record_payments,
    revalue_currencies,
    set_exchange_rate,
    take_early_discount,
)
from backoffice.core import bulk, tabular
from backoffice.core.actor import Actor
from backoffice.core.models import BulkJob, ImportFile, User
from backoffice.core.proof import run_checks
from tests.api.conftest import World
from tests.factories.books import ACTOR, NOON, make_company, make_invoice, make_invoice_line, make_party
from tests.factories.refusals import refused, refused_as
from tests.factories.staff import said, sign_in

pytestmark = pytest.mark.django_db
D, day = Decimal, datetime.date
MARCH_END = day(2026, 3, 31)


@pytest.fixture
def company():
    company = make_company()
    rates(company, (9, "0.80"), (31, "0.90"))
    return company


def rates(company, *rows):
    for number, rate in rows:
        set_exchange_rate(company_id=company.pk, currency="EUR", date=day(2026, 3, number), rate=D(rate))


def owe(company, amount="100"):
    """An invoice of EUR at 0.80."""
    party = make_party(company, "E1", currency="EUR")
    (made,) = issue_invoices([make_invoice(party, make_invoice_line(amount))], company_id=company.pk, actor=ACTOR)
    return party, made


def balance(company, role, at):
    rows = trial_balance(company_id=company.pk, start=day(1900, 1, 1), end=at)
    return {row.account_id: row.closing for row in rows}.get(account_ids(company.pk)[role], D(0))


def facts():
    return JournalEntry.objects.count(), CurrencyRevaluation.objects.count(), RevenueDeferral.objects.count()


def test_an_unrealised_gain_is_posted_and_taken_back_and_the_realised_one_is_whole(company):
    party, invoice = owe(company)
    made = revalue_currencies(company_id=company.pk, date=MARCH_END, actor=ACTOR)

    line = made.lines.get()
    assert (made.difference, line.amount, line.book_value, line.value) == (D(10), D(100), D(80), D(90))
    assert balance(company, "fx_gain", MARCH_END) == -10
    assert (balance(company, "unrealised_fx", MARCH_END), balance(company, "receivable", MARCH_END)) == (10, 80)
    assert balance(company, "fx_gain", day(2026, 4, 1)) == 0
    mirror = JournalEntry.objects.get(pk=made.reversal_id)
    assert (mirror.date, mirror.reverses_id) == (day(2026, 4, 1), made.entry_id)

    at = datetime.datetime(2026, 4, 20, 12, tzinfo=datetime.UTC)
    set_exchange_rate(company_id=company.pk, currency="EUR", date=day(2026, 4, 20), rate=D("0.85"))
    (paid,) = record_payments(
        [PaymentRequest(party.pk, "in", D(100), "EUR", at, "p:1")], company_id=company.pk, actor=ACTOR
    )
    use = UseRequest(invoice.open_item_id, paid.open_item_id, D(100), "u:1")
    (applied,) = apply_items([use], company_id=company.pk, date=at.date(), actor=ACTOR)
    assert applied.exchange_difference == 5
    assert balance(company, "fx_gain", day(2026, 12, 31)) == -5
    # what is left is the bank's euro balance, in the books at 0.85
    rates(company)
    set_exchange_rate(company_id=company.pk, currency="EUR", date=day(2026, 4, 30), rate=D("0.70"))
    later = revalue_currencies(company_id=company.pk, date=day(2026, 4, 30), actor=ACTOR)
    assert (later.difference, later.lines.get().account_id) == (D(-15), account_ids(company.pk)["bank"])
    assert run_checks(names=["entries_balance", "subledgers_equal_control_accounts"]).ok


def test_what_cannot_be_revalued_is_refused_by_name(company):
    owe(company)
    before = facts()
    with refused_as(RevaluationRefused, "not_over"):
        revalue_currencies(company_id=company.pk, date=day(2099, 1, 31), actor=ACTOR)
    ExchangeRate.objects.all().delete()
    with refused(ExchangeRateMissing):
        revalue_currencies(company_id=company.pk, date=MARCH_END, actor=ACTOR)
    rates(company, (9, "0.80"))
    AccountMapping.objects.filter(company=company, role=AccountRole.UNREALISED_FX).delete()
    rates(company, (31, "0.90"))
    with refused(AccountRoleMissing):
        revalue_currencies(company_id=company.pk, date=MARCH_END, actor=ACTOR)
    assert facts() == before


def test_a_day_is_revalued_once(company):
    owe(company)
    revalue_currencies(company_id=company.pk, date=MARCH_END, actor=ACTOR)
    before = facts()
    with refused_as(RevaluationRefused, "done_before"):
        revalue_currencies(company_id=company.pk, date=MARCH_END, actor=ACTOR)
    assert facts() == before


def line_of(company, net="100", key="invoice:1"):
    (made,) = issue_invoices(
        [make_invoice(make_party(company), make_invoice_line(net), key=key)], company_id=company.pk, actor=ACTOR
    )
    return InvoiceLine.objects.get(invoice_id=made.invoice_id)


def test_revenue_billed_ahead_is_earned_in_parts_that_add_up(company):
    line = line_of(company)
    found = defer_revenue(line.pk, company_id=company.pk, start=day(2026, 3, 15), months=3, actor=ACTOR)

    assert [(part.date, part.amount) for part in found.parts.order_by("date")] == [
        (MARCH_END, D("33.33")), (day(2026, 4, 30), D("33.34")), (day(2026, 5, 31), D("33.33")),
    ]  # fmt: skip
    assert (balance(company, "revenue", MARCH_END), balance(company, "deferred_revenue", MARCH_END)) == (0, -100)
    now = datetime.datetime(2026, 4, 30, 12, tzinfo=datetime.UTC)
    assert earn_due_revenue(company_id=company.pk, now=now, actor=ACTOR) == 2
    assert earn_due_revenue(company_id=company.pk, now=now, actor=ACTOR) == 0
    assert balance(company, "revenue", MARCH_END) == D("-33.33")
    assert balance(company, "deferred_revenue", day(2026, 4, 30)) == D("-33.33")
    assert earn_due_revenue(company_id=company.pk, now=now.replace(month=6), actor=ACTOR) == 1
    found.refresh_from_db()
    assert found.status == "done"
    assert balance(company, "deferred_revenue", day(2026, 12, 31)) == 0
    assert run_checks(names=["entries_balance"]).ok


def test_what_is_left_is_earned_when_the_contract_ends(company):
    line = line_of(company)
    found = defer_revenue(line.pk, company_id=company.pk, start=day(2026, 3, 1), months=12, actor=ACTOR)
    before = facts()
    with refused_as(DeferralRefused, "no_reason"):
        end_deferral(found.pk, company_id=company.pk, at=NOON, actor=ACTOR, reason=" ")
    with refused_as(DeferralRefused, "deferred_before"):
        defer_revenue(line.pk, company_id=company.pk, start=day(2026, 3, 1), months=2, actor=ACTOR)
    with refused_as(DeferralRefused, "bad_period"):
        defer_revenue(line.pk, company_id=company.pk, start=day(2026, 3, 1), months=0, actor=ACTOR)
    assert facts() == before
    end_deferral(found.pk, company_id=company.pk, at=NOON, actor=ACTOR, reason="Cancelled by the buyer")
    assert balance(company, "deferred_revenue", day(2026, 12, 31)) == 0
    with refused_as(DeferralRefused, "not_active"):
        end_deferral(found.pk, company_id=company.pk, at=NOON, actor=ACTOR, reason="Again")


def test_a_file_of_rates_is_checked_shown_and_imported(company):
    text = "currency,date,rate,source\nEUR,2026-05-01,0.84,ECB\nEUR,2026-03-09,0.81,ECB\nXXX,2026-05-01,1,\n"
    text += "EUR,2026-02-30,0.8,\nGBP,2026-05-01,1,\nEUR,2026-05-01,0.85,\nEUR,2026-05-02,-1,\n"
    actor = Actor.of(User.objects.create_user("clerk"))
    upload = SimpleUploadedFile("rates.csv", text.encode())
    taken = tabular.take_file(upload, noun="accounting.import_rates", company_id=company.pk, actor=actor)
    file = ImportFile.objects.get(pk=taken.pk)
    assert (file.new, file.changed, file.wrong) == (1, 1, 5)
    assert ExchangeRate.objects.filter(company=company).count() == 2
    tabular.start_import(file.pk, skip_wrong=True, actor=actor)
    bulk.run_job(BulkJob.objects.latest("pk").pk)
    found = dict(ExchangeRate.objects.filter(company=company).values_list("date", "rate"))
    assert (found[day(2026, 5, 1)], found[day(2026, 3, 9)]) == (D("0.84"), D("0.81"))


def test_the_pages_revalue_and_defer(company):
    owe(company)
    accountant = sign_in("accountant")
    add = reverse("admin:accounting_currencyrevaluation_add")
    assert "Enter a valid date." in accountant.post(add, {"company": company.pk, "date": "2026-02-30"}).content.decode()
    accountant.post(add, {"company": company.pk, "date": "2026-03-31"})
    made = CurrencyRevaluation.objects.get()
    page = reverse("admin:accounting_currencyrevaluation_change", args=[made.pk])
    assert "10.00" in accountant.get(page).content.decode()
    assert "before." in accountant.post(add, {"company": company.pk, "date": "2026-03-31"}).content.decode()

    line = InvoiceLine.objects.get()
    invoice = accountant.get(reverse("admin:accounting_invoice_change", args=[line.invoice_id])).content.decode()
    where = reverse("admin:accounting_revenuedeferral_add") + f"?line={line.pk}"
    assert where in invoice
    accountant.post(where, {"start": "2026-03-01", "months": "4"})
    found = RevenueDeferral.objects.get()
    shown = accountant.get(reverse("admin:accounting_revenuedeferral_change", args=[found.pk])).content.decode()
    assert "20.00" in shown and "80.00" in shown
    end = reverse("admin:accounting_revenuedeferral_end", args=[found.pk])
    auditor = sign_in("auditor")
    assert auditor.get(page).status_code == 200 and auditor.post(end, {"reason": "x"}).status_code == 403
    assert auditor.post(add, {"company": company.pk, "date": "2026-04-30"}).status_code == 403
    assert said(accountant.post(end, {"reason": "Over"})) == ["What was left is earned."]


def test_the_same_over_http():
    world = World()
    company = world.house.company
    rates(company, (9, "0.80"), (31, "0.90"))
    _party, invoice = owe(company)
    desk = world.caller("accounting:read", "journals:write", bound=False, company_id=company.pk)
    made = desk.post("currency-revaluations/", {"date": "2026-03-31"})
    assert (made.status_code, made.json()["difference"], made.json()["lines"][0]["value"]) == (
        201, "10.000000", "90.000000",
    )  # fmt: skip
    assert len(desk.get("currency-revaluations/").json()["results"]) == 1
    assert desk.post("currency-revaluations/", {"date": "2026-03-31"}).json()["code"] == "done_before"
    assert desk.post("currency-revaluations/", {"date": "2026-02-30"}).status_code == 400
    given = {"invoice": invoice.invoice_id, "position": 1, "start": "2026-03-01", "months": 2}
    assert desk.post("revenue-deferrals/", given | {"position": 9}).status_code == 400
    found = desk.post("revenue-deferrals/", given).json()
    assert [row["id"] for row in desk.get("revenue-deferrals/").json()["results"]] == [found["id"]]
    assert [part["amount"] for part in found["parts"]] == ["40.000000", "40.000000"]
    assert desk.post("revenue-deferrals/", given).json()["code"] == "deferred_before"
    reader = world.caller("accounting:read", bound=False, company_id=company.pk)
    assert reader.post("revenue-deferrals/", given).status_code == 403
    ended = desk.post(f"revenue-deferrals/{found['id']}/end/", {"reason": "Over"}).json()
    assert ended["status"] == "done"


def pay(company, party, amount, key="p:1"):
    (paid,) = record_payments(
        [PaymentRequest(party.pk, "in", D(amount), "GBP", NOON, key)], company_id=company.pk, actor=ACTOR
    )
    return paid.open_item_id


def discounted(company, *, paid="117.60"):
    """120 with tax of 20, 2 % in 10 days; paid short by the discount."""
    party = make_party(company, "D1")
    party.discount_percent, party.discount_days = D(2), 10
    party.save()
    code = create_tax_code(company_id=company.pk, code="STD", name="Standard", rates=[(day(2000, 1, 1), D("0.2"))])
    line = make_invoice_line("100", "20", tax_code_id=code.pk, tax_rate=D("0.2"))
    (made,) = issue_invoices([make_invoice(party, line)], company_id=company.pk, actor=ACTOR)
    use = UseRequest(made.open_item_id, pay(company, party, paid), D(paid), "u:1")
    apply_items([use], company_id=company.pk, date=NOON.date(), actor=ACTOR)
    return made


def test_who_pays_early_is_let_off_by_a_credit_note_with_its_tax(company):
    made = discounted(company)
    before = facts()
    with refused_as(DiscountRefused, "too_late"):
        take_early_discount(made.invoice_id, company_id=company.pk, paid_on=day(2026, 3, 21), at=NOON, actor=ACTOR)
    assert facts() == before
    note = take_early_discount(made.invoice_id, company_id=company.pk, paid_on=day(2026, 3, 20), at=NOON, actor=ACTOR)
    found = Invoice.objects.get(pk=note.invoice_id)
    assert (found.kind, found.net, found.tax, found.corrects_id) == ("credit_note", D(2), D("0.4"), made.invoice_id)
    assert balance(company, "receivable", day(2026, 12, 31)) == 0
    assert balance(company, "discount", day(2026, 12, 31)) == 2
    with refused_as(DiscountRefused, "nothing_open"):
        take_early_discount(made.invoice_id, company_id=company.pk, paid_on=NOON.date(), at=NOON, actor=ACTOR)
    assert run_checks(names=["entries_balance", "subledgers_equal_control_accounts", "invoices_add_up"]).ok


def test_more_than_the_terms_let_off_stays_open(company):
    made = discounted(company, paid="117.59")
    before = facts()
    with refused_as(DiscountRefused, "too_much"):
        take_early_discount(made.invoice_id, company_id=company.pk, paid_on=NOON.date(), at=NOON, actor=ACTOR)
    other = line_of(company, key="invoice:2").invoice_id
    with refused_as(DiscountRefused, "no_terms"):
        take_early_discount(other, company_id=company.pk, paid_on=NOON.date(), at=NOON, actor=ACTOR)
    assert before[1:] == facts()[1:]


def test_the_discount_is_taken_on_the_page_and_over_http():
    world = World()
    company = world.house.company
    made = discounted(company)
    where = reverse("admin:accounting_invoice_discount", args=[made.invoice_id])
    accountant = sign_in("accountant")
    assert (
        "Early-payment discount"
        in accountant.get(reverse("admin:accounting_invoice_change", args=[made.invoice_id])).content.decode()
    )
    assert said(accountant.post(where, {"paid_on": "2026-02-30"})) == ["“2026-02-30” is not a date."]
    assert sign_in("auditor").post(where, {"paid_on": "2026-03-12"}).status_code == 403
    desk = world.caller("accounting:read", "payments:write", bound=False, company_id=company.pk)
    late = desk.post(f"invoices/{made.invoice_id}/early-discount/", {"paid_on": "2026-04-30"})
    assert (late.status_code, late.json()["code"]) == (409, "too_late")
    note = desk.post(f"invoices/{made.invoice_id}/early-discount/", {"paid_on": "2026-03-12"})
    assert (note.status_code, note.json()["total"]) == (201, "2.400000")
    assert said(accountant.post(where, {"paid_on": "2026-03-12"}))[0].startswith("Nothing of INV-")
