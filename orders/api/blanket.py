"""Blanket orders over HTTP: agreed, called off and closed."""

from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from backoffice.core.errors import InvalidInput
from orders import services
from orders.api.channels import channel_of
from orders.api.serializers import AddressIn, Amount, OrderDetail
from orders.inputs import AddressInput
from orders.models import BlanketLine, BlanketOrder, Contact, Order
from orders.selectors.blanket import called_off
from orders.selectors.setting import known_skus

MAX_LINES = 1000
ZERO = Decimal(0)


class BlanketLineOut(serializers.ModelSerializer[BlanketLine]):
    sku = serializers.CharField(source="sku.code")
    called_off = serializers.SerializerMethodField()
    left = serializers.SerializerMethodField()

    class Meta:
        model = BlanketLine
        fields = ["id", "sku", "quantity", "unit_price", "called_off", "left"]

    def _called(self, line: BlanketLine) -> Decimal:
        return self.context["called"].get(line.pk, ZERO)

    def get_called_off(self, line: BlanketLine) -> str:
        return f"{self._called(line):f}"

    def get_left(self, line: BlanketLine) -> str:
        return f"{line.quantity - self._called(line):f}"


class BlanketOut(serializers.ModelSerializer[BlanketOrder]):
    number = serializers.CharField(read_only=True)
    contact = serializers.CharField(source="contact.external_id")
    lines = BlanketLineOut(many=True)

    class Meta:
        model = BlanketOrder
        fields = ["id", "number", "reference", "contact", "status", "currency", "valid_from", "valid_to", "lines"]


class BlanketLineIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=120)
    quantity = Amount(min_value=Decimal("0.000001"))
    unit_price = Amount()


class BlanketIn(serializers.Serializer[Any]):
    channel = serializers.SlugField(required=False, help_text="Staff only: a key is bound to its channel.")
    contact = serializers.CharField(max_length=120, help_text="The buyer's external id.")
    reference = serializers.CharField(max_length=120)
    currency = serializers.CharField(max_length=10, required=False)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField()
    note = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")
    lines = BlanketLineIn(many=True, min_length=1, max_length=MAX_LINES)


class CallLineIn(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="The blanket order line's id.")
    quantity = Amount(min_value=Decimal("0.000001"))


class CallIn(serializers.Serializer[Any]):
    external_id = serializers.CharField(max_length=120, help_text="Yours: an order is placed once.")
    lines = CallLineIn(many=True, min_length=1, max_length=MAX_LINES)
    shipping_address = AddressIn(required=False)
    note = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")


class BlanketViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[BlanketOrder]
):
    """Agreed quantities; parts are called off by POST and become orders."""

    access = {
        "list": ("orders:read", "orders.view_blanketorder"),
        "retrieve": ("orders:read", "orders.view_blanketorder"),
        "create": ("orders:write", "orders.add_blanketorder"),
        "call_off": ("orders:write", "orders.change_blanketorder"),
        "close": ("orders:write", "orders.change_blanketorder"),
    }
    serializer_class = BlanketOut

    def get_queryset(self) -> QuerySet[BlanketOrder]:
        lines = Prefetch("lines", BlanketLine.objects.select_related("sku").order_by("position"))
        rows = BlanketOrder.objects.select_related("contact").prefetch_related(lines)
        return own_rows(self.request, rows, channel="channel_id")

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        rows = list(args[0] if kwargs.get("many") and args else args[:1])
        kwargs["context"] = {**self.get_serializer_context(), "called": called_off([row.pk for row in rows])}
        return BlanketOut(*args, **kwargs)

    @extend_schema(request=BlanketIn, responses={201: BlanketOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        body = BlanketIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        channel = channel_of(request, given)
        by_code = known_skus(channel.company_id, codes=[line["sku"] for line in given["lines"]], ids=[]).by_code
        errors = [
            {"field": f"lines.{row}.sku", "message": _("There is no SKU %(sku)s.") % line, "code": "unknown_sku"}
            for row, line in enumerate(given["lines"])
            if line["sku"] not in by_code
        ]
        contact = Contact.objects.filter(channel=channel, external_id=given["contact"]).first()
        if contact is None:
            errors.append({"field": "contact", "message": _("There is no such buyer."), "code": "unknown_contact"})
        if errors or contact is None:
            raise InvalidInput(_("Some fields are wrong; nothing was saved."), errors=errors)
        blanket = services.create_blanket_order(
            [
                services.BlanketLineInput(by_code[line["sku"]], line["quantity"], line["unit_price"])
                for line in given["lines"]
            ],
            contact_id=contact.pk,
            reference=given["reference"],
            currency=given.get("currency") or channel.currency,
            valid_from=given["valid_from"],
            valid_to=given["valid_to"],
            note=given["note"],
            actor=actor_of(request),
        )
        return Response(self.get_serializer(self.get_queryset().get(pk=blanket.pk)).data, status=201)

    @extend_schema(request=CallIn, responses={201: OrderDetail, 200: OrderDetail}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="call-off")
    @idempotent()
    def call_off(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """An order for parts of what was agreed: 201, or 200 where this very order was placed before."""
        body = CallIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        blanket = self.get_object()
        address = given.get("shipping_address")
        quantities: dict[int, Decimal] = {}
        for line in given["lines"]:
            quantities[line["line"]] = quantities.get(line["line"], ZERO) + line["quantity"]
        result = services.call_off(
            blanket.pk,
            quantities=quantities,
            company_id=blanket.company_id,
            external_id=given["external_id"],
            placed_at=timezone.now(),
            actor=actor_of(request),
            shipping_address=AddressInput(**address) if address else None,
            note=given["note"],
        )
        if result.state == "refused":
            raise InvalidInput(result.detail, errors=[{"field": result.field, "message": result.detail}])
        order = Order.objects.select_related("channel", "shipping_address").get(pk=result.order_id)
        return Response(OrderDetail(order).data, status=201 if result.state == "placed" else 200)

    @extend_schema(request=ReasonIn, responses=BlanketOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def close(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Nothing more is called off; orders called off before go on."""
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        blanket = self.get_object()
        services.set_blanket_status(
            blanket.pk,
            company_id=blanket.company_id,
            status="closed",
            reason=body.validated_data["reason"],
            actor=actor_of(request),
        )
        return Response(self.get_serializer(self.get_object()).data)
