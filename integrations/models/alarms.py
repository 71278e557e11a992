"""What somebody has to look at: raised once, open until it is over."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company


class Alarm(models.Model):
    """kind: what is wrong, e.g. "webhook_disabled"; object_type, object_id: with what. One open of a kind for each.

    Without a company it is about the house itself (a scheduled job, the disk): every company's endpoints are told.

    mailed_at: when the people who are told were written to; set before the mail server is called, so at most once.
    """

    company = models.ForeignKey(Company, verbose_name=_("company"), on_delete=models.PROTECT, null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=40)
    object_type = models.CharField(_("about"), max_length=60)
    object_id = models.BigIntegerField(_("number"))
    text = models.CharField(_("what is wrong"), max_length=500)
    raised_at = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    cleared_at = models.DateTimeField(_("over at"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "object_type", "object_id"],
                condition=Q(cleared_at__isnull=True),
                name="alarm_one_open",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(mailed_at__isnull=True), name="alarm_to_mail")]

    def __str__(self) -> str:
        return self.text
