"""The chart of accounts, and which account plays which role."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounting.models.company import Company, Currency


class AccountType(models.TextChoices):
    ASSET = "asset", _("Asset")
    LIABILITY = "liability", _("Liability")
    EQUITY = "equity", _("Equity")
    INCOME = "income", _("Income")
    EXPENSE = "expense", _("Expense")


class Control(models.TextChoices):
    """A control account is posted only by its sub-ledger."""

    NONE = "", _("None")
    RECEIVABLE = "receivable", _("Receivable")
    PAYABLE = "payable", _("Payable")
    INVENTORY = "inventory", _("Inventory")
    STORED_VALUE = "stored_value", _("Stored value")


class Account(models.Model):
    """An account of the general ledger."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=10, choices=AccountType)
    control = models.CharField(max_length=12, choices=Control, blank=True, default="")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    is_postable = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    currency = models.ForeignKey(Currency, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("account")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="account_code_unique"),
            models.CheckConstraint(condition=Q(type__in=AccountType.values), name="account_type_known"),
            models.CheckConstraint(condition=Q(control__in=Control.values), name="account_control_known"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class AccountRole(models.TextChoices):
    """What the services post to without knowing the chart."""

    RECEIVABLE = "receivable", _("Trade receivables")
    PAYABLE = "payable", _("Trade payables")
    INVENTORY = "inventory", _("Inventory")
    GRNI = "grni", _("Goods received, not invoiced")
    REVENUE = "revenue", _("Sales of goods")
    SHIPPING_REVENUE = "shipping_revenue", _("Shipping charged")
    OTHER_REVENUE = "other_revenue", _("Other charges")
    DISCOUNT = "discount", _("Discounts given")
    RETURNS = "returns", _("Returns and credits")
    COGS = "cogs", _("Cost of goods sold")
    INVENTORY_LOSS = "inventory_loss", _("Stock write-offs")
    INVENTORY_GAIN = "inventory_gain", _("Stock found")
    PRICE_VARIANCE = "price_variance", _("Purchase price variance")
    LANDED_COST = "landed_cost", _("Landed cost, not invoiced")
    WORK_IN_PROGRESS = "work_in_progress", _("Goods being assembled")
    ASSEMBLY_COST = "assembly_cost", _("Assembly cost absorbed")
    OUTPUT_TAX = "output_tax", _("Output tax")
    INPUT_TAX = "input_tax", _("Input tax")
    BANK = "bank", _("Bank")
    CASH = "cash", _("Cash")
    CLEARING = "clearing", _("Payments in clearing")
    DEPOSITS = "deposits", _("Customer deposits")
    ROUNDING = "rounding", _("Rounding")
    FX_GAIN = "fx_gain", _("Exchange gains")
    FX_LOSS = "fx_loss", _("Exchange losses")
    CHANNEL_FEES = "channel_fees", _("Channel fees")
    BANK_CHARGES = "bank_charges", _("Bank charges")
    BAD_DEBT = "bad_debt", _("Bad debts")
    SAMPLES = "samples", _("Samples and promotion")
    CHARITY = "charity", _("Charity and commissions")
    VOUCHERS = "vouchers", _("Gift vouchers")
    GIFT_CARDS = "gift_cards", _("Gift cards")
    STORE_CREDIT = "store_credit", _("Store credit")
    CASH_DIFFERENCES = "cash_differences", _("Cash over and short")
    PETTY_EXPENSES = "petty_expenses", _("Petty expenses")
    OPENING_EQUITY = "opening_equity", _("Opening balances")
    RETAINED_EARNINGS = "retained_earnings", _("Retained earnings")


class AccountMapping(models.Model):
    """The account that plays a role for a company."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    role = models.CharField(max_length=24, choices=AccountRole)
    account = models.ForeignKey(Account, on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("account in a role")
        verbose_name_plural = _("accounts in roles")
        constraints = [models.UniqueConstraint(fields=["company", "role"], name="accountmapping_one_per_role")]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.account}"
