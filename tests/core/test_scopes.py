"""Rights by warehouse and channel, walked: what belongs to others is not found, wherever it could be shown."""

from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from rest_framework.generics import GenericAPIView

from backoffice.core.access_limits import set_limits
from backoffice.core.api.auth import make_api_key
from backoffice.core.errors import InvalidInput
from backoffice.core.models import AccessLimit, AuditEvent, User
from backoffice.core.registry import Scope, registry
from backoffice.core.scopes import check_scopes, condition_of, limits_of, visible
from integrations.api.changes import seen_changes
from inventory.models import StockLevel, StockMove, Warehouse
from inventory.services import create_warehouse
from orders.models import Order, Shipment
from tests.api.conftest import Caller
from tests.api.fuzz.asking import all_scopes
from tests.api.test_channel_walk import readings
from tests.factories.books import ACTOR
from tests.factories.goods import make_shop
from tests.factories.sales import make_channel
from tests.pages.conftest import World


@pytest.fixture
def elsewhere(db):
    """All of the world is in one warehouse and channel; `guest` is an owner limited to another, empty one of each."""
    world = World()
    world.far = create_warehouse(company_id=world.house.id, code="FAR", name="Far away", actor=ACTOR)
    channel = make_channel(world.house, "far")
    world.guest = User.objects.create_superuser("guest")
    set_limits(world.guest, "warehouse", [world.far.pk], actor=ACTOR)
    set_limits(world.guest, "channel", [channel.pk], actor=ACTOR)
    return world


@pytest.fixture
def far(db):
    """A warehouse, beside `home`, and a superuser `guest` limited to it."""
    house = make_shop()
    warehouse = create_warehouse(company_id=house.id, code="FAR", name="Far away", actor=ACTOR)
    warehouse.home, warehouse.guest = house.warehouse, User.objects.create_superuser("guest")
    set_limits(warehouse.guest, "warehouse", [warehouse.pk], actor=ACTOR)
    return warehouse


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def foreign_rows(user):
    """(model, row) of every registered model with a row that the person may not see."""
    limits = limits_of(user)
    for model in admin.site._registry:
        condition = condition_of(model, limits)
        if condition and (row := model._base_manager.exclude(pk__in=model._base_manager.filter(condition)).first()):
            yield model, row


def test_every_model_that_leads_to_a_warehouse_or_channel_says_how_it_is_limited():
    assert [error.msg for error in check_scopes()] == []


def test_a_model_without_a_word_about_it_is_an_error():
    kept = [scope for scope in registry.scopes().values() if scope.model != "orders.Order"]
    with registry.replaced(Scope, *kept):
        assert any("orders.Order leads to a" in error.msg for error in check_scopes())


def test_every_admin_page_of_a_foreign_row_is_not_found(elsewhere):
    guest, owner = browser(elsewhere.guest), browser(make_superuser())
    wrong, walked = [], 0

    for model, row in foreign_rows(elsewhere.guest):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        if owner.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200:  # negative control
            walked += 1
        for page in ("change", "history", "delete"):
            answer = guest.get(reverse(f"{name}_{page}", args=[row.pk]))
            if answer.status_code != 404:
                wrong.append((name, page, answer.status_code))

    assert wrong == []
    assert walked >= 12


def test_no_list_and_no_export_holds_a_foreign_row(elsewhere):
    guest, wrong = browser(elsewhere.guest), []

    for model, row in foreign_rows(elsewhere.guest):
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        answer = guest.get(address)
        shown = answer.context["cl"].queryset if answer.status_code == 200 and answer.context else model.objects.none()
        if answer.status_code != 200 or shown.filter(pk=row.pk).exists():
            wrong.append((model._meta.label, answer.status_code))
    exported = b"".join(guest.get(reverse("admin:orders_order_changelist"), {"export": "csv"}).streaming_content)

    assert wrong == []
    assert b"S-1" not in exported


def test_the_rows_of_every_registered_model_go_through_the_one_place(rf, monkeypatch, far):
    asked, request = set(), rf.get("/")
    request.user, limits = far.guest, {"warehouse": frozenset({1}), "channel": frozenset({1})}
    for place in ("backoffice.core.admin.base", "orders.admin.promises"):
        monkeypatch.setattr(f"{place}.visible", lambda rows, user: asked.add(rows.model) or rows)

    limited = {model for model in admin.site._registry if condition_of(model, limits)}
    for model in limited:
        admin.site._registry[model].get_queryset(request)

    assert limited - asked == set()
    assert len(limited) > 50


