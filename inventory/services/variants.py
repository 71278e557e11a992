"""Options of a product, and the SKUs of their matrix: shown first, then made."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import insert_rows
from backoffice.core.errors import InvalidInput
from inventory import variants
from inventory.errors import CatalogueRefused, NotFound
from inventory.models import CostMethod, OptionValue, Product, ProductOption, Sku, SkuOption, SkuStatus
from inventory.selectors.catalogue import category_cost_methods
from inventory.selectors.stock import skus_by_code
from inventory.selectors.variants import combinations_there, options_of
from inventory.variants import MAX_CODE, MAX_VARIANTS, Variant

MAX_OPTIONS = 10
MAX_VALUES = 200


@dataclass(frozen=True, slots=True)
class OptionInput:
    """An option and its values in their order. values: (name, code in SKU codes; empty: made of the name)."""

    name: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PlannedVariant:
    """A combination and what would become of it. state: there (sku_id is its SKU), new, or wrong with `problem`."""

    variant: Variant
    state: str
    sku_id: int | None = None
    sku_code: str = ""
    problem: str = ""


@transaction.atomic(savepoint=False)
def set_options(product_id: int, *, options: Sequence[OptionInput], company_id: int, actor: Actor) -> None:
    """Say in what a product's SKUs differ: missing options and values are added, the others keep their codes.

    Nothing is taken away here: a value that SKUs have is part of what was sold. A new option of a product whose SKUs
    have a combination already goes to each of them with its first value.

    Raises InvalidInput with all that is wrong, NotFound; nothing is written. Statements: at most 9.
    """
    product = lock_product(product_id, company_id=company_id)
    _check_options(options)
    known = {option.name.casefold(): option for option in ProductOption.objects.filter(product=product)}
    last = max((option.position for option in known.values()), default=0)
    fresh = [option for option in options if option.name.strip().casefold() not in known]
    made = ProductOption.objects.bulk_create(
        ProductOption(product=product, position=last + place, name=option.name.strip())
        for place, option in enumerate(fresh, 1)
    )
    known |= {option.name.casefold(): option for option in made}
    added = _add_values([(known[option.name.strip().casefold()], option.values) for option in options])
    _give_first_values(product, made)
    words = [option.name for option in made] + [str(value) for value in added]
    if words:
        change = audit.Change(
            "inventory.product", product.pk, "options", new=", ".join(words)[:300], company_id=company_id
        )
        audit.record([change], actor=actor)


def lock_product(product_id: int, *, company_id: int) -> Product:
    """The product, locked. Raises NotFound. Statements: 1."""
    rows = Product.objects.select_for_update(of=("self",), no_key=True)
    found = rows.filter(company_id=company_id, pk=product_id).first()
    if found is None:
        raise NotFound(_("There is no such product."), product_id=product_id)
    return found


def _check_options(options: Sequence[OptionInput]) -> None:
    errors = []
    if len(options) > MAX_OPTIONS:
        errors.append(_error("options", _("At most %(most)s options.") % {"most": MAX_OPTIONS}, "too_many"))
    seen: set[str] = set()
    for place, option in enumerate(options):
        name = option.name.strip().casefold()
        if not name or len(name) > 60 or name == variants.PRODUCT or set(name) & set("{}"):
            errors.append(
                _error(f"options.{place}.name", _("Give a name of 1 to 60 characters, without braces."), "invalid")
            )
        elif name in seen:
            errors.append(_error(f"options.{place}.name", _("This stands above already."), "twice"))
        seen.add(name)
        errors += _wrong_values(place, option)
    if errors:
        raise InvalidInput(_("Some fields are wrong; nothing was saved."), errors=errors)


def _wrong_values(place: int, option: OptionInput) -> list[dict[str, str]]:
    errors, names, codes = [], set(), set()
    if not option.values or len(option.values) > MAX_VALUES:
        errors.append(
            _error(f"options.{place}.values", _("Give 1 to %(most)s values.") % {"most": MAX_VALUES}, "count")
        )
    for row, (name, given) in enumerate(option.values):
        field, code = f"options.{place}.values.{row}", given.strip() or variants.code_of_value(name)
        if not name.strip() or len(name.strip()) > 60 or not code or len(code) > 20:
            errors.append(_error(field, _("Give a name of up to 60 and a code of up to 20 characters."), "invalid"))
        elif name.strip().casefold() in names or code.casefold() in codes:
            errors.append(_error(field, _("This stands above already."), "twice"))
        names.add(name.strip().casefold())
        codes.add(code.casefold())
    return errors


def _error(field: str, message: str, code: str) -> dict[str, str]:
    return {"field": field, "message": message, "code": code}


def _add_values(wanted: Sequence[tuple[ProductOption, tuple[tuple[str, str], ...]]]) -> list[OptionValue]:
    present = list(OptionValue.objects.filter(option__in=[option for option, _values in wanted]))
    fresh = []
    for option, values in wanted:
        own = [value for value in present if value.option_id == option.pk]
        names = {value.name.casefold() for value in own}
        codes = {value.code.casefold() for value in own}
        last = max((value.position for value in own), default=0)
        for name, given in values:
            if name.strip().casefold() in names:
                continue
            code = given.strip() or variants.code_of_value(name)
            if code.casefold() in codes:
                raise InvalidInput(
                    _("Some fields are wrong; nothing was saved."),
                    errors=[
                        _error("options", _("The code %(code)s has another value already.") % {"code": code}, "twice")
                    ],
                )
            last += 1
            fresh.append(OptionValue(option=option, position=last, name=name.strip(), code=code))
    return OptionValue.objects.bulk_create(fresh)


def _give_first_values(product: Product, made: Sequence[ProductOption]) -> None:
    having = (
        list(Sku.objects.filter(product=product, variant_key__isnull=False).values_list("pk", flat=True))
        if made
        else []
    )
    first = (
        {value.option_id: value.pk for value in OptionValue.objects.filter(option__in=made, position=1)}
        if having
        else {}
    )
    SkuOption.objects.bulk_create(
        SkuOption(sku_id=sku, product=product, option=option, value_id=first[option.pk])
        for sku in having
        for option in made
    )


def plan_variants(product_id: int, *, pattern: str, company_id: int) -> list[PlannedVariant]:
    """Every combination of the product's options: which SKU has it, or the code that a new one would get.

    pattern: e.g. "{product}-{Size}-{Colour}"; empty: that. Raises NotFound, InvalidInput (a place in the pattern
    that is no option), CatalogueRefused (no_options, too_many). Nothing is written. Statements: 5.
    """
    product = Product.objects.filter(company_id=company_id, pk=product_id).first()
    if product is None:
        raise NotFound(_("There is no such product."), product_id=product_id)
    options = options_of(product_id)
    _check_matrix(options, pattern)
    wanted = variants.matrix(
        options,
        pattern=pattern or variants.standard_pattern(options),
        product_code=product.code or f"P{product.pk}",
        product_name=product.name,
    )
    there = combinations_there(product_id)
    taken = {code.upper() for code in skus_by_code(company_id, [variant.code for variant in wanted])}
    seen: set[str] = set()
    plans = []
    for variant in wanted:
        if variant.key in there:
            sku_id, code = there[variant.key]
            plans.append(PlannedVariant(variant, "there", sku_id, code))
            continue
        problem = _problem(variant.code, taken, seen)
        seen.add(variant.code.upper())
        plans.append(PlannedVariant(variant, "wrong" if problem else "new", None, variant.code, problem))
    return plans


def _check_matrix(options: Sequence[variants.Option], pattern: str) -> None:
    if not options:
        raise CatalogueRefused(_("Give the product its options first, e.g. Size."), code="no_options")
    if variants.combinations(options) > MAX_VARIANTS:
        raise CatalogueRefused(
            _("The options make %(count)s combinations; at most %(most)s can be made at once.")
            % {"count": variants.combinations(options), "most": MAX_VARIANTS},
            code="too_many",
        )
    if unknown := variants.unknown_places(pattern, options):
        message = _("“%(name)s” is no option of this product.") % {"name": unknown[0]}
        raise InvalidInput(message, errors=[_error("pattern", message, "unknown_option")])


def _problem(code: str, taken: Collection[str], seen: Collection[str]) -> str:
    if not code or len(code) > MAX_CODE:
        return _("The code must have 1 to 60 characters.")
    if code.upper() in taken:
        return _("Another SKU has this code.")
    return _("The pattern gives this code twice.") if code.upper() in seen else ""


@transaction.atomic(savepoint=False)
def create_variants(
    product_id: int,
    *,
    pattern: str,
    company_id: int,
    actor: Actor,
    chosen: Collection[tuple[int, ...]] | None = None,
    status: str = SkuStatus.DRAFT,
    unit: str = "each",
) -> list[int]:
    """Make the SKUs of the combinations that have none; the ids of the new ones. As plan_variants shows it.

    chosen: the combinations wanted, as ids of values in the options' order; None: all. status: of the new SKUs. Their
    cost method is that of the product's category.

    Raises CatalogueRefused (code_wrong, naming the first; nothing_new), and what plan_variants raises; nothing is
    written. Two at once: the second is refused by the database. Statements: at most 11.
    """
    product = lock_product(product_id, company_id=company_id)
    wanted = [
        plan
        for plan in plan_variants(product_id, pattern=pattern, company_id=company_id)
        if plan.state != "there" and (chosen is None or plan.variant.key in chosen)
    ]
    if not wanted:
        raise CatalogueRefused(_("Every combination has its SKU already."), code="nothing_new")
    for plan in wanted:
        if plan.problem:
            raise CatalogueRefused(f"{plan.sku_code}: {plan.problem}", code="code_wrong", sku=plan.sku_code)
    method = category_cost_methods([product.category_id] if product.category_id else [])
    ids = [
        pk
        for (pk,) in insert_rows(
            "inventory_sku",
            _SKU,
            [
                (
                    company_id,
                    product.pk,
                    plan.variant.code,
                    plan.variant.name,
                    unit,
                    method.get(product.category_id or 0, CostMethod.AVERAGE.value),
                    SkuStatus(status).value,
                    True,
                    "",
                )
                for plan in wanted
            ],
            suffix="RETURNING id",
        )
    ]
    _write_values(product, ids, wanted)
    audit.record(
        [
            audit.Change("inventory.sku", pk, "created", new=plan.sku_code, company_id=company_id)
            for pk, plan in zip(ids, wanted, strict=True)
        ],
        actor=actor,
    )
    return ids


_SKU = {
    "company_id": "bigint",
    "product_id": "bigint",
    "code": "text",
    "name": "text",
    "unit": "text",
    "cost_method": "text",
    "status": "text",
    "is_stocked": "boolean",
    "image": "text",
}


def _write_values(product: Product, ids: Sequence[int], plans: Sequence[PlannedVariant]) -> None:
    options = list(ProductOption.objects.filter(product=product).order_by("position").values_list("pk", flat=True))
    insert_rows(
        "inventory_skuoption",
        {"sku_id": "bigint", "product_id": "bigint", "option_id": "bigint", "value_id": "bigint"},
        [
            (pk, product.pk, option, value.id)
            for pk, plan in zip(ids, plans, strict=True)
            for option, value in zip(options, plan.variant.values, strict=True)
        ],
    )


@transaction.atomic(savepoint=False)
def set_combination(sku_id: int, *, values: Sequence[int], company_id: int, actor: Actor) -> None:
    """Give a SKU one value of each option of its product.

    Raises NotFound, CatalogueRefused (not_complete, combination_taken); nothing is written. Statements: 7.
    """
    sku = Sku.objects.select_for_update(of=("self",), no_key=True).filter(company_id=company_id, pk=sku_id).first()
    if sku is None:
        raise NotFound(_("There is no such SKU."), sku_id=sku_id)
    options = options_of(sku.product_id)
    chosen = {option.id: value for option in options for value in option.values if value.id in set(values)}
    if len(chosen) < len(options) or len(set(values)) != len(options):
        raise CatalogueRefused(_("Choose one value for each option."), code="not_complete")
    key = tuple(chosen[option.id].id for option in options)
    there = combinations_there(sku.product_id)
    if key in there and there[key][0] != sku.pk:
        raise CatalogueRefused(
            _("%(sku)s is this combination already.") % {"sku": there[key][1]}, code="combination_taken"
        )
    SkuOption.objects.filter(sku=sku).delete()
    SkuOption.objects.bulk_create(
        SkuOption(sku=sku, product_id=sku.product_id, option_id=option, value_id=value.id)
        for option, value in chosen.items()
    )
    words = ", ".join(value.name for value in chosen.values())
    audit.record([audit.Change("inventory.sku", sku.pk, "combination", new=words, company_id=company_id)], actor=actor)
