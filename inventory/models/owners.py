"""Goods that lie with us and belong to others."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, Party
from backoffice.core.fields import AmountField
from inventory.models.catalogue import Sku


class OwnerKind(models.TextChoices):
    CONSIGNMENT = "consignment", _("Consignor: we sell its goods")
    CLIENT = "client", _("Client: we keep and ship its goods")


class StockOwner(models.Model):
    """A party whose goods lie in our warehouses: a supplier on consignment, or a client of ours (3PL)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    party = models.OneToOneField(Party, on_delete=models.PROTECT)
    kind = models.CharField(max_length=12, choices=OwnerKind)
    is_active = models.BooleanField(default=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("stock owner")
        constraints = [models.CheckConstraint(condition=Q(kind__in=OwnerKind.values), name="stockowner_kind_known")]

    def __str__(self) -> str:
        return str(self.party)


class ConsignmentTerm(models.Model):
    """We may sell this SKU of a consignor: a unit that leaves is bought at unit_price in the same transaction."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    owner = models.ForeignKey(StockOwner, on_delete=models.PROTECT, related_name="terms")
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    unit_price = AmountField(
        help_text=_("What we owe for a unit when it is sold, in the company's currency, before tax.")
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("consignment term")
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "sku"],
                name="consignmentterm_one_a_sku",
                violation_error_message=_("This owner has a term for the SKU already."),
            ),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="consignmentterm_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.sku}: {self.unit_price}"
