"""What the goods book adds to the ground: proofs, pages of its documents, permissions of the staff's roles."""

from collections.abc import Callable, Mapping, Sequence

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Bill, Party
from accounting.selectors.payables import open_bills, owed_to
from backoffice.core.registry import ApprovalAction, Entry, Link, Panel, RolePermissions, SourceLink
from backoffice.core.show import show_money
from backoffice.core.staff import StaffRole
from backoffice.core.tabular import import_entries
from inventory.book_panels import BOOK_PANELS
from inventory.bulk import ENTRIES as BULK
from inventory.checks import CHECKS
from inventory.models import (
    AdjustmentLine,
    AssemblyRun,
    GrniItem,
    PurchaseOrderLine,
    Sku,
    StockAlert,
    SupplierReturnLine,
    TransferLine,
)
from inventory.planning_panels import PLANNING_PANELS
from inventory.purchase_bulk import ENTRIES as PURCHASE_BULK
from inventory.selectors.billing import ORDER_LINE, RECEIPT
from inventory.services.billing.posting import RECEIVED_BILL
from inventory.services.importing import IMPORTS
from inventory.services.receiving import GOODS_RECEIPT

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
            "inventory.*_inspectionrule",
            "inventory.*_supplierprice",
            "inventory.*_suppliersku",
            "inventory.*_supplierterms",
            "inventory.*_reorderrule",
            "inventory.*_planningsettings",
            "inventory.change_proposal",
            "inventory.change_stockalert",
            "inventory.*_advancenotice",
            "inventory.*_supplierreturn",
        ),
    ),
    RolePermissions(
        StaffRole.WAREHOUSE_LEAD,
        (
            "inventory.add_location",
            "inventory.change_location",
            "inventory.*_zone",
            "inventory.*_bintype",
            "inventory.*_storageclass",
            "inventory.*_pickface",
            "inventory.add_lot",
            "inventory.change_lot",
            "inventory.add_lothold",
            "inventory.change_lothold",
            "inventory.lift_lothold",
            "inventory.add_barcode",
            "inventory.change_barcode",
            "inventory.add_stockmove",
            "inventory.add_advancenotice",
            "inventory.change_advancenotice",
            "inventory.change_supplierreturn",
            "inventory.change_inspection",
            "inventory.*_inspectionrule",
        ),
    ),
    RolePermissions(
        StaffRole.ACCOUNTANT,
        (
            "inventory.add_valuechange",
            "inventory.*_grniwriteoff",
            "inventory.*_billtolerance",
            "inventory.*_landedcost",
            "inventory.*_revaluation",
        ),
    ),
    RolePermissions(StaffRole.BUYER, ("inventory.add_transfer", "inventory.change_transfer")),
    *(
        RolePermissions(role, ("inventory.add_stockowner", "inventory.change_stockowner"))
        for role in (StaffRole.BUYER, StaffRole.WAREHOUSE_LEAD)
    ),
    RolePermissions(
        StaffRole.WAREHOUSE_LEAD,
        (
            "inventory.add_transfer",
            "inventory.change_transfer",
            "inventory.add_adjustment",
            "inventory.change_adjustment",
            "inventory.audit_shrinkage",
        ),
    ),
    RolePermissions(
        StaffRole.ACCOUNTANT,
        (
            "inventory.add_adjustment",
            "inventory.change_adjustment",
            "inventory.*_adjustmentreason",
            "inventory.audit_shrinkage",
        ),
    ),
    RolePermissions(StaffRole.AUDITOR, ("inventory.audit_shrinkage",)),
    *(
        RolePermissions(
            role, ("inventory.*_assemblyorder", "inventory.add_billofmaterials", "inventory.change_billofmaterials")
        )
        for role in (StaffRole.WAREHOUSE_LEAD, StaffRole.BUYER)
    ),
    RolePermissions(StaffRole.BUYER, ("inventory.add_landedcost", "inventory.change_landedcost")),
)


