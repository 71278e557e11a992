"""Documents of the books that are called off, sent back, refused, approved or reversed over HTTP, each once."""

import datetime
from decimal import Decimal

import pytest

from accounting.models import Account, BankCsvProfile, BankRule
from backoffice.core.approval_limits import set_threshold
from backoffice.core.proof import run_checks
from tests.accounting.test_dunning import DUE, make_plan, reachable
from tests.accounting.test_settlements import bill_to, opened
from tests.api.conftest import ended
from tests.api.test_bills import body as bill_body
from tests.api.test_ends_of_goods import WHY, made, two
from tests.api.test_manual_journals import body as journal_body
from tests.factories.books import ACTOR, make_party
from tests.factories.buying import deliver, make_purchase
from tests.factories.costs import bought
from tests.factories.goods import balance, cost
from warehouse.models import WageRate

__all__ = ["two"]
pytestmark = pytest.mark.django_db
D = Decimal


def test_a_journal_is_sent_back_and_called_off(two):
    set_threshold(company_id=two.house.id, action="manual_journal", amount=D(50), actor=ACTOR)
    path, _row = made(two.desk, "manual-journals/", journal_body())
    assert two.desk.post(f"{path}submit/", {}).json()["status"] == "submitted"

    assert ended(two.lead, f"{path}send-back/", **WHY)["status"] == "draft"
    assert ended(two.desk, f"{path}cancel/", **WHY)["status"] == "cancelled"


def test_a_bill_is_discarded_sent_back_and_closed_where_less_came(two):
    order = make_purchase(two.house, two.cup, "10")
    deliver(two.house, order, "8")
    line = {"order_line": order.lines.get().pk, "quantity": "10", "unit_price": "2.50"}
    path, _row = made(two.desk, "bills/", bill_body(number="R-1", total="25.00", lines=[line]))
    ended(two.desk, f"{path}discard/")

    path, _row = made(two.desk, "bills/", bill_body(total="25.00", lines=[line]))
    assert two.desk.post(f"{path}match/", {}).json()["status"] == "exception"
    assert ended(two.desk, f"{path}send-back/", **WHY)["status"] == "draft"
    two.desk.post(f"{path}match/", {})
    ended(two.desk, f"{path}close-short/", **WHY)
    order.refresh_from_db()
    assert order.status in ("received", "closed")
    two.desk.post(f"{path}approve/", {"reason": "Paid all the same"})
    assert two.desk.post(f"{path}post/", {}).json()["status"] == "posted"
    assert run_checks().ok


def test_a_reminder_run_is_called_off(two):
    company = two.house.company
    make_plan(company)
    bill_to(reachable(company), "100")
    path, row = made(two.desk, "dunning-runs/", {"date": str(DUE + datetime.timedelta(days=30))})

    assert len(row["letters"]) == 1
    assert ended(two.desk, f"{path}cancel/", **WHY)["status"] == "cancelled"


def test_write_offs_wait_for_somebody_else_who_approves_or_refuses(two):
    set_threshold(company_id=two.house.id, action="write_off", amount=D(1), actor=ACTOR)
    first, second = bill_to(make_party(two.house.company), "30", "40")

    def asked(item):
        body = {"items": [{"item": item}], "kind": "bad_debt", "reason": "Bankrupt", "date": "2026-03-20"}
        path, row = made(two.desk, "write-offs/", body)
        assert row["status"] != "posted"
        return path

    path = asked(first)
    own = two.desk.post(f"{path}approve/", {})
    assert (own.status_code, opened(first)) == (409, [D(30)]), own.content
    assert ended(two.lead, f"{path}approve/")["status"] == "posted" and opened(first) == [0]
    assert ended(two.lead, f"{asked(second)}refuse/", **WHY)["status"] == "refused" and opened(second) == [D(40)]
    assert run_checks().ok


