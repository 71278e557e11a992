"""What the login form of a drop folder asks for."""

from django.utils.translation import gettext_lazy as _

from integrations.connectors.login import LoginField
from integrations.importing.profiles import PROFILES

FIELDS = (
    LoginField(
        "path",
        _("Folder"),
        _("On the server; files are read from orders/ in it."),
        required=True,
        placeholder="/srv/shop",
    ),
    LoginField("profile", _("Form of the files"), kind="choice", choices=tuple((code, code) for code in PROFILES)),
    LoginField("currency", _("Currency"), _("Where the files state none."), placeholder="GBP"),
)
HELP = _("Let the shop write its order files there under another name and rename them when they are whole.")
