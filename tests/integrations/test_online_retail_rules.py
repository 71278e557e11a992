"""The meaning of each line of an Online Retail file: pure, no database."""

import os
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from integrations.importing.online_retail import COLUMNS, read_documents, read_rows, sort_rows
from integrations.importing.online_retail_codes import Meaning, default_meanings, meanings
from integrations.importing.online_retail_stock import (
    SkuFacts,
    batches,
    facts_of,
    median_price,
    shortfall,
    sku_key,
    unit_cost,
)
from integrations.importing.reading import FileUnreadable

SAMPLE = Path(__file__).parent.parent / "data" / "online_retail_sample.csv"
WHOLE = (
    Path(os.environ.get("BACKOFFICE_REFERENCE_DATA", "../shared"))
    / "data/online-retail/online_retail_2010-12-01_2011-10-31.csv.xz"
)


def documents(*lines):
    """lines: invoice, code, description, quantity, date, price, customer, country."""
    return read_documents((number, list(line)) for number, line in enumerate(lines, start=2))


def line(invoice="1", code="22423", quantity="1", price="1.00", customer="12345", date="2011-01-05 10:00:00"):
    return invoice, code, " CAKE STAND ", quantity, date, price, customer, "France"


def one(*lines):
    (document,) = documents(*lines)
    return sort_rows(document, default_meanings())


def test_goods_charges_and_free_goods_make_a_sale():
    sorted_ = one(
        line(code="85123a", quantity="6", price="2.55"),
        line(code="POST", price="18.00"),
        line(code="m", price="2.55"),
        line(code="22423", price="0.0"),
    )

    assert [(row.code, row.quantity, row.price) for row in sorted_.goods] == [
        ("85123a", 6, Decimal("2.55")),
        ("22423", 1, Decimal("0.0")),
    ]
    assert [(row.code, meaning.account_role) for row, meaning in sorted_.charges] == [
        ("POST", "shipping_revenue"),
        ("m", "other_revenue"),
    ]
    assert sorted_.sale_total == Decimal("35.85")
    assert sorted_.goods[0].description == "CAKE STAND"
    assert not sorted_.refused and not sorted_.adjustments and not sorted_.credits


def test_zero_price_without_customer_is_an_adjustment_of_either_sign():
    sorted_ = one(
        line(quantity="-5", price="0.0", customer=""),
        line(quantity="7", price="0", customer=""),
        line(quantity="2", price="1.00", customer=""),
    )

    assert [row.quantity for row in sorted_.adjustments] == [-5, 7]
    assert [row.quantity for row in sorted_.goods] == [2]


def test_fees_and_bad_debt_are_posted_whatever_their_sign():
    fee = one(line("C1", code="AMAZONFEE", quantity="-1", price="5.00", customer=""))
    debt = one(line("A1", code="B", quantity="1", price="-11062.06", customer=""))
    charge = one(line(code="BANK CHARGES", price="0.001"))

    assert [(row.value, meaning.account_role) for row, meaning in fee.postings] == [(Decimal("-5.00"), "channel_fees")]
    assert [(row.value, meaning.account_role) for row, meaning in debt.postings] == [(Decimal("-11062.06"), "bad_debt")]
    assert charge.postings[0][0].value == Decimal("0.001")
    assert not fee.credits


def test_a_credit_keeps_goods_and_charges_apart_by_meaning():
    sorted_ = one(line("C1", quantity="-3", price="2.00"), line("C1", code="D", quantity="-1", price="27.50"))

    assert [(row.quantity, meaning.kind) for row, meaning in sorted_.credits] == [(-3, "sku"), (-1, "discount")]


@pytest.mark.parametrize(
    "bad, code",
    [
        (line(code="?"), "unknown_code"),
        (line(quantity="0"), "quantity_zero"),
        (line(price="-1.00"), "negative_price"),
        (line(quantity="-2"), "negative_on_sale"),
        (line(quantity="two"), "unreadable"),
        (line(price="NaN"), "unreadable"),
        (line(price="1.1234567"), "unreadable"),
        (line(date="yesterday"), "unreadable"),
    ],
)
def test_a_senseless_line_takes_its_sale_along_but_no_adjustment(bad, code):
    sorted_ = one(line(quantity="4"), line(quantity="-1", price="0", customer=""), bad)

    # the customer of the document is that of its first readable row: 12345, so the zero line is no write-off
    assert sorted_.goods == []
    assert code in {refused.code for refused in sorted_.refused}
    assert len(sorted_.refused) == 3


