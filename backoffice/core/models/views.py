"""Lists as people want them: named filters with their columns and order."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """A list's address under a name: filters, search, columns and order, as its query string has them."""

    list_label = models.CharField(_("list"), max_length=60, help_text=_("The model's label in lower case."))
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filter"), max_length=2000, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    shared = models.BooleanField(_("shared with everybody"), default=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(fields=["list_label", "owner", "name"], name="savedview_name_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="savedview_named"),
        ]

    def __str__(self) -> str:
        return self.name
