"""Many orders in one request, each placed or refused by itself."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core import inbox
from backoffice.core.api.actions import actor_of
from backoffice.core.api.batches import BatchOut, answer, refused, result
from backoffice.core.api.errors import flatten
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from orders import services
from orders.api.channels import channel_of
from orders.api.serializers import OrderIn
from orders.inputs import OrderInput, PlaceResult

MAX_ORDERS = 250
ACCESS = {"batch": ("orders:write", "orders.add_order")}
STATES = {"placed": "done", "already": "already", "refused": "refused"}


class OrderBatchIn(serializers.Serializer[Any]):
    channel = serializers.SlugField(required=False, help_text="Staff only: a key is bound to its channel.")
    orders = serializers.ListField(
        child=serializers.DictField(), min_length=1, max_length=MAX_ORDERS, help_text="As for one order, with prices."
    )


class _OrderBatchSchema(OrderBatchIn):
    """What the documentation says of `orders`: they are checked one by one, so that one wrong stops no other."""

    orders = OrderIn(many=True, min_length=1, max_length=MAX_ORDERS)  # type: ignore[assignment]

    class Meta:
        ref_name = "OrderBatchIn"


class BatchActions:
    """A mixin of the orders' view set."""

    @extend_schema(request=_OrderBatchSchema, responses=BatchOut, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def batch(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Place up to 250 orders; a result for each, in their order. What is wrong with one stops no other."""
        body = OrderBatchIn(data=request.data)
        body.is_valid(raise_exception=True)
        channel_id = channel_of(request, body.validated_data).pk
        results: dict[int, dict[str, Any]] = {}
        wanted: list[tuple[int, OrderInput]] = []
        for index, item in enumerate(body.validated_data["orders"]):
            given = OrderIn(data=item)
            if given.is_valid() and not (errors := _only_alone(given)):
                wanted.append((index, given.to_input()))
            else:
                results[index] = refused(index, list(flatten(_details(given))) if given.errors else errors)
        placed = (
            services.place_orders([order for _index, order in wanted], channel_id=channel_id, actor=actor_of(request))
            if wanted
            else []
        )
        kept = []
        for (index, order), done in zip(wanted, placed, strict=True):
            results[index] = _result(index, done)
            if done.state == "placed" and done.order_id:
                item = body.validated_data["orders"][index]
                kept.append((_message(channel_id, order.external_id, item), done.order_id))
        if kept:
            inbox.keep_many(kept, result_type="orders.order")
        return Response(answer([results[index] for index in sorted(results)]))


def _details(order: OrderIn) -> Any:
    return serializers.ValidationError(order.errors).get_full_details()


def _only_alone(order: OrderIn) -> list[dict[str, str]]:
    """What an order of a batch cannot do: take over a cart, or leave its prices to the lists."""
    errors = [
        {
            "field": f"lines.{line}.unit_price",
            "message": _("In a batch, say the price; prices of lists are for orders that are sent alone."),
            "code": "required",
        }
        for line in order.unpriced()
    ]
    if order.validated_data.get("reservation"):
        text = _("An order that takes over a reservation is sent alone.")
        errors.append({"field": "reservation", "message": text, "code": "not_in_a_batch"})
    return errors


def _result(index: int, done: PlaceResult) -> dict[str, Any]:
    path = re.sub(r"\[(\d+)\]", r".\1", done.field)
    errors = [{"field": path, "message": done.detail, "code": done.code}] if done.state == "refused" and path else []
    return result(index, STATES[done.state], id=done.order_id, code=done.code, detail=done.detail, errors=errors)


def _message(channel_id: int, external_id: str, item: Mapping[str, Any]) -> inbox.Message:
    """What the shop sent of this order, beside what is sent alone."""
    body = json.dumps(item, cls=DjangoJSONEncoder, sort_keys=True).encode()
    return inbox.Message(f"channel:{channel_id}", "order", external_id, body, hashlib.sha256(body).hexdigest()[:32])
