"""The first page of the admin, and the one search box."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import SearchResult

from backoffice.core.admin.pages import render_page
from backoffice.core.admin.proof import SEE, last_proof
from backoffice.dashboard import figures
from backoffice.dashboard.checklist import checklist
from backoffice.dashboard.search import Sight, find


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What admin/index.html shows beside the theme's own context."""
    user = request.user
    context |= {"title": _("Today"), "tiles": figures.tiles(user), "checklist": checklist(user)}
    if user.has_perm("accounting.view_invoice"):
        context["chart"] = figures.sales_chart(user)
    if user.has_perm("orders.view_order"):
        context["newest"] = figures.newest_orders(user)
        context["shows_orders"] = True
    if user.has_perm("integrations.view_connection"):
        context["syncs"] = figures.sync_health(user)
        context["shows_syncs"] = True
    if user.has_perm(SEE):
        context |= {"proof": last_proof(), "shows_proof": True}
    return context


@staff_member_required
def search_view(request: HttpRequest) -> HttpResponse:
    """Everything a term names; a single hit is opened at once."""
    term = request.GET.get("q", "").strip()[:120]
    hits = find(term, Sight.of(request.user))
    if len(hits) == 1:
        return HttpResponseRedirect(hits[0].url)
    return render_page(request, admin.site, "backoffice/search.html", title=_("Search"), term=term, hits=hits)


def command_search(request: HttpRequest, term: str) -> list[SearchResult]:
    """The palette (Ctrl+K) searches the same way; by the term as typed, for the theme passes it in small letters."""
    term = request.GET.get("s", term).strip()[:120]
    return [
        SearchResult(title=hit.title, description=str(hit.kind), link=hit.url, icon=hit.icon)
        for hit in find(term, Sight.of(request.user))
    ]
