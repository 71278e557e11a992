"""Pictures of what comes back."""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backoffice.core.stripping import MEDIA_TYPES
from orders.models.returns import ReturnLine


def photo_path(photo: Any, filename: str) -> str:
    """Where a photo is stored: a name that tells nothing and that nobody guesses."""
    return f"returns/{uuid4().hex}.{photo.kind}"


class ReturnPhoto(models.Model):
    """A picture that the buyer or the staff took of goods of a return line. Personal data: it may be erased.

    It is kept without what the camera noted of place and person. digest: of what was sent, so that the same
    picture again is the same row.
    """

    return_line = models.ForeignKey(ReturnLine, on_delete=models.PROTECT, related_name="photos", db_index=False)
    content = models.FileField(_("file"), upload_to=photo_path, max_length=100, blank=True)
    kind = models.CharField(max_length=3, choices=[(kind, kind.upper()) for kind in MEDIA_TYPES])
    size = models.PositiveIntegerField(help_text=_("In bytes."))
    digest = models.CharField(max_length=64)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    actor_label = models.CharField(max_length=150)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("return photo")
        constraints = [
            models.UniqueConstraint(
                fields=["return_line", "digest"],
                condition=Q(erased_at__isnull=True),
                name="returnphoto_once_on_a_line",
            ),
            models.CheckConstraint(condition=Q(kind__in=list(MEDIA_TYPES)), name="returnphoto_kind_known"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(content=""), name="returnphoto_erased_has_no_file"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.return_line_id}-{self.pk}"
