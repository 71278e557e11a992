"""Owners of goods that lie with us, over HTTP: prices, goods in and back, what was sold and is owed."""

from typing import Any
from uuid import uuid4

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.letters import print_letters
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.filters import YesNo
from backoffice.core.api.idempotency import idempotent
from inventory import services
from inventory.api.moving import lot_ids, place_ids, sku_ids, warehouse_id
from inventory.api.owner_serializers import (
    OwnedOut,
    OwnerDaysIn,
    OwnerOut,
    OwnerPaperIn,
    OwnersGoodsIn,
    OwnerStatementOut,
    SelfBillIn,
    SelfBillOut,
    SoldOut,
    TermIn,
)
from inventory.models import StockOwner
from inventory.owner_letters import owner_letter
from inventory.selectors.owner_statements import OwnerStatement, owed_in_all
from inventory.selectors.owners import owned_stock, owner_statement, unbilled

READ, WRITE = ("stock:read", "inventory.view_stockowner"), ("stock:write", "inventory.change_stockowner")


class StockOwnerFilter(django_filters.FilterSet):
    is_active = YesNo()

    class Meta:
        model = StockOwner
        fields = ["kind"]


class StockOwnerViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[StockOwner]
):
    """Their goods have no value in our books; a consignor's unit is bought in the breath in which it is sold."""

    access = {
        **dict.fromkeys(("list", "retrieve", "goods", "statement", "account", "account_pdf"), READ),
        "bill": ("bills:write", "accounting.add_bill"),
        **dict.fromkeys(("term", "receive", "give_back"), WRITE),
    }
    serializer_class = OwnerOut
    filterset_class = StockOwnerFilter

    def get_queryset(self) -> QuerySet[StockOwner]:
        return own_rows(
            self.request,
            StockOwner.objects.select_related("company", "party__person", "party__address").prefetch_related(
                "terms__sku"
            ),
        )

    @extend_schema(responses=OwnedOut(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def goods(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Where the owner's goods lie, the first 1000 places."""
        owner = self.get_object()
        return Response(OwnedOut(owned_stock(owner.party_id, company_id=owner.company_id)[:1000], many=True).data)

    @extend_schema(responses=SoldOut(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def statement(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What was sold of the goods and is owed for it, the newest 1000 first."""
        owner = self.get_object()
        return Response(SoldOut(owner_statement(owner.pk, company_id=owner.company_id, limit=1000), many=True).data)

    @extend_schema(parameters=[OwnerDaysIn], responses=OwnerStatementOut, filters=False)
    @action(detail=True, pagination_class=None)
    def account(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The statement of the owner's goods for some days: by SKU from opening to closing, and each move."""
        asked = self._account(OwnerDaysIn, request)[0]
        owner, lines, moves = asked.owner, asked.lines(), list(asked.moves(limit=1001))
        told = {
            "lines": lines,
            "owed": owed_in_all(lines),
            "unbilled": unbilled(owner.party_id, company_id=owner.company_id, until=asked.end),
            "moves": moves[:1000],
            "more": len(moves) > 1000,
        }
        return Response(OwnerStatementOut(told).data)

    @extend_schema(parameters=[OwnerPaperIn], responses={(200, "application/pdf"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, url_path="account-pdf", pagination_class=None)
    def account_pdf(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The statement as the owner gets it."""
        asked, given = self._account(OwnerPaperIn, request)
        letter = owner_letter(asked, given.get("language", ""))
        return HttpResponse(print_letters([letter]), content_type="application/pdf")

    @extend_schema(request=SelfBillIn, responses={201: SelfBillOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def bill(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Propose the bill for a consignor's goods that were sold: matched, and posted as any other bill."""
        body = SelfBillIn(data=request.data)
        body.is_valid(raise_exception=True)
        owner = self.get_object()
        bill = services.bill_consignor(
            owner.pk, company_id=owner.company_id, actor=actor_of(request), **body.validated_data
        )
        return Response(SelfBillOut(bill).data, status=201)

    def _account(self, form: type[serializers.Serializer[Any]], request: Any) -> tuple[OwnerStatement, dict[str, Any]]:
        asked = form(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        return OwnerStatement(self.get_object(), given["start"], given["end"]), given

    @extend_schema(request=TermIn, responses=OwnerOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def term(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Set the price of a consignor's SKU."""
        body = TermIn(data=request.data)
        body.is_valid(raise_exception=True)
        owner, given = self.get_object(), body.validated_data
        [sku] = sku_ids(owner.company_id, [given])
        services.set_consignment_term(
            owner.pk,
            sku_id=sku,
            unit_price=given["unit_price"],
            is_active=given["is_active"],
            company_id=owner.company_id,
            actor=actor_of(request),
        )
        return Response(OwnerOut(self.get_queryset().get(pk=owner.pk)).data)

    @extend_schema(request=OwnersGoodsIn, responses=OwnedOut(many=True), filters=False, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], pagination_class=None)
    @idempotent()
    def receive(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take goods in that stay the owner's; the answer is where its goods lie now."""
        owner, lines = self._lines(request)
        services.receive_for_owner(
            lines,
            owner_id=owner.pk,
            company_id=owner.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
            source_key=f"owner:{owner.pk}:{uuid4()}",  # the request's own key makes it happen once
        )
        return self.goods(request)

    @extend_schema(request=OwnersGoodsIn, responses=OwnedOut(many=True), filters=False, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="return", pagination_class=None)
    @idempotent()
    def give_back(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Goods go back to their owner; the answer is where the rest lies."""
        owner, lines = self._lines(request)
        services.return_to_owner(
            lines,
            owner_id=owner.pk,
            company_id=owner.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
            source_key=f"owner_return:{owner.pk}:{uuid4()}",
        )
        return self.goods(request)

    def _lines(self, request: Any) -> tuple[StockOwner, list[services.OwnersGoods]]:
        body = OwnersGoodsIn(data=request.data)
        body.is_valid(raise_exception=True)
        owner, rows = self.get_object(), body.validated_data["lines"]
        warehouse = warehouse_id(owner.company_id, body.validated_data["warehouse"])
        skus = sku_ids(owner.company_id, rows)
        lots, places = lot_ids(skus, rows), place_ids([warehouse] * len(rows), rows)
        return owner, [
            services.OwnersGoods(sku, row["quantity"], place or 0, lot, tuple(row["serials"]))
            for sku, lot, place, row in zip(skus, lots, places, rows, strict=True)
        ]
