"""Statements as pages: figures that add up, files, what is wrong named, and from a figure to the order's payload."""

import re
from html import unescape

import pytest
from django.urls import reverse

from accounting.models import JournalEntry
from tests.factories.books import NOON, make_company
from tests.factories.staff import sign_in

PAGES = ("trial_balance", "profit_and_loss", "balance_sheet", "general_ledger", "cash_flow", "margin_report")
MARCH = {"start": "2026-03-01", "end": "2026-03-31"}


def file(client, name, **query):
    answer = client.get(reverse(name), query)
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def links(page):
    return [unescape(found) for found in re.findall(r'href="([^"]+)"', page)]


@pytest.mark.parametrize("name", PAGES)
def test_a_statement_is_shown_and_taken_as_csv_xlsx_and_pdf(world, name):
    client = sign_in("accountant")

    page = client.get(reverse(name), MARCH)

    assert page.status_code == 200 and "bo-row-total" in page.content.decode()
    assert client.get(reverse(name)).status_code == 200
    assert b"," in file(client, name, **MARCH, **{"as": "csv"})
    assert file(client, name, **MARCH, **{"as": "xlsx"})[:2] == b"PK"
    assert file(client, name, **MARCH, **{"as": "pdf"})[:5] == b"%PDF-"
    assert sign_in("cashier").get(reverse(name)).status_code == 403


def test_from_profit_and_loss_to_stock_move_and_order_in_clicks(world):
    client = sign_in("accountant")
    page = client.get(reverse("profit_and_loss"), MARCH | {"compare": "both"}).content.decode()
    assert "Gross profit" in page and "Previous period" in page and "Last year" in page

    [ledger] = {
        link for link in links(page) if "general-ledger" in link and "account=5010" in link and "2026-03-01" in link
    }
    page = client.get(ledger).content.decode()
    entry = next(link for link in links(page) if "/accounting/journalentry/" in link and link.endswith("/change/"))
    page = client.get(entry).content.decode()
    shipment = next(link for link in links(page) if "/orders/shipment/" in link and "change" in link)
    move = next(link for link in links(page) if "/inventory/stockmove/" in link and "change" in link)
    page = client.get(move).content.decode()
    assert "MUG" in page and shipment in links(page)  # the goods that moved, and the document they moved for
    page = client.get(shipment).content.decode()
    order = next(link for link in links(page) if f"/orders/order/{world.shipped}/" in link)
    assert client.get(order).status_code == 200


def test_margin_is_shown_by_channel_sku_and_order_and_leads_on(world):
    client = sign_in("accountant")

    channels = client.get(reverse("margin_report"), MARCH | {"compare": "both"}).content.decode()
    skus = client.get(reverse("margin_report"), MARCH | {"by": "sku"}).content.decode()
    orders = client.get(reverse("margin_report"), MARCH | {"by": "order", "compare": "previous"}).content.decode()

    ledger = next(link for link in links(channels) if "channel=web" in link and "line=cost_of_sales" in link)
    assert "15.00" in client.get(ledger).content.decode()
    assert reverse("admin:inventory_sku_change", args=[world.mug]) in links(skus)
    assert reverse("admin:orders_order_change", args=[world.shipped]) in links(orders)
    assert "compared with nothing" in orders
    assert client.get(reverse("margin_report"), {"by": "luck"}).status_code == 400


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"end": "2026-02-30"}, "not_a_date"),
        ({"start": "2026-03-02", "end": "2026-03-01"}, "ends_before_start"),
        ({"account": "99999"}, "unknown_account"),
        ({"party": "nobody"}, "unknown_party"),
        ({"line": "luck"}, "unknown_line"),
        ({"company": "theirs"}, "unknown_company"),
        ({"after": "1.2.3", "account": "5010"}, "not_a_place"),
    ],
)
def test_what_makes_no_sense_is_named_and_nothing_is_written(world, query, code):
    before = JournalEntry.objects.count()

    page = sign_in("accountant").get(reverse("general_ledger"), query)

    assert page.status_code == 400 and code in page.content.decode()
    assert JournalEntry.objects.count() == before


def test_the_ledger_comes_in_pages_and_another_company_s_account_is_unknown(world, monkeypatch):
    """frappe/erpnext#35123, #35154, #41452, #49769: long ledgers time out there; here a page reads its own lines only."""
    monkeypatch.setattr("accounting.admin.statements.SHOWN", 1)
    client = sign_in("accountant")
    account = {"account": "1210", **MARCH}

    first = client.get(reverse("general_ledger"), account).content.decode()

    following = next(link for link in links(first) if "after=" in link)
    second = client.get(reverse("general_ledger") + following).content.decode()
    assert "Closing" in second and "Closing" not in first
    other = make_company("other")
    other.account_set.create(code="X-1", name="Theirs", type="asset")
    page = client.get(reverse("general_ledger"), {"account": "X-1", "company": world.house.company.code})
    assert page.status_code == 400 and "unknown_account" in page.content.decode()
    assert NOON.year == 2026
