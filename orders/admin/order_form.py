"""What the forms of orders and drafts have in common: rows of goods, an address, and searching while typing."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin.pages import require
from backoffice.core.errors import InvalidInput
from backoffice.core.scopes import offered
from backoffice.core.show import show_number
from inventory.models import Sku
from inventory.selectors import available, scan, sku_by_barcode
from orders.inputs import AddressInput
from orders.models import Channel, Contact
from orders.selectors.prices import prices_of

MAX_ROWS = 200
FOUND = 10
ADDRESS_FIELDS = (
    ("name", _("Name"), 200),
    ("organisation", _("Organisation"), 200),
    ("line1", _("Street"), 200),
    ("line2", _("Street, second line"), 200),
    ("postcode", _("Postcode"), 24),
    ("city", _("City"), 120),
    ("region", _("Region"), 120),
    ("country", _("Country (two letters)"), 2),
    ("phone", _("Telephone"), 40),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of goods as it was typed."""

    number: int
    sku: str = ""
    quantity: str = ""
    price: str = ""
    discount: str = ""


@dataclass(frozen=True, slots=True)
class Goods:
    """A row of goods, understood."""

    row: int
    sku_id: int
    quantity: Decimal
    unit_price: Decimal | None
    discount: Decimal


def posted_rows(request: HttpRequest) -> list[Row]:
    """The rows as typed, so that a refused form shows them again."""
    return list(_rows(request))


def _rows(request: HttpRequest) -> Iterator[Row]:
    for number in range(MAX_ROWS):
        names = ("sku", "quantity", "price", "discount")
        values = {name: request.POST.get(f"{name}-new-{number}", "").strip() for name in names}
        if any(values.values()):
            yield Row(number, **values)


def goods_of(rows: list[Row], company_id: int) -> list[Goods]:
    """Rows as goods. Raises InvalidInput naming row and field: unknown SKU, or what is no number."""
    codes = [row.sku for row in rows]
    known = scan(company_id, codes) if codes else {}
    found = []
    for place, row in enumerate(rows, 1):
        name = gettext("Row %(row)s") % {"row": place}
        if row.sku not in known:
            raise InvalidInput(
                gettext("%(row)s: there is no SKU “%(code)s”.") % {"row": name, "code": row.sku[:60]},
                errors=[{"field": f"sku-new-{row.number}"}],
            )
        quantity = number_of(row.quantity, name)
        if quantity is None or quantity <= 0:
            raise InvalidInput(
                gettext("%(row)s: give a quantity above zero.") % {"row": name},
                errors=[{"field": f"quantity-new-{row.number}"}],
            )
        found.append(
            Goods(
                row.number,
                known[row.sku].sku_id,
                quantity * known[row.sku].quantity,  # two cases of twelve are 24
                number_of(row.price, name),
                number_of(row.discount, name) or Decimal(0),
            )
        )
    return found


def number_of(text: str, name: str, *, negative: bool = False) -> Decimal | None:
    """What was typed as a number, 0 or more; None where nothing was. Raises InvalidInput."""
    text = text.strip().replace(" ", "").replace(",", ".")
    if not text:
        return None
    try:
        value = Decimal(text)
        sane = value.is_finite() and abs(value) < 10**12 and value == round(value, 6) and (negative or value >= 0)
    except InvalidOperation:
        sane = False
    if not sane:
        raise InvalidInput(gettext("%(name)s: “%(value)s” is not a number.") % {"name": name, "value": text[:40]})
    return value


def posted_address(request: HttpRequest) -> AddressInput:
    """The address as typed; all of it may be empty. Raises InvalidInput."""
    values = {}
    for name, label, size in ADDRESS_FIELDS:
        values[name] = request.POST.get(f"address-{name}", "").strip()
        if len(values[name]) > size:
            raise InvalidInput(
                gettext("%(name)s is longer than %(size)s characters.") % {"name": label, "size": size},
                errors=[{"field": f"address-{name}"}],
            )
    values["country"] = values["country"].upper()
    return AddressInput(**values)