def _page(model: str, words: str) -> Callable[[Sequence[int]], Mapping[int, Link]]:
    def resolve(ids: Sequence[int]) -> Mapping[int, Link]:
        return {pk: Link(words % pk, reverse(f"admin:inventory_{model}_change", args=[pk])) for pk in ids}

    return resolve


def _purchase_order_lines(ids: Sequence[int]) -> Mapping[int, Link]:
    orders = dict(PurchaseOrderLine.objects.filter(pk__in=ids).values_list("pk", "purchase_order_id"))
    pages = _page("purchaseorder", "PO-%06d")(sorted(set(orders.values())))
    return {pk: pages[order] for pk, order in orders.items()}


def _assembly_runs(ids: Sequence[int]) -> Mapping[int, Link]:
    orders = dict(AssemblyRun.objects.filter(pk__in=ids).values_list("pk", "order_id"))
    pages = _page("assemblyorder", "ASM-%06d")(sorted(set(orders.values())))
    return {pk: pages[order] for pk, order in orders.items()}


def _skus(ids: Sequence[int]) -> Mapping[int, Link]:
    rows = Sku.objects.filter(pk__in=ids).values_list("pk", "code")
    return {pk: Link(code, reverse("admin:inventory_sku_change", args=[pk])) for pk, code in rows}


def _uninvoiced(ids: Sequence[int]) -> Mapping[int, Link]:
    page = "admin:inventory_grniitem_change"
    return {pk: Link(f"GRNI-{pk}", reverse(page, args=[pk])) for pk in ids}


def _bills_of_order(order_id: int) -> list[dict[str, object]]:
    """The bills that are about an order's lines, posted or not."""
    lines = PurchaseOrderLine.objects.filter(purchase_order_id=order_id).values("pk")
    items = GrniItem.objects.filter(po_line__in=lines).values("pk")
    about = Q(lines__source_type=ORDER_LINE, lines__source_id__in=lines)
    about |= Q(lines__source_type=RECEIPT, lines__source_id__in=items)
    bills = Bill.objects.filter(about).distinct().select_related("open_item").order_by("bill_date", "pk")
    return [
        {
            "number": bill.number,
            "date": bill.bill_date,
            "status": bill.state,
            "total": show_money(bill.total, bill.currency),
            "url": reverse("admin:accounting_bill_change", args=[bill.pk]),
        }
        for bill in bills
    ]


def _owed(supplier_id: int) -> list[dict[str, object]]:
    """What is open with a supplier: the balance by currency, then the bills, the earliest due first."""
    company_id = Party.objects.values_list("company_id", flat=True).get(pk=supplier_id)
    pay = reverse("payables")
    sums: list[dict[str, object]] = [
        {
            "number": gettext("Open in all"),
            "open": show_money(owed.amount, owed.currency),
            "url": f"{pay}?supplier={supplier_id}",
        }
        for owed in owed_to(supplier_id)
    ]
    bills: list[dict[str, object]] = [
        {
            "number": bill.number,
            "due": bill.due_date,
            "status": bill.state,
            "open": show_money(bill.open_item.open_amount if bill.open_item else None, bill.currency),
            "url": reverse("admin:accounting_bill_change", args=[bill.pk]),
        }
        for bill in open_bills(company_id=company_id, supplier_id=supplier_id)[:20]
    ]
    return [*sums, *bills]


PANELS = (
    Panel(
        "inventory.supplier",
        "owed",
        _("To be paid"),
        (("number", _("Number")), ("due", _("Due")), ("status", _("Status")), ("open", _("Open"))),
        _owed,
    ),
    Panel(
        "inventory.purchaseorder",
        "bills",
        _("Bills"),
        (("number", _("Number")), ("date", _("Date")), ("status", _("Status")), ("total", _("Total"))),
        _bills_of_order,
    ),
)


def _transfer_lines(ids: Sequence[int]) -> Mapping[int, Link]:
    lines = dict(TransferLine.objects.filter(pk__in=ids).values_list("pk", "transfer_id"))
    pages = _page("transfer", "TR-%06d")(sorted(set(lines.values())))
    return {pk: pages[transfer] for pk, transfer in lines.items()}


