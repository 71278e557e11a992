"""How well stock works: turns, GMROI, dead stock and fill rate, each reckoned by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from backoffice.core.proof import run_checks
from inventory.models import Category, Product
from orders.selectors.stock_figures import by_category, stock_figures, together
from tests.factories.costs import moved
from tests.factories.goods import make_sku
from tests.factories.sales import line, order, place
from tests.factories.staff import sign_in

D = Decimal


def file(client, **query):
    return b"".join(client.get(reverse("stock_figures_report"), query | {"as": "csv"}).streaming_content).decode()


@pytest.fixture
def worked(world):
    """PEN: 10 at 2.00 came 300 days ago; 4 left 30 days ago. OLD: 5 at 1.00 came 400 days ago and never moved."""
    shop, today = world.house, timezone.localdate()
    pen, old = make_sku(shop, "PEN"), make_sku(shop, "OLD")
    category = Category.objects.create(company=shop.company, code="pens", name="Pens")
    Product.objects.filter(skus=pen).update(category=category)
    supplier = shop.outside["supplier"]

    def ago(days):
        return timezone.now() - timedelta(days=days)

    moved(shop, pen, "10", supplier, shop.bin, value=D("20.00"), effective_at=ago(300))
    moved(shop, old, "5", supplier, shop.bin, value=D("5.00"), effective_at=ago(400))
    moved(shop, pen, "4", shop.bin, shop.customer, effective_at=ago(30))
    return world, pen, today


def test_each_figure_is_what_it_says(worked):
    world, pen, today = worked
    start = today - timedelta(days=99)
    place(world.channel, order("F-1", line("PEN", "8", "5"), placed_at=timezone.now()))

    found = {row.sku: row for row in stock_figures(world.house.id, start, today, today=today)}

    row = found["PEN"]
    # of 100 days' ends 69 or 70 (the clock may be at midnight) had 20.00 and the others 12.00
    assert row.stock == 12 and D("17.50") <= row.average <= D("17.60") and row.cost == 8
    assert row.turns == round(8 * D(365) / 100 / row.average, 2) and row.days_of_stock == round(
        row.average * 100 / 8, 1
    )
    assert (row.ordered, row.filled, row.fill_rate) == (8, 6, D("75.0"))
    assert row.dead == 0 and row.gmroi == round((row.revenue - 8) * D(365) / 100 / row.average, 2)
    assert (found["OLD"].dead, found["OLD"].stock, found["OLD"].turns, found["OLD"].days_of_stock) == (5, 5, 0, None)
    whole = together(found.values(), "", 100)
    assert whole.dead == sum(row.dead for row in found.values()) and whole.stock == sum(r.stock for r in found.values())
    pens = next(group for group in by_category(list(found.values()), 100) if group.name == "Pens")
    assert (pens.turns, pens.fill_rate) == (row.turns, D("75.0"))
    only = stock_figures(world.house.id, start, today, category="Pens", today=today)
    assert [row.sku for row in only] == ["PEN"]
    before = {row.sku for row in stock_figures(world.house.id, start, today - timedelta(days=40), today=today)}
    assert {"PEN", "OLD"} <= before


def test_the_page_leads_from_the_figures_to_what_is_behind_them(worked):
    client = sign_in("accountant")

    page = client.get(reverse("stock_figures_report")).content.decode()

    assert "GMROI" in page and "PEN" in page and "Dock to stock" in page and "On time in full" in page
    dead = client.get(reverse("stock_figures_report"), {"show": "dead", "sort": "dead"}).content.decode()
    assert "OLD" in dead and ">PEN<" not in dead
    assert "Pens" in client.get(reverse("stock_figures_report"), {"by": "category"}).content.decode()
    assert "PEN" in file(client) and "GMROI" in file(client, by="category")
    odd = {"start": "x", "end": "2999-01-01", "show": "?", "sort": "; DROP", "by": "luck", "category": "none"}
    assert "No stock of this kind." in client.get(reverse("stock_figures_report"), odd).content.decode()
    assert sign_in("cashier").get(reverse("stock_figures_report")).status_code == 403
    assert run_checks().ok
