"""Tax by destination, class and customer; rounding; returns with their lines; filing locks."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from accounting.errors import PeriodClosed, TaxRateMissing, TaxRefused, TaxRuleMissing
from accounting.models import AccountRole, Company, Invoice, JournalEntry, TaxCode, TaxReturn, TaxReturnBox, TaxRule
from accounting.selectors import account_ids
from accounting.selectors.tax_returns import box_lines, figures, payable, return_lines
from accounting.selectors.taxing import TaxQuestion, decide_taxes, tax_lines
from accounting.services import (
    create_return,
    file_return,
    issue_invoices,
    lay_tax_template,
    post_entries,
    set_exchange_rate,
    set_period_books,
)
from tests.accounting.test_bypass import attack
from tests.api.conftest import World
from tests.factories.books import ACTOR, NOON, make_company, make_entry, make_invoice, make_invoice_line, make_party
from tests.factories.refusals import refused, refused_as
from tests.factories.staff import said, sign_in

pytestmark = pytest.mark.django_db
D, day = Decimal, datetime.date
MARCH = day(2026, 3, 1)


@pytest.fixture
def german():
    company = make_company("gmbh", base_currency="EUR", country="DE", time_zone="Europe/Berlin")
    lay_tax_template(company_id=company.pk, template="de", actor=ACTOR)
    return company


def ask(company, country="DE", cls="", kind="consumer", on=None, **values):
    (answer,) = decide_taxes(company.pk, [TaxQuestion(country, on or day(2026, 3, 10), cls, kind, **values)])
    return answer.code, answer.rate


def sell(company, *lines, key="i1", kind="invoice", at=NOON, **values):
    """Lines of (code, net, tax)."""
    codes = {code.code: code for code in TaxCode.objects.filter(company=company)}
    rows = [
        make_invoice_line(
            net, tax, tax_code_id=codes[code].pk,
            tax_rate=codes[code].rates.filter(valid_from__lte=at.date()).latest("valid_from").rate,
        )
        for code, net, tax in lines
    ]  # fmt: skip
    party = make_party(company, **{name: values.pop(name) for name in ("code", "currency") if name in values})
    (made,) = issue_invoices(
        [make_invoice(party, *rows, key=key, kind=kind, effective_at=at, **values)], company_id=company.pk, actor=ACTOR
    )
    return made


def draft(company, kind="vat", start=MARCH, **values):
    return create_return(company_id=company.pk, kind=kind, template="de", start=start, actor=ACTOR, **values)


def boxes(found):
    return {row.code: row.amount for row in figures(found, return_lines(found)) if row.amount}


def facts():
    models = (TaxReturn, TaxReturnBox, TaxRule, TaxCode, JournalEntry, Invoice)
    return [model.objects.count() for model in models]


def test_the_most_particular_rule_counts(german):
    assert ask(german) == ("DE19", D("0.19"))
    assert ask(german, cls="DE7") == ("DE7", D("0.07"))
    assert ask(german, "FR") == ("OSSFR", D("0.20"))
    assert ask(german, "FR", kind="registered") == ("DEIGL", D(0))
    assert ask(german, "US") == ("DEEXPORT", D(0))
    # rates of the day: Finland raised its rate in September 2024, Estonia twice
    assert ask(german, "FI", on=day(2024, 8, 31))[1] == D("0.24")
    assert ask(german, "FI", on=day(2024, 9, 1))[1] == D("0.255")
    assert ask(german, "EE", on=day(2025, 6, 30))[1] == D("0.22")

    zero = TaxCode.objects.get(company=german, code="DE0")
    TaxRule.objects.create(company=german, country="DE", region="27498", tax_code=zero, valid_from=MARCH)
    assert ask(german, postcode="27498") == ("DE0", D(0))  # Heligoland
    assert ask(german, postcode="27499") == ("DE19", D("0.19"))
    assert ask(german, postcode="27498", on=day(2026, 2, 28)) == ("DE19", D("0.19"))


def test_what_no_rule_answers_is_named(german):
    TaxRule.objects.filter(company=german, country="").update(valid_to=day(2020, 1, 1))
    with refused(TaxRuleMissing):
        ask(german, "US")
    with refused(TaxRateMissing):
        ask(german, "FR", on=day(2019, 1, 1))


def test_two_rules_never_say_the_same_for_a_day(german):
    code = TaxCode.objects.get(company=german, code="DE0").pk
    sql = (
        "INSERT INTO accounting_taxrule (company_id, country, region, product_class, customer_kind, tax_code_id, valid_from)"
        f" VALUES ({german.pk}, 'DE', '', '', '', {code}, '2026-01-01')"
    )
    assert attack(sql)[1] == "taxrule_no_overlap"


@pytest.mark.parametrize(
    ("rounding", "inclusive", "taxes"),
    [
        ("line", False, ["0.02", "0.02", "0.02"]),  # 0.019 each
        ("document", False, ["0.02", "0.02", "0.02"]),  # 0.057 in all
        ("line", True, ["0.02", "0.02", "0.02"]),
        ("document", True, ["0.02", "0.01", "0.02"]),  # 0.0479 in all
    ],
)
def test_tax_is_rounded_by_line_or_by_document_and_adds_up(german, rounding, inclusive, taxes):
    """frappe/erpnext#55600, #9300; OCA/account-reconcile#528: rounding left cents that no account took."""
    Company.objects.filter(pk=german.pk).update(tax_rounding=rounding)
    question = TaxQuestion("DE", day(2026, 3, 10))
    lines = tax_lines(german.pk, [(question, D("0.10"))] * 3, inclusive=inclusive, exponent=2)

    assert [line.tax for line in lines] == [D(tax) for tax in taxes]
    if inclusive:
        assert all(line.net + line.tax == D("0.10") for line in lines)
    rows = [("DE19", str(line.net), str(line.tax)) for line in lines]
    made = sell(german, *rows)
    entry = JournalEntry.objects.get(pk=made.entry_id)
    assert sum(line.base_amount for line in entry.lines.all()) == 0
    invoice = Invoice.objects.get(pk=made.invoice_id)
    assert invoice.rounding == 0 and invoice.total == invoice.net + invoice.tax


