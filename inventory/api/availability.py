"""What there is and when more can be promised, for many SKUs in one request."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess
from backoffice.core.api.fields import Quantity
from backoffice.core.errors import InvalidInput
from backoffice.core.fields import DECIMAL_PLACES
from backoffice.core.money import ZERO
from backoffice.core.registry import registry
from inventory.api.moving import warehouse_id
from inventory.atp import Part, Promise
from inventory.selectors import Atp, Releases, atp_of_all, skus_by_code

MAX_ITEMS = 1000
PLAIN_SKU, PLAIN_QUANTITY = re.compile(r"[A-Za-z0-9._/-]{1,60}"), re.compile(r"[0-9]{1,9}")


class AskedIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=60)
    quantity = Quantity(min_value=0, required=False, help_text="Given: when that many can be promised.")
    keeps_until = serializers.DateField(required=False, help_text="Of SKUs with lots, only what keeps until then.")

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """What is plainly right is taken as it is: a thousand times through all fields takes longer than the answer."""
        plain = _plain(data)
        return super().run_validation(data) if plain is None else plain


def _plain(data: Any) -> dict[str, Any] | None:
    """A SKU and, if asked, a whole number of units; None for anything else, which the fields look at one by one."""
    if not isinstance(data, dict) or not data.keys() <= {"sku", "quantity"}:
        return None
    sku, quantity = data.get("sku"), data.get("quantity", "0")
    if not isinstance(sku, str) or not PLAIN_SKU.fullmatch(sku):
        return None
    if not isinstance(quantity, str) or not PLAIN_QUANTITY.fullmatch(quantity):
        return None
    return {"sku": sku} | ({"quantity": Decimal(quantity)} if "quantity" in data else {})


class AvailabilityIn(serializers.Serializer[Any]):
    """At most 1000 SKUs; company only where the caller's key is bound to none."""

    items = AskedIn(many=True, min_length=1, max_length=MAX_ITEMS)
    warehouse = serializers.CharField(max_length=20, required=False, help_text="Empty: all warehouses.")
    channel = serializers.CharField(
        max_length=40, required=False, help_text="Its own release dates count. Empty: the key's channel, if it has one."
    )
    company = serializers.SlugField(required=False)


class PartOut(serializers.Serializer[Any]):
    date = serializers.DateField()
    quantity = Quantity()


class PromiseOut(serializers.Serializer[Any]):
    """date: when all of it is there; empty if that is not known. short: what nothing known will bring."""

    date = serializers.DateField(allow_null=True)
    parts = PartOut(many=True)
    short = Quantity()


class AvailableOut(serializers.Serializer[Any]):
    """code: empty, or unknown_sku. promisable: in all by each day on which it rises, after those who wait.

    release_date: the SKU's own; channel_release_date: the channel's, which counts instead, earlier or later. Of a kit,
    the last of its components'.
    """

    sku = serializers.CharField()
    code = serializers.CharField(allow_blank=True)
    available = Quantity()
    waiting = Quantity()
    release_date = serializers.DateField(allow_null=True)
    channel_release_date = serializers.DateField(allow_null=True)
    promisable = PartOut(many=True)
    promise = PromiseOut(allow_null=True)


class AvailabilityOut(serializers.Serializer[Any]):
    results = AvailableOut(many=True)


class AvailabilityViewSet(ActionAccess, viewsets.ViewSet):
    """Reads by POST, for the list of SKUs is long; nothing is written."""

    access = {"create": ("stock:read", "inventory.view_stocklevel")}
    asks = frozenset({"create"})

    @extend_schema(request=AvailabilityIn, responses={200: AvailabilityOut})
    def create(self, request: Any) -> Response:
        """What can be claimed now and promised later, kits by their components, item by item in their order.

        Statements: 5, 2 more for a channel, and the caller's.
        """
        body = AvailabilityIn(data=request.data)
        body.is_valid(raise_exception=True)
        items = body.validated_data["items"]
        company_id = company_of(request, body.validated_data.get("company"))
        code = body.validated_data.get("warehouse")
        place_id = warehouse_id(company_id, code) if code else None
        releases = _releases(request, company_id, body.validated_data.get("channel", ""))
        ids = skus_by_code(company_id, [item["sku"] for item in items])
        found = atp_of_all(company_id, list(ids.values()), releases)
        results = []
        for item in items:
            entry = found.get(ids.get(item["sku"], 0))
            results.append(_unknown(item["sku"]) if entry is None else _known(item, entry, place_id))
        return Response({"results": results})


def _releases(request: Any, company_id: int, code: str) -> Releases:
    """The release dates of the channel that is asked for. Raises InvalidInput for one that the caller does not see."""
    calendar = registry.release_calendars()["channel"]
    found = calendar.find(request, company_id, code)
    if found is None:
        message = _("There is no channel %(id)s.") % {"id": code}
        raise InvalidInput(message, errors=[{"field": "channel", "message": message, "code": "unknown_channel"}])
    return found


# Built as AvailabilityOut describes it, but by hand: a serializer for each of a thousand SKUs and their parts takes
# longer than all the rest.


def _unknown(code: str) -> dict[str, Any]:
    nothing: dict[str, Any] = {"release_date": None, "channel_release_date": None, "promisable": [], "promise": None}
    return {"sku": code, "code": "unknown_sku", "available": _shown(ZERO), "waiting": _shown(ZERO), **nothing}


def _known(item: dict[str, Any], entry: Atp, warehouse_id: int | None) -> dict[str, Any]:
    asked = item.get("quantity")
    return {
        "sku": entry.code,
        "code": "",
        "available": _shown(entry.available(warehouse_id)),
        "waiting": _shown(entry.waiting),
        "release_date": entry.release_date,
        "channel_release_date": entry.channel_release,
        "promisable": _parts(entry.curve(warehouse_id)),
        "promise": None if asked is None else _promise(entry.ask(asked, warehouse_id, item.get("keeps_until"))),
    }


def _promise(promise: Promise) -> dict[str, Any]:
    return {"date": promise.date, "parts": _parts(promise.parts), "short": _shown(promise.short)}


def _parts(parts: Iterable[Part]) -> list[dict[str, Any]]:
    return [{"date": part.date, "quantity": _shown(part.quantity)} for part in parts]


def _shown(quantity: Decimal) -> str:
    return f"{quantity:.{DECIMAL_PLACES}f}"
