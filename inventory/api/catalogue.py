"""The catalogue over HTTP: read, make and change products, SKUs, categories, brands, packs and barcodes."""

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.etags import IF_MATCH
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from inventory import services
from inventory.api import catalogue_in as given_in
from inventory.api import filters
from inventory.api import serializers as out
from inventory.api.rows import RowViewSet, access_to, described
from inventory.models import (
    Barcode,
    Brand,
    Category,
    CostMethod,
    Pack,
    Product,
    Sku,
    SkuOption,
    StockMove,
    Substitute,
)
from inventory.selectors import category_cost_methods, scan
from inventory.services import BarcodeInput


@described(given_in.CategoryIn, out.CategoryOut)
class CategoryViewSet(RowViewSet):
    access = access_to("category")
    takes, serializer_class, filterset_class = given_in.CategoryIn, out.CategoryOut, filters.CategoryFilter

    def get_queryset(self) -> QuerySet[Category]:
        return own_rows(self.request, Category.objects.select_related("parent"))


@described(given_in.BrandIn, out.BrandOut)
class BrandViewSet(RowViewSet):
    access = access_to("brand")
    takes, serializer_class, filterset_class = given_in.BrandIn, out.BrandOut, filters.BrandFilter

    def get_queryset(self) -> QuerySet[Brand]:
        return own_rows(self.request, Brand.objects.all())


@described(given_in.PackIn, out.PackOut)
class PackViewSet(RowViewSet):
    access = access_to("pack")
    takes, serializer_class, filterset_class = given_in.PackIn, out.PackOut, filters.PackFilter

    def get_queryset(self) -> QuerySet[Pack]:
        codes = Prefetch("barcodes", Barcode.objects.order_by("pk"))
        return own_rows(self.request, Pack.objects.select_related("sku").prefetch_related(codes))

    def make(self, values: dict[str, Any], company_id: int) -> int:
        codes = values.pop("barcodes", [])
        pack = Pack(company_id=company_id, **values)
        return services.create_pack(pack, codes=codes, actor=actor_of(self.request)).pk


@described(given_in.BarcodeIn, out.BarcodeOut)
class BarcodeViewSet(RowViewSet):
    """A barcode is made or taken away; another code is another barcode."""

    access = {
        **{name: rule for name, rule in access_to("barcode").items() if name != "partial_update"},
        "destroy": ("catalogue:write", "inventory.delete_barcode"),
    }
    http_method_names = ("get", "post", "delete", "head", "options")
    takes, serializer_class, filterset_class = given_in.BarcodeIn, out.BarcodeOut, filters.BarcodeFilter

    def get_queryset(self) -> QuerySet[Barcode]:
        return own_rows(self.request, Barcode.objects.select_related("sku", "pack"))

    def make(self, values: dict[str, Any], company_id: int) -> int:
        pack = values.get("pack") or None
        row = BarcodeInput(values["sku"].pk, values.get("code", ""), pack.pk if pack else None)
        [made] = services.add_barcodes([row], company_id=company_id, actor=actor_of(self.request))
        return made.pk

    @extend_schema(responses={204: None}, parameters=[IF_MATCH])
    @idempotent(required=False)
    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        row = self.locked()
        services.delete_row(row, company_id=row.company_id, actor=actor_of(request))
        return Response(status=204)


@described(given_in.SkuIn, out.SkuOut)
class SkuViewSet(RowViewSet):
    access = access_to(
        "sku",
        change_status=("catalogue:write", "inventory.change_sku"),
        substitutes=("catalogue:write", "inventory.change_sku"),
    )
    takes, serializer_class, filterset_class = given_in.SkuIn, out.SkuOut, filters.SkuFilter

    def get_queryset(self) -> QuerySet[Sku]:
        rows = Sku.objects.select_related("storage_class").prefetch_related(
            Prefetch("barcodes", Barcode.objects.select_related("pack").order_by("pk")),
            Prefetch("packs", Pack.objects.order_by("quantity", "pk")),
            Prefetch("option_values", SkuOption.objects.select_related("option", "value")),
            Prefetch("substitutes", Substitute.objects.select_related("substitute")),
        )
        if self.action == "partial_update":
            rows = rows.annotate(has_moves=Exists(StockMove.objects.filter(sku=OuterRef("pk"))))
        return own_rows(self.request, rows)

    def make(self, values: dict[str, Any], company_id: int) -> int:
        product = values.pop("product", None)
        actor = actor_of(self.request)
        if product is None:
            product = services.create_row(
                Product(company_id=company_id, name=values["name"]), company_id=company_id, actor=actor
            )
        if "cost_method" not in values:
            methods = category_cost_methods([product.category_id] if product.category_id else [])
            values["cost_method"] = methods.get(product.category_id or 0, CostMethod.AVERAGE)
        sku = Sku(company_id=company_id, product=product, **values)
        return services.create_row(sku, company_id=company_id, actor=actor).pk

    def change(self, row: Any, values: dict[str, Any]) -> None:
        services.change_sku(row, values=values, company_id=row.company_id, actor=actor_of(self.request))

    @extend_schema(request=given_in.SkuStatusIn, responses=out.SkuOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"], url_path="status")
    @idempotent()
    def change_status(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Draft, active, phasing out (sold while it lasts, not bought), discontinued."""
        body = given_in.SkuStatusIn(data=request.data)
        body.is_valid(raise_exception=True)
        sku = self.locked()
        services.change_sku_status([sku.pk], company_id=sku.company_id, actor=actor_of(request), **body.validated_data)
        return self.answer(sku.pk)

    @extend_schema(request=given_in.SubstitutesIn, responses=out.SkuOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def substitutes(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What may be offered instead, the best first: the whole list."""
        sku = self.locked()
        body = given_in.SubstitutesIn(data=request.data, context={"company_id": sku.company_id})
        body.is_valid(raise_exception=True)
        services.set_substitutes(
            sku.pk,
            substitute_ids=[row.pk for row in body.validated_data["substitutes"]],
            company_id=sku.company_id,
            actor=actor_of(request),
            both_ways=body.validated_data["both_ways"],
        )
        return self.answer(sku.pk)


class ScanViewSet(ActionAccess, viewsets.ViewSet):
    """What scanned codes mean: SKU, pack, quantity."""

    access = {"list": ("catalogue:read", "inventory.view_sku")}

    @extend_schema(
        responses=out.ScanOut,
        parameters=[
            OpenApiParameter("code", str, required=True, many=True, description="up to 200 codes"),
            OpenApiParameter("company", str),
        ],
    )
    def list(self, request: Any) -> Response:
        codes = [code.strip() for code in request.query_params.getlist("code")[:200] if code.strip()]
        found = scan(company_of(request, request.query_params.get("company", "")), codes)
        results = [
            {"code": code, "sku": hit.sku, "sku_id": hit.sku_id, "pack": hit.pack, "quantity": hit.quantity}
            for code in dict.fromkeys(codes)
            if (hit := found.get(code))
        ]
        unknown = [code for code in dict.fromkeys(codes) if code not in found]
        return Response(out.ScanOut({"results": results, "unknown": unknown}).data)
