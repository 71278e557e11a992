"""One box finds everything by whatever stands on it, for people and programs; nobody finds what he may not see."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from backoffice.dashboard.views import command_search
from inventory.models import Barcode
from tests.factories.buying import arrive
from tests.factories.costs import set_standard
from tests.factories.goods import make_shop
from tests.factories.sales import line, make_channel, order, place
from tests.factories.staff import make_staff, sign_in
from tests.factories.tracking import make_rule

ADDRESS = "/api/v1/search/"


def kinds(hits):
    return {(hit["type"], hit["id"]) for hit in hits}


def key(*scopes, **bound):
    user = User.objects.filter(username="robot").first() or User.objects.create_superuser("robot")
    _key, secret = make_api_key(name="t", user=user, scopes=scopes, **bound)
    return {"headers": {"authorization": f"Api-Key {secret}"}}


@pytest.fixture
def finder(world):
    Barcode.objects.create(company=world.house.company, sku_id=world.mug, code="4006381333931")
    return world


def test_everything_is_found_by_what_stands_on_it(finder):
    client = sign_in("owner")
    invoice = finder.one("SELECT id FROM accounting_invoice")

    def found(term):
        return kinds(client.get(ADDRESS, {"q": term}).json()["results"])

    assert found(f"SO-{finder.ready:06d}") == {("orders.order", finder.ready)}
    assert found("R-1") == {("orders.order", finder.ready)}
    assert found("TR-1") == {("orders.order", finder.shipped)}
    assert ("inventory.sku", finder.mug) in found("mug")
    assert ("orders.order", finder.ready) in found("MUG")
    assert ("inventory.sku", finder.mug) in found("4006381333931")
    assert found("inv-000001") == {("accounting.invoice", invoice)}
    assert found(f"PO-{finder.purchase:06d}") == {("inventory.purchaseorder", finder.purchase)}
    make_rule(finder.house, sku_id=finder.cup)
    (held,) = arrive(finder.house, {"sku_id": finder.cup, "quantity": 2, "unit_cost": 2}).inspection_ids
    price = set_standard(finder.house, finder.mug, "6")
    assert found(f"qi-{held}") == {("inventory.inspection", held)}
    assert found(price.number) == {("inventory.revaluation", price.pk)}
    assert found("XYZ-1") == found("nothing of the kind") == set()


def test_a_buyer_is_found_by_name_and_address(finder):
    from orders.inputs import ContactInput

    [placed] = place(
        finder.channel, order("B-1", line("MUG"), contact=ContactInput("c-9", "Nino Novák", "nino@shop.example"))
    )
    client = sign_in("order_desk")

    for term in ("nino", "Novák", "nino@shop.example", "c-9"):
        hits = client.get(ADDRESS, {"q": term}).json()["results"]
        assert ("orders.order", placed.order_id) in kinds(hits), term


def test_the_page_opens_a_single_hit_and_lists_several(finder):
    client = sign_in("owner")

    one = client.get(reverse("search"), {"q": "TR-1"})
    several = client.get(reverse("search"), {"q": "MUG"}).content.decode()
    none = client.get(reverse("search"), {"q": "<b>zzz"}).content.decode()

    assert one.url == reverse("admin:orders_order_change", args=[finder.shipped])
    assert f"SO-{finder.ready:06d}" in several and "Order with this SKU" in several
    assert "&lt;b&gt;zzz" in none and "<b>zzz" not in none


def test_the_palette_finds_the_same(finder, rf):
    request = rf.get(reverse("admin:search"), {"s": "TR-1", "extended": "1"})
    request.user = make_staff("owner")

    hits = command_search(request, "tr-1")

    assert [(hit.title, hit.link) for hit in hits] == [
        (f"SO-{finder.shipped:06d}", reverse("admin:orders_order_change", args=[finder.shipped]))
    ]


def test_a_picker_finds_no_invoice_and_no_journal_entry(finder):
    client = sign_in("picker")
    entry = finder.one("SELECT max(id) FROM accounting_journalentry")

    for term in ("INV-000001", f"JE-{entry}"):
        assert client.get(ADDRESS, {"q": term}).json()["results"] == []
        assert "Nothing is called" in client.get(reverse("search"), {"q": term}).content.decode()
    assert client.get(ADDRESS, {"q": "TR-1"}).json()["results"]


def test_nobody_searches_without_a_key_or_a_desk(finder):
    assert Client().get(ADDRESS, {"q": "TR-1"}).status_code == 401
    assert Client().get(ADDRESS, {"q": "TR-1"}, **key("orders:read")).status_code == 403
    outsider = Client()
    outsider.force_login(User.objects.create_user("outsider"))
    response = outsider.get(ADDRESS, {"q": "TR-1"})
    assert response.status_code == 403
    assert "SO-" not in response.content.decode()
    assert outsider.get(reverse("search"), {"q": "TR-1"}).status_code == 302


def test_a_key_finds_what_its_scopes_and_its_channel_allow(finder):
    other = make_channel(finder.house, "other")
    [foreign] = place(other, order("F-1", line("MUG")))
    client = Client()

    orders = client.get(ADDRESS, {"q": "MUG"}, **key("search:read", "orders:read")).json()["results"]
    bound = client.get(ADDRESS, {"q": "MUG"}, **key("search:read", "orders:read", channel_id=other.pk)).json()[
        "results"
    ]
    bare = client.get(ADDRESS, {"q": "MUG"}, **key("search:read")).json()["results"]
    books = client.get(
        ADDRESS, {"q": "INV-000001"}, **key("search:read", "accounting:read", channel_id=other.pk)
    ).json()["results"]

    assert {hit["type"] for hit in orders} == {"orders.order"} and len(orders) == 4
    assert kinds(bound) == {("orders.order", foreign.order_id)}
    assert bare == books == []


def test_a_key_of_another_company_finds_nothing(finder):
    stranger = make_shop("other", "PAR")
    scopes = ("search:read", "orders:read", "catalogue:read", "stock:read", "accounting:read")

    for term in ("MUG", "TR-1", "INV-000001", f"PO-{finder.purchase:06d}"):
        response = Client().get(ADDRESS, {"q": term}, **key(*scopes, company_id=stranger.id))
        assert response.json()["results"] == [], term


def test_a_search_names_its_field(finder):
    response = sign_in("owner").get(ADDRESS)

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "q"


def test_a_search_asks_the_same_number_of_questions_for_few_and_many(finder):
    client = sign_in("owner")
    client.get(ADDRESS, {"q": "MUG"})
    with CaptureQueriesContext(connection) as few:
        client.get(ADDRESS, {"q": "MUG"})
    place(finder.channel, *[order(f"N-{n}", line("MUG")) for n in range(15)])

    with CaptureQueriesContext(connection) as many:
        hits = client.get(ADDRESS, {"q": "MUG"}).json()["results"]

    assert len(hits) == 19
    assert len(many) == len(few)


def test_the_palettes_address_answers_with_links(finder):
    response = sign_in("accountant").get(reverse("admin:search"), {"s": "TR-1", "extended": "1"})

    assert reverse("admin:orders_order_change", args=[finder.shipped]) in response.content.decode()
