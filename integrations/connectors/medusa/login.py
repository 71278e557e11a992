"""What the login form of Medusa asks for."""

from django.utils.translation import gettext_lazy as _

from integrations.connectors.login import ADDRESS, LoginField

FIELDS = (
    LoginField(
        "base_url", ADDRESS, _("Where Medusa's server runs, with https://."), kind="url", required=True,
        placeholder="https://shop.example",
    ),
    LoginField("secret_key", _("Secret API key"), kind="secret", required=True, placeholder="sk_…"),
    LoginField(
        "location_id", _("Location"), _("The id of the place whose stock we set. Empty, where there is one place."),
        placeholder="sloc_…",
    ),
    LoginField(
        "sales_channel_id", _("Sales channel"), _("The id of the sales channel that new products join. Empty: none."),
        placeholder="sc_…",
    ),
    LoginField(
        "take_unpaid", _("Take unpaid orders at once"), _("Otherwise they wait until they are paid."), kind="yes_no"
    ),
)  # fmt: skip
HELP = _("In Medusa's admin open Settings › Secret API keys, make a key and copy it whole.")
