"""Pick tasks and parcels hold what their parents hold: their guards read it, so no second check locks it.

What lies in a parcel, what a delivery brought and what a counter sold are facts.
"""

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")

NEW = "NEW TABLE AS new_rows"

PICK_TASK_RULES = """
DECLARE
    bad bigint;
BEGIN
    SELECT n.id INTO bad FROM new_rows n
        LEFT JOIN LATERAL (
            SELECT fulfilment_id, warehouse_id FROM warehouse_picklist WHERE id = n.pick_list_id OFFSET 0) p ON true
        LEFT JOIN LATERAL (
            SELECT fulfilment_id, allocation_id FROM orders_fulfilmentline
            WHERE id = n.fulfilment_line_id OFFSET 0) f ON true
        LEFT JOIN LATERAL (
            SELECT allocation_id, sku_id, lot_id, location_id, quantity FROM inventory_binclaim
            WHERE id = n.bin_claim_id OFFSET 0) b ON true
        LEFT JOIN LATERAL (
            SELECT warehouse_id FROM inventory_location WHERE id = n.to_location_id OFFSET 0) t ON true
        WHERE NOT coalesce(p.fulfilment_id = f.fulfilment_id AND b.allocation_id = f.allocation_id
            AND b.sku_id = n.sku_id AND b.location_id = n.from_location_id AND b.quantity = n.quantity
            AND b.lot_id IS NOT DISTINCT FROM n.lot_id AND t.warehouse_id = p.warehouse_id, false)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'picktask_of_its_claim: pick task % is refused', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'picktask_of_its_claim';
    END IF;
    RETURN NULL;
END
"""

PARCEL_LINE_RULES = """
DECLARE
    bad bigint;
BEGIN
    SELECT n.id INTO bad FROM new_rows n
        LEFT JOIN LATERAL (SELECT shipment_id FROM warehouse_parcel WHERE id = n.parcel_id OFFSET 0) p ON true
        LEFT JOIN LATERAL (
            SELECT shipment_id FROM orders_shipmentline WHERE id = n.shipment_line_id OFFSET 0) l ON true
        WHERE NOT coalesce(CASE WHEN l.shipment_id = p.shipment_id THEN true ELSE EXISTS (
            SELECT FROM orders_shipment a JOIN orders_fulfilment x ON x.id = a.fulfilment_id
                JOIN orders_fulfilment y ON y.merge_group_id = x.merge_group_id
                JOIN orders_shipment b ON b.fulfilment_id = y.id
                WHERE a.id = p.shipment_id AND b.id = l.shipment_id) END, false)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'parcelline_of_its_shipment: parcel line % is refused', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'parcelline_of_its_shipment';
    END IF;
    RETURN NULL;
END
"""


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0001_initial"), ("orders", "0002_books")]

    operations = [
        BookFunction("warehouse_pick_task_rules", PICK_TASK_RULES, settings=NESTED),
        BookTrigger("warehouse_picktask", "warehouse_pick_task_rules", "warehouse_pick_task_rules", referencing=NEW),
        BookFunction("warehouse_parcel_line_rules", PARCEL_LINE_RULES, settings=NESTED),
        BookTrigger(
            "warehouse_parcelline", "warehouse_parcel_line_rules", "warehouse_parcel_line_rules", referencing=NEW
        ),
        AppendOnly("warehouse_parcelline"),
        AppendOnly("warehouse_receiptline"),
        AppendOnly("warehouse_tillreceipt"),
        AppendOnly("warehouse_tilltender"),
        AppendOnly("warehouse_cashmove"),
    ]
