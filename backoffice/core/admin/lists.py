"""Lists that people make their own: views with bounded counts, columns, saved filters, export at any size."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.filters import RelatedFieldListFilter
from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.admin.views.main import IGNORED_PARAMS, PAGE_VAR, SEARCH_VAR
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.translation import gettext
from unfold.views import ChangeList

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.errors import InvalidInput
from backoffice.core.export import table_response
from backoffice.core.models import SavedView
from backoffice.core.saved_views import MAX_SAVED, check_room
from backoffice.core.scopes import condition_of, limits_of

VIEW, COLUMNS, SAVED, EXPORT = "view", "cols", "saved", "export"
OURS = (VIEW, COLUMNS, SAVED, EXPORT)
COUNT_CAP = 1_000


@dataclass(frozen=True, slots=True)
class ListView:
    """A question that a list answers under a tab. narrow: of any of its rows; ordering: () for the list's own;
    few: a SELECT of at most so many of the rows, with its parameters, for the count; its column `cut` says that
    there may be more.
    """

    name: str
    title: str | Promise
    narrow: Callable[[QuerySet[Any]], QuerySet[Any]] | None = None  # none: all rows, which are never counted
    ordering: tuple[str, ...] = ()
    few: Callable[[int], tuple[str, Any]] | None = None


class OwnChangeList(ChangeList):
    """Django's list, narrowed by its view; our own parameters are no look-ups."""

    root_queryset: QuerySet[Any]

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        found = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in OURS}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        whole = self.root_queryset
        view = view_of(self.model_admin, request)
        if view is not None and view.narrow is not None:
            self.root_queryset = view.narrow(whole)
        try:
            return super().get_queryset(request, exclude_parameters)
        finally:
            self.root_queryset = whole


def own_filter(declared: Any) -> Any:
    """The declared filter; one that lists related rows lists those that the person may work with."""
    if isinstance(declared, tuple) and issubclass(declared[1], RelatedFieldListFilter):
        return (declared[0], _own_related(declared[1]))
    return declared


@cache
def _own_related(kind: type) -> type:
    return type(kind.__name__, (_OwnRelated, kind), {})


class _OwnRelated:
    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        limits = limits_of(request.user)
        if not limits:
            return super().field_choices(field, request, model_admin)  # type: ignore[misc]
        ordering = self.field_admin_ordering(field, request, model_admin)  # type: ignore[attr-defined]
        mine = condition_of(field.remote_field.model, limits)
        return field.get_choices(include_blank=False, ordering=ordering, limit_choices_to=mine)


def view_of(model_admin: Any, request: HttpRequest) -> ListView | None:
    wanted = _wanted(model_admin, request)
    return next((view for view in model_admin.list_views if view.name == wanted), None)


def _wanted(model_admin: Any, request: HttpRequest) -> str:
    """The view that the address names, else the one that the list begins with; empty for all rows."""
    return str(request.GET.get(VIEW, "") or model_admin.first_view)


def columns_of(model_admin: Any, request: HttpRequest, usual: Sequence[str]) -> list[str]:
    """The columns asked for, in the list's order; its usual ones without a valid choice. The first always shows."""
    wanted = request.GET.get(COLUMNS, "")[:1000].split(",")
    possible = [*usual, *(name for name in model_admin.more_columns if name not in usual)]
    chosen = [name for name in possible if name in wanted]
    if not chosen:
        return list(usual)
    return chosen if possible[0] in chosen else [possible[0], *chosen]


def list_context(model_admin: Any, request: HttpRequest) -> dict[str, Any]:
    """What the bar above a list shows; the counts of its views follow (view_counts). Statements: 1."""
    given = request.GET
    kept = [(name, value) for name in given for value in given.getlist(name) if name not in (*OURS, *IGNORED_PARAMS)]
    usual, begin = model_admin.list_display, model_admin.begin
    shown = columns_of(model_admin, request, usual)
    saved = SavedView.objects.filter(list_label=model_admin.opts.label_lower).select_related("owner").order_by("name")
    mine = [view for view in saved[: MAX_SAVED * 20] if view.shared or view.owner_id == request.user.pk]
    here = _stored_query(given)
    return {
        **_tabs(model_admin, request),
        "saved_views": [
            (view, f"?{view.query}{'&' if view.query else ''}{urlencode({SAVED: view.pk})}") for view in mine
        ],
        "may_forget": [str(view.pk) for view in mine if view.owner_id == request.user.pk],
        "begin": begin and request.user.has_perm(begin[0]) and {"url": reverse(begin[1]), "text": begin[2]},
        "query_now": here,
        "columns": [
            (name, _heading(model_admin, name), name in shown) for name in (*usual, *_more(model_admin, usual))
        ],
        "kept": [*kept, *([(VIEW, given[VIEW])] if VIEW in given else [])],
        "exports": [(kind, f"?{here}{'&' if here else ''}{urlencode({EXPORT: kind})}") for kind in ("csv", "xlsx")],
        "key_actions": model_admin.key_actions,
    }


