"""A parcel may hold goods of other orders' shipments, where their fulfilments are merged."""

from importlib import import_module

from django.db import migrations

from backoffice.core.triggers import BookFunction

NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")

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
before = import_module("warehouse.migrations.0004_guarded_lines")


class Migration(migrations.Migration):
    dependencies = [("orders", "0015_revisions_are_facts"), ("warehouse", "0007_put_back")]

    operations = [
        BookFunction(
            "warehouse_parcel_line_rules", PARCEL_LINE_RULES, settings=NESTED, previous=before.PARCEL_LINE_RULES
        )
    ]
