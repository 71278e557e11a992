"""Statements over HTTP."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission

from accounting.models import JournalEntry
from tests.factories.books import ACTOR, NOON
from tests.factories.sales import line, order, place
from warehouse.services import fulfil_straight

pytestmark = pytest.mark.django_db
MARCH = {"start": "2026-03-01", "end": "2026-03-31"}


@pytest.fixture
def books(world):
    world.robot.user_permissions.set(Permission.objects.filter(codename__in=["view_journalentry", "view_invoice"]))
    [sold] = place(world.channel, order("1", line("MUG", "2", "10"), line("CUP", "1", "4")))
    fulfil_straight(sold.fulfilment_ids, company_id=world.house.id, actor=ACTOR, effective_at=NOON)
    return world.caller("accounting:read", bound=False)


def values(answer):
    return {row["key"]: row["values"] for row in answer.json()["rows"]}


def test_statements_add_up_and_their_figures_lead_to_the_ledger(world, books):
    trial = values(books.get("statements/trial-balance/", **MARCH))
    profit = values(books.get("statements/profit-and-loss/", **MARCH, compare="last_year"))
    sheet = values(books.get("statements/balance-sheet/", end="2026-03-31"))

    assert Decimal(trial["sum"]["closing"]) == 0 and trial["5010"]["debit"] == "15.000000"
    assert profit["cost_of_sales"]["amount"] == "-15.000000" and Decimal(profit["cost_of_sales"]["last_year"]) == 0
    assert sheet["assets"]["amount"] == sheet["equity_and_liabilities"]["amount"]
    assert Decimal(sheet["result_of_year"]["amount"]) == Decimal(profit["profit"]["amount"])
    ledger = books.get("statements/general-ledger/", account="5010", **MARCH).json()
    closing = ledger["rows"][-1]["values"]
    assert closing["balance"] == "15.000000" and ledger["next"] is None
    assert {row["refs"]["source_type"] for row in ledger["rows"] if row["kind"] == "row"}
    first = books.get("statements/general-ledger/", account="1210", limit="1", **MARCH).json()
    rest = books.get("statements/general-ledger/", account="1210", after=first["next"], **MARCH).json()
    assert first["next"] and rest["rows"][-1]["values"]["balance"] == trial["1210"]["closing"]


def test_margin_and_cash_flow_agree_with_profit_and_loss(books):
    profit = values(books.get("statements/profit-and-loss/", **MARCH))
    for by in ("channel", "warehouse", "category", "sku", "order"):
        sums = values(books.get("margin/", by=by, **MARCH))["sum"]
        assert Decimal(sums["margin"]) == Decimal(profit["gross_profit"]["amount"]), by
    for method in ("indirect", "direct"):
        flow = values(books.get("statements/cash-flow/", method=method, **MARCH))
        assert Decimal(flow["change"]["amount"]) == 0 and Decimal(flow["cash_after"]["amount"]) == 0
    assert books.get("margin/", by="luck").status_code == 400
    assert books.get("statements/cash-flow/", channel="web").json()["errors"][0]["code"] == "no_dimensions"


def test_receivables_are_told_by_age_as_of_any_day(world, books):
    world.robot.user_permissions.add(Permission.objects.get(codename="view_openitem"))

    owed = values(books.get("statements/receivables/", end="2026-04-15", buckets="10,20"))

    [party] = set(owed) - {"sum"}
    assert owed[party]["total"] == owed["sum"]["total"] and Decimal(owed[party]["bucket_3"]) == Decimal(
        owed[party]["total"]
    )
    told = values(books.get("statements/receivables/", end="2026-04-15", currency="document"))
    assert told["sum-GBP"]["total"] == owed["sum"]["total"]
    wrong = books.get("statements/receivables/", end="2026-04-15", currency="moon").json()
    assert wrong["errors"][0]["field"] == "currency"
    items = books.get("statements/open-items/", end="2026-04-15", party=party).json()["rows"]
    assert items[-1]["values"]["open_base"] == owed["sum"]["total"]
    told = values(books.get("statements/party-statement/", party=party, start="2026-03-01", end="2026-03-31"))
    assert told["closing-GBP"]["balance"] == owed["sum"]["total"] and Decimal(told["opening-GBP"]["balance"]) == 0
    later = values(books.get("statements/party-statement/", party=party, start="2026-04-01", end="2026-04-02"))
    assert later["opening-GBP"]["balance"] == later["closing-GBP"]["balance"] == owed["sum"]["total"]
    assert books.get("statements/party-statement/").json()["errors"][0]["field"] == "party"
    assert values(books.get("statements/receivables/", end="2026-03-01")) == {}
    assert values(books.get("statements/payables/", end="2026-04-15")) == {}
    assert books.get("statements/receivables/", end="2026-02-30").status_code == 400


@pytest.mark.parametrize("kind", ["csv", "xlsx", "pdf"])
def test_a_statement_is_a_file_too(books, kind):
    answer = books.get("statements/trial-balance/", **MARCH, **{"as": kind})

    assert answer.status_code == 200 and kind in answer["Content-Disposition"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"end": "2026-02-30"}, "end"),
        ({"start": "2026-03-02", "end": "2026-03-01"}, "end"),
        ({"compare": "budget"}, "compare"),
        ({"as": "exe"}, "as"),
        ({"company": "theirs"}, "company"),
        ({"account": "1"}, "account"),
        ({"limit": "0"}, "limit"),
    ],
)
def test_what_makes_no_sense_is_named_by_field(world, books, query, field):
    before = JournalEntry.objects.count()

    answer = books.get(
        "statements/general-ledger/" if field in ("account", "limit") else "statements/profit-and-loss/", **query
    )

    assert answer.status_code == 400 and field in {error["field"] for error in answer.json()["errors"]}
    assert world.caller("orders:read", bound=False).get("statements/balance-sheet/").status_code == 403
    assert world.caller("accounting:read").get("statements/balance-sheet/").status_code == 403  # bound to a channel
    assert JournalEntry.objects.count() == before
