"""Movers and stock by age, as pages and files."""

from django.urls import reverse

from backoffice.core.proof import run_checks
from inventory.selectors.ageing import ageing
from orders.selectors.movers import classes_of, movers
from tests.factories.books import NOON
from tests.factories.staff import sign_in

DAY = NOON.date()


def file(client, name, **query):
    return b"".join(client.get(reverse(name), query).streaming_content)


def test_movers_are_ranked_by_what_was_billed_and_what_left(world):
    (mug,) = movers(world.house.id, DAY, DAY, measure="margin")

    assert (mug.sku, mug.quantity, mug.lines, mug.cost) == ("MUG", 3, 1, 15)
    assert mug.revenue > mug.cost and mug.margin == mug.revenue - 15 and mug.abc == "A" and mug.so_far == 100
    assert [(c.abc, c.skus) for c in classes_of([mug], "margin")] == [("A", 1), ("B", 0), ("C", 0)]
    here = movers(world.house.id, DAY, DAY, warehouse_id=world.house.warehouse.pk)
    assert [(row.quantity, row.revenue) for row in here] == [(3, mug.revenue)]
    assert movers(world.house.id, DAY, DAY, warehouse_id=0) == []

    client = sign_in("accountant")
    given = {"start": DAY, "end": DAY, "by": "quantity"}
    page = client.get(reverse("movers_report"), given).content.decode()
    assert "Movers (ABC)" in page and "MUG" in page and "Cost of sales" in page
    assert "Nothing went to customers" in client.get(reverse("movers_report"), {"end": "2020-01-01"}).content.decode()
    odd = {"start": "x", "end": "2026-13-01", "by": "1; DROP", "warehouse": "?", "a": "90", "b": "10"}
    assert client.get(reverse("movers_report"), odd).status_code == 200
    assert b"MUG" in file(client, "movers_report", **given, **{"as": "csv"})
    assert file(client, "movers_report", **given, **{"as": "xlsx"})[:2] == b"PK"
    assert sign_in("cashier").get(reverse("movers_report")).status_code == 403
    assert run_checks().ok


def test_stock_by_age_is_shown_and_taken_as_a_file(world):
    client = sign_in("accountant")

    page = client.get(reverse("ageing_report")).content.decode()

    assert "Stock by age" in page and "MUG" in page and "Value by days since it came in" in page
    assert "MUG" in client.get(reverse("ageing_report"), {"order": "old", "unsold": "30"}).content.decode()
    assert "No stock of this kind." in client.get(reverse("ageing_report"), {"category": "none"}).content.decode()
    table = file(client, "ageing_report", **{"as": "csv"}).decode()
    assert "366+" in table and "MUG" in table
    assert sign_in("cashier").get(reverse("ageing_report")).status_code == 403
    assert sum(row.value for row in ageing(world.house.id)) == 485
