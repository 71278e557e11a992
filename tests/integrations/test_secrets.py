import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import override_settings

from integrations import services
from integrations.connectors.registry import opened
from integrations.errors import SecretsUnreadable
from integrations.models import Connection
from integrations.secrets import seal, unseal

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_what_is_sealed_opens_for_its_owner_only():
    sealed = seal({"token": "hush"}, owner="connection:1")

    assert b"hush" not in sealed
    assert unseal(sealed, owner="connection:1") == {"token": "hush"}
    with pytest.raises(SecretsUnreadable, match="belong to another row"):
        unseal(sealed, owner="connection:2")
    assert unseal(None, owner="connection:1") == {}


def test_another_key_does_not_open():
    with override_settings(SECRETS_KEYS=[OLD]):
        sealed = seal({"token": "hush"}, owner="connection:1")

    with override_settings(SECRETS_KEYS=[NEW]), pytest.raises(SecretsUnreadable) as caught:
        unseal(sealed, owner="connection:1")

    assert "hush" not in str(caught.value)


def test_production_wants_a_key():
    with override_settings(SECRETS_KEYS=[], PRODUCTION=True), pytest.raises(ImproperlyConfigured):
        seal({}, owner="x")
    with override_settings(SECRETS_KEYS=["no key"]), pytest.raises(ImproperlyConfigured):
        seal({}, owner="x")


def test_rotation_seals_with_the_newest_key(connected, capsys):
    with override_settings(SECRETS_KEYS=[OLD]):
        connection = Connection.objects.get()
        connection.secrets = seal({"token": "hush"}, owner=f"connection:{connection.pk}")
        connection.save()
    with override_settings(SECRETS_KEYS=[NEW, OLD]):
        call_command("rotate_secrets")

    with override_settings(SECRETS_KEYS=[NEW]), opened(Connection.objects.get()) as connector:
        assert connector.account.secrets == {"token": "hush"}
        assert "hush" not in repr(connector.account)


@pytest.mark.parametrize("step", [services.pull_orders, services.push_stock, services.push_tracking])
def test_a_connection_whose_secrets_do_not_open_is_parked(connected, step):
    with override_settings(SECRETS_KEYS=[NEW]):
        step(connection_id=connected.id)

    connection = Connection.objects.get()
    assert connection.status == "needs_auth"
    assert "cannot be opened" in connection.status_reason
    assert connected.app.requests == []


def test_what_was_received_is_imported_without_secrets(connected):
    connected.sell(1)
    services.pull_orders(connection_id=connected.id)

    with override_settings(SECRETS_KEYS=[NEW]):
        imported = services.import_orders(connection_id=connected.id)

    assert imported.counts == {"placed": 1}
