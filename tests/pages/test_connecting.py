"""A connection is set up step by step on its pages: tried, mapped, looked at, and live only at the end."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from backoffice.core.models import AuditEvent, InboxMessage
from backoffice.core.proof import run_checks
from integrations import services
from integrations.connectors.registry import CONNECTORS, opened, secrets_owner
from integrations.fake_channel.server import Fault
from integrations.models import CodeMapping, Connection, Cursor, Listing, SyncRun
from integrations.secrets import unseal
from integrations.services import connecting
from orders.models import Channel, Order
from tests.factories import sales
from tests.factories.books import ACTOR
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.staff import said, sign_in
from tests.simulators.engine import Line, running
from tests.simulators.engine import Order as Sold
from tests.simulators.vendure import VendureSimulator

SECRET = "s3cret-word-77"


class Setting:
    """A company with MUG and CUP, and a shop that sells MUG, MUG-BLUE (a cup here) and SPOON, nobody knows what that is."""

    def __init__(self, simulator):
        self.simulator, self.state = simulator, simulator.state
        self.state.clock.now = timezone.now().replace(microsecond=0)
        self.house = make_shop()
        self.mug, self.cup = make_sku(self.house, "MUG"), make_sku(self.house, "CUP-BLUE")
        for sku_id in (self.mug, self.cup):
            make_stock(self.house, sku_id, "40", "200.00")
        self.channel = sales.make_channel(self.house, "web")
        self.state.products.update({"MUG": {}, "CUPBLUE": {}, "SPOON": {}})

    def sell(self, number, *skus, days=1):
        at = self.state.clock() - timedelta(days=days)
        lines = tuple(Line(f"{number}{place}", sku) for place, sku in enumerate(skus, 1))
        self.state.put(Sold(str(number), lines, created_at=at), at)

    def begin(self):
        return connecting.begin_connection(channel_id=self.channel.pk, connector="vendure", actor=ACTOR)

    def login(self, **changes):
        fields = {"base_url": self.simulator.url, "username": "user-a", "password": "secret", "location_id": "7"}
        return {f"field-{name}": value for name, value in (fields | changes).items()}


@pytest.fixture
def shop(transactional_db):
    with running(VendureSimulator()) as simulator:
        yield Setting(simulator)


def url(draft, step):
    return reverse(f"admin:integrations_setup_{step}", args=[draft.pk])


def test_a_shop_is_connected_step_by_step_and_nothing_happens_before_it_is_live(shop):
    shop.sell(1, "MUG", days=40)  # before the first day
    shop.sell(2, "MUG", "CUPBLUE", days=2)
    shop.sell(3, "SPOON")
    client = sign_in("owner")

    # Choose.
    answer = client.post(
        reverse("admin:integrations_connection_add"), {"connector": "vendure", "channel": shop.channel.pk}
    )
    draft = Connection.objects.get()
    assert (draft.status, answer.url) == ("draft", url(draft, "login"))
    page = client.get(answer.url).content.decode()
    assert 'name="field-base_url"' in page and "authOptions.tokenMethod" in page

    # Log in: a wrong word is told with what to do, then it works.
    answer = client.post(url(draft, "login"), shop.login(password="wrong"))
    page = client.get(answer.url).content.decode()
    assert "The provided credentials are invalid" in page and "Check the keys" in page
    answer = client.post(url(draft, "login"), shop.login())
    assert (answer.url, said(answer)) == (url(draft, "skus"), ["The login works."])
    draft.refresh_from_db()
    assert b"secret" not in bytes(draft.secrets)
    assert unseal(draft.secrets, owner=secrets_owner(draft)) == {"username": "user-a", "password": "secret"}

    # Match SKUs: what is ours for certain at once, what is alike by a tick.
    client.post(url(draft, "catalogue"))
    page = client.get(url(draft, "skus")).content.decode()
    assert "found by code or barcode: 1" in page and "unknown: 2" in page
    assert 'value="CUP-BLUE"' in page  # proposed for CUPBLUE
    assert said(client.post(url(draft, "take"), {"all": "yes"})) == ["1 listings are kept."]
    id = shop.simulator.listing_id("CUPBLUE")
    assert said(client.post(url(draft, "take"), {"take": [id], f"sku-{id}": "cup-blue"})) == ["1 listings are kept."]
    assert set(Listing.objects.values_list("external_sku", "sku__code")) == {("MUG", "MUG"), ("CUPBLUE", "CUP-BLUE")}
    assert CodeMapping.objects.get().pattern == "CUPBLUE"

    # The first day.
    day = timezone.localdate() - timedelta(days=7)
    assert client.post(url(draft, "start"), {"day": day.isoformat()}).url == url(draft, "preview")

    # A dry run: the draft and its listings are all there is.
    answer = client.post(url(draft, "preview"))
    assert said(answer) == ["2 orders were looked at; nothing was imported."]
    page = client.get(url(draft, "preview")).content.decode()
    for text in ("C2", "C3", "unknown: SPOON", "CUP-BLUE", "40"):
        assert text in page
    assert "C1<" not in page and "Abashidze" not in page
    assert not Order.objects.exists() and not InboxMessage.objects.exists() and not SyncRun.objects.exists()
    assert services.connections_to_pull() == [] == services.connections_to_push_stock()

    # Live.
    answer = client.post(url(draft, "live"))
    assert said(answer) == ["It is live: orders are pulled from now on."]
    draft.refresh_from_db()
    assert (draft.status, draft.setup) == ("active", {}) and draft.live_at
    assert services.connections_to_pull() == [draft.pk] == services.connections_to_push_stock()
    services.pull_orders(connection_id=draft.pk)
    services.import_orders(connection_id=draft.pk)
    services.push_stock(connection_id=draft.pk)
    assert {order.external_id: [hold.kind for hold in order.holds.all()] for order in Order.objects.all()} == {
        "2": [], "3": ["mapping"],
    }  # fmt: skip
    assert set(shop.state.stock) == {id, shop.simulator.listing_id("MUG")}
    assert [result.name for result in run_checks().results if result.state != "ok"] == []
    change = reverse("admin:integrations_connection_change", args=[draft.pk])
    assert client.get(url(draft, "login")).url == change
    assert f"from {day:%Y-%m-%d} on" in client.get(change).content.decode()
    trail = AuditEvent.objects.filter(object_type="integrations.connection").order_by("id")
    assert [event.action for event in trail] == [
        "create", "secrets", "secrets", "listings", "listings", "first day", "status",
    ]  # fmt: skip


def test_a_draft_is_left_and_taken_up_where_it_was(shop):
    client = sign_in("owner")
    draft = shop.begin()
    change = reverse("admin:integrations_connection_change", args=[draft.pk])

    assert client.get(change).url == url(draft, "login")
    assert f'href="{change}"' in client.get(reverse("admin:integrations_connection_add")).content.decode()
    assert "It is being set up" in client.get(reverse("sync")).content.decode()
    client.post(url(draft, "login"), shop.login())
    assert client.get(change).url == url(draft, "skus")
    client.post(url(draft, "catalogue"))
    assert client.get(change).url == url(draft, "start")
    client.post(url(draft, "start"), {"all": "yes"})
    assert client.get(change).url == url(draft, "preview")
    client.post(url(draft, "preview"))
    assert client.get(change).url == url(draft, "live")
    # A secret that is left empty stays; the login is to be tried again.
    client.post(url(draft, "login"), shop.login(password="", location_id="8"))
    draft.refresh_from_db()
    assert draft.setup["tried"]["ok"] and draft.settings["location_id"] == "8" and "preview" not in draft.setup


def test_a_new_channel_is_made_with_its_connection(shop):
    client = sign_in("owner")
    form = {"connector": "vendure", "name": "Mugs & more", "currency": "GBP", "tax_code": shop.channel.tax_code_id}

    wrong = client.post(reverse("admin:integrations_connection_add"), {"connector": "vendure"})
    assert set(wrong.context["form"].errors) == {"name", "currency", "tax_code"}
    assert not Connection.objects.exists()
    client.post(reverse("admin:integrations_connection_add"), form)
    client.post(reverse("admin:integrations_connection_add"), form)

    assert list(Channel.objects.order_by("pk").values_list("code", flat=True)) == ["web", "mugs-more", "mugs-more-2"]
    assert Connection.objects.filter(status="draft").count() == 2


def test_another_connector_begins_anew_and_a_live_one_is_refused(shop):
    client = sign_in("owner")
    draft = shop.begin()
    client.post(url(draft, "login"), shop.login())
    client.post(url(draft, "catalogue"))
    client.post(url(draft, "take"), {"all": "yes"})
    again = {"connector": "woocommerce", "channel": shop.channel.pk}

    client.post(reverse("admin:integrations_connection_add"), again)

    draft.refresh_from_db()
    assert (draft.connector, draft.settings, draft.setup) == ("woocommerce", {}, {})
    assert unseal(draft.secrets, owner=secrets_owner(draft)) == {}
    assert not Listing.objects.filter(is_active=True).exists()
    Connection.objects.update(status="active")
    refused = client.post(reverse("admin:integrations_connection_add"), again)
    assert "channel" in refused.context["form"].errors
    assert Connection.objects.get().connector == "woocommerce"


@pytest.mark.parametrize(
    ("step", "data", "sentence"),
    [
        ("login", {"field-base_url": "shop.example"}, "Some fields are not right yet."),
        ("catalogue", {}, "You are not currently authorized"),
        ("take", {"take": ["77"], "sku-77": "MUG"}, "The channel's catalogue has no 77."),
        ("take", {"take": ["77"], "sku-77": "NOPE"}, "There is no SKU “NOPE” in this company."),
        ("take", {}, "Tick what is to be taken."),
        ("start", {}, "Choose a day, or all orders."),
        ("start", {"day": "2026-02-30"}, "“2026-02-30” is not a date."),
        ("start", {"day": "2999-01-01"}, "The first day must not be in the future."),
        ("live", {}, "It is not ready: The login has not worked yet."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(shop, step, data, sentence):
    client, draft = sign_in("owner"), shop.begin()
    services.replace_secrets(connection_id=draft.pk, secrets={"api_key": "no"}, actor=ACTOR)
    Connection.objects.update(settings={"base_url": shop.simulator.url})
    before = Connection.objects.values().get()
    trail = AuditEvent.objects.count()

    answer = client.post(url(draft, step), data)

    assert said(answer)[0].startswith(sentence)
    assert Connection.objects.values().get() == before
    assert not Listing.objects.exists() and AuditEvent.objects.count() == trail


def test_a_shop_that_fails_while_it_is_looked_at_changes_nothing(shop):
    client, draft = sign_in("owner"), shop.begin()
    client.post(url(draft, "login"), shop.login())
    shop.simulator.faults.append(Fault("query Orders", status=503, times=9))

    assert "answered 503" in said(client.post(url(draft, "preview")))[0]

    draft.refresh_from_db()
    assert "preview" not in draft.setup


def test_each_order_of_the_dry_run_says_what_would_become_of_it(shop):
    draft = shop.begin()
    connecting.save_login(
        connection_id=draft.pk, settings={"base_url": shop.simulator.url},
        secrets={"username": "user-a", "password": "secret"}, actor=ACTOR,
    )  # fmt: skip
    shop.sell(1, "MUG")
    shop.sell(2, "SPOON")
    shop.sell(3, "MUG")
    shop.state.change("3", status="on the moon")
    shop.sell(4, "MUG")
    shop.state.change("4", status="cancelled")
    shop.sell(5, "MUG")
    shop.state.change("5", currency="XXQ")
    shop.sell(6, "MUG")
    shop.state.change("6", status="unpaid")
    shop.sell(7, "MUG", days=30)
    shop.state.change("7", shipping=Decimal(3))  # changed today, placed before the first day
    connecting.set_first_day(connection_id=draft.pk, starts_at=timezone.now() - timedelta(days=7), actor=ACTOR)

    found = connecting.preview_orders(connection_id=draft.pk)

    assert {row["id"]: row["outcome"] for row in found["rows"]} == {
        "1": "imported", "2": "held", "3": "refused", "4": "cancelled", "5": "refused", "6": "pending", "7": "early",
    }  # fmt: skip
    assert not Order.objects.exists()


def test_a_drop_folder_that_is_not_there_is_told(shop, tmp_path):
    draft = connecting.begin_connection(channel_id=shop.channel.pk, connector="csv_folder", actor=ACTOR)

    for path, ok in ((tmp_path / "nowhere", False), (tmp_path, True)):
        connecting.save_login(connection_id=draft.pk, settings={"path": str(path)}, secrets={}, actor=ACTOR)
        assert connecting.try_login(connection_id=draft.pk)["ok"] is ok
    connecting.set_first_day(connection_id=draft.pk, starts_at=None, actor=ACTOR)
    assert connecting.go_live(connection_id=draft.pk, actor=ACTOR).status == "active"  # its files cannot be looked at


def test_a_draft_is_not_resumed_and_tells_of_no_shipment(shop):
    client, draft = sign_in("owner"), shop.begin()

    client.post(reverse("admin:integrations_connection_resume", args=[draft.pk]))

    assert Connection.objects.get().status == "draft"
    assert services.pull_orders(connection_id=draft.pk, force=True) is None
    assert not Cursor.objects.filter(connection=draft).exclude(value="").exists()


def test_only_the_owner_sets_connections_up(shop):
    draft = shop.begin()

    for role in ("order_desk", "accountant", "auditor", "picker"):
        client = sign_in(role)
        for step in ("login", "skus", "start", "preview", "live"):
            assert client.get(url(draft, step)).status_code == 403
        for step in ("login", "catalogue", "take", "start", "preview", "live"):
            assert client.post(url(draft, step), {"all": "yes"}).status_code == 403
    assert Connection.objects.get().setup == {}


@pytest.mark.parametrize("kind", CONNECTORS.values(), ids=lambda kind: kind.code)
def test_every_connector_says_what_its_form_asks_for(kind):
    names = [field.name for field in kind.fields]

    assert len(names) == len(set(names))
    assert {field.name for field in kind.fields if field.is_secret} == set(kind.secret_names)
    assert {field.name for field in kind.fields if not field.is_secret} == set(kind.setting_names)
    assert {field.name for field in kind.fields if field.is_secret and field.required} == (
        set(kind.secret_names) - kind.optional_secrets
    )
    assert kind.help and all(field.label for field in kind.fields)


def test_what_the_dry_run_shows_holds_for_the_import(shop):
    """The same orders, looked at and then imported."""
    for number, skus in enumerate((["MUG"], ["SPOON"], ["MUG", "CUP-BLUE"]), 1):
        shop.sell(number, *skus)
    draft = shop.begin()
    connecting.save_login(
        connection_id=draft.pk, settings={"base_url": shop.simulator.url, "location_id": "7"},
        secrets={"username": "user-a", "password": "secret"}, actor=ACTOR,
    )  # fmt: skip
    connecting.try_login(connection_id=draft.pk)
    connecting.set_first_day(connection_id=draft.pk, starts_at=None, actor=ACTOR)
    outcomes = {row["id"]: row["outcome"] for row in connecting.preview_orders(connection_id=draft.pk)["rows"]}
    connecting.go_live(connection_id=draft.pk, actor=ACTOR)

    services.pull_orders(connection_id=draft.pk)
    services.import_orders(connection_id=draft.pk)

    held = {order.external_id: "held" if order.holds.exists() else "imported" for order in Order.objects.all()}
    assert held == outcomes
    with opened(Connection.objects.get()) as connector:
        assert connector.account.secrets["username"] == "user-a"
