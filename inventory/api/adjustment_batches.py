"""Many adjustments of stock in one request, each line done or refused by itself."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import actor_of
from backoffice.core.api.batches import BatchOut, answer, refused, result
from backoffice.core.api.errors import flatten
from backoffice.core.api.fields import KEY_HEADER, Quantity
from backoffice.core.api.idempotency import idempotent
from inventory import services
from inventory.models import AdjustmentReason, Location, Lot, Warehouse
from inventory.selectors import skus_by_code

MAX_ITEMS = 500


class AdjustmentItemIn(serializers.Serializer[Any]):
    """quantity: more (+) or less (-) than the books say."""

    warehouse = serializers.CharField(max_length=20)
    reason = serializers.SlugField(max_length=40)
    sku = serializers.CharField(max_length=60)
    location = serializers.CharField(max_length=40)
    quantity = Quantity()
    lot = serializers.CharField(max_length=60, required=False)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class AdjustmentBatchIn(serializers.Serializer[Any]):
    items = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=MAX_ITEMS)
    company = serializers.SlugField(required=False, help_text="Only where the caller's key is bound to none.")
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class _AdjustmentBatchSchema(AdjustmentBatchIn):
    """What the documentation says of `items`: they are checked one by one."""

    items = AdjustmentItemIn(many=True, min_length=1, max_length=MAX_ITEMS)  # type: ignore[assignment]

    class Meta:
        ref_name = "AdjustmentBatchIn"


class AdjustmentBatch:
    """A mixin of the adjustments' view set."""

    @extend_schema(request=_AdjustmentBatchSchema, responses=BatchOut, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def batch(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Put up to 500 figures right; a result for each, with the document of its warehouse and reason.

        Code `submitted`: the document waits for another person's approval, with all its lines.
        """
        body = AdjustmentBatchIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        results, wanted = _read(given["items"], company_id)
        done = services.adjust_many(
            [one for _index, one in wanted],
            company_id=company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
            note=given["note"],
        )
        for (index, _one), adjusted in zip(wanted, done, strict=True):
            state = "refused" if adjusted.state == "refused" else "done"
            code = adjusted.code or ("submitted" if adjusted.state == "submitted" else "")
            results[index] = result(index, state, id=adjusted.adjustment_id, code=code, detail=adjusted.detail)
        return Response(answer([results[index] for index in sorted(results)]))


def _read(
    items: list[dict[str, Any]], company_id: int
) -> tuple[dict[int, dict[str, Any]], list[tuple[int, services.Adjusting]]]:
    """The items that make sense, and the refusals of the others. Statements: 5."""
    checked = [AdjustmentItemIn(data=item) for item in items]
    valid = {index: one.validated_data for index, one in enumerate(checked) if one.is_valid()}
    results = {
        index: refused(index, list(flatten(serializers.ValidationError(one.errors).get_full_details())))
        for index, one in enumerate(checked)
        if index not in valid
    }
    warehouses = dict(Warehouse.objects.filter(company_id=company_id, is_transit=False).values_list("code", "pk"))
    reasons = dict(AdjustmentReason.objects.filter(company_id=company_id, is_active=True).values_list("code", "pk"))
    skus = skus_by_code(company_id, [row["sku"] for row in valid.values()])
    places = Location.objects.filter(
        warehouse__in=warehouses.values(), code__in={row["location"] for row in valid.values()}, is_active=True
    )
    place_ids = {(warehouse, code): pk for pk, warehouse, code in places.values_list("pk", "warehouse_id", "code")}
    named = {row["lot"] for row in valid.values() if row.get("lot")}
    lots = {(sku, code): pk for pk, sku, code in Lot.objects.filter(code__in=named).values_list("pk", "sku_id", "code")}
    wanted = []
    for index, row in valid.items():
        warehouse, sku = warehouses.get(row["warehouse"]), skus.get(row["sku"])
        place, lot = place_ids.get((warehouse or 0, row["location"])), lots.get((sku or 0, row.get("lot", "")))
        reason = reasons.get(row["reason"])
        unknown = {"warehouse": warehouse, "reason": reason, "sku": sku, "location": place}
        errors = [
            {"field": name, "message": _("There is no “%(code)s”.") % {"code": row[name]}, "code": f"unknown_{name}"}
            for name, found in [*unknown.items(), *([("lot", lot)] if row.get("lot") else [])]
            if found is None
        ]
        if errors or warehouse is None or reason is None or sku is None or place is None:
            results[index] = refused(index, errors)
        else:
            line = services.AdjustmentLineInput(sku, place, row["quantity"], lot, note=row["note"])
            wanted.append((index, services.Adjusting(warehouse, reason, line)))
    return results, wanted
