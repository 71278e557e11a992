"""What the login form of Vendure asks for."""

from django.utils.translation import gettext_lazy as _

from integrations.connectors.login import ADDRESS, LoginField

FIELDS = (
    LoginField(
        "base_url",
        ADDRESS,
        _("Where Vendure runs, with https://."),
        kind="url",
        required=True,
        placeholder="https://shop.example",
    ),
    LoginField(
        "username",
        _("Administrator"),
        _("Of its own, with a role that may read customers and change orders and the catalogue."),
        kind="secret",
    ),
    LoginField("password", _("Password"), kind="secret"),
    LoginField(
        "api_key",
        _("API key"),
        _("Instead of administrator and password, where the shop allows api-key."),
        kind="secret",
        rare=True,
    ),
    LoginField(
        "location_id",
        _("Location"),
        _("The id of the place whose stock we set. Empty, where there is one place."),
        placeholder="1",
    ),
    LoginField("channel_token", _("Channel token"), _("Of the shop's channel, where it has several."), rare=True),
    LoginField("api_path", _("Path of the admin API"), placeholder="admin-api", rare=True),
    LoginField("language", _("Language of names"), placeholder="en", rare=True),
    LoginField(
        "take_unpaid", _("Take unpaid orders at once"), _("Otherwise they wait until they are paid."), kind="yes_no"
    ),
)
HELP = _("In Vendure make an administrator for us and allow “bearer” in authOptions.tokenMethod of its configuration.")