def test_adjustments_and_postings_stay_when_the_sale_is_refused():
    sorted_ = one(
        line(quantity="-1", price="0", customer=""),
        line(code="BANK CHARGES", customer=""),
        line(code="??", customer=""),
        line(quantity="2", customer=""),
    )

    assert len(sorted_.adjustments) == 1 and len(sorted_.postings) == 1
    assert [(refused.number, refused.code) for refused in sorted_.refused] == [
        (4, "unknown_code"),
        (5, "incomplete_document"),
    ]


def test_a_zero_line_of_a_charge_is_refused_alone():
    sorted_ = one(line(code="POST", quantity="1000", price="0", customer=""), line(customer=""))

    assert [refused.code for refused in sorted_.refused] == ["no_goods_no_money"]
    assert len(sorted_.goods) == 1


def test_a_negative_total_is_refused_whole():
    sorted_ = one(line(price="5.00"), line(code="M", quantity="-1", price="6.00"))

    assert [refused.code for refused in sorted_.refused] == ["negative_total", "negative_total"]
    assert sum(refused.value for refused in sorted_.refused) == Decimal("-1.00")


def test_a_refused_row_says_what_the_file_said():
    sorted_ = one(line(code="?", quantity="3", price="1.25", date="2011-07-05 09:15:00"))

    assert sorted_.refused[0].raw == {
        "InvoiceNo": "1",
        "StockCode": "?",
        "Description": "CAKE STAND",
        "Quantity": "3",
        "InvoiceDate": "2011-07-05 09:15:00",
        "UnitPrice": "1.25",
        "CustomerID": "12345",
        "Country": "France",
    }
    assert sorted_.refused[0].value == Decimal("3.75")


def test_two_timestamps_take_the_first_and_local_time_is_kept():
    (document,) = documents(line(date="2011-07-01 09:00:00"), line(date="2011-07-01 09:01:00"))

    assert document.at.isoformat() == "2011-07-01T09:00:00+01:00"
    assert len(document.rows) == 2


def test_documents_come_in_order_of_time_and_exact_doubles_stay():
    found = documents(
        line("2", date="2011-01-02 10:00:00"), line("1"), line("1"), line("3", date="2011-01-01 10:00:00")
    )

    assert [document.number for document in found] == ["3", "2", "1"]
    assert len(found[2].rows) == 2


def test_the_longest_pattern_wins_and_case_does_not_count():
    find = meanings(
        [("AB*", Meaning("charge", "other")), ("ABC*", Meaning("sku", sku_code="X")), ("q", Meaning("sku"))]
    )

    assert find("abcd") == Meaning("sku", sku_code="X")
    assert find("abd") == Meaning("charge", "other")
    assert find("Q") == Meaning("sku")
    assert find("12345bl") == Meaning("sku")
    assert find("123456") is None


def test_median_and_cost():
    prices = Counter({Decimal("1.00"): 2, Decimal("3.00"): 1, Decimal("4.01"): 1})

    assert median_price(prices) == Decimal("2.00")
    assert median_price(prices + Counter({Decimal("9"): 1})) == Decimal("3.00")
    assert median_price(Counter()) is None
    assert unit_cost(SkuFacts("A", prices=prices), Decimal("0.55")) == Decimal("1.10")
    assert unit_cost(SkuFacts("A", prices=Counter({Decimal("0.001"): 1})), Decimal("0.55")) == Decimal("0.01")
    assert unit_cost(SkuFacts("A"), Decimal("0.55")) == Decimal("0.01")


