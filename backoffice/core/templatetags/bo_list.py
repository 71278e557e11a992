"""The rows of a list, written many times quicker than the theme's own tag: it makes all headings, two widgets and a
template for each label anew for every row. Same marks and classes; lists that are edited in place are not supported.
"""

from collections.abc import Callable
from datetime import date, datetime
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from django import template
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import display_for_field, display_for_value, lookup_field
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.utils.formats import date_format
from django.utils.html import conditional_escape, escape
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext
from unfold.templatetags.unfold_list import CHECKBOX_CLASSES, LINK_CLASSES, ROW_CLASSES, result_headers
from unfold.utils import display_for_label

from backoffice.core.show import show_time

register = template.Library()
KEY = 987_654_321_987_654_321
PK, LABEL = "-the-key-of-the-row-", "-the-name-of-the-row-"


@register.inclusion_tag("backoffice/list_rows.html", takes_context=True)
def house_rows(context: Any, cl: Any) -> dict[str, Any]:
    """The whole table of a list."""
    headers = list(result_headers(cl))
    cells = [_cell_of(cl, place, name, headers[place]["text"]) for place, name in enumerate(cl.list_display)]
    return {
        "cl": cl,
        "result_headers": headers,
        "num_sorted_fields": sum(1 for h in headers if h["sortable"] and h["sorted"]),
        "rows": [mark_safe("".join(cell(row) for cell in cells)) for row in cl.result_list],
        "results": True,
        "has_add_permission": cl.model_admin.has_add_permission(context["request"]),
    }


def _cell_of(cl: Any, place: int, name: str, heading: Any) -> Callable[[Any], str]:
    """A function of a row that writes its cell in this column."""
    if name == "action_checkbox":
        return _checkbox(cl)
    linked = cl.list_display_links is not None and (
        name in cl.list_display_links if cl.list_display_links else place == _first_column(cl)
    )
    tag = "th" if linked and name == _first_link(cl) else "td"
    classes = " ".join([f"field-{name if isinstance(name, str) else place}", *ROW_CLASSES])
    start = f'<{tag} class="{escape(classes)}{{}}" data-label="{escape(capfirst(heading))}">'
    shown = _shown(cl, name)
    address = _address(cl) if linked else None

    def write(row: Any) -> str:
        text, nowrap = shown(row)
        if address is not None:
            text = f'<a href="{escape(address(row))}" class="{" ".join(LINK_CLASSES)}"{_opener(cl, row)}>{text}</a>'
        return f"{start.format(' nowrap' if nowrap else '')}{text}</{tag}>"

    return write


def _first_column(cl: Any) -> int:
    return 1 if cl.list_display[0] == "action_checkbox" else 0


def _first_link(cl: Any) -> Any:
    if cl.list_display_links:
        return next((name for name in cl.list_display if name in cl.list_display_links), None)
    return cl.list_display[_first_column(cl)]


def _opener(cl: Any, row: Any) -> str:
    """What a list in a pop-up gives back when a row is chosen."""
    if not cl.is_popup:
        return ""
    value = row.serializable_value(str(cl.to_field) if cl.to_field else cl.lookup_opts.pk.attname)
    return f' data-popup-opener="{escape(value)}"'


def _address(cl: Any) -> Callable[[Any], str]:
    if cl.is_popup or cl.to_field:
        filters = {"preserved_filters": cl.preserved_filters, "opts": cl.opts}
        return lambda row: add_preserved_filters(filters, cl.url_for_result(row))
    ending = f"?{cl.preserved_filters}" if cl.preserved_filters else ""
    before, after = cl.url_for_result(SimpleNamespace(**{cl.pk_attname: KEY})).split(str(KEY), 1)
    key = attrgetter(cl.pk_attname)

    def address(row: Any) -> str:
        number = key(row)  # a code as key may need quoting
        return f"{before}{number}{after}{ending}" if isinstance(number, int) else f"{cl.url_for_result(row)}{ending}"

    return address


