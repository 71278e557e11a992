"""What a channel's SKU codes mean: a mapping made by people, else the channel's listing, else our own code."""

from collections.abc import Sequence
from dataclasses import replace

from django.db.models.functions import Upper

from integrations.models import CodeMapping, Listing
from inventory.models import Sku
from orders.inputs import OrderInput

SKU = "sku"


def sku_ids(*, channel_id: int, codes: Sequence[str]) -> dict[str, int]:
    """SKUs of those codes that are mapped or listed; our own codes are found by orders. Statements: 2."""
    wanted = set(codes)
    found = dict(
        Listing.objects.filter(connection__channel_id=channel_id, external_sku__in=wanted).values_list(
            "external_sku", "sku_id"
        )
    )
    mappings = dict(
        CodeMapping.objects.filter(channel_id=channel_id, meaning=SKU, sku__isnull=False).values_list(
            "pattern", "sku_id"
        )
    )
    prefixes = sorted((p for p in mappings if p.endswith("*")), key=len, reverse=True)
    for code in wanted:
        if code in mappings:
            found[code] = mappings[code]
        elif code not in found and (longest := next((p for p in prefixes if code.startswith(p[:-1])), "")):
            found[code] = mappings[longest]
    return found


def own_sku_ids(*, company_id: int, codes: Sequence[str]) -> dict[str, int]:
    """Our SKUs that have such a code themselves, whatever its letter case. Statements: 1, or 0."""
    if not codes:
        return {}
    rows = Sku.objects.filter(company_id=company_id).annotate(upper=Upper("code"))
    found = dict(rows.filter(upper__in=[code.upper() for code in codes]).values_list("upper", "pk"))
    return {code: found[code.upper()] for code in codes if code.upper() in found}


def with_skus(orders: Sequence[OrderInput], *, channel_id: int) -> list[OrderInput]:
    """The orders with the SKUs filled in that this storey knows of. Statements: 2."""
    found = sku_ids(channel_id=channel_id, codes=[line.channel_sku for order in orders for line in order.lines])
    return [
        replace(order, lines=tuple(replace(line, sku_id=found.get(line.channel_sku)) for line in order.lines))
        for order in orders
    ]
