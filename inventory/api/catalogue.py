"""The catalogue over HTTP: read, make and change products, SKUs, categories, brands, packs and barcodes."""

from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import FileResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.batches import BatchOut, TableBatchIn, apply_items
from backoffice.core.api.etags import IF_MATCH, ContentTags, expect_etag
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.tabular import noun_of
from inventory import services
from inventory.api import catalogue_in as given_in
from inventory.api import filters
from inventory.api import serializers as out
from inventory.models import (
    Barcode,
    Brand,
    Category,
    CostMethod,
    OptionValue,
    Pack,
    Product,
    ProductImage,
    ProductOption,
    Sku,
    SkuOption,
    StockMove,
    Substitute,
)
from inventory.selectors import category_cost_methods, scan
from inventory.services import BarcodeInput, OptionInput


class RowViewSet(
    ContentTags, ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Rows of one kind; PATCH with If-Match changes what the caller has read, all wrong fields are told at once."""

    takes: ClassVar[type[serializers.BaseSerializer[Any]]]
    through: ClassVar[str] = "company_id"  # the lookup that leads to the company

    def get_serializer_context(self) -> dict[str, Any]:
        context: dict[str, Any] = {**super().get_serializer_context()}
        if self.request and self.request.method != "GET" and not getattr(self, "swagger_fake_view", False):
            body = self.request.data if isinstance(self.request.data, dict) else {}
            context["company_id"] = company_of(self.request, str(body.get("company", "")))
        return context

    def taken(self, **options: Any) -> dict[str, Any]:
        """The checked body."""
        body = self.takes(data=self.request.data, context=self.get_serializer_context(), **options)
        body.is_valid(raise_exception=True)
        return body.validated_data

    def answer(self, pk: int, status: int = 200) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data, status=status)

    def make(self, values: dict[str, Any], company_id: int) -> int:
        row = self.takes.Meta.model(company_id=company_id, **values)  # type: ignore[attr-defined]
        return services.create_row(row, company_id=company_id, actor=actor_of(self.request)).pk

    def change(self, row: Any, values: dict[str, Any]) -> None:
        services.change_row(row, values=values, company_id=row.company_id, actor=actor_of(self.request))

    @extend_schema(parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        values = self.taken()
        return self.answer(self.make(values, self.get_serializer_context()["company_id"]), 201)

    @extend_schema(parameters=[IF_MATCH])
    @idempotent(required=False)
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        row = self.locked()
        values = self.takes(
            row,
            data=request.data,
            partial=True,
            context={**super().get_serializer_context(), "company_id": row.company_id},
        )
        values.is_valid(raise_exception=True)
        self.change(row, values.validated_data)
        return self.answer(row.pk)

    def locked(self) -> Any:
        """The row, locked, and still as the caller has read it."""
        rows = self.get_queryset().order_by("pk").select_for_update(of=("self",), no_key=True)
        row = rows.filter(pk=self.kwargs["pk"]).first() if str(self.kwargs["pk"]).isdecimal() else None
        if row is None:
            raise NotFound
        label = type(row)._meta.label_lower
        expect_etag(self.request, self.get_serializer_class()(row).data, object_type=label, object_id=row.pk)
        return row


def described(takes: Any, gives: Any) -> Any:
    """The schema of a row view set's two writes."""
    return extend_schema_view(
        create=extend_schema(request=takes, responses={201: gives}),
        partial_update=extend_schema(request=takes, responses=gives),
    )


def access_to(noun: str, **more: tuple[str, str]) -> dict[str, tuple[str, str]]:
    read, write = "catalogue:read", "catalogue:write"
    return {
        "list": (read, f"inventory.view_{noun}"),
        "retrieve": (read, f"inventory.view_{noun}"),
        "create": (write, f"inventory.add_{noun}"),
        "partial_update": (write, f"inventory.change_{noun}"),
        **more,
    }


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


@described(given_in.ProductIn, out.ProductOut)
class ProductViewSet(RowViewSet):
    access = access_to(
        "product",
        batch=("catalogue:write", "inventory.add_sku"),
        options=("catalogue:write", "inventory.change_product"),
        preview=("catalogue:read", "inventory.view_product"),
        variants=("catalogue:write", "inventory.add_sku"),
        images=("catalogue:write", "inventory.add_productimage"),
        image=("catalogue:read", "inventory.view_product"),
    )
    takes, serializer_class, filterset_class = given_in.ProductIn, out.ProductOut, filters.ProductFilter

    def get_queryset(self) -> QuerySet[Product]:
        rows = Product.objects.select_related("category", "brand", "tax_code").prefetch_related(
            Prefetch("skus", Sku.objects.order_by("pk")),
            Prefetch("options", ProductOption.objects.order_by("position")),
            Prefetch("options__values", OptionValue.objects.order_by("position")),
            Prefetch("images", ProductImage.objects.select_related("sku").order_by("position")),
        )
        return own_rows(self.request, rows)

    def get_parsers(self) -> list[Any]:
        """A picture comes as multipart/form-data; all else is JSON."""
        if getattr(self, "action_map", {}).get("post") == "images" and self.request and self.request.method == "POST":
            return [MultiPartParser()]
        return super().get_parsers()

    @extend_schema(request=TableBatchIn, responses=BatchOut, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def batch(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make and change up to 1,000 SKUs with their products, options and barcodes; a result for each."""
        body = TableBatchIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        noun = noun_of("inventory.import_skus")
        return Response(apply_items(noun, given["items"], company_id=company_id, actor=actor_of(request)))

    @extend_schema(request=given_in.OptionsIn, responses=out.ProductOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]
        """In what the SKUs differ: missing options and values are added, nothing is taken away."""
        if request.method == "OPTIONS":
            return super().options(request, *args, **kwargs)
        body = given_in.OptionsIn(data=request.data)
        body.is_valid(raise_exception=True)
        product = self.locked()
        services.set_options(
            product.pk,
            options=[
                OptionInput(row["name"], tuple((value["name"], value["code"]) for value in row["values"]))
                for row in body.validated_data["options"]
            ],
            company_id=product.company_id,
            actor=actor_of(request),
        )
        return self.answer(product.pk)

    @extend_schema(request=given_in.VariantsIn, responses=out.PlannedOut)
    @action(detail=True, methods=["post"], url_path="variants/preview")
    def preview(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Every combination of the options: its SKU, or the code that it would get. Nothing is written."""
        body = given_in.VariantsIn(data=request.data)
        body.is_valid(raise_exception=True)
        product = self.get_object()
        plans = services.plan_variants(product.pk, company_id=product.company_id, **body.validated_data)
        results = [
            {
                "values": plan.variant.key,
                "names": [value.name for value in plan.variant.values],
                "sku": plan.sku_code,
                "state": plan.state,
                "problem": plan.problem,
            }
            for plan in plans
        ]
        return Response(out.PlannedOut({"results": results}).data)

    @extend_schema(request=given_in.NewVariantsIn, responses={201: out.ProductOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def variants(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make the SKUs of combinations that have none, as the preview shows them."""
        body = given_in.NewVariantsIn(data=request.data)
        body.is_valid(raise_exception=True)
        product, given = self.get_object(), body.validated_data
        chosen = {tuple(key) for key in given["combinations"]} if "combinations" in given else None
        services.create_variants(
            product.pk,
            pattern=given["pattern"],
            company_id=product.company_id,
            actor=actor_of(request),
            chosen=chosen,
            status=given["status"],
        )
        return self.answer(product.pk, 201)

    @extend_schema(
        request={"multipart/form-data": {"type": "object", "properties": {
            "file": {"type": "string", "format": "binary"}, "sku": {"type": "string"}, "alt": {"type": "string"},
        }}},
        responses={201: out.ProductOut},
    )  # fmt: skip
    @action(detail=True, methods=["post"])
    def images(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Add a picture, PNG or JPEG; the same picture again changes nothing."""
        product = self.get_object()
        upload = request.data.get("file")
        if not hasattr(upload, "read"):
            raise serializers.ValidationError({"file": [_("Choose a file.")]})
        sku = request.data.get("sku")
        found = Sku.objects.filter(product=product, code__iexact=sku).first() if sku else None
        if sku and found is None:
            raise serializers.ValidationError({"sku": [_("The product has no such SKU.")]})
        services.add_image(
            product.pk,
            upload=upload,
            company_id=product.company_id,
            actor=actor_of(request),
            sku_id=found.pk if found else None,
            alt=str(request.data.get("alt", ""))[:200],
        )
        return self.answer(product.pk, 201)

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path=r"images/(?P<image>[0-9]{1,18})")
    def image(self, request: Any, *args: Any, **kwargs: Any) -> FileResponse:
        """A picture's file."""
        found = ProductImage.objects.filter(product=self.get_object(), pk=kwargs["image"]).first()
        if found is None:
            raise NotFound
        return picture_response(found)


def picture_response(image: ProductImage) -> FileResponse:
    """The file as it was checked when it came: its kind is never guessed by a browser."""
    kind = "image/png" if str(image.file.name).endswith(".png") else "image/jpeg"
    response = FileResponse(image.file.open("rb"), content_type=kind)
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response


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
