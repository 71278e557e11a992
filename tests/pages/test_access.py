"""Which page opens for whom: all lists, forms and pages of our own, for each role."""

import pytest
from django.contrib import admin
from django.urls import reverse

from backoffice.core.models import AuditEvent
from tests.factories.staff import sign_in

ROLES = ["owner", "order_desk", "buyer", "warehouse_lead", "picker", "accountant", "auditor"]
EVERYBODY = set(ROLES)
BOOKS = {"owner", "accountant", "auditor"}
# Who sees the list of what; what is not named here is seen as its permissions say (see the last test).
LISTS = {
    "orders.order": EVERYBODY,
    "orders.orderline": EVERYBODY,
    "orders.fulfilment": EVERYBODY - {"buyer"},
    "orders.shipment": EVERYBODY - {"buyer"},
    "orders.returnorder": EVERYBODY - {"buyer", "picker"},
    "orders.contact": EVERYBODY - {"buyer", "picker"},
    "inventory.sku": EVERYBODY,
    "inventory.stocklevel": EVERYBODY - {"picker"},
    "inventory.stockmove": EVERYBODY - {"picker"},
    "inventory.purchaseorder": EVERYBODY - {"picker"},
    "warehouse.picklist": EVERYBODY - {"buyer"},
    "warehouse.receipt": EVERYBODY,
    "accounting.journalentry": BOOKS,
    "accounting.journalline": BOOKS,
    "accounting.payment": BOOKS | {"order_desk"},
    "accounting.invoice": BOOKS | {"order_desk"},
    "accounting.period": BOOKS,
    "integrations.connection": {"owner", "order_desk", "accountant", "auditor"},
    "integrations.quarantinedrow": {"owner", "order_desk", "accountant", "auditor"},
    "core.auditevent": EVERYBODY - {"picker"},
    "core.user": {"owner", "auditor"},
    "core.apikey": {"owner", "auditor"},
}


def models():
    return [model._meta for model in admin.site._registry]


@pytest.mark.parametrize("role", ROLES)
def test_lists_open_for_those_who_work_with_them(world, role):
    client = sign_in(role)

    answers = {label: client.get(reverse(f"admin:{label.replace('.', '_')}_changelist")).status_code for label in LISTS}

    assert answers == {label: 200 if role in roles else 403 for label, roles in LISTS.items()}


@pytest.mark.parametrize("role", ROLES)
def test_every_registered_list_and_form_opens_or_is_refused_by_its_permission(world, role):
    client = sign_in(role)
    user = client.get("/admin/").wsgi_request.user
    wrong = []

    for options in models():
        name = f"{options.app_label}_{options.model_name}"
        site = admin.site._registry[options.model]
        may_see = user.has_perm(f"{options.app_label}.view_{options.model_name}") or user.has_perm(
            f"{options.app_label}.change_{options.model_name}"
        )
        seen = client.get(reverse(f"admin:{name}_changelist"))
        if seen.status_code != (200 if may_see else 403):
            wrong.append((name, "list", seen.status_code))
        request = seen.wsgi_request
        may_add = site.has_add_permission(request)
        added = client.get(reverse(f"admin:{name}_add"))
        if added.status_code != (200 if may_add else 403):
            wrong.append((name, "add", added.status_code))
        if may_add and not user.has_perm(f"{options.app_label}.add_{options.model_name}"):
            wrong.append((name, "adds without the permission"))
        first = options.model._default_manager.order_by("pk").first()
        if first is not None and may_see:
            page = client.get(reverse(f"admin:{name}_change", args=[first.pk]), follow=True)
            if page.status_code != 200:
                wrong.append((name, "page", page.status_code))

    assert wrong == []


