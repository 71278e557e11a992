"""Second factors in a real browser: the app's picture, a passkey of a virtual key, and the page that asks again."""

import time

import pytest
from django.conf import settings as house

from backoffice.core.models import ApiKey, SecondFactor, StaffSession
from backoffice.core.signing_in import factors
from tests.factories.staff import PASSWORD, make_staff
from tests.plugins.browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def enter(page, base):
    page.goto(f"{base}/admin/login/?next=/admin/security/")
    page.fill("input[name=username]", "owner")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()


def local(live_server):
    """Passkeys belong to a name: an address with numbers has none."""
    return live_server.url.replace("127.0.0.1", "localhost")


def with_key(page):
    """A security key of the browser's own, as its tools for testing give it."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_an_app_is_added_by_its_picture_and_asked_for(live_server, new_page, screenshot):
    make_staff("owner")
    page, base = new_page(), local(live_server)
    enter(page, base)
    page.click("text=Add an authenticator app")
    secret = factors.app_secret(SecondFactor.objects.get())
    screenshot(page, "security-app")
    page.fill("input[name=code]", factors.code_at(secret, time.time() - 30))
    page.click("text=Switch it on")
    page.locator(".bo-codes li").nth(9).wait_for()
    assert page.locator(".bo-codes li").count() == 10
    screenshot(page, "security-codes")

    phone = new_page(PHONE)
    enter(phone, base)
    screenshot(phone, "second-factor-phone")
    phone.fill("input[name=code]", factors.code_at(secret, time.time()))
    phone.press("input[name=code]", "Enter")
    phone.wait_for_url("**/admin/security/")
    screenshot(phone, "security-phone")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"] + 1
    page.goto(f"{base}/admin/sign-in/")
    screenshot(page, "sign-in-rules")
    phone.goto(f"{base}/admin/sign-in/")
    screenshot(phone, "sign-in-rules-phone")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"] + 1


def test_a_passkey_is_added_and_opens(live_server, new_page, screenshot):
    make_staff("owner")
    page, base = new_page(), local(live_server)
    with_key(page)
    enter(page, base)
    page.fill("input[name=name]", "Laptop")
    page.click("text=Add a passkey")
    page.wait_for_selector(".bo-codes li")
    assert SecondFactor.objects.get().name == "Laptop"
    page.context.clear_cookies()

    enter(page, base)
    assert page.url.endswith("/admin/login/second/")
    screenshot(page, "second-factor")
    page.click("text=Use a passkey")
    page.wait_for_url("**/admin/security/")
    assert SecondFactor.objects.get().uses > 0


def test_the_page_that_asks_keeps_what_was_typed(live_server, new_page, screenshot):
    make_staff("owner")
    page, base = new_page(), local(live_server)
    with_key(page)
    enter(page, base)
    page.click("text=Add a passkey")
    page.wait_for_selector(".bo-codes li")
    page.goto(f"{base}/admin/core/apikey/add/")
    page.fill("input[name=name]", "Shop")
    page.fill("input[name=scopes]", "orders:read")
    owner = SecondFactor.objects.get().user_id
    page.evaluate(
        f"document.querySelector('select[name=user]').innerHTML = '<option value={owner} selected>o</option>'"
    )
    StaffSession.objects.update(session_data=_aged(page))
    page.click("button[name=_save]")
    page.wait_for_selector("text=Confirm that it is you")
    screenshot(page, "confirm")
    page.click("text=Use a passkey")
    page.wait_for_selector("text=Copy the key now")
    assert ApiKey.objects.get().name == "Shop"


def _aged(page):
    from backoffice.core.signing_in.proving import PROVED_AT
    from backoffice.core.signing_in.sessions import SessionStore

    cookie = next(one["value"] for one in page.context.cookies() if one["name"] == house.SESSION_COOKIE_NAME)
    store = SessionStore(cookie)
    store[PROVED_AT] = 0
    return store.encode(store._get_session())
