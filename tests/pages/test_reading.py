"""Pages say what they show in the reader's words: no code, no tag of HTML, no name of a job."""

import ast
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import translation

from backoffice.core.actor import Actor
from backoffice.core.show import who_of
from backoffice.core.staff_tasks import give_task, role_group
from inventory.models import StockMove, SupplierSku
from inventory.replenishment_words import tell
from orders.models import Order
from tests.factories.buying import make_offer
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.sales import make_channel
from tests.factories.staff import sign_in
from warehouse.models import CarrierAccount, CarrierRate, CarrierService, WaveTemplate

MARKED_UP = re.compile(r"""\bf["'][^"'\n]*\{show_(?:quantity|money)\(""")


def test_numbers_that_are_marked_up_are_never_put_into_a_text():
    """show_quantity and show_money give HTML: in an f-string it is shown as "<span class=…" (use format_html)."""
    root = Path(settings.BASE_DIR)
    apps = ("accounting", "backoffice", "integrations", "inventory", "orders", "warehouse")
    files = [path for app in apps for path in (root / app).rglob("*.py")]

    assert [str(path.relative_to(root)) for path in files if MARKED_UP.search(path.read_text())] == []
    assert [str(path.relative_to(root)) for path in files if list(filled_with_html(path.read_text()))] == []


def filled_with_html(source: str) -> Iterator[ast.BinOp]:
    """Texts whose place holders are filled in (%) with what show_quantity or show_money give."""
    if "% {" not in source or not re.search(r": show_(quantity|money)\(", source):
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.right, ast.Dict):
            called = {getattr(value.func, "id", "") for value in node.right.values if isinstance(value, ast.Call)}
            if called & {"show_quantity", "show_money"}:
                yield node


@pytest.mark.django_db
def test_what_suppliers_have_is_shown_as_numbers():
    shop = make_shop()
    make_sku(shop)
    make_offer(shop, "MUG", price="4.00", lead_time_days=10)
    SupplierSku.objects.update(stock_quantity=120, stock_as_of="2026-11-28T12:00:00Z")

    shown = sign_in("owner").get("/admin/inventory/suppliersku/").content.decode()

    assert "&lt;span" not in shown and '<span class="bo-num">120</span> (2026-11-28' in shown


@pytest.mark.django_db
def test_filters_and_the_trail_speak_the_readers_language():
    shop = make_shop()
    make_channel(shop, "web")
    make_channel(shop, "counter", kind="till")
    give_task(title="Look", role=role_group("owner"), company_id=shop.id, actor=Actor("rule:Big ones", None))
    client = sign_in("owner")
    client.cookies["django_language"] = "ka"

    orders = client.get("/admin/orders/order/").content.decode()
    tasks = client.get("/admin/core/stafftask/").content.decode()

    assert 'title="till"' not in orders and "?kind=till" in orders
    assert "rule:Big" not in tasks and "Big ones" in tasks and not Order.objects.exists()
    with translation.override("en"):
        assert [who_of(label) for label in ("job:channels", "rule:Big ones", "ona")] == [
            "the program (channels)", "Rule “Big ones”", "ona",
        ]  # fmt: skip


@pytest.mark.django_db
def test_days_and_prices_of_the_dock_are_written_for_people():
    """Once "12345" stood for Monday to Friday, and 3.200000 for a price."""
    shop = make_shop()
    carrier = CarrierAccount.objects.create(company=shop.company, name="Post", code="post", connector="house")
    service = CarrierService.objects.create(carrier=carrier, name="Parcel", code="parcel")
    CarrierRate.objects.create(service=service, up_to_g=1000, price=Decimal("3.2"))
    WaveTemplate.objects.create(company=shop.company, warehouse=shop.warehouse, name="Noon", weekdays="135")
    client = sign_in("owner")

    rates = client.get("/admin/warehouse/carrierrate/").content.decode()
    templates = client.get("/admin/warehouse/wavetemplate/").content.decode()

    assert "3.200000" not in rates and "3.20" in rates
    assert "Mon, Wed, Fri" in templates
    with translation.override("ka"):
        assert "02.12.2026" in tell("expiry", {"quantity": "4", "lot": "L1", "date": "2026-12-02"})


@pytest.mark.parametrize("language", ["ka", "ru"])
def test_what_djangos_forms_refuse_with_is_translated(language):
    """Django's own Georgian lacks some: "This password is too short" was said in English in the set-up."""
    with translation.override(language), pytest.raises(ValidationError) as refusal:
        validate_password("123")
    assert not re.search("[a-z]{4}", " ".join(refusal.value.messages))
    with translation.override(language):
        for said in (
            forms.UUIDField,
            forms.JSONField,
            forms.SlugField,
            forms.DateField,
            forms.IntegerField,
            forms.EmailField,
        ):
            with pytest.raises(ValidationError) as refusal:
                said().clean("a b")
            assert "Enter" not in str(refusal.value), said


def test_a_number_in_a_form_is_never_its_markup():
    """|quantity and |money give HTML: within an attribute the field would show "<span class=" (use |plain)."""
    root = Path(settings.BASE_DIR)
    marked = re.compile(r"""=["']\{\{[^}]*\|(?:quantity|money)\b""")
    pages = [
        path for path in root.glob("*/**/templates/**/*.html") if not path.relative_to(root).parts[0].startswith(".")
    ]

    assert pages and [str(path.relative_to(root)) for path in pages if marked.search(path.read_text())] == []


@pytest.mark.django_db
def test_a_row_that_is_only_looked_at_and_a_form_show_numbers_without_idle_zeros_and_codes_in_words():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "47")
    make_offer(shop, "MUG", price="4.50", lead_time_days=10)
    client = sign_in("owner")

    def shown(model: str, pk: int) -> str:
        return client.get(f"/admin/inventory/{model}/{pk}/change/").content.decode()

    move = StockMove.objects.get()
    text = shown("stockmove", move.pk)
    assert "47.000000" not in text and ">47<" in text.replace("\n", "").replace(" ", "")
    assert move.source_type not in text
    offer = shown("suppliersku", SupplierSku.objects.get().pk)
    assert 'value="1"' in offer and "000000" not in offer
