"""What should be bought or brought over, and what of the stock needs somebody's eye."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, Party
from backoffice.core.fields import AmountField, QuantityField
from inventory.models.catalogue import Lot, Sku
from inventory.models.places import Warehouse
from inventory.models.purchasing import PurchaseOrder
from inventory.models.transfers import Transfer


class PlanningSettings(models.Model):
    """How a company plans where no reorder rule says otherwise. Days are calendar days."""

    company = models.OneToOneField(Company, on_delete=models.PROTECT)
    history_days = models.PositiveSmallIntegerField(
        default=90, help_text=_("Sales of so many days make the daily demand.")
    )
    lead_time_days = models.PositiveSmallIntegerField(default=14, help_text=_("Where no supplier's is known."))
    safety_days = models.PositiveSmallIntegerField(
        default=7, help_text=_("Demand of so many days is kept on top, against swings.")
    )
    cover_days = models.PositiveSmallIntegerField(
        default=30, help_text=_("An order should last so many days beyond the reorder point.")
    )
    overstock_days = models.PositiveSmallIntegerField(
        default=180, help_text=_("Stock for more days than this is too much.")
    )
    dead_days = models.PositiveSmallIntegerField(
        default=180, help_text=_("Stock of which nothing left for so many days is dead.")
    )
    expiry_days = models.PositiveSmallIntegerField(
        default=30, help_text=_("Lots that expire within so many days are shown.")
    )

    class Meta:
        verbose_name = _("planning settings")
        verbose_name_plural = _("planning settings")
        constraints = [
            models.CheckConstraint(
                condition=Q(history_days__gt=0, overstock_days__gt=0, dead_days__gt=0),
                name="planningsettings_days_positive",
            )
        ]

    def __str__(self) -> str:
        return str(self.company)


class ReorderRule(models.Model):
    """How one SKU is kept in stock, in one warehouse or in all that have no rule of their own.

    What is empty is computed: the reorder point from daily demand, lead time and safety days, the order-up-to level
    from the reorder point and the days of cover.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="reorder_rules")
    warehouse = models.ForeignKey(
        Warehouse, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: all without a rule.")
    )
    reorder_point = QuantityField(
        null=True, blank=True, help_text=_("At or below this something is proposed; empty: from the demand.")
    )
    order_up_to = QuantityField(null=True, blank=True, help_text=_("Empty: from the demand."))
    safety_days = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("Empty: the company's."))
    cover_days = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("Empty: the company's."))
    source = models.ForeignKey(
        Warehouse,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Brought over from this warehouse instead of being bought."),
    )
    is_active = models.BooleanField(default=True, help_text=_("Off: nothing is proposed and no low stock is told."))

    class Meta:
        verbose_name = _("reorder rule")
        verbose_name_plural = _("reorder rules")
        constraints = [
            models.UniqueConstraint(fields=["sku", "warehouse"], nulls_distinct=False, name="reorderrule_one_a_place"),
            models.CheckConstraint(
                condition=(Q(reorder_point__isnull=True) | Q(reorder_point__gte=0))
                & (Q(order_up_to__isnull=True) | Q(order_up_to__gt=0))
                & (Q(reorder_point__isnull=True) | Q(order_up_to__isnull=True) | Q(order_up_to__gt=F("reorder_point"))),
                name="reorderrule_levels_sane",
            ),
            models.CheckConstraint(
                condition=Q(source__isnull=True) | Q(warehouse__isnull=True) | ~Q(source=F("warehouse")),
                name="reorderrule_source_is_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} · {self.warehouse.code if self.warehouse else _('All warehouses')}"


class ProposalStatus(models.TextChoices):
    OPEN = "open", _("Open")
    ORDERED = "ordered", _("Ordered")
    DISMISSED = "dismissed", _("Dismissed")
    GONE = "gone", _("No longer needed")


class Proposal(models.Model):
    """Goods that one warehouse should get: bought from a supplier, or brought over from another warehouse.

    At most one open proposal a SKU and warehouse. facts: the figures it was counted from, as texts, for `why`.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="proposals", db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    source = models.ForeignKey(
        Warehouse,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text=_("Empty: it is bought."),
    )
    supplier = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: nobody is known who sells it.")
    )
    quantity = QuantityField(help_text=_("As counted."))
    chosen_quantity = QuantityField(null=True, blank=True, help_text=_("As somebody decided; empty: as counted."))
    value = AmountField(default=0, help_text=_("At the supplier's price, else at cost, in the company's currency."))
    needed_date = models.DateField(null=True, blank=True, help_text=_("When the stock runs out."))
    facts = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=ProposalStatus, default=ProposalStatus.OPEN)
    purchase_order = models.ForeignKey(
        PurchaseOrder, null=True, blank=True, on_delete=models.PROTECT, related_name="proposals"
    )
    transfer = models.ForeignKey(Transfer, null=True, blank=True, on_delete=models.PROTECT, related_name="proposals")
    dismissed_until = models.DateField(null=True, blank=True, help_text=_("Not proposed again before."))
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    counted_at = models.DateTimeField(db_default=Now())
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ended_label = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "warehouse"], condition=Q(status="open"), name="proposal_one_open_a_place"
            ),
            models.CheckConstraint(condition=Q(status__in=ProposalStatus.values), name="proposal_status_known"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & (Q(chosen_quantity__isnull=True) | Q(chosen_quantity__gt=0)),
                name="proposal_quantity_positive",
            ),
            models.CheckConstraint(
                condition=Q(source__isnull=True) | Q(supplier__isnull=True) & ~Q(source=F("warehouse")),
                name="proposal_bought_or_brought",
            ),
            models.CheckConstraint(
                condition=Q(status="ordered", purchase_order__isnull=False, transfer__isnull=True)
                | Q(status="ordered", purchase_order__isnull=True, transfer__isnull=False)
                | ~Q(status="ordered") & Q(purchase_order__isnull=True, transfer__isnull=True),
                name="proposal_ordered_names_its_order",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "needed_date", "id"], condition=Q(status="open"), name="proposal_open"),
            models.Index(fields=["sku", "warehouse"], condition=Q(status="dismissed"), name="proposal_dismissed_place"),
        ]

    @property
    def to_order(self) -> Decimal:
        return self.quantity if self.chosen_quantity is None else self.chosen_quantity

    def __str__(self) -> str:
        return f"{self.sku} · {self.warehouse.code}"


class AlertKind(models.TextChoices):
    LOW = "low", _("Low stock")
    OVER = "over", _("Overstock")
    DEAD = "dead", _("Dead stock")
    EXPIRY = "expiry", _("Expires soon")


class StockAlert(models.Model):
    """Something about the stock of one SKU in one warehouse; closed by the next count after it is no longer so.

    facts: the figures behind it, as texts.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=8, choices=AlertKind)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="alerts")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    value = AmountField(default=0, help_text=_("Of the stock it is about, at cost."))
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    seen_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("stock alert")
        verbose_name_plural = _("stock alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "sku", "warehouse", "lot"],
                condition=Q(closed_at__isnull=True),
                nulls_distinct=False,
                name="stockalert_one_open",
            ),
            models.CheckConstraint(condition=Q(kind__in=AlertKind.values), name="stockalert_kind_known"),
        ]
        indexes = [
            models.Index(fields=["company", "kind", "-id"], condition=Q(closed_at__isnull=True), name="stockalert_open")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.sku} · {self.warehouse.code}"
