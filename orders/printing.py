"""Printing many documents as one file: background jobs over orders, shipments, returns and invoices."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from zipfile import ZIP_STORED, ZipFile

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Invoice
from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from backoffice.core.registry import BulkAction, BulkFile, BulkRun, BulkTarget, Entry, Panel, Row, RowResult, Text
from inventory.models import PurchaseOrder
from orders.documents import papers_of, print_papers
from orders.documents.words import title
from orders.errors import NoDocument
from orders.models import DocumentKind, DocumentMail, ReturnOrder, Shipment
from orders.selectors.documents import DocumentRef, documents_of, documents_on
from orders.services.mailing import ask_for_mails
from orders.services.purchase_mailing import mail_purchase_orders

PURCHASE = "inventory.purchaseorder"
ORDER, SHIPMENT, RETURN, INVOICE = "orders.order", "orders.shipment", "orders.returnorder", "accounting.invoice"
FILE_DOCUMENTS = 200  # of one PDF; more of them come as a ZIP of several
Params = Mapping[str, str]
Find = Callable[[Sequence[int]], list[tuple[int, DocumentRef]]]  # (row, its document), several of a row


def of_orders(*kinds: str) -> Find:
    """The documents of these kinds that hang on orders. Statements: 1."""

    def find(order_ids: Sequence[int]) -> list[tuple[int, DocumentRef]]:
        return [(found.order_id or 0, found) for found in documents_of(order_ids) if found.kind in kinds]

    return find


def of_rows(object_type: str, *kinds: str) -> Find:
    """Rows that are documents themselves. Statements: 1."""

    def find(ids: Sequence[int]) -> list[tuple[int, DocumentRef]]:
        return [(found.id, found) for found in documents_on(object_type, ids) if found.kind in kinds]

    return find


def _check(find: Find) -> BulkRun:
    """A row is done when it has something to print: the file is made of those at download."""

    def run(ids: Sequence[int], params: Params, actor: Actor) -> list[RowResult]:
        have: dict[int, list[str]] = {}
        for row_id, found in find(ids):
            have.setdefault(row_id, []).append(found.number)
        return [
            RowResult(pk, "done", detail=", ".join(have[pk]))
            if pk in have
            else RowResult(pk, "refused", "no_document", gettext("There is no such document of it yet."))
            for pk in ids
        ]

    return run


def _file(find: Find) -> Callable[[Sequence[int], Params], BulkFile]:
    def made(ids: Sequence[int], params: Params) -> BulkFile:
        place = {pk: number for number, pk in enumerate(ids)}
        found = sorted(((place[row_id], ref.id, ref) for row_id, ref in find(ids)), key=lambda item: item[:2])
        documents = [ref for _place, _id, ref in found]
        if not documents:  # taken back since the job looked
            raise NoDocument(gettext("There is no such document of it yet."))
        name = documents[0].kind.replace("_", "-")
        if len(documents) <= FILE_DOCUMENTS:
            return BulkFile(f"{name}.pdf", "application/pdf", iter([_pdf(documents)]))
        return BulkFile(f"{name}.zip", "application/zip", _zipped(documents, name))

    return made


def _pdf(documents: Sequence[DocumentRef]) -> bytes:
    """All of one kind, or quotes among confirmations, which are printed with their own title."""
    papers = {
        kind: {paper.id: paper for paper in papers_of(kind, [ref.id for ref in documents if ref.kind == kind])}
        for kind in {ref.kind for ref in documents}
    }
    return print_papers([papers[ref.kind][ref.id] for ref in documents if ref.id in papers[ref.kind]])


class _Unsent(io.RawIOBase):
    """Where a ZIP is written to and taken from bit by bit, so that one part at a time is in memory."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        parts, self.parts = self.parts, []
        return b"".join(parts)


def _zipped(documents: Sequence[DocumentRef], name: str) -> Iterator[bytes]:
    target = _Unsent()
    with ZipFile(target, "w", ZIP_STORED) as archive:
        for number, start in enumerate(range(0, len(documents), FILE_DOCUMENTS), start=1):
            archive.writestr(f"{name}-{number:03d}.pdf", _pdf(documents[start : start + FILE_DOCUMENTS]))
            yield target.taken()
    yield target.taken()


def _mail(find: Find) -> BulkRun:
    """Ask for a mail of each document of one row."""

    def run(ids: Sequence[int], params: Params, actor: Actor) -> list[RowResult]:
        [pk] = ids
        documents = [found for _row_id, found in find(ids)]
        if not documents:
            return [RowResult(pk, "refused", "no_document", gettext("There is no such document of it yet."))]
        try:
            ask_for_mails(documents, actor=actor)
        except DomainError as refusal:
            return [RowResult(pk, "refused", refusal.code, refusal.detail)]
        return [RowResult(pk, "done", detail=", ".join(found.number for found in documents))]

    return run


def _mail_purchases(ids: Sequence[int], params: Params, actor: Actor) -> list[RowResult]:
    """Send one purchase order to its supplier."""
    [pk] = ids
    company_id = PurchaseOrder.objects.values_list("company_id", flat=True).get(pk=pk)
    try:
        mail_purchase_orders([pk], company_id=company_id, actor=actor)
    except DomainError as refusal:
        return [RowResult(pk, "refused", refusal.code, refusal.detail)]
    return [RowResult(pk, "done")]


