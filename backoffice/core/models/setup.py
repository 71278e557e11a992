"""The set-up of an empty database: what the wizard was told so far, and whom it listens to."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class SetupDraft(models.Model):
    """One row at most. Nothing of it is made before the wizard's last step, which makes all of it at once.

    token_hash: SHA-256 of the token that `manage.py setup_token` printed last. answers: what each step was told, by
    the step's name, passwords hashed. finished_at: the company is made; the draft is used up.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    token_hash = models.CharField(max_length=64)
    token_made_at = models.DateTimeField(db_default=Now(), editable=False)
    answers = models.JSONField(default=dict)
    logo = models.BinaryField(blank=True, default=b"")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("set-up")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="setupdraft_one_row")]

    def __str__(self) -> str:
        return "set-up"
