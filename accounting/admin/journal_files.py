"""A plain-text journal (beancount or ledger) brought, checked, shown and posted."""

import zlib
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Company
from accounting.services.journal_files import MAX_BYTES, JournalPreview, import_journal, preview_journal
from backoffice.core.actor import Actor
from backoffice.core.admin.pages import render_page, require
from backoffice.core.errors import DomainError, InvalidInput


@staff_member_required
def journal_files_view(request: HttpRequest) -> HttpResponse:
    """Check a file and show what it would do; then post it, the same file carried along."""
    require(request, "accounting.add_journalentry")
    shown: JournalPreview | None = None
    content, name, refusal = b"", "", None
    if request.method == "POST":
        try:
            content, name = _content(request)
            if request.POST.get("what") == "post":
                return _post(request, content, name)
            shown = preview_journal(content, **_given(request))
        except DomainError as found:
            refusal = found
            messages.error(request, found.detail)
    return render_page(
        request,
        admin.site,
        "accounting/journal_files.html",
        title=_("Journal from a file"),
        companies=Company.objects.order_by("name"),
        chosen=request.POST.get("company", ""),
        file_format=request.POST.get("format", ""),
        no_value=request.POST.get("no_value", ""),
        shown=shown,
        refusal=refusal,
        name=name,
        kept=b64encode(zlib.compress(content)).decode() if shown else "",
    )


def _content(request: HttpRequest) -> tuple[bytes, str]:
    """The file just brought, or the one that was checked."""
    file = request.FILES.get("file")
    if file is not None:
        return file.read(), file.name or ""
    try:
        packed = b64decode(request.POST.get("kept", ""), validate=True)
        content = zlib.decompressobj().decompress(packed, MAX_BYTES + 1) if packed else b""
    except (BadBase64, ValueError, zlib.error):
        content = b""
    if not content:
        raise InvalidInput(gettext("Choose a file."), errors=[{"field": "file"}])
    return content, request.POST.get("name", "")[:120]


def _given(request: HttpRequest) -> dict[str, Any]:
    companies = Company.objects.order_by("pk")
    wanted = request.POST.get("company", "")
    company = companies.filter(pk=wanted).first() if wanted.isdecimal() else companies.first()
    if company is None:
        raise InvalidInput(gettext("Name the company."), errors=[{"field": "company"}])
    units = request.POST.get("no_value", "").replace(",", " ").split()
    return {"company_id": company.pk, "file_format": request.POST.get("format", ""), "no_value": units}


def _post(request: HttpRequest, content: bytes, name: str) -> HttpResponse:
    done = import_journal(content, actor=Actor.of_request(request), file_name=name, **_given(request))
    messages.success(
        request,
        gettext("%(entries)s entries posted, %(already)s were there, %(accounts)s accounts made.")
        % {"entries": done.entries, "already": done.already, "accounts": done.accounts},
    )
    return HttpResponseRedirect(reverse("admin:accounting_journalentry_changelist"))
