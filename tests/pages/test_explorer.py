"""The stock explorer: from all SKUs to one bin, as page, file and API."""

from decimal import Decimal

import pytest
from django.urls import reverse

from backoffice.core.proof import run_checks
from inventory.models import Category, Product, Sku
from inventory.selectors.explorer import OWN, explore, stock_place
from orders.models import OrderLine
from tests.factories.buying import arrive
from tests.factories.sales import line, order, place
from tests.factories.staff import sign_in
from tests.factories.tracking import make_owner

D = Decimal


@pytest.fixture
def claimed(world):
    """Orders hold seven of the mugs, the last of them two."""
    place(world.channel, order("X-1", line("MUG", "2", "10")))
    return world


def test_a_sku_is_found_by_code_name_or_barcode_and_by_what_is_held(claimed, django_assert_num_queries):
    company, here = claimed.house.id, claimed.house.warehouse.pk
    mug = Sku.objects.get(code="MUG")
    Product.objects.filter(pk=mug.product_id).update(
        category=Category.objects.create(
            company_id=company, code="cups", name="Cups",
            parent=Category.objects.create(company_id=company, code="home", name="Home"),
        )
    )  # fmt: skip

    with django_assert_num_queries(2):
        found, more = explore(company)
    by_code = {row.sku: row for row in found}
    assert not more and list(by_code) == sorted(by_code)
    assert by_code["MUG"].whole.claimed == 7 and by_code["MUG"].places[here].available == by_code["MUG"].whole.available

    def codes(**asked):
        return [row.sku for row in explore(company, **asked)[0]]

    assert codes(search="mu") == ["MUG"] and codes(search=mug.name[1:]) == ["MUG"]
    assert codes(category="Home") == codes(category="Cups") == ["MUG"] and codes(category="None") == []
    assert codes(search="%") == codes(search="_") == []
    assert "MUG" in codes(holding="free") and "MUG" not in codes(holding="none") and codes(holding="blocked") == []
    assert codes(holding="stocked", sort="on_hand")[0] == "MUG" and codes(limit=1, page=2) == [list(by_code)[1]]


def test_each_owner_s_goods_are_looked_at_by_themselves(world, django_assert_num_queries):
    shop, owner = world.house, make_owner(world.house)
    arrive(shop, {"sku_id": world.mug, "quantity": D(6), "owner_id": owner.party_id, "location_id": shop.bin})

    with django_assert_num_queries(2):
        [theirs], _more = explore(shop.id, owner=owner.party.code)
    both = next(row for row in explore(shop.id)[0] if row.sku == "MUG").whole.on_hand
    ours = next(row for row in explore(shop.id, owner=OWN)[0] if row.sku == "MUG").whole.on_hand
    assert (theirs.sku, theirs.whole.on_hand, both - ours) == ("MUG", 6, 6)

    page = sign_in("owner").get(reverse("stock_explorer"), {"owner": owner.party.code}).content.decode()
    assert "MUG" in page and "CUP</strong>" not in page and "Our own" in page


def test_one_place_shows_bins_claims_and_moves(claimed, django_assert_num_queries):
    mug = Sku.objects.get(code="MUG")

    with django_assert_num_queries(6):
        found = stock_place(claimed.house.id, mug.pk, claimed.house.warehouse.pk)

    assert sum(quant.quantity for quant in found.quants) == found.kinds[0].on_hand
    last = max(found.claims, key=lambda claim: claim.pk)
    assert last.open == 2 and last.demand.source_id == OrderLine.objects.latest("id").pk
    assert found.available == found.kinds[0].on_hand - 7 and found.moves


def test_the_pages_lead_from_the_table_to_the_order(claimed):
    client = sign_in("buyer")
    mug, here = Sku.objects.get(code="MUG"), claimed.house.warehouse

    page = client.get(reverse("stock_explorer"), {"q": "MUG", "holding": "nonsense", "page": "-3"}).content.decode()
    address = reverse("stock_place", args=[mug.pk, here.pk])
    assert address in page and "CUP" not in page
    place_page = client.get(address).content.decode()
    assert "X-1" in place_page or "SO-" in place_page
    assert "No SKU fits." in client.get(reverse("stock_explorer"), {"q": "nothing like it"}).content.decode()
    file = b"".join(client.get(reverse("stock_explorer"), {"as": "csv"}).streaming_content).decode()
    assert file.splitlines()[0].startswith("\ufeffSKU,") or file.startswith("SKU,")
    assert any(row.startswith("MUG,") for row in file.splitlines())
    assert client.get(reverse("stock_place", args=[mug.pk, 0])).status_code == 404
    assert run_checks().ok
