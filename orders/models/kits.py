"""A kit sold as one line, as the components it is claimed and shipped as."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.core.fields import QuantityField
from inventory.models import Demand, Sku
from orders.models.fulfilment import Shipment
from orders.models.orders import OrderLine


class OrderLineComponent(models.Model):
    """A component of an ordered kit, as the kit was made when it was ordered.

    Its demand says what is wanted (per_kit for each kit not cancelled, and what was given up), claimed and gone.
    """

    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="components", db_index=False)
    position = models.PositiveIntegerField()
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, db_index=False)
    per_kit = QuantityField(help_text=_("In one kit."))
    demand = models.OneToOneField(Demand, on_delete=models.PROTECT, related_name="kit_component")
    given_up = QuantityField(
        default=0, help_text=_("Left with kits that were cancelled before they were complete: not billed.")
    )
    given_up_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("component of an order line")
        constraints = [
            models.UniqueConstraint(fields=["order_line", "position"], name="orderlinecomponent_position_unique"),
            models.CheckConstraint(
                condition=Q(per_kit__gt=0, given_up__gte=0), name="orderlinecomponent_quantities_sane"
            ),
            models.CheckConstraint(
                condition=Q(given_up=0) | ~Q(given_up_reason=""), name="orderlinecomponent_given_up_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.per_kit} × {self.sku_id}"


class ShipmentKit(models.Model):
    """Kits that a shipment completed: what is billed of a kit line. Insert-only."""

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="kits", db_index=False)
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="shipment_kits")
    quantity = QuantityField(help_text=_("Whole kits."))

    class Meta:
        verbose_name = _("shipped kit")
        constraints = [
            models.UniqueConstraint(fields=["shipment", "order_line"], name="shipmentkit_one_per_line"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="shipmentkit_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.order_line_id}"
