"""What the pages of costs' documents share: the list, a form for a new one, a page with the next steps."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from accounting.models import Company
from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin
from backoffice.core.admin.pages import events_of, posted_reason, render_page, require, run_action
from backoffice.core.errors import DomainError, InvalidInput
from inventory.models import (
    StockMove,
    ValueChange,
)
from inventory.selectors import skus_by_code

ROWS = 8


Cell = tuple[str, Any]  # (kind: text, quantity, money, link, act: a step with its reason; value)


class CostDocumentAdmin(FactAdmin):
    """What the three documents share. steps: name: (service, button, asks why, the status it leads to, takes the time)."""

    steps: ClassVar[dict[str, tuple[Callable[..., Any], Any, bool, str, bool]]] = {}
    allowed: ClassVar[Mapping[str, frozenset[str]]] = {}
    object_type = ""
    form_template = ""
    ordering = ["-id"]
    list_filter: Any = [("status", ChoicesDropdownFilter)]

    @display(description=_("Number"))
    def show_number(self, document: Any) -> str:
        return document.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, document: Any) -> tuple[str, str]:
        return document.status, document.get_status_display()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(f"inventory.add_{self.opts.model_name}")

    def get_urls(self) -> list[Any]:
        name = f"inventory_{self.opts.model_name}_step"
        return [
            path("<int:pk>/step/<str:name>/", self.admin_site.admin_view(self.step_view), name=name),
            *super().get_urls(),
        ]

    def page_of(self, pk: int) -> str:
        return reverse(f"admin:inventory_{self.opts.model_name}_change", args=[pk])

    def make(self, request: HttpRequest, company_id: int, actor: Actor) -> Any:
        raise NotImplementedError

    def form_context(self, request: HttpRequest) -> dict[str, Any]:
        raise NotImplementedError

    def tables(self, document: Any) -> list[dict[str, Any]]:
        raise NotImplementedError

    def facts(self, document: Any) -> list[tuple[Any, Any]]:
        raise NotImplementedError

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A draft from the form; a refusal stands above it, what was typed stays, and nothing is written."""
        require(request, f"inventory.add_{self.opts.model_name}")
        refusal = ""
        if request.method == "POST":
            try:
                with transaction.atomic():
                    document = self.make(request, company_of(request), Actor.of_request(request))
                messages.success(request, gettext("%(number)s is a draft.") % {"number": document.number})
                return HttpResponseRedirect(self.page_of(document.pk))
            except DomainError as error:
                refusal = error.detail
        return render_page(
            request,
            self.admin_site,
            "inventory/cost_form.html",
            title=_("New: %(what)s") % {"what": self.opts.verbose_name},
            opts=self.opts,
            part=self.form_template,
            refusal=refusal,
            posted=request.POST,
            today=timezone.localdate(),
            **self.form_context(request),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        document = self.get_object(request, object_id)
        if document is None or not self.has_view_permission(request, document):
            return super().change_view(request, object_id, form_url, extra_context)
        may = request.user.has_perm(f"inventory.change_{self.opts.model_name}")
        return render_page(
            request,
            self.admin_site,
            "inventory/cost_document.html",
            title=document.number,
            opts=self.opts,
            document=document,
            currency=document.company.base_currency_id,
            may=may,
            facts=self.facts(document),
            tables=[_labelled(table) for table in self.tables(document)],
            step_url=f"admin:inventory_{self.opts.model_name}_step",
            steps=[
                (name, label, asks)
                for name, (_service, label, asks, status, _timed) in self.steps.items()
                if status in self.allowed[document.status] and self.offers(name, document)
            ],
            events=events_of(self.object_type, document.pk),
            **self.more(document),
        )

    def offers(self, name: str, document: Any) -> bool:
        return True

    def more(self, document: Any) -> dict[str, Any]:
        return {}

    def step_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        document = get_object_or_404(self.model, pk=pk)

        def act(actor: Actor) -> str:
            self.step(request, document, name, actor)
            document.refresh_from_db()
            return f"{document.number}: {document.get_status_display()}"

        return run_action(request, act, back=self.page_of(pk), permission=f"inventory.change_{self.opts.model_name}")

    def step(self, request: HttpRequest, document: Any, name: str, actor: Actor) -> None:
        if name not in self.steps:
            raise InvalidInput(gettext("There is no such step."))
        service, _label, asks, _status, timed = self.steps[name]
        given: dict[str, Any] = {"company_id": document.company_id, "actor": actor}
        if asks:
            given["reason"] = posted_reason(request)
        if timed:
            given["effective_at"] = timezone.now()
        service(document.pk, **given)


def _labelled(table: dict[str, Any]) -> dict[str, Any]:
    """Each cell with its column's name, which stands beside it on a phone."""
    rows = [
        [(name, kind, value) for name, (kind, value) in zip(table["columns"], row, strict=True)]
        for row in table["rows"]
    ]
    return {**table, "rows": rows}


def sku_link(move: StockMove) -> tuple[str, str]:
    return move.sku.code, reverse("admin:inventory_sku_change", args=[move.sku_id])


def entries_of(source_type: str, pk: int) -> dict[str, Any]:
    """The changes of value that a document made, with their journal entries."""
    changes = ValueChange.objects.filter(source_type=source_type, source_id=pk).select_related("sku").order_by("pk")
    return {
        "title": _("Changes of value"),
        "columns": [_("SKU"), _("When"), _("Change of value"), _("Entry")],
        "rows": [
            [
                ("text", change.sku.code),
                ("time", change.recorded_at),
                ("money", change.value),
                ("link", entry_link(change.entry_id)),
            ]
            for change in changes[:200]
        ],
    }


def moves_table(source_type: str, ids: list[int]) -> dict[str, Any]:
    moves = StockMove.objects.filter(source_type=source_type, source_id__in=ids)
    return {
        "title": _("Moves"),
        "columns": [_("SKU"), _("From"), _("To"), _("Quantity"), _("Value"), _("Entry")],
        "rows": [
            [
                ("link", sku_link(move)),
                ("text", move.from_location.code),
                ("text", move.to_location.code),
                ("quantity", move.quantity),
                ("money", move.value),
                ("link", entry_link(move.entry_id)),
            ]
            for move in moves.select_related("sku", "from_location", "to_location").order_by("pk")[:200]
        ],
    }


def entry_link(pk: int | None) -> tuple[str, str]:
    return ("–", "") if pk is None else (f"JE-{pk}", reverse("admin:accounting_journalentry_change", args=[pk]))


def company_of(request: HttpRequest) -> int:
    company = Company.objects.order_by("pk").first()
    if company is None:
        raise InvalidInput(gettext("There is no company yet."))
    return company.pk


def sku_rows(request: HttpRequest, field: str) -> list[tuple[int, str, str]]:
    return [(row, request.POST.get(f"sku-{row}", ""), request.POST.get(f"{field}-{row}", "")) for row in range(ROWS)]


def posted_skus(request: HttpRequest, company_id: int, field: str) -> list[tuple[int, Decimal]]:
    rows = [(row, sku.strip(), text) for row, sku, text in sku_rows(request, field) if sku.strip() or text.strip()]
    known = skus_by_code(company_id, [sku for _row, sku, _text in rows]) if rows else {}
    found = []
    for row, sku, text in rows:
        if sku not in known:
            raise InvalidInput(
                gettext("Line %(row)s: there is no SKU “%(code)s”.") % {"row": row + 1, "code": sku},
                errors=[{"field": f"sku-{row}"}],
            )
        found.append((known[sku], posted_number(text, gettext("Line %(row)s") % {"row": row + 1})))
    return found


def posted_number(text: str, name: str) -> Decimal:
    try:
        number = Decimal(text.strip().replace(",", "."))
        if number.is_finite() and abs(number) < 10**12 and number == round(number, 6):
            return number
    except InvalidOperation:
        pass
    raise InvalidInput(gettext("%(name)s: “%(value)s” is not a number.") % {"name": name, "value": text[:40]})
