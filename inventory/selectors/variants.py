"""Options of products and the combinations that their SKUs have."""

from inventory.models import OptionValue, Sku
from inventory.variants import Option, Value


def options_of(product_id: int) -> list[Option]:
    """The product's options with their values, both in their order; an option without values is left out. Statements: 1."""
    rows = OptionValue.objects.filter(option__product_id=product_id).select_related("option")
    found: dict[int, tuple[str, list[Value]]] = {}
    for row in rows.order_by("option__position", "position"):
        found.setdefault(row.option_id, (row.option.name, []))[1].append(Value(row.pk, row.name, row.code))
    return [Option(pk, name, tuple(values)) for pk, (name, values) in found.items()]


def combinations_there(product_id: int) -> dict[tuple[int, ...], tuple[int, str]]:
    """SKU id and code by the ids of its values in the options' order. Statements: 1."""
    rows = Sku.objects.filter(product_id=product_id, variant_key__isnull=False)
    return {
        tuple(map(int, (key or "").split("-"))): (pk, code)
        for pk, code, key in rows.values_list("pk", "code", "variant_key")
    }
