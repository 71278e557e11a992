"""What the page of a product shows, options, the matrix of its variants and pictures, and its buttons."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import events_of, require
from backoffice.core.errors import DomainError, InvalidInput
from inventory import services
from inventory.admin.acting import press
from inventory.models import Product, ProductImage, Sku, SkuStatus
from inventory.selectors.variants import options_of
from inventory.services import OptionInput
from inventory.variants import standard_pattern


def product_page(product: Product, request: HttpRequest) -> dict[str, Any]:
    """The template's context; ?pattern= shows what the missing variants would be called. Queries: 9."""
    options = options_of(product.pk)
    pattern = request.GET.get("pattern", "").strip()[:200] or standard_pattern(options)
    plans, problem = [], ""
    if options:
        try:
            plans = services.plan_variants(product.pk, pattern=pattern, company_id=product.company_id)
        except DomainError as refusal:
            problem = refusal.detail
    skus = list(Sku.objects.filter(product=product).order_by("code"))
    by_id = {sku.pk: sku for sku in skus}
    return {
        "product": product,
        "options": options,
        "pattern": pattern,
        "problem": problem,
        "plans": [(plan, by_id.get(plan.sku_id or 0), "-".join(map(str, plan.variant.key))) for plan in plans],
        "missing": sum(plan.state == "new" for plan in plans),
        "wrong": sum(plan.state == "wrong" for plan in plans),
        "other_skus": [sku for sku in skus if sku.variant_key is None],
        "images": list(ProductImage.objects.filter(product=product).select_related("sku").order_by("position")),
        "statuses": [(SkuStatus.DRAFT.value, SkuStatus.DRAFT.label), (SkuStatus.ACTIVE.value, SkuStatus.ACTIVE.label)],
        "events": events_of("inventory.product", product.pk),
    }


def urls(view: Any) -> list[Any]:
    return [
        path("<int:pk>/option/", view(add_option), name="inventory_product_option"),
        path("<int:pk>/variants/", view(make_variants), name="inventory_product_variants"),
        path("<int:pk>/image/", view(upload_image), name="inventory_product_image"),
        path("<int:pk>/image/<int:image>/", view(show_image), name="inventory_product_show_image"),
        path("<int:pk>/image/<int:image>/first/", view(first_image), name="inventory_product_first_image"),
        path("<int:pk>/image/<int:image>/remove/", view(remove_image), name="inventory_product_remove_image"),
    ]


def _url(pk: int) -> str:
    return reverse("admin:inventory_product_change", args=[pk])


def add_option(request: HttpRequest, pk: int) -> HttpResponse:
    """An option with its values, or more values of one: "Small=S, Large=L" gives the codes too."""

    def act(actor: Actor) -> str:
        product = get_object_or_404(Product, pk=pk)
        name = request.POST.get("name", "").strip()
        parts = [part.strip() for part in request.POST.get("values", "").split(",") if part.strip()]
        values = tuple((value.strip(), code.strip()) for value, _sign, code in (part.partition("=") for part in parts))
        services.set_options(pk, options=[OptionInput(name, values)], company_id=product.company_id, actor=actor)
        return gettext("%(name)s has %(count)s values.") % {
            "name": name,
            "count": sum(len(option.values) for option in options_of(pk) if option.name.casefold() == name.casefold()),
        }

    return press(request, act, back=_url(pk), permission="inventory.change_product")


def make_variants(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        product = get_object_or_404(Product, pk=pk)
        chosen = {
            tuple(map(int, key.split("-")))
            for key in request.POST.getlist("chosen")
            if key.replace("-", "").isdecimal()
        }
        if not chosen:
            raise InvalidInput(gettext("Choose at least one combination."), errors=[{"field": "chosen"}])
        status = request.POST.get("status", SkuStatus.DRAFT)
        made = services.create_variants(
            pk,
            pattern=request.POST.get("pattern", "").strip()[:200],
            company_id=product.company_id,
            actor=actor,
            chosen=chosen,
            status=status if status in (SkuStatus.DRAFT, SkuStatus.ACTIVE) else SkuStatus.DRAFT,
        )
        return gettext("%(count)s SKUs were made.") % {"count": len(made)}

    return press(request, act, back=_url(pk), permission="inventory.add_sku")


def upload_image(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        product = get_object_or_404(Product, pk=pk)
        uploads = request.FILES.getlist("file")
        if not uploads:
            raise InvalidInput(gettext("Choose a file."), errors=[{"field": "file"}])
        for upload in uploads[:30]:
            services.add_image(
                pk, upload=upload, company_id=product.company_id, actor=actor, alt=request.POST.get("alt", "")
            )
        return gettext("Saved.")

    return press(request, act, back=_url(pk), permission="inventory.add_productimage")


def show_image(request: HttpRequest, pk: int, image: int) -> FileResponse:
    """The file as it was checked when it came: its kind is never guessed by a browser."""
    require(request, "inventory.view_product")
    found = get_object_or_404(ProductImage, pk=image, product_id=pk)
    try:
        content = found.file.open("rb")
    except OSError as error:
        raise Http404 from error
    kind = "image/png" if str(found.file.name).endswith(".png") else "image/jpeg"
    response = FileResponse(content, content_type=kind)
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response


def first_image(request: HttpRequest, pk: int, image: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        product = get_object_or_404(Product, pk=pk)
        services.order_images(pk, image_ids=[image], company_id=product.company_id, actor=actor)
        return gettext("It is shown first.")

    return press(request, act, back=_url(pk), permission="inventory.change_productimage")


def remove_image(request: HttpRequest, pk: int, image: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        product = get_object_or_404(Product, pk=pk)
        services.remove_image(image, company_id=product.company_id, actor=actor)
        return gettext("Taken away.")

    return press(request, act, back=_url(pk), permission="inventory.delete_productimage")
