"""A demand is of its SKU's company: its guard reads both, so no second check locks them."""

import django.db.models.deletion
from django.db import migrations, models

from backoffice.core.triggers import BookFunction, BookTrigger

NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")
NEW = "NEW TABLE AS new_rows"

DEMAND_RULES = """
DECLARE
    bad bigint;
BEGIN
    SELECT n.id INTO bad FROM new_rows n
        LEFT JOIN LATERAL (SELECT company_id FROM inventory_sku WHERE id = n.sku_id OFFSET 0) s ON true
        WHERE s.company_id IS DISTINCT FROM n.company_id
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'demand_of_its_skus_company: demand % is refused', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'demand_of_its_skus_company';
    END IF;
    RETURN NULL;
END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0007_guarded_lines"),
        ("inventory", "0009_warehouse_sourcing"),
    ]

    operations = [
        BookFunction("inventory_demand_rules", DEMAND_RULES, settings=NESTED),
        BookTrigger("inventory_demand", "inventory_demand_rules", "inventory_demand_rules", referencing=NEW),
        migrations.AlterField(
            model_name="demand",
            name="company",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="accounting.company",
            ),
        ),
        migrations.AlterField(
            model_name="demand",
            name="sku",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="inventory.sku"
            ),
        ),
    ]
