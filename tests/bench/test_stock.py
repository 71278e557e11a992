"""The measurements of a grown stock: the data set is sound and gone on with, each figure is of what it says."""

import pytest
from rich.progress import Progress

from bench import stock, stock_data
from inventory.models import Sku, StockMove
from tests.factories.floor import broken_checks


@pytest.mark.django_db(transaction=True)
def test_a_small_stock_is_made_once_and_measured():
    with Progress(disable=True) as progress:
        worth = stock.measure_valuation(progress, skus=60, warehouses=2)
        moves = StockMove.objects.count()
        received = stock.measure_receipt(progress, lines=5, skus=60, warehouses=2)
        again = stock.measure_receipt(progress, lines=20, skus=60, warehouses=2)

    made = Sku.objects.filter(code__startswith="MOVED-")
    assert made.count() == 60
    assert StockMove.objects.filter(sku__in=made).count() >= 60 * 2 * len(stock_data.YEAR)
    assert worth["rows"] >= 2 * 60 and worth["ms_now"] > 0 and worth["ms_past"] > 0
    assert StockMove.objects.count() == moves + (stock.WARM + stock.TIMES) * 25
    assert received["statements"] == again["statements"]
    assert broken_checks() == []


@pytest.mark.django_db(transaction=True)
def test_availability_is_asked_over_http():
    with Progress(disable=True) as progress:
        figures = stock.measure_availability(progress, skus=20, warehouses=2)

    assert figures["skus_asked"] == 20 and figures["ms"] > 0
