"""The part of a SKU's page that says what it is made of, and its two buttons."""

from decimal import Decimal
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_quantity, run_action
from backoffice.core.errors import InvalidInput
from backoffice.core.scopes import offered
from inventory.models import Kit, KitComponent, KitPolicy, Sku, Warehouse
from inventory.selectors import kits_by_warehouse, skus_by_code
from inventory.services import KitPart, set_kit, unset_kit

FREE_ROWS = 4
MAX_ROWS = 100


def kit_context(sku: Sku) -> dict[str, Any]:
    """Composition, how many kits each warehouse can make, and the kits that the SKU is part of. Queries: 2, 6 for a kit."""
    parts = list(KitComponent.objects.filter(kit_id=sku.kit_id).select_related("sku").order_by("position"))
    makes = kits_by_warehouse(sku.company_id, sku.pk) if parts else {}
    names = offered(Warehouse.objects.all()).in_bulk(makes)
    rows = [(part.sku.code, f"{part.quantity.normalize():f}") for part in parts] + [("", "")] * FREE_ROWS
    return {
        "kit": Kit.objects.filter(pk=sku.kit_id).first() if sku.kit_id else None,
        "kit_parts": parts,
        "kit_makes": [(names[pk].code, quantity) for pk, quantity in makes.items() if pk in names],
        "kit_rows": list(enumerate(rows[:MAX_ROWS])),
        "kit_policies": KitPolicy.choices,
        "in_kits": list(
            KitComponent.objects.filter(sku=sku, kit__sku__kit=F("kit")).select_related("kit__sku").order_by("id")[:50]
        ),
    }


def save_kit(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the SKU a kit of what the form's rows say, or change its composition."""

    def act(actor: Actor) -> str:
        sku = get_object_or_404(Sku, pk=pk)
        set_kit(
            pk,
            parts=_posted_parts(request, sku),
            company_id=sku.company_id,
            actor=actor,
            policy=_posted_policy(request),
            reason=request.POST.get("reason", "").strip(),
        )
        return gettext("%(sku)s is sold as this kit from now on; orders placed before keep theirs.") % {"sku": sku.code}

    return run_action(request, act, back=_url(pk), permission="inventory.change_sku")


def drop_kit(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        sku = get_object_or_404(Sku, pk=pk)
        unset_kit(pk, company_id=sku.company_id, actor=actor, reason=request.POST.get("reason", "").strip())
        return gettext("%(sku)s is no kit any more.") % {"sku": sku.code}

    return run_action(request, act, back=_url(pk), permission="inventory.change_sku")


def _posted_policy(request: HttpRequest) -> str:
    policy = request.POST.get("policy", KitPolicy.WHOLE)
    if policy not in KitPolicy.values:
        raise InvalidInput(gettext("Choose how the kit may leave."), errors=[{"field": "policy"}])
    return policy


def _posted_parts(request: HttpRequest, sku: Sku) -> list[KitPart]:
    """The filled rows. Raises InvalidInput naming the row."""
    given: list[tuple[int, str, Decimal]] = []
    for row in range(MAX_ROWS):
        code = request.POST.get(f"part-{row}", "").strip()[:60]
        name = gettext("Component %(row)s") % {"row": row + 1}
        quantity = posted_quantity(request, f"quantity-{row}", name, Decimal(0))
        if code:
            given.append((row, code, quantity))
        elif quantity:
            raise InvalidInput(
                gettext("%(name)s: give the SKU of this quantity.") % {"name": name}, errors=[{"field": f"part-{row}"}]
            )
    known = skus_by_code(sku.company_id, [code for _row, code, _quantity in given]) if given else {}
    for row, code, _quantity in given:
        if code not in known:
            raise InvalidInput(
                gettext("There is no SKU “%(code)s”.") % {"code": code}, errors=[{"field": f"part-{row}"}]
            )
    return [KitPart(known[code], quantity) for _row, code, quantity in given]


def _url(pk: int) -> str:
    return reverse("admin:inventory_sku_change", args=[pk])
