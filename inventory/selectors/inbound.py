"""What purchase orders and transfers will bring and suppliers have, and whether it may be promised before it is here."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from backoffice.core.db import prepared_cursor
from inventory.selectors.lead_times import ARRIVED, ENOUGH
from inventory.selectors.offers import ON_THEIR_SHELF


@dataclass(frozen=True, slots=True)
class Inbound:
    """Goods still to come on one purchase order line, or those on the shelf of a supplier that may be promised.

    date: from when they may be promised: the expected day, or today if that has passed, and the margin.
    distrust: empty where they are promised, else why not: no_date, unconfirmed, overdue, supplier or order; stale
    (the supplier's figure is too old). On a supplier's shelf: no order, status at_supplier, line_id of the supplier
    SKU, no warehouse (they can go to any), expected today and the lead time on. In transit between warehouses: no
    order, status in_transit, line_id of the transfer's line, transfer_id.
    """

    sku_id: int
    purchase_order_id: int | None
    line_id: int
    warehouse_id: int | None
    status: str
    quantity: Decimal
    expected_date: datetime.date | None
    margin_days: int
    date: datetime.date | None
    distrust: str
    transfer_id: int | None = None

    @property
    def number(self) -> str:
        if self.transfer_id is not None:
            return f"TR-{self.transfer_id:06d}"
        if self.purchase_order_id is None:
            return _("at the supplier")
        return f"PO-{self.purchase_order_id:06d}"

    @property
    def why(self) -> str:
        """In a person's words, why it is not counted."""
        return {
            "": "",
            "no_date": _("no expected date"),
            "unconfirmed": _("not confirmed by the supplier"),
            "overdue": _("overdue for too long"),
            "supplier": _("this supplier's orders are not trusted"),
            "order": _("this order is not trusted"),
            "stale": _("the supplier's figure is too old"),
        }[self.distrust]


_SQL = f"""
SELECT w.sku_id, w.order_id, w.line_id, w.warehouse_id, w.status, w.quantity, w.expected, w.margin,
    greatest(w.expected, w.today) + w.margin,
    CASE WHEN w.expected IS NULL THEN 'no_date'
        WHEN w.trusted IS FALSE THEN 'order'
        WHEN w.trusted IS NULL AND NOT w.by_rule THEN 'supplier'
        WHEN w.trusted IS NULL AND w.status = 'sent' AND NOT w.announced AND NOT w.unconfirmed_too THEN 'unconfirmed'
        WHEN w.today - w.expected > w.overdue_days THEN 'overdue'
        ELSE '' END, NULL::bigint
FROM (
    SELECT l.sku_id, o.id AS order_id, l.id AS line_id, o.warehouse_id, o.status, o.trusted, p.announced,
        p.quantity, coalesce(p.day, l.expected_date, o.expected_date) AS expected,
        (clock_timestamp() AT TIME ZONE c.time_zone)::date AS today,
        coalesce(r.is_trusted, true) AS by_rule, coalesce(r.unconfirmed_too, false) AS unconfirmed_too,
        coalesce(r.margin_days, 0)::int AS margin, coalesce(r.overdue_days, 14)::int AS overdue_days
    FROM inventory_purchaseorderline l
    JOIN inventory_purchaseorder o ON o.id = l.purchase_order_id
    JOIN inventory_warehouse h ON h.id = o.warehouse_id AND h.is_active
    JOIN accounting_company c ON c.id = o.company_id
    CROSS JOIN LATERAL (
        SELECT n.expected_date AS day, sum(a.quantity) AS quantity, true AS announced
        FROM inventory_advancenoticeline a JOIN inventory_advancenotice n ON n.id = a.notice_id AND n.status = 'expected'
        WHERE a.po_line_id = l.id GROUP BY n.expected_date
        UNION ALL
        SELECT NULL, l.quantity - l.received - l.cancelled - coalesce((
            SELECT sum(a.quantity) FROM inventory_advancenoticeline a
            JOIN inventory_advancenotice n ON n.id = a.notice_id AND n.status = 'expected' WHERE a.po_line_id = l.id
        ), 0), false
    ) p
    LEFT JOIN LATERAL (
        SELECT * FROM inventory_inboundrule r
        WHERE r.company_id = o.company_id AND (r.supplier_id = o.supplier_id OR r.supplier_id IS NULL)
        ORDER BY r.supplier_id NULLS LAST LIMIT 1
    ) r ON true
    WHERE o.company_id = %s AND l.sku_id = ANY(%s) AND l.received < l.quantity AND p.quantity > 0
        AND l.received + l.cancelled < l.quantity AND o.status IN ('sent', 'confirmed', 'partly_received')
) w
UNION ALL
SELECT v.sku_id, NULL, v.id, NULL, 'at_supplier', v.quantity, v.expected, v.margin, v.expected + v.margin,
    CASE WHEN NOT v.is_fresh THEN 'stale' WHEN v.expected IS NULL THEN 'no_date' WHEN NOT v.by_rule THEN 'supplier'
        ELSE '' END, NULL
FROM (
    SELECT s.id, s.sku_id, coalesce({ON_THEIR_SHELF}, s.stock_quantity) AS quantity, coalesce(r.margin_days, 0)::int AS margin,
        coalesce(r.is_trusted, true) AS by_rule,
        s.stock_as_of + make_interval(hours => s.stock_hours) > clock_timestamp() AS is_fresh,
        (clock_timestamp() AT TIME ZONE c.time_zone)::date + ceil(CASE WHEN h.deliveries >= {ENOUGH} THEN greatest(h.days, 0)
            ELSE coalesce(s.lead_time_days, t.lead_time_days) END)::int AS expected
    FROM inventory_suppliersku s
    JOIN accounting_company c ON c.id = s.company_id
    CROSS JOIN LATERAL ({ARRIVED}) h
    LEFT JOIN LATERAL (
        SELECT * FROM inventory_inboundrule r
        WHERE r.company_id = s.company_id AND (r.supplier_id = s.supplier_id OR r.supplier_id IS NULL)
        ORDER BY r.supplier_id NULLS LAST LIMIT 1
    ) r ON true
    LEFT JOIN LATERAL (
        SELECT * FROM inventory_supplierterms t
        WHERE t.company_id = s.company_id AND (t.supplier_id = s.supplier_id OR t.supplier_id IS NULL)
        ORDER BY t.supplier_id NULLS LAST LIMIT 1
    ) t ON true
    WHERE s.company_id = %s AND s.sku_id = ANY(%s) AND s.promise_stock AND NOT s.is_discontinued AND s.stock_quantity > 0
) v WHERE v.quantity > 0
UNION ALL
SELECT l.sku_id, NULL, l.id, t.target_id, 'in_transit', l.shipped - l.received - l.settled, t.expected_date, 0,
    greatest(t.expected_date, (clock_timestamp() AT TIME ZONE c.time_zone)::date),
    CASE WHEN t.expected_date IS NULL THEN 'no_date'
        WHEN (clock_timestamp() AT TIME ZONE c.time_zone)::date - t.expected_date > 14 THEN 'overdue' ELSE '' END, t.id
FROM inventory_transferline l
JOIN inventory_transfer t ON t.id = l.transfer_id
JOIN inventory_warehouse h ON h.id = t.target_id AND h.is_active
JOIN accounting_company c ON c.id = t.company_id
WHERE t.company_id = %s AND l.sku_id = ANY(%s) AND l.shipped > l.received + l.settled AND l.owner_id IS NULL
ORDER BY 1, 7 NULLS LAST, 2 NULLS LAST, 3
"""


def inbound_of(company_id: int, sku_ids: Sequence[int]) -> list[Inbound]:
    """What is still to come of these SKUs, by SKU and expected day; by the database's clock. Statements: 1.

    What a supplier announced (ASN) comes on the notice's day, confirmed or not; the rest of the line on its own.
    What suppliers have on their shelves counts among it where promise_stock of their SKU says so.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_SQL, [company_id, list(sku_ids)] * 3)
        return [Inbound(*row) for row in cursor.fetchall()]
