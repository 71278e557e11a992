"""Nobody is led to a page that refuses them: what they may not open is text, and the rest is linked."""

import re

import pytest
from django.urls import reverse

from tests.factories.staff import sign_in

pytestmark = pytest.mark.django_db(transaction=True)
LINKED = re.compile(r'<a\b[^>]*?\shref="(/[^"#?]*)')


def pages(world):
    work = world.fulfilment_of(world.ready)
    return [
        reverse("admin:index"), reverse("admin:orders_order_changelist"), reverse("admin:warehouse_queue"),
        *(reverse("admin:orders_order_change", args=[pk]) for pk in (world.shipped, world.ready)),
        reverse("admin:inventory_sku_change", args=[world.mug]), reverse("admin:warehouse_work", args=[work]),
        reverse("admin:inventory_purchaseorder_change", args=[world.purchase]),
        reverse("admin:orders_returnorder_change", args=[world.returned]),
    ]  # fmt: skip


@pytest.mark.parametrize("role", ["picker", "buyer", "order_desk"])
def test_every_link_on_a_persons_pages_opens_for_them(world, role):
    client, asked, refused = sign_in(role), set(), []

    for page in pages(world):
        answer = client.get(page)
        if answer.status_code == 200:
            for address in LINKED.findall(answer.content.decode()):
                kind = re.sub(r"\d+", "0", address)
                if kind not in asked and "logout" not in address:
                    asked.add(kind)
                    if client.get(address).status_code == 403:
                        refused.append((page, address))

    assert refused == []
    assert len(asked) > 20


def test_what_is_not_linked_is_still_told(world):
    page = reverse("admin:inventory_sku_change", args=[world.mug])
    entry = re.compile(r"<a([^>]*)><span[^>]*>-15\.00")

    seen = {role: entry.search(sign_in(role).get(page).content.decode())[1] for role in ("accountant", "order_desk")}

    assert "journalentry" in seen["accountant"]
    assert "href" not in seen["order_desk"]


def test_a_form_to_add_is_linked_for_who_may_add(world):
    page = reverse("admin:inventory_purchaseorder_changelist")
    add = f'href="{reverse("admin:inventory_purchaseorder_add")}"'

    assert add in sign_in("buyer").get(page).content.decode()
    assert add not in sign_in("accountant").get(page).content.decode()
