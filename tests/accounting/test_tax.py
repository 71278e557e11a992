"""Tax arithmetic to the cent."""

from decimal import Decimal as D

import pytest

from accounting.tax import document_taxes, tax_of


@pytest.mark.parametrize(
    ("amount", "rate", "inclusive", "exponent", "net", "tax"),
    [
        ("100", "0.2", False, 2, "100", "20.00"),
        ("120", "0.2", True, 2, "100.00", "20.00"),
        ("9.99", "0.2", True, 2, "8.32", "1.67"),
        ("9.99", "0.2", True, None, "8.325", "1.665"),
        ("0.001", "0.18", False, None, "0.001", "0.00018"),
        ("1000", "0.1", True, 0, "909", "91"),
        ("-9.99", "0.2", True, 2, "-8.32", "-1.67"),
        ("50", "0", True, 2, "50.00", "0.00"),
    ],
)
def test_tax_of(amount, rate, inclusive, exponent, net, tax):
    assert tax_of(D(amount), D(rate), inclusive=inclusive, exponent=exponent) == (D(net), D(tax))


def test_rounding_per_line_and_per_document_differ():
    lines = [(D("0.13"), D("0.19"))] * 3

    per_line = document_taxes(lines, inclusive=False, per_line=True, exponent=2)
    per_document = document_taxes(lines, inclusive=False, per_line=False, exponent=2)

    assert [tax for _, tax in per_line] == [D("0.02")] * 3
    assert sum(tax for _, tax in per_document) == D("0.07")


def test_document_taxes_are_rounded_once_for_each_rate():
    lines = [(D("1.01"), D("0.2")), (D("1.01"), D("0.1")), (D("1.01"), D("0.2")), (D("-0.50"), D("0.2"))]

    taxed = document_taxes(lines, inclusive=True, per_line=False, exponent=2)

    assert [net + tax for net, tax in taxed] == [amount for amount, _ in lines]
    assert sum(tax for (_, tax), (_, rate) in zip(taxed, lines, strict=True) if rate == D("0.2")) == D("0.25")
    assert taxed[1] == (D("0.92"), D("0.09"))
