"""Drafts and quotes over HTTP."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from orders import services
from orders.api.changes import MAX_LINES, LineAddIn, skus_of
from orders.api.channels import channel_of
from orders.api.documents import LANGUAGE, MailOut, PdfRenderer, pdf_answer
from orders.api.serializers import AddressIn, AddressOut, Amount, ContactIn, OrderDetail
from orders.api.versions import IF_MATCH, sent_version
from orders.drafting import DraftChargeInput, DraftInput, DraftLineInput
from orders.errors import NoDocument
from orders.inputs import AddressInput, ContactInput
from orders.models import ChargeKind, DocumentKind, DocumentMail, DraftCharge, DraftLine, DraftOrder, Order
from orders.selectors.documents import documents_on


class DraftLineIn(LineAddIn):
    tax_rate = serializers.DecimalField(max_digits=9, decimal_places=6, min_value=0, max_value=1, required=False)


class DraftChargeIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=ChargeKind.choices)
    amount = Amount(min_value=None)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)
    tax_rate = serializers.DecimalField(max_digits=9, decimal_places=6, min_value=0, max_value=1, required=False)


class DraftIn(serializers.Serializer[Any]):
    """Prices that are left out are what the SKU costs this buyer; taxes the channel's of the day."""

    channel = serializers.SlugField(required=False, help_text="Staff only: a key is bound to its channel.")
    external_id = serializers.CharField(max_length=110, required=False, help_text="The same id again: the same draft.")
    external_number = serializers.CharField(max_length=120, required=False, allow_blank=True)
    lines = DraftLineIn(many=True, required=False, max_length=MAX_LINES)
    charges = DraftChargeIn(many=True, required=False, max_length=50)
    contact = ContactIn(required=False)
    shipping_address = AddressIn(required=False)
    currency = serializers.CharField(max_length=10, required=False)
    prices_include_tax = serializers.BooleanField(required=False)
    promise_date = serializers.DateField(required=False)
    shipping_service = serializers.CharField(max_length=60, required=False, allow_blank=True)
    note = serializers.CharField(max_length=5000, required=False, allow_blank=True)

    def to_input(self, company_id: int, draft: DraftOrder | None = None) -> DraftInput:
        """Raises InvalidInput for an SKU that nobody knows. draft: the buyer stays who it is, if none is named."""
        given = dict(self.validated_data)
        given.pop("channel", None)
        rows = given.pop("lines", [])
        known = skus_of(company_id, [("lines", rows)])
        lines = [DraftLineInput(sku_id=known[row.pop("sku")], **row) for row in map(dict, rows)]
        charges = [DraftChargeInput(**row) for row in given.pop("charges", [])]
        contact = given.pop("contact", None)
        address = given.pop("shipping_address", None)
        return DraftInput(
            lines=lines,
            charges=charges,
            contact=ContactInput(**contact) if contact else None,
            contact_id=draft.contact_id if draft is not None and contact is None else None,
            shipping_address=AddressInput(**address) if address else None,
            **given,
        )


class QuoteIn(serializers.Serializer[Any]):
    valid_until = serializers.DateField(help_text="The last day on which the quote holds.")


class DraftLineOut(serializers.ModelSerializer[DraftLine]):
    """tax_rate: typed by hand; applied_rate: what counts, with the tax code and the rule that were decided."""

    sku = serializers.CharField(source="sku.code")
    tax_code = serializers.CharField(source="tax_code.code", default=None)
    tax_rule = serializers.IntegerField(source="tax_rule_id", default=None)

    class Meta:
        model = DraftLine
        fields = [
            "position", "sku", "description", "quantity", "unit_price", "discount", "tax_rate", "tax", "applied_rate",
            "tax_code", "tax_rule",
        ]  # fmt: skip


class DraftChargeOut(serializers.ModelSerializer[DraftCharge]):
    tax_code = serializers.CharField(source="tax_code.code", default=None)
    tax_rule = serializers.IntegerField(source="tax_rule_id", default=None)

    class Meta:
        model = DraftCharge
        fields = [
            "position", "kind", "description", "amount", "tax_rate", "tax", "applied_rate", "tax_code", "tax_rule",
        ]  # fmt: skip


class DraftOut(serializers.ModelSerializer[DraftOrder]):
    number = serializers.CharField(read_only=True)
    channel = serializers.CharField(source="channel.code")
    contact = serializers.CharField(source="contact.external_id", default=None)
    order = serializers.IntegerField(source="order_id", allow_null=True)
    shipping_address = AddressOut(allow_null=True)
    lines = DraftLineOut(many=True)
    charges = DraftChargeOut(many=True)

    class Meta:
        model = DraftOrder
        fields = [
            "id", "number", "version", "channel", "external_id", "external_number", "status", "valid_until", "contact",
            "currency", "prices_include_tax", "goods_total", "charges_total", "discount_total", "tax_total", "total",
            "promise_date", "shipping_service", "note", "made_by", "created_at", "order", "shipping_address", "lines",
            "charges",
        ]  # fmt: skip


class DraftViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[DraftOrder]):
    """Orders that are being written, and quotes. Every answer has an ETag; every change minds If-Match."""

    access = {
        "list": ("orders:read", "orders.view_draftorder"),
        "retrieve": ("orders:read", "orders.view_draftorder"),
        "create": ("orders:write", "orders.add_draftorder"),
        "edit": ("orders:write", "orders.change_draftorder"),
        "quote": ("orders:write", "orders.change_draftorder"),
        "place": ("orders:write", "orders.add_order"),
        "cancel": ("orders:write", "orders.change_draftorder"),
        "document": ("orders:read", "orders.view_draftorder"),
        "mail": ("orders:write", "orders.add_documentmail"),
    }
    filterset_fields = ["status"]
    serializer_class = DraftOut

    def get_queryset(self) -> QuerySet[DraftOrder]:
        rows = DraftOrder.objects.select_related("channel", "contact", "shipping_address").prefetch_related(
            Prefetch("lines", DraftLine.objects.select_related("sku").order_by("position")),
            Prefetch("charges", DraftCharge.objects.order_by("position")),
        )
        return own_rows(self.request, rows, channel="channel_id")

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        data = getattr(response, "data", None)
        if response.status_code < 300 and isinstance(data, dict) and "valid_until" in data:
            response["ETag"] = f'"{data["version"]}"'
        return response

    @extend_schema(request=DraftIn, responses={201: DraftOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Write a draft: nothing is claimed, nothing is promised yet."""
        body = DraftIn(data=request.data)
        body.is_valid(raise_exception=True)
        channel = channel_of(request, body.validated_data)
        draft = services.create_draft(
            body.to_input(channel.company_id),
            channel_id=channel.pk,
            actor=actor_of(request),
            today=timezone.localdate(),
        )
        return self._answer(draft.pk, 201)

    @extend_schema(request=DraftIn, responses=DraftOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def edit(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Write it anew, lines and all; a quote is withdrawn by that."""
        body = DraftIn(data=request.data)
        body.is_valid(raise_exception=True)
        draft = self.get_object()
        given = body.to_input(draft.company_id, draft)
        services.update_draft(draft.pk, given=given, today=timezone.localdate(), **self._common(request, draft))
        return self._answer(draft.pk)

    @extend_schema(request=QuoteIn, responses=DraftOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def quote(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Offer it until a day."""
        body = QuoteIn(data=request.data)
        body.is_valid(raise_exception=True)
        draft = self.get_object()
        services.quote_draft(
            draft.pk,
            valid_until=body.validated_data["valid_until"],
            today=timezone.localdate(),
            **self._common(request, draft),
        )
        return self._answer(draft.pk)

    @extend_schema(request=None, responses={201: OrderDetail, 200: OrderDetail}, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def place(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make it an order: price, tax and address are fixed. An expired quote is refused (quote_expired)."""
        draft = self.get_object()
        result = services.place_draft(draft.pk, placed_at=timezone.now(), **self._common(request, draft))
        order = Order.objects.select_related("channel", "shipping_address").get(pk=result.order_id)
        return Response(OrderDetail(order).data, status=201 if result.state == "placed" else 200)

    @extend_schema(request=ReasonIn, responses=DraftOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Give it up."""
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        draft = self.get_object()
        services.cancel_draft(draft.pk, reason=body.validated_data["reason"], **self._common(request, draft))
        return self._answer(draft.pk)

    @extend_schema(
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
        parameters=[LANGUAGE],
        filters=False,
        operation_id="v1_drafts_document",
    )
    @action(detail=True, methods=["get"], url_path="pdf", renderer_classes=[JSONRenderer, PdfRenderer])
    def document(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The quote as PDF, in the buyer's language or the one asked for."""
        draft = self.get_object()
        if not documents_on("orders.draftorder", [draft.pk]):
            raise NoDocument(_("%(number)s is not a quote: say first until when it holds.") % {"number": draft.number})
        return pdf_answer(request, DocumentKind.QUOTE, [draft.pk], draft.number)

    @extend_schema(request=None, responses={202: MailOut}, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def mail(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Mail the quote to the buyer; a worker sends it soon."""
        draft = self.get_object()
        mail = services.mail_quote(draft.pk, today=timezone.localdate(), **self._common(request, draft))
        return Response(MailOut(DocumentMail.objects.get(pk=mail.pk)).data, 202)

    def _common(self, request: Any, draft: DraftOrder) -> dict[str, Any]:
        return {"company_id": draft.company_id, "actor": actor_of(request), "version": sent_version(request)}

    def _answer(self, draft_id: int, status: int = 200) -> Response:
        return Response(DraftOut(self.get_queryset().get(pk=draft_id)).data, status=status)
