"""Which connectors there are: a new channel is one folder and one line here."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.utils.translation import gettext as _

from integrations.connectors.amazon.connector import AmazonConnector
from integrations.connectors.base import Account, Connector
from integrations.connectors.bigcommerce.connector import BigCommerceConnector
from integrations.connectors.csv_folder.connector import CsvFolderConnector
from integrations.connectors.fake.connector import FakeConnector
from integrations.connectors.medusa.connector import MedusaConnector
from integrations.connectors.meta.connector import MetaConnector
from integrations.connectors.shopify.connector import ShopifyConnector
from integrations.connectors.vendure.connector import VendureConnector
from integrations.connectors.walmart.connector import WalmartConnector
from integrations.connectors.woocommerce.connector import WooCommerceConnector
from integrations.errors import UnknownConnector
from integrations.limits import SharedLimiter
from integrations.models import Connection
from integrations.secrets import unseal
from integrations.tokens import SharedTokens

CONNECTORS: dict[str, type[Connector]] = {
    kind.code: kind
    for kind in (
        ShopifyConnector,
        WooCommerceConnector,
        BigCommerceConnector,
        AmazonConnector,
        WalmartConnector,
        VendureConnector,
        MedusaConnector,
        MetaConnector,
        CsvFolderConnector,
        FakeConnector,
    )
}


def kind_of(code: str) -> type[Connector]:
    if code not in CONNECTORS:
        raise UnknownConnector(_("There is no connector “%(code)s”.") % {"code": code}, field="connector")
    return CONNECTORS[code]


def secrets_owner(connection: Connection) -> str:
    return f"connection:{connection.pk}"


@contextmanager
def opened(connection: Connection, *, to_talk: bool = True) -> Iterator[Connector]:
    """The connection's connector, closed at the end. to_talk=False: only to translate, so it needs no secrets.

    Raises SecretsUnreadable.
    """
    kind, account = kind_of(connection.connector), Account(str(connection), connection.settings, {})
    if to_talk:
        owner = secrets_owner(connection)
        account = Account(
            account.name,
            account.settings,
            unseal(connection.secrets, owner=owner),
            SharedLimiter(connection.pk, account.name),
            SharedTokens(connection.pk, owner),
        )
    connector = kind(account)
    try:
        yield connector
    finally:
        connector.close()
        keep_notices(connection, account.notices)


def keep_notices(connection: Connection, notices: Sequence[str]) -> None:
    """What the channel said of its API's version stands on the connection until it says something else."""
    if notices and (said := " ".join(dict.fromkeys(notices))[:300]) != connection.notice:
        Connection.objects.filter(pk=connection.pk).update(notice=said)
