"""No operation of the API without a word about who may call it: one that names no permission or scope stops the start.

HasScope would refuse everybody there, which is safe and of no use: it is a mistake to be found before anybody calls.
"""

from collections.abc import Iterator
from typing import Any

from django.core.checks import Error, Tags, register
from django.urls import get_resolver

from backoffice.core.api.auth import HasScope

OPEN = ("head", "options")


@register(Tags.security)
def check_declared(app_configs: Any = None, **kwargs: Any) -> list[Error]:
    return [
        Error(f"{method} {route} names no permission or no scope.", hint="Add it to `access`.", id="backoffice.E043")
        for route, view in _views(get_resolver().url_patterns, "")
        for method in _undeclared(view)
    ]


def _views(patterns: Any, before: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _views(pattern.url_patterns, route)
        elif HasScope in getattr(getattr(pattern.callback, "cls", None), "permission_classes", ()):
            yield route, pattern.callback


def _undeclared(callback: Any) -> list[str]:
    view, found = callback.cls(), []
    actions = getattr(callback, "actions", None) or {name: name for name in view.http_method_names}
    for method, action in actions.items():
        if method in OPEN or method not in view.http_method_names or not hasattr(view, action):
            continue
        view.action = action
        permissions, scopes = (getattr(view, name, {}) for name in ("required_permissions", "required_scopes"))
        if method.upper() not in permissions or method.upper() not in scopes:
            found.append(method.upper())
    return found