def pages(world):
    """Pages of our own: address -> who may open it."""
    work = world.fulfilment_of(world.ready)
    floor = EVERYBODY - {"buyer"}
    return {
        reverse("admin:index"): EVERYBODY,
        reverse("search"): EVERYBODY,
        reverse("proof"): EVERYBODY - {"picker"},
        reverse("sales_report"): BOOKS | {"order_desk"},
        reverse("admin:warehouse_queue"): floor,
        reverse("admin:warehouse_work", args=[work]): floor,
        reverse("admin:warehouse_receive", args=[world.purchase]): {"owner", "warehouse_lead"},
        reverse("admin:warehouse_receive_return", args=[world.returned]): {"owner", "warehouse_lead"},
        reverse("admin:orders_order_change", args=[world.shipped]): EVERYBODY,
        reverse("admin:orders_returnorder_change", args=[world.returned]): EVERYBODY - {"buyer", "picker"},
        reverse("admin:inventory_purchaseorder_change", args=[world.purchase]): EVERYBODY - {"picker"},
        reverse("admin:inventory_purchaseorder_add"): {"owner", "buyer"},
        reverse("admin:integrations_connection_add"): {"owner"},
        reverse("admin:inventory_sku_change", args=[world.mug]): EVERYBODY,
        reverse("admin:inventory_sku_edit", args=[world.mug]): EVERYBODY,
    }


@pytest.mark.parametrize("role", ROLES)
def test_our_own_pages(world, role):
    client = sign_in(role)

    answers = {address: client.get(address).status_code for address in pages(world)}

    assert answers == {address: 200 if role in roles else 403 for address, roles in pages(world).items()}


def buttons(world):
    """Every button: address -> who may press it."""
    work = world.fulfilment_of(world.ready)
    desk, buyer, lead = {"owner", "order_desk"}, {"owner", "buyer"}, {"owner", "warehouse_lead"}
    hands = {"owner", "warehouse_lead", "picker"}
    of_order = {
        reverse(f"admin:orders_order_{name}", args=[world.ready]): desk
        for name in ("hold", "release", "cancel", "cancel_part", "return", "map")
    }
    of_return = {
        reverse("admin:orders_returnorder_step", args=[world.returned, name]): desk
        for name in ("approve", "reject", "inspect", "cancel")
    }
    of_purchase = {
        reverse("admin:inventory_purchaseorder_step", args=[world.purchase, name]): buyer
        for name in ("submit", "approve", "send", "confirm", "close", "cancel")
    }
    return {
        **of_order,
        **of_return,
        **of_purchase,
        reverse("admin:orders_hold_release", args=[world.held, 1]): desk,
        reverse("admin:orders_returnorder_refund", args=[world.returned]): desk,
        reverse("admin:warehouse_start", args=[work]): hands,
        reverse("admin:warehouse_pick", args=[work]): hands,
        reverse("admin:warehouse_pack", args=[work]): hands,
        reverse("admin:warehouse_ship", args=[work]): hands | {"order_desk"},
        reverse("admin:warehouse_receive", args=[world.purchase]): lead,
        reverse("admin:warehouse_receive_return", args=[world.returned]): lead,
        reverse("proof"): {"owner", "accountant"},
    }


@pytest.mark.parametrize("role", [role for role in ROLES if role != "owner"])
def test_buttons_are_refused_without_the_right_and_write_nothing(world, role):
    client = sign_in(role)
    before = world.written()

    refused = {
        address: client.post(address, {"reason": "because"}).status_code
        for address, roles in buttons(world).items()
        if role not in roles
    }

    assert refused == dict.fromkeys(refused, 403)
    assert len(refused) > 5
    assert world.written() == before


def test_the_auditor_sees_and_never_changes(world):
    client = sign_in("auditor")
    before, trail = world.written(), AuditEvent.objects.count()

    for options in models():
        name = f"{options.app_label}_{options.model_name}"
        assert client.post(reverse(f"admin:{name}_add"), {}).status_code == 403, name
        first = options.model._default_manager.order_by("pk").first()
        if first is not None:
            deleted = client.post(reverse(f"admin:{name}_delete", args=[first.pk]), {"post": "yes"})
            assert deleted.status_code == 403, name

    assert (world.written(), AuditEvent.objects.count()) == (before, trail)


def test_nobody_comes_in_without_signing_in(client, world):
    for address in pages(world):
        response = client.get(address)
        assert response.status_code == 302 and "/login/" in response.url, address


def test_a_button_takes_no_get(world):
    client = sign_in("owner")
    work = world.fulfilment_of(world.ready)

    for address in (
        reverse("admin:orders_order_cancel", args=[world.ready]),
        reverse("admin:warehouse_start", args=[work]),
        reverse("admin:inventory_purchaseorder_step", args=[world.purchase, "submit"]),
    ):
        assert client.get(address).status_code == 405, address