def test_the_rows_of_every_list_of_the_api_go_through_the_one_place(monkeypatch, elsewhere):
    narrowed, shown, past = set(), set(), {}
    limits, asked = limits_of(elsewhere.guest), GenericAPIView.filter_queryset
    seen = lambda rows, user: narrowed.add(rows.model) or visible(rows, user)  # noqa: E731
    monkeypatch.setattr("backoffice.core.api.actions.visible", seen)
    monkeypatch.setattr("backoffice.dashboard.api.visible", seen)
    monkeypatch.setattr(
        GenericAPIView, "filter_queryset", lambda view, rows: shown.add(rows.model) or asked(view, rows)
    )
    guest, walked = key_of(elsewhere.guest), set()

    for path in (path for path, _parameters in readings() if "{" not in path):
        narrowed.clear(), shown.clear()
        guest.get(path.removeprefix("/api/v1/"))
        walked |= {model for model in shown if condition_of(model, limits)}
        if missed := {model for model in shown - narrowed if condition_of(model, limits)}:
            past[path] = missed

    assert past == {}
    assert len(walked) > 25


def test_every_button_of_a_foreign_row_is_not_found_and_writes_nothing(elsewhere):
    guest, world = browser(elsewhere.guest), elsewhere
    work, before = world.fulfilment_of(world.ready), world.written()
    from tests.pages.test_access import buttons

    answers = {address: guest.post(address, {"reason": "because"}).status_code for address in buttons(world)}
    answers.pop(reverse("proof"))

    assert answers == dict.fromkeys(answers, 404)
    assert guest.get(reverse("admin:warehouse_walk", args=[work])).status_code == 404
    assert world.written() == before


def test_files_and_the_search_find_nothing_of_others(elsewhere):
    guest, world = browser(elsewhere.guest), elsewhere
    shipment = Shipment.objects.get()
    number = Order.objects.get(pk=world.shipped).number

    for kind, pk in (
        ("order_confirmation", world.shipped),
        ("packing_slip", shipment.pk),
        ("return_form", world.returned),
    ):
        assert guest.get(reverse("admin:orders_document_pdf", args=[kind, pk])).status_code == 404
    for term in (number, "S-1", "TR-1", f"PO-{world.purchase}"):
        assert guest.get(reverse("search"), {"q": term}).status_code == 200
        assert key_of(world.guest).get("search/", q=term).json()["results"] == []


def key_of(user):
    return Caller(make_api_key(name=f"of {user}", user=user, scopes=all_scopes())[1])


def test_no_list_of_the_api_holds_a_foreign_row_and_no_detail_is_found(elsewhere):
    guest, everybody = key_of(elsewhere.guest), key_of(make_superuser())
    nouns = {
        "orders": Order, "shipments": Shipment, "returns": "orders.ReturnOrder", "stock-levels": StockLevel,
        "purchase-orders": "inventory.PurchaseOrder", "receipts": "warehouse.Receipt", "stock-moves": StockMove,
    }  # fmt: skip
    leaks, seen = [], 0

    for path, _parameters in readings():
        noun, rest = path.split("/")[3], path.split("/")[4:]
        if "{" in path or noun not in nouns or any(rest):
            continue
        model = nouns[noun] if not isinstance(nouns[noun], str) else apps.get_model(nouns[noun])
        hidden = set(model.objects.values_list("pk", flat=True)) - set(
            visible(model.objects.all(), elsewhere.guest).values_list("pk", flat=True)
        )
        found = {row.get("id") for row in guest.get(f"{noun}/").json()["results"]}
        seen += bool(hidden & {row.get("id") for row in everybody.get(f"{noun}/").json()["results"]})
        if found & hidden:
            leaks.append(noun)
        for pk in list(hidden)[:1]:
            if guest.get(f"{noun}/{pk}/").status_code not in (404, 405):
                leaks.append((noun, pk))

    assert leaks == []
    assert seen >= 3  # negative control


def test_the_change_feed_tells_nothing_of_others(elsewhere):
    here, there = elsewhere.house.warehouse.pk, elsewhere.far.pk
    told = [SimpleNamespace(resource="stock", id=1, warehouse_id=pk) for pk in (here, there)]
    told.append(SimpleNamespace(resource="orders", id=elsewhere.ready, warehouse_id=None))
    told.append(SimpleNamespace(resource="skus", id=elsewhere.mug, warehouse_id=None))

    assert seen_changes(told, elsewhere.guest) == [told[1], told[3]]
    assert seen_changes(told, make_superuser()) == told


