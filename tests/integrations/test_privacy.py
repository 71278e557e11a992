"""A buyer asks what is held of them, and to be forgotten: found, handed out, erased; the books still prove."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client

from accounting.models import Invoice
from accounting.tasks import erase_expired_addresses
from backoffice.core.api.auth import make_api_key
from backoffice.core.db import database_now
from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from orders.models import Contact
from tests.factories.simulated import Simulated
from tests.factories.staff import make_staff, said, sign_in
from tests.simulators.bigcommerce import BigCommerceSimulator
from tests.simulators.engine import running

PLANTED = ("Nino Abashidze", "nino@example.com", "Rustaveli 1")


@pytest.fixture
def shop(transactional_db):
    with running(BigCommerceSimulator()) as simulator:
        shop = Simulated(simulator)
        for number in (1, 2):
            shop.sell(number)
        shop.pull()
        yield shop


def everywhere(words: tuple[str, ...]) -> dict[str, set[str]]:
    """Which tables hold which of the words, in any column: as text, and in the bytes of payloads."""
    found: dict[str, set[str]] = {}
    with database.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        for (table,) in cursor.fetchall():
            for word in words:
                hexed = word.encode().hex()
                cursor.execute(
                    f'SELECT EXISTS (SELECT FROM "{table}" t WHERE position(%s in t::text) > 0 OR position(%s in t::text) > 0)',
                    [word, hexed],
                )
                if cursor.fetchone()[0]:
                    found.setdefault(table, set()).add(word)
    return found


def planted(shop: Simulated) -> tuple[str, ...]:
    person, address = shop.ours(1).contact.person, shop.ours(1).shipping_address
    return (person.name, person.email, address.line1)


def test_what_is_held_is_found_handed_out_and_erased_on_the_page(shop, monkeypatch):
    words = planted(shop)
    for number in (1, 2):
        shop.ship(shop.ours(number))
    contact = shop.ours(1).contact
    owner = sign_in("owner")
    assert all(words) and everywhere(words)

    assert owner.get("/admin/privacy/?q=ni").content.decode().count(words[1]) == 0  # no list of people
    assert f"/admin/privacy/{contact.pk}/" in owner.get(f"/admin/privacy/?q={words[1]}").content.decode()
    page = owner.get(f"/admin/privacy/{contact.pk}/")
    assert words[2] in page.content.decode()
    file = owner.get(f"/admin/privacy/{contact.pk}/?as=json")
    assert file["Content-Disposition"].startswith("attachment") and set(words) <= set(_leaves(file.json()))
    said_no = owner.post(f"/admin/privacy/{contact.pk}/erase/")
    assert said(said_no) == ["Say why: the reason is kept with the change."] and everywhere(words)

    owner.post(f"/admin/privacy/{contact.pk}/erase/", {"reason": "asked on 3 May"})

    left = everywhere(words)
    assert set(left) <= {"accounting_address"}  # the invoices' own copies, as the law wants
    assert [r.name for r in run_checks().results if r.state != "ok"] == []
    event = AuditEvent.objects.get(object_type="orders.contact", action="erased")
    assert (event.actor_label, event.reason) == ("owner", "asked on 3 May")
    shop.pull()
    assert not set(everywhere(words[:2])) - {"accounting_address"}  # the next poll does not bring them back
    billed = Invoice.objects.filter(contact=contact.person_id)
    assert billed and all(invoice.address.name and invoice.address.line1 for invoice in billed)
    assert erase_expired_addresses() == 0  # the law still wants them
    page = owner.get("/admin/privacy/").content.decode()
    assert "Addresses on invoices" in page and "as usual in its country" in page
    assert "Have a tax adviser confirm the years." in page and "VAT Act 1994" in page
    later = database_now() + timedelta(days=366 * 12)
    monkeypatch.setattr("accounting.selectors.retention.database_now", lambda: later)
    assert f'data-label="To be erased next">{billed.count()}<' in owner.get("/admin/privacy/").content.decode()

    assert erase_expired_addresses() == billed.count()

    assert everywhere(words) == {}
    assert [r.name for r in run_checks().results if r.state != "ok"] == []


def _leaves(value):
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in _leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in _leaves(part)]
    return [value]


def caller(shop: Simulated, *scopes: str, channel_id: int | None = None) -> dict[str, str]:
    user = make_staff("owner")
    _key, text = make_api_key(
        name="x", user=user, scopes=scopes, company_id=shop.house.company.pk, channel_id=channel_id
    )
    return {"authorization": f"Api-Key {text}"}


def test_over_http_and_refused_while_goods_are_under_way(shop):
    words, contact = planted(shop), shop.ours(1).contact
    head, client = caller(shop, "privacy:read", "privacy:erase"), Client()
    how = {"content_type": "application/json", "headers": head | {"idempotency-key": "k1"}}
    path = f"/api/v1/buyers/{contact.pk}/"
    assert [row["id"] for row in client.get(f"/api/v1/buyers/?q={words[1]}", headers=head).json()] == [contact.pk]
    assert client.get(path, headers=head).json()["buyer"]["email"] == words[1]
    before = everywhere(words)

    refused = client.post(f"{path}erase/", {"reason": "asked"}, **how)

    assert (refused.status_code, refused.json()["code"]) == (409, "person_still_needed")
    assert everywhere(words) == before
    for number in (1, 2):
        shop.ship(shop.ours(number))
    how["headers"]["idempotency-key"] = "k2"
    done = client.post(f"{path}erase/", {"reason": "asked"}, **how).json()
    assert done["people"] == 1 and done["payloads"] >= 2
    how["headers"]["idempotency-key"] = "k3"
    assert client.post(f"{path}erase/", {"reason": "again"}, **how).json()["addresses"] == 0
    assert Contact.objects.get(pk=contact.pk).person.erased_at is not None


def test_without_the_right_or_for_another_channel_there_is_nothing(shop):
    words, contact = planted(shop), shop.ours(1).contact
    clerk = sign_in("order_desk")
    assert clerk.get("/admin/privacy/").status_code == 403
    assert clerk.get(f"/admin/privacy/{contact.pk}/").status_code == 403
    assert clerk.post(f"/admin/privacy/{contact.pk}/erase/", {"reason": "x"}).status_code == 403
    assert clerk.get(f"/api/v1/buyers/{contact.pk}/").status_code == 403
    other = caller(shop, "privacy:read", "privacy:erase", channel_id=999_999)
    assert Client().get(f"/api/v1/buyers/{contact.pk}/", headers=other).status_code == 404
    assert Client().get(f"/api/v1/buyers/?q={words[1]}", headers=other).json() == []
    assert everywhere(words)
