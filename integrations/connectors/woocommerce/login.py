"""What the login form of WooCommerce asks for."""

from django.utils.translation import gettext_lazy as _

from integrations.connectors.login import ADDRESS, LoginField
from integrations.connectors.units import WEIGHT_UNIT

FIELDS = (
    LoginField(
        "base_url",
        ADDRESS,
        _("Where WordPress runs, with https://."),
        kind="url",
        required=True,
        placeholder="https://shop.example",
    ),
    LoginField("consumer_key", _("Consumer key"), kind="secret", required=True, placeholder="ck_…"),
    LoginField("consumer_secret", _("Consumer secret"), kind="secret", required=True, placeholder="cs_…"),
    LoginField(
        "take_unpaid", _("Take unpaid orders at once"), _("Otherwise they wait until they are paid."), kind="yes_no"
    ),
    LoginField("tell_buyer", _("The note with the tracking number goes to the buyer"), kind="yes_no"),
    LoginField(
        "tracking_plugin",
        _("The shop has the plugin Shipment Tracking"),
        _("Tracking numbers then stand where it shows them, and not in the note alone."),
        kind="yes_no",
        rare=True,
    ),
    WEIGHT_UNIT,
    LoginField(
        "keys_in_address",
        _("Keys in the address"),
        _(
            "For hosts that take the login off each request. The address then stands in the host's own logs, keys and all."
        ),
        kind="yes_no",
        rare=True,
    ),
)
HELP = _(
    "In WordPress open WooCommerce › Settings › Advanced › REST API, add a key with read and write permission and copy both parts."
)