def _print(name: str, label: Text, permission: str, object_type: str, find: Find, order: int) -> BulkAction:
    return BulkAction(
        name, label, permission, object_type, _check(find), 500, scope="orders:read", file=_file(find), order=order
    )


_SLIP, _BILL, _CREDIT = DocumentKind.PACKING_SLIP, DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE
_CONFIRMATION, _FORM = DocumentKind.ORDER_CONFIRMATION, DocumentKind.RETURN_FORM
_CONFIRMATIONS = of_orders(_CONFIRMATION)


def _shipments(request: Any, given: Mapping[str, Sequence[str]]) -> Any:
    from backoffice.core.api.actions import own_rows
    from backoffice.core.api.filters import chosen
    from orders.api.filters import ShipmentFilter

    return chosen(
        ShipmentFilter, given, own_rows(request, Shipment.objects.order_by("-pk"), channel="order__channel_id")
    )


def _returns(request: Any, given: Mapping[str, Sequence[str]]) -> Any:
    from backoffice.core.api.actions import own_rows
    from backoffice.core.api.filters import chosen
    from orders.api.filters import ReturnFilter

    return chosen(ReturnFilter, given, own_rows(request, ReturnOrder.objects.order_by("-pk"), channel="channel_id"))


def _invoices(request: Any, given: Mapping[str, Sequence[str]]) -> Any:
    """Not for a key that is bound to a channel: the books are the company's."""
    from accounting.api.filters import InvoiceFilter
    from backoffice.core.api.actions import own_rows
    from backoffice.core.api.filters import chosen

    rows = Invoice.objects.order_by("-pk")
    if getattr(request.auth, "channel_id", None) is not None:
        rows = rows.none()
    return chosen(InvoiceFilter, given, own_rows(request, rows))


def pdf_url(kind: str, pk: int) -> str:
    return reverse("admin:orders_document_pdf", args=[kind, pk])


def _panel(object_type: str) -> Panel:
    """On the page of a row that is a document itself: where it is printed."""

    def rows(pk: int) -> Sequence[Row]:
        return [
            {"document": title(found.kind), "number": f"{found.number}.pdf", "url": pdf_url(found.kind, found.id)}
            for found in documents_on(object_type, [pk])
        ]

    columns = (("document", _("Document")), ("number", _("File")))
    return Panel(object_type, "documents", _("Documents"), columns, rows, 10)


def _purchase_mails(pk: int) -> Sequence[Row]:
    """What became of the mails that carried a purchase order."""
    rows = DocumentMail.objects.filter(kind=DocumentKind.PURCHASE_ORDER, object_id=pk).order_by("-pk")[:20]
    return [
        {
            "at": mail.requested_at,
            "status": mail.status,
            "sent": mail.sent_at,
            "who": mail.asked_by,
            "error": mail.trouble,
        }
        for mail in rows
    ]


_MAIL_COLUMNS = (
    ("at", _("Requested")), ("status", _("Status")), ("sent", _("Sent")), ("who", _("Asked by")), ("error", _("Error")),
)  # fmt: skip

ENTRIES: tuple[Entry, ...] = (
    Panel(PURCHASE, "mails", _("Mails"), _MAIL_COLUMNS, _purchase_mails, 20),
    *(_panel(object_type) for object_type in (SHIPMENT, RETURN, INVOICE, PURCHASE)),
    BulkTarget(SHIPMENT, _shipments),
    BulkTarget(RETURN, _returns),
    BulkTarget(INVOICE, _invoices),
    _print("orders.print_slips", _("Print packing slips"), "orders.view_shipment", ORDER, of_orders(_SLIP), 50),
    _print(
        "orders.print_confirmations", _("Print order confirmations"), "orders.view_order", ORDER, _CONFIRMATIONS, 51,
    ),
    _print("orders.print_invoices", _("Print invoices"), "accounting.view_invoice", ORDER, of_orders(_BILL), 52),
    BulkAction(
        "orders.mail_confirmations", _("Mail order confirmations"), "orders.add_documentmail", ORDER,
        _mail(_CONFIRMATIONS), 1, order=60,
    ),
    BulkAction(
        "orders.mail_invoices", _("Mail invoices"), "orders.add_documentmail", ORDER, _mail(of_orders(_BILL)), 1,
        order=61,
    ),
    _print("shipments.print_slips", _("Print packing slips"), "orders.view_shipment", SHIPMENT, of_rows(SHIPMENT, _SLIP), 50),
    _print("returns.print_forms", _("Print return forms"), "orders.view_returnorder", RETURN, of_rows(RETURN, _FORM), 50),
    _print("invoices.print", _("Print invoices"), "accounting.view_invoice", INVOICE, of_rows(INVOICE, _BILL), 50),
    _print(
        "invoices.print_credit_notes", _("Print credit notes"), "accounting.view_invoice", INVOICE,
        of_rows(INVOICE, _CREDIT), 51,
    ),
    _print(
        "purchasing.print", _("Print purchase orders"), "inventory.view_purchaseorder", PURCHASE,
        of_rows(PURCHASE, DocumentKind.PURCHASE_ORDER), 50,
    ),
    BulkAction(
        "purchasing.mail", _("Send to the suppliers by mail"), "inventory.change_purchaseorder", PURCHASE,
        _mail_purchases, 1, scope="purchasing:write", order=30,
    ),
)  # fmt: skip
