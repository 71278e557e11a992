"""Who is limited to some warehouses, channels or companies."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AccessKind(models.TextChoices):
    COMPANY = "company", _("company")
    WAREHOUSE = "warehouse", _("warehouse")
    CHANNEL = "channel", _("channel")


class AccessLimit(models.Model):
    """One warehouse (channel, company) that a person or a role may work with; without any row of a kind: all.

    A person's own rows of a kind count instead of the roles'. object_id has no key: core is the ground.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("user"),
    )
    group = models.ForeignKey(
        Group, null=True, blank=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("role")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=AccessKind.choices)
    object_id = models.BigIntegerField(_("object id"))

    class Meta:
        verbose_name = _("access limit")
        verbose_name_plural = _("access limits")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "group", "kind", "object_id"], nulls_distinct=False, name="accesslimit_once"
            ),
            models.CheckConstraint(
                condition=Q(group__isnull=True, user__isnull=False) | Q(group__isnull=False, user__isnull=True),
                name="accesslimit_role_or_person",
            ),
            models.CheckConstraint(condition=Q(kind__in=AccessKind.values), name="accesslimit_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.group}: {self.kind} {self.object_id}"
