"""Table files that people bring: what was read, what would change, and which job did it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backoffice.core.models.api import ApiKey
from backoffice.core.models.bulk import BulkJob


class ImportStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting to be checked")
    CHECKED = "checked", _("Checked")
    REFUSED = "refused", _("Cannot be read")
    STARTED = "started", _("Import started")


class ImportState(models.TextChoices):
    NEW = "new", _("New")
    CHANGED = "changed", _("Changed")
    UNCHANGED = "unchanged", _("Unchanged")
    WRONG = "wrong", _("Wrong")


def stored_as(file: "ImportFile", name: str) -> str:
    """A name of our own: what a file is called elsewhere says nothing about where it goes."""
    return f"imports/{uuid.uuid4().hex}"


class ImportFile(models.Model):
    """One file for one noun (registry.TableImport) and company. Its rows are written when it is checked."""

    noun = models.CharField(_("what it holds"), max_length=60)
    company_id = models.BigIntegerField(_("company"))
    name = models.CharField(_("file name"), max_length=200)
    content = models.FileField(_("file"), upload_to=stored_as, max_length=100)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField(max_length=64)
    encoding = models.CharField(_("encoding"), max_length=10, blank=True, help_text=_("Empty: found by itself."))
    headings = models.JSONField(_("headings"), default=list)
    mapping = models.JSONField(
        _("mapping"), default=dict, blank=True, help_text=_("Column names by heading, where they differ.")
    )
    status = models.CharField(_("status"), max_length=8, choices=ImportStatus, default=ImportStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("error"), max_length=500, blank=True)
    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    wrong = models.PositiveIntegerField(_("wrong"), default=0)
    job = models.OneToOneField(
        BulkJob, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("job")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("user")
    )
    api_key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("API key"),
    )  # fmt: skip
    language = models.CharField(_("language"), max_length=10, default="en")
    created_at = models.DateTimeField(_("uploaded"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ImportStatus.values), name="importfile_status_known"),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(status="waiting"), name="importfile_waiting")]

    @property
    def rows_read(self) -> int:
        return self.new + self.changed + self.unchanged + self.wrong

    @property
    def to_do(self) -> int:
        return self.new + self.changed

    def __str__(self) -> str:
        return self.name


class ImportRow(models.Model):
    """A row of the file as it was read, and what it would do. What became of it stands in the job's row."""

    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField(_("row"), help_text=_("As a spreadsheet counts: the headings are row 1."))
    cells = models.JSONField(_("cells"))
    state = models.CharField(_("state"), max_length=9, choices=ImportState)
    changes = models.JSONField(_("changes"), default=list, help_text=_("Field, old and new value of each."))
    errors = models.JSONField(_("errors"), default=list, help_text=_("Field, message and code of each."))

    class Meta:
        verbose_name = _("import row")
        verbose_name_plural = _("import rows")
        constraints = [
            models.UniqueConstraint(fields=["file", "number"], name="importrow_number_unique"),
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="importrow_state_known"),
        ]
        indexes = [models.Index(fields=["file", "state", "id"], name="importrow_by_state")]

    def __str__(self) -> str:
        return f"{self.file_id}: {self.number}"