def test_a_certificate_counts_until_a_day(two):
    make_party(two.house.company, "C9")
    body = {"party": "C9", "number": "CERT-1", "valid_from": "2026-03-01"}
    path, row = made(two.desk, "tax-exemptions/", body)
    assert row["valid_to"] is None

    ended_at = two.desk.post(f"{path}end/", {"last_day": "2026-06-30", "reason": "Sold the firm"})
    assert (ended_at.status_code, ended_at.json()["valid_to"]) == (200, "2026-06-30"), ended_at.content
    early = two.desk.post(f"{path}end/", {"last_day": "2026-01-01", "reason": "x"})
    assert early.status_code == 409 and two.desk.get(path).json()["valid_to"] == "2026-06-30"


def test_a_new_value_waits_is_approved_reversed_and_another_called_off(two):
    set_threshold(company_id=two.house.id, action="revaluation", amount=D(1), actor=ACTOR)

    def asked(to):
        path, _row = made(
            two.desk, "revaluations/", {"kind": "revaluation", "lines": [{"sku": "MUG", "unit_cost": to}]}
        )
        two.desk.post(f"{path}submit/", {})
        return path

    path = asked("6")
    own = two.desk.post(f"{path}approve/", {})
    assert (own.status_code, cost(two.mug)[1]) == (409, D(50)), own.content
    ended(two.lead, f"{path}approve/")
    assert cost(two.mug)[1] == D(60)
    ended(two.lead, f"{path}reverse/", **WHY)
    assert cost(two.mug)[1] == D(50)
    assert ended(two.lead, f"{asked('7')}cancel/", **WHY)["status"] == "cancelled"
    assert run_checks().ok


def test_a_landed_cost_is_reversed(two):
    receipt = bought(two.house, two.cup, "8", "40.00")
    path, _row = made(two.desk, "landed-costs/", {"lines": [{"kind": "freight", "amount": "10"}], "moves": [receipt]})
    two.desk.post(f"{path}post/", {})
    assert balance(two.house.company, "landed_cost") == -10

    ended(two.desk, f"{path}reverse/", **WHY)

    assert balance(two.house.company, "landed_cost") == 0 and run_checks().ok


def test_how_a_bank_writes_its_files_is_kept_changed_and_removed(two):
    columns = {"date_column": "Date", "amount_column": "Amount"}
    path, row = made(two.desk, "bank-csv-profiles/", {"name": "House bank", **columns})
    chart = Account.objects.get(company=two.house.company, accountmapping__role="bank")
    account, _row = made(
        two.desk, "bank-accounts/", {"name": "Main", "number": "1", "currency": "GBP", "account": chart.code}
    )
    rule, _row = made(
        two.desk, "bank-rules/", {"name": "Fees", "text_contains": "fee", "action": "account", "account": "6520"}
    )

    tag = two.desk.get(path)["ETag"]
    assert two.desk.patch(path, {"delimiter": ";"}, match=tag, key="a").json()["delimiter"] == ";"
    late = two.desk.patch(path, {"delimiter": ","}, match=tag, key="b")
    assert (late.status_code, two.desk.get(path).json()["delimiter"]) == (412, ";")
    changed = two.desk.patch(account, {"csv_profile": row["id"]}, key="c")
    assert changed.json()["csv_profile"] == row["id"], changed.content
    assert two.desk.patch(account, {"csv_profile": None}, key="d").json()["csv_profile"] is None
    for address in (path, rule):
        assert two.desk.get(address).status_code == 200
        assert two.desk.delete(address).status_code == 204
        assert two.desk.get(address).status_code == two.desk.delete(address).status_code == 404
    assert not BankCsvProfile.objects.exists() and not BankRule.objects.exists()


def test_a_wage_is_removed_and_of_nobody_refused(two):
    path, _row = made(two.desk, "wage-rates/", {"role": "picker", "from_date": "2026-01-01", "hourly": "12.50"})
    assert two.desk.post("wage-rates/", {"from_date": "2026-01-01", "hourly": "-1"}).status_code == 400

    assert two.desk.delete(path, match=two.desk.get(path).headers["ETag"]).status_code == 204
    assert not WageRate.objects.exists() and two.desk.get(path).status_code == 404
