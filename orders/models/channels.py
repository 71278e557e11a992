"""Where orders come from, and the people who buy there."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounting.models import Company, Party, PersonalData, TaxCode
from backoffice.core.fields import AmountField, CurrencyCodeField
from inventory.models import StockOwner, Warehouse


class PaymentPolicy(models.TextChoices):
    NONE = "none", _("Do not wait for payment")
    AUTHORISED = "authorised", _("Wait until it is authorised")
    PAID = "paid", _("Wait until it is paid")


class PaidWhen(models.TextChoices):
    REPORTED = "reported", _("As soon as the channel says so")
    CONFIRMED = "confirmed", _("When somebody here confirms the money")


class Objective(models.TextChoices):
    FEWEST_PARCELS = "fewest_parcels", _("Fewest parcels, then cost, then distance")
    LOWEST_COST = "lowest_cost", _("Lowest cost, then fewest parcels, then distance")
    NEAREST = "nearest", _("Shortest distance, then fewest parcels, then cost")
    PREFERENCE = "preference", _("The warehouses in their order, then fewest parcels")


class Channel(models.Model):
    """One shop or seller account. Its party owes us what it sold; buyers are its contacts."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    code = models.SlugField()
    name = models.CharField(max_length=120)
    kind = models.CharField(
        max_length=30,
        default="manual",
        help_text=_("shopify, amazon, storefront, csv, fake …"),
    )
    party = models.ForeignKey(Party, on_delete=models.PROTECT)
    currency = CurrencyCodeField()
    prices_include_tax = models.BooleanField(default=False)
    tax_code = models.ForeignKey(TaxCode, on_delete=models.PROTECT, help_text=_("When the order states none."))
    tax_by_rules = models.BooleanField(
        _("taxes by rule"),
        default=False,
        db_default=False,
        help_text=_("The company's tax rules say which tax a sale bears. Off: all bear the tax code above."),
    )
    warehouse = models.ForeignKey(
        Warehouse,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        help_text=_("Orders ship from here only. Empty: from the best by the objective."),
    )
    ship_complete = models.BooleanField(default=False, help_text=_("Wait until the whole order can leave."))
    auto_release = models.BooleanField(default=True, help_text=_("Release orders without holds at once."))
    payment_policy = models.CharField(
        max_length=10,
        choices=PaymentPolicy,
        default=PaymentPolicy.NONE,
        db_default=PaymentPolicy.NONE,
        help_text=_("New orders are held until then."),
    )
    paid_when = models.CharField(
        _("counts as paid"),
        max_length=10,
        choices=PaidWhen,
        default=PaidWhen.REPORTED,
        db_default=PaidWhen.REPORTED,
        help_text=_(
            "What a marketplace or a card provider took is paid when the channel says so. Where buyers pay into the bank,"
            " what the channel reports waits on the order until it is captured there."
        ),
    )
    hold_above = AmountField(
        null=True, blank=True, help_text=_("Orders above this total are held for a fraud check. Empty: never.")
    )
    check_address = models.BooleanField(
        default=False, db_default=False, help_text=_("Hold orders without a complete shipping address.")
    )
    priority = models.PositiveSmallIntegerField(default=100, help_text=_("Lower is served first."))
    is_active = models.BooleanField(default=True)
    objective = models.CharField(
        max_length=14,
        choices=Objective,
        default=Objective.FEWEST_PARCELS,
        help_text=_("Which warehouse is best, once as much as possible can ship."),
    )
    max_parcels = models.PositiveSmallIntegerField(
        _("parcels at most"),
        null=True,
        blank=True,
        help_text=_("From so many warehouses at most; 1: an order is never split."),
    )
    same_day = models.BooleanField(
        _("same day first"),
        default=False,
        help_text=_("Prefer warehouses whose cut-off has not passed, even if it costs more."),
    )
    min_remaining_days = models.PositiveSmallIntegerField(
        _("shelf life left, in days"),
        null=True,
        blank=True,
        help_text=_("Only goods that keep so many days after the day they leave. Empty: any that have not expired."),
    )
    goods_owner = models.ForeignKey(
        StockOwner,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        limit_choices_to={"kind": "client"},
        verbose_name=_("client"),
        help_text=_("Its orders ship this client's goods only, and are not billed by us. Empty: we sell."),
    )
    language = models.CharField(
        max_length=8,
        blank=True,
        db_default="",
        choices=settings.LANGUAGES,
        help_text=_("Of documents and mails, when a buyer's is not known. Empty: the company's."),
    )

    class Meta:
        verbose_name = _("channel")
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="channel_code_unique"),
            models.CheckConstraint(
                condition=Q(payment_policy__in=PaymentPolicy.values), name="channel_payment_policy_known"
            ),
            models.CheckConstraint(condition=Q(paid_when__in=PaidWhen.values), name="channel_paid_when_known"),
            models.CheckConstraint(condition=Q(objective__in=Objective.values), name="channel_objective_known"),
            models.CheckConstraint(
                condition=Q(max_parcels__isnull=True) | Q(max_parcels__gte=1), name="channel_max_parcels_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CustomerGroup(models.Model):
    """Buyers who are priced alike."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    code = models.SlugField()
    name = models.CharField(max_length=120)

    class Meta:
        verbose_name = _("customer group")
        constraints = [models.UniqueConstraint(fields=["company", "code"], name="customergroup_code_unique")]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A buyer as a channel knows them; a B2B customer also has a ledger party."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=120)
    person = models.ForeignKey(PersonalData, on_delete=models.PROTECT)
    party = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT)
    group = models.ForeignKey(CustomerGroup, null=True, blank=True, on_delete=models.PROTECT)
    country = models.CharField(max_length=2, blank=True)
    language = models.CharField(
        max_length=8,
        blank=True,
        db_default="",
        choices=settings.LANGUAGES,
        help_text=_("Of their documents and mails. Empty: the channel's."),
    )

    class Meta:
        verbose_name = _("contact")
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="contact_external_id_unique"),
            models.CheckConstraint(condition=~Q(external_id=""), name="contact_external_id_given"),
        ]

    def __str__(self) -> str:
        return str(self.person)
