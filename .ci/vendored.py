"""What others wrote and stands in this repository, by .ci/vendored.toml: is it all there, as its authors wrote it?

`python .ci/vendored.py sbom.json` adds it to a bill of materials in CycloneDX's form.
"""

import hashlib
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
# A script or sheet with a line of a thousand letters was written by a program, not by us; no font is ours.
LONG_LINE = 1000
MINIFIED = {".js", ".mjs", ".css"}
BINARY = {".ttf", ".otf", ".woff", ".woff2", ".wasm", ".jar", ".so", ".dll"}
ECOSYSTEMS = {"npm": "npm", "deb": "Debian"}  # as OSV calls them, by the purl's type


def parts() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((ROOT / ".ci" / "vendored.toml").read_text())["part"]
    return found


def changed(root: Path, given: list[dict[str, Any]]) -> Iterator[str]:
    """Entries that are not true of the files under root."""
    for part in given:
        for name in [part["notice"], *part["files"]]:
            if not (root / name).is_file():
                yield f"{name} of {part['name']} is not there"
        for name, digest in part["files"].items():
            if (root / name).is_file() and _digest(root / name) != digest:
                yield f"{name} is not {part['name']} {part['version']} as .ci/vendored.toml has it"
        if "changed" not in part and part["published"] not in part["files"].values():
            yield f"{part['name']} differs from what was published, and nothing says how"


def strangers(root: Path, names: list[str], given: list[dict[str, Any]]) -> Iterator[str]:
    """Files that look like somebody else's and have no entry."""
    known = {name for part in given for name in part["files"]}
    for name in names:
        if name not in known and _looks_foreign(root / name):
            yield f"{name} has no entry in .ci/vendored.toml"


def _looks_foreign(path: Path) -> bool:
    if path.suffix in MINIFIED:
        return ".min." in path.name or any(len(line) >= LONG_LINE for line in path.read_bytes().splitlines())
    return path.suffix in BINARY


def shipped() -> list[str]:
    """The names of all files of the repository but those of tests."""
    command = ["git", "ls-files", "--", ".", ":!tests"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in told if (ROOT / name).is_file()]


def questions() -> list[dict[str, Any]]:
    """What OSV is asked of each part."""
    found = []
    for part in parts():
        kind, _slash, rest = part["purl"].removeprefix("pkg:").partition("/")
        name = unquote(rest.rpartition("@")[0].removeprefix("debian/"))
        found.append({"package": {"name": name, "ecosystem": ECOSYSTEMS[kind]}, "version": part["version"]})
    return found


def components() -> list[dict[str, Any]]:
    """The parts in CycloneDX's words: each with its licence, where it is from, and its files with their digests."""
    return [
        {
            "type": "library",
            "bom-ref": part["purl"],
            "name": part["name"],
            "version": part["version"],
            "purl": part["purl"],
            "licenses": [{"expression": part["licence"]}],
            "externalReferences": [
                {"type": "distribution", "url": part["source"]}
                | ({"hashes": [_sha256(part["published"])]} if "published" in part else {})
            ],
            "properties": [{"name": "backoffice:changed", "value": part["changed"]}] if "changed" in part else [],
            "components": [
                {"type": "file", "bom-ref": name, "name": name, "hashes": [_sha256(digest)]}
                for name, digest in part["files"].items()
            ],
        }
        for part in parts()
    ]


def _sha256(digest: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": digest}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    bill = Path(sys.argv[1])
    whole = json.loads(bill.read_text())
    whole["components"] += components()
    bill.write_text(json.dumps(whole, indent=2) + "\n")
