"""Goods that lie in handling units and were not picked into them are stock: orders may be picked from there."""

from django.db import migrations

STOCK = """
WITH RECURSIVE down AS (
    SELECT h.id, h.stands_in_id AS place FROM warehouse_handlingunit h
    WHERE h.shipped_at IS NULL AND h.stands_in_id IS NOT NULL
    UNION
    SELECT h.id, down.place FROM warehouse_handlingunit h JOIN down ON h.parent_id = down.id
)
UPDATE inventory_location l SET stands_in_id = p.id, zone_id = p.zone_id, pick_sequence = p.pick_sequence
FROM down JOIN warehouse_handlingunit h ON h.id = down.id JOIN inventory_location p ON p.id = down.place
WHERE l.id = h.location_id
    AND EXISTS (SELECT FROM inventory_stockquant q WHERE q.location_id = l.id AND q.quantity > 0)
    AND NOT EXISTS (SELECT FROM warehouse_roundtote t WHERE t.location_id = l.id AND t.is_open)
    AND NOT EXISTS (SELECT FROM warehouse_picktask t WHERE t.to_location_id = l.id AND t.picked > t.put_back)
"""


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0014_handling_unit_rules"), ("inventory", "0018_standing_places")]

    operations = [migrations.RunSQL(STOCK, migrations.RunSQL.noop)]
