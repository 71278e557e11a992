"""Who is let in where: each address × method is asked as nobody, as staff without a role and as each role.

An enrolled handheld on which nobody is signed in is asked as `handheld`, the API's calls by keys too (key_fares).

The program answers itself: a view is called with the request of somebody who has exactly one role's permissions. What
is no part of the decision is left out: the middleware, which asks the same of everybody, the drawing of pages, and the
rows (there are none, so that who is let in ends at "not found", at a form or at an empty page). What a view asks of a
person is noted, permission -> answer: a role that would answer all of it alike fares alike and is not asked again.
"""

import copy
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from celery import current_app
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.base import BaseStorage
from django.contrib.sessions.backends.cache import SessionStore
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.template.backends.django import Template
from django.test import RequestFactory
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from unfold.sites import UnfoldAdminSite

from backoffice.core.admin import step_up
from backoffice.core.api.auth import ApiKeyAuthentication, HasScope
from backoffice.core.signing_in import proving
from inventory.models import Warehouse
from warehouse.models import ScanDevice, ScanSession
from warehouse.scan.guard import COOKIE
from warehouse.services import scan

YES, NO, NOTHING, NO_METHOD = "yes", "no", "nothing", "-"
SIGN_IN = ("/admin/login/", "/scan/sign-in/", "/scan/sign-out/", "/scan/enrol/")


class _NoMessages(BaseStorage):
    def _get(self, *args: Any, **kwargs: Any) -> tuple[list[Any], bool]:
        return [], True

    def _store(self, *args: Any, **kwargs: Any) -> list[Any]:
        return []


@contextmanager
def nothing_drawn() -> Iterator[None]:
    """Pages are made and not drawn, so that the menu asks nothing either."""
    with ExitStack() as held:
        held.enter_context(patch.object(Template, "render", lambda *args, **kwargs: ""))
        held.enter_context(patch.object(UnfoldAdminSite, "each_context", lambda site, request: {}))
        held.enter_context(patch.object(SchemaGenerator, "get_schema", lambda *args, **kwargs: {}))
        held.enter_context(patch.object(ModelAdmin, "_get_obj_does_not_exist_redirect", _not_there))
        held.enter_context(patch.object(step_up, "proved_recently", lambda request: True))
        held.enter_context(patch.object(proving, "proved_recently", lambda request: True))
        held.enter_context(patch.object(current_app.control, "ping", lambda timeout: ()))
        held.enter_context(patch.object(scan, "device_of", lambda token: _device() if token else None))
        yield


def _not_there(*args: Any, **kwargs: Any) -> None:
    raise Http404


def _device() -> ScanDevice:
    warehouse = Warehouse.objects.select_related("company").get(is_transit=False)
    return ScanDevice(pk=0, warehouse=warehouse, company=warehouse.company)