def address_fields(address: Any) -> list[tuple[str, Any, int, str]]:
    """(name, label, size, value) of each field of the address part."""
    return [(name, label, size, getattr(address, name, "") or "") for name, label, size in ADDRESS_FIELDS]


def blank_rows(rows: list[Row], *, least: int) -> list[Row]:
    """The typed rows, numbered anew, and empty ones below."""
    typed = [Row(n, row.sku, row.quantity, row.price, row.discount) for n, row in enumerate(rows)]
    return typed + [Row(n) for n in range(len(typed), max(least, len(typed) + 1))]


def find_skus(request: HttpRequest) -> JsonResponse:
    """SKUs whose code, name or barcode holds the text, with what they cost in the channel and what is there."""
    require(request, "orders.view_order")
    text = request.GET.get("q", "").strip()[:60]
    channel = _channel(request)
    if len(text) < 2 or channel is None:
        return JsonResponse({"found": []})
    scanned = sku_by_barcode(channel.company_id, text)
    rows = list(
        Sku.objects.filter(
            Q(code__istartswith=text) | Q(name__icontains=text) | Q(pk=scanned.sku_id if scanned else None),
            company_id=channel.company_id,
        ).order_by("code")[:FOUND]
    )
    prices = prices_of(
        {sku.pk: Decimal(1) for sku in rows},
        channel_id=channel.pk,
        currency=channel.currency,
        inclusive=channel.prices_include_tax,
        on=timezone.localdate(),
    )
    there: dict[int, Decimal] = {}
    for (sku_id, _warehouse), quantity in available(channel.company_id, [sku.pk for sku in rows]).items():
        there[sku_id] = there.get(sku_id, Decimal(0)) + quantity
    found = [
        {
            "value": sku.code,
            "price": f"{prices[sku.pk].normalize():f}" if sku.pk in prices else "",
            "text": " · ".join(
                part
                for part in (
                    sku.name,
                    f"{show_number(prices[sku.pk], 2)} {channel.currency}" if sku.pk in prices else "",
                    gettext("%(quantity)s available") % {"quantity": show_number(there.get(sku.pk, Decimal(0)))},
                )
                if part
            ),
        }
        for sku in rows
    ]
    return JsonResponse({"found": found})


def find_contacts(request: HttpRequest) -> JsonResponse:
    """Buyers whose name or e-mail holds the text; of the channel, or where the form names none, of all."""
    require(request, "orders.view_contact")
    text = request.GET.get("q", "").strip()[:60]
    channel = _channel(request)
    if len(text) < 2 or ("channel" in request.GET and channel is None):
        return JsonResponse({"found": []})
    rows = offered(Contact.objects.all()).filter(
        Q(person__name__icontains=text) | Q(person__email__icontains=text) | Q(external_id=text)
    )
    if channel is not None:
        rows = rows.filter(channel=channel)
    found = rows.select_related("person", "channel").order_by("-pk")[:FOUND]
    return JsonResponse({"found": [{"value": contact_text(row), "text": _about(row, channel)} for row in found]})


def _about(contact: Contact, channel: Channel | None) -> str:
    parts = (contact.person.email, "" if channel else contact.channel.name)
    return " · ".join(part for part in parts if part)


def named_contact(text: str) -> int | None:
    """The id that contact_text shows: of "#12 Ann" 12."""
    number = text.strip().removeprefix("#").split(" ")[0]
    return int(number) if text.strip().startswith("#") and number.isdecimal() and len(number) < 18 else None


def contact_text(contact: Contact | None) -> str:
    """As the form shows a known buyer: "#12 Ann"."""
    return "" if contact is None else f"#{contact.pk} {contact.person}"


def _channel(request: HttpRequest) -> Channel | None:
    given = request.GET.get("channel", "")
    return offered(Channel.objects.filter(pk=int(given))).first() if given.isdecimal() and len(given) < 12 else None
