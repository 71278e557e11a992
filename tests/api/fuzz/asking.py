"""Every operation of the API, asked with what its description allows and with what it forbids (Schemathesis).

All of the library's checks but one (the key is asked for below, by operations of our own), on seeded data, each request
undone. API_EXAMPLES: how many requests to each operation; few in the suite, 30 in `make fuzz`, 100 in `make soak`. Much of the time goes into
making strategies, once for each operation, so that parts run side by side (test_first.py, test_second.py).
"""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, Verbosity, assume, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from backoffice.wsgi import application
from tests.pages.conftest import World

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = int(os.environ.get("API_EXAMPLES", "4"))
PARTS = 12
# What follows a description may still name a SKU that is not there: such input is refused by field (400), a changed
# row by 412, another body under a key by 422.
ACCEPTED = ["2xx", 400, 401, 403, 404, 409, 412, 422]
CONFIG = SchemathesisConfig.from_dict(
    {"checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}, "ignored_auth": {"enabled": False}}}
)


class _Undo(Exception):
    """Ends a request's transaction."""


@cache
def description() -> dict[str, Any]:
    return json.loads(json.dumps(SchemaGenerator().get_schema(public=True), default=str))


def all_scopes() -> list[str]:
    """Every scope that a view names."""
    found: set[str] = set()
    for app in ("backoffice", "accounting", "inventory", "orders", "warehouse", "integrations"):
        for path in (ROOT / app).rglob("*.py"):
            found |= set(re.findall(r'"([a-z-]+:[a-z_]+)"', path.read_text()))
    return sorted(found)


@pytest.fixture
def secret(db):
    """A key that may do everything in the seeded company. Requests share the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    world = World()
    user = User.objects.create_superuser("robot", password="x")
    yield make_api_key(
        name="all", user=user, scopes=all_scopes(), company_id=world.house.id, requests_per_minute=10**9
    )[1]
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@cache
def operations() -> list[Any]:
    """All operations of the description; made once for a process."""
    schema = schemathesis.openapi.from_dict(description(), config=CONFIG)
    schema.app = application
    return [found.ok() for found in schema.get_all_operations()]


def broken_in(part: int, secret: str) -> list[str]:
    """What the operations of a part do that their description does not say."""
    return [failure for operation in operations()[part::PARTS] for failure in broken(operation, secret)]


def asker(mode: GenerationMode, secret: str) -> Any:
    """A function that sends one request, looks at its answer and undoes it."""

    def ask(case: Any) -> None:
        if mode == GenerationMode.NEGATIVE:  # a parameter left blank is left out
            assume("" not in (case.query or {}).values() and None not in (case.query or {}).values())
        try:
            with transaction.atomic():
                case.validate_response(case.call(headers={"Authorization": f"Api-Key {secret}"}))
                raise _Undo
        except _Undo:
            return

    return ask


def broken(operation: Any, secret: str) -> list[str]:
    """What one operation does that its description does not say."""
    failures = []
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        strategy = operation.as_strategy(generation_mode=mode)
        usual = settings(
            max_examples=max(EXAMPLES // 2, 1),
            deadline=None,
            database=None,
            derandomize=True,
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        try:
            usual(given(case=strategy)(asker(mode, secret)))()
        except Unsatisfiable:  # nothing that could be wrong
            continue
        except (Exception, BaseExceptionGroup) as error:
            parts = getattr(error, "exceptions", [error])
            failures += [f"{operation.label} {mode.name}: {' '.join(str(one).split())[:400]}" for one in parts]
    return failures
