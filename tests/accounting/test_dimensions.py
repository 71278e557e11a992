"""What journal lines are analysed by: channel, warehouse and category, filled by the house and asked for by reports."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse

from accounting.models import AccountRole, DimensionSet, JournalLine
from accounting.selectors import account_ids, carrying, dimension_codes, lines_carrying
from accounting.selectors.dimensions import NONE
from accounting.services import Entry, Line, post_entries
from backoffice.core.proof import run_checks
from inventory.models import Category, Sku
from tests.api.conftest import World as ApiWorld
from tests.factories.books import ACTOR, NOON, make_company
from tests.factories.sales import line, make_channel, order, place
from tests.factories.staff import sign_in
from warehouse.services import fulfil_straight

D = Decimal


def _revenue(shop):
    lines = JournalLine.objects.filter(account_id=account_ids(shop.id)[AccountRole.REVENUE])
    return sorted(lines.values_list("dimension_set__key", "base_amount"))


@pytest.fixture
def sold(db):
    """Two mugs of the category "mugs" and a cup of none, shipped from LON on the channel web."""
    world = ApiWorld()
    mugs = Category.objects.create(company_id=world.house.id, code="mugs;big", name="Mugs")
    product = Sku.objects.get(pk=world.mug).product
    product.category = mugs
    product.save()
    [result] = place(world.channel, order("D-1", line("MUG", "2", "10"), line("CUP", "1", "7")))
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM orders_fulfilment WHERE order_id = %s", [result.order_id])
        works = [pk for (pk,) in cursor.fetchall()]
    fulfil_straight(works, company_id=world.house.id, actor=ACTOR, effective_at=NOON, tracking={})
    return world


def test_a_shipment_says_channel_warehouse_and_category_on_every_line(sold):
    assert _revenue(sold.house) == [
        ("category=mugs,big;channel=web;warehouse=LON", D(-20)),
        ("channel=web;warehouse=LON", D(-7)),
    ]
    cogs = JournalLine.objects.filter(account_id=account_ids(sold.house.id)[AccountRole.COGS])
    assert lines_carrying(cogs, {"category": ["mugs,big"]}).get().base_amount == 10
    assert run_checks().ok


def test_lines_are_asked_for_by_codes_and_by_none(sold):
    lines = JournalLine.objects.filter(account_id=account_ids(sold.house.id)[AccountRole.REVENUE])

    def total(**wanted):
        return sum(lines_carrying(lines, wanted).values_list("base_amount", flat=True))

    assert total(channel=["web"]) == -27
    assert total(channel=["web"], category=["mugs,big"]) == -20
    assert total(category=[NONE]) == -7
    assert total(category=["mugs,big", NONE]) == -27
    assert total(channel=["shop"]) == 0
    assert dimension_codes(sold.house.id) == {"category": ["mugs,big"], "channel": ["web"], "warehouse": ["LON"]}


def test_the_look_up_uses_the_indexes(db):
    company = make_company()
    roles = account_ids(company.pk)
    post_entries(
        [
            Entry(
                None, NOON + datetime.timedelta(minutes=n), "general", "", None, f"d:{n}",
                [
                    Line(roles["bank"], D(1), "GBP", dimensions=(("channel", f"c{n}"),)),
                    Line(roles["opening_equity"], D(-1), "GBP"),
                ],
            )
            for n in range(50)
        ],
        company_id=company.pk,
        actor=ACTOR,
    )  # fmt: skip
    wanted = JournalLine.objects.filter(carrying({"channel": ["c7"]}))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = wanted.explain()
    assert "journalline_by_dimension_set" in plan and "dimensionvalue_by_code" in plan
    assert wanted.count() == 1 and DimensionSet.objects.count() == 50


def test_the_page_and_the_api_narrow_down_by_dimension(sold):
    accountant = sign_in("auditor")
    page = accountant.get(reverse("admin:accounting_journalline_changelist"), {"category": "mugs,big"})
    shown = page.content.decode()
    assert page.status_code == 200 and "category=mugs,big" in shown and "7.00" not in shown

    caller = sold.caller("accounting:read", bound=False, company_id=sold.house.id)
    assert {"axis": "category", "codes": ["mugs,big"]} in caller.get("dimensions/").json()
    make_channel(sold.house, "shop")
    found = caller.get("journal-entries/", dimensions="channel=web,warehouse=LON").json()["results"]
    assert {row["source_type"] for row in found} == {"orders.shipment"}
    assert caller.get("journal-entries/", dimensions="channel=shop").json()["results"] == []
    refused = caller.get("journal-entries/", dimensions="channel")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "dimensions")
    assert caller.get("journal-entries/", dimensions="channel=-").status_code == 200
