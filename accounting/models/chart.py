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


class StatementLine(models.TextChoices):
    """The line of the balance sheet or of profit and loss that an account is part of, in their printed order."""

    CASH = "cash", _("Cash and cash equivalents")
    RECEIVABLES = "receivables", _("Trade and other receivables")
    TAX_ASSETS = "tax_assets", _("Tax to be reclaimed")
    INVENTORIES = "inventories", _("Inventories")
    OTHER_CURRENT_ASSETS = "other_current_assets", _("Prepayments and other current assets")
    PROPERTY = "property", _("Property and equipment")
    INTANGIBLES = "intangibles", _("Intangible assets")
    OTHER_ASSETS = "other_assets", _("Other non-current assets")
    PAYABLES = "payables", _("Trade and other payables")
    CONTRACT_LIABILITIES = "contract_liabilities", _("Deposits, gift cards and other contract liabilities")
    TAX_LIABILITIES = "tax_liabilities", _("Tax liabilities")
    SHORT_LOANS = "short_loans", _("Short-term borrowings")
    OTHER_CURRENT_LIABILITIES = "other_current_liabilities", _("Accruals and other current liabilities")
    LOANS = "loans", _("Borrowings")
    LEASES = "leases", _("Lease liabilities")
    OTHER_LIABILITIES = "other_liabilities", _("Other non-current liabilities")
    CAPITAL = "capital", _("Share capital")
    RESERVES = "reserves", _("Reserves")
    RETAINED_EARNINGS = "retained_earnings", _("Retained earnings")
    OTHER_EQUITY = "other_equity", _("Other equity")
    REVENUE = "revenue", _("Revenue")
    COST_OF_SALES = "cost_of_sales", _("Cost of sales")
    OTHER_INCOME = "other_income", _("Other income")
    SELLING = "selling", _("Selling and distribution expenses")
    ADMINISTRATIVE = "administrative", _("Administrative expenses")
    OTHER_EXPENSES = "other_expenses", _("Other expenses")
    FINANCE_INCOME = "finance_income", _("Finance income")
    FINANCE_COSTS = "finance_costs", _("Finance costs")
    INCOME_TAX = "income_tax", _("Income tax")


class CashFlowClass(models.TextChoices):
    """Where a change of an account stands in the cash flow statement; empty: as its statement line says."""

    AS_LINE = "", _("As its line says")
    CASH = "cash", _("Cash")
    NON_CASH = "non_cash", _("Not cash: depreciation, allowances, openings")
    OPERATING = "operating", _("Operating")
    INVESTING = "investing", _("Investing")
    FINANCING = "financing", _("Financing")


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
    statement_line = models.CharField(
        max_length=30,
        choices=StatementLine,
        blank=True,
        default="",
        help_text=_("Its line of the balance sheet or of profit and loss; empty: by its type."),
    )
    cash_flow = models.CharField(max_length=10, choices=CashFlowClass, blank=True, default="")

    class Meta:
        verbose_name = _("account")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="account_code_unique"),
            models.CheckConstraint(condition=Q(type__in=AccountType.values), name="account_type_known"),
            models.CheckConstraint(condition=Q(control__in=Control.values), name="account_control_known"),
            models.CheckConstraint(
                condition=Q(statement_line__in=["", *StatementLine.values]), name="account_statement_line_known"
            ),
            models.CheckConstraint(condition=Q(cash_flow__in=CashFlowClass.values), name="account_cash_flow_known"),
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
    UNREALISED_FX = "unrealised_fx", _("Unrealised exchange differences")
    DEFERRED_REVENUE = "deferred_revenue", _("Deferred revenue")
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
