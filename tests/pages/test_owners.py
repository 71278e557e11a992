"""Other owners' goods at their page: a price, goods in, sold and owed, a statement, goods back."""

from decimal import Decimal

import pytest
from django.urls import reverse

from backoffice.core.proof import run_checks
from inventory.models import ConsignmentTerm, GrniItem, StockQuant
from inventory.services import Claim, allocate, issue
from tests.factories.books import ACTOR
from tests.factories.goods import cost, make_demand, make_shop, make_sku, written
from tests.factories.staff import said, sign_in
from tests.factories.tracking import make_owner
from tests.inventory.test_issuing import request

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def owned():
    """6 mugs of a consignor, received at the page, at 4.00 a unit."""
    shop = make_shop()
    sku = make_sku(shop, "MUG")
    owner = make_owner(shop)
    lead = sign_in("warehouse_lead")
    press(lead, owner, "term", sku="MUG", price="4.00")
    press(lead, owner, "receive", sku="mug", quantity="6", location=shop.bin, key="k")
    return shop, sku, owner, lead


def press(client, owner, name, **data):
    return client.post(reverse(f"admin:inventory_stockowner_{name}", args=[owner.pk]), data)


def page_of(client, owner):
    return client.get(reverse("admin:inventory_stockowner_change", args=[owner.pk])).content.decode()


def held(owner):
    return sum(StockQuant.objects.filter(owner=owner.party).values_list("quantity", flat=True))


def test_consigned_goods_come_in_are_sold_owed_for_and_go_back(owned):
    shop, sku, owner, lead = owned
    press(lead, owner, "receive", sku="MUG", quantity="6", location=shop.bin, key="k")  # pressed twice
    assert held(owner) == D(6) and cost(sku) == (D(0), D(0))
    assert run_checks().ok
    demand = make_demand(shop, sku, "2")
    [claim] = allocate([Claim(demand, sku, shop.warehouse.pk, D(2))], company_id=shop.id, actor=ACTOR)
    [(allocation, _quantity)] = claim.parts
    issue(
        [request(shop, sku, allocation, "2", owner_id=owner.party_id, entry_key="s:1", source_type="test")],
        company_id=shop.id,
        actor=ACTOR,
    )

    page = page_of(lead, owner)
    assert "8.00" in page and "MUG" in page
    assert GrniItem.objects.get().supplier_id == owner.party_id
    statement = b"".join(lead.get(reverse("admin:inventory_stockowner_statement", args=[owner.pk])).streaming_content)
    assert b"MUG,2,8,GBP" in statement
    quant = StockQuant.objects.get(owner=owner.party, quantity__gt=0)
    for _finger in range(2):  # pressed twice, it is one return
        press(lead, owner, "return", **{f"quant-{quant.pk}": "1", "key": "form-1"})
    assert held(owner) == D(3)
    press(lead, owner, "return", **{f"quant-{quant.pk}": "3"})
    assert held(owner) == D(0) and "Nothing of theirs lies with us" in page_of(lead, owner)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("term", {"sku": "MUG", "price": "-1"}),
        ("term", {"sku": "NONE", "price": "1"}),
        ("receive", {"sku": "MUG", "quantity": "-1", "location": "1"}),
        ("receive", {"sku": "MUG", "quantity": "1", "location": "0"}),
        ("return", {}),
        ("return", {"too": "many"}),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(owned, name, data):
    _shop, _sku, owner, lead = owned
    if "too" in data:
        data = {f"quant-{StockQuant.objects.get(owner=owner.party).pk}": "7"}
    before = (written(), list(ConsignmentTerm.objects.values_list("unit_price", flat=True)))

    response = press(lead, owner, name, **data)

    assert said(response)
    assert (written(), list(ConsignmentTerm.objects.values_list("unit_price", flat=True))) == before


def test_a_picker_looks_but_takes_nothing_in(owned):
    shop, _sku, owner, _lead = owned
    picker = sign_in("picker")

    assert "Receive goods" not in page_of(picker, owner)
    answer = press(picker, owner, "receive", sku="MUG", quantity="1", location=shop.bin)

    assert answer.status_code == 403 and held(owner) == D(6)
