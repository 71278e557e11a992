"""Suppliers may ship order lines straight to buyers, in shipments of their own."""

import importlib

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

import backoffice.core.fields
from backoffice.core.triggers import BookFunction

_LINES = importlib.import_module("orders.migrations.0006_guarded_lines")

SHIPMENT_LINE_RULES = """
DECLARE
    bad bigint;
BEGIN
    SELECT n.id INTO bad FROM new_rows n
        LEFT JOIN LATERAL (
            SELECT order_id, fulfilment_id, purchase_order_id FROM orders_shipment
            WHERE id = n.shipment_id OFFSET 0) s ON true
        LEFT JOIN LATERAL (
            SELECT order_line_id, fulfilment_id FROM orders_fulfilmentline
            WHERE id = n.fulfilment_line_id OFFSET 0) f ON true
        WHERE NOT coalesce(
            CASE WHEN n.fulfilment_line_id IS NOT NULL
                THEN f.order_line_id = n.order_line_id AND f.fulfilment_id = s.fulfilment_id
                ELSE EXISTS (
                    SELECT FROM orders_dropshipline d
                    JOIN orders_orderline l ON l.id = d.order_line_id
                    JOIN inventory_purchaseorderline p ON p.id = d.po_line_id
                    WHERE d.id = n.drop_ship_line_id AND d.order_line_id = n.order_line_id
                        AND l.order_id = s.order_id AND p.purchase_order_id = s.purchase_order_id) END, false)
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
        ("accounting", "0009_company_versions"),
        ("inventory", "0014_drop_ship"),
        ("orders", "0016_hold_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="DropShipLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", backoffice.core.fields.QuantityField()),
                ("shipped", backoffice.core.fields.QuantityField(default=0)),
                ("cancelled", backoffice.core.fields.QuantityField(default=0)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("actor_label", models.CharField(max_length=150)),
            ],
            options={
                "verbose_name": "drop-ship line",
            },
        ),
        migrations.CreateModel(
            name="DropShipRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "unit_cost",
                    backoffice.core.fields.AmountField(
                        help_text="What the supplier asks for one, in their currency, before tax."
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "verbose_name": "drop-ship rule",
            },
        ),
        migrations.AddField(
            model_name="shipment",
            name="purchase_order",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shipments",
                to="inventory.purchaseorder",
            ),
        ),
        migrations.AlterField(
            model_name="shipment",
            name="fulfilment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shipments",
                to="orders.fulfilment",
            ),
        ),
        migrations.AlterField(
            model_name="shipment",
            name="warehouse",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="inventory.warehouse",
            ),
        ),
        migrations.AlterField(
            model_name="shipmentline",
            name="fulfilment_line",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="orders.fulfilmentline",
            ),
        ),
        migrations.AddIndex(
            model_name="shipment",
            index=models.Index(
                condition=models.Q(("purchase_order__isnull", False)),
                fields=["purchase_order"],
                name="shipment_by_supplier",
            ),
        ),
        migrations.AddConstraint(
            model_name="shipment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("fulfilment__isnull", False), ("purchase_order__isnull", True), ("warehouse__isnull", False)
                    ),
                    models.Q(
                        ("fulfilment__isnull", True), ("purchase_order__isnull", False), ("warehouse__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="shipment_of_a_fulfilment_or_a_supplier",
            ),
        ),
        migrations.AddField(
            model_name="dropshipline",
            name="order_line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="drop_ships", to="orders.orderline"
            ),
        ),
        migrations.AddField(
            model_name="dropshipline",
            name="po_line",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="drop_ship", to="inventory.purchaseorderline"
            ),
        ),
        migrations.AddField(
            model_name="shipmentline",
            name="drop_ship_line",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shipment_lines",
                to="orders.dropshipline",
            ),
        ),
        migrations.AddConstraint(
            model_name="shipmentline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("drop_ship_line__isnull", True), ("fulfilment_line__isnull", False)),
                    models.Q(("drop_ship_line__isnull", False), ("fulfilment_line__isnull", True)),
                    _connector="OR",
                ),
                name="shipmentline_claimed_or_from_a_supplier",
            ),
        ),
        migrations.AddField(
            model_name="dropshiprule",
            name="channel",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: orders of every channel.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="orders.channel",
            ),
        ),
        migrations.AddField(
            model_name="dropshiprule",
            name="company",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
        ),
        migrations.AddField(
            model_name="dropshiprule",
            name="sku",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.sku"),
        ),
        migrations.AddField(
            model_name="dropshiprule",
            name="supplier",
            field=models.ForeignKey(
                limit_choices_to={"is_supplier": True},
                on_delete=django.db.models.deletion.PROTECT,
                to="accounting.party",
            ),
        ),
        migrations.AddConstraint(
            model_name="dropshipline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cancelled__gte", 0),
                    ("quantity__gt", 0),
                    ("shipped__gte", 0),
                    (
                        "quantity__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("shipped"), "+", models.F("cancelled")
                        ),
                    ),
                ),
                name="dropshipline_quantities_sane",
            ),
        ),
        migrations.AddConstraint(
            model_name="dropshiprule",
            constraint=models.UniqueConstraint(
                fields=("sku", "channel"), name="dropshiprule_one_for_a_sku_and_channel", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="dropshiprule",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit_cost__gte", 0)), name="dropshiprule_cost_not_negative"
            ),
        ),
        BookFunction(
            "orders_shipment_line_rules",
            SHIPMENT_LINE_RULES,
            settings=_LINES.NESTED,
            previous=_LINES.SHIPMENT_LINE_RULES,
        ),
    ]
