"""A buyer asks what is held of them, and to be forgotten: found, handed out, erased; the books still prove."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group
from django.contrib.messages import get_messages
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from accounting.models import Invoice
from accounting.tasks import erase_expired_addresses
from backoffice.core.api.auth import make_api_key
from backoffice.core.db import database_now
from backoffice.core.models import AuditEvent, BulkJob, IdempotencyRecord, SavedView, StaffTask, User
from backoffice.core.proof import run_checks
from backoffice.core.sealing import seal_text
from integrations.models import QuarantinedRow
from orders.models import AutomationRule, Contact, DocumentMail, Hold, RuleFiring
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


def written_about(shop, order, email, name):
    """The buyer named in all that people, rules and jobs write of an order."""
    company, user = shop.house.company, User.objects.get(username="owner")
    rule = AutomationRule.objects.create(
        company=company,
        name="Gift for a friend",
        trigger="placed",
        conditions={"all": [{"field": "email", "value": email}]},
    )
    RuleFiring.objects.create(
        rule=rule, company=company, subject_type="order", subject_id=order.pk, order=order, cause="placed", rule_version=1,
        looked={"Postcode": "0108-XQ", "City": "Xyzcity"}, actions=[{"text": f"Call {name}"}],
        results=[{"detail": f"Sent to {email.upper()}"}], state="done",
    )  # fmt: skip
    Hold.objects.create(
        order=order, kind="manual", reason=f"Asked {email}", placed_by="ben", released_at=timezone.now(), released_by=make_staff("order_desk"),
        release_reason=f"{name} answered",
    )  # fmt: skip
    StaffTask.objects.create(
        company_id=company.pk,
        title=f"Call {name}",
        note=f"on {email}",
        created_by="ben",
        role=Group.objects.get(name="owner"),
    )
    QuarantinedRow.objects.create(
        company=company,
        channel=order.channel,
        source="payout.csv",
        row_key="k",
        raw={"buyer": email},
        code="x",
        reason=name,
    )
    DocumentMail.objects.filter(order=order).update(error="refused", error_context={"answer": f"550 <{email}> unknown"})
    BulkJob.objects.create(
        action="orders.hold", object_type="orders.order", selection=f"search: {email}", actor_label="ben", user=user
    )
    SavedView.objects.create(list_label="orders.order", name="Hers", query=urlencode({"q": email}), owner_id=user.pk)
    for key, text in (("k-names", f'{{"email": "{email}"}}'), ("k-other", '{"ok": true}')):
        IdempotencyRecord.objects.create(
            user=user, key=key, method="POST", path="/api/v1/orders/", body_sha256=b"x" * 32, status=201,
            response=seal_text(text.encode(), owner=f"answer:{key}"),
        )  # fmt: skip


def test_what_people_and_rules_wrote_of_a_buyer_goes_too_or_is_told(shop):
    name, email, _line = planted(shop)
    for number in (1, 2):
        shop.ship(shop.ours(number))
    order, owner = shop.ours(1), sign_in("owner")
    written_about(shop, order, email, name)
    owner.get("/admin/orders/order/", {"q": email, "export": "csv"})
    assert everywhere(("Xyzcity", "0108-XQ")) and "orders_hold" in everywhere((email,))

    done = owner.post(f"/admin/privacy/{order.contact_id}/erase/", {"reason": f"{email} asked on 3 May"})

    told = " ".join(str(message) for message in get_messages(done.wsgi_request))
    assert "Rule Gift for a friend, Kept list Hers" in told
    left = everywhere((name, email, email.upper(), "Xyzcity", "0108-XQ"))
    assert set(left) <= {"accounting_address", "orders_automationrule"}  # by law, and by the owner's own decision
    assert (Hold.objects.get(placed_by="ben").reason, RuleFiring.objects.get().looked) == ("Asked …", {})
    assert RuleFiring.objects.get().results == [{"detail": "Sent to …"}]
    assert AuditEvent.objects.get(object_type="orders.contact", action="erased").reason == "… asked on 3 May"
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["k-other"]
    assert [r.name for r in run_checks().results if r.state != "ok"] == []


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
