"""S8: every answer carries a policy that lets no inline script and no text run, in every mode of the house."""

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from tests.factories.staff import sign_in


def directives(policy: str) -> dict[str, list[str]]:
    return {name: rest for name, *rest in (part.split() for part in policy.split(";") if part.strip())}


@pytest.mark.parametrize("policy", ["CSP_STRICT", "CSP_ADMIN"])
def test_no_policy_lets_inline_or_foreign_scripts_run(policy):
    told = directives(getattr(settings, policy))
    scripts = told.get("script-src", told["default-src"])

    assert scripts == ["'self'"]
    assert told["object-src"] == ["'none'"] and told["base-uri"] == ["'none'"] and told["frame-ancestors"] == ["'none'"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/admin/login/", "/admin/", "/admin/security/", "/api/v1/nothing/", "/scan/", "/nothing/"]
)
def test_answers_carry_it_and_pages_have_no_inline_script(path):
    client = Client() if path == "/admin/login/" else sign_in("owner")
    answer = client.get(path, follow=True)

    assert "'unsafe-inline'" not in " ".join(directives(answer["Content-Security-Policy"]).get("script-src", []))
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["X-Frame-Options"] == "DENY"
    text = answer.content.decode()
    inline = [
        tag for tag in re.findall(r"<script\b[^>]*>", text) if "src=" not in tag and "application/json" not in tag
    ]
    assert inline == []
    assert re.findall(r"<[a-z][^>]* on(?:click|load|error|change|submit)=", text) == []


def test_the_themes_alpine_is_what_its_authors_published_and_is_served_in_its_place():
    """@alpinejs/csp 3.17.4, dist/cdn.min.js, below one line that says so."""
    found = Path(finders.find("unfold/js/alpine/alpine.js"))
    said, _newline, script = found.read_bytes().partition(b"\n")

    assert b"@alpinejs/csp" in said and b"3.17.4" in said and found.with_name("alpine-LICENSE.txt").exists()
    assert hashlib.sha256(script).hexdigest() == "0d18d7f8d7910e2e0212f0f056b12f50bebc3abb7d88d2f7c7cb4c336fe4519a"
