"""Statements taken in: each booking once, whatever the file, its order and its overlaps."""

import datetime
from decimal import Decimal as D

import pytest

from accounting.banking import BankFileRefused
from accounting.models import BankAccount, BankCsvProfile, BankLine, BankStatement
from accounting.selectors.banking import bank_status
from accounting.services.banking import import_statements
from backoffice.core.proof import run_checks
from tests.factories.bank_files import booked, camt053, mt940
from tests.factories.banking import make_bank, make_books, make_second_bank, take_in, written
from tests.factories.books import ACTOR

pytestmark = pytest.mark.django_db

FEBRUARY = [booked("10.00", "2026-02-03", "a"), booked("-3.00", "2026-02-28", "b")]
MARCH = [
    booked("119.00", "2026-03-05", "INV-000001"),
    booked("2.00", "2026-03-31", "coffee"),
    booked("2.00", "2026-03-31", "coffee"),
]


@pytest.fixture
def bank():
    return make_bank(make_books())


def taken(content, bank, **options):
    return import_statements(content, company_id=bank.company_id, actor=ACTOR, **options)


def rows(bank):
    return sorted(BankLine.objects.filter(bank_account=bank).values_list("date", "amount", "text"))


def test_the_same_statement_five_times_is_one(bank):
    first = taken(camt053(MARCH), bank)
    before = written()

    again = [taken(camt053(MARCH), bank) for _ in range(4)]

    assert (first[0].state, first[0].new_lines) == ("imported", 3)
    assert [one[0].state for one in again] == ["already"] * 4
    assert {one[0].statement_id for one in again} == {first[0].statement_id}
    assert written() == before


def test_the_same_statement_in_another_format_is_the_same(bank):
    taken(camt053(MARCH), bank)

    [swift] = taken(mt940(MARCH), bank)

    assert swift.state == "already"
    assert len(rows(bank)) == 3


def test_overlaps_and_a_wrong_order_change_nothing(bank):
    both = camt053([*FEBRUARY, *MARCH], opening="993.00", start="2026-01-31", reference="BOTH")
    february = camt053(FEBRUARY, opening="993.00", start="2026-01-31", end="2026-02-28", reference="FEB")
    march = camt053(MARCH, opening="1000.00", reference="MAR")
    expected = sorted((line.day, line.amount, line.text) for line in [*FEBRUARY, *MARCH])

    for file in (march, both, february, march, both):
        taken(file, bank)

    assert rows(bank) == expected
    status = bank_status(bank)
    assert (status.bank, status.open_count, status.gaps) == (D("1123.00"), 5, ())


def test_bookings_that_look_the_same_in_statements_that_follow_each_other_are_two(bank):
    one = booked("2.00", "2026-03-05", "coffee")
    taken(camt053([one], end="2026-03-05"), bank)

    taken(camt053([one], opening="1002.00", start="2026-03-05", end="2026-03-05"), bank)

    assert rows(bank) == [(one.day, D("2.00"), "coffee")] * 2


def test_a_missing_statement_is_seen(bank):
    taken(camt053(FEBRUARY, opening="993.00", start="2026-01-31", end="2026-02-28"), bank)
    taken(camt053(MARCH, opening="2000.00"), bank)

    assert bank_status(bank).gaps == ((datetime.date(2026, 2, 28), D(2000)),)


def test_the_national_number_finds_its_iban(bank):
    assert taken(mt940(MARCH, account="37040044/0532013000EUR"), bank)[0].bank_account_id == bank.pk


def test_several_accounts_in_one_file_find_theirs(bank):
    savings = make_second_bank(bank.company)
    one, two = camt053(MARCH), camt053(FEBRUARY, iban=savings.number, end="2026-02-28")
    statement = two[two.index(b"<Stmt>") : two.index(b"</BkTo")]

    done = taken(one.replace(b"</BkToCstmrStmt>", statement + b"</BkToCstmrStmt>"), bank)

    assert [(row.bank_account_id, row.new_lines) for row in done] == [(bank.pk, 3), (savings.pk, 2)]


def test_a_profile_of_the_account_reads_its_csv(bank):
    bank.csv_profile = BankCsvProfile.objects.create(
        company=bank.company, name="Mine", delimiter=";", decimal=",", date_format="%d.%m.%Y", currency_id="EUR",
        date_column="Tag", debit_column="Soll", credit_column="Haben", text_columns="Zweck+Mehr",
    )  # fmt: skip
    bank.save()
    content = "Tag;Soll;Haben;Zweck;Mehr\n05.03.2026;;1.019,50;INV-1;x\n06.03.2026;4,00;;Gebühr;\n".encode()

    taken(content, bank, bank_account_id=bank.pk)

    assert rows(bank) == [
        (datetime.date(2026, 3, 5), D("1019.50"), "INV-1 x"),
        (datetime.date(2026, 3, 6), D("-4.00"), "Gebühr"),
    ]


def refusals(bank):
    other = make_second_bank(bank.company)
    good = camt053(MARCH)
    return [
        ("unknown_account", camt053(MARCH, iban="FR7630006000011234567890189"), {}),
        ("wrong_account", good, {"bank_account_id": other.pk}),
        ("wrong_currency", camt053(MARCH, currency="USD"), {}),
        ("does_not_add_up", camt053(MARCH, closing="1.00"), {}),
        ("missing_balance", good.replace(b"OPBD", b"OPAV"), {}),
        ("intraday", good.replace(b"camt.053", b"camt.052").replace(b"BkToCstmrStmt", b"BkToCstmrAcctRpt")
                         .replace(b"<Stmt>", b"<Rpt>").replace(b"</Stmt>", b"</Rpt>"), {}),
        ("bad_date", good.replace(b"2026-03-05", b"2026-02-30"), {}),
        ("dtd_refused", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', {}),
    ]  # fmt: skip


def test_bad_files_are_refused_by_name_and_nothing_is_written(bank):
    cases = refusals(bank)
    before = written()

    for code, content, options in cases:
        with pytest.raises(BankFileRefused) as refusal:
            taken(content, bank, **options)
        assert refusal.value.code == code

    assert written() == before


def test_one_bad_statement_of_a_file_keeps_the_whole_file_out(bank):
    good, bad = camt053(MARCH), camt053(FEBRUARY, closing="1.00")
    statement = bad[bad.index(b"<Stmt>") : bad.index(b"</BkTo")]
    before = written()

    with pytest.raises(BankFileRefused):
        taken(good.replace(b"</BkToCstmrStmt>", statement + b"</BkToCstmrStmt>"), bank)

    assert written() == before


def test_the_number_of_statements_does_not_grow_with_the_lines(bank, django_assert_num_queries):
    few = camt053([booked("1.00", "2026-03-05", f"n{n}") for n in range(2)])
    many = camt053([booked("1.00", "2026-03-06", f"m{n}") for n in range(400)], opening="1002.00")
    BankAccount.objects.count()

    with django_assert_num_queries(9):
        taken(few, bank)
    with django_assert_num_queries(10):  # the days of the statement before it are looked through
        taken(many, bank)

    assert BankStatement.objects.get(new_lines=400).closing == D("1402")


def test_what_is_taken_in_is_proved(bank):
    take_in(bank, *MARCH)

    assert run_checks().ok
