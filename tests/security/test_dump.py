"""S10: whoever has a dump of the database, the queue or the logs has no secret of it."""

import base64
import json
import secrets
import subprocess
import time
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote

import pytest
import redis
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as PlainStore
from django.db import connection
from django.test import Client

from accounting.services import IssueRequest, Paid, issue_stored_value
from backoffice.backups import ARCHIVE, make_backup, program
from backoffice.core.api.auth import make_api_key
from backoffice.core.models import SecondFactor, User
from backoffice.core.signing_in import factors
from backoffice.core.signing_in.sessions import SessionStore
from backoffice.setup.draft import make_token
from integrations.connectors.registry import CONNECTORS, secrets_owner
from integrations.models import Connection
from integrations.services import add_webhook_secret, create_connection, replace_secrets, webhooks
from integrations.tokens import Grant, SharedTokens
from orders.models import Channel
from tests.api.conftest import World, order_body
from tests.factories.banking import make_bank
from tests.factories.books import ACTOR
from tests.factories.handhelds import PIN, Handheld, make_person
from tests.factories.sales import make_channel
from tests.factories.staff import make_staff
from tests.security.dumped import found_in, readable
from warehouse.admin.scan.devices import SHOWN_ONCE

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
PASSWORD = "seven brown horses plough the sea"
IBAN = "DE02500105170137075030"
# What a dump shows, and why it must: the business reads, prints, matches or checks it.
IN_CLEAR = {
    "a bank account's number": IBAN,  # printed on invoices, matched with statements, told to the bank
    "a buyer's address": "ana@shop.example",  # written to; erased by itself or on request
    "a passkey's public key": "public-key-of-a-passkey",  # public by its nature: it only checks
    "a password's hash": "argon2$argon2id$",  # made slow for this very case
    "an API key's prefix": "prefix of a key",  # finds the row; the secret behind it is digested
}


@pytest.fixture
def planted(transactional_db, caplog):
    """Every kind of secret that the house is told or makes, by name; all went in by the ways that people use."""
    caplog.set_level("DEBUG")
    world = World()
    kept = {"the key that seals": settings.SECRET_KEY}
    kept |= _of_channels(world) | _of_webhooks(world) | _of_programs(world) | _of_people() | _of_the_floor(world)
    kept["token of the set-up"] = make_token()
    make_bank(world.house.company, number=IBAN)
    return kept


def _of_channels(world: World) -> dict[str, str]:
    kept = {}
    for number, (code, kind) in enumerate(CONNECTORS.items()):
        channel: Channel = make_channel(world.house, f"shop{number}")
        for turn in ("former", "present"):
            given = {name: secrets.token_urlsafe(24) for name in kind.secret_names}
            hook = secrets.token_urlsafe(24)
            if turn == "former":
                made = create_connection(channel_id=channel.pk, connector=code, settings={}, secrets=given, actor=ACTOR)
            else:
                replace_secrets(connection_id=made.pk, secrets=given, actor=ACTOR)
            add_webhook_secret(connection_id=made.pk, secret=hook, actor=ACTOR)
            kept |= {f"{code} {turn} {name}": value for name, value in (given | {"webhook": hook}).items()}
        token = secrets.token_urlsafe(24)
        SharedTokens(made.pk, secrets_owner(Connection.objects.get(pk=made.pk))).token(
            lambda _secrets, token=token: Grant(token, expires_in_s=3600)
        )
        kept[f"{code} access token"] = token
    return kept


def _of_webhooks(world: World) -> dict[str, str]:
    made = webhooks.create_endpoint(
        company_id=world.house.id, channel_id=None, name="ours", url="https://told.example/", events=[], actor=ACTOR
    )
    webhooks.rotate_secret(endpoint_id=made.pk, actor=ACTOR)
    made.refresh_from_db()
    asking = world.caller("webhooks:write", "webhooks:read", bound=False, company_id=world.house.id)
    told = asking.get(f"webhook-endpoints/{made.pk}/secret/").json()
    current, former = told["secrets"]
    return {"endpoint's secret": current, "endpoint's former secret": former}


def _of_programs(world: World) -> dict[str, str]:
    """A key, and a gift card and a store credit whose codes it sends and is told."""
    key, secret = make_api_key(name="planted", user=world.robot, scopes=["orders:read"], company_id=world.house.id)
    shop = world.caller("orders:write", "orders:read", "payments:write", "payments:read", "payments:refund")
    paid_with = issue_stored_value(
        [IssueRequest("gift_card", "GBP", [Paid(Decimal(50), "cash")], NOON, "card")],
        company_id=world.house.id, actor=ACTOR,
    )[0].code  # fmt: skip
    order = shop.post("orders/", order_body()).json()["id"]
    path = f"orders/{order}/payments/"
    paid = shop.post(path, {"method": "gift_card", "amount": "30.00", "code": paid_with})
    assert paid.status_code == 201, paid.content
    [payment] = paid.json()["payments"]
    refund = {"amount": "5.00", "reason": "Too late", "method": "store_credit"}
    back = shop.post(f"{path}{payment['id']}/refund/", refund, key="refund-1")
    assert shop.post(f"{path}{payment['id']}/refund/", refund, key="refund-1").content == back.content
    IN_CLEAR["an API key's prefix"] = key.prefix
    return {
        "API key": secret.partition(".")[2],
        "caller's key": shop.key.partition(".")[2],
        "gift card": paid_with,
        "store credit": back.json()["code"],
    }


