"""S8: what comes from outside never runs. Every free text of every row is a payload, and the pages are walked."""

import pytest
from django.contrib.admin import site

from backoffice.core.models import User
from tests.factories.planted import plant
from tests.pages.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "not-a-secret-1"
PAYLOAD = (
    '"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}<svg/onload=alert(3)><i x-data x-init=alert(4)>'
)


def pages(world: World) -> list[str]:
    """Each list of the admin, the first row's page of those that hold something, and the house's own pages."""
    found = ["/admin/", "/admin/find/?q=img", "/admin/stock/", "/admin/accounts/", "/admin/sync/", "/admin/privacy/?q=img",
             "/admin/reports/sales/", "/admin/reports/payables/", "/admin/reports/receivables/", "/admin/floor/queue/",
             f"/admin/orders/order/{world.shipped}/change/", f"/admin/orders/order/{world.unknown}/change/"]  # fmt: skip
    for model in sorted(site._registry, key=lambda model: model._meta.label):
        first = model._default_manager.order_by("pk").first()
        if first is not None:
            base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
            found += [base, f"{base}{first.pk}/change/"]
    return found


def test_no_payload_runs_on_any_page(live_server, browser):
    User.objects.create_superuser("boss", password=PASSWORD)
    world = World()
    planted = plant([PAYLOAD])
    assert planted >= 20
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page, met = context.new_page(), []
    page.on("dialog", lambda dialog: (met.append(f"dialog at {page.url}"), dialog.dismiss()))
    page.on("request", lambda asked: asked.url.startswith((live_server.url, "data:", "blob:")) or met.append(asked.url))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
    )
    page.on("console", lambda said: said.type in ("error", "warning") and met.append(f"{page.url}: {said.text}"))
    page.on("pageerror", lambda error: met.append(f"{page.url}: {error}"))
    page.goto(f"{live_server.url}/admin/login/")
    page.fill("input[name=username]", "boss")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()
    seen, shown = 0, 0
    for path in pages(world):
        answer = page.goto(f"{live_server.url}{path}", wait_until="domcontentloaded")
        assert answer is not None and answer.status in (200, 404), (path, answer and answer.status)
        assert page.evaluate("document.querySelector('img[src=x], svg[onload], [x-init*=alert]')") is None, path
        seen += 1
        shown += "&lt;img src=x" in answer.text()
    context.close()

    assert met == []
    assert seen > 60 and shown > 20  # the control: the payloads are there, as text
