"""S8: what comes from outside never runs. Every free text of every row is a payload, and the pages are walked."""

import pytest
from django.contrib.admin import site
from django.db import connection

from backoffice.core.models import User
from tests.pages.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "not-a-secret-1"
PAYLOAD = (
    '"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}<svg/onload=alert(3)><i x-data x-init=alert(4)>'
)
# What people and shops write freely; names that the house made and codes that it reads stay as they are.
FREE = ("name", "description", "text", "note", "reason", "title", "line1", "line2", "city", "region", "postcode", "phone",
        "email", "organisation", "external_number", "tracking_number", "label", "error", "message", "counterparty",
        "reference", "carrier", "body", "content", "comment", "subject", "summary", "status_reason", "placed_by",
        "actor_label", "release_reason", "old_value", "new_value", "buyer", "brand", "address")  # fmt: skip
KEPT_TABLES = (
    "django_",
    "auth_",
    "core_user",
    "accounting_currency",
    "accounting_account",
    "inventory_unit",
    "core_jobrun",
)


def plant() -> int:
    """The payload in every free text column, as far as it is long and no rule of the database forbids it."""
    done = 0
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "SELECT table_name, column_name, coalesce(character_maximum_length, 1000) FROM information_schema.columns"
            " JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'"
            " AND data_type IN ('character varying', 'text') AND column_name = ANY(%s)",
            [list(FREE)],
        )
        for table, column, length in cursor.fetchall():
            if table.startswith(KEPT_TABLES) or length < 20:
                continue
            told = PAYLOAD.replace("'", "''")
            cursor.execute(
                f"DO $do$ BEGIN EXECUTE format('UPDATE %I SET %I = left(%L || left(id::text, 3), %s)', '{table}',"
                f" '{column}', '{told}', {length}); EXCEPTION WHEN OTHERS THEN NULL; END $do$"
            )
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE position(%s in "{column}") > 0', [PAYLOAD[:12]])
            done += cursor.fetchone()[0] > 0
        cursor.execute("SET session_replication_role = origin")
    return done


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
    planted = plant()
    assert planted >= 20
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page, met = context.new_page(), []
    page.on("dialog", lambda dialog: (met.append(f"dialog at {page.url}"), dialog.dismiss()))
    page.on("request", lambda asked: asked.url.startswith((live_server.url, "data:", "blob:")) or met.append(asked.url))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))"
    )
    page.on("console", lambda said: "CSP" in said.text and met.append(f"{page.url}: {said.text}"))
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
