"""Documents of an order over HTTP: as PDF, and by mail."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.response import Response

from backoffice.core.api.actions import actor_of
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput, NotPermitted
from orders import services
from orders.documents import render
from orders.errors import NoDocument
from orders.models import DocumentKind, DocumentMail, Order
from orders.selectors.documents import DocumentRef, documents_of

KIND = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=DocumentKind.values)
LANGUAGE = OpenApiParameter("language", str, enum=[code for code, _name in settings.LANGUAGES])
ACCESS = {
    "document": ("orders:read", "orders.view_order"),
    "mail_document": ("orders:write", "orders.add_documentmail"),
    "mails": ("orders:read", "orders.view_documentmail"),
}


class PdfRenderer(BaseRenderer):
    """For programs that say what they accept; the view answers with the bytes itself."""

    media_type, format, render_style = "application/pdf", "pdf", "binary"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        return JSONRenderer().render(data)  # a refusal


class MailOut(serializers.ModelSerializer[DocumentMail]):
    """error: why it did not go out, as a code; detail: in words."""

    document = serializers.CharField(source="kind")
    document_id = serializers.IntegerField(source="object_id")
    detail = serializers.CharField(source="trouble")

    class Meta:
        model = DocumentMail
        fields = ["id", "document", "document_id", "status", "attempts", "requested_at", "sent_at", "error", "detail"]


def pdf_answer(request: Any, kind: str, ids: list[int], name: str) -> HttpResponse:
    """Documents as one PDF, in the customer's language or the one asked for. Raises InvalidInput for another."""
    language = request.query_params.get("language", "")
    if language and language not in dict(settings.LANGUAGES):
        raise InvalidInput(
            _("Some fields are wrong; nothing was saved."),
            errors=[{"field": "language", "message": _("There is no such language."), "code": "unknown_language"}],
        )
    return HttpResponse(
        render(kind, ids, language),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "private, no-store"},
    )


class DocumentActions:
    """Mixed into the orders' view set."""

    @extend_schema(
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
        parameters=[KIND, LANGUAGE],
        filters=False,
        operation_id="v1_orders_document",
    )
    def document(self, request: Any, kind: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """All documents of one kind that the order has, as one PDF, in the customer's language or the one asked for."""
        found = self._documents(request, kind)
        name = found[0].number if len(found) == 1 else f"{kind}-{found[0].order_id}"
        return pdf_answer(request, kind, [document.id for document in found], name)

    @extend_schema(request=None, responses={202: MailOut(many=True)}, parameters=[KIND, KEY_HEADER], filters=False)
    @action(detail=True, methods=["post"], url_path=r"documents/(?P<kind>[a-z_]+)/mail")
    @idempotent()
    def mail_document(self, request: Any, kind: str, *args: Any, **kwargs: Any) -> Response:
        """Mail the order's documents of one kind to the buyer; a worker sends them soon."""
        mails = services.ask_for_mails(self._documents(request, kind), actor=actor_of(request))
        return Response(MailOut(DocumentMail.objects.filter(pk__in=[mail.pk for mail in mails]), many=True).data, 202)

    @extend_schema(responses=MailOut(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def mails(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The order's mails and what became of them, newest first, 100 at most."""
        order: Order = self.get_object()  # type: ignore[attr-defined]
        return Response(MailOut(DocumentMail.objects.filter(order=order).order_by("-pk")[:100], many=True).data)

    def _documents(self, request: Any, kind: str) -> list[DocumentRef]:
        """Raises NoDocument, or NotPermitted to who may not see invoices."""
        order: Order = self.get_object()  # type: ignore[attr-defined]
        is_invoice = kind in (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE)
        if is_invoice and not request.user.has_perm("accounting.view_invoice"):
            raise NotPermitted(_("You may not see invoices."))
        found = [document for document in documents_of([order.pk]) if document.kind == kind]
        if not found:
            raise NoDocument(_("The order has no document of this kind (yet)."), kind=kind)
        return found
