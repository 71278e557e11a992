"""Filters and tags of our own pages."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import date_format, get_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice.core.models import AuditEvent
from backoffice.core.show import (
    STATUS_LABELS,
    in_words,
    kind_name,
    said_of,
    show_money,
    show_number,
    show_quantity,
    show_time,
    who_of,
)

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """`amount|money:"EUR"`"""
    return show_money(amount, currency)


@register.filter
def figure(amount: Decimal) -> str:
    """An amount in a table that names its currency once: two decimals, more only where it has them."""
    exponent = amount.normalize().as_tuple().exponent
    return show_number(amount, max(2, -exponent if isinstance(exponent, int) else 2))


@register.filter
def quantity(value: Decimal | None) -> str:
    """A quantity without trailing zeros."""
    return show_quantity(value)


@register.simple_tag
def status_pill(status: str, text: str) -> SafeString:
    """A coloured pill: warm where somebody has to act, cool where things move, green where done."""
    return format_html('<span class="bo-pill {}">{}</span>', STATUS_LABELS.get(status, ""), text)


register.filter("in_words", in_words)
register.filter("kind_name", kind_name)
register.filter("said_of", said_of)
register.filter("who_of", who_of)


@register.filter
def negate(amount: Decimal) -> Decimal:
    return -amount


@register.filter
def round_to(amount: Decimal, decimals: int) -> Decimal:
    """For showing derived figures such as a unit cost."""
    return round(amount, decimals)


@register.filter
def plain(value: Decimal) -> str:
    """A number for an input field: a point, no grouping, no trailing zeros."""
    return f"{value.normalize():f}"


@register.filter
def cell(value: Any) -> Any:
    """A value of a panel as people read it."""
    if value is None or value == "":
        return ""
    if isinstance(value, Decimal):
        return show_quantity(value)
    if isinstance(value, datetime):
        return show_time(value)
    return date_format(value, "SHORT_DATE_FORMAT") if isinstance(value, date) else value


@register.simple_tag
def trail(document: Any) -> list[AuditEvent]:
    """The audit trail of what a form shows; empty for a new one."""
    if document is None or not isinstance(document.pk, int):
        return []
    return list(
        AuditEvent.objects.filter(object_type=document._meta.label_lower, object_id=document.pk)
        .select_related("actor")
        .order_by("-id")[:50]
    )


@register.simple_tag
def chart_options() -> str:
    """How every chart is drawn: from zero, with figures beside the axis, in the reader's format."""
    axis = {"border": {"dash": [5, 5], "dashOffset": 2, "width": 0}, "grid": {"drawTicks": False}}
    return json.dumps(
        {
            "animation": False,
            "locale": "en",  # charts.js puts the reader's marks in its place
            "thousandMark": get_format("THOUSAND_SEPARATOR"),
            "decimalMark": get_format("DECIMAL_SEPARATOR"),
            "maintainAspectRatio": False,
            "responsive": True,
            "barPercentage": 0.7,
            "datasets": {"line": {"pointRadius": 0, "borderWidth": 2}, "bar": {"borderRadius": 3}},
            "plugins": {"legend": {"display": False}, "tooltip": {"enabled": True}},
            "scales": {
                "x": {**axis, "stacked": True, "ticks": {"maxRotation": 45}},
                "y": {**axis, "stacked": True, "beginAtZero": True, "ticks": {"maxTicksLimit": 6}},
            },
        }
    )
