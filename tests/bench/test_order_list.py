"""The data sets of bench order_list, and its figures."""

import pytest
from django.utils import timezone
from rich.progress import Progress

from bench import order_data
from bench.order_list import _figures
from orders.models import Order
from orders.selectors.desk import QUESTIONS
from orders.selectors.search import find_orders


@pytest.mark.django_db
def test_every_question_of_the_desk_has_orders_and_an_interrupted_run_goes_on(monkeypatch):
    monkeypatch.setattr(order_data, "SKUS", 40)
    monkeypatch.setattr(order_data, "CHUNK", 50)
    with Progress(disable=True) as progress:
        house = order_data._house(progress)
        order_data._history(house, 50, progress)
        again = order_data._house(progress)
        order_data._history(again, 120, progress)
        order_data._open(again, 60, progress)
        order_data._billed(again, 5, progress)

    today = timezone.localdate()
    count = {name: ask(Order.objects.all(), today).count() for name, ask in QUESTIONS.items()}
    assert again == house
    assert Order.objects.filter(external_id__startswith="H-").count() == 120
    assert (count["held"], count["back_ordered"], count["late"]) == (3, 3, 6)
    assert count["unpaid"] >= 5 and count["to_ship_today"] > 0
    assert {hit.reason for term in ("H-7", "TRACK9", order_data.BUYER, order_data.POPULAR) for hit in find_orders(term)} == {
        "external_id", "tracking", "buyer", "sku",
    }  # fmt: skip


def test_figures_compare_the_sizes_page_by_page():
    found = {"first_page": {"10k": [50.0, 60.0, 55.0], "1m": [60.0, 66.0, 63.0]}}

    figures = _figures(found, {"first_page": {"10k": 50, "1m": 50}}, {"10k": 10_000, "1m": 1_000_000})

    assert figures["ms_10k"] == {"first_page": 55.0} and figures["ms_1m"] == {"first_page": 63.0}
    assert (figures["ratio"], figures["worst_ms"], figures["worst_ratio"]) == ({"first_page": 1.15}, 63.0, 1.15)