def test_a_vat_return_has_a_box_for_each_treatment_and_every_figure_has_its_lines(german):
    sell(german, ("DE19", "100", "19"), ("DE7", "50", "3.50"), key="i1")
    sell(german, ("DE19", "10", "1.90"), key="c1", kind="credit_note")
    sell(german, ("DEIGL", "200", "0"), ("DEEXPORT", "30", "0"), key="i2")
    sell(german, ("OSSFR", "40", "8"), key="i3")
    sell(german, ("DE19", "60", "0"), key="i4")  # a marketplace collects its tax: no liability of ours
    set_exchange_rate(company_id=german.pk, currency="USD", date=MARCH, rate=D("0.90"))
    sell(german, ("DE19", "10", "1.90"), key="i5", code="US1", currency="USD")

    found = draft(german)
    assert boxes(found) == {
        "81": D(99), "81-tax": D("18.81"), "86": D(50), "86-tax": D("3.50"), "41": D(200), "43": D(30), "45": D(100),
    }  # fmt: skip
    assert payable(figures(found, return_lines(found))) == D("22.31")
    lines = box_lines(found, "81", return_lines(found))
    assert sorted(line.net for line in lines) == [-10, 9, 100]
    tax = account_ids(german.pk)[AccountRole.OUTPUT_TAX]
    owed = sum(line.base_amount for entry in JournalEntry.objects.all() for line in entry.lines.filter(account_id=tax))
    assert -owed == D("22.31") + 8  # what OSS declares is owed too; the marketplace's is not


def test_oss_is_by_country_and_rate_a_quarter_in_euro(german):
    """erp-mafia/accounted#1799; OCA/l10n-spain#1718; odoo/odoo#181954."""
    sell(german, ("OSSFR", "40", "8"), ("OSSFI", "20", "5.10"), key="i1")
    sell(german, ("OSSFR", "10", "2"), key="c1", kind="credit_note")
    sell(german, ("DE19", "100", "19"), key="i2")
    found = draft(german, "oss", day(2026, 1, 1))
    assert (found.end_date, found.currency) == (day(2026, 3, 31), "EUR")
    assert boxes(found) == {"FI 25.5 net": D(20), "FI 25.5 tax": D("5.10"), "FR 20 net": D(30), "FR 20 tax": D(6)}
    assert [line.net for line in box_lines(found, "FR 20 net", return_lines(found))] == [-10, 40]

    polish = make_company("pl", base_currency="PLN", country="PL")
    lay_tax_template(company_id=polish.pk, template="de", actor=ACTOR)
    sell(polish, ("OSSFR", "400", "80"), key="i1")
    set_exchange_rate(company_id=polish.pk, currency="EUR", date=day(2026, 3, 31), rate=D(4))
    assert boxes(draft(polish, "oss", day(2026, 1, 1))) == {"FR 20 net": D(100), "FR 20 tax": D(20)}


