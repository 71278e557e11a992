"""What suppliers offer: their codes, prices, conditions, and what stands on their own shelves."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, Party
from backoffice.core.fields import AmountField, CurrencyCodeField, QuantityField
from inventory.models.catalogue import Sku


class SupplierTerms(models.Model):
    """How one supplier is dealt with; the row without a supplier holds for all that have none.

    Without any row: nothing over or short is tolerated, and a confirmation is late after 3 days.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    supplier = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: all suppliers without terms.")
    )
    language = models.CharField(
        max_length=8, choices=settings.LANGUAGES, default="en", help_text=_("Of the documents they get.")
    )
    lead_time_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Order to dock, until deliveries tell it.")
    )
    confirm_days = models.PositiveSmallIntegerField(
        default=3, help_text=_("How many days after it was sent an order should be confirmed.")
    )
    over_percent = models.DecimalField(
        max_digits=5, decimal_places=2, default=0, help_text=_("More than ordered that is taken without asking.")
    )
    over_quantity = QuantityField(default=0, help_text=_("Units more that are taken without asking."))
    short_percent = models.DecimalField(
        max_digits=5, decimal_places=2, default=0, help_text=_("A line that is short by no more counts as in full.")
    )
    price_percent = models.DecimalField(
        max_digits=5, decimal_places=2, default=0, help_text=_("How far a price may be above their list unflagged.")
    )

    class Meta:
        verbose_name = _("supplier terms")
        verbose_name_plural = _("supplier terms")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "supplier"], nulls_distinct=False, name="supplierterms_one_a_supplier"
            ),
            models.CheckConstraint(
                condition=Q(over_percent__gte=0, over_quantity__gte=0, short_percent__range=(0, 100))
                & Q(price_percent__gte=0),
                name="supplierterms_tolerances_sane",
            ),
        ]

    def __str__(self) -> str:
        return str(self.supplier) if self.supplier_id else gettext("All suppliers")


class SupplierSku(models.Model):
    """A SKU as one supplier sells it. Quantities are in our base unit.

    Their stock counts in promises for as long as it is believed, if promise_stock says so.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    supplier = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="supplier_skus", limit_choices_to={"is_supplier": True}
    )
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="supplier_skus")
    code = models.CharField(max_length=60, blank=True, help_text=_("The supplier's own code; empty: ours."))
    currency = CurrencyCodeField(help_text=_("Of the prices."))
    priority = models.PositiveSmallIntegerField(
        default=100, help_text=_("Between suppliers of a SKU the lower is preferred.")
    )
    min_quantity = QuantityField(default=1, help_text=_("The least they deliver in one order (MOQ)."))
    pack_multiple = QuantityField(default=1, help_text=_("Ordered in multiples of this."))
    lead_time_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Order to dock, until deliveries tell it; empty: the supplier's terms.")
    )
    lead_time_spread_days = models.DecimalField(
        max_digits=6, decimal_places=2, default=0, help_text=_("Standard deviation, until deliveries tell it.")
    )
    over_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("More than ordered that is taken without asking; empty: the supplier's terms."),
    )
    stock_quantity = QuantityField(null=True, blank=True, help_text=_("What the supplier has, as they last said."))
    stock_as_of = models.DateTimeField(null=True, blank=True, help_text=_("When they said so."))
    stock_hours = models.PositiveSmallIntegerField(
        default=48, help_text=_("For how many hours their figure is believed.")
    )
    promise_stock = models.BooleanField(
        default=False, help_text=_("Promise customers what the supplier has, from today and the lead time on.")
    )
    is_discontinued = models.BooleanField(default=False, help_text=_("The supplier sells it no more."))

    class Meta:
        verbose_name = _("supplier SKU")
        verbose_name_plural = _("supplier SKUs")
        constraints = [
            models.UniqueConstraint(fields=["supplier", "sku"], name="suppliersku_one_a_supplier"),
            models.UniqueConstraint(
                "supplier", Upper("code"), condition=~Q(code=""), name="suppliersku_their_code_unique"
            ),
            models.CheckConstraint(
                condition=Q(min_quantity__gt=0, pack_multiple__gt=0, lead_time_spread_days__gte=0),
                name="suppliersku_quantities_sane",
            ),
            models.CheckConstraint(
                condition=Q(stock_quantity__isnull=True, stock_as_of__isnull=True)
                | Q(stock_quantity__gte=0, stock_as_of__isnull=False),
                name="suppliersku_stock_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(over_percent__isnull=True) | Q(over_percent__gte=0), name="suppliersku_over_not_negative"
            ),
        ]
        indexes = [
            models.Index(
                fields=["sku"],
                condition=Q(promise_stock=True, is_discontinued=False, stock_quantity__gt=0),
                name="suppliersku_promised",
            ),
        ]

    @property
    def their_code(self) -> str:
        """What the supplier calls it."""
        return self.code or self.sku.code

    def __str__(self) -> str:
        return f"{self.supplier_id}: {self.code or self.sku_id}"


class SupplierPrice(models.Model):
    """What a supplier asks for one base unit from a quantity on: several rows are price breaks.

    Of the rows that hold on a day and reach the quantity, the greatest min_quantity counts; of one quantity the
    latest valid_from.
    """

    supplier_sku = models.ForeignKey(SupplierSku, on_delete=models.PROTECT, related_name="prices", db_index=False)
    min_quantity = QuantityField(default=1, help_text=_("From this quantity of the SKU in one order on."))
    unit_price = AmountField(help_text=_("In the supplier's currency, before tax."))
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True, help_text=_("The last day; empty: no end."))

    class Meta:
        verbose_name = _("supplier price")
        constraints = [
            models.UniqueConstraint(
                fields=["supplier_sku", "min_quantity", "valid_from"],
                nulls_distinct=False,
                name="supplierprice_one_per_break",
            ),
            models.CheckConstraint(
                condition=Q(min_quantity__gt=0, unit_price__gte=0), name="supplierprice_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="supplierprice_ends_after_its_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.min_quantity}: {self.unit_price}"
