"""What the goods book adds to the ground: proofs, pages of its documents, permissions of the staff's roles."""

from collections.abc import Callable, Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import ApprovalAction, Entry, Link, RolePermissions, SourceLink
from backoffice.core.staff import StaffRole
from backoffice.core.tabular import import_entries
from inventory.checks import CHECKS
from inventory.models import PurchaseOrderLine
from inventory.services.importing import IMPORTS

_CATALOGUE = tuple(
    f"inventory.{verb}_{noun}"
    for verb in ("add", "change")
    for noun in (
        "brand",
        "category",
        "product",
        "sku",
        "barcode",
        "pack",
        "productoption",
        "optionvalue",
        "productimage",
    )  # fmt: skip
)

ROLES = (
    *(
        RolePermissions(role, ("inventory.view_*",))
        for role in (
            StaffRole.ORDER_DESK,
            StaffRole.BUYER,
            StaffRole.WAREHOUSE_LEAD,
            StaffRole.PICKER,
            StaffRole.ACCOUNTANT,
        )
    ),
    RolePermissions(
        StaffRole.BUYER,
        (
            *_CATALOGUE,
            "inventory.*_purchaseorder",
            "inventory.*_purchaseorderline",
            "inventory.delete_barcode",
            "inventory.delete_pack",
            "inventory.delete_productimage",
            "inventory.*_inboundrule",
            "inventory.*_supplierprice",
            "inventory.*_suppliersku",
            "inventory.*_supplierterms",
        ),
    ),
    RolePermissions(
        StaffRole.WAREHOUSE_LEAD,
        (
            "inventory.add_location",
            "inventory.change_location",
            "inventory.add_lot",
            "inventory.change_lot",
            "inventory.add_barcode",
            "inventory.change_barcode",
            "inventory.add_stockmove",
        ),
    ),
    RolePermissions(StaffRole.ACCOUNTANT, ("inventory.add_valuechange",)),
)


def _page(model: str, words: str) -> Callable[[Sequence[int]], Mapping[int, Link]]:
    def resolve(ids: Sequence[int]) -> Mapping[int, Link]:
        return {pk: Link(words % pk, reverse(f"admin:inventory_{model}_change", args=[pk])) for pk in ids}

    return resolve


def _purchase_order_lines(ids: Sequence[int]) -> Mapping[int, Link]:
    orders = dict(PurchaseOrderLine.objects.filter(pk__in=ids).values_list("pk", "purchase_order_id"))
    pages = _page("purchaseorder", "PO-%06d")(sorted(set(orders.values())))
    return {pk: pages[order] for pk, order in orders.items()}


LINKS = (
    SourceLink("inventory.purchaseorder", _page("purchaseorder", "PO-%06d")),
    SourceLink("inventory.purchaseorderline", _purchase_order_lines),
    SourceLink("inventory.stockmove", _page("stockmove", "#%s")),
)

APPROVALS = (
    ApprovalAction("purchase_order", _("Purchase order")),
    ApprovalAction("receipt_over", _("Receipt above the ordered quantity")),
    ApprovalAction("bill_exception", _("Bill that differs from order and receipt")),
    ApprovalAction("adjustment", _("Stock adjustment")),
    ApprovalAction("revaluation", _("Revaluation of stock")),
    ApprovalAction("write_off", _("Write-off of goods")),
    ApprovalAction("stocktake", _("Stocktake")),
)

_IMPORTS = tuple(entry for noun in IMPORTS for entry in import_entries(noun))

ENTRIES: tuple[Entry, ...] = (*CHECKS, *ROLES, *LINKS, *APPROVALS, *_IMPORTS)
