"""Other owners' goods at their page: a price, goods in, sold and owed, a statement, goods back."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounting.models import Bill
from backoffice.core.proof import run_checks
from inventory.models import ConsignmentTerm, GrniItem, StockQuant
from inventory.services import Claim, allocate, issue, post_matched_bill
from tests.factories.books import ACTOR
from tests.factories.goods import balance, cost, goods_differ, make_demand, make_shop, make_sku, written
from tests.factories.sales import make_channel
from tests.factories.staff import said, sign_in
from tests.factories.tracking import make_owner
from tests.inventory.test_issuing import request

pytestmark = pytest.mark.django_db

D = Decimal
TODAY = timezone.localdate().isoformat()


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


def statement_of(client, owner, **query):
    return client.get(reverse("admin:inventory_stockowner_statement", args=[owner.pk]), query)


def file_of(client, owner, kind="csv", **query):
    return b"".join(statement_of(client, owner, **query, **{"as": kind}).streaming_content)


def sell(shop, sku, owner, quantity):
    """Of the owner's mugs to an order."""
    demand = make_demand(shop, sku, quantity)
    [claim] = allocate([Claim(demand, sku, shop.warehouse.pk, D(quantity))], company_id=shop.id, actor=ACTOR)
    [(allocation, _quantity)] = claim.parts
    sold = request(shop, sku, allocation, quantity, owner_id=owner.party_id, entry_key=f"s:{allocation}")
    issue([replace(sold, source_type="test")], company_id=shop.id, actor=ACTOR)


def held(owner):
    return sum(StockQuant.objects.filter(owner=owner.party).values_list("quantity", flat=True))


def test_consigned_goods_come_in_are_sold_owed_for_and_go_back(owned):
    shop, sku, owner, lead = owned
    press(lead, owner, "receive", sku="MUG", quantity="6", location=shop.bin, key="k")  # pressed twice
    assert held(owner) == D(6) and cost(sku) == (D(0), D(0))
    assert run_checks().ok
    sell(shop, sku, owner, "2")

    page = page_of(lead, owner)
    assert "8.00" in page and "MUG" in page
    assert GrniItem.objects.get().supplier_id == owner.party_id
    assert b"MUG,2,8,GBP" in file_of(lead, owner, what="sold", start="2026-01-01")
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


def test_the_statement_tells_the_period_and_its_bill_is_proposed_posted_and_clears_what_is_owed(owned):
    shop, sku, owner, lead = owned
    sell(shop, sku, owner, "2")
    sell(shop, sku, owner, "1")
    quant = StockQuant.objects.get(owner=owner.party, quantity__gt=0)
    press(lead, owner, "return", **{f"quant-{quant.pk}": "1", "key": "form-1"})
    accountant = sign_in("accountant")

    since = {"start": "2026-01-01"}
    page = statement_of(accountant, owner, **since).content.decode()
    assert "12.00" in page and "Propose the bill" in page and "Went back to the owner" in page
    assert "MUG,MUG,0,6,-3,0,-1,0,2,12" in file_of(accountant, owner, **since).decode()
    assert file_of(accountant, owner, "xlsx", what="moves", **since)[:2] == b"PK"
    assert file_of(accountant, owner, what="moves", **since).count(b"Sold or shipped") == 2
    for language in ("en", "ka", "ru", "xx"):
        paper = statement_of(accountant, owner, language=language, **since, **{"as": "pdf"})
        assert paper.content[:5] == b"%PDF-" and paper["Content-Type"] == "application/pdf"
    assert "Nothing of theirs lay with us" in statement_of(accountant, owner, end="2026-01-02").content.decode()

    answer = press(accountant, owner, "bill", until=TODAY)
    bill = Bill.objects.get()
    assert answer["Location"] == reverse("admin:accounting_bill_change", args=[bill.pk])
    assert (bill.number, bill.total, bill.status, bill.lines.count()) == (f"SB-{owner.pk}-1", 12, "approved", 2)
    assert "is on a bill" in statement_of(accountant, owner, **since).content.decode()
    post_matched_bill(bill.pk, company_id=shop.id, actor=ACTOR)

    assert balance(shop.company, "grni") == 0 and balance(shop.company, "payable") == -12
    assert not GrniItem.objects.filter(kind="receipt", open_quantity__gt=0).exists()
    assert not goods_differ()


def test_nothing_is_billed_twice_nor_for_a_client_nor_by_whoever_may_not(owned):
    shop, sku, owner, lead = owned
    client = make_owner(shop, "Keeper", "client")
    accountant = sign_in("accountant")
    assert said(press(accountant, owner, "bill")) and said(press(accountant, client, "bill"))
    assert not Bill.objects.exists()
    sell(shop, sku, owner, "2")

    assert press(lead, owner, "bill").status_code == 403
    assert said(press(accountant, owner, "bill", until=TODAY, tax_code="XX9")) and not Bill.objects.exists()
    assert said(press(accountant, owner, "bill", until="2999-01-01")) and not Bill.objects.exists()
    for _finger in range(2):
        press(accountant, owner, "bill", until=TODAY)

    assert Bill.objects.count() == 1
    assert sign_in("cashier").get(reverse("admin:inventory_stockowner_statement", args=[owner.pk])).status_code == 403


def test_a_channel_is_given_to_a_client_at_its_page_and_never_to_a_consignor(owned):
    shop, _sku, owner, _lead = owned
    client, channel = make_owner(shop, "Keeper", "client"), make_channel(shop)
    address = reverse("admin:orders_channel_change", args=[channel.pk])
    boss = sign_in("owner")
    form = boss.get(address).context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    formsets = {
        f"{prefix}-{name}": 0
        for prefix in ("sourcing_rules", "mail_rules")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
    }

    refused = boss.post(address, data | formsets | {"goods_owner": owner.pk})
    channel.refresh_from_db()
    assert refused.status_code == 200 and channel.goods_owner_id is None
    answer = boss.post(address, data | formsets | {"goods_owner": client.pk})

    channel.refresh_from_db()
    assert answer.status_code == 302 and channel.goods_owner_id == client.pk
