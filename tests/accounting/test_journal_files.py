"""Plain-text journals into the books: published reports reproduced node by node, wrong files refused by line."""

import datetime
import io
import json
import tarfile
from decimal import Decimal as D

import pytest
from django.core.management import CommandError, call_command

from accounting.models import Account, JournalEntry, JournalLine
from accounting.plaintext.journal import JournalFileRefused
from accounting.selectors.account_tree import account_tree, added_up
from accounting.services.journal_files import import_journal, preview_journal
from backoffice.core.proof import run_checks
from tests.factories.books import ACTOR, make_company

pytestmark = pytest.mark.django_db
UNITS = ("VACHR", "IRAUSD")


@pytest.fixture
def company():
    return make_company(base_currency="USD")


@pytest.fixture(scope="session")
def fava(reference_data):
    """Beancount's examples and the reports that Fava shows of them, by name."""
    with tarfile.open(reference_data / "data" / "ledger" / "fava-examples-and-snapshots.tar.xz") as archive:
        return {member.name: archive.extractfile(member).read() for member in archive.getmembers() if member.isfile()}


def published(fava, report):
    return json.loads(fava[f"tests/__snapshots__/test_json_api-test_api-{report}.json"])["trees"]


def nodes(trees):
    for tree in trees:
        yield tree
        yield from nodes(tree["children"])


def amounts(given):
    return {unit: D(str(amount)) for unit, amount in given.items() if amount}


def test_the_published_reports_are_reproduced_node_by_node(company, fava):
    content = fava["tests/data/long-example.beancount"]

    done = import_journal(content, company_id=company.pk, actor=ACTOR, no_value=UNITS)

    assert done.entries == 931 + 2 - done.already and JournalEntry.objects.count() == done.entries
    in_2014 = {"start": datetime.date(2014, 1, 1), "end": datetime.date(2014, 12, 31)}
    trees = account_tree(company_id=company.pk, **in_2014)
    ours = {node.name: node for root in trees for node in root.walk()}
    rows = [node for node in nodes(published(fava, "trial_balance")) if node["account"]]
    assert len(rows) == 77  # and the root above them
    for row in rows:
        node = ours[row["account"]]
        assert (node.own, node.total) == (amounts(row["balance"]), amounts(row["balance_children"])), row["account"]
    used = {row["account"] for row in rows}
    assert [name for name, node in ours.items() if node.total and name not in used] == []

    for row in nodes(published(fava, "income_statement")):
        if row["account"] != "Net Profit":
            assert ours[row["account"]].total == amounts(row["balance_children"])
    result = added_up([root for root in trees if root.name in ("Income", "Expenses")])
    profit = next(row for row in published(fava, "income_statement") if row["account"] == "Net Profit")
    assert result == amounts(profit["balance"])

    ever = account_tree(company_id=company.pk, start=None, end=datetime.date(2199, 1, 1))
    at_last = {node.name: node for root in ever for node in root.walk()}
    earnings = added_up([root for root in ever if root.name in ("Income", "Expenses")])
    compared = 0
    for row in nodes(published(fava, "balance_sheet")):
        if row["account"] == "Equity":
            expected = added_up([at_last["Equity"], *(root for root in ever if root.name in ("Income", "Expenses"))])
        elif row["account"].startswith("Equity:Earnings"):
            expected = earnings
            assert amounts(row["balance_children"]) == expected or row["account"].count(":") > 1
            continue
        else:
            expected = at_last[row["account"]].total
        assert expected == amounts(row["balance_children"]), row["account"]
        compared += 1
    assert compared > 20
    assert run_checks().ok


def test_the_same_file_again_changes_nothing_and_a_longer_one_adds_the_rest(company, fava):
    content = fava["tests/data/edit-example.beancount"]
    first = import_journal(content, company_id=company.pk, actor=ACTOR)
    before = (JournalEntry.objects.count(), JournalLine.objects.count(), Account.objects.count())

    again = import_journal(content, company_id=company.pk, actor=ACTOR)
    longer = content + b'\n2016-01-05 * "one more"\n  Assets:New  5 USD\n  Assets:Cash\n'
    more = preview_journal(longer, company_id=company.pk)

    assert (again.entries, again.already, again.accounts) == (0, first.entries, 0)
    assert (JournalEntry.objects.count(), JournalLine.objects.count(), Account.objects.count()) == before
    assert (more.transactions - more.already, "Assets:New" in more.new_accounts) == (1, True)


