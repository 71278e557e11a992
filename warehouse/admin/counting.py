"""Stocktakes: the list, a form to plan one, its page with progress, differences and next steps."""

from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_money, show_time
from backoffice.core.admin.pages import (
    events_of,
    filled_panels,
    posted_quantity,
    posted_reason,
    render_page,
    require,
    run_action,
)
from backoffice.core.approving import approval_terms
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.export import table_response
from backoffice.core.models import User
from inventory.models import Lot
from inventory.selectors import sku_by_barcode
from warehouse.admin.counting_forms import StocktakeForm
from warehouse.count_sheets import count_sheet
from warehouse.counts import COUNT, REVIEW, file_rows, lines_of, may_see_figures, progress_of, tasks_of, with_progress
from warehouse.models import COUNT_OPEN, Stocktake
from warehouse.services import counting
from warehouse.states import STOCKTAKE

PER_PAGE = 100
CHANGE = "warehouse.change_stocktake"


@admin.register(Stocktake)
class StocktakeAdmin(FactAdmin):
    list_display = [
        "show_number", "warehouse", "show_status", "show_progress", "origin", "due_date", "show_value", "created_label",
        "show_created",
    ]  # fmt: skip
    list_select_related = ["warehouse", "company"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("warehouse", RelatedDropdownFilter),
        ("origin", ChoicesDropdownFilter),
    ]
    list_filter_submit = True
    search_fields = ["=tasks__location__code", "note"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Stocktake]:
        self._reader = request.user
        return with_progress(super().get_queryset(request))

    @display(description=_("Number"))
    def show_number(self, stocktake: Stocktake) -> str:
        return stocktake.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, stocktake: Stocktake) -> tuple[str, str]:
        return stocktake.status, stocktake.get_status_display()

    @display(description=_("Counted"))
    def show_progress(self, stocktake: Any) -> str:
        return f"{stocktake.done} / {stocktake.places}"

    @display(description=_("Differences"))
    def show_value(self, stocktake: Stocktake) -> str:
        if not may_see_figures(self._reader, stocktake):
            return ""
        return show_money(stocktake.value, stocktake.company.base_currency_id)

    @display(description=_("Made"))
    def show_created(self, stocktake: Stocktake) -> str:
        return show_time(stocktake.created_at)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("warehouse.add_stocktake")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/count/", view(self.count_view), name="warehouse_stocktake_count"),
            path("<int:pk>/places/", view(self.places_view), name="warehouse_stocktake_places"),
            path("<int:pk>/step/<str:name>/", view(self.step_view), name="warehouse_stocktake_step"),
            path("<int:pk>/sheet.pdf", view(self.sheet_view), name="warehouse_stocktake_sheet"),
            path("<int:pk>/export/<str:kind>/", view(self.export_view), name="warehouse_stocktake_export"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        require(request, "warehouse.add_stocktake")
        form = StocktakeForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            made = _make(request, form)
            if made is not None:
                messages.success(request, gettext("%(number)s is planned.") % {"number": made.number})
                return HttpResponseRedirect(_url(made.pk))
        return render_page(
            request,
            self.admin_site,
            "warehouse/stocktake_form.html",
            title=_("New stocktake"),
            opts=self.opts,
            form=form,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        stocktake = self.get_object(request, object_id)
        if stocktake is None or not self.has_view_permission(request, stocktake):
            return super().change_view(request, object_id, form_url, extra_context)
        figures = may_see_figures(request.user, stocktake)
        show = request.GET.get("show", "")
        lines = lines_of(stocktake) if figures else None
        if lines is not None and show != "all":
            lines = lines.exclude(variance=0, gone=0, beyond=False)
        tasks = tasks_of(stocktake)
        if request.GET.get("places") == "open":
            tasks = tasks.filter(status__in=COUNT_OPEN)
        return render_page(
            request,
            self.admin_site,
            "warehouse/stocktake.html",
            title=stocktake.number,
            opts=self.opts,
            stocktake=stocktake,
            progress=progress_of(stocktake),
            currency=stocktake.company.base_currency_id,
            figures=figures,
            lines=_paged(request, "lines", lines) if lines is not None else None,
            tasks=_paged(request, "tasks", tasks),
            show=show,
            may_review=request.user.has_perm(REVIEW),
            may_change=request.user.has_perm(CHANGE),
            may_count=request.user.has_perm(COUNT) and stocktake.is_blind,
            typed=request.POST,
            people=User.objects.filter(is_active=True).order_by("username")[:500],
            steps=STOCKTAKE[stocktake.status],
            approvers=_approvers(stocktake) if figures and stocktake.status == "review" else None,
            panels=filled_panels("warehouse.stocktake", stocktake.pk),
            events=events_of("warehouse.stocktake", stocktake.pk),
        )

    def count_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A count typed at the desk, or places finished."""
        require(request, COUNT)
        stocktake = get_object_or_404(Stocktake, pk=pk)
        if request.method != "POST":
            return HttpResponseRedirect(_url(pk))
        try:
            with transaction.atomic():
                messages.success(request, _count(request, stocktake, Actor.of_request(request)))
        except DomainError as refusal:
            messages.error(request, refusal.detail)
            return self.change_view(request, str(pk))  # with what was typed
        return HttpResponseRedirect(_url(pk) + "#count")

    def places_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What is done with the places that are ticked: assigned, finished, counted again."""
        stocktake = get_object_or_404(Stocktake, pk=pk)
        ids = [int(value) for value in request.POST.getlist("task") if value.isdecimal()]
        what = request.POST.get("do", "")
        common: dict[str, Any] = {"company_id": stocktake.company_id}

        def act(actor: Actor) -> str:
            if not ids:
                raise InvalidInput(gettext("Tick at least one place."))
            if what == "assign":
                given = request.POST.get("user", "")
                counting.assign_counts(ids, user_id=int(given) if given.isdecimal() else None, actor=actor, **common)
            elif what == "finish":
                counting.finish_counts(ids, at=timezone.now(), actor=actor, device="browser", **common)
            else:
                counting.request_recount(pk, ids, actor=actor, reason=posted_reason(request), **common)
            return ngettext("%(count)s place: done.", "%(count)s places: done.", len(ids)) % {"count": len(ids)}

        permission = {"assign": CHANGE, "finish": COUNT}.get(what, REVIEW)
        return run_action(request, act, back=_url(pk) + "#places", permission=permission)

    def step_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        stocktake = get_object_or_404(Stocktake, pk=pk)
        common: dict[str, Any] = {"company_id": stocktake.company_id}
        version = request.POST.get("version", "")

        def act(actor: Actor) -> str:
            now = timezone.now()
            if name in ("approve", "approve-only"):
                seen = int(version) if version.isdecimal() else -1
                reason = request.POST.get("reason", "").strip()[:300]
                found = counting.approve_stocktake(
                    pk, at=now, actor=actor, version=seen, reason=reason, post=name == "approve", **common
                )
            elif name == "post":
                found = counting.post_stocktake(pk, at=now, actor=actor, **common)
            else:
                found = counting.cancel_stocktake(pk, actor=actor, reason=posted_reason(request), **common)
            return f"{found.number}: {found.get_status_display()}"  # type: ignore[attr-defined]

        permission = CHANGE if name == "cancel" else REVIEW
        return run_action(request, act, back=_url(pk), permission=permission)

    def sheet_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "warehouse.view_stocktake")
        stocktake = get_object_or_404(Stocktake.objects.select_related("warehouse"), pk=pk)
        answer = HttpResponse(count_sheet(stocktake), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{stocktake.number}.pdf"'
        return answer

    def export_view(self, request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
        """The lines with their figures for reviewers once all is counted; else the places alone."""
        require(request, "warehouse.view_stocktake")
        stocktake = get_object_or_404(Stocktake, pk=pk)
        headings, rows = file_rows(stocktake, figures=may_see_figures(request.user, stocktake))
        return table_response("xlsx" if kind == "xlsx" else "csv", stocktake.number, headings, rows)


def _make(request: HttpRequest, form: StocktakeForm) -> Stocktake | None:
    data = form.cleaned_data
    try:
        with transaction.atomic():
            return counting.create_stocktake(
                counting.scopes_of(form.choice, warehouse_id=data["warehouse"].pk),
                company_id=data["warehouse"].company_id,
                warehouse_id=data["warehouse"].pk,
                actor=Actor.of_request(request),
                rules=form.rules,
                note=data["note"],
                due_date=data["due_date"],
                assigned_to_id=data["assigned_to"].pk if data["assigned_to"] else None,
            )
    except DomainError as refusal:
        form.add_error(None, refusal.detail)
        return None


def _count(request: HttpRequest, stocktake: Stocktake, actor: Actor) -> str:
    """One line typed at the desk: place, article, quantity, and what goes with it."""
    place, code = request.POST.get("place", "").strip(), request.POST.get("code", "").strip()
    item = sku_by_barcode(stocktake.company_id, code)
    if item is None:
        raise InvalidInput(gettext("There is no SKU “%(code)s”.") % {"code": code[:60]})
    tasks = list(tasks_of(stocktake).filter(location__code__iexact=place).exclude(status="cancelled"))
    task = next((each for each in tasks if each.sku_id in (None, item.sku_id)), None)
    if task is None:
        raise InvalidInput(gettext("%(place)s is not part of this stocktake.") % {"place": place[:40] or "–"})
    given = request.POST.get("lot", "").strip()
    lot = Lot.objects.filter(sku=item.sku_id, code__iexact=given).first() if given else None
    if given and lot is None:
        raise InvalidInput(gettext("There is no lot “%(code)s” of it.") % {"code": given[:60]})
    serials = tuple(filter(None, request.POST.get("serials", "").replace(",", " ").split()))
    quantity = posted_quantity(request, "quantity", gettext("Quantity")) * item.quantity
    counting.record_counts(
        [counting.CountInput(task.pk, item.sku_id, quantity, lot.pk if lot else None, serials)],
        company_id=stocktake.company_id,
        counted_at=timezone.now(),
        actor=actor,
        device="browser",
    )
    return gettext("%(place)s: %(sku)s counted.") % {"place": task.location.code, "sku": item.sku}


def _paged(request: HttpRequest, name: str, rows: QuerySet[Any]) -> Any:
    """A page of the rows; the number stands in the address under its own name."""
    return Paginator(rows, PER_PAGE).get_page(request.GET.get(f"{name}_page"))


def _approvers(stocktake: Stocktake) -> list[Any] | None:
    """Who may approve differences of this value; None if anybody may who did not count."""
    terms = approval_terms("stocktake", company_id=stocktake.company_id)
    return terms.who(stocktake.value) if terms.needs_approval(stocktake.value) else None


def _url(pk: int) -> str:
    return reverse("admin:warehouse_stocktake_change", args=[pk])
