"""The sample shop's two sides against its written contract: a wrong field name on either fails here."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import integrations.fake_channel
from integrations.connectors.fake.mapping import map_order
from integrations.errors import PayloadUnreadable
from integrations.fake_channel.buyers import Ware, make_order
from orders.intake import sums_of
from tests.factories.channels import sample_order

CONTRACT = (Path(integrations.fake_channel.__file__).parent / "CONTRACT.md").read_text()
EXAMPLE = json.loads(re.search(r"```json\n(.*?)```", CONTRACT, re.S)[1])
OPTIONAL = {("payments",), ("payments", 0, "reference")}  # the contract says what it means when they are missing
WARES = [Ware("MUG-1", "Mug", Decimal("12.50")), Ware("CUP-1", "Cup", Decimal("7.95"))]


def names(value: Any) -> Any:
    """The field names of an object, all the way down; a list by its first element."""
    if isinstance(value, dict):
        return {key: names(inner) for key, inner in value.items()}
    return [names(value[0])] if isinstance(value, list) else ""


def generated(number: int) -> dict[str, Any]:
    order = make_order(number, WARES, seed=1, currency="EUR", tax_rate=Decimal("0.18"))
    return order | {"created_at": "2026-11-22T10:00:00Z", "updated_at": "2026-11-22T10:00:05Z"}  # stamped by the shop


@pytest.mark.parametrize("order", [generated(1), sample_order(1) | {"updated_at": ""}])
def test_orders_made_here_have_the_contracts_fields(order):
    required = {name: value for name, value in EXAMPLE.items() if name in order or (name,) not in OPTIONAL}

    assert names(order) == names(required)


def test_the_contracts_example_is_understood_to_the_last_field():
    order = map_order(json.dumps(EXAMPLE).encode()).order

    assert (order.external_id, order.external_number, order.placed_at.isoformat()) == (
        "1007", "#1007", "2026-11-22T10:00:00+00:00",
    )  # fmt: skip
    assert (order.currency, order.prices_include_tax, order.total) == ("EUR", True, Decimal("29.90"))
    [line] = order.lines
    assert (line.external_id, line.channel_sku, line.description) == ("1", "MUG-1", "Mug")
    assert (line.quantity, line.unit_price, line.discount) == (2, Decimal("12.50"), 0)
    assert (line.tax, line.tax_rate) == (Decimal("3.81"), Decimal("0.18"))
    [charge] = order.charges
    assert (charge.kind, charge.unit_price, charge.tax) == ("shipping", Decimal("4.90"), Decimal("0.75"))
    assert (order.contact.external_id, order.contact.name) == ("b-31", "Nino Abashidze")
    assert (order.shipping_address.line1, order.shipping_address.postcode) == ("Rustaveli 1", "0108")
    assert sums_of(order, inclusive=True).total == order.total


@pytest.mark.parametrize("number", range(1, 40))
def test_generated_orders_add_up(number):
    order = map_order(json.dumps(generated(number)).encode()).order

    assert sums_of(order, inclusive=True).total == order.total


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all fields of the example."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in [(*path, key), *paths(inner, (*path, key))]]
    return [found for index, inner in enumerate(value) for found in paths(inner, (*path, index))] if isinstance(
        value, list
    ) else []  # fmt: skip


@pytest.mark.parametrize("path", [path for path in paths(EXAMPLE) if path not in {("updated_at",), *OPTIONAL}], ids=str)
def test_a_renamed_field_is_told_by_its_path(path):
    planted = json.loads(json.dumps(EXAMPLE))
    parent: Any = planted
    for step in path[:-1]:
        parent = parent[step]
    parent[f"wrong_{path[-1]}"] = parent.pop(path[-1])

    with pytest.raises(PayloadUnreadable) as caught:
        map_order(json.dumps(planted).encode())

    told = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
    assert caught.value.context["field"] == told
    assert "is missing" in caught.value.detail


@pytest.mark.parametrize("path", sorted(OPTIONAL), ids=str)
def test_what_may_be_missing_is_not_missed(path):
    given = json.loads(json.dumps(EXAMPLE))
    parent: Any = given
    for step in path[:-1]:
        parent = parent[step]
    del parent[path[-1]]

    payments = map_order(json.dumps(given).encode()).payments

    assert [payment.reference for payment in payments] == ([] if path == ("payments",) else [""])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"grand_total": "12,5"}, "grand_total"),
        ({"grand_total": True}, "grand_total"),
        ({"created_at": "2026-11-22T10:00:00"}, "created_at"),
        ({"items": []}, "items"),
        ({"items": {}}, "items"),
        ({"items": ["x"]}, "items[0]"),
        ({"status": "lost"}, "status"),
        ({"number": "x" * 500}, "number"),
    ],
)
def test_senseless_values_are_told_by_their_path(change, field):
    with pytest.raises(PayloadUnreadable) as caught:
        map_order(json.dumps(EXAMPLE | change).encode())

    assert caught.value.context["field"] == field


def test_what_is_no_json():
    with pytest.raises(PayloadUnreadable, match="no JSON"):
        map_order(b"{")
