"""What the login form of Meta asks for."""

from django.utils.translation import gettext_lazy as _

from integrations.connectors.login import TEST_ADDRESS, LoginField

FIELDS = (
    LoginField("catalog_id", _("Catalogue"), _("Its id, in Commerce Manager › Settings."), required=True),
    LoginField(
        "access_token",
        _("Access token"),
        _("Of a system user that may manage the catalogue."),
        kind="secret",
        required=True,
    ),
    LoginField(
        "checkout_url", _("Checkout of your store"), _("Meta sends buyers there; it has to fill a cart."), kind="url"
    ),
    TEST_ADDRESS,
)
HELP = _(
    "In Meta's Business settings make a system user, give it the catalogue and generate a token with catalog_management."
)
