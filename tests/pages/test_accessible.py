"""Main pages can be used without eyes and without a mouse: every field, picture and link says what it is."""

import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from orders.models import Order
from tests.factories.staff import sign_in

pytestmark = pytest.mark.django_db(transaction=True)
SILENT = ("hidden", "submit", "button", "reset", "image")
LANDMARKS = re.compile(
    r'<a class="bo-skip" href="#content-start">.*<nav .*<main id="content-start".*</main>', re.DOTALL
)
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(HTMLParser):
    """What of a page has no name, and the levels of its headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.named: set[str] = set()
        self.fields: list[tuple[str, str, bool]] = []  # tag, id, whether it names itself
        self.nameless: list[str] = []
        self.levels: list[int] = []
        self._said: list[
            tuple[int, str, bool]
        ] = []  # links and buttons that are open: depth, tag, whether they say something
        self.feed(text)
        self.nameless += [
            f"{tag} {key}" for tag, key, is_named in self.fields if not is_named and key not in self.named
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        says = any(given.get(name, "").strip() for name in ("aria-label", "aria-labelledby", "title", "placeholder"))
        if tag == "label" and given.get("for"):
            self.named.add(given["for"])
        if tag in ("input", "select", "textarea") and given.get("type") not in SILENT:
            self.fields.append((tag, given.get("id") or given.get("name", ""), says or "label" in self.open))
        if (tag == "img" and "alt" not in given) or (tag == "svg" and given.get("role") == "img" and not says):
            self.nameless.append(self.get_starttag_text() or tag)
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdecimal():
            self.levels.append(int(tag[1]))
        if tag not in EMPTY:
            self.open.append(tag)
            if tag in ("a", "button") and (tag == "button" or "href" in given):
                self._said.append((len(self.open), self.get_starttag_text() or tag, says))
        if says or given.get("alt"):
            self._speak()

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        while self._said and self._said[-1][0] > len(self.open):
            _depth, text, is_named = self._said.pop()
            if not is_named:
                self.nameless.append(text)

    def handle_data(self, data: str) -> None:
        if data.strip() and "style" not in self.open and "script" not in self.open:
            self._speak()

    def _speak(self) -> None:
        self._said = [(depth, text, True) for depth, text, _is_named in self._said]


def test_every_field_picture_and_button_of_the_main_pages_has_a_name_and_headings_go_down_step_by_step(world):
    client = sign_in("owner")
    order = Order.objects.order_by("pk").first()
    addresses = [
        "/admin/", reverse("admin:orders_order_changelist"), reverse("admin:orders_order_change", args=[order.pk]),
        reverse("admin:orders_automationrule_add"), reverse("admin:inventory_sku_change", args=[world.mug]),
        reverse("stock_explorer"), reverse("admin:inventory_map"), reverse("work_queue"), reverse("matching_desk"),
        reverse("admin:inventory_purchaseorder_change", args=[world.purchase]), reverse("admin:core_stafftask_add"),
        reverse("admin:accounting_manualjournal_add"), reverse("admin:core_scheduledreport_add"), reverse("scheduled_jobs"),
    ]  # fmt: skip

    wrong = {}
    for address in addresses:
        answer = client.get(address)
        text = answer.content.decode()
        page = Page(text)
        steps = [f"h{a} before h{b}" for a, b in zip(page.levels, page.levels[1:], strict=False) if b > a + 1]
        found = [
            *page.nameless,
            *([] if "changelist-form" in text else steps),
        ]  # the theme's lists have an h3 of its own
        if not LANDMARKS.search(text):
            found.append("no way past the menu to a main part")
        if answer.status_code != 200 or found:
            wrong[address] = (answer.status_code, found[:5])

    assert wrong == {}
