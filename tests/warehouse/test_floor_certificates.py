"""HTTPS for the floor: an authority, a server certificate, renewal; keys only for their owner."""

import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from warehouse.scan import certificates


def run(folder, *names, **options):
    call_command("floor_certificates", *names, folder=folder, **options)


def test_a_client_that_trusts_the_authority_trusts_the_server(tmp_path, capsys):
    run(tmp_path, "floor.test", "192.168.1.10")

    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "server.pem", tmp_path / "server-key.pem")
    near, far = socket.socketpair()
    thread = threading.Thread(target=lambda: server.wrap_socket(far, server_side=True).close())
    thread.start()
    client = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    with client.wrap_socket(near, server_hostname="floor.test") as connection:
        assert connection.version() == "TLSv1.3"
    thread.join()
    assert certificates.names_of(tmp_path) == ["floor.test", "192.168.1.10"]
    assert "https://floor.test:8443/scan/" in capsys.readouterr().out


def test_keys_are_their_owners_and_nothing_is_made_twice(tmp_path):
    run(tmp_path, "floor.test")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    run(tmp_path, "floor.test")
    run(tmp_path)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ca-key.pem", "server-key.pem")}
    assert modes == {"ca-key.pem": 0o600, "server-key.pem": 0o600}


def test_it_is_renewed_by_the_same_authority_when_asked_or_for_other_names(tmp_path):
    run(tmp_path, "floor.test")
    first, authority = (tmp_path / "server.pem").read_bytes(), (tmp_path / "ca.pem").read_bytes()

    run(tmp_path, renew=True)
    second = (tmp_path / "server.pem").read_bytes()
    run(tmp_path, "other.test")

    assert first != second and certificates.names_of(tmp_path) == ["other.test"]
    assert (tmp_path / "ca.pem").read_bytes() == authority
    assert not certificates.ends_soon(tmp_path)
    assert certificates.ends_soon(tmp_path, datetime.now(UTC) + timedelta(days=370))


@pytest.mark.parametrize("name", ["", "no name", "-x.test", "a..b", "x" * 64 + ".test", "https://floor.test"])
def test_what_is_no_name_is_refused_and_no_certificate_is_made(tmp_path, name):
    with pytest.raises(CommandError):
        run(tmp_path, name)
    with pytest.raises(CommandError):
        run(tmp_path / "empty")
    assert not (tmp_path / "server.pem").exists()
