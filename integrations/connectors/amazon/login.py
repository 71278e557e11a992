"""What the login form of Amazon asks for."""

from django.utils.translation import gettext_lazy as _

from integrations.connectors.login import TEST_ADDRESS, LoginField

FIELDS = (
    LoginField(
        "region",
        _("Region"),
        kind="choice",
        required=True,
        choices=(("eu", _("Europe")), ("na", _("North America")), ("fe", _("Far East"))),
    ),
    LoginField(
        "marketplace_id",
        _("Marketplace"),
        _("Its id, such as A1F83G8C2ARO7P for the United Kingdom."),
        required=True,
        placeholder="A1F83G8C2ARO7P",
    ),
    LoginField("seller_id", _("Seller"), _("The merchant token in Seller Central › Account info."), required=True),
    LoginField(
        "client_id",
        _("Client ID"),
        _("Of Login with Amazon."),
        kind="secret",
        required=True,
        placeholder="amzn1.application-oa2-client.…",
    ),
    LoginField("client_secret", _("Client secret"), kind="secret", required=True),
    LoginField("refresh_token", _("Refresh token"), kind="secret", required=True, placeholder="Atzr|…"),
    LoginField(
        "contained_tax_rate",
        _("Tax that prices contain"),
        _("Such as 0.2, where Amazon states none."),
        placeholder="0.2",
        rare=True,
    ),
    LoginField(
        "language",
        _("Language of our texts"),
        _("As Amazon writes it, such as en_GB; en_US otherwise."),
        placeholder="en_GB",
        rare=True,
    ),
    LoginField(
        "queue_url",
        _("Queue"),
        _("Address of the SQS queue that Amazon's notifications go to. Empty: orders are read by search alone."),
        kind="url",
        placeholder="https://sqs.eu-west-1.amazonaws.com/…",
        rare=True,
    ),
    LoginField("aws_access_key_id", _("Access key of the queue"), kind="secret", rare=True),
    LoginField("aws_secret_access_key", _("Its secret"), kind="secret", rare=True),
    LoginField(
        "login_url", _("Another login address"), _("Of a test server. Empty: the vendor's own."), kind="url", rare=True
    ),
    TEST_ADDRESS,
)
HELP = _(
    "In Seller Central open Apps and services › Develop apps, authorise the app for your own account and copy the refresh token. "
    "Client ID and secret stand under View beside the app."
)
