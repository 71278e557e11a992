"""How people sign in: second factors, where they are signed in, and wrong tries."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class StaffSession(AbstractBaseSession):
    """A browser that is signed in, or about to. session_key is a digest: the cookie itself is kept nowhere."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=45, blank=True, default="")
    device = models.CharField(max_length=200, blank=True, default="")
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    last_seen_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(AbstractBaseSession.Meta):
        abstract = False


class FactorKind(models.TextChoices):
    APP = "app", _("authenticator app")
    PASSKEY = "passkey", _("passkey")


class SecondFactor(models.Model):
    """What a person has beside the password. An app's secret is sealed; a passkey's key is a public one.

    It counts once confirmed_at is set: its first code or signature was right. last_step: the time step of the last
    code taken, for no code is good twice.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factors")
    kind = models.CharField(max_length=8, choices=FactorKind)
    name = models.CharField(_("name"), max_length=60)
    sealed = models.BinaryField(null=True, editable=False)
    last_step = models.BigIntegerField(null=True, editable=False)
    credential_id = models.BinaryField(null=True, editable=False)
    public_key = models.BinaryField(null=True, editable=False)
    uses = models.BigIntegerField(default=0, db_default=0, editable=False, help_text=_("As its device counts them."))
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")
        constraints = [
            models.UniqueConstraint(fields=["credential_id"], name="secondfactor_credential_once"),
            models.UniqueConstraint(fields=["user"], condition=Q(kind="app"), name="secondfactor_one_app_per_person"),
            models.CheckConstraint(
                condition=Q(kind="app", sealed__isnull=False, credential_id__isnull=True)
                | Q(kind="passkey", sealed__isnull=True, credential_id__isnull=False, public_key__isnull=False),
                name="secondfactor_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """One way in when the factors are lost: good once. Only its digest is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(editable=False)
    used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recoverycode_once")]

    def __str__(self) -> str:
        return str(self.pk)


class SecondFactorRole(models.Model):
    """Whoever has this role needs a second factor: without one they set it up at their next sign-in."""

    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("role that needs a second factor")
        verbose_name_plural = _("roles that need a second factor")

    def __str__(self) -> str:
        return str(self.group)


class SignInTry(models.Model):
    """How often it was tried in vain for one account or from one address. key: "user:5", "name:<digest>", …"""

    key = models.CharField(max_length=90, unique=True)
    failures = models.PositiveIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("wrong sign-in")
        verbose_name_plural = _("wrong sign-ins")
        indexes = [models.Index(fields=["last_at"], name="signintry_last_at")]

    def __str__(self) -> str:
        return self.key
