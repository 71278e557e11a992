"""The catalogue tells its changes to whoever keeps a copy."""

from django.db import migrations

from backoffice.core.change_triggers import tell_changes


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_record_changes"),
        ("inventory", "0015_location_lookups"),
    ]

    operations = [
        *tell_changes("inventory_product", "products"),
        *tell_changes("inventory_sku", "skus"),
        *tell_changes("inventory_pack", "packs"),
        *tell_changes("inventory_barcode", "barcodes"),
        *tell_changes("inventory_category", "categories"),
        *tell_changes("inventory_brand", "brands"),
        *tell_changes("inventory_kit", "kits"),
        *tell_changes(
            "inventory_productimage",
            "products",
            join="JOIN inventory_product p ON p.id = r.product_id",
            id="p.id",
            company="p.company_id",
            part=True,
        ),
    ]
