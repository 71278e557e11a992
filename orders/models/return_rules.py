"""What a company decides about returns beforehand: reasons, windows, fees, what a worn thing is worth."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import AmountField
from orders.models.channels import Channel


class Grade(models.TextChoices):
    """How goods look that come back."""

    A = "A", _("A: like new")
    B = "B", _("B: opened, small marks")
    C = "C", _("C: used or worn")
    D = "D", _("D: damaged")


class ReturnReason(models.Model):
    """Why goods come back. Where the seller is at fault no fee is kept, and shipping goes back."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    code = models.SlugField(help_text=_("As programs name it, such as too_small."))
    name = models.CharField(max_length=120)
    seller_at_fault = models.BooleanField(
        default=False, help_text=_("No restocking fee is kept, and shipping is refunded at least for what comes back.")
    )
    position = models.PositiveSmallIntegerField(default=100, help_text=_("Lower stands first."))
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("return reason")
        ordering = ["position", "code"]
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="returnreason_code_unique")]

    def __str__(self) -> str:
        return self.name


class ShippingRefund(models.TextChoices):
    NO = "no", _("Not refunded")
    PROPORTIONAL = "proportional", _("By the value of what comes back")
    YES = "yes", _("Refunded in full")


class ExchangeShips(models.TextChoices):
    AFTER_RECEIPT = "after_receipt", _("When the old goods are in")
    AT_ONCE = "at_once", _("At once")


class ReturnPolicy(models.Model):
    """What a channel allows. A channel without one: no window, every return approved by hand, shipping kept."""

    channel = models.OneToOneField(Channel, on_delete=models.PROTECT, related_name="return_policy")
    window_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Days after shipment in which goods may be returned. Empty: no limit.")
    )
    auto_approve_limit = AmountField(
        null=True,
        blank=True,
        help_text=_("Returns in time whose refund is at most this are approved at once. Empty: none are."),
    )
    refund_shipping = models.CharField(max_length=12, choices=ShippingRefund, default=ShippingRefund.NO)
    exchange_ships = models.CharField(max_length=13, choices=ExchangeShips, default=ExchangeShips.AFTER_RECEIPT)

    class Meta:
        verbose_name = _("return policy")
        verbose_name_plural = _("return policies")
        constraints = [
            models.CheckConstraint(
                condition=Q(auto_approve_limit__isnull=True) | Q(auto_approve_limit__gte=0),
                name="returnpolicy_limit_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(refund_shipping__in=ShippingRefund.values), name="returnpolicy_refund_shipping_known"
            ),
            models.CheckConstraint(
                condition=Q(exchange_ships__in=ExchangeShips.values), name="returnpolicy_exchange_ships_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.channel)


class RestockingFee(models.Model):
    """What is kept of a refund, by reason: a share of the goods, a fixed amount, or both. Tax included."""

    policy = models.ForeignKey(ReturnPolicy, on_delete=models.PROTECT, related_name="fees")
    reason = models.ForeignKey(
        ReturnReason, null=True, blank=True, on_delete=models.PROTECT, help_text=_("Empty: every other reason.")
    )
    percent = models.DecimalField(
        max_digits=5, decimal_places=2, default=0, help_text=_("Of what is refunded for the goods.")
    )
    fixed = AmountField(default=0, help_text=_("In the order's currency, once for each return."))

    class Meta:
        verbose_name = _("restocking fee")
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "reason"], nulls_distinct=False, name="restockingfee_once_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100, fixed__gte=0),
                name="restockingfee_sane",
                violation_error_message=_("A fee is 0 to 100 percent, and a fixed amount is not negative."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent} % + {self.fixed}"


class GradeWriteDown(models.Model):
    """How much of its cost a thing of this grade loses when it is kept. A company without one: nothing."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    grade = models.CharField(max_length=1, choices=Grade)
    percent = models.DecimalField(max_digits=5, decimal_places=2, help_text=_("Of the cost at which it came back."))

    class Meta:
        verbose_name = _("write-down of a grade")
        verbose_name_plural = _("write-downs of grades")
        constraints = [
            models.UniqueConstraint(fields=["company", "grade"], name="gradewritedown_once_for_a_grade"),
            models.CheckConstraint(condition=Q(grade__in=Grade.values), name="gradewritedown_grade_known"),
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100),
                name="gradewritedown_percent_sane",
                violation_error_message=_("A write-down is 0 to 100 percent."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grade}: {self.percent} %"
