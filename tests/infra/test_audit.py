"""S14: what comes from others has an allowed licence, and a known weakness of it stops the check."""

import hashlib
import importlib
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
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPT.parent))
        return importlib.import_module("audit")


@pytest.fixture(scope="module")
def vendored(audit):
    return audit.vendored


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


def test_the_bill_of_materials_names_the_files_of_others_with_version_licence_and_digests(vendored):
    told = {part["name"]: part for part in vendored.components()}

    assert {name: part["version"] for name, part in told.items()} == {
        "@alpinejs/csp": "3.17.4", "@zxing/library": "0.21.3", "fonts-noto-core": "20201225",
    }  # fmt: skip
    for part in told.values():
        assert part["licenses"][0]["expression"] and part["externalReferences"][0]["url"].startswith("https://")
        for file in part["components"]:
            content = (ROOT / file["name"]).read_bytes()
            assert file["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}]
    written = json.loads((ROOT / "sbom.json").read_text())["components"]
    assert [part["name"] for part in written if part in told.values()] == list(told)


def test_every_file_of_others_is_as_its_entry_says_and_none_has_no_entry(audit):
    assert list(audit.refused_vendored()) == []


def test_a_file_of_others_that_changes_or_comes_without_its_entry_is_named(vendored, tmp_path):
    [part] = [part for part in vendored.parts() if part["name"] == "@zxing/library"]
    [name] = part["files"]
    for kept in (name, part["notice"]):
        (tmp_path / kept).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / kept).write_bytes((ROOT / kept).read_bytes())
    assert list(vendored.changed(tmp_path, [part])) == []

    (tmp_path / name).write_bytes((ROOT / name).read_bytes().replace(b"ZXing", b"ZXinG", 1))
    new = {"new.js": "x = 1;" * 400, "new.min.css": "a{}", "face.woff2": "", "ours.js": "x = 1;\n" * 400}
    for file, text in new.items():
        (tmp_path / file).write_text(text)

    assert list(vendored.changed(tmp_path, [part])) == [
        f"{name} is not {part['name']} 0.21.3 as .ci/vendored.toml has it"
    ]
    assert list(vendored.changed(tmp_path, [part | {"published": "0"}]))[1:] == [
        "@zxing/library differs from what was published, and nothing says how"
    ]
    told = list(vendored.strangers(tmp_path, [*new, name], [part]))
    assert [line.split()[0] for line in told] == ["new.js", "new.min.css", "face.woff2"]
    (tmp_path / part["notice"]).unlink()
    assert f"{part['notice']} of @zxing/library is not there" in vendored.changed(tmp_path, [part])


def test_a_known_weakness_fails_and_is_named():
    with weaknesses("django") as address:
        done = run(AUDIT_SERVICE=address)
    with weaknesses("@zxing/library") as address:
        vendored = run(AUDIT_SERVICE=address)
    with weaknesses() as address:
        clean = run(AUDIT_SERVICE=address)

    assert done.returncode == 1 and "WEAK  django 5." in done.stdout and "lets anybody in" in done.stdout
    assert vendored.returncode == 1 and "WEAK  @zxing/library 0.21.3: PLANTED-1" in vendored.stdout
    assert clean.returncode == 0 and "weaknesses, Python: none known" in clean.stdout, clean.stdout + clean.stderr


def test_a_service_that_nobody_reaches_is_said_and_fails_where_strict():
    away = "http://127.0.0.1:9/"
    lax, strict = run(AUDIT_SERVICE=away), run(AUDIT_SERVICE=away, AUDIT_STRICT="1")

    assert lax.returncode == 0 and lax.stdout.count("NOT ASKED") == 3, lax.stdout + lax.stderr
    assert strict.returncode == 1
