"""Goods received, not invoiced, over HTTP: what is open at the end of any day, and writing rests off."""

from typing import Any, ClassVar

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from accounting.models import Party
from backoffice.core.api.actions import ActionAccess, actor_of
from backoffice.core.api.fields import KEY_HEADER, Amount
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from backoffice.core.money import ZERO
from inventory import services
from inventory.api.moving import warehouse_id
from inventory.models import GrniWriteOff
from inventory.selectors.grni import grni_balance, uninvoiced

MAX_ITEMS = 5_000


class UninvoicedOut(serializers.Serializer[Any]):
    """value: owed is above zero; what was billed before its goods is below."""

    id = serializers.IntegerField(source="item_id")
    kind = serializers.CharField()
    supplier = serializers.CharField(allow_blank=True)
    order = serializers.CharField(source="order_number", allow_blank=True)
    sku = serializers.CharField(allow_null=True)
    move = serializers.IntegerField(source="move_id", allow_null=True)
    bill = serializers.IntegerField(source="bill_id", allow_null=True)
    entry = serializers.IntegerField(source="entry_id", allow_null=True)
    date = serializers.DateField()
    days = serializers.IntegerField()
    quantity = Amount()
    value = Amount()


class GrniOut(serializers.Serializer[Any]):
    """total: of the items; account: the balance in the journal, which all items together are. cut: there are more."""

    as_of = serializers.DateField()
    total = Amount()
    account = Amount(allow_null=True)
    cut = serializers.BooleanField()
    items = UninvoicedOut(many=True)


class WriteOffIn(serializers.Serializer[Any]):
    company = serializers.SlugField(required=False)
    items = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=1000)
    reason = serializers.CharField(max_length=300)


class WriteOffOut(serializers.ModelSerializer[GrniWriteOff]):
    """status requested: another person has to approve it."""

    number = serializers.CharField()
    entry = serializers.IntegerField(source="entry_id", allow_null=True)

    class Meta:
        model = GrniWriteOff
        fields = ["id", "number", "status", "value", "reason", "entry"]


class GrniViewSet(ActionAccess, viewsets.ViewSet):
    body_rows: ClassVar = {"items": "inventory.grniitem"}
    access = {
        "list": ("bills:read", "inventory.view_grniitem"),
        "write_off": ("bills:post", "inventory.add_grniwriteoff"),
    }

    @extend_schema(
        parameters=[
            OpenApiParameter("company", str, description="Its code, where the caller sees several"),
            OpenApiParameter("as_of", str, description="A day; empty: today"),
            OpenApiParameter("supplier", str, description="Its code"),
            OpenApiParameter("warehouse", str, description="Its code: of orders for there; account is null then"),
            OpenApiParameter("days", int, description="Only what is at least so old"),
        ],
        responses=GrniOut,
    )
    def list(self, request: Any) -> Response:
        """What was open at the end of a day, by supplier and age; at most 5000 items."""
        query = request.query_params
        company_id = company_of(request, query.get("company"))
        day = _day(query.get("as_of", ""))
        rows = uninvoiced(
            company_id=company_id,
            as_of=day,
            supplier_id=_supplier(query["supplier"], company_id) if query.get("supplier") else None,
            min_days=_days(query.get("days", "")),
            warehouse_id=warehouse_id(company_id, query["warehouse"]) if query.get("warehouse") else None,
        )
        items: list[Any] = []
        total, cut = ZERO, False
        for item in rows:
            total += item.value
            if len(items) < MAX_ITEMS:
                items.append(item)
            else:
                cut = True
        account = None if query.get("warehouse") else grni_balance(company_id=company_id, as_of=day)
        return Response(GrniOut({"as_of": day, "total": total, "account": account, "cut": cut, "items": items}).data)

    @extend_schema(request=WriteOffIn, responses={201: WriteOffOut}, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"], url_path="write-off")
    @idempotent()
    def write_off(self, request: Any) -> Response:
        """Write off what is open on items; above the company's threshold somebody else has to approve it."""
        body = WriteOffIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        made = services.write_off_uninvoiced(
            given["items"],
            company_id=company_of(request, given.get("company")),
            effective_at=timezone.now(),
            actor=actor_of(request),
            reason=given["reason"],
        )
        return Response(WriteOffOut(made).data, status=201)


def _day(text: str) -> Any:
    try:
        day = parse_date(text) if text else timezone.localdate()
    except ValueError:
        day = None
    if day is None:
        raise InvalidInput(
            _("Some fields are wrong; nothing was saved."),
            errors=[{"field": "as_of", "message": _("Give a day as 2026-03-31."), "code": "bad_date"}],
        )
    return day


def _days(text: str) -> int:
    if text and not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise InvalidInput(
            _("Some fields are wrong; nothing was saved."),
            errors=[{"field": "days", "message": _("Give a whole number."), "code": "invalid"}],
        )
    return int(text or 0)


def _supplier(code: str, company_id: int) -> int:
    found = Party.objects.filter(company_id=company_id, code=code).values_list("pk", flat=True).first()
    if found is None:
        raise InvalidInput(
            _("Some fields are wrong; nothing was saved."),
            errors=[{"field": "supplier", "message": _("There is no such supplier."), "code": "unknown_supplier"}],
        )
    return found
