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
def opened(connection: Connection, *, to_talk: bool = True) -> Iterator[Connector]:
    """The connection's connector, closed at the end. to_talk=False: only to translate, so it needs no secrets.

    Raises SecretsUnreadable.
    """
    secrets = unseal(connection.secrets, owner=secrets_owner(connection)) if to_talk else {}
    connector = kind_of(connection.connector)(Account(str(connection), connection.settings, secrets))
    try:
        yield connector
    finally:
        connector.close()
