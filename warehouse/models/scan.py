"""Handhelds of the floor: enrolled devices, who may sign in on them and how, and the book of what they sent."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from inventory.models import Warehouse


class ScanDevice(models.Model):
    """A shared handheld. A one-time code enrols it; from then on it holds a token, of which only the digest is kept."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.PROTECT)
    name = models.CharField(max_length=60, help_text=_("As the label on it says, e.g. Scanner 3."))
    code_digest = models.BinaryField(max_length=32, null=True, editable=False)
    code_expires_at = models.DateTimeField(null=True, editable=False)
    token_digest = models.BinaryField(max_length=32, null=True, editable=False)
    enrolled_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("handheld")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "name"],
                condition=Q(revoked_at__isnull=True),
                name="scandevice_name_unique",
                violation_error_message=_("Another handheld has this name."),
            ),
            models.UniqueConstraint(fields=["code_digest"], name="scandevice_code_unique"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | Q(token_digest__isnull=True, code_digest__isnull=True),
                name="scandevice_revoked_has_no_token",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ScanCredential(models.Model):
    """How a person signs in on a handheld: a badge (its random text as a digest) or a PIN (hashed like a password)."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="scan_credential")
    badge_digest = models.BinaryField(max_length=32, null=True, editable=False)
    pin_hash = models.CharField(max_length=128, blank=True, default="", editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    locked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("badge and PIN")
        verbose_name_plural = _("badges and PINs")
        constraints = [models.UniqueConstraint(fields=["badge_digest"], name="scancredential_badge_unique")]

    def __str__(self) -> str:
        return str(self.user)


class SignInMethod(models.TextChoices):
    BADGE = "badge", _("Badge")
    PIN = "pin", _("PIN")


class SessionEnd(models.TextChoices):
    SIGNED_OUT = "signed_out", _("Signed out")
    HANDED_OVER = "handed_over", _("Handed over")
    IDLE = "idle", _("Left idle")
    REVOKED = "revoked", _("Revoked")


class ScanSession(models.Model):
    """One person at one handheld, until they sign out, hand over or leave it idle. One is open at a time.

    token names the session in what the handheld sends, so that scans kept through lost Wi-Fi stay their person's.
    """

    device = models.ForeignKey(ScanDevice, on_delete=models.PROTECT, related_name="sessions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    method = models.CharField(max_length=5, choices=SignInMethod)
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    last_used_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=11, choices=SessionEnd, blank=True, default="")

    class Meta:
        verbose_name = _("sign-in on a handheld")
        verbose_name_plural = _("sign-ins on handhelds")
        constraints = [
            models.UniqueConstraint(fields=["device"], condition=Q(ended_at__isnull=True), name="scansession_one_open"),
            models.CheckConstraint(condition=Q(method__in=SignInMethod.values), name="scansession_method_known"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end_reason="")
                | Q(ended_at__isnull=False, end_reason__in=SessionEnd.values),
                name="scansession_ended_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} @ {self.device}"


class ScanState(models.TextChoices):
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    DISCARDED = "discarded", _("Discarded")


class ScanCommand(models.Model):
    """What a handheld sent and what became of it; client_id makes it one, however often it is sent. Insert-only.

    scanned_at: by the device's clock; effective_at: the same instant by ours, within the session. replaces: the
    refused command that this one tries again or discards, so a refusal is open while nothing replaces it.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, db_index=False)
    device = models.ForeignKey(ScanDevice, on_delete=models.PROTECT, db_index=False)
    session = models.ForeignKey(ScanSession, on_delete=models.PROTECT, db_index=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    actor_label = models.CharField(max_length=150)
    client_id = models.UUIDField(unique=True)
    content_hash = models.CharField(max_length=64)
    sequence = models.BigIntegerField(help_text=_("The handheld's own count."))
    kind = models.CharField(max_length=20)
    body = models.JSONField()
    scanned_at = models.DateTimeField()
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    state = models.CharField(max_length=9, choices=ScanState)
    code = models.CharField(max_length=60, blank=True, default="")
    detail = models.CharField(max_length=500, blank=True, default="")
    result = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True, default="")
    replaces = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = _("scan")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ScanState.values), name="scancommand_state_known"),
            models.CheckConstraint(
                condition=~Q(state="discarded") | (Q(replaces__isnull=False) & ~Q(reason="")),
                name="scancommand_discarded_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["device", "-id"], name="scancommand_of_device"),
            models.Index(fields=["id"], condition=Q(state="refused"), name="scancommand_refused"),
            models.Index(fields=["replaces"], condition=Q(replaces__isnull=False), name="scancommand_replaces"),
        ]

    @property
    def number(self) -> str:
        return f"SC-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number