GOOD = """option "operating_currency" "USD"
2024-01-01 open Assets:Cash
2024-01-01 open Assets:Stock
2024-01-01 open Income:Sales
2024-01-02 price EUR 1.10 USD
2024-01-03 * "Shop" "Sale; with a semicolon"
  Assets:Cash    100.00 EUR
  Income:Sales
"""


def test_another_currency_counts_at_the_price_of_the_day(company):
    import_journal(GOOD.encode(), company_id=company.pk, actor=ACTOR)

    rows = JournalLine.objects.order_by("pk").values_list("currency", "amount", "base_amount")
    assert list(rows) == [("EUR", D(100), D(110)), ("EUR", D(-100), D(-110))]
    assert JournalEntry.objects.get().memo == "Shop · Sale; with a semicolon"
    assert run_checks().ok


@pytest.mark.parametrize(
    ("change", "code", "line"),
    [
        (("  Income:Sales\n", "  Income:Sales  -99.00 EUR\n"), "unbalanced", 6),
        (("  Income:Sales\n", "  Income:Sale\n"), "unknown_account", 8),
        (("1.10 USD", "1.10 CHF"), "no_rate", 7),
        (("2024-01-03 *", "2024-02-30 *"), "bad_date", 6),
        (("100.00 EUR", "100.00.0 EUR"), "bad_amount", 7),
        (("100.00 EUR", "1/0 EUR"), "bad_amount", 7),
        (("100.00 EUR", "100.0000001 EUR"), "too_precise", 7),
        (("100.00 EUR", "-1 ACME {}"), "no_lot", 7),
        (("  Income:Sales\n", "  Income:Sales\n  Assets:Stock\n"), "two_missing", 9),
        (("2024-01-02 price", "2024-01-02 prize"), "bad_directive", 5),
        (("2024-01-02 price", 'include "x"\n2024-01-02 price'), "include_refused", 5),
        (('"Sale; with', '"Sale; with' + "\n" * 80), "bad_string", 6),
        (("open Income:Sales", "open Sales"), "bad_account", 4),
        (("Assets:Stock", "Assets:" + "Stock" * 60), "bad_account", 3),
        (("  Income:Sales\n", "  Income:Sales\n2024-02-01 balance Assets:Cash 7 EUR\n"), "balance_fails", 9),
        (("2024-01-01 open Income:Sales", "2024-01-01 open Income:Sales GBP"), None, None),
    ],
)
def test_wrong_files_are_refused_with_the_line_and_nothing_is_written(company, change, code, line):
    text = GOOD.replace(*change)
    before = (JournalEntry.objects.count(), Account.objects.count())
    if code is None:
        import_journal(text.encode(), company_id=company.pk, actor=ACTOR)
        return

    for act in (preview_journal, import_journal):
        options = {"actor": ACTOR} if act is import_journal else {}
        with pytest.raises(JournalFileRefused) as refusal:
            act(text.encode(), company_id=company.pk, **options)
        assert (refusal.value.code, refusal.value.context["line"]) == (code, line)

    assert (JournalEntry.objects.count(), Account.objects.count()) == before


def test_the_command_tells_and_refuses(company, tmp_path):
    good, bad = tmp_path / "a.beancount", tmp_path / "b.beancount"
    good.write_text(GOOD)
    bad.write_text(GOOD.replace("100.00 EUR", "x"))
    out = io.StringIO()

    call_command("import_journal", good, dry_run=True, stdout=out)
    assert JournalEntry.objects.count() == 0
    call_command("import_journal", good, stdout=out)
    with pytest.raises(CommandError, match="Line 7"):
        call_command("import_journal", bad, stdout=out)

    assert "1 transactions (0 known)" in out.getvalue() and "1 entries, 0 were there" in out.getvalue()
    assert JournalEntry.objects.count() == 1
