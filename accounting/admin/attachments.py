"""The papers of documents: uploaded, shown as what they are, taken off a draft."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from accounting.models import Attachment
from accounting.selectors import attachments_of
from accounting.services import ATTACHABLE, attach, detach
from accounting.serving import served
from backoffice.core.actor import Actor
from backoffice.core.admin.pages import run_action
from backoffice.core.errors import InvalidInput


def papers_context(
    request: HttpRequest, object_type: str, object_id: int, *, removable: bool = False
) -> dict[str, Any]:
    """What the card of papers needs (accounting/_attachments.html)."""
    return {
        "papers": attachments_of(object_type, object_id),
        "papers_of": (object_type, object_id),
        "papers_add": request.user.has_perm(ATTACHABLE[object_type].change),
        "papers_removable": removable,
    }


def attach_view(request: HttpRequest, object_type: str, pk: int) -> HttpResponse:
    kind = ATTACHABLE.get(object_type)
    if kind is None:
        raise Http404
    document = get_object_or_404(kind.model, pk=pk)

    def act(actor: Actor) -> str:
        upload = request.FILES.get("file")
        if upload is None:
            raise InvalidInput(gettext("Choose a file."), errors=[{"field": "file"}])
        paper = attach(upload, object_type=object_type, object_id=pk, company_id=document.company_id, actor=actor)
        return gettext("%(name)s is kept with the document.") % {"name": paper.name}

    return run_action(request, act, back=_back(object_type, pk), permission=kind.change)


def detach_view(request: HttpRequest, pk: int) -> HttpResponse:
    paper = get_object_or_404(Attachment, pk=pk)

    def act(actor: Actor) -> str:
        detach(pk, company_id=paper.company_id, actor=actor)
        return gettext("The paper is removed.")

    back = _back(paper.object_type, paper.object_id)
    return run_action(request, act, back=back, permission=ATTACHABLE[paper.object_type].change)


def attachment_view(request: HttpRequest, pk: int) -> HttpResponseBase:
    paper = get_object_or_404(Attachment, pk=pk)
    if not request.user.has_perm(ATTACHABLE[paper.object_type].view):
        raise PermissionDenied
    return served(paper)


def _back(object_type: str, pk: int) -> str:
    app, model = object_type.split(".")
    try:
        return reverse(f"admin:{app}_{model}_change", args=[pk])
    except NoReverseMatch:
        return reverse("admin:index")
