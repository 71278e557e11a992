"""Orders, shipments, returns and prices tell their changes to whoever keeps a copy."""

from django.db import migrations

from backoffice.core.change_triggers import tell_changes


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_record_changes"),
        ("orders", "0003_reservation_limits"),
    ]

    operations = [
        *tell_changes("orders_order", "orders", channel="r.channel_id"),
        *tell_changes(
            "orders_shipment",
            "shipments",
            join="JOIN orders_order o ON o.id = r.order_id",
            channel="o.channel_id",
        ),
        *tell_changes("orders_returnorder", "returns", channel="r.channel_id"),
        *tell_changes("orders_pricelist", "price-lists", channel="r.channel_id"),
        *tell_changes(
            "orders_pricelistitem",
            "prices",
            join="JOIN orders_pricelist p ON p.id = r.price_list_id",
            id="r.sku_id",
            company="p.company_id",
            channel="p.channel_id",
            part=True,
        ),
    ]
