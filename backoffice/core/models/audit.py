"""Who changed what, when, from what to what, and why."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backoffice.core.fields import CurrentXid, XidField


class AuditEvent(models.Model):
    """One change, written in the transaction that made it; append-only. Carries ids, no personal data."""

    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        verbose_name=_("user"),
        related_name="+",
    )
    actor_label = models.CharField(_("who"), max_length=150)
    company_id = models.BigIntegerField(_("company"), null=True, blank=True)  # no key: core is the ground
    object_type = models.CharField(_("object type"), max_length=80)
    object_id = models.BigIntegerField(_("object"))
    action = models.CharField(_("action"), max_length=40)
    field = models.CharField(_("field"), max_length=80, blank=True, default="")
    old_value = models.TextField(_("from"), blank=True, default="")
    new_value = models.TextField(_("to"), blank=True, default="")
    reason = models.TextField(_("reason"), blank=True, default="")
    request_id = models.CharField(_("request"), max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit trail")
        indexes = [models.Index(fields=["object_type", "object_id", "id"], name="auditevent_object")]

    def __str__(self) -> str:
        return f"{self.object_type} {self.object_id}: {self.action} {self.field}"
