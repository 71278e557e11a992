"""Goods received, not invoiced, as a book: totals by trigger."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")

LOCK_GRNI = """
BEGIN
    RETURN QUERY SELECT i.id, i.kind::text, i.side::text, i.supplier_id, i.sku_id, i.po_line_id, i.move_id,
            i.bill_line_id, i.quantity, i.value, i.used, i.used_value
        FROM inventory_grniitem i WHERE i.company_id = company AND i.id = ANY (ids) ORDER BY i.id FOR NO KEY UPDATE;
END
"""

ITEM_GUARD = """
DECLARE
    bad record;
BEGIN
    SELECT n.id, CASE
            WHEN n.used <> 0 OR n.used_value <> 0 OR n.xid <> pg_current_xact_id() THEN 'grniitem_born_unused'
            WHEN n.move_id IS NOT NULL AND (m.company_id, m.sku_id, m.quantity)
                IS DISTINCT FROM (n.company_id, n.sku_id, n.quantity) THEN 'grniitem_of_its_move'
            WHEN n.bill_line_id IS NOT NULL AND (b.company_id, b.status, b.kind, b.party_id)
                IS DISTINCT FROM (n.company_id, 'posted', n.kind, n.supplier_id) THEN 'grniitem_of_its_bill' END AS rule
        INTO bad
        FROM new_rows n
        LEFT JOIN LATERAL (SELECT * FROM inventory_stockmove x WHERE x.id = n.move_id OFFSET 0) m ON true
        LEFT JOIN LATERAL (
            SELECT h.* FROM accounting_billline l JOIN accounting_bill h ON h.id = l.bill_id
            WHERE l.id = n.bill_line_id OFFSET 0) b ON true
        WHERE n.used <> 0 OR n.used_value <> 0 OR n.xid <> pg_current_xact_id()
            OR (n.move_id IS NOT NULL AND (m.company_id, m.sku_id, m.quantity)
                IS DISTINCT FROM (n.company_id, n.sku_id, n.quantity))
            OR (n.bill_line_id IS NOT NULL AND (b.company_id, b.status, b.kind, b.party_id)
                IS DISTINCT FROM (n.company_id, 'posted', n.kind, n.supplier_id))
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: uninvoiced item % is refused', bad.rule, bad.id
            USING ERRCODE = 'check_violation', CONSTRAINT = bad.rule;
    END IF;
    RETURN NULL;
END
"""

MATCH_GUARD = """
DECLARE
    bad record;
BEGIN
    PERFORM FROM inventory_grniitem i
        WHERE i.id = ANY (ARRAY(SELECT debit_id FROM new_rows UNION SELECT credit_id FROM new_rows))
        ORDER BY i.id FOR NO KEY UPDATE;
    SELECT n.id INTO bad
        FROM new_rows n
        LEFT JOIN LATERAL (SELECT * FROM inventory_grniitem x WHERE x.id = n.debit_id OFFSET 0) d ON true
        LEFT JOIN LATERAL (SELECT * FROM inventory_grniitem x WHERE x.id = n.credit_id OFFSET 0) c ON true
        WHERE n.xid <> pg_current_xact_id() OR d.side IS DISTINCT FROM 'debit' OR c.side IS DISTINCT FROM 'credit'
            OR (n.company_id, n.company_id) IS DISTINCT FROM (d.company_id, c.company_id)
            OR d.supplier_id <> c.supplier_id OR d.sku_id <> c.sku_id
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'grnimatch_items_match: a match takes a debit and a credit of one supplier and SKU'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'grnimatch_items_match';
    END IF;
    UPDATE inventory_grniitem i SET used = i.used + t.quantity, used_value = i.used_value + t.value
        FROM (SELECT item, sum(s.quantity) AS quantity, sum(s.value) AS value FROM (
                SELECT debit_id AS item, quantity, debit_value AS value FROM new_rows
                UNION ALL SELECT credit_id, quantity, credit_value FROM new_rows) s GROUP BY item) t
        WHERE i.id = t.item;
    RETURN NULL;
END
"""

NEW = "NEW TABLE AS new_rows"


class Migration(migrations.Migration):
    dependencies = [("inventory", "0007_catalogue_rules")]

    operations = [
        BookFunction(
            "inventory_lock_grni",
            LOCK_GRNI,
            args="company bigint, ids bigint[]",
            returns="TABLE (id bigint, kind text, side text, supplier_id bigint, sku_id bigint, po_line_id bigint,"
            " move_id bigint, bill_line_id bigint, quantity numeric, value numeric, used numeric, used_value numeric)",
            settings=NESTED,
        ),
        BookFunction("inventory_grni_item_guard", ITEM_GUARD, settings=NESTED),
        BookTrigger("inventory_grniitem", "inventory_grni_item_guard", "inventory_grni_item_guard", referencing=NEW),
        BookFunction("inventory_grni_match_guard", MATCH_GUARD, settings=NESTED),
        BookTrigger("inventory_grnimatch", "inventory_grni_match_guard", "inventory_grni_match_guard", referencing=NEW),
        AppendOnly("inventory_grnimatch"),
        AppendOnly("inventory_grniwriteoffline"),
        AppendOnly("inventory_transfersettlement"),
    ]
