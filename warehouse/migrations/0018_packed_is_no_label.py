"""A packed shipment without a label is a draft."""

from django.db import migrations

FORWARDS = """
UPDATE orders_shipment s SET status = 'draft'
WHERE s.status = 'labelled' AND s.fulfilment_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM warehouse_parcel p JOIN warehouse_parcellabel l ON l.parcel_id = p.id AND l.voided_at IS NULL
    WHERE p.shipment_id = s.id)
"""
BACKWARDS = "UPDATE orders_shipment SET status = 'labelled' WHERE status = 'draft'"


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_tracking_book"), ("warehouse", "0017_tracking_watches")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
