"""The form on a connection's page that says what the channel is shown."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin.pages import posted_quantity
from backoffice.core.errors import InvalidInput
from integrations.connectors.base import Connector
from integrations.connectors.registry import kind_of
from integrations.models import Connection


def bool_rules(kind: type[Connector]) -> Sequence[tuple[str, Promise]]:
    """What the channel can be sent besides stock."""
    return [
        (name, label)
        for name, label, able in (
            ("push_prices", _("Send our prices"), kind.capabilities.prices),
            ("push_products", _("Send our product data"), kind.capabilities.products),
        )
        if able
    ]


FIELD_NAMES: Mapping[str, Promise] = {
    "title": _("Title"), "description": _("Description"), "brand": _("Brand"), "barcode": _("Barcode"),
    "weight": _("Weight in grams"), "images": _("Pictures"), "visible": _("Shown to buyers"), "price": _("Price"),
}  # fmt: skip
EMPTY = Decimal(-1)


def field_choices(kind: type[Connector]) -> Sequence[tuple[str, Promise]]:
    """What of a listing the channel takes from us, with its names for people."""
    able = {*kind.product_fields, *(["price"] if kind.capabilities.prices else [])}
    return [(name, label) for name, label in FIELD_NAMES.items() if name in able]


def posted_fields(request: HttpRequest, kind: type[Connector]) -> list[str]:
    """Those that are left to the channel: a form ticks what is ours to send."""
    ours = set(request.POST.getlist("ours"))
    return [name for name, _label in field_choices(kind) if name not in ours]


def posted_rules(request: HttpRequest, connection: Connection) -> dict[str, Any]:
    """Raises InvalidInput for what is no number."""
    cap = posted_quantity(request, "cap", gettext("At most"), EMPTY)
    kind = kind_of(connection.connector)
    return {
        "buffer": posted_quantity(request, "buffer", gettext("Units never shown"), Decimal(0)),
        "share_percent": whole(request, "share_percent", gettext("Share"), default=100),
        "cap": None if cap == EMPTY else cap,
        "floor": posted_quantity(request, "floor", gettext("Fewer than this are shown as none"), Decimal(0)),
        "keep_personal_days": whole(request, "keep_personal_days", gettext("Days"), default=None),
        **{name: name in request.POST for name, _label in bool_rules(kind)},
        **({"kept_fields": posted_fields(request, kind)} if "own_fields" in request.POST else {}),
    }


def whole(request: HttpRequest, field: str, name: str, *, default: int | None) -> int | None:
    text = request.POST.get(field, "").strip()
    if not text:
        return default
    if not text.isdecimal() or len(text) > 5 or int(text) > 32_767:
        raise InvalidInput(gettext("%(name)s: give a whole number.") % {"name": name}, field=field)
    return int(text)
