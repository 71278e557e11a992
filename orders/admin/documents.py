"""Documents on the pages: printed as PDF, mailed by hand, and the log of mails."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, HouseAdmin, HouseInline, show_time
from backoffice.core.admin.pages import require, run_action
from inventory.models import PurchaseOrder
from orders import services
from orders.documents import render
from orders.documents.letters import PLACEHOLDERS, unknown_placeholders
from orders.documents.words import title
from orders.errors import NoDocument
from orders.models import DocumentKind, DocumentMail, DraftOrder, MailRule, MailText, Order
from orders.printing import pdf_url
from orders.selectors.documents import OBJECT_TYPES, DocumentRef, documents_of, documents_on

PERMISSIONS = {
    DocumentKind.QUOTE: "orders.view_draftorder",
    DocumentKind.ORDER_CONFIRMATION: "orders.view_order",
    DocumentKind.PACKING_SLIP: "orders.view_shipment",
    DocumentKind.INVOICE: "accounting.view_invoice",
    DocumentKind.CREDIT_NOTE: "accounting.view_invoice",
    DocumentKind.RETURN_FORM: "orders.view_returnorder",
    DocumentKind.PURCHASE_ORDER: "inventory.view_purchaseorder",
}
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


def document_section(order: Order) -> dict[str, Any]:
    """The context of orders/_documents.html. Statements: 2."""
    return {
        "documents": [
            {
                "kind": found.kind,
                "title": title(found.kind),
                "number": found.number,
                "id": found.id,
                "permission": PERMISSIONS[DocumentKind(found.kind)],
                "url": pdf_url(found.kind, found.id),
            }
            for found in documents_of([order.pk])
        ],
        "mails": list(DocumentMail.objects.filter(order=order).order_by("-pk")[:20]),
        "document_languages": LANGUAGES,
    }


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """A PDF for a browser to show; kept by nobody on the way, for it names people."""
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "private, no-store"},
    )


def print_document(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """One document as PDF, in the customer's language or the one asked for."""
    if kind not in DocumentKind.values:
        raise Http404
    require(request, PERMISSIONS[DocumentKind(kind)])
    found = _document(kind, pk)
    if found is None:
        raise Http404
    language = request.GET.get("language", "")
    return pdf_response(render(kind, [pk], language if language in LANGUAGES else ""), found.number)


def mail_document(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Ask for a mail of one document, and go back to its order; a purchase order is sent by it."""
    if kind == DocumentKind.PURCHASE_ORDER:
        return _mail_purchase_order(request, pk)
    if kind == DocumentKind.QUOTE:
        return _mail_quote(request, pk)
    found = _document(kind, pk)

    def act(actor: Actor) -> str:
        if found is None:
            raise NoDocument(gettext("There is no such document of it yet."))
        services.ask_for_mails([found], actor=actor)
        return gettext("%(number)s will be mailed in a moment.") % {"number": found.number}

    if found is not None and found.kind in (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE):
        require(request, "accounting.view_invoice")
    order_id = found.order_id if found else None
    back = reverse("admin:orders_order_change", args=[order_id]) if order_id else reverse("admin:index")
    return run_action(request, act, back=back, permission="orders.add_documentmail")


def _mail_purchase_order(request: HttpRequest, pk: int) -> HttpResponse:
    order = get_object_or_404(PurchaseOrder, pk=pk)

    def act(actor: Actor) -> str:
        services.mail_purchase_orders([pk], company_id=order.company_id, actor=actor)
        return gettext("%(number)s will be mailed in a moment.") % {"number": order.number}

    back = reverse("admin:inventory_purchaseorder_change", args=[pk])
    return run_action(request, act, back=back, permission="inventory.change_purchaseorder")


def _mail_quote(request: HttpRequest, pk: int) -> HttpResponse:
    draft = get_object_or_404(DraftOrder, pk=pk)
    version = request.POST.get("version", "")

    def act(actor: Actor) -> str:
        services.mail_quote(
            pk,
            company_id=draft.company_id,
            actor=actor,
            today=timezone.localdate(),
            version=int(version) if version.isdecimal() and len(version) < 10 else None,
        )
        return gettext("%(number)s will be mailed in a moment.") % {"number": draft.number}

    back = reverse("admin:orders_draftorder_change", args=[pk])
    return run_action(request, act, back=back, permission="orders.add_documentmail")


def _document(kind: str, pk: int) -> DocumentRef | None:
    if kind not in DocumentKind.values:
        return None
    return next((found for found in documents_on(OBJECT_TYPES[kind], [pk]) if found.kind == kind), None)


def document_urls(view: Any) -> list[Any]:
    return [
        path("documents/<str:kind>/<int:pk>.pdf", view(print_document), name="orders_document_pdf"),
        path("documents/<str:kind>/<int:pk>/mail/", view(mail_document), name="orders_document_mail"),
    ]


class MailRuleInline(HouseInline):
    """What buyers of a channel are mailed by itself."""

    model = MailRule
    extra = 0
    hide_title = True
    fields = ["kind"]


def rules_of(channel: Any) -> str:
    """The rules in one line, for the channel's trail."""
    return ", ".join(MailRule.objects.filter(channel=channel).order_by("kind").values_list("kind", flat=True))


class MailTextForm(HouseAdmin.form):
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        for name in ("subject", "body"):
            if unknown := unknown_placeholders(cleaned.get(name, "")):
                self.add_error(
                    name,
                    gettext("%(given)s is not filled in; known are %(known)s.")
                    % {"given": f"{{{unknown[0]}}}", "known": " ".join(f"{{{word}}}" for word in PLACEHOLDERS)},
                )
        return cleaned


@admin.register(MailText)
class MailTextAdmin(HouseAdmin):
    """A company's own words instead of the built-in ones."""

    form = MailTextForm
    list_display = ["kind", "language", "subject", "company"]
    list_filter = ["kind", "language"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        known = " ".join(f"{{{word}}}" for word in PLACEHOLDERS)
        said = gettext("Filled in for each mail: %(known)s. A line whose words are all empty is left out.")
        return super().get_form(request, obj, change, help_texts={"body": said % {"known": known}}, **kwargs)


@admin.register(DocumentMail)
class DocumentMailAdmin(FactAdmin):
    """Every mail that was asked for, and what became of it. No address is shown: it stands with the person."""

    list_display = [
        "show_document",
        "order",
        "show_status",
        "attempts",
        "show_requested",
        "show_sent",
        "asked_by",
        "show_trouble",
    ]
    list_select_related = ["order"]
    list_filter = [("status", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter)]
    ordering = ["-id"]
    actions = ["send_again"]

    @display(description=_("Document"))
    def show_document(self, mail: DocumentMail) -> str:
        return f"{mail.get_kind_display()} {mail.object_id}"

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, mail: DocumentMail) -> tuple[str, str]:
        return mail.status, mail.get_status_display()

    @display(description=_("Requested"))
    def show_requested(self, mail: DocumentMail) -> str:
        return show_time(mail.requested_at)

    @display(description=_("Sent"))
    def show_sent(self, mail: DocumentMail) -> str:
        return show_time(mail.sent_at)

    @display(description=_("Trouble"))
    def show_trouble(self, mail: DocumentMail) -> str:
        return mail.trouble

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.add_documentmail")

    @admin.action(description=_("Send again"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: Any) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        count = services.retry_mails(
            mail_ids=ids, actor=Actor.of_request(request), reason=gettext("Sent again by hand")
        )
        self.message_user(request, gettext("Mails that will be tried again: %(count)s.") % {"count": count})