def _tabs(model_admin: Any, request: HttpRequest, counts: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The views as tabs. counts: by view; None while they are still to be asked for."""
    return {
        "tabs": [
            (
                view,
                f"?{urlencode({VIEW: view.name})}" if view.narrow or model_admin.first_view else "?",
                (counts or {}).get(view.name, ""),
            )
            for view in model_admin.list_views
        ],
        "tab": _wanted(model_admin, request) or next((v.name for v in model_admin.list_views if not v.narrow), ""),
        "saved_now": request.GET.get(SAVED, ""),
        "to_count": counts is None and any(view.few for view in model_admin.list_views),
    }


def view_counts(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """The tabs with their counts, which the page asks for when it stands: nobody waits for them to see a row.
    Statements: 1 for each view with a count."""
    if not model_admin.has_view_or_change_permission(request):
        raise PermissionDenied
    narrowed = condition_of(model_admin.model, limits_of(request.user))  # the counts are of the whole table
    context = _tabs(model_admin, request, {} if narrowed else _counts(model_admin)) | {"opts": model_admin.opts}
    return render(request, "backoffice/list_tabs.html", context)


def _more(model_admin: Any, usual: Sequence[str]) -> list[str]:
    return [name for name in model_admin.more_columns if name not in usual]


def _heading(model_admin: Any, name: str) -> str:
    return str(label_for_field(name, model_admin.model, model_admin)).capitalize()


def _stored_query(given: QueryDict) -> str:
    """The list's address without its page, its saved name and its export."""
    kept = given.copy()
    for name in (SAVED, EXPORT, PAGE_VAR, *IGNORED_PARAMS):
        kept.pop(name, None)
    return kept.urlencode()


def _counts(model_admin: Any) -> dict[str, str]:
    """How many rows each view has, none counted beyond the cap. Statements: 1 for each."""
    counts = {}
    with connection.cursor() as cursor:
        for view in model_admin.list_views:
            if view.few is not None:
                sql, params = view.few(COUNT_CAP + 1)
                cursor.execute(f"SELECT count(*), coalesce(bool_or(cut), false) FROM ({sql}) AS few", params)
                count, cut = cursor.fetchone()
                counts[view.name] = f"{min(count, COUNT_CAP):,}{'+' if cut or count > COUNT_CAP else ''}"
    return counts


def save_view(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """Keep the list as it stands under a name; a name that the person has already is written over."""
    if not model_admin.has_view_or_change_permission(request) or request.method != "POST":
        raise PermissionDenied
    back = reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_changelist")
    name = request.POST.get("name", "").strip()[:60]
    query = _stored_query(QueryDict(request.POST.get("query", "")[:2000]))
    mine = SavedView.objects.filter(list_label=model_admin.opts.label_lower, owner_id=request.user.pk)
    if not name or "\x00" in name or len(query) > 2000:
        messages.error(request, gettext("Give the view a name."))
        return HttpResponseRedirect(f"{back}?{query}")
    try:
        if not mine.filter(name=name).exists():
            check_room(model_admin.opts.label_lower, request.user)
    except InvalidInput as refusal:
        messages.error(request, refusal.detail)
        return HttpResponseRedirect(f"{back}?{query}")
    view, _made = SavedView.objects.update_or_create(
        list_label=model_admin.opts.label_lower,
        owner_id=request.user.pk,
        name=name,
        defaults={"query": query, "shared": request.POST.get("shared") == "1"},
    )
    messages.success(request, gettext("The view “%(name)s” is kept.") % {"name": name})
    return HttpResponseRedirect(f"{back}?{query}{'&' if query else ''}{urlencode({SAVED: view.pk})}")


def forget_view(model_admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a view of one's own."""
    if not model_admin.has_view_or_change_permission(request) or request.method != "POST":
        raise PermissionDenied
    view = get_object_or_404(SavedView, pk=pk, owner_id=request.user.pk, list_label=model_admin.opts.label_lower)
    view.delete()
    messages.success(request, gettext("The view “%(name)s” is deleted.") % {"name": view.name})
    return HttpResponseRedirect(reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_changelist"))


def export_list(model_admin: Any, request: HttpRequest, kind: str) -> Any:
    """The whole list as filtered, with its columns, as CSV or XLSX; read by a cursor, so its size does not matter."""
    if not model_admin.has_view_or_change_permission(request):
        raise PermissionDenied
    changelist = model_admin.get_changelist_instance(request)
    label = model_admin.opts.label_lower
    told = request.GET.copy()
    if told.get(SEARCH_VAR):
        told[SEARCH_VAR] = "…"  # a buyer's e-mail, say: the trail keeps no personal data
    record(
        [Change(label, 0, "exported", new=kind[:4], reason=_stored_query(told)[:300])],
        actor=Actor.of_request(request),
    )
    columns = export_columns(model_admin, columns_of(model_admin, request, model_admin.list_display))
    return table_response(
        kind,
        label.replace(".", "-"),
        [heading for heading, _value in columns],
        table_rows(changelist.queryset, columns),
    )


Column = tuple[str, Callable[[Any], Any]]


def export_columns(model_admin: Any, names: Sequence[str]) -> list[Column]:
    """(heading, value of a row) for each column; one that shows money or a link names its plain values itself."""
    columns: list[Column] = []
    plain: Mapping[str, Sequence[tuple[Any, Callable[[Any], Any]]]] = model_admin.plain_columns
    for name in names:
        if name in plain:
            columns += [(str(heading), value) for heading, value in plain[name]]
        else:
            columns.append((_heading(model_admin, name), _reader(model_admin, name)))
    return columns


def _reader(model_admin: Any, name: str) -> Callable[[Any], Any]:
    def read(row: Any) -> Any:
        try:
            field, _attribute, value = lookup_field(name, row, model_admin)
        except FieldDoesNotExist:
            return ""
        if field is not None and getattr(field, "choices", None):
            return getattr(row, f"get_{name}_display")()
        if isinstance(value, tuple | list):  # a coloured label: (code, text)
            value = value[-1] if value else ""
        return strip_tags(value) if isinstance(value, str) else value if _plain(value) else str(value)

    return read


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, int | Decimal | date)


def table_rows(rows: QuerySet[Any], columns: Sequence[Column]) -> Iterator[list[Any]]:
    """The values, read in portions from a server-side cursor."""
    for row in rows.iterator(chunk_size=2000):
        yield [value(row) for _heading, value in columns]