def _of_people() -> dict[str, str]:
    user = make_staff("owner")
    user.set_password(PASSWORD)
    user.save()
    secret = factors.app_secret(factors.begin_app(user))
    codes = factors.confirm_app(user, factors.code_at(secret, time.time() - 30), name="Phone", actor=ACTOR)
    SecondFactor.objects.create(
        user=user, kind="passkey", name="Key", credential_id=b"id", confirmed_at=NOON,
        public_key=IN_CLEAR["a passkey's public key"].encode(),
    )  # fmt: skip
    browser = Client()
    browser.post("/admin/login/", {"username": "owner", "password": PASSWORD[:-1]})
    browser.post("/admin/login/", {"username": "owner", "password": PASSWORD})
    browser.post("/admin/login/second/", {"code": codes[0]})
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    assert SessionStore(cookie).get("_auth_user_id") == str(user.pk)
    return {
        "password": PASSWORD,
        "app's secret": secret,
        "app's secret in bytes": base64.b32decode(secret).decode("latin-1"),
        "cookie": cookie,
        **{f"recovery code {number}": code for number, code in enumerate(codes)},
        **{f"recovery code {number} plain": code.replace("-", "") for number, code in enumerate(codes)},
    }


def _of_the_floor(world: World) -> dict[str, str]:
    """A badge, an enrolled handheld, and one whose code was made on the page and not yet shown."""
    _user, badge = make_person()
    handheld = Handheld(world.house).sign_in(badge)
    browser = Client()
    browser.force_login(User.objects.get(username="owner"))
    form = {"name": "Scanner 2", "warehouse": world.house.warehouse.pk}
    assert browser.post("/admin/warehouse/scandevice/add/", form).status_code == 302
    return {
        "badge": badge,
        "handheld's token": handheld.token.partition(".")[2],
        "enrolment code": browser.session[SHOWN_ONCE],
    }


def dump(folder) -> bytes:
    """A backup as it is made each night, unpacked, with all other files of it."""
    given = connection.settings_dict
    host, user = quote(given["HOST"] or "", safe=""), given["USER"]
    url = f"postgresql://{user}@/{given['NAME']}?host={host}&port={given['PORT'] or 5432}"
    (folder / "media").mkdir(parents=True)
    made = make_backup(folder / "backups", url=url, media=folder / "media", say=lambda *_said: None)
    unpacked = subprocess.run(
        [program("pg_restore"), "--file=-", str(made / ARCHIVE)], capture_output=True, check=True
    ).stdout
    return unpacked + b"".join(path.read_bytes() for path in made.iterdir())


def queue() -> bytes:
    """Everything in Valkey."""
    server = redis.Redis.from_url(settings.REDIS_URL)
    return b"\n".join(key + b" " + (server.dump(key) or b"") for key in server.scan_iter())


def test_no_planted_secret_is_read_in_a_dump_the_queue_or_the_logs(planted, tmp_path, caplog):
    assert len(planted) >= 100 and all(len(secret) >= 8 for secret in planted.values())

    content = dump(tmp_path)

    assert found_in(content, planted) == set()
    assert found_in(content, IN_CLEAR) == set(IN_CLEAR)  # the search finds what is there
    assert found_in(queue(), planted) == set()
    assert found_in(caplog.text.encode(), planted) == set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pin_hash FROM warehouse_scancredential")  # four digits are found in any dump
        [[pin_hash]] = cursor.fetchall()
    assert pin_hash.startswith("argon2$") and PIN not in pin_hash


def test_the_search_opens_what_is_packed():
    secret = {"it": "hush-4711-quiet"}
    for way in (
        lambda text: text,
        bytes.hex,
        base64.b64encode,
        lambda text: base64.b64encode(b"x" + text),
        lambda text: base64.urlsafe_b64encode(b"xy?" + text),
        lambda text: json.dumps({"body": base64.b64encode(text).decode()}).encode().hex(),
    ):
        packed = way(b"before hush-4711-quiet behind")
        assert found_in(packed if isinstance(packed, bytes) else packed.encode(), secret) == {"it"}
    assert found_in(b"hush 4711 quiet", secret) == set()
    assert list(readable(b"short")) == [b"short"]


def test_negative_control_sessions_and_answers_that_are_not_sealed_are_found(transactional_db, tmp_path, monkeypatch):
    monkeypatch.setattr(SessionStore, "encode", PlainStore.encode)
    monkeypatch.setattr("backoffice.core.api.idempotency.seal_text", lambda content, owner: content)
    session = SessionStore()
    session[SHOWN_ONCE] = "ZXKV-PLQW"
    session["more"] = ["packed by compression"] * 20
    session.save()
    kept = _of_programs(World()) | {"enrolment code": "ZXKV-PLQW"}

    assert found_in(dump(tmp_path), kept) == {"store credit", "enrolment code"}
