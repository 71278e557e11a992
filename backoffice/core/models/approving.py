"""Four eyes: up to what nobody is asked, and who may approve up to how much."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.core.fields import AmountField
from backoffice.core.registry import registry


def approval_actions() -> list[tuple[str, str]]:
    """The registered actions with their names, as choices."""
    return [(action.code, str(action.title)) for action in registry.approval_actions().values()]


class ApprovalThreshold(models.Model):
    """The value up to which an action of a company needs no second person. Without a row none is ever needed."""

    company_id = models.BigIntegerField(_("company"))  # no key: core is the ground
    action = models.CharField(_("action"), max_length=40, choices=approval_actions)
    amount = AmountField(
        _("free up to"),
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_(
            "In the company's currency. Up to this nobody is asked; above it somebody else than the author approves. "
            "0: always."
        ),
    )

    class Meta:
        verbose_name = _("approval threshold")
        verbose_name_plural = _("approval thresholds")
        ordering = ["company_id", "action"]
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "action"],
                name="approvalthreshold_one_per_action",
                violation_error_message=_("This action has a threshold already: change that one."),
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="approvalthreshold_not_negative"),
        ]

    def __str__(self) -> str:
        return str(self.get_action_display())


class ApprovalLimit(models.Model):
    """Up to what value a role or a person may approve. A person's own row counts instead of the roles' rows.

    An action without any limit may be approved by everybody who may see to it, to any value.
    """

    company_id = models.BigIntegerField(_("company"))
    action = models.CharField(_("action"), max_length=40, choices=approval_actions)
    group = models.ForeignKey(
        Group, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("role")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("user"),
    )
    amount = AmountField(
        _("may approve up to"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("In the company's currency. Empty: any value."),
    )

    class Meta:
        verbose_name = _("approval limit")
        verbose_name_plural = _("approval limits")
        ordering = ["company_id", "action", "amount"]
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "action", "group", "user"],
                nulls_distinct=False,
                name="approvallimit_one_each",
                violation_error_message=_("This role or person has a limit for this action already: change that one."),
            ),
            models.CheckConstraint(
                condition=Q(group__isnull=True, user__isnull=False) | Q(group__isnull=False, user__isnull=True),
                name="approvallimit_role_or_person",
                violation_error_message=_("Choose either a role or a person."),
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="approvallimit_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.user or self.group}"
