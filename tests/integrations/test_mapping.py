"""Unknown SKUs: one queue, suggestions, mapped once and imported at once, by page and API."""

import pytest
from django.urls import reverse

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import AuditEvent, User
from backoffice.core.proof import run_checks
from integrations import services
from integrations.models import CodeMapping, QuarantinedRow
from orders.models import Order, OrderLine
from tests.api.conftest import Caller
from tests.factories.books import ACTOR
from tests.factories.staff import said, sign_in


@pytest.fixture
def waiting(connected):
    """Two orders of "m-u-g" and one of "CUPP" wait."""
    connected.sell(1, "m-u-g")
    connected.sell(2, "m-u-g")
    connected.sell(3, "CUPP")
    services.pull_orders(connection_id=connected.id, force=True)
    services.import_orders(connection_id=connected.id)
    return connected


def test_the_queue_shows_each_code_once_with_what_it_may_mean(waiting):
    rows = services.unmapped_skus()

    assert [(row.code, row.orders, row.units) for row in rows] == [("m-u-g", 2, "2"), ("CUPP", 1, "1")]
    assert [(found.code, found.why) for found in rows[0].suggestions][:1] == [("MUG", "same")]
    assert [(found.code, found.why) for found in rows[1].suggestions][:1] == [("CUP", "alike")]


def test_the_page_maps_and_imports_at_once(waiting):
    client = sign_in("owner")
    page = client.get(reverse("admin:integrations_codemapping_queue")).content.decode()
    assert "m-u-g" in page and "CUPP" in page
    form = {"channel": str(waiting.channel.pk), "code": "m-u-g", "sku": "mug"}
    address = reverse("admin:integrations_codemapping_map")

    assert said(client.post(address, form)) == ["Mapped to MUG; orders imported now: 2."]

    assert set(Order.objects.filter(external_id__in=["S1", "S2"]).values_list("status", flat=True)) == {"released"}
    assert [row.code for row in services.unmapped_skus()] == ["CUPP"]
    assert AuditEvent.objects.filter(action="mapped", object_type="integrations.codemapping").count() == 1
    connected = waiting
    connected.sell(4, "m-u-g")
    connected.clock.forward(minutes=1)
    services.pull_orders(connection_id=connected.id, force=True)
    assert services.import_orders(connection_id=connected.id).counts == {"placed": 1}  # the mapping holds
    assert run_checks(names=["quarantine_whole", "imported_orders_exist"]).ok
    before = CodeMapping.objects.count()
    assert "no SKU" in said(client.post(address, form | {"code": "CUPP", "sku": "NOBODY"}))[0]
    assert sign_in("picker").post(address, form | {"code": "CUPP", "sku": "CUP"}).status_code == 403
    assert CodeMapping.objects.count() == before


def test_the_api_lists_and_maps(waiting):
    robot = User.objects.create_superuser("robot")
    _key, secret = make_api_key(
        name="test", user=robot, scopes=("orders:read", "orders:write"), channel_id=waiting.channel.pk
    )
    key = Caller(secret)
    listed = key.get("unmapped-skus/")
    assert [row["code"] for row in listed.json()] == ["m-u-g", "CUPP"]

    done = key.post("unmapped-skus/map/", {"channel": "sample", "code": "CUPP", "sku": "CUP"}, key="k1")

    assert (done.status_code, done.json()) == (200, {"imported": 1, "still_open": 0}), done.content
    assert OrderLine.objects.get(channel_sku="CUPP").sku_id == waiting.cup
    refused = key.post("unmapped-skus/map/", {"channel": "sample", "code": "m-u-g", "sku": "NOBODY"}, key="k2")
    assert refused.status_code == 400
    assert CodeMapping.objects.count() == 1
    assert QuarantinedRow.objects.filter(status="open").count() == 2


def test_what_the_channel_sells_and_a_prefix_are_not_mixed_up(waiting):
    with pytest.raises(Exception, match="as the channel sends it"):
        services.map_sku(channel_id=waiting.channel.pk, code="M*", sku_id=waiting.mug, actor=ACTOR)
    assert not CodeMapping.objects.exists()
