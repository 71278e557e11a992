"""What people with limits, and people who count, are shown: every page and every reading of the API, walked."""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from backoffice.core.registry import LimitedPage, registry
from backoffice.core.scope_gate import hold_up
from inventory.models import Location, Warehouse
from orders.models import Channel, Fulfilment
from tests.core.test_scopes import browser, elsewhere, key_of, make_superuser  # noqa: F401  a fixture
from tests.factories.goods import make_stock
from tests.factories.staff import make_staff
from tests.rights.walking import shown
from warehouse.models import ReceiptProblem

BLIND = "/admin/warehouse/receiptproblem/blind/"
SECRET = "Zanzibar"
MUCH = "4739"


@pytest.fixture
def far_away(elsewhere):  # noqa: F811
    """The warehouse and the channel that the guest does not work with have a name that is nowhere else."""
    Warehouse.objects.filter(pk=elsewhere.house.warehouse.pk).update(name=f"{SECRET} depot", code=SECRET)
    Channel.objects.filter(pk=elsewhere.channel.pk).update(name=f"{SECRET} shop", code=SECRET.lower())
    return elsewhere


def test_nothing_tells_a_name_of_others(far_away):
    told, answered, whole = {}, 0, browser(make_superuser())

    for address, status, text in shown(far_away.guest):
        answered += status == 200
        assert status < 500, address
        if found := re.search(SECRET, text, re.IGNORECASE):
            told[address] = text[max(0, found.start() - 60) : found.end() + 20]

    assert told == {}
    assert answered > 400
    assert SECRET in whole.get(reverse("stock_explorer")).content.decode()  # negative control


def test_what_is_the_whole_companys_is_refused(far_away):
    guest, key, boss = browser(far_away.guest), key_of(far_away.guest), browser(make_superuser())

    for name in ("profit_and_loss", "sales_report", "matching_desk", "proof", "privacy", "house_status"):
        assert guest.get(reverse(name)).status_code == 403, name
        assert boss.get(reverse(name)).status_code == 200, name
    for path_ in ("statements/profit-and-loss/", "margin/", "imports/export/", "stock-explorer/", "floor/board/"):
        assert key.get(path_).status_code == 403, path_


def test_a_report_of_a_warehouse_is_of_ones_own(far_away):
    guest, key = browser(far_away.guest), key_of(far_away.guest)

    sent_on = guest.get(reverse("stock_explorer"), {"q": "MUG"})
    assert (sent_on.status_code, sent_on.url) == (302, f"{reverse('stock_explorer')}?q=MUG&warehouse=FAR")
    assert guest.get(sent_on.url).status_code == 200
    assert guest.get(reverse("stock_explorer"), {"warehouse": SECRET}).status_code == 404
    assert guest.get(reverse("stock_explorer"), {"warehouse": "NOWHERE"}).status_code == 404
    assert key.get("stock-explorer/", warehouse="FAR").status_code == 200
    assert key.get("stock-explorer/", warehouse=SECRET).status_code == 404
    assert key.get("stock-explorer/", warehouse="NOWHERE").status_code in (400, 404)


def test_an_id_in_a_body_is_not_found_where_it_is_anothers(far_away):
    world, key = far_away, key_of(far_away.guest)
    work, before = world.fulfilment_of(world.ready), world.written()
    place = Location.objects.filter(warehouse=world.house.warehouse, kind="bin").values_list("pk", flat=True)[0]
    bodies = {
        "pick-lists/": {"fulfilments": [work]},
        "waves/": {"warehouse": "FAR", "fulfilments": [work]},
        "orders/merge/": {"fulfilments": [work, work]},
        "locations/block/": {"locations": [place], "reason": "Wet"},
        "pickups/": {"order": world.ready, "warehouse": "FAR"},
        "handling-units/": {"location": place, "kind": "pallet", "count": 1},
        "manifests/": {"shipments": [str(pk) for pk in (1, world.one("SELECT id FROM orders_shipment LIMIT 1"))]},
        "returns/": {"order": world.shipped, "lines": [{"order_line": world.line_of(world.shipped), "quantity": "1"}]},
        "landed-costs/": {"moves": [world.one("SELECT id FROM inventory_stockmove ORDER BY id LIMIT 1")]},
        "floor/assign/": {"warehouse": "FAR", "work": [{"kind": "pick", "id": work}], "priority": 1},
    }

    answers = {path_: key.post(path_, body).status_code for path_, body in bodies.items()}
    boss = key_of(make_superuser())

    assert answers == dict.fromkeys(bodies, 404) | {"floor/assign/": answers["floor/assign/"]}
    assert answers["floor/assign/"] in (404, 409)
    assert world.written() == before and not Location.objects.filter(pk=place, blocked_at__isnull=False).exists()
    assert boss.post("pick-lists/", bodies["pick-lists/"]).status_code in (200, 201)  # negative control


def test_an_id_in_a_form_is_not_found_where_it_is_anothers(far_away):
    guest, before = browser(far_away.guest), far_away.written()
    place = Location.objects.filter(warehouse=far_away.house.warehouse, kind="bin").values_list("pk", flat=True)[0]

    assert guest.post(BLIND, {"place": place}).status_code == 404
    bench = guest.post(
        reverse("admin:warehouse_bench_pack"),
        {"fulfilment": far_away.fulfilment_of(far_away.ready), "parcels": []},
        content_type="application/json",
    )
    assert bench.status_code == 404
    assert far_away.written() == before and not ReceiptProblem.objects.exists()
    assert Fulfilment.objects.get(order=far_away.ready).status != "packed"


def test_a_page_that_says_nothing_of_limits_is_refused(rf, far_away):
    request = rf.get("/admin/some/new-page/")
    request.user = far_away.guest

    with pytest.raises(PermissionDenied):
        hold_up(request, "admin/some/new-page/", {})
    with registry.replaced(LimitedPage, LimitedPage("admin/some/new-page/", why="for the test")):
        assert hold_up(request, "admin/some/new-page/", {}) is None
    request.user = make_superuser()
    assert hold_up(request, "admin/some/new-page/", {}) is None


def test_who_picks_and_counts_reads_nowhere_how_much_there_is(far_away):
    world, picker = far_away, make_staff("picker")
    before = world.one("SELECT sum(quantity) FROM inventory_stockquant WHERE sku_id = %s", world.mug)
    make_stock(world.house, world.mug, str(int(MUCH) - int(before)), "10.00", key="more")
    wanted = re.compile(r"4[,.\u00a0 ]?739|4[,.\u00a0 ]?742")  # all of it, and what lies in the bin

    told = {address: wanted.search(text)[0] for address, _status, text in shown(picker) if wanted.search(text)}

    assert told == {}
    lead = "".join(text for _address, _status, text in shown(make_staff("warehouse_lead"), only="/stock"))
    assert wanted.search(lead)  # negative control


def test_the_menu_leaves_out_what_would_be_refused(far_away):
    guest, boss = browser(far_away.guest), browser(make_superuser())

    pages = [client.get(reverse("admin:index")).content.decode() for client in (guest, boss)]

    links = [reverse(name) in page for page in pages for name in ("profit_and_loss", "stock_explorer")]
    assert links == [False, True, True, True]
