"""What the login form of Walmart asks for."""

from django.utils.translation import gettext_lazy as _

from integrations.connectors.login import TEST_ADDRESS, LoginField

FIELDS = (
    LoginField("client_id", _("Client ID"), kind="secret", required=True),
    LoginField("client_secret", _("Client secret"), kind="secret", required=True),
    LoginField(
        "method_code",
        _("Shipping method"),
        _("Walmart's code of it, told with each shipment."),
        placeholder="Standard",
        rare=True,
    ),
    TEST_ADDRESS,
)
HELP = _(
    "In Walmart's developer portal open My account › API key management and copy client ID and secret of the production keys."
)
