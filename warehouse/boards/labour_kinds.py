"""What kinds of work people's time is counted for."""

from django.utils.translation import gettext_lazy as _

LABOUR_KINDS = {
    "pick": _("Pick"),
    "pack": _("Pack"),
    "receive": _("Receive"),
    "put_away": _("Put away"),
    "refill": _("Refill"),
    "move": _("Move"),
    "count": _("Count"),
}