def test_filing_keeps_the_figures_and_locks_the_months(german):
    sell(german, ("DE19", "100", "19"))
    found = file_return(draft(german).pk, company_id=german.pk, actor=ACTOR, reference="ELSTER 1")

    assert (found.status, found.payable) == ("filed", D(19))
    assert dict(found.boxes.filter(amount__gt=0).values_list("code", "amount")) == {"81": D(100), "81-tax": D(19)}
    before = facts()
    with refused(PeriodClosed):
        post_entries(
            [make_entry(german, key="x", date=day(2026, 3, 5), subledger="receivable")],
            company_id=german.pk,
            actor=ACTOR,
        )
    with refused_as(TaxRefused, "filed"):
        set_period_books(
            period_id=german.period_set.get(start_date=MARCH).pk,
            company_id=german.pk,
            closed=[],
            actor=ACTOR,
            reason="x",
        )
    assert attack(f"UPDATE accounting_taxreturn SET payable = 0 WHERE id = {found.pk}")[1] == "taxreturn_filed_stays"
    assert "permission denied" in attack("DELETE FROM accounting_taxreturnbox")[2]
    assert (
        attack(f"SELECT accounting_set_period_books({german.period_set.get(start_date=MARCH).pk}, '{{}}')")[1]
        == "period_return_filed"
    )
    with refused_as(TaxRefused, "filed_before"):
        file_return(found.pk, company_id=german.pk, actor=ACTOR)
    assert facts() == before
    late = sell(german, ("DE19", "10", "1.90"), key="late")  # dated in the next open month, and declared there
    assert Invoice.objects.get(pk=late.invoice_id).date == day(2026, 4, 1)


def test_returns_that_make_no_sense_are_refused_by_name(german):
    draft(german)
    georgian = make_company("ge", base_currency="GEL", country="GE")
    before = facts()
    for code, values in (
        ("overlaps", {}), ("bad_period", {"start": day(2026, 5, 2)}), ("bad_period", {"kind": "oss", "start": day(2026, 2, 1)}),
    ):  # fmt: skip
        with refused_as(TaxRefused, code):
            draft(german, **values)
    with refused_as(TaxRefused, "not_in_the_eu"):
        create_return(company_id=georgian.pk, kind="oss", template="ge", start=MARCH, actor=ACTOR)
    with refused_as(TaxRefused, "not_over"):
        file_return(draft(german, start=day(2098, 3, 1)).pk, company_id=german.pk, actor=ACTOR)
    assert facts() == before


def test_tax_that_no_box_takes_is_named_before_filing(german):
    TaxCode.objects.filter(company=german, code="DE19").update(treatment="none")
    sell(german, ("DE19", "100", "19"))
    with refused_as(TaxRefused, "unboxed"):
        file_return(draft(german).pk, company_id=german.pk, actor=ACTOR)


def test_georgia_and_any_country_are_laid_once():
    company = make_company("ge", base_currency="GEL", country="GE", time_zone="Asia/Tbilisi")
    assert lay_tax_template(company_id=company.pk, template="ge", actor=ACTOR)[0] == 5
    assert lay_tax_template(company_id=company.pk, template="ge", actor=ACTOR) == (0, 0)
    assert ask(company, "GE") == ("GE18", D("0.18"))
    assert ask(company, "TR") == ("GEEXPORT", D(0))
    other = make_company("any")
    lay_tax_template(company_id=other.pk, template="generic", actor=ACTOR)
    assert ask(other, "GB") == ("STD", D("0.20"))
    with refused_as(TaxRefused, "unknown_template"):
        lay_tax_template(company_id=other.pk, template="xx", actor=ACTOR)


def test_any_member_state_gets_its_own_rate_and_the_others_theirs():
    company = make_company("uab", base_currency="EUR", country="LT", time_zone="Europe/Vilnius")
    codes, rules = lay_tax_template(company_id=company.pk, template="eu", actor=ACTOR)
    assert (codes, rules) == (7 + 26, 4 + 26 + 26)
    assert lay_tax_template(company_id=company.pk, template="eu", actor=ACTOR) == (0, 0)
    assert ask(company, "LT") == ("STD", D("0.21"))
    assert ask(company, "LT", kind="exempt") == ("EXEMPT", D(0))
    assert ask(company, "SE") == ask(company, "SE", kind="business") == ("OSSSE", D("0.25"))
    assert ask(company, "SE", kind="registered") == ("IC", D(0))
    assert ask(company, "US") == ("EXPORT", D(0))
    sell(company, ("STD", "100", "21"), ("IC", "50", "0"), ("OSSSE", "40", "10"))
    found = create_return(company_id=company.pk, kind="vat", template="eu", start=MARCH, actor=ACTOR)
    assert boxes(found) == {"1": D(100), "2": D(21), "5a": D(50), "5b": D(40)}
    with refused_as(TaxRefused, "not_in_the_eu"):
        lay_tax_template(company_id=make_company("us", country="US").pk, template="eu", actor=ACTOR)


