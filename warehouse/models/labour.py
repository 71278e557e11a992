"""What an hour of work costs, from which day on."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from backoffice.core.fields import AmountField
from backoffice.core.staff import StaffRole


class WageRate(models.Model):
    """What an hour costs with all that the company pays for it, in its currency: a person's before a role's before all's.

    Work is counted at the rate of its own day, so a later rate changes no earlier cost.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text=_("Empty: of a role, or of everybody."),
    )  # fmt: skip
    role = models.CharField(
        max_length=20, choices=StaffRole, blank=True, default="", help_text=_("Empty: of a person, or of everybody.")
    )
    from_date = models.DateField(help_text=_("From this day on, until the next rate."))
    hourly = AmountField(_("an hour costs"), validators=[MinValueValidator(0)])

    class Meta:
        verbose_name = _("wage rate")
        ordering = ["company", "role", "person", "-from_date"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "person", "role", "from_date"], nulls_distinct=False, name="wagerate_one_a_day",
                violation_error_message=_("There is a rate from this day on already."),
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=True) | Q(role=""), name="wagerate_of_a_person_or_a_role",
                violation_error_message=_("A rate is of a person or of a role, not of both."),
            ),
            models.CheckConstraint(
                condition=Q(hourly__gte=0), name="wagerate_not_negative", violation_error_message=_("Rates are 0 or more.")
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        whose = self.person or self.get_role_display() or _("everybody")
        return f"{whose} {self.from_date}"
