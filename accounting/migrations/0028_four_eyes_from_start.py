"""The four pairs that companies begin with are on for those that are there already, where they set none themselves."""

from django.db import migrations

PAIRS = "('supplier_payment'), ('refund'), ('stocktake'), ('manual_journal')"
SWITCH_ON = f"""
WITH made AS (
    INSERT INTO core_approvalthreshold (company_id, action, amount)
    SELECT c.id, p.action, 0 FROM accounting_company c CROSS JOIN (VALUES {PAIRS}) p (action)
    ON CONFLICT (company_id, action) DO NOTHING RETURNING id, company_id, action
)
INSERT INTO core_auditevent (actor_label, company_id, object_type, object_id, action, field, old_value, new_value, reason,
    request_id)
SELECT 'job:upgrade', company_id, 'core.approvalthreshold', id, 'created', 'amount', '', '0', action, '' FROM made
"""


class Migration(migrations.Migration):
    dependencies = [("accounting", "0027_supplier_bank_accounts"), ("core", "0013_erase_person")]

    operations = [migrations.RunSQL(SWITCH_ON, migrations.RunSQL.noop)]
