"""Who offers SKUs, at what price for a quantity, how soon, and what they have: the one place to ask."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from backoffice.core.db import prepared_cursor
from inventory.selectors.lead_times import LeadTime, lead_times


@dataclass(frozen=True, slots=True)
class Offer:
    """One supplier's conditions for a wanted quantity of a SKU.

    order_quantity: what to order at least, raised to their minimum and up to a whole multiple of the pack.
    unit_price: for that quantity in their currency, before tax; None without a price. base_price: in the company's
    currency at the day's rate; None without a price or a rate. stock: what they have, None where their figure is
    unknown or too old to be believed; what was ordered since is off it.
    """

    supplier_sku_id: int
    supplier_id: int
    sku_id: int
    code: str
    currency: str
    priority: int
    min_quantity: Decimal
    pack_multiple: Decimal
    is_discontinued: bool
    wanted: Decimal
    order_quantity: Decimal
    unit_price: Decimal | None
    base_price: Decimal | None
    stock: Decimal | None
    stock_as_of: datetime.datetime | None
    price_percent: Decimal
    lead_time: LeadTime


# What stands on their shelf: their figure while it is believed, less what we ordered since they told it.
ON_THEIR_SHELF = """
CASE WHEN s.stock_as_of + make_interval(hours => s.stock_hours) > clock_timestamp() THEN greatest(0, s.stock_quantity - (
    SELECT coalesce(sum(l.quantity - l.cancelled), 0) FROM inventory_purchaseorderline l
    JOIN inventory_purchaseorder o ON o.id = l.purchase_order_id AND o.supplier_id = s.supplier_id
    WHERE l.sku_id = s.sku_id AND o.ordered_at > s.stock_as_of AND o.status NOT IN ('draft', 'submitted', 'cancelled')
)) END
"""
_SQL = f"""
SELECT s.id, s.supplier_id, s.sku_id, coalesce(nullif(s.code, ''), k.code), s.currency, s.priority, s.min_quantity,
    s.pack_multiple, s.is_discontinued, w.quantity, w.ordered, p.unit_price,
    p.unit_price * CASE WHEN s.currency = c.base_currency_id THEN 1 ELSE x.rate END, {ON_THEIR_SHELF}, s.stock_as_of,
    coalesce(t.price_percent, 0)
FROM unnest(%s::bigint[], %s::numeric[]) WITH ORDINALITY AS asked (sku_id, quantity, place)
JOIN inventory_suppliersku s ON s.sku_id = asked.sku_id AND s.company_id = %s
    AND (s.supplier_id = %s OR (%s::bigint IS NULL AND NOT s.is_discontinued))
CROSS JOIN LATERAL (
    SELECT asked.quantity,
        ceil(greatest(asked.quantity, s.min_quantity) / s.pack_multiple) * s.pack_multiple AS ordered
) w
JOIN inventory_sku k ON k.id = s.sku_id
JOIN accounting_company c ON c.id = s.company_id
LEFT JOIN LATERAL (
    SELECT t.price_percent FROM inventory_supplierterms t
    WHERE t.company_id = s.company_id AND (t.supplier_id = s.supplier_id OR t.supplier_id IS NULL)
    ORDER BY t.supplier_id NULLS LAST LIMIT 1
) t ON true
CROSS JOIN LATERAL (SELECT coalesce(%s::date, (clock_timestamp() AT TIME ZONE c.time_zone)::date) AS day) d
LEFT JOIN LATERAL (
    SELECT p.unit_price FROM inventory_supplierprice p
    WHERE p.supplier_sku_id = s.id AND p.min_quantity <= w.ordered
        AND (p.valid_from IS NULL OR p.valid_from <= d.day) AND (p.valid_to IS NULL OR p.valid_to >= d.day)
    ORDER BY p.min_quantity DESC, p.valid_from DESC NULLS LAST LIMIT 1
) p ON true
LEFT JOIN LATERAL (
    SELECT x.rate FROM accounting_exchangerate x
    WHERE x.company_id = s.company_id AND x.currency_id = s.currency AND x.date <= d.day ORDER BY x.date DESC LIMIT 1
) x ON true
ORDER BY asked.place, s.priority, 13 NULLS LAST, s.id
"""


def best_offers(
    wants: Mapping[int, Decimal], *, company_id: int, on: datetime.date | None = None
) -> dict[int, list[Offer]]:
    """Every supplier's offer for a quantity of each SKU, the best first: by priority, then by price.

    wants: quantity by SKU id, in base units. on: the day of the prices; empty: today in the company's zone. What a
    supplier sells no more is left out; a SKU that nobody offers has an empty list. Statements: 2.
    """
    found: dict[int, list[Offer]] = {sku_id: [] for sku_id in wants}
    for offer in _offers(list(wants.items()), company_id, on, None):
        found[offer.sku_id].append(offer)
    return found


def offers_of(
    supplier_id: int, wants: Sequence[tuple[int, Decimal]], *, company_id: int, on: datetime.date | None = None
) -> dict[int, Offer]:
    """What one supplier asks for (SKU, quantity) pairs, by SKU; also what they sell no more. SKUs that they do not
    offer are left out. Quantities of one SKU reach its price breaks together. Statements: 2.
    """
    together: dict[int, Decimal] = {}
    for sku_id, quantity in wants:
        together[sku_id] = together.get(sku_id, Decimal(0)) + quantity
    return {offer.sku_id: offer for offer in _offers(list(together.items()), company_id, on, supplier_id)}


def price_for(
    supplier_id: int, sku_id: int, quantity: Decimal, *, company_id: int, on: datetime.date | None = None
) -> Decimal | None:
    """What a supplier asks for one of a SKU when so many are ordered, in their currency. Statements: 2."""
    offer = offers_of(supplier_id, [(sku_id, quantity)], company_id=company_id, on=on).get(sku_id)
    return offer.unit_price if offer else None


def _offers(
    wants: Sequence[tuple[int, Decimal]], company_id: int, on: datetime.date | None, supplier_id: int | None
) -> list[Offer]:
    if not wants:
        return []
    skus, quantities = [sku for sku, _quantity in wants], [quantity for _sku, quantity in wants]
    with prepared_cursor() as cursor:
        cursor.execute(_SQL, [skus, quantities, company_id, supplier_id, supplier_id, on])
        rows = cursor.fetchall()
    times = lead_times([row[0] for row in rows])
    return [Offer(*row, lead_time=times[row[0]]) for row in rows]
