"""Lists ask the same number of questions for 5 rows and for 50, and never count a whole table."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.core.admin.lists import COUNT_CAP
from tests.factories.sales import line
from tests.factories.staff import sign_in

GROWING = (
    "orders.order", "orders.orderline", "orders.fulfilment", "orders.shipment", "orders.contact",
    "warehouse.picklist", "inventory.sku", "inventory.stocklevel", "inventory.stockmove", "inventory.demand",
    "accounting.invoice", "accounting.journalentry", "accounting.journalline", "accounting.openitem",
    "accounting.personaldata", "core.auditevent", "core.outboxevent",
)  # fmt: skip


def questions(client, label):
    address = reverse(f"admin:{label.replace('.', '_')}_changelist")
    with CaptureQueriesContext(connection) as asked:
        response = client.get(address)
    assert response.status_code == 200
    return len(response.context["cl"].result_list), [query["sql"] for query in asked]


@pytest.mark.parametrize("size", [(4, 45)])
def test_the_number_of_questions_does_not_grow_with_the_rows(world, size):
    from inventory.services import SkuInput, ensure_skus
    from orders.inputs import ContactInput
    from tests.factories.goods import make_stock

    few, many = size
    client = sign_in("owner")

    def fill(start, count):
        for n in range(start, start + count):
            [sku] = ensure_skus([SkuInput(f"S{n}", f"S{n}")], company_id=world.house.id)
            make_stock(world.house, sku, "10", "10.00")
            person = ContactInput(f"c-{n}", f"Buyer {n}", f"b{n}@shop.example")
            world.ship(world.place(f"G-{n}", line(f"S{n}", "1", "10"), contact=person))

    fill(0, few)
    for label in GROWING:
        questions(client, label)  # content types and such are remembered now
    before = {label: questions(client, label) for label in GROWING}
    fill(few, many)
    after = {label: questions(client, label) for label in GROWING}

    grown = {label: (before[label], after[label]) for label in GROWING if len(after[label][1]) != len(before[label][1])}
    assert grown == {}
    assert {label for label in GROWING if after[label][0] <= before[label][0]} == set()
    assert all(after[label][0] <= 50 for label in GROWING)
    many_questions = {label: len(asked) for label, (_rows, asked) in after.items() if len(asked) > 9}
    # One is the menu's, for how many tasks there are, one asks what the reader is limited to; orders are narrowed down by their tags.
    # The journal's lines are narrowed down by channel, warehouse and category: a question each for the choices.
    assert many_questions == {"orders.order": 11, "inventory.sku": 10, "accounting.journalline": 11}
    # The counts of an order list's tabs end at their cap.
    counts = [
        sql
        for _rows, asked in after.values()
        for sql in asked
        if "COUNT(" in sql.upper()
        and not sql.rstrip().removesuffix(") AS few").rstrip().endswith(f"LIMIT {COUNT_CAP + 1}")
    ]
    assert counts == []
