"""What a person is to do about a document."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class StaffTaskStatus(models.TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    DROPPED = "dropped", _("Dropped")


class StaffTask(models.Model):
    """Something that a person or everybody of one role is to do; made by people and by rules.

    source_type, source_id: the document it is about (registry.source_links names it).
    """

    company_id = models.BigIntegerField(_("company"), null=True, blank=True)
    title = models.CharField(_("what to do"), max_length=200)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("owner"), help_text=_("Empty: whoever has the role."), db_index=False,
    )  # fmt: skip
    role = models.ForeignKey(
        Group, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("role"), db_index=False
    )
    due_date = models.DateField(_("due"), null=True, blank=True)
    source_type = models.CharField(max_length=60, blank=True)
    source_id = models.BigIntegerField(null=True, blank=True)
    status = models.CharField(_("status"), max_length=7, choices=StaffTaskStatus, default=StaffTaskStatus.OPEN)
    created_by = models.CharField(_("asked by"), max_length=150)
    created_at = models.DateTimeField(_("asked"), db_default=Now(), editable=False)
    ended_by = models.CharField(_("ended by"), max_length=150, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=StaffTaskStatus.values), name="stafftask_status_known"),
            models.CheckConstraint(
                condition=Q(owner__isnull=False) | Q(role__isnull=False), name="stafftask_is_somebody_s"
            ),
            models.CheckConstraint(
                condition=Q(status="open", ended_at__isnull=True) | ~Q(status="open") & Q(ended_at__isnull=False),
                name="stafftask_ended_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "due_date", "id"], condition=Q(status="open"), name="stafftask_of_owner"),
            models.Index(fields=["role", "due_date", "id"], condition=Q(status="open"), name="stafftask_of_role"),
            models.Index(fields=["source_type", "source_id"], name="stafftask_of_document"),
        ]

    def __str__(self) -> str:
        return self.title
