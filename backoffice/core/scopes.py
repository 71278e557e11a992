"""Rights by warehouse, channel and company: the one place that says which rows a person may work with.

A person's or role's AccessLimit rows name what they may work with; without any of a kind: all. Each model says how it
leads there (registry.Scope), and every edge takes its rows through `visible`: the lists, forms, choices and exports of
the pages (HouseAdmin), the API (own_rows), the search, the jobs and files made of them. What is another's is not
found, as if it did not exist. docs/adr/0028.

    orders = visible(Order.objects.all(), request.user)
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import reduce
from operator import and_, or_
from typing import Any

from django.apps import apps
from django.core.checks import Error, Tags, register
from django.db.models import Exists, Model, OuterRef, Q

from backoffice.core.models import AccessKind, AccessLimit
from backoffice.core.registry import Scope, registry

Limits = Mapping[str, frozenset[int]]
OURS = ("core", "accounting", "inventory", "orders", "warehouse", "integrations")
_asking: ContextVar[Any] = ContextVar("asking", default=None)
ROOTS = {"warehouse": "inventory.warehouse", "channel": "orders.channel"}


def limits_of(user: Any) -> Limits:
    """What the person is limited to, by kind; a kind that is not named is not limited.

    Statements: 1, once for each user object, that is for each request.
    """
    if not getattr(user, "pk", None):
        return {}
    known: Limits | None = getattr(user, "_access_limits", None)
    if known is None:
        known = user._access_limits = _read(user.pk)
    return known


def _read(user_id: int) -> Limits:
    rows = AccessLimit.objects.filter(Q(user_id=user_id) | Q(group__user=user_id))
    found = list(rows.values_list("user_id", "kind", "object_id"))
    own = {kind for user, kind, _object in found if user is not None}
    kinds: dict[str, set[int]] = {}
    for user, kind, object_id in found:
        if user is not None or kind not in own:
            kinds.setdefault(kind, set()).add(object_id)
    return {kind: frozenset(ids) for kind, ids in kinds.items()}


def visible(rows: Any, user: Any) -> Any:
    """Those of the rows that the person may work with."""
    limits = limits_of(user)
    if not limits:
        return rows
    condition = condition_of(rows.model, limits)
    return rows.filter(condition) if condition else rows


@contextmanager
def asked_by(user: Any) -> Iterator[None]:
    """Within the block `offered` offers what this person may work with: for forms, which know no request."""
    token = _asking.set(user)
    try:
        yield
    finally:
        _asking.reset(token)


def offered(rows: Any) -> Any:
    """Those of the rows that may be offered to whoever asks; outside a page's request all of them."""
    user = _asking.get()
    return rows if user is None else visible(rows, user)


def asking_limits() -> Limits:
    """The limits of whoever asks; outside a page's request none. Statements: as of limits_of."""
    return limits_of(_asking.get())


def may_work_with(user: Any, kind: AccessKind, object_id: int | None) -> bool:
    """Whether the person may work with this warehouse (channel, company); with none: yes."""
    allowed = limits_of(user).get(kind)
    return object_id is None or allowed is None or object_id in allowed


def is_visible(model: type[Model], pk: Any, user: Any) -> bool:
    """Whether a row is one that the person may work with; True for one that does not exist (its page says so)."""
    limits = limits_of(user)
    condition = condition_of(model, limits) if limits else Q()
    if not condition:
        return True
    try:
        there = model._base_manager.filter(pk=pk)
        return not there.exists() or there.filter(condition).exists()
    except (TypeError, ValueError):
        return True


