"""Lines of fulfilments and shipments fit what they hang on: their guards read it, so no second check locks it."""

import django.db.models.deletion
from django.db import migrations, models

from backoffice.core.triggers import BookFunction, BookTrigger

NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")
NEW = "NEW TABLE AS new_rows"

FULFILMENT_LINE_RULES = """
DECLARE
    bad bigint;
BEGIN
    SELECT n.id INTO bad FROM new_rows n
        LEFT JOIN LATERAL (
            SELECT order_id, warehouse_id, company_id FROM orders_fulfilment WHERE id = n.fulfilment_id OFFSET 0) f ON true
        LEFT JOIN LATERAL (SELECT order_id FROM orders_orderline WHERE id = n.order_line_id OFFSET 0) l ON true
        LEFT JOIN LATERAL (
            SELECT warehouse_id, company_id FROM inventory_allocation WHERE id = n.allocation_id OFFSET 0) a ON true
        WHERE NOT coalesce(l.order_id = f.order_id AND a.warehouse_id = f.warehouse_id
            AND a.company_id = f.company_id, false)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'fulfilmentline_of_its_order_and_warehouse: fulfilment line % is refused', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'fulfilmentline_of_its_order_and_warehouse';
    END IF;
    RETURN NULL;
END
"""

SHIPMENT_LINE_RULES = """
DECLARE
    bad bigint;
BEGIN
    SELECT n.id INTO bad FROM new_rows n
        LEFT JOIN LATERAL (
            SELECT order_id, fulfilment_id FROM orders_shipment WHERE id = n.shipment_id OFFSET 0) s ON true
        LEFT JOIN LATERAL (
            SELECT order_line_id, fulfilment_id FROM orders_fulfilmentline
            WHERE id = n.fulfilment_line_id OFFSET 0) f ON true
        WHERE NOT coalesce(f.order_line_id = n.order_line_id AND f.fulfilment_id = s.fulfilment_id, false)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'shipmentline_of_its_fulfilment: shipment line % is refused', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shipmentline_of_its_fulfilment';
    END IF;
    RETURN NULL;
END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0010_guarded_lines"),
        ("orders", "0005_sourcing"),
    ]

    operations = [
        BookFunction("orders_fulfilment_line_rules", FULFILMENT_LINE_RULES, settings=NESTED),
        BookTrigger(
            "orders_fulfilmentline", "orders_fulfilment_line_rules", "orders_fulfilment_line_rules", referencing=NEW
        ),
        BookFunction("orders_shipment_line_rules", SHIPMENT_LINE_RULES, settings=NESTED),
        BookTrigger("orders_shipmentline", "orders_shipment_line_rules", "orders_shipment_line_rules", referencing=NEW),
        migrations.AlterField(
            model_name="fulfilmentline",
            name="allocation",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="inventory.allocation"
            ),
        ),
        migrations.AlterField(
            model_name="fulfilmentline",
            name="fulfilment",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="orders.fulfilment",
            ),
        ),
        migrations.AlterField(
            model_name="fulfilmentline",
            name="order_line",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="fulfilment_lines",
                to="orders.orderline",
            ),
        ),
        migrations.AlterField(
            model_name="shipmentline",
            name="fulfilment_line",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="orders.fulfilmentline"
            ),
        ),
        migrations.AlterField(
            model_name="shipmentline",
            name="order_line",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shipment_lines",
                to="orders.orderline",
            ),
        ),
        migrations.AlterField(
            model_name="shipmentline",
            name="shipment",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="orders.shipment",
            ),
        ),
    ]