def _checkbox(cl: Any) -> Callable[[Any], str]:
    class Row:
        pk = PK

        def __str__(self) -> str:
            return LABEL

    before, after = str(cl.model_admin.action_checkbox(Row())).split(PK, 1)
    start = f'<td class="{escape(" ".join(CHECKBOX_CLASSES))}" data-label="{escape(gettext("Select record"))}">{before}'

    def write(row: Any) -> str:
        return f"{start}{escape(row.pk)}{after}</td>".replace(LABEL, escape(row))

    assert ACTION_CHECKBOX_NAME in before
    return write


def _shown(cl: Any, name: Any) -> Callable[[Any], tuple[str, bool]]:
    """A function of a row: the cell's content, escaped, and whether it must not be broken into lines."""
    usual = cl.model_admin.get_empty_value_display()
    field = _field(cl, name)
    shown = _method(cl, name, usual) if field is None else _of_field(field, usual)

    def show(row: Any) -> tuple[str, bool]:
        try:
            return shown(row)
        except ObjectDoesNotExist:
            return conditional_escape(usual), False

    return show


def _field(cl: Any, name: Any) -> Any:
    """The model's own field of this name, if it is one (as Django's lookup_field tells)."""
    try:
        field = cl.lookup_opts.get_field(name)
    except FieldDoesNotExist:
        return None
    if field.is_relation and (field.many_to_one and not field.related_model or field.one_to_many):
        return None
    key = field.is_relation and not field.many_to_many and getattr(field, "attname", None) == name
    return None if key else field


def _of_field(field: Any, empty: Any) -> Callable[[Any], tuple[str, bool]]:
    read = attrgetter(field.name)
    if field.auto_created:
        return lambda row: (conditional_escape(display_for_value(read(row), empty)), False)
    if isinstance(field.remote_field, models.ManyToOneRel):
        return lambda row: (conditional_escape(empty if (found := read(row)) is None else found), True)
    if isinstance(field, models.DateField) and not field.choices:
        return lambda row: (_moment(read(row), empty), True)
    return lambda row: (
        conditional_escape(display_for_field(read(row), field, empty)),
        isinstance(field, models.TimeField),
    )


def _moment(value: date | None, empty: Any) -> str:
    """As our own pages write days and instants, not as Django's lists do."""
    if value is None:
        return conditional_escape(empty)
    if isinstance(value, datetime):
        return show_time(value)
    return date_format(value, "SHORT_DATE_FORMAT")


def _method(cl: Any, name: Any, usual: Any) -> Callable[[Any], tuple[str, bool]]:
    """A column that the admin or the model works out; a coloured label is written once for each of its values."""
    labels: dict[Any, str] = {}
    attribute, read = _reader(cl, name)
    empty = getattr(attribute, "empty_value_display", usual)
    label = getattr(attribute, "label", False)
    if not (label or getattr(attribute, "boolean", False)):

        def plain(row: Any) -> tuple[str, bool]:
            value = read(row)
            if isinstance(value, str) and value:
                return conditional_escape(value), False
            if isinstance(value, date):
                return _moment(value, empty), True
            return conditional_escape(display_for_value(value, empty)), False

        return plain

    def labelled(row: Any) -> tuple[str, bool]:
        value = read(row)
        key = tuple(value) if isinstance(value, list) else value
        if key not in labels:
            labels[key] = (
                display_for_label(value, empty, label) if label else display_for_value(value, empty, boolean=True)
            )
        return labels[key], False

    return labelled


def _reader(cl: Any, name: Any) -> tuple[Any, Callable[[Any], Any]]:
    """What says how the column is shown, and a function of a row that reads its value."""
    if callable(name):
        return name, name
    if hasattr(cl.model_admin, name) and name != "__str__":
        own = getattr(cl.model_admin, name)
        return own, own
    return getattr(cl.model_admin.model, name, None), lambda row: lookup_field(name, row, cl.model_admin)[2]
