"""Every operation of the API is seen to succeed: a whole run in which one did not fails and names it.

Each process notes which operations succeeded on its seeded data; at the end they are added up. A run of a part of the tests
says nothing, unless ANSWERED=1 asks for what it left out.
"""

import os
from typing import Any

import pytest

seen: set[str] = set()
from_workers: set[str] = set()


def _note(view: Any, response: Any) -> None:
    method = (view.request.method or "").lower()
    if 200 <= response.status_code < 300:
        seen.add(_name(type(view), getattr(view, "action", None) or method))


def _name(view: type, action: str) -> str:
    return f"{view.__module__}.{view.__qualname__}.{action}"


def operations() -> dict[str, str]:
    """All that the published description has: method and path, by the view's name of it."""
    from drf_spectacular.generators import SchemaGenerator

    generator = SchemaGenerator()
    generator._initialise_endpoints()
    return {
        _name(callback.cls, getattr(callback, "actions", {}).get(method.lower(), method.lower())): f"{method} {path}"
        for path, _regex, method, callback in generator.endpoints
    }


def pytest_configure(config: pytest.Config) -> None:
    from rest_framework.views import APIView

    plain = APIView.finalize_response

    def finalize_response(self: Any, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = plain(self, request, response, *args, **kwargs)
        _note(self, answer)
        return answer

    APIView.finalize_response = finalize_response  # type: ignore[method-assign]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    from_workers.update(getattr(node, "workeroutput", {}).get("answered", ()))


def _is_whole(config: pytest.Config) -> bool:
    option = config.option
    return config.args == config.getini("testpaths") and not (option.keyword or option.markexpr or option.collectonly)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config: Any = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["answered"] = sorted(seen)
        return
    if not (os.environ.get("ANSWERED") == "1" or (_is_whole(config) and exitstatus == 0)):
        return
    config.left_out = sorted(path for name, path in operations().items() if name not in seen | from_workers)
    if config.left_out and exitstatus == 0 and _is_whole(config):
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter: Any, config: Any) -> None:
    if left := getattr(config, "left_out", None):
        terminalreporter.section("operations of the API that no test saw succeed")
        for name in left:
            terminalreporter.write_line(name)
