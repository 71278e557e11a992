"""What kinds of work people's time is counted for."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

LABOUR_KINDS = {
    "pick": _("Pick"),
    "pack": _("Pack"),
    "receive": _("Receive"),
    "put_away": pgettext_lazy("work", "Put away"),
    "refill": _("Refill"),
    "move": _("Move"),
    "count": _("Count"),
}
