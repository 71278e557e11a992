"""The warehouse's sentences of the standing proof."""

from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import Check

CHECKS = (
    Check(
        "picks_are_moves",
        "warehouse",
        _("Every pick task has moved what it says was picked"),
        sql="""
            SELECT t.id AS task, t.picked, coalesce(m.quantity, 0) AS moved
            FROM warehouse_picktask t
            LEFT JOIN (
                SELECT k.bin_claim_id, sum(k.quantity) AS quantity
                FROM inventory_stockmove k WHERE k.bin_claim_id IS NOT NULL GROUP BY k.bin_claim_id
            ) m ON m.bin_claim_id = t.bin_claim_id
            WHERE t.picked <> coalesce(m.quantity, 0)""",
    ),
    Check(
        "tasks_are_their_bin_claims",
        "warehouse",
        _("Every pick task is for the goods and the bin that its claim holds, in the warehouse of its fulfilment"),
        sql="""
            SELECT t.id AS task, t.sku_id AS sku, c.sku_id AS claimed_sku, t.from_location_id AS bin,
                   c.location_id AS claimed_bin, l.warehouse_id AS warehouse, f.warehouse_id AS of_fulfilment
            FROM warehouse_picktask t
            JOIN inventory_binclaim c ON c.id = t.bin_claim_id
            JOIN warehouse_picklist l ON l.id = t.pick_list_id
            JOIN orders_fulfilment f ON f.id = l.fulfilment_id
            LEFT JOIN inventory_location z ON z.id = t.to_location_id
            WHERE (t.sku_id, t.from_location_id, t.quantity) IS DISTINCT FROM (c.sku_id, c.location_id, c.quantity)
               OR t.lot_id IS DISTINCT FROM c.lot_id
               OR (l.company_id, l.warehouse_id) IS DISTINCT FROM (f.company_id, f.warehouse_id)
               OR z.warehouse_id IS DISTINCT FROM l.warehouse_id""",
    ),
    Check(
        "fulfilments_hold_their_picks",
        "warehouse",
        _("Every fulfilment line has as much picked as its tasks, less what was put back"),
        sql="""
            SELECT f.id AS fulfilment_line, f.picked, t.picked AS by_tasks
            FROM orders_fulfilmentline f
            JOIN (
                SELECT fulfilment_line_id, sum(picked - put_back) AS picked FROM warehouse_picktask
                GROUP BY fulfilment_line_id
            ) t ON t.fulfilment_line_id = f.id
            WHERE f.picked <> t.picked""",
    ),
    Check(
        "put_backs_are_moves",
        "warehouse",
        _(
            "Everything that was put back lies in a bin again, by a move of its pick task, or has a task that brings it there"
        ),
        sql="""
            SELECT t.id AS task, t.put_back, coalesce(m.quantity, 0) AS moved, coalesce(w.quantity, 0) AS tasks
            FROM warehouse_picktask t
            LEFT JOIN (
                SELECT k.source_id, sum(k.quantity) AS quantity FROM inventory_stockmove k
                WHERE k.source_type = 'warehouse.picktask' AND k.reason = 'put_back' GROUP BY k.source_id
            ) m ON m.source_id = t.id
            LEFT JOIN (
                SELECT f.source_id, sum(f.quantity) AS quantity FROM warehouse_floortask f
                WHERE f.source_type = 'warehouse.picktask' GROUP BY f.source_id
            ) w ON w.source_id = t.id
            WHERE t.put_back <> coalesce(m.quantity, 0) + coalesce(w.quantity, 0)
                AND t.to_location_id <> t.from_location_id""",
    ),
    Check(
        "parcels_hold_their_shipment",
        "warehouse",
        _("The parcels of a shipment hold exactly its lines"),
        sql="""
            SELECT s.id AS shipment_line, s.shipment_id AS shipment, s.quantity, coalesce(p.quantity, 0) AS in_parcels
            FROM orders_shipmentline s
            JOIN (SELECT shipment_id FROM warehouse_parcel UNION SELECT y.shipment_id FROM warehouse_parcelline z
                JOIN orders_shipmentline y ON y.id = z.shipment_line_id) x ON x.shipment_id = s.shipment_id
            LEFT JOIN (
                SELECT shipment_line_id, sum(quantity) AS quantity FROM warehouse_parcelline GROUP BY shipment_line_id
            ) p ON p.shipment_line_id = s.id
            WHERE s.quantity <> coalesce(p.quantity, 0)""",
    ),
    Check(
        "till_receipts_are_tendered",
        "warehouse",
        _("Every receipt of a till was paid, or given back, to the cent by its tenders"),
        sql="""
            SELECT r.id AS receipt, r.total, coalesce(t.amount, 0) AS tendered
            FROM warehouse_tillreceipt r
            LEFT JOIN (SELECT receipt_id, sum(amount) AS amount FROM warehouse_tilltender GROUP BY 1) t
              ON t.receipt_id = r.id
            WHERE r.total <> coalesce(t.amount, 0)""",
    ),
    Check(
        "till_shifts_add_up",
        "warehouse",
        _("Every closed shift expected its float, its cash sales and its cash moves, and posted the difference"),
        sql="""
            SELECT s.id AS shift, s.expected, s.counted,
                   s.float_amount + coalesce(t.amount, 0) + coalesce(m.amount, 0) AS recomputed, s.entry_id AS entry
            FROM warehouse_tillshift s
            LEFT JOIN (SELECT r.shift_id, sum(t.amount) AS amount FROM warehouse_tilltender t
                JOIN warehouse_tillreceipt r ON r.id = t.receipt_id WHERE t.method = 'cash' GROUP BY 1) t
              ON t.shift_id = s.id
            LEFT JOIN (SELECT shift_id, sum(amount) AS amount FROM warehouse_cashmove GROUP BY 1) m ON m.shift_id = s.id
            WHERE s.status = 'closed' AND (s.expected <> s.float_amount + coalesce(t.amount, 0) + coalesce(m.amount, 0)
                OR (s.expected = s.counted) <> (s.entry_id IS NULL))""",
    ),
    Check(
        "receipts_are_moves",
        "warehouse",
        _("Every receipt line is a stock move of the same goods and quantity"),
        sql="""
            SELECT l.id AS receipt_line, l.quantity, m.quantity AS moved
            FROM warehouse_receiptline l JOIN inventory_stockmove m ON m.id = l.move_id
            WHERE (m.sku_id, m.quantity, m.to_location_id) IS DISTINCT FROM (l.sku_id, l.quantity, l.location_id)""",
    ),
    Check(
        "purchase_lines_hold_their_receipts",
        "warehouse",
        _("Every purchase order line has received what its receipts say"),
        sql="""
            SELECT p.id AS purchase_order_line, p.received, r.quantity AS in_receipts
            FROM inventory_purchaseorderline p
            JOIN (
                SELECT l.purchase_order_line_id, sum(l.quantity) AS quantity FROM warehouse_receiptline l
                LEFT JOIN inventory_stockmove m ON m.id = l.move_id
                WHERE l.purchase_order_line_id IS NOT NULL AND NOT EXISTS (SELECT FROM inventory_stockmove b
                    WHERE b.company_id = m.company_id AND b.source_key = 'receipt_back:' || m.id)
                GROUP BY l.purchase_order_line_id
            ) r ON r.purchase_order_line_id = p.id
            WHERE p.received < r.quantity""",
    ),
    Check(
        "floor_tasks_are_moves",
        "warehouse",
        _("Every floor task has moved what it says was done"),
        sql="""
            SELECT t.id AS task, t.done, coalesce(m.quantity, 0) AS moved
            FROM warehouse_floortask t
            LEFT JOIN (
                SELECT k.source_id, sum(k.quantity) AS quantity FROM inventory_stockmove k
                WHERE k.source_type = 'warehouse.floortask' GROUP BY k.source_id
            ) m ON m.source_id = t.id
            WHERE t.done <> coalesce(m.quantity, 0)""",
    ),
)
