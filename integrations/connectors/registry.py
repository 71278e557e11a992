"""Which connectors there are: a new channel is one folder and one line here."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from integrations.connectors.base import Account, Connector
from integrations.connectors.csv_folder.connector import CsvFolderConnector
from integrations.connectors.fake.connector import FakeConnector
from integrations.errors import UnknownConnector
from integrations.models import Connection
from integrations.secrets import unseal

CONNECTORS: dict[str, type[Connector]] = {kind.code: kind for kind in (FakeConnector, CsvFolderConnector)}


def kind_of(code: str) -> type[Connector]:
    if code not in CONNECTORS:
        raise UnknownConnector(_("There is no connector “%(code)s”.") % {"code": code}, field="connector")
    return CONNECTORS[code]


def secrets_owner(connection: Connection) -> str:
    return f"connection:{connection.pk}"


@contextmanager
def opened(connection: Connection) -> Iterator[Connector]:
    """The connection's connector, closed at the end."""
    account = Account(
        name=str(connection), settings=connection.settings,
        secrets=unseal(connection.secrets, owner=secrets_owner(connection)),
    )  # fmt: skip
    connector = kind_of(connection.connector)(account)
    try:
        yield connector
    finally:
        connector.close()
