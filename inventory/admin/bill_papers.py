"""The paper of a bill: uploaded, shown, removed from a draft."""

from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext

from accounting.models import Bill, BillPaper
from accounting.services import add_paper, remove_paper
from backoffice.core.actor import Actor
from backoffice.core.admin.pages import require, run_action
from backoffice.core.errors import InvalidInput


def _url(pk: int) -> str:
    return reverse("admin:accounting_bill_change", args=[pk])


def add_paper_view(request: HttpRequest, pk: int) -> HttpResponse:
    bill = get_object_or_404(Bill, pk=pk)

    def act(actor: Actor) -> str:
        file = request.FILES.get("paper")
        if file is None:
            raise InvalidInput(gettext("Choose a file."), errors=[{"field": "paper"}])
        paper = add_paper(file, bill_id=pk, company_id=bill.company_id, actor=actor)
        return gettext("%(name)s is kept with the bill.") % {"name": paper.name}

    return run_action(request, act, back=_url(pk), permission="accounting.change_bill")


def remove_paper_view(request: HttpRequest, pk: int, paper: int) -> HttpResponse:
    bill = get_object_or_404(Bill, pk=pk)

    def act(actor: Actor) -> str:
        remove_paper(paper, bill_id=pk, company_id=bill.company_id, actor=actor)
        return gettext("The paper is removed.")

    return run_action(request, act, back=_url(pk), permission="accounting.change_bill")


def paper_view(request: HttpRequest, pk: int, paper: int) -> HttpResponseBase:
    """The stored file as what it was found to be when it came; the browser shows it and runs nothing of it."""
    require(request, "accounting.view_bill")
    found = get_object_or_404(BillPaper, pk=paper, bill_id=pk)
    try:
        file = found.file.open("rb")
    except OSError:
        messages.error(request, gettext("The file is not in the storage any more."))
        return HttpResponseRedirect(_url(pk))
    if found.content_type not in ("application/pdf", "image/png", "image/jpeg"):
        raise Http404
    response = StreamingHttpResponse(file.chunks(), content_type=found.content_type)
    ending = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}[found.content_type]
    response["Content-Disposition"] = f'inline; filename="paper-{found.pk}.{ending}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
