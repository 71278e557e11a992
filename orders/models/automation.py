"""Rules that people make, what they did, and the tags that they set."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from orders.models.orders import Order


class RuleTrigger(models.TextChoices):
    PLACED = "placed", _("An order is placed or imported")
    PAID = "paid", _("An order is paid in full")
    HELD = "held", _("An order is held")
    RELEASED = "released", _("An order is released to the warehouse")
    BACK_ORDERED = "back_ordered", _("An order waits for goods")
    LATE = "late", _("An order is later than promised")
    SHIPPED = "shipped", _("An order is shipped in full")
    RETURNED = "returned", _("A return is asked for")
    TIME = "time", _("A time of day, for each open order")
    STOCK_LOW = "stock_low", _("Stock is low")
    STOCK_OVER = "stock_over", _("There is too much stock")
    STOCK_DEAD = "stock_dead", _("Stock does not move")
    STOCK_EXPIRY = "stock_expiry", _("Stock expires soon")
    RECEIVED = "received", _("A purchase order is received")
    SYNC_FAILED = "sync_failed", _("Something is wrong with a channel's sync")


class RuleScope(models.TextChoices):
    NEW = "new", _("Orders that come from now on")
    OPEN = "open", _("Those and all that are open")


class AutomationRule(models.Model):
    """When something happens, and the conditions hold, do something: at most once for each cause.

    conditions, actions: see orders.automation; never code. since: what came before it switched on is left alone,
    unless its scope takes open orders in. switched_on_by: in whose name its actions are done.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    name = models.CharField(_("name"), max_length=80)
    trigger = models.CharField(_("when"), max_length=14, choices=RuleTrigger)
    at_time = models.TimeField(
        _("at"), null=True, blank=True, help_text=_("In the company's time zone, of a rule that runs at a time of day.")
    )
    conditions = models.JSONField(_("conditions"), default=dict)
    actions = models.JSONField(_("actions"), default=list)
    position = models.PositiveSmallIntegerField(
        _("position"), default=100, help_text=_("The lowest acts first where several act on one order.")
    )
    is_active = models.BooleanField(_("switched on"), default=False)
    scope = models.CharField(_("for"), max_length=4, choices=RuleScope, default=RuleScope.NEW)
    since = models.DateTimeField(null=True, blank=True, editable=False)
    swept_on = models.DateField(null=True, blank=True, editable=False)
    switched_on_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        editable=False,
    )  # fmt: skip
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        constraints = [
            models.UniqueConstraint(fields=["company", "name"], name="rule_name_unique"),
            models.CheckConstraint(condition=Q(trigger__in=RuleTrigger.values), name="rule_trigger_known"),
            models.CheckConstraint(condition=Q(scope__in=RuleScope.values), name="rule_scope_known"),
            models.CheckConstraint(
                condition=Q(trigger="time", at_time__isnull=False) | ~Q(trigger="time") & Q(at_time__isnull=True),
                name="rule_time_of_day_is_given",
            ),
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(since__isnull=False, switched_on_by__isnull=False),
                name="rule_that_is_on_says_since_when_and_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RuleDue(models.Model):
    """A subject that rules are to look at (again); gone once they have.

    subject_type: order, alert (of stock), purchase_order, alarm. facts: what the event itself said.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    subject_type = models.CharField(max_length=14)
    subject_id = models.BigIntegerField()
    facts = models.JSONField(default=dict)
    due_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id"], name="ruledue_one_a_subject"),
            models.CheckConstraint(
                condition=Q(subject_type__in=["order", "alert", "purchase_order", "alarm"]),
                name="ruledue_subject_known",
            ),
        ]
        indexes = [models.Index(fields=["due_at", "id"], name="ruledue_next")]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id}"


class FiringState(models.TextChoices):
    DUE = "due", _("Due")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Partly refused")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped: it goes in circles")


class RuleFiring(models.Model):
    """A rule that acts on one subject for one cause: what it saw, what it was to do, what came of it."""

    rule = models.ForeignKey(AutomationRule, on_delete=models.PROTECT, related_name="firings", db_index=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    subject_type = models.CharField(max_length=14)
    subject_id = models.BigIntegerField()
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="rule_firings")
    cause = models.CharField(max_length=80)
    looked = models.JSONField(default=dict)
    actions = models.JSONField(default=list)
    results = models.JSONField(default=list)
    state = models.CharField(_("state"), max_length=7, choices=FiringState, default=FiringState.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    rule_version = models.PositiveIntegerField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    due_at = models.DateTimeField(db_default=Now())
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("firing of a rule")
        verbose_name_plural = _("firings of rules")
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject_type", "subject_id", "cause"], name="rulefiring_once_a_cause"
            ),
            models.CheckConstraint(condition=Q(state__in=FiringState.values), name="rulefiring_state_known"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="due"), name="rulefiring_next"),
            models.Index(fields=["rule", "-id"], name="rulefiring_of_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} · {self.subject_type} {self.subject_id}"


class OrderTag(models.Model):
    """A word that people and rules sort orders by."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="tags", db_index=False)
    name = models.CharField(_("tag"), max_length=40)
    added_by = models.CharField(max_length=150)
    added_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [
            models.UniqueConstraint(fields=["order", "name"], name="ordertag_once"),
            models.CheckConstraint(condition=Q(name__regex=r"^[^\s,][^,]*$"), name="ordertag_is_a_word"),
        ]
        indexes = [models.Index(fields=["name", "order"], name="ordertag_by_name")]

    def __str__(self) -> str:
        return self.name