def test_the_pages_try_rules_and_file_a_return(german):
    accountant = sign_in("accountant")
    tester = reverse("admin:accounting_taxrule_try")
    assert accountant.get(tester).status_code == 200
    asked = {"company": german.pk, "country": "fr", "customer_kind": "consumer", "date": "2026-03-10", "amount": "120",
             "inclusive": "on"}  # fmt: skip
    shown = accountant.get(tester, asked).content.decode()
    assert "OSSFR" in shown and "100.00" in shown and "20.00" in shown
    assert "Enter a valid date." in accountant.get(tester, asked | {"date": "2026-02-30"}).content.decode()
    accountant.post(reverse("admin:accounting_taxrule_template"), {"company": german.pk, "template": "generic"})
    assert TaxCode.objects.filter(company=german, code="STD").exists()

    sell(german, ("DE19", "100", "19"))
    add = reverse("admin:accounting_taxreturn_add")
    given = {"company": german.pk, "kind": "vat", "template": "de", "start": "2026-03-01", "months": ""}
    accountant.post(add, given)
    found = TaxReturn.objects.get()
    page = reverse("admin:accounting_taxreturn_change", args=[found.pk])
    assert "19.00" in accountant.get(page).content.decode()
    assert "INV-000001" in accountant.get(page, {"box": "81"}).content.decode()
    assert "Another return" in accountant.post(add, given).content.decode()
    file = reverse("admin:accounting_taxreturn_file", args=[found.pk])
    auditor = sign_in("auditor")
    assert auditor.get(page).status_code == 200 and auditor.post(file).status_code == 403
    assert auditor.post(add, given).status_code == 403
    assert said(accountant.post(file, {"reference": "R1"})) == [
        "The return is filed; its months take no more taxed documents."
    ]
    assert said(accountant.post(file)) == ["It was filed before."]
    assert "R1" in accountant.get(page).content.decode()


def test_the_same_over_http():
    world = World()
    company = world.house.company
    desk = world.caller("accounting:read", "taxes:write", bound=False, company_id=company.pk)
    assert desk.post("tax-rules/template/", {"template": "generic"}).json()["codes"] == 6
    asked = {"country": "GB", "date": "2026-03-10", "inclusive": True, "lines": [{"amount": "120"}, {"amount": "60"}]}
    taxed = desk.post("tax-rules/decide/", asked).json()
    assert [(row["tax_code"], D(row["net"]), D(row["tax"])) for row in taxed] == [
        ("STD", D(100), D(20)), ("STD", D(50), D(10)),
    ]  # fmt: skip
    assert desk.post("tax-rules/decide/", asked | {"date": "2026-02-30"}).status_code == 400
    rule = {"country": "GB", "region": "BT", "tax_code": "ZERO", "valid_from": "2026-01-01"}
    assert desk.post("tax-rules/", rule).status_code == 201
    again = desk.post("tax-rules/", rule)
    assert (again.status_code, again.json()["code"]) == (409, "overlaps")
    assert desk.post("tax-rules/", rule | {"tax_code": "NOPE"}).status_code == 400
    sell(company, ("STD", "100", "20"))
    made = desk.post("tax-returns/", {"kind": "vat", "template": "generic", "start": "2026-03-01"}).json()
    assert (made["payable"], made["status"]) == ("20.00", "draft")
    assert [row["id"] for row in desk.get("tax-returns/").json()["results"]] == [made["id"]]
    lines = desk.get(f"tax-returns/{made['id']}/lines/", box="1").json()
    assert [(row["number"], D(row["net"])) for row in lines] == [("INV-000001", D(100))]
    reader = world.caller("accounting:read", bound=False, company_id=company.pk)
    assert reader.post(f"tax-returns/{made['id']}/file/", {}).status_code == 403
    filed = desk.post(f"tax-returns/{made['id']}/file/", {"reference": "A"}).json()
    assert (filed["status"], D(filed["payable"])) == ("filed", D(20))
