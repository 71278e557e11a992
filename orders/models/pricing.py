"""What buyers are asked to pay: customer groups and price lists with validity and quantity breaks."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import AmountField, CurrencyCodeField, QuantityField
from inventory.models import Sku
from orders.models.channels import Channel, Contact, CustomerGroup


class PriceList(models.Model):
    """Prices for one buyer, a group, a channel, or everybody; the narrower one comes first.

    Prices are for one base unit, with tax included or not as the list says: a channel only reads lists that
    state prices as it does.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    code = models.SlugField()
    name = models.CharField(max_length=120)
    currency = CurrencyCodeField()
    prices_include_tax = models.BooleanField(default=False)
    channel = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: for every channel.")
    )
    group = models.ForeignKey(
        CustomerGroup, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: for every group.")
    )
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: for every buyer.")
    )
    priority = models.PositiveSmallIntegerField(
        default=100, help_text=_("Between lists that are as narrow, the lower comes first.")
    )
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True, help_text=_("The last day; empty: no end."))
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("price list")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="pricelist_code_unique"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="pricelist_ends_after_its_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PriceListItem(models.Model):
    """The price of an SKU from a quantity on: several rows of one SKU are its quantity breaks."""

    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, related_name="items", db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    min_quantity = QuantityField(default=1, help_text=_("From this quantity of the SKU in one order on."))
    unit_price = AmountField()

    class Meta:
        verbose_name = _("price")
        constraints = [
            models.UniqueConstraint(fields=["price_list", "sku", "min_quantity"], name="pricelistitem_one_per_break"),
            models.CheckConstraint(
                condition=Q(min_quantity__gt=0, unit_price__gte=0), name="pricelistitem_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.unit_price}"
