"""Keys of programs that call the API, and their requests answered once."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ApiKey(models.Model):
    """A program's key: it acts as `user`, within `scopes`, optionally for one channel and company.

    Only the SHA-256 of the secret is kept; the secret is shown once, when the key is made.
    """

    prefix = models.CharField(_("prefix"), max_length=16, unique=True)
    digest = models.BinaryField(max_length=32)
    name = models.CharField(_("name"), max_length=100)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, verbose_name=_("user"))
    scopes = ArrayField(models.CharField(max_length=60), verbose_name=_("scopes"), default=list)
    channel_id = models.BigIntegerField(_("channel"), null=True, blank=True)  # no key: core is the ground
    company_id = models.BigIntegerField(_("company"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    requests_per_minute = models.PositiveIntegerField(
        _("requests per minute"), null=True, blank=True, help_text=_("Empty: as many as keys may send usually.")
    )

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.CheckConstraint(condition=models.Q(requests_per_minute__gt=0), name="apikey_some_requests"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class IdempotencyRecord(models.Model):
    """One request with an Idempotency-Key and its answer, written in the transaction of its effect."""

    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.PROTECT, verbose_name=_("API key"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, verbose_name=_("user"))
    key = models.CharField(_("key"), max_length=200)
    method = models.CharField(_("method"), max_length=8)
    path = models.CharField(_("path"), max_length=500)
    body_sha256 = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    response = models.BinaryField(_("response"), null=True)  # byte for byte as answered, sealed
    content_type = models.CharField(_("content type"), max_length=100, blank=True, default="")
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("answered request")
        verbose_name_plural = _("answered requests")
        constraints = [
            models.UniqueConstraint(
                fields=["api_key", "key"],
                condition=Q(api_key__isnull=False),
                name="idempotencyrecord_once_per_api_key",
            ),
            models.UniqueConstraint(
                fields=["user", "key"],
                condition=Q(api_key__isnull=True),
                name="idempotencyrecord_once_per_user",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotencyrecord_age")]
