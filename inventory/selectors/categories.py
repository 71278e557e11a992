"""A category and all that stand below it."""

# For a query over inventory_product p with %(company)s and %(category)s, the category's name; empty: all products.
IN_CATEGORY = """(%(category)s = '' OR p.category_id IN (
    WITH RECURSIVE below AS (
        SELECT id FROM inventory_category WHERE company_id = %(company)s AND name = %(category)s
        UNION SELECT c.id FROM inventory_category c JOIN below b ON c.parent_id = b.id)
    SELECT id FROM below))"""
