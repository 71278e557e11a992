"""What the company does not need of its first days' checklist."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ChecklistDismissal(models.Model):
    """An item that this person has put away, for everybody."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False)
    item = models.CharField(max_length=40)
    dismissed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("dismissed item of the checklist")
        verbose_name_plural = _("dismissed items of the checklist")
        constraints = [models.UniqueConstraint(fields=["user", "item"], name="checklistdismissal_once")]

    def __str__(self) -> str:
        return self.item