@contextmanager
def every_row_there() -> Iterator[None]:
    """Whatever row is looked for is there, empty: for views that look for their row before they ask who it is."""
    plain_get, plain_first = QuerySet.get, QuerySet.first

    def get(rows: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return plain_get(rows, *args, **kwargs)
        except rows.model.DoesNotExist:
            if rows.query.is_empty():  # whoever asks sees none of them
                raise
            return rows.model(pk=0)

    def first(rows: Any) -> Any:
        found = plain_first(rows)
        return rows.model(pk=0) if found is None else found

    with patch.object(QuerySet, "get", get), patch.object(QuerySet, "first", first):
        yield


def fares(method: str, address: str, plain: Any, roles: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """What becomes of each role's request, by role; `nobody` is not signed in, `no_role` is staff without any."""
    told = _fares(method, address, plain, roles)
    if told["no_role"] != NOTHING:
        return told
    with every_row_there():
        return _fares(method, address, plain, roles, ask=_ask_of_an_empty_row)


def _fares(
    method: str, address: str, plain: Any, roles: Mapping[str, frozenset[str]], ask: Callable[..., str] | None = None
) -> dict[str, str]:
    ask = ask or _ask
    told, found = {"nobody": ask(method, address, AnonymousUser(), at_device=False)}, []
    told["handheld"] = ask(method, address, AnonymousUser())
    for role, held in {"no_role": frozenset[str](), **roles}.items():
        alike = (how for asked, how in found if all(_may(name, held) == answer for name, answer in asked.items()))
        told[role] = next(alike, "")
        if not told[role]:
            user = _holding(plain, held)
            told[role] = ask(method, address, user)
            found.append((user.asked, told[role]))
    return {role: YES if how == NOTHING and told["no_role"] == NO else how for role, how in told.items()}


def key_fares(method: str, address: str, keys: Mapping[str, Any]) -> dict[str, str]:
    """What becomes of each key's request, by its name; nothing: it is let in and sees no row, whatever there is."""
    told = {}
    for name, key in keys.items():
        with acting(key) as hidden:
            told[name] = _ask_of_an_empty_row(method, address, key.user)
            if told[name] == NOTHING:
                with every_row_there():
                    told[name] = _ask_of_an_empty_row(method, address, key.user)
        if told[name] == YES and hidden:
            told[name] = NOTHING
    return told


@contextmanager
def acting(key: Any) -> Iterator[list[str]]:
    """Within the block every call of the API is this key's; the models of which it is shown nothing at all."""
    plain, hidden = QuerySet.none, list[str]()

    def none(rows: Any) -> Any:
        if sys._getframe(1).f_code.co_name == "own_rows":
            hidden.append(rows.model.__name__)
        return plain(rows)

    bring = lambda how, request: (key.user, key)  # noqa: E731
    with patch.object(QuerySet, "none", none), patch.object(ApiKeyAuthentication, "authenticate", bring):
        yield hidden


def scope_of(method: str, address: str) -> str:
    """What a key needs for it beside its user's permission; empty where no key is asked."""
    callback = resolve(address).func
    view = callback.cls() if hasattr(callback, "cls") else None
    if view is None or HasScope not in getattr(view, "permission_classes", ()):
        return ""
    view.action = (getattr(callback, "actions", None) or {}).get(method.lower(), method.lower())
    return " ".join(getattr(view, "required_scopes", {}).get(method, ()))


def _ask_of_an_empty_row(method: str, address: str, user: Any, *, at_device: bool = True) -> str:
    """An empty row breaks much that comes after the decision, which is then: let in."""
    try:
        return _ask(method, address, user, at_device=at_device)
    except Exception:
        return YES


def _holding(plain: Any, held: frozenset[str]) -> Any:
    user = copy.copy(plain)
    user.asked = {}

    def has(question: str, obj: Any = None) -> bool:
        return user.asked.setdefault(question, _may(question, held))

    user.has_perm, user.has_module_perms = has, lambda app: has(f"{app}.*")
    user.has_perms = lambda names, obj=None: all(has(name) for name in names)
    user.get_all_permissions = lambda obj=None: {name for name in held if has(name)}
    return user


def _may(question: str, held: frozenset[str]) -> bool:
    if question.endswith(".*"):
        return any(name.startswith(question[:-1]) for name in held)
    return question in held


def _ask(method: str, address: str, user: Any, *, at_device: bool = True) -> str:
    """at_device: at an enrolled handheld, on which nobody but this user has signed in."""
    request: Any = getattr(RequestFactory(), method.lower())(address)
    if at_device:
        request.COOKIES[COOKIE] = "a device's"
    request.user, request.session, request._messages = user, SessionStore(), _NoMessages(request)
    request.htmx, request._dont_enforce_csrf_checks, request.request_id = False, True, ""
    request.resolver_match = match = resolve(request.path_info)
    session = ScanSession(user=user) if user.is_authenticated else None
    with transaction.atomic(), patch.object(scan, "live_session", lambda device: session):
        try:
            return _outcome(match.func(request, *match.args, **match.kwargs), at_the_door=address.startswith(SIGN_IN))
        except PermissionDenied:
            return NO
        except Http404:
            return NOTHING
        except SuspiciousOperation:
            return YES  # let in, and what was sent makes no sense
        finally:
            transaction.set_rollback(True)


def _outcome(answer: Any, *, at_the_door: bool) -> str:
    if answer.status_code == 302 and answer.url.startswith(SIGN_IN):
        return YES if at_the_door else NO
    return {401: NO, 403: NO, 404: NOTHING, 405: NO_METHOD}.get(answer.status_code, YES)
