"""Money, keys and rights ask for the password or a factor again; what was typed goes on with it."""

import re
import time
from html import unescape

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounting.models import Payment
from backoffice.core.models import ApiKey, User
from backoffice.core.signing_in import factors
from backoffice.core.signing_in.proving import PROVED_AT
from orders.models import OrderPayment
from tests.core.test_signing_in import with_app
from tests.factories.books import make_company, make_party
from tests.factories.staff import PASSWORD, make_staff, sign_in

pytestmark = pytest.mark.django_db


def stale(role: str = "owner") -> Client:
    """Signed in, but the password was given an hour ago."""
    client = sign_in(role)
    session = client.session
    session[PROVED_AT] = int(time.time()) - 3600
    session.save()
    return client


def asked(response) -> dict[str, list[str]]:
    """What the page that asks keeps of the form; fails if it is another page."""
    text = response.content.decode()
    assert response.status_code == 403 and "Confirm that it is you" in text
    kept: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text):
        if name != "csrfmiddlewaretoken":
            kept.setdefault(unescape(name), []).append(unescape(value))
    return kept


KEY = {"name": "Shop", "scopes": "orders:read", "change_reason": ""}


def test_a_key_is_made_only_after_the_password_and_with_what_was_typed():
    client = stale()
    form = KEY | {"user": User.objects.get(username="owner").pk}

    kept = asked(client.post("/admin/core/apikey/add/", form))
    assert not ApiKey.objects.exists() and kept["name"] == ["Shop"]
    asked(client.post("/admin/core/apikey/add/", kept | {"proof_password": ["wrong"]}))
    assert not ApiKey.objects.exists()
    client.post("/admin/core/apikey/add/", kept | {"proof_password": [PASSWORD]})

    assert ApiKey.objects.get().name == "Shop"
    client.post("/admin/core/apikey/add/", form | {"name": "Second"})  # not asked again so soon
    assert ApiKey.objects.count() == 2


def test_a_second_factor_does_instead_of_the_password():
    client = stale()
    secret, _codes = with_app(User.objects.get(username="owner"))
    kept = asked(client.post("/admin/core/apikey/add/", KEY | {"user": User.objects.get(username="owner").pk}))

    client.post("/admin/core/apikey/add/", kept | {"proof_code": [factors.code_at(secret, time.time())]})

    assert ApiKey.objects.count() == 1


def test_revoking_a_key_asks():
    client = stale()
    key = ApiKey.objects.create(name="x", prefix="p", digest=bytes(32), user=User.objects.get(username="owner"))

    asked(client.post("/admin/core/apikey/", {"action": "revoke", "_selected_action": [key.pk]}))

    key.refresh_from_db()
    assert key.revoked_at is None


def test_rights_and_passwords_of_users_ask():
    client, user = stale(), make_staff("picker")
    group = Group.objects.get(name="owner")

    asked(client.post(f"/admin/core/user/{user.pk}/change/", {"username": "picker", "groups": [group.pk]}))
    asked(client.post(f"/admin/core/user/{user.pk}/password/", {"password1": "x", "password2": "x"}))
    asked(client.post("/admin/core/user/add/", {"username": "mole"}))
    asked(client.post(f"/admin/auth/group/{group.pk}/change/", {"name": "owner"}))
    asked(client.post("/admin/sign-in/roles/", {"role": ["owner"]}))
    asked(client.post(f"/admin/sign-in/{user.pk}/reset/", {"reason": "x"}))
    asked(client.post(f"/admin/sign-in/{user.pk}/unlock/", {"reason": "x"}))

    assert [group.name for group in user.groups.all()] == ["picker"]
    assert User.objects.count() == 2


def test_ones_own_factors_ask():
    client = stale()
    with_app(user := User.objects.get(username="owner"))

    for path in ("app/", "passkey/", "passkey/options/", "codes/", f"factor/{user.second_factors.get().pk}/remove/"):
        asked(client.post(f"/admin/security/{path}"))

    assert len(factors.confirmed(user)) == 1


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/admin/orders/order/1/payments/1/refund/", {}),
        ("/admin/orders/returnorder/1/refund/", {}),
        ("/admin/accounts/{party}/settle/", {"do": ["refund"]}),
        ("/admin/accounts/{party}/payment/", {"direction": ["out"]}),
        ("/admin/reports/payables/pay/", {}),
    ],
)
def test_money_out_asks_before_anything_is_looked_at(path, more):
    client = stale()
    party = make_party(make_company())
    form = {"amount": ["5.00"], "bill": ["1", "2"]} | more

    assert asked(client.post(path.format(party=party.pk), form)) == form
    assert not Payment.objects.exists() and not OrderPayment.objects.exists()


PAYMENT = {
    "party": "P", "control": "payable", "direction": "out", "amount": "5.00", "currency": "EUR", "account": "1000",
}  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/orders/1/payments/1/refund/",
        "/api/v1/returns/1/refund/",
        "/api/v1/settlements/refund/",
        "/api/v1/settlements/payment/",
        "/api/v1/bills/pay/",
        "/api/v1/party-bank-accounts/",
        "/api/v1/approval-limits/",
        "/api/v1/approval-limits/threshold/",
        "/api/v1/approval-limits/1/remove/",
    ],
)
def test_the_api_asks_people_and_not_programs(path):
    client = stale()

    how = {"content_type": "application/json", "headers": {"idempotency-key": "k1"}}

    answer = client.post(path, PAYMENT, **how)
    assert (answer.status_code, answer.json()["code"]) == (403, "step_up_required")
    page = client.get("/admin/confirm/?next=https://evil.example/").content.decode()
    assert "Confirm that it is you" in page
    assert client.post("/admin/confirm/", {"next": "//evil.example/", "proof_password": PASSWORD}).url == "/admin/"
    assert client.post(path, PAYMENT, **how).json().get("code") != "step_up_required"  # under the same key


def test_off_it_asks_nobody(settings):
    settings.STEP_UP_MINUTES = 0
    client = stale()

    client.post("/admin/core/apikey/add/", KEY | {"user": User.objects.get(username="owner").pk})

    assert ApiKey.objects.count() == 1
