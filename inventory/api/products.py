"""Products over HTTP, with their options, variants and pictures."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import FileResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import actor_of, own_rows
from backoffice.core.api.batches import BatchOut, TableBatchIn, apply_items
from backoffice.core.api.etags import IF_MATCH
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.tabular import noun_of
from inventory import services
from inventory.api import catalogue_in as given_in
from inventory.api import filters
from inventory.api import serializers as out
from inventory.api.rows import RowViewSet, access_to, described
from inventory.models import (
    OptionValue,
    Product,
    ProductImage,
    ProductOption,
    Sku,
)
from inventory.services import OptionInput


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
