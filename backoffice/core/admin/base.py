"""What every page of the admin shares: lists that never count a whole table, and rows that cannot be edited."""

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminTextInputWidget

from backoffice.core.actor import Actor
from backoffice.core.admin import lists
from backoffice.core.admin.readonly import shown_as
from backoffice.core.audit import Change, record
from backoffice.core.registry import BulkAction, registry
from backoffice.core.scopes import visible
from backoffice.core.show import STATUS_LABELS, in_words, kind_name, show_money, show_number, show_quantity, show_time

__all__ = [
    "STATUS_LABELS",
    "FactAdmin",
    "HouseAdmin",
    "HouseInline",
    "apart",
    "in_words",
    "kind_name",
    "show_money",
    "show_number",
    "show_quantity",
    "show_time",
]


PEOPLE = ("personaldata", "address", "party", "contact", "user")  # the trail knows them by id only


class ReasonForm(forms.ModelForm):
    """A form that asks why; the answer stands in the audit trail."""

    change_reason = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Kept with the change in the audit trail."),
    )


class PlainFields:
    """Numbers without idle zeros, in forms and where they are only looked at; codes in words."""

    model: Any

    @property
    def readonly_preprocess_fields(self) -> dict[str, Callable[[str], str]]:
        return shown_as(self.model)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if isinstance(field, forms.DecimalField):
            field.prepare_value = _without_idle_zeros  # type: ignore[method-assign]
        return field


class HouseInline(PlainFields, TabularInline):
    """Rows that belong to the form's, beneath it."""


class HouseAdmin(PlainFields, ModelAdmin):
    """Lists of 50 without counting, wide pages, and forms whose changes stand in the audit trail.

    private_fields: personal data, of which the trail names only the field, never the value ("*": all fields).
    """

    form: Any = ReasonForm
    change_form_after_template = "backoffice/form_trail.html"
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    paginator = InfinitePaginator
    list_fullwidth = True
    compressed_fields = True
    warn_unsaved_form = True
    private_fields: Collection[str] = ()
    change_list_template = "backoffice/change_list.html"
    list_before_template = "backoffice/list_bar.html"
    list_views: Sequence[lists.ListView] = ()
    begin: tuple[str, str, Any] | None = None  # a button above the list: the right to see it, its page's name, its text
    first_view = ""  # the name of the view that the list begins with; empty: all rows
    more_columns: Sequence[str] = ()  # shown when chosen
    plain_columns: Mapping[str, Any] = {}  # what an export writes for a column: (heading, value) pairs
    key_actions: Mapping[str, str] = {}  # the bulk action under a key of the list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type:
        return lists.OwnChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What the person may work with: for the list, its exports and actions, pages, and the choices of others."""
        rows: QuerySet[Any] = visible(super().get_queryset(request), request.user)
        return rows

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return self._own_choices(super().formfield_for_foreignkey(db_field, request, **kwargs), request)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return self._own_choices(super().formfield_for_manytomany(db_field, request, **kwargs), request)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Filters by a warehouse, a channel or what leads to one offer only the person's own."""
        return [lists.own_filter(each) for each in super().get_list_filter(request)]

    @staticmethod
    def _own_choices(field: Any, request: HttpRequest) -> Any:
        if getattr(field, "queryset", None) is not None:
            field.queryset = visible(field.queryset, request.user)
        return field

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return lists.columns_of(self, request, super().get_list_display(request))

    def get_ordering(self, request: HttpRequest) -> Any:
        view = lists.view_of(self, request)
        return view.ordering if view and view.ordering else super().get_ordering(request)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method == "GET" and request.GET.get(lists.EXPORT):
            return lists.export_list(self, request, request.GET[lists.EXPORT])
        return super().changelist_view(request, (extra_context or {}) | lists.list_context(self, request))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Asks first, as the other pages of a row do: whoever may see none is not told which there are."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def get_urls(self) -> list[Any]:
        view, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("views/save/", view(partial(lists.save_view, self)), name=f"{name}_save_view"),
            path("views/counts/", view(partial(lists.view_counts, self)), name=f"{name}_view_counts"),
            path("views/<int:pk>/forget/", view(partial(lists.forget_view, self)), name=f"{name}_forget_view"),
            *super().get_urls(),
        ]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Django's own, and the registered bulk actions that this person may run."""
        actions = dict(super().get_actions(request))
        for action in registry.bulk_actions(self.opts.label_lower).values():
            if request.user.has_perm(action.permission):
                actions[f"bulk:{action.name}"] = (_bulk(action), f"bulk:{action.name}", action.title)
        return actions

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        reason = form.cleaned_data.get("change_reason", "")
        if not change:
            self._record(request, obj, [("created", "", "", "")], reason)
            return
        fields = [name for name in form.changed_data if name != "change_reason" and "password" not in name]
        self._record(
            request,
            obj,
            [
                (
                    "changed",
                    name,
                    self._shown(form, name, form.initial.get(name)),
                    self._shown(form, name, form.cleaned_data.get(name)),
                )
                for name in fields
            ],
            reason,
        )

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._record(request, obj, [("deleted", "", "", "")], "")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for obj in queryset:
            self._record(request, obj, [("deleted", "", "", "")], "")
        super().delete_queryset(request, queryset)

    def _shown(self, form: Any, name: str, value: Any) -> str:
        """A field's value as people know it; a key is named by what it leads to."""
        if "*" in self.private_fields or name in self.private_fields or value is None:
            return ""
        queryset = getattr(form.fields[name], "queryset", None)
        if queryset is None:
            return str(value)[:500]
        keys = [getattr(key, "pk", key) for key in (value if isinstance(value, list | tuple | QuerySet) else [value])]
        if queryset.model._meta.model_name in PEOPLE:
            return ", ".join(f"#{key}" for key in keys)
        return ", ".join(sorted(str(row) for row in queryset.filter(pk__in=keys)))[:500]

    def _record(self, request: HttpRequest, obj: Any, rows: Sequence[tuple[str, str, str, str]], reason: str) -> None:
        company_id = getattr(obj, "company_id", None)
        changes = [
            Change(obj._meta.label_lower, obj.pk, action, field, old, new, reason, company_id)
            for action, field, old, new in rows
            if isinstance(obj.pk, int)  # a currency's key is its code
        ]
        if changes:
            record(changes, actor=Actor.of_request(request))


def _without_idle_zeros(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) and value.is_finite() else value


def _bulk(action: BulkAction) -> Any:
    def begin_job(model_admin: Any, request: HttpRequest, queryset: Any) -> Any:
        from backoffice.core.admin.bulk import begin  # it has a page of its own, made of this class

        return begin(model_admin.admin_site, request, action, queryset)

    return begin_job


def apart(fieldsets: Sequence[Any], title: Any, names: Sequence[str]) -> list[Any]:
    """The form's fields with these under a heading of their own, after the others."""
    rest = [
        (heading, {**options, "fields": [name for name in options["fields"] if name not in names]})
        for heading, options in fieldsets
    ]
    return [*rest, (title, {"fields": list(names)})]


class FactAdmin(HouseAdmin):
    """Facts and totals: looked at here, written by services only."""

    form: Any = forms.ModelForm

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
