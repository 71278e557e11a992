"""What landed cost and assembly are posted to."""

from typing import Any

from django.db import migrations, models

NEW_ACCOUNTS = {  # role: (code in the IFRS-style chart, in the Georgian one, name, type, beside which role's)
    "landed_cost": ("2025", "3116", "Landed cost, not invoiced", "liability", "grni"),
    "work_in_progress": ("1215", "1620", "Goods being assembled", "asset", "inventory"),
    "assembly_cost": ("5050", "7140", "Assembly cost absorbed", "expense", "cogs"),
}


def extend_charts(apps: Any, schema_editor: Any) -> None:
    """Companies that exist get the new accounts beside those of their chart, where the codes are free."""
    Account, Mapping, Company = (
        apps.get_model("accounting", name) for name in ("Account", "AccountMapping", "Company")
    )
    for company in Company.objects.order_by("pk"):
        roles = {row.role: row.account for row in Mapping.objects.filter(company=company).select_related("account")}
        georgian = Account.objects.filter(company=company, code="3120").exists()
        for role, (ifrs, ge, name, kind, beside) in NEW_ACCOUNTS.items():
            code = ge if georgian else ifrs
            if role in roles or beside not in roles or Account.objects.filter(company=company, code=code).exists():
                continue
            account = Account.objects.create(
                company=company, code=code, name=name, type=kind, parent_id=roles[beside].parent_id
            )
            Mapping.objects.create(company=company, role=role, account=account)


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0012_bill_guards"),
    ]

    operations = [
        migrations.AlterField(
            model_name="accountmapping",
            name="role",
            field=models.CharField(
                choices=[
                    ("receivable", "Trade receivables"),
                    ("payable", "Trade payables"),
                    ("inventory", "Inventory"),
                    ("grni", "Goods received, not invoiced"),
                    ("revenue", "Sales of goods"),
                    ("shipping_revenue", "Shipping charged"),
                    ("other_revenue", "Other charges"),
                    ("discount", "Discounts given"),
                    ("returns", "Returns and credits"),
                    ("cogs", "Cost of goods sold"),
                    ("inventory_loss", "Stock write-offs"),
                    ("inventory_gain", "Stock found"),
                    ("price_variance", "Purchase price variance"),
                    ("landed_cost", "Landed cost, not invoiced"),
                    ("work_in_progress", "Goods being assembled"),
                    ("assembly_cost", "Assembly cost absorbed"),
                    ("output_tax", "Output tax"),
                    ("input_tax", "Input tax"),
                    ("bank", "Bank"),
                    ("cash", "Cash"),
                    ("clearing", "Payments in clearing"),
                    ("deposits", "Customer deposits"),
                    ("rounding", "Rounding"),
                    ("fx_gain", "Exchange gains"),
                    ("fx_loss", "Exchange losses"),
                    ("channel_fees", "Channel fees"),
                    ("bank_charges", "Bank charges"),
                    ("bad_debt", "Bad debts"),
                    ("samples", "Samples and promotion"),
                    ("charity", "Charity and commissions"),
                    ("vouchers", "Gift vouchers"),
                    ("gift_cards", "Gift cards"),
                    ("store_credit", "Store credit"),
                    ("cash_differences", "Cash over and short"),
                    ("petty_expenses", "Petty expenses"),
                    ("opening_equity", "Opening balances"),
                    ("retained_earnings", "Retained earnings"),
                ],
                max_length=24,
            ),
        ),
        migrations.RunPython(extend_charts, migrations.RunPython.noop),
    ]
