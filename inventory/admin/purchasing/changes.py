"""Buttons of an order's page: changes and their decision, what the supplier confirmed, notes, lines from a file."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_date, posted_quantity, posted_reason, run_action
from backoffice.core.errors import InvalidInput
from backoffice.core.tabular import Column, match_headings, open_table, read_row
from inventory import services
from inventory.models import PurchaseOrder
from inventory.selectors import skus_by_code

CHANGE = "inventory.change_purchaseorder"
COLUMNS = (
    Column("sku", _("SKU"), required=True, max_length=60),
    Column("quantity", _("Quantity"), "decimal", required=True, minimum=Decimal("0.000001")),
    Column("unit_cost", _("Unit cost"), "decimal", minimum=Decimal(0)),
    Column("expected_date", _("Expected"), "date"),
)
MAX_LINES = 1000


def revise(request: HttpRequest, pk: int) -> HttpResponse:
    """Another quantity, price or day of its lines, or one more line."""

    def act(actor: Actor) -> str:
        order = get_object_or_404(PurchaseOrder, pk=pk)
        lines = []
        for line in order.lines.select_related("sku").order_by("position"):
            lines.append(
                services.RevisedLine(
                    line.pk,
                    posted_quantity(request, f"quantity-{line.pk}", line.sku.code, line.quantity - line.cancelled),
                    posted_quantity(request, f"cost-{line.pk}", line.sku.code, line.unit_cost),
                    posted_date(request, f"date-{line.pk}"),
                )
            )
        code = request.POST.get("new-sku", "").strip()
        if code:
            lines.append(_new_line(request, order, code))
        made = services.revise_purchase_order(
            pk, lines=lines, company_id=order.company_id, actor=actor, reason=posted_reason(request)
        )
        if made.status == "pending":
            return gettext("The change waits for approval.")
        return gettext("Changed: send revision %(number)s to the supplier.") % {"number": made.number}

    return run_action(request, act, back=back(pk), permission=CHANGE)


def _new_line(request: HttpRequest, order: PurchaseOrder, code: str) -> services.RevisedLine:
    sku_id = skus_by_code(order.company_id, [code]).get(code)
    if sku_id is None:
        raise InvalidInput(gettext("There is no SKU “%(code)s”.") % {"code": code[:60]}, errors=[{"field": "new-sku"}])
    cost = posted_quantity(request, "new-cost", code) if request.POST.get("new-cost", "").strip() else None
    return services.RevisedLine(None, posted_quantity(request, "new-quantity", code), cost, sku_id=sku_id)


def decide(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Approve or refuse a change."""

    def act(actor: Actor) -> str:
        order = get_object_or_404(PurchaseOrder, pk=pk)
        if request.POST.get("decision") == "approve":
            reason = request.POST.get("reason", "").strip()[:300]
            services.approve_revision(pk, number=number, company_id=order.company_id, actor=actor, reason=reason)
            return gettext("The change is applied.")
        reason = posted_reason(request)
        services.refuse_revision(pk, number=number, company_id=order.company_id, actor=actor, reason=reason)
        return gettext("The change is refused; the order stays as it was.")

    return run_action(request, act, back=back(pk), permission=CHANGE)


def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """What the supplier confirmed, line by line."""

    def act(actor: Actor) -> str:
        order = get_object_or_404(PurchaseOrder, pk=pk)
        lines = [
            services.ConfirmedLine(
                line.pk,
                posted_quantity(request, f"quantity-{line.pk}", line.sku.code, line.quantity - line.cancelled),
                posted_date(request, f"date-{line.pk}"),
                posted_quantity(request, f"cost-{line.pk}", line.sku.code, line.unit_cost),
            )
            for line in order.lines.select_related("sku").order_by("position")
        ]
        found = services.record_confirmation(
            pk,
            lines=lines,
            company_id=order.company_id,
            actor=actor,
            reference=request.POST.get("reference", "").strip(),
            reason=request.POST.get("reason", "").strip(),
        )
        if found.revision is not None:
            return gettext("The supplier confirmed it differently: approve or refuse the differences.")
        return gettext("Confirmed as ordered.")

    return run_action(request, act, back=back(pk), permission=CHANGE)


def note(request: HttpRequest, pk: int) -> HttpResponse:
    """That the supplier was asked by mail or phone, or a note."""

    def act(actor: Actor) -> str:
        order = get_object_or_404(PurchaseOrder, pk=pk)
        kind = request.POST.get("kind", "note")
        if kind not in ("mail", "phone", "note"):
            raise InvalidInput(gettext("Choose mail, phone or note."), errors=[{"field": "kind"}])
        services.note_on_purchase_order(
            pk, company_id=order.company_id, kind=kind, text=posted_reason(request), actor=actor
        )
        return gettext("Noted.")

    where = reverse("admin:inventory_purchasing_desk") if "desk" in request.POST else back(pk)
    return run_action(request, act, back=where, permission=CHANGE)


def import_lines(request: HttpRequest, pk: int) -> HttpResponse:
    """Lines of a CSV or XLSX file into a draft: every wrong row is told, and then nothing is written."""

    def act(actor: Actor) -> str:
        order = get_object_or_404(PurchaseOrder, pk=pk)
        lines = _read(request.FILES.get("file"), order)
        services.add_purchase_lines(pk, lines=lines, company_id=order.company_id, actor=actor)
        return gettext("Lines added: %(count)s.") % {"count": len(lines)}

    return run_action(request, act, back=back(pk), permission=CHANGE)


def read_table(upload: Any, columns: Iterable[Column]) -> list[dict[str, Any]]:
    """The rows of an uploaded table as values by column. Raises InvalidInput naming the first wrong cells,
    TableRefused for what is no table.
    """
    if upload is None:
        raise InvalidInput(gettext("Choose a file."), errors=[{"field": "file"}])
    table = open_table(upload.read())
    found, wrong = match_headings(table.headings, tuple(columns))
    said = [error.message for error in wrong]
    rows = []
    for line in table.lines():
        row = read_row(line, found)
        said += [
            gettext("Row %(row)s, %(field)s: %(message)s")
            % {"row": row.number, "field": error.field, "message": error.message}
            for error in row.errors
        ]
        rows.append({"row": row.number, **row.values})
    if said:
        more = gettext(" … and %(count)s more.") % {"count": len(said) - 5} if len(said) > 5 else ""
        raise InvalidInput(" ".join(said[:5]) + more, errors=[{"field": "file", "message": text} for text in said])
    return rows


def _read(upload: Any, order: PurchaseOrder) -> list[services.PurchaseLineInput]:
    rows = read_table(upload, COLUMNS)
    if len(rows) > MAX_LINES:
        raise InvalidInput(gettext("The file has more than %(rows)s rows.") % {"rows": MAX_LINES})
    known = skus_by_code(order.company_id, [row["sku"] for row in rows])
    unknown = [row for row in rows if row["sku"] not in known]
    if unknown:
        words = {"row": unknown[0]["row"], "code": unknown[0]["sku"]}
        raise InvalidInput(gettext("Row %(row)s: there is no SKU “%(code)s”.") % words, errors=[{"field": "file"}])
    return [
        services.PurchaseLineInput(known[row["sku"]], row["quantity"], row.get("unit_cost"), row.get("expected_date"))
        for row in rows
    ]


def back(pk: int) -> str:
    return reverse("admin:inventory_purchaseorder_change", args=[pk])