def test_a_named_warehouse_or_channel_of_others_is_not_found(elsewhere):
    guest, key, world = browser(elsewhere.guest), key_of(elsewhere.guest), elsewhere
    home, before = Warehouse.objects.get(pk=world.house.warehouse.pk), world.written()

    assert guest.get(reverse("admin:index"), {"warehouse": home.code}).status_code == 404
    assert guest.get(reverse("admin:index"), {"warehouse": "FAR"}).status_code == 200
    transfer = {"source": home.code, "target": "FAR", "lines": [{"sku": "MUG", "quantity": "1"}]}
    assert key.post("transfers/", transfer).status_code == 404
    assert key.get("stock/", warehouse=home.code).status_code == 404
    assert world.written() == before


def test_who_is_not_limited_sees_all_and_who_is_limited_to_it_too(elsewhere):
    world, lead = elsewhere, User.objects.create_user("lead")

    assert set(visible(Order.objects.all(), lead)) == set(Order.objects.all())
    set_limits(lead, "warehouse", [world.house.warehouse.pk], actor=ACTOR)
    lead = type(lead).objects.get(pk=lead.pk)
    assert set(visible(Order.objects.all(), lead)) == set(Order.objects.all())
    assert not visible(Warehouse.objects.filter(code="FAR"), lead).exists()


def test_the_roles_limit_counts_until_the_person_has_one(far):
    lead = User.objects.create_user("lead")
    lead.groups.add(Group.objects.create(name="north"))
    set_limits(lead.groups.get(), "warehouse", [far.pk], actor=ACTOR)
    read = type(lead).objects.get
    assert limits_of(read(pk=lead.pk)) == {"warehouse": {far.pk}}

    set_limits(lead, "warehouse", [far.home.pk], actor=ACTOR)

    assert limits_of(read(pk=lead.pk)) == {"warehouse": {far.home.pk}}


def test_an_unlimited_persons_limits_cost_one_question(far, django_assert_num_queries):
    lead = User.objects.create_user("lead")
    with django_assert_num_queries(1):
        for _again in range(3):
            visible(Order.objects.all(), lead)


def test_limits_are_set_in_the_users_form_and_stand_in_the_trail(far):
    boss, person = browser(make_superuser()), User.objects.create_user("picker", is_staff=True)
    address = reverse("admin:core_user_change", args=[person.pk])
    form = boss.get(address).context["adminform"].form
    data = {
        name: value
        for name in form.fields
        if (value := form[name].value()) not in (None, False, "") and name != "password"
    }

    answer = boss.post(address, data | {"limit_warehouses": [far.pk]})

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert AccessLimit.objects.get(user=person).object_id == far.pk
    event = AuditEvent.objects.get(action="limited", object_id=person.pk)
    assert (event.field, event.old_value, event.new_value) == ("warehouses", "", "FAR")


def make_superuser():
    return User.objects.create_superuser("boss")


def test_limits_are_set_and_read_over_the_api(far):
    picker, boss = User.objects.create_user("picker", is_staff=True), key_of(make_superuser())

    done = boss.post("access-limits/", {"user": "picker", "warehouses": ["FAR"]})

    assert (done.status_code, done.json()["warehouses"]) == (200, ["FAR"])
    assert {"user": "picker", "role": None, "warehouses": ["FAR"], "channels": []} in boss.get("access-limits/").json()
    assert boss.post("access-limits/", {"user": "picker", "warehouses": []}).json()["warehouses"] == []
    assert not AccessLimit.objects.filter(user=picker).exists()


def test_wrong_limits_are_refused_and_nothing_is_written(far):
    picker, boss, guest = User.objects.create_user("picker", is_staff=True), key_of(make_superuser()), key_of(far.guest)
    before = AccessLimit.objects.count(), AuditEvent.objects.count()

    assert boss.post("access-limits/", {"user": "picker", "warehouses": ["FAR", "NOWHERE"]}).status_code == 400
    assert boss.post("access-limits/", {"warehouses": ["FAR"]}).status_code == 400
    assert guest.post("access-limits/", {"user": "guest", "warehouses": []}).status_code == 403
    with pytest.raises(InvalidInput):
        set_limits(picker, "warehouse", [far.pk, 0], actor=ACTOR)
    assert (AccessLimit.objects.count(), AuditEvent.objects.count()) == before
