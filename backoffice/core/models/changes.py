"""What changed, for whoever keeps a copy: written by triggers, read by transaction-id window."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backoffice.core.fields import CurrentXid, SystemIdentifier, XidField


class RecordChange(models.Model):
    """One statement's changes of one resource of the API: which rows, and whether they are gone.

    Kept for some weeks. Readers go by (xid, id) below the oldest running transaction, as with the outbox.
    channel_id: of rows that belong to a channel.
    """

    resource = models.CharField(_("resource"), max_length=40)
    ids = ArrayField(models.BigIntegerField(), verbose_name=_("rows"))
    deleted = models.BooleanField(_("deleted"), default=False)
    company_id = models.BigIntegerField(_("company"), null=True)
    channel_id = models.BigIntegerField(_("channel"), null=True)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)
    system_identifier = models.BigIntegerField(db_default=SystemIdentifier(), editable=False)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        indexes = [
            models.Index(fields=["xid", "id"], name="recordchange_xid"),
            models.Index(fields=["recorded_at"], name="recordchange_age"),
        ]


class ChangeCursor(models.Model):
    """How far a reader inside the building has come in the changes, and in which cluster."""

    reader = models.CharField(max_length=60, unique=True)
    system_identifier = models.BigIntegerField()
    xid = XidField()
    change_id = models.BigIntegerField()
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("place of a reader")
        verbose_name_plural = _("places of readers")

    def __str__(self) -> str:
        return self.reader
