"""Prices, credit and blanket orders over HTTP, for storefronts of business customers and for staff."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.batches import BatchOut, Refuse, TableBatchIn, apply_items
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.models import ApiKey
from backoffice.core.tabular import RowError, noun_of
from orders import services
from orders.api.channels import channel_of
from orders.api.serializers import AddressIn, Amount, OrderDetail
from orders.inputs import AddressInput
from orders.models import BlanketLine, BlanketOrder, Contact, Order, PriceList
from orders.selectors.blanket import called_off
from orders.selectors.credit import credit_of
from orders.selectors.price_lists import Asking, listed_breaks, listed_prices
from orders.selectors.setting import known_skus
from orders.services.pricing import local_day

MAX_LINES = 1000
ZERO = Decimal(0)


class PriceLineIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=120)
    quantity = Amount(min_value=Decimal("0.000001"), default=Decimal(1))


class PricesIn(serializers.Serializer[Any]):
    """contact: the buyer's external id, whose own prices and whose group's count. on: the day; left out: today."""

    channel = serializers.SlugField(required=False, help_text="Staff only: a key is bound to its channel.")
    contact = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    currency = serializers.CharField(max_length=10, required=False)
    on = serializers.DateField(required=False)
    lines = PriceLineIn(many=True, min_length=1, max_length=MAX_LINES)


class BreakOut(serializers.Serializer[Any]):
    min_quantity = Amount()
    unit_price = Amount()


class PriceOut(serializers.Serializer[Any]):
    """unit_price and price_list are null where no list has a price; breaks: at which quantities it changes."""

    sku = serializers.CharField()
    quantity = Amount()
    unit_price = Amount(allow_null=True)
    price_list = serializers.CharField(allow_null=True)
    breaks = BreakOut(many=True)


class PricesOut(serializers.Serializer[Any]):
    currency = serializers.CharField()
    prices_include_tax = serializers.BooleanField()
    lines = PriceOut(many=True)


class PriceViewSet(ActionAccess, viewsets.ViewSet):
    """What a buyer is asked. POST, for the lines may be many; nothing is written."""

    access = {
        "create": ("prices:read", "orders.view_pricelist"),
        "batch": ("prices:write", "orders.change_pricelist"),
    }

    @extend_schema(request=PricesIn, responses=PricesOut)
    def create(self, request: Any) -> Response:
        """The prices of many SKUs at once, with their quantity breaks."""
        body = PricesIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        channel = channel_of(request, given)
        lines = given["lines"]
        by_code = known_skus(channel.company_id, codes=[line["sku"] for line in lines], ids=[]).by_code
        unknown = [
            {"field": f"lines.{row}.sku", "message": _("There is no SKU %(sku)s.") % line, "code": "unknown_sku"}
            for row, line in enumerate(lines)
            if line["sku"] not in by_code
        ]
        if unknown:
            raise InvalidInput(_("Some fields are wrong."), errors=unknown)
        asking = Asking(
            channel.pk,
            given.get("currency") or channel.currency,
            given.get("on") or local_day(channel, timezone.now()),
            contact=given["contact"],
        )
        wants = [(by_code[line["sku"]], line["quantity"]) for line in lines]
        found = listed_prices(wants, asking)
        breaks = listed_breaks([sku_id for sku_id, _quantity in wants], asking)
        rows = [
            {
                "sku": line["sku"],
                "quantity": line["quantity"],
                "unit_price": price.unit_price if price else None,
                "price_list": price.list_code if price else None,
                "breaks": breaks[sku_id],
            }
            for line, (sku_id, _quantity), price in zip(lines, wants, found, strict=True)
        ]
        said = {"currency": asking.currency, "prices_include_tax": channel.prices_include_tax, "lines": rows}
        return Response(PricesOut(said).data)

    @extend_schema(request=TableBatchIn, responses=BatchOut, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def batch(self, request: Any) -> Response:
        """Write up to 1,000 prices: price_list, sku, min_quantity, unit_price (null takes it off); a result for each."""
        body = TableBatchIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        noun = noun_of("orders.import_prices")
        refuse = _strange_lists(request, company_id)
        return Response(
            apply_items(noun, given["items"], company_id=company_id, actor=actor_of(request), refuse=refuse)
        )


def _strange_lists(request: Any, company_id: int) -> Refuse:
    """A key bound to a channel writes the lists of that channel only; others do not exist for it. Statements: 0 or 1."""
    if not (isinstance(request.auth, ApiKey) and request.auth.channel_id):
        return lambda item: None
    lists = PriceList.objects.filter(company_id=company_id, channel_id=request.auth.channel_id)
    own = {code.upper() for code in lists.values_list("code", flat=True)}

    def refuse(item: Mapping[str, Any]) -> RowError | None:
        code = str(item.get("price_list", ""))[:50]
        if not code or code.upper() in own:
            return None
        said = _("There is no price list “%(code)s”: make it first.") % {"code": code}
        return RowError("price_list", said, "unknown_price_list")

    return refuse


class CreditOut(serializers.Serializer[Any]):
    """Amounts in the customer's currency. limit and left are null where there is no limit."""

    contact = serializers.CharField()
    currency = serializers.CharField()
    payment_terms_days = serializers.IntegerField()
    limit = Amount(allow_null=True, min_value=None)
    owed = Amount(min_value=None)
    ordered = Amount(min_value=None)
    left = Amount(allow_null=True, min_value=None)


class CreditViewSet(ActionAccess, viewsets.GenericViewSet[Contact]):
    """What a business customer may still order on account. The key is the buyer's external id."""

    access = {"retrieve": ("credit:read", "orders.view_contact")}
    lookup_field = "external_id"
    lookup_value_regex = "[^/]+"
    serializer_class = CreditOut

    def get_queryset(self) -> QuerySet[Contact]:
        rows = Contact.objects.select_related("party").filter(party__isnull=False).order_by("pk")
        return own_rows(self.request, rows, channel="channel_id")

    @extend_schema(responses=CreditOut)
    def retrieve(self, request: Any, external_id: str) -> Response:
        contact = self.get_queryset().filter(external_id=external_id).first()
        if contact is None or contact.party is None:
            raise _NotFound(_("There is no such business customer."))
        credit = credit_of([contact.party.pk], on=timezone.now().date())[contact.party.pk]
        said = {
            "contact": contact.external_id, "currency": credit.currency,
            "payment_terms_days": contact.party.payment_terms_days, "limit": credit.limit, "owed": credit.owed,
            "ordered": credit.ordered, "left": credit.left,
        }  # fmt: skip
        return Response(CreditOut(said).data)


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


class _NotFound(DomainError):
    code = "not_found"
    status = 404