def _adjustment_lines(ids: Sequence[int]) -> Mapping[int, Link]:
    lines = dict(AdjustmentLine.objects.filter(pk__in=ids).values_list("pk", "adjustment_id"))
    pages = _page("adjustment", "ADJ-%06d")(sorted(set(lines.values())))
    return {pk: pages[adjustment] for pk, adjustment in lines.items()}


def _supplier_return_lines(ids: Sequence[int]) -> Mapping[int, Link]:
    found = dict(SupplierReturnLine.objects.filter(pk__in=ids).values_list("pk", "supplier_return_id"))
    pages = _page("supplierreturn", "SR-%06d")(sorted(set(found.values())))
    return {pk: pages[document] for pk, document in found.items()}


def _alerts(ids: Sequence[int]) -> Mapping[int, Link]:
    rows = StockAlert.objects.filter(pk__in=ids).select_related("sku", "warehouse")
    return {row.pk: Link(str(row), reverse("admin:inventory_stockalert_change", args=[row.pk])) for row in rows}


LINKS = (
    SourceLink("inventory.stockalert", _alerts),
    SourceLink("inventory.grniitem", _uninvoiced),
    SourceLink("inventory.grniwriteoff", _page("grniwriteoff", "GWO-%06d")),
    SourceLink("inventory.purchaseorder", _page("purchaseorder", "PO-%06d")),
    SourceLink("inventory.purchaseorderline", _purchase_order_lines),
    SourceLink("inventory.transfer", _page("transfer", "TR-%06d")),
    SourceLink("inventory.transferline", _transfer_lines),
    SourceLink("inventory.stockowner", _page("stockowner", "OWN-%06d")),
    SourceLink("inventory.adjustment", _page("adjustment", "ADJ-%06d")),
    SourceLink("inventory.adjustmentline", _adjustment_lines),
    SourceLink("inventory.advancenotice", _page("advancenotice", "ASN-%06d")),
    SourceLink("inventory.supplierreturn", _page("supplierreturn", "SR-%06d")),
    SourceLink("inventory.supplierreturnline", _supplier_return_lines),
    SourceLink("inventory.landedcost", _page("landedcost", "LC-%06d")),
    SourceLink("inventory.revaluation", _page("revaluation", "REV-%06d")),
    SourceLink("inventory.assemblyorder", _page("assemblyorder", "ASM-%06d")),
    SourceLink("inventory.assemblyrun", _assembly_runs),
    SourceLink("inventory.inspection", _page("inspection", "QI-%06d")),
    SourceLink("inventory.sku", _skus),
    SourceLink("inventory.stockmove", _page("stockmove", "#%s")),
)

APPROVALS = (
    ApprovalAction("purchase_order", _("Purchase order")),
    ApprovalAction("receipt_over", _("Receipt above the ordered quantity")),
    ApprovalAction(
        GOODS_RECEIPT, _("Receipt of ordered goods"), _("Who ordered goods does not receive them."), jobs=True
    ),
    ApprovalAction(
        RECEIVED_BILL, _("Bill for received goods"), _("Who received goods does not post the bill for them."), jobs=True
    ),
    ApprovalAction("bill_exception", _("Bill that differs from order and receipt")),
    ApprovalAction("adjustment", _("Stock adjustment")),
    ApprovalAction("revaluation", _("Revaluation of stock")),
    ApprovalAction("write_off", _("Write-off of goods")),
    ApprovalAction("stocktake", _("Stocktake"), _("Who counted does not approve the differences."), from_start=True),
)

_IMPORTS = tuple(entry for noun in IMPORTS for entry in import_entries(noun))

ENTRIES: tuple[Entry, ...] = (
    *PANELS, *CHECKS, *ROLES, *LINKS, *APPROVALS, *_IMPORTS, *BULK, *PURCHASE_BULK, *PLANNING_PANELS, *BOOK_PANELS,
)  # fmt: skip
