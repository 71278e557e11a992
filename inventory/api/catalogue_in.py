"""What the catalogue takes: every field that is wrong is told, all at once."""

from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounting.models import TaxCode
from backoffice.core.fields import DECIMAL_PLACES, MAX_DIGITS
from inventory.models import Barcode, Brand, Category, CostMethod, Pack, Product, Sku, SkuStatus, StorageClass, Unit
from inventory.services import Tracking, tracking_problem
from inventory.services.packs import barcode_problem, codes_taken

# A SKU is made in one of these; the others it comes to by its life.
NEW_STATUSES = [choice for choice in SkuStatus.choices if choice[0] in {SkuStatus.DRAFT, SkuStatus.ACTIVE}]


class ByCode(serializers.SlugRelatedField):
    """A row of the caller's company, named by its code in any letter case."""

    def __init__(self, model: type[Model], **options: Any) -> None:
        super().__init__(slug_field="code", queryset=model._default_manager.all(), **options)

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(company_id=self.context["company_id"])  # type: ignore[union-attr]

    def to_internal_value(self, data: Any) -> Any:
        found = self.get_queryset().filter(code__iexact=str(data)[:60]).first()
        if found is None:
            self.fail("does_not_exist", slug_name="code", value=str(data)[:60])
        return found


class RowIn(serializers.ModelSerializer[Any]):
    """company: its code, for staff of several companies. Codes are unique in any letter case."""

    company = serializers.CharField(max_length=20, required=False, write_only=True)

    def validate_code(self, code: str) -> str:
        model: Any = self.Meta.model
        rows = model.objects.filter(company_id=self.context["company_id"], code__iexact=code)
        if self.instance is not None:
            rows = rows.exclude(pk=self.instance.pk)
        if code and rows.exists():
            raise serializers.ValidationError(_("This is there already."), code="unique")
        return code

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        given.pop("company", None)
        return given


class CategoryIn(RowIn):
    parent = ByCode(Category, allow_null=True, required=False)  # type: ignore[assignment]  # a field
    cost_method = serializers.ChoiceField(choices=CostMethod.choices, allow_blank=True, required=False)

    class Meta:
        model = Category
        fields = ["company", "code", "name", "parent", "cost_method"]
        validators: list[Any] = []


class BrandIn(RowIn):
    class Meta:
        model = Brand
        fields = ["company", "code", "name"]
        validators: list[Any] = []


class ProductIn(RowIn):
    category = ByCode(Category, allow_null=True, required=False)
    brand = ByCode(Brand, allow_null=True, required=False)
    tax_code = ByCode(TaxCode, allow_null=True, required=False)

    class Meta:
        model = Product
        fields = ["company", "code", "name", "category", "brand", "tax_code", "description"]
        validators: list[Any] = []


class _OwnProduct(serializers.PrimaryKeyRelatedField):
    def get_queryset(self) -> Any:
        return Product.objects.filter(company_id=self.context["company_id"])


def _check_tracking(sku: Sku, given: dict[str, Any]) -> None:
    """What lies in stock must have what the SKU is to be tracked by."""
    names = ("lot_tracked", "expiry_required", "shelf_life_days", "serial_tracked")
    if any(name in given and given[name] != getattr(sku, name) for name in names):
        wanted = Tracking(*(given.get(name, getattr(sku, name)) for name in names))
        problem = tracking_problem(sku, wanted=wanted)
        if problem:
            field, code, said = problem
            raise serializers.ValidationError({field: serializers.ErrorDetail(said, code)})


class SkuIn(RowIn):
    """cost_method and status: of a new one only; later they change by calls of their own."""

    product = _OwnProduct(queryset=Product.objects.all(), required=False, help_text="Without: a product of its own.")
    unit = serializers.SlugRelatedField(slug_field="code", queryset=Unit.objects.all(), required=False)
    cost_method = serializers.ChoiceField(choices=CostMethod.choices, required=False)
    status = serializers.ChoiceField(choices=NEW_STATUSES, required=False)
    storage_class = ByCode(StorageClass, allow_null=True, required=False)

    class Meta:
        model = Sku
        fields = [
            "company", "product", "code", "name", "unit", "cost_method", "status", "is_stocked", "release_date",
            "weight_g", "length_mm", "width_mm", "height_mm", "origin_country", "hs_code", "lot_tracked", "expiry_required", "shelf_life_days",
            "serial_tracked", "storage_class",
        ]  # fmt: skip
        validators: list[Any] = []

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        given = super().validate(given)
        if self.instance is not None:
            fixed = {name for name in ("cost_method", "status", "product") if name in given}
            if "unit" in given and given["unit"] != self.instance.unit and self.instance.has_moves:
                fixed.add("unit")
            _check_tracking(self.instance, given)
            if fixed:
                message = _("This is not changed here.")
                raise serializers.ValidationError(
                    {name: serializers.ErrorDetail(message, "fixed") for name in sorted(fixed)}
                )
        return given


