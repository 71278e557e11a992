"""What the login form of Shopify asks for."""

from django.utils.translation import gettext_lazy as _

from integrations.connectors.login import TEST_ADDRESS, LoginField

FIELDS = (
    LoginField(
        "shop",
        _("Shop"),
        _("Its myshopify.com name, such as mugs.myshopify.com."),
        required=True,
        placeholder="mugs.myshopify.com",
    ),
    LoginField(
        "access_token",
        _("Access token"),
        _("Of the shop's own app; or leave it empty and give the three below."),
        kind="secret",
    ),
    LoginField("client_id", _("Client ID"), _("Of a public or partner app."), kind="secret", rare=True),
    LoginField("client_secret", _("Client secret"), kind="secret", rare=True),
    LoginField("refresh_token", _("Refresh token"), _("Shopify replaces it at every use."), kind="secret", rare=True),
    LoginField(
        "location_id",
        _("Location"),
        _("The id of the place whose stock we set: the last number of its address in Settings › Locations."),
        placeholder="67890123456",
    ),
    LoginField(
        "publication_id",
        _("Sales channel of new products"),
        _("The id of the publication, such as the online store's. Empty: you publish them there yourself."),
        rare=True,
    ),
    LoginField("notify_customer", _("Shopify mails the buyer when goods leave"), kind="yes_no"),
    LoginField(
        "take_unpaid", _("Take unpaid orders at once"), _("Otherwise they wait until they are paid."), kind="yes_no"
    ),
    LoginField("take_tests", _("Take test orders"), kind="yes_no", rare=True),
    TEST_ADDRESS,
)
HELP = _(
    "In Shopify open Settings › Apps and sales channels › Develop apps, make an app with the rights "
    "read_orders, write_fulfillments, write_inventory, write_products, write_publications and read_locations, install it and copy its Admin API access token."
)
