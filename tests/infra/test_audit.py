"""S14: what comes from others has an allowed licence, and a known weakness of it stops the check."""

import importlib.util
import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / ".ci" / "audit.py"
OWN_UV = ROOT / ".tools" / "bin" / "uv"
UV = str(OWN_UV) if OWN_UV.exists() else "uv"


@pytest.fixture(scope="module")
def audit():
    spec = importlib.util.spec_from_file_location("audit", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def weaknesses(*names: str):
    """A service in the form of OSV that knows one weakness of each of these; its address."""

    class Service(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            known = [query["package"]["name"] in names for query in asked]
            self._say({"results": [{"vulns": [{"id": "PLANTED-1", "modified": NOON}]} if yes else {} for yes in known]})

        def do_GET(self):
            self._say({"id": "PLANTED-1", "modified": NOON, "published": NOON, "summary": "lets anybody in"})

        def _say(self, body):
            content = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_words):
            """Tests have enough to say."""

    server = HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


NOON = "2026-03-10T12:00:00Z"


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    given = os.environ | {"UV": UV, "npm_config_registry": "http://127.0.0.1:9/"} | environment
    return subprocess.run([sys.executable, str(SCRIPT)], env=given, capture_output=True, text=True, timeout=120)


def test_every_locked_package_has_a_licence_that_is_allowed(audit):
    names = audit.python_packages()

    assert len(names) > 100 and list(audit.refused_licences(names)) == []
    assert list(audit.refused_npm_licences()) == []


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("(MIT AND BSD-3-Clause)", True),
        ("LGPL-3.0-only", True),
        ("GPL-3.0-or-later", False),
        ("MIT AND AGPL-3.0-only", False),
        ("GNU General Public License v3 (GPLv3)", False),
        ("GNU Affero General Public License v3", False),
        ("Proprietary", False),
        ("", False),
    ],
)
def test_which_licences_are_allowed(audit, licence, allowed):
    assert audit.is_allowed(licence) is allowed


def test_the_bill_of_materials_names_what_is_shipped_with_its_version():
    command = ["make", "-s", "sbom", f"UV={UV}"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    told = json.loads((ROOT / "sbom.json").read_text())

    named = {part["name"]: part["version"] for part in told["components"]}
    assert told["bomFormat"] == "CycloneDX" and {"django", "psycopg", "cryptography"} <= set(named)
    assert named["django"].startswith("5.2.") and "pytest" not in named


def test_a_known_weakness_fails_and_is_named():
    with weaknesses("django") as address:
        done = run(AUDIT_SERVICE=address)
    with weaknesses() as address:
        clean = run(AUDIT_SERVICE=address)

    assert done.returncode == 1 and "WEAK  django 5." in done.stdout and "lets anybody in" in done.stdout
    assert clean.returncode == 0 and "weaknesses, Python: none known" in clean.stdout, clean.stdout + clean.stderr


def test_a_service_that_nobody_reaches_is_said_and_fails_where_strict():
    away = "http://127.0.0.1:9/"
    lax, strict = run(AUDIT_SERVICE=away), run(AUDIT_SERVICE=away, AUDIT_STRICT="1")

    assert lax.returncode == 0 and lax.stdout.count("NOT ASKED") == 2, lax.stdout + lax.stderr
    assert strict.returncode == 1
