"""deploy/Caddyfile on Debian's Caddy: certificates by ACME, what a stranger says of himself is dropped, uploads are bounded."""

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from backoffice.demo.children import end_with_parent
from backoffice.demo.web import free_port
from backoffice.embedded.processes import until
from tests.infra.servers import PROJECT
from warehouse.scan import certificates

NAME = "backoffice.example"


def installed(*programs: str) -> list[str]:
    found = [shutil.which(program) for program in programs]
    if None in found:
        if os.environ.get("REQUIRE_COMPOSE") == "1":
            pytest.fail(f"missing of {programs}, and REQUIRE_COMPOSE=1")
        pytest.skip(f"not installed: {programs} (Debian: apt-get install caddy pebble)")
    return [str(path) for path in found]


@contextmanager
def running(*command: object, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [str(part) for part in command], env={"PATH": "/usr/bin:/bin", **environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=end_with_parent(os.getpid()),
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


class Proxy:
    def __init__(self, folder: Path, **given: str) -> None:
        self.plain, self.secure, self.folder = free_port(0), free_port(0), folder
        self.environment = {
            "HOME": str(folder), "XDG_DATA_HOME": str(folder), "BACKOFFICE_SITE": NAME, "BACKOFFICE_TLS": "internal",
            "BACKOFFICE_HTTP_PORT": str(self.plain), "BACKOFFICE_HTTPS_PORT": str(self.secure), "BACKOFFICE_WEB": "localhost",
        } | given  # fmt: skip

    def run(self, caddy: str):
        return running(
            caddy, "run", "--config", PROJECT / "deploy" / "Caddyfile", "--adapter", "caddyfile", **self.environment
        )

    def open(self, authority: str) -> http.client.HTTPSConnection:
        trusted = ssl.create_default_context(cadata=authority)
        link = http.client.HTTPSConnection(NAME, context=trusted, timeout=20)
        link.sock = trusted.wrap_socket(socket.create_connection(("127.0.0.1", self.secure), 5), server_hostname=NAME)
        return link

    def own_authority(self) -> str:
        path = self.folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        assert until(path.exists, 30)
        return path.read_text()

    def trusted_by(self, authority: str) -> bool:
        try:
            self.open(authority).close()
        except OSError:
            return False
        return True


@contextmanager
def upstream() -> Iterator[tuple[int, list[dict[str, str]]]]:
    """Stands in for web; (port, the headers of each request)."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(dict(self.headers))
            left = int(self.headers.get("Content-Length", 0))
            while left > 0 and (piece := self.rfile.read(min(left, 65536))):
                left -= len(piece)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *_args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, seen
    server.shutdown()
    server.server_close()


def test_what_a_stranger_says_of_himself_is_dropped_and_uploads_are_bounded(tmp_path):
    [caddy] = installed("caddy")
    with upstream() as (port, seen):
        proxy = Proxy(tmp_path, BACKOFFICE_WEB_PORT=str(port), BACKOFFICE_MOST_UPLOADED="1MB")
        with proxy.run(caddy):
            authority = proxy.own_authority()
            assert until(lambda: proxy.trusted_by(authority), 30)

            def ask(method: str, path: str, body: bytes = b"", **headers: str) -> int:
                link = proxy.open(authority)
                link.request(method, path, body, headers)
                status = link.getresponse().status
                link.close()
                return status

            told = {
                "X-Forwarded-For": "8.8.8.8, 10.0.0.1",
                "X-Forwarded-Proto": "http",
                "X-Forwarded-Host": "evil.example",
            }
            assert ask("GET", "/admin/", **told) == 200
            [got] = seen
            assert (got["X-Forwarded-For"], got["X-Forwarded-Proto"]) == ("127.0.0.1", "https")
            assert (got["X-Forwarded-Host"], got["Host"]) == (NAME, NAME)
            assert ask("GET", "/metrics") == ask("GET", "/statusz") == 404 and len(seen) == 1
            assert ask("POST", "/up/", bytes(1_000_000)) == 200
            assert ask("POST", "/up/", bytes(1_100_000)) in (413, 502)  # Debian's Caddy 2.6 says 502
            link = http.client.HTTPConnection("127.0.0.1", proxy.plain, timeout=20)
            link.request("GET", "/admin/", headers={"Host": NAME})
            answer = link.getresponse()
            assert (answer.status, answer.headers["Location"]) == (308, f"https://{NAME}/admin/")


def test_a_mail_address_gets_a_certificate_by_acme(tmp_path):
    """Of Pebble, Let's Encrypt's own authority for tests, which looks at the challenge as that does."""
    caddy, pebble, names = installed("caddy", "pebble", "pebble-challtestsrv")
    certificates.ensure_authority(tmp_path)
    certificates.make_server(tmp_path, ["localhost"])
    proxy, acme, keeper, dns = Proxy(tmp_path), free_port(0), free_port(0), free_port(0)
    proxy.environment |= {
        "BACKOFFICE_TLS": "it@backoffice.example", "BACKOFFICE_ACME": f"https://localhost:{acme}/dir",
        "SSL_CERT_FILE": str(tmp_path / "ca.pem"), "BACKOFFICE_WEB_PORT": "9",
    }  # fmt: skip
    settings = {"pebble": {
        "listenAddress": f"127.0.0.1:{acme}", "managementListenAddress": f"127.0.0.1:{keeper}", "httpPort": proxy.plain,
        "tlsPort": proxy.secure, "certificate": str(tmp_path / certificates.CERT), "privateKey": str(tmp_path / certificates.KEY),
    }}  # fmt: skip
    (tmp_path / "pebble.json").write_text(json.dumps(settings))
    asked = running(
        names, "-dns01", f"127.0.0.1:{dns}", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-http01", "", "-https01", "",
        "-tlsalpn01", "", "-management", f"127.0.0.1:{free_port(0)}",
    )  # fmt: skip
    authority = running(
        pebble, "-config", tmp_path / "pebble.json", "-dnsserver", f"127.0.0.1:{dns}", PEBBLE_VA_NOSLEEP="1"
    )
    with asked, authority:
        assert until(lambda: _root(keeper, tmp_path) != "", 30)
        root = _root(keeper, tmp_path)
        with proxy.run(caddy):
            assert until(lambda: proxy.trusted_by(root), 60)

            link = proxy.open(root)
            link.request("GET", "/metrics")
            assert link.getresponse().status == 404
            link.close()


def _root(port: int, folder: Path) -> str:
    """The certificate of Pebble's authority, which it makes anew at each start; "" until it answers."""
    try:
        trusted = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        with urllib.request.urlopen(f"https://localhost:{port}/roots/0", context=trusted, timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return ""