def condition_of(model: type[Model], limits: Limits) -> Q:
    """What a model's row has to meet; empty where nothing limits it."""
    if {"object_type", "object_id"} <= {field.name for field in model._meta.concrete_fields}:
        return _of_what_it_is_about(limits)
    scope = registry.scopes().get(model._meta.label_lower) or Scope(model._meta.label)
    parts = [_leads_to(paths, limits[kind]) for kind in limits if (paths := _paths(model, scope, kind))]
    if scope.many and AccessKind.WAREHOUSE in limits:
        parts.append(_pointed_at(scope, limits[AccessKind.WAREHOUSE]))
    parts += [part for field in scope.via if (part := _through(model, field, limits))]
    parts += [_of_source("source", *source, limits) for source in scope.sources]
    return reduce(and_, parts, Q())


def _paths(model: type[Model], scope: Scope, kind: str) -> tuple[str, ...]:
    """A row with a company of its own is that company's, without being told."""
    told: tuple[str, ...] = getattr(scope, kind)
    own = kind == AccessKind.COMPANY and any(field.attname == "company_id" for field in model._meta.concrete_fields)
    return told or (("company_id",) if own else ())


def _leads_to(paths: Iterable[str], ids: frozenset[int]) -> Q:
    inside = reduce(or_, (Q(**{f"{path}__in": sorted(ids)}) for path in paths))
    nowhere = reduce(and_, (Q(**{f"{path}__isnull": True}) for path in paths))
    return inside | nowhere


def _pointed_at(scope: Scope, ids: frozenset[int]) -> Q:
    """One of the rows that point here leads to what is allowed, or there is none yet."""
    inside, none = Q(), Q()
    for label, field, path in scope.many:
        rows = apps.get_model(label)._base_manager.filter(**{field: OuterRef("pk")})
        inside |= Q(Exists(rows.filter(**{f"{path}__in": sorted(ids)})))
        none &= ~Q(Exists(rows))
    return inside | none


def _through(model: type[Model], field: str, limits: Limits) -> Q:
    parent: Any = model._meta.get_field(field).related_model
    condition = condition_of(parent, limits)
    if not condition:
        return Q()
    return Q(**{f"{field}__in": parent._base_manager.filter(condition)}) | Q(**{f"{field}__isnull": True})


def _of_source(name: str, source_type: str, label: str, limits: Limits) -> Q:
    model: Any = apps.get_model(label)
    condition = condition_of(model, limits)
    if not condition:
        return Q()
    seen = model._base_manager.filter(condition).values("pk")
    return ~Q(**{f"{name}_type": source_type}) | Q(**{f"{name}_id__in": seen})


def _of_what_it_is_about(limits: Limits) -> Q:
    """The trail of a row, its papers and alarms are seen by who sees the row."""
    models = [apps.get_model(scope.model) for scope in registry.scopes().values() if not scope.free]
    parts = [_of_source("object", model._meta.label_lower, model._meta.label, limits) for model in models]
    return reduce(and_, (part for part in parts if part), Q())


@register(Tags.models)
def check_scopes(app_configs: Any = None, **kwargs: Any) -> list[Error]:
    """Every model that foreign keys lead from to a warehouse or a channel says how it is limited, or why it is not."""
    errors, declared = [], registry.scopes()
    for model in apps.get_models():
        label = model._meta.label_lower
        if model._meta.app_label not in OURS or label in declared:
            continue
        if kind := next((kind for kind in ROOTS if leads(model, ROOTS[kind])), None):
            message = f"{model._meta.label} leads to a {kind} and no Scope says how its rows are limited, or why not."
            errors.append(Error(message, hint="Add a line to the app's scopes.py.", obj=model, id="backoffice.E041"))
    known = {model._meta.label_lower for model in apps.get_models()}
    for label in declared.keys() - known:
        errors.append(Error(f"Scope of {label}: there is no such model.", id="backoffice.E042"))
    return errors


def leads(model: type[Model], target: str, depth: int = 3) -> bool:
    """Whether foreign keys lead from the model to the target within so many steps."""
    if model._meta.label_lower == target:
        return True
    return depth > 0 and any(
        leads(field.related_model, target, depth - 1)
        for field in model._meta.concrete_fields
        if field.is_relation and isinstance(field.related_model, type) and field.related_model is not model
    )