def test_opening_stock_is_the_largest_deficit_with_goods_leaving_first_in_a_part():
    meaning_of = default_meanings()
    sorted_ = [
        sort_rows(document, meaning_of)
        for document in documents(
            line("1", quantity="10", date="2011-01-01 10:00:00"),
            line("C2", quantity="-4", date="2011-01-01 11:00:00"),
            line("3", quantity="3", date="2011-01-01 12:00:00"),
            line("4", quantity="-2", price="0", customer="", date="2011-01-01 13:00:00"),
        )
    ]

    def key(code):
        return sku_key(code, meaning_of(code))

    assert shortfall(batches(sorted_, 1), {}, key) == {"22423": 11}
    assert shortfall(batches(sorted_, 4), {}, key) == {"22423": 15}
    assert shortfall(batches(sorted_, 1), {"22423": Decimal(6)}, key) == {"22423": 5}
    assert shortfall(batches(sorted_, 1), {"22423": Decimal(11)}, key) == {}


def _figures(path):
    meaning_of = default_meanings()
    sorted_ = [sort_rows(document, meaning_of) for document in read_documents(read_rows(path))]
    counts, values, months = Counter(), defaultdict(Decimal), defaultdict(Decimal)
    for document in sorted_:
        parts = {
            "goods": document.goods,
            "charges": [row for row, _ in document.charges],
            "credits": [row for row, _ in document.credits],
            "adjustments": document.adjustments,
            "postings": [row for row, _ in document.postings],
            "refused": document.refused,
        }
        for name, rows in parts.items():
            counts[name] += len(rows)
            for row in rows:
                values[name] += row.value
                months[f"{document.document.at:%Y-%m}"] += row.value
    return sorted_, counts, values, months


def test_sample_figures():
    _, counts, values, _ = _figures(SAMPLE)

    assert counts == {"goods": 829, "charges": 17, "credits": 43, "adjustments": 8, "postings": 11, "refused": 3}
    assert sum(values.values()) == Decimal("3807.703")


@pytest.mark.skipif(not WHOLE.exists(), reason="the whole file is not at hand (BACKOFFICE_REFERENCE_DATA)")
def test_whole_file_adds_up_to_the_published_figures():
    sorted_, counts, values, months = _figures(WHOLE)

    assert len(sorted_) == 21_423
    assert counts == {
        "goods": 419_626,
        "charges": 2_012,
        "credits": 7_790,
        "adjustments": 2_149,
        "postings": 76,
        "refused": 20,
    }
    assert dict(values) == {
        "goods": Decimal("8197802.39"),
        "charges": Decimal("295649.993"),
        "credits": Decimal("-441989.48"),
        "adjustments": 0,
        "postings": Decimal("-199139.229"),
        "refused": 0,
    }
    assert sum(values.values()) == Decimal("7852323.674")
    assert dict(months) == {
        "2010-12": Decimal("748957.02"),
        "2011-01": Decimal("560000.26"),
        "2011-02": Decimal("498062.65"),
        "2011-03": Decimal("683267.08"),
        "2011-04": Decimal("493207.121"),
        "2011-05": Decimal("723333.51"),
        "2011-06": Decimal("691123.12"),
        "2011-07": Decimal("681300.111"),
        "2011-08": Decimal("682680.51"),
        "2011-09": Decimal("1019687.622"),
        "2011-10": Decimal("1070704.67"),
    }
    meaning_of = default_meanings()
    facts = facts_of(sorted_, lambda code: sku_key(code, meaning_of(code)))
    assert len(facts) == 3_881


def test_a_missing_column_is_named_with_its_line(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(",".join(COLUMNS).replace("UnitPrice", "Price") + "\n")

    with pytest.raises(FileUnreadable, match="Line 1.*UnitPrice"):
        list(read_rows(path))


@pytest.mark.parametrize("end, whole", [("France", True), ("France\n", True), ("Fran\n", True), ("Fran", False)])
def test_a_last_line_without_its_end_must_name_a_known_country(tmp_path, end, whole):
    path = tmp_path / "orders.csv"
    path.write_text(",".join(COLUMNS) + "\n" + ",".join(line()[:-1]) + "," + end)

    if whole:
        assert len(list(read_rows(path))) == 1
    else:
        with pytest.raises(FileUnreadable, match="Line 2: the last line has no line end"):
            list(read_rows(path))
