"""The work for an order at one warehouse, and what left together."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import QuantityField
from inventory.models import Allocation, PurchaseOrder, Warehouse
from orders.models.orders import Order, OrderLine


class FulfilmentStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    READY = "ready", _("Ready")
    IN_WAVE = "in_wave", _("In a wave")
    PICKING = "picking", _("Picking")
    PICKED = "picked", _("Picked")
    PACKING = "packing", _("Packing")
    PACKED = "packed", _("Packed")
    SHIPPED = "shipped", _("Shipped")
    ON_HOLD = "on_hold", _("On hold")
    CANCELLED = "cancelled", _("Cancelled")


class MergeGroup(models.Model):
    """Fulfilments of several orders of one buyer that leave in one parcel under one tracking number.

    Each order keeps its own shipment and its own invoice.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False)
    made_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("merge group")

    @property
    def number(self) -> str:
        return f"MG-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class Fulfilment(models.Model):
    """One order's goods from one warehouse. Written by the warehouse through this app's services."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="fulfilments")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT, db_index=False)
    status = models.CharField(max_length=10, choices=FulfilmentStatus, default=FulfilmentStatus.READY)
    created_at = models.DateTimeField(auto_now_add=True)
    ship_by = models.DateTimeField(null=True, blank=True)
    merge_group = models.ForeignKey(
        MergeGroup,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="fulfilments",
        db_index=False,
        help_text=_("Packed and shipped together with these."),
    )

    class Meta:
        verbose_name = _("fulfilment")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=FulfilmentStatus.values),
                name="fulfilment_status_known",
            )
        ]
        indexes = [
            models.Index(
                fields=["warehouse", "status", "id"],
                condition=~Q(status__in=["shipped", "cancelled"]),
                name="fulfilment_open_work",
            ),
            models.Index(fields=["merge_group"], condition=Q(merge_group__isnull=False), name="fulfilment_merged"),
        ]

    @property
    def number(self) -> str:
        return f"FO-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class FulfilmentLine(models.Model):
    """A claimed quantity of an order line to be shipped by a fulfilment.

    References without a constraint are checked by the table's own guard (trigger): line and claim belong to the
    fulfilment's order and warehouse, and the app may delete none of them.
    """

    fulfilment = models.ForeignKey(
        Fulfilment, on_delete=models.PROTECT, related_name="lines", db_index=False, db_constraint=False
    )
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="fulfilment_lines", db_constraint=False
    )
    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, db_constraint=False)
    quantity = QuantityField(help_text=_("To ship; falls when a pick comes up short or part is cancelled."))
    picked = QuantityField(default=0)
    shipped = QuantityField(default=0)

    class Meta:
        verbose_name = _("fulfilment line")
        constraints = [
            models.UniqueConstraint(
                fields=["fulfilment", "allocation"],
                name="fulfilmentline_one_per_allocation",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0, shipped__gte=0)
                & Q(shipped__lte=F("picked"))
                & Q(picked__lte=F("quantity")),
                name="fulfilmentline_shipped_within_picked_within_quantity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.order_line_id}"


class ShipmentStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    LABELLED = "labelled", _("Labelled")
    MANIFESTED = "manifested", _("Manifested")
    IN_TRANSIT = "in_transit", _("In transit")
    DELIVERED = "delivered", _("Delivered")
    EXCEPTION = "exception", _("Exception")
    RETURNED_TO_SENDER = "returned_to_sender", _("Returned to sender")
    VOIDED = "voided", _("Voided")


class Shipment(models.Model):
    """What left together from one warehouse for one order, with its tracking and its invoice.

    purchase_order: a supplier shipped it (drop-ship); it has no fulfilment and no warehouse of ours.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    fulfilment = models.ForeignKey(
        Fulfilment, null=True, blank=True, on_delete=models.PROTECT, related_name="shipments"
    )
    warehouse = models.ForeignKey(Warehouse, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    purchase_order = models.ForeignKey(
        PurchaseOrder, null=True, blank=True, on_delete=models.PROTECT, related_name="shipments", db_index=False
    )
    status = models.CharField(max_length=20, choices=ShipmentStatus, default=ShipmentStatus.DRAFT)
    carrier = models.CharField(max_length=60, blank=True)
    service = models.CharField(max_length=60, blank=True)
    tracking_number = models.CharField(max_length=80, blank=True)
    tracking_url = models.URLField(max_length=300, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True, help_text=_("When it was handed over."))
    delivered_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the last parcel arrived, as the carrier says.")
    )
    not_billable_reason = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("shipment")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=ShipmentStatus.values),
                name="shipment_status_known",
            ),
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=True) | Q(status="delivered"),
                name="shipment_delivered_when_it_arrived",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "labelled", "voided"], shipped_at__isnull=True)
                | Q(status="manifested")
                | (~Q(status__in=["draft", "labelled", "voided", "manifested"]) & Q(shipped_at__isnull=False)),
                name="shipment_left_when_it_is_on_its_way",
            ),
            models.CheckConstraint(
                condition=Q(fulfilment__isnull=False, warehouse__isnull=False, purchase_order__isnull=True)
                | Q(fulfilment__isnull=True, warehouse__isnull=True, purchase_order__isnull=False),
                name="shipment_of_a_fulfilment_or_a_supplier",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tracking_number"],
                condition=~Q(tracking_number=""),
                name="shipment_by_tracking",
            ),
            models.Index(
                fields=["purchase_order"], condition=Q(purchase_order__isnull=False), name="shipment_by_supplier"
            ),
            models.Index(fields=["-shipped_at"], name="shipment_by_time"),
        ]

    @property
    def number(self) -> str:
        return f"SH-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class ShipmentLine(models.Model):
    """A quantity of an order line in a shipment. Insert-only.

    References without a constraint are checked by the table's own guard (trigger): the line is the fulfilment
    line's, which is of the shipment's fulfilment (or the drop-ship line's, of the shipment's purchase order), and the
    app may delete none of them.
    """

    shipment = models.ForeignKey(
        Shipment, on_delete=models.PROTECT, related_name="lines", db_index=False, db_constraint=False
    )
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="shipment_lines", db_constraint=False
    )
    fulfilment_line = models.ForeignKey(
        FulfilmentLine, null=True, blank=True, on_delete=models.PROTECT, db_constraint=False
    )
    drop_ship_line = models.ForeignKey(
        "DropShipLine",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="shipment_lines",
        db_index=False,
        db_constraint=False,
    )
    quantity = QuantityField()

    class Meta:
        verbose_name = _("shipment line")
        constraints = [
            models.UniqueConstraint(
                fields=["shipment", "fulfilment_line"],
                name="shipmentline_one_per_claim",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="shipmentline_quantity_positive"),
            models.CheckConstraint(
                condition=Q(fulfilment_line__isnull=False, drop_ship_line__isnull=True)
                | Q(fulfilment_line__isnull=True, drop_ship_line__isnull=False),
                name="shipmentline_claimed_or_from_a_supplier",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.order_line_id}"
