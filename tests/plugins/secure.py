"""The pages over HTTPS on a name that is not localhost, as a handheld on the floor meets them."""

import base64
import hashlib
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread

from tests.plugins.browser import FLAGS, _binary
from warehouse.scan import certificates

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAME = "floor.test"


class SecureServerThread(LiveServerThread):
    """Django's live server with a certificate of `manage.py floor_certificates`."""

    def __init__(self, folder: Path) -> None:
        super().__init__("127.0.0.1", StaticFilesHandler)
        self.folder = folder

    def _create_server(self, connections_override: Any = None) -> Any:
        server = super()._create_server(connections_override)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / certificates.CERT, self.folder / certificates.KEY)
        # The handshake is the connection's thread's: a silent client must not hold up the others.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.base_environ["HTTPS"] = "on"
        return server


@pytest.fixture
def secure_server(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[SecureServerThread]:
    """Its `url` is https://floor.test:<port>."""
    settings.ALLOWED_HOSTS = [NAME, "testserver"]
    certificates.ensure_authority(tmp_path)
    certificates.make_server(tmp_path, [NAME])
    thread = SecureServerThread(tmp_path)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    thread.url = f"https://{NAME}:{thread.port}"  # type: ignore[attr-defined]
    yield thread
    thread.terminate()


@pytest.fixture
def floor_browser(browser: "Browser", secure_server: SecureServerThread) -> "Iterator[Browser]":
    """A Chromium that finds the name and trusts the server's key, as one with the authority installed does."""
    certificate = x509.load_pem_x509_certificate((secure_server.folder / certificates.CERT).read_bytes())
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    launched = browser.browser_type.launch(
        executable_path=_binary(),
        args=[
            *FLAGS,
            f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
            f"--ignore-certificate-errors-spki-list={base64.b64encode(hashlib.sha256(key).digest()).decode()}",
        ],
    )
    yield launched
    launched.close()