def checked_code(code: str, company_id: int) -> str:
    kind, said = barcode_problem(code)
    if kind:
        raise serializers.ValidationError(said, code=kind)
    if taken := codes_taken([code], company_id=company_id):
        message = _("%(code)s is the code of %(sku)s already.") % {"code": code, "sku": taken[code]}
        raise serializers.ValidationError(message, code="unique")
    return code


class PackIn(RowIn):
    """barcodes: of a new pack; more of them come by barcodes/."""

    sku = ByCode(Sku)
    quantity = serializers.DecimalField(max_digits=MAX_DIGITS, decimal_places=DECIMAL_PLACES)
    barcodes = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=20)

    class Meta:
        model = Pack
        fields = [
            "company", "sku", "code", "kind", "quantity", "weight_g", "length_mm", "width_mm", "height_mm", "barcodes",
        ]  # fmt: skip
        validators: list[Any] = []

    def validate_code(self, code: str) -> str:
        return code  # unique for its SKU, which validate knows

    def validate_quantity(self, quantity: Any) -> Any:
        if quantity <= 0:
            raise serializers.ValidationError(_("Give a quantity above zero."), code="min_value")
        return quantity

    def validate_barcodes(self, codes: list[str]) -> list[str]:
        errors: dict[str, Any] = {}
        for place, code in enumerate(codes):
            try:
                checked_code(code.strip(), self.context["company_id"])
            except serializers.ValidationError as wrong:
                errors[str(place)] = wrong.detail
        if errors:
            raise serializers.ValidationError(errors)
        return [code.strip() for code in codes]

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        given = super().validate(given)
        own = self.instance
        sku, code = given.get("sku", getattr(own, "sku", None)), given.get("code", getattr(own, "code", ""))
        errors: dict[str, Any] = {}
        others = Pack.objects.filter(sku=sku, code__iexact=code)
        if (others.exclude(pk=own.pk) if own else others).exists():
            errors["code"] = serializers.ErrorDetail(_("This is there already."), "unique")
        kind, quantity = (given.get(name, getattr(own, name, None)) for name in ("kind", "quantity"))
        if kind == "each" and quantity != 1:
            errors["quantity"] = serializers.ErrorDetail(_("A pack of the kind “each” holds one."), "invalid")
        if own is not None and sku != own.sku:
            errors["sku"] = serializers.ErrorDetail(_("This is not changed here."), "fixed")
        if errors:
            raise serializers.ValidationError(errors)
        return given


class BarcodeIn(RowIn):
    """code: empty for one of the company's own, which is made. pack: the code of the SKU's pack; empty: the base unit."""

    sku = ByCode(Sku)
    pack = serializers.CharField(max_length=20, required=False, allow_blank=True, allow_null=True)
    code = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")

    class Meta:
        model = Barcode
        fields = ["company", "sku", "pack", "code"]
        validators: list[Any] = []

    def validate_code(self, code: str) -> str:
        return checked_code(code.strip(), self.context["company_id"]) if code.strip() else ""

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        given = super().validate(given)
        name = given.get("pack")
        if name:
            given["pack"] = Pack.objects.filter(sku=given["sku"], code__iexact=name).first()
            if given["pack"] is None:
                message = _("The SKU has no pack “%(code)s”.") % {"code": name}
                raise serializers.ValidationError({"pack": serializers.ErrorDetail(message, "does_not_exist")})
        return given


class SkuStatusIn(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=SkuStatus.choices)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class SubstitutesIn(serializers.Serializer[Any]):
    """The whole list, the best first; both_ways: the SKU stands in for each of them too."""

    substitutes = ByCode(Sku, many=True)
    both_ways = serializers.BooleanField(required=False, default=False)


class OptionValueIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    code = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")


class ProductOptionIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    values = OptionValueIn(many=True)


class OptionsIn(serializers.Serializer[Any]):
    options = ProductOptionIn(many=True)


class VariantsIn(serializers.Serializer[Any]):
    """pattern: e.g. {product}-{Size}-{Colour}; empty: the product's code and all options in their order."""

    pattern = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class NewVariantsIn(VariantsIn):
    """combinations: those wanted, as ids of values in the options' order; without: all that have no SKU."""

    combinations = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(), max_length=10), required=False, max_length=1_000
    )
    status = serializers.ChoiceField(choices=NEW_STATUSES, required=False, default=SkuStatus.DRAFT)
