"""What the layout's rows say of each other is true: a bin's zone is of its warehouse, its type of its company."""

from django.db import migrations


def pair(table: str, name: str, columns: str, target: str, others: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {target} ({others})",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("inventory", "0012_layout")]

    operations = [
        pair(
            "inventory_zone",
            "zone_warehouse_of_the_company",
            "warehouse_id, company_id",
            "inventory_warehouse",
            "id, company_id",
        ),
        pair(
            "inventory_zone",
            "zone_class_of_the_company",
            "storage_class_id, company_id",
            "inventory_storageclass",
            "id, company_id",
        ),
        pair(
            "inventory_location",
            "location_zone_of_the_warehouse",
            "zone_id, warehouse_id",
            "inventory_zone",
            "id, warehouse_id",
        ),
        pair(
            "inventory_location",
            "location_type_of_the_company",
            "bin_type_id, company_id",
            "inventory_bintype",
            "id, company_id",
        ),
        pair(
            "inventory_location",
            "location_class_of_the_company",
            "storage_class_id, company_id",
            "inventory_storageclass",
            "id, company_id",
        ),
        pair(
            "inventory_sku",
            "sku_class_of_the_company",
            "storage_class_id, company_id",
            "inventory_storageclass",
            "id, company_id",
        ),
    ]
