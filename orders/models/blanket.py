"""Blanket orders: a quantity agreed on for a time, called off in parts at the agreed price."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import AmountField, CurrencyCodeField, QuantityField
from inventory.models import Sku
from orders.models.channels import Channel, Contact
from orders.models.orders import OrderLine


class BlanketStatus(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class BlanketOrder(models.Model):
    """What a buyer agreed to take. Nothing is claimed or owed until a part of it is called off."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT)
    reference = models.CharField(max_length=120, help_text=_("The agreement's number, as the buyer writes it."))
    status = models.CharField(max_length=6, choices=BlanketStatus, default=BlanketStatus.OPEN)
    currency = CurrencyCodeField()
    valid_from = models.DateField()
    valid_to = models.DateField(help_text=_("The last day on which goods can be called off."))
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("blanket order")
        constraints = [
            models.UniqueConstraint(fields=["contact", "reference"], name="blanketorder_reference_unique"),
            models.CheckConstraint(condition=Q(status__in=BlanketStatus.values), name="blanketorder_status_known"),
            models.CheckConstraint(
                condition=Q(valid_to__gte=F("valid_from")), name="blanketorder_ends_after_its_start"
            ),
        ]

    @property
    def number(self) -> str:
        return f"BO-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class BlanketLine(models.Model):
    """An agreed quantity at an agreed price."""

    blanket = models.ForeignKey(BlanketOrder, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT)
    quantity = QuantityField()
    unit_price = AmountField()

    class Meta:
        verbose_name = _("blanket order line")
        constraints = [
            models.UniqueConstraint(fields=["blanket", "position"], name="blanketline_position_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0, unit_price__gte=0), name="blanketline_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"


class BlanketCall(models.Model):
    """An order line that calls off a part of a blanket line. Insert-only; what is cancelled of it counts no more."""

    blanket_line = models.ForeignKey(BlanketLine, on_delete=models.PROTECT, related_name="calls")
    order_line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="blanket_call")

    class Meta:
        verbose_name = _("call-off")

    def __str__(self) -> str:
        return f"{self.blanket_line_id} → {self.order_line_id}"
