"""What the login form of BigCommerce asks for."""

from django.utils.translation import gettext_lazy as _

from integrations.connectors.login import TEST_ADDRESS, LoginField
from integrations.connectors.units import WEIGHT_UNIT

FIELDS = (
    LoginField(
        "store_hash",
        _("Store hash"),
        _("The part after store- in the address of the control panel."),
        required=True,
        placeholder="abc123xyz",
    ),
    LoginField("token", _("Access token"), kind="secret", required=True),
    LoginField("location_id", _("Location"), _("The id of the place whose stock we set."), placeholder="1"),
    WEIGHT_UNIT,
    TEST_ADDRESS,
)
HELP = _(
    "In BigCommerce open Settings › API accounts, make a store-level account that may modify orders, fulfilment and products, and copy its access token."
)
