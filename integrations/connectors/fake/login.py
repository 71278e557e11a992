"""What the login form of the sample shop asks for."""

from django.utils.translation import gettext_lazy as _

from integrations.connectors.login import ADDRESS, LoginField

FIELDS = (
    LoginField("base_url", ADDRESS, kind="url", required=True, placeholder="http://127.0.0.1:8099"),
    LoginField("token", _("Access token"), kind="secret", required=True),
)
HELP = _("The sample shop says both when it is started.")
