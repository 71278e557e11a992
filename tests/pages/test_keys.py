"""API keys are shown once, when they are made; revoking one ends it."""

import re

from django.test import Client
from django.urls import reverse

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import ApiKey, AuditEvent, User
from tests.factories.staff import make_staff, said, sign_in


def test_a_key_is_shown_once_and_works_until_it_is_revoked(world):
    client = sign_in("owner")
    robot = User.objects.create_superuser("robot")
    form = {"name": "Storefront", "user": str(robot.pk), "scopes": "search:read, orders:read"}

    response = client.post(reverse("admin:core_apikey_add"), form)

    assert response.status_code == 302, response.context["adminform"].form.errors
    shown = next(text for text in said_all(response) if "shown this once" in text)
    secret = re.search(r"[0-9a-f]{12}\.\S+", shown)[0]
    key = ApiKey.objects.get()
    assert (key.name, key.scopes, key.user) == ("Storefront", ["search:read", "orders:read"], robot)
    header = {"headers": {"authorization": f"Api-Key {secret}"}}
    assert Client().get("/api/v1/search/", {"q": "TR-1"}, **header).status_code == 200
    client.get(reverse("admin:core_apikey_changelist"))  # shows the message
    assert secret.partition(".")[2] not in client.get(reverse("admin:core_apikey_changelist")).content.decode()

    client.post(reverse("admin:core_apikey_changelist"), {"action": "revoke", "_selected_action": [str(key.pk)]})

    assert Client().get("/api/v1/search/", {"q": "TR-1"}, **header).status_code == 401
    actions = AuditEvent.objects.filter(object_type="core.apikey", object_id=key.pk).order_by("id")
    assert [event.action for event in actions] == ["created", "revoked"]


def said_all(response):
    from django.contrib.messages import get_messages

    return [str(message) for message in get_messages(response.wsgi_request)]


def test_nobody_makes_a_key_in_another_persons_name(world):
    client = sign_in("owner")
    accountant = make_staff("accountant")
    form = {"name": "Second eyes", "user": str(accountant.pk), "scopes": "bills:approve"}

    refused = client.post(reverse("admin:core_apikey_add"), form)

    assert "another person" in refused.context["adminform"].form.errors["user"][0]
    assert not ApiKey.objects.exists()
    own = form | {"user": str(User.objects.get(username="owner").pk)}
    assert client.post(reverse("admin:core_apikey_add"), own).status_code == 302
    assert ApiKey.objects.get().user.username == "owner"


def test_only_the_owner_makes_keys(world):
    client = sign_in("accountant")

    assert client.post(reverse("admin:core_apikey_add"), {"name": "x"}).status_code == 403
    assert not ApiKey.objects.exists()
    assert said(client.get("/admin/")) == []


def test_a_keys_limit_is_set_on_its_page_and_nothing_else_of_it(world):
    client = sign_in("owner")
    robot = User.objects.create_superuser("robot")
    key = make_api_key(name="Shop", user=robot, scopes=["orders:read"])[0]
    page = reverse("admin:core_apikey_change", args=[key.pk])

    refused = client.post(page, {"requests_per_minute": "0"})
    key.refresh_from_db()
    assert refused.status_code == 200 and key.requests_per_minute is None
    saved = client.post(page, {"requests_per_minute": "90", "name": "Other", "scopes": "orders:write"})

    key.refresh_from_db()
    assert saved.status_code == 302
    assert (key.requests_per_minute, key.name, key.scopes) == (90, "Shop", ["orders:read"])
    event = AuditEvent.objects.get(object_type="core.apikey", object_id=key.pk, field="requests_per_minute")
    assert (event.old_value, event.new_value) == ("", "90")
    assert "90" in client.get(reverse("admin:core_apikey_changelist")).content.decode()
