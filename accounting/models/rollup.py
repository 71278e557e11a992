"""What accounts moved by month: a rollup of the journal that reports read instead of its lines (ADR 0023)."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models.chart import Account
from accounting.models.company import Company
from accounting.models.journal import DimensionSet
from backoffice.core.fields import AmountField, XidField


class AccountMonth(models.Model):
    """Debits and credits of an account in a month with one dimension set, of entries below the watermark.

    Written by accounting_fold_balances only. is_closing: of entries that close a year.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    month = models.DateField(help_text=_("Its first day."))
    dimension_set = models.ForeignKey(
        DimensionSet, null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    is_closing = models.BooleanField()
    debit = AmountField()
    credit = AmountField()

    class Meta:
        verbose_name = _("month of an account")
        verbose_name_plural = _("months of accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "account", "month", "dimension_set", "is_closing"],
                nulls_distinct=False,
                name="accountmonth_one_row",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.month:%Y-%m}"


class BalanceWatermark(models.Model):
    """Up to where the rollup holds the journal: entries of transactions before xid, and those up to entry_id.

    One row. system_identifier names the cluster to which xid belongs; entry_id is the last entry that came from
    another one, by a restored dump.
    """

    id = models.SmallIntegerField(primary_key=True)
    system_identifier = models.BigIntegerField()
    xid = XidField()
    entry_id = models.BigIntegerField(default=0)
    folded_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("watermark of balances")
        verbose_name_plural = _("watermarks of balances")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="balancewatermark_one_row")]

    def __str__(self) -> str:
        return str(self.xid)
