"""Landed cost, revaluations, assembly: lists, forms for new ones, and a page with the next steps."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from accounting.models import Company, Party
from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_time
from backoffice.core.admin.pages import events_of, posted_reason, render_page, require, run_action
from backoffice.core.errors import DomainError, InvalidInput
from inventory import services
from inventory.models import (
    AssemblyKind,
    AssemblyNeed,
    AssemblyOrder,
    AssemblyRun,
    CostLayer,
    LandedCost,
    LandedCostBasis,
    LandedCostKind,
    Location,
    Revaluation,
    RevaluationKind,
    StockMove,
    ValueChange,
)
from inventory.selectors import skus_by_code

ROWS = 8
Cell = tuple[str, Any]  # (kind: text, quantity, money, link; value)


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
                    document = self.make(request, _company(request), Actor.of_request(request))
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


@admin.register(LandedCost)
class LandedCostAdmin(CostDocumentAdmin):
    from inventory.states import LANDED_COST as _STATES

    allowed = _STATES
    object_type = "inventory.landedcost"
    form_template = "inventory/_landed_cost_form.html"
    list_display = ["show_number", "supplier", "basis", "is_estimate", "show_status", "reference", "show_when"]
    list_select_related = ["supplier__person"]
    list_filter = [*CostDocumentAdmin.list_filter, "is_estimate"]
    search_fields = ["=reference"]
    steps = {
        "post": (services.post_landed_cost, _("Post"), False, "posted", False),
        "reverse": (services.reverse_landed_cost, _("Reverse"), True, "reversed", False),
    }

    @display(description=_("When"))
    def show_when(self, document: LandedCost) -> str:
        return show_time(document.effective_at)

    def form_context(self, request: HttpRequest) -> dict[str, Any]:
        arrivals = (
            CostLayer.objects.filter(move__from_location__kind="supplier")
            .select_related("move__sku", "company")
            .order_by("-move_id")[:100]
        )
        return {
            "bases": LandedCostBasis.choices,
            "kinds": LandedCostKind.choices,
            "suppliers": Party.objects.filter(is_supplier=True).select_related("person").order_by("code")[:500],
            "arrivals": arrivals,
            "chosen": set(request.POST.getlist("move")),
            "rows": [
                (number, request.POST.get(f"kind-{number}", ""), request.POST.get(f"amount-{number}", ""))
                for number in range(4)
            ],
        }

    def make(self, request: HttpRequest, company_id: int, actor: Actor) -> LandedCost:
        supplier = request.POST.get("supplier", "")
        return services.create_landed_cost(
            _cost_lines(request),
            move_ids=[int(move) for move in request.POST.getlist("move") if move.isdigit()],
            company_id=company_id,
            effective_at=timezone.now(),
            actor=actor,
            basis=request.POST.get("basis", "") if request.POST.get("basis") in LandedCostBasis.values else "value",
            supplier_id=int(supplier) if supplier.isdigit() else None,
            is_estimate="is_estimate" in request.POST,
            reference=request.POST.get("reference", "").strip()[:60],
            note=request.POST.get("note", "").strip()[:500],
        )

    def step(self, request: HttpRequest, document: LandedCost, name: str, actor: Actor) -> None:
        if name != "true_up":
            super().step(request, document, name, actor)
            return
        services.true_up_landed_cost(
            document.pk,
            lines=_cost_lines(request),
            company_id=document.company_id,
            effective_at=timezone.now(),
            actor=actor,
            reference=request.POST.get("reference", "").strip()[:60],
        )

    def facts(self, document: LandedCost) -> list[tuple[Any, Any]]:
        return [
            (_("Split by"), document.get_basis_display()),  # type: ignore[attr-defined]
            (_("Supplier"), document.supplier or "–"),
            (_("Reference"), document.reference or "–"),
            (_("Estimate"), _("Yes") if document.is_estimate else _("No")),
            (_("Puts right"), document.corrects.number if document.corrects else "–"),
            (_("Note"), document.note or "–"),
        ]

    def tables(self, document: LandedCost) -> list[dict[str, Any]]:
        lines = [
            [("text", line.get_kind_display()), ("amount", line.amount)]  # type: ignore[attr-defined]
            for line in document.lines.order_by("position")
        ]
        return [
            {"title": _("Costs"), "columns": [_("Kind"), _("Amount")], "rows": lines},
            self._split(document),
            _entries(self.object_type, document.pk),
        ]

    def _split(self, document: LandedCost) -> dict[str, Any]:
        shares = list(document.shares.select_related("move__sku").order_by("move_id"))
        moves = {share.move_id: share.move for share in shares}
        if document.status == "draft":
            title: Any = _("How it would be split now")
            try:
                found = [
                    (share.move_id, None, result.stock + result.gone, result.stock, result.gone)
                    for share, result in services.preview_landed_cost(document)
                ]
            except DomainError as error:
                return {"title": title, "columns": [_("Why not")], "rows": [[("text", error.detail)]]}
        else:
            title = _("How it was split")
            found = [(share.move_id, share.entry_id, share.value, share.stock, share.gone) for share in shares]
        return {
            "title": title,
            "columns": [
                _("SKU"),
                _("Arrived"),
                _("Quantity"),
                _("Part"),
                _("On stock"),
                _("On what is gone"),
                _("Entry"),
            ],
            "rows": [
                [
                    ("link", _sku_link(moves[move])),
                    ("time", moves[move].effective_at),
                    ("quantity", moves[move].quantity),
                    *(("money", value) for value in values),
                    ("link", _entry_link(entry)),
                ]
                for move, entry, *values in found
            ],
        }

    def more(self, document: LandedCost) -> dict[str, Any]:
        waits = document.is_estimate and document.status == "posted"
        waits = waits and not document.corrections.exclude(status="reversed").exists()
        return {"true_up": waits, "kinds": LandedCostKind.choices, "true_up_rows": range(4)}


@admin.register(Revaluation)
class RevaluationAdmin(CostDocumentAdmin):
    from inventory.states import REVALUATION as _STATES

    allowed = _STATES
    object_type = "inventory.revaluation"
    form_template = "inventory/_revaluation_form.html"
    list_display = ["show_number", "kind", "show_status", "valid_from", "created_label", "note"]
    list_filter = [*CostDocumentAdmin.list_filter, ("kind", ChoicesDropdownFilter)]
    steps = {
        "submit": (services.submit_revaluation, _("Ask for approval"), False, "submitted", True),
        "approve": (services.approve_revaluation, _("Approve"), False, "approved", True),
        "cancel": (services.cancel_revaluation, _("Cancel"), True, "cancelled", False),
        "reverse": (services.reverse_revaluation, _("Reverse"), True, "reversed", True),
    }

    def offers(self, name: str, document: Revaluation) -> bool:
        if name == "approve":
            return document.status == "submitted"
        return name != "reverse" or document.kind != RevaluationKind.STANDARD

    def form_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"revaluation_kinds": RevaluationKind.choices, "rows": _sku_rows(request, "cost")}

    def make(self, request: HttpRequest, company_id: int, actor: Actor) -> Revaluation:
        day = parse_date(request.POST.get("valid_from", "")) or timezone.localdate()
        return services.create_revaluation(
            [services.RevaluationLineInput(sku, cost) for sku, cost in _posted_skus(request, company_id, "cost")],
            company_id=company_id,
            kind=request.POST.get("kind", ""),
            valid_from=day,
            actor=actor,
            note=request.POST.get("note", "").strip()[:500],
        )

    def facts(self, document: Revaluation) -> list[tuple[Any, Any]]:
        return [
            (_("Kind"), document.get_kind_display()),  # type: ignore[attr-defined]
            (_("Valid from"), document.valid_from),
            (_("Made by"), document.created_label),
            (_("Note"), document.note or "–"),
        ]

    def tables(self, document: Revaluation) -> list[dict[str, Any]]:
        rows = [
            [
                ("link", (line.sku.code, reverse("admin:inventory_sku_change", args=[line.sku_id]))),
                ("quantity", line.quantity),
                ("money", line.unit_cost),
                ("money", line.change),
            ]
            for line in document.lines.select_related("sku").order_by("position")
        ]
        columns = [_("SKU"), _("In stock"), _("New unit cost"), _("Change of value")]
        return [
            {"title": _("Lines"), "columns": columns, "rows": rows},
            _entries(self.object_type, document.pk),
        ]


@admin.register(AssemblyOrder)
class AssemblyOrderAdmin(CostDocumentAdmin):
    from inventory.states import ASSEMBLY as _STATES

    allowed = _STATES
    object_type = "inventory.assemblyorder"
    form_template = "inventory/_assembly_form.html"
    list_display = ["show_number", "kind", "sku", "quantity", "done", "warehouse", "show_status"]
    list_select_related = ["sku", "warehouse"]
    list_filter = [*CostDocumentAdmin.list_filter, ("kind", ChoicesDropdownFilter)]
    search_fields = ["=sku__code"]
    steps = {
        "release": (services.release_assembly_order, _("Release"), False, "released", True),
        "finish": (services.finish_assembly_order, _("Give the rest up"), True, "done", False),
        "cancel": (services.cancel_assembly_order, _("Cancel"), True, "cancelled", False),
    }

    def offers(self, name: str, document: AssemblyOrder) -> bool:
        return name != "finish" or document.status == "in_progress"

    def form_context(self, request: HttpRequest) -> dict[str, Any]:
        places = Location.objects.filter(kind__in=["bin", "dock", "staging"], is_active=True)
        return {
            "assembly_kinds": AssemblyKind.choices,
            "places": places.select_related("warehouse").order_by("warehouse__code", "kind", "code")[:500],
        }

    def make(self, request: HttpRequest, company_id: int, actor: Actor) -> AssemblyOrder:
        code, place = request.POST.get("sku", "").strip(), request.POST.get("location", "")
        found = skus_by_code(company_id, [code]) if code else {}
        if not found:
            raise InvalidInput(gettext("There is no SKU “%(code)s”.") % {"code": code})
        kind = request.POST.get("kind", "")
        return services.create_assembly_order(
            found[code],
            quantity=_number(request.POST.get("quantity", ""), gettext("Quantity")),
            company_id=company_id,
            location_id=int(place) if place.isdigit() else 0,
            actor=actor,
            kind=kind if kind in AssemblyKind.values else AssemblyKind.ASSEMBLE,
            note=request.POST.get("note", "").strip()[:300],
        )

    def step(self, request: HttpRequest, document: AssemblyOrder, name: str, actor: Actor) -> None:
        if name != "complete":
            super().step(request, document, name, actor)
            return
        services.complete_assembly(
            document.pk,
            quantity=_number(request.POST.get("quantity", "") or "0", gettext("Finished")),
            scrapped=_number(request.POST.get("scrapped", "") or "0", gettext("Scrapped")),
            company_id=document.company_id,
            effective_at=timezone.now(),
            actor=actor,
        )

    def more(self, document: AssemblyOrder) -> dict[str, Any]:
        return {"complete": document.status in ("released", "in_progress"), "left": document.quantity - document.done}

    def facts(self, document: AssemblyOrder) -> list[tuple[Any, Any]]:
        return [
            (_("Kind"), document.get_kind_display()),  # type: ignore[attr-defined]
            (_("SKU"), document.sku.code),
            (_("Quantity"), f"{document.done.normalize():f} / {document.quantity.normalize():f}"),
            (_("Warehouse"), document.warehouse.code),
            (_("Place"), document.location.code),
            (_("Bill of materials"), document.bom.number),
            (_("Note"), document.note or "–"),
        ]

    def tables(self, document: AssemblyOrder) -> list[dict[str, Any]]:
        needs = AssemblyNeed.objects.filter(order=document).select_related("sku", "demand").order_by("pk")
        runs = list(AssemblyRun.objects.filter(order=document).order_by("pk"))
        return [
            {
                "title": _("What it takes"),
                "columns": [_("SKU"), _("For one"), _("In all"), _("Claimed"), _("Used")],
                "rows": [
                    [
                        ("link", (need.sku.code, reverse("admin:inventory_sku_change", args=[need.sku_id]))),
                        ("quantity", need.quantity),
                        ("quantity", need.quantity * document.quantity),
                        ("quantity", need.demand.claimed if need.demand else Decimal(0)),
                        ("quantity", need.demand.used if need.demand else Decimal(0)),
                    ]
                    for need in needs
                ],
            },
            {
                "title": _("Runs"),
                "columns": [_("When"), _("Finished"), _("Scrapped"), _("Cost"), _("Cost of scrap")],
                "rows": [
                    [
                        ("time", run.effective_at),
                        ("quantity", run.quantity),
                        ("quantity", run.scrapped),
                        ("money", run.cost),
                        ("money", run.scrap_cost),
                    ]
                    for run in runs
                ],
            },
            _moves("inventory.assemblyrun", [run.pk for run in runs]),
        ]


def _labelled(table: dict[str, Any]) -> dict[str, Any]:
    """Each cell with its column's name, which stands beside it on a phone."""
    rows = [
        [(name, kind, value) for name, (kind, value) in zip(table["columns"], row, strict=True)]
        for row in table["rows"]
    ]
    return {**table, "rows": rows}


def _sku_link(move: StockMove) -> tuple[str, str]:
    return move.sku.code, reverse("admin:inventory_sku_change", args=[move.sku_id])


def _entries(source_type: str, pk: int) -> dict[str, Any]:
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
                ("link", _entry_link(change.entry_id)),
            ]
            for change in changes[:200]
        ],
    }


def _moves(source_type: str, ids: list[int]) -> dict[str, Any]:
    moves = StockMove.objects.filter(source_type=source_type, source_id__in=ids)
    return {
        "title": _("Moves"),
        "columns": [_("SKU"), _("From"), _("To"), _("Quantity"), _("Value"), _("Entry")],
        "rows": [
            [
                ("link", _sku_link(move)),
                ("text", move.from_location.code),
                ("text", move.to_location.code),
                ("quantity", move.quantity),
                ("money", move.value),
                ("link", _entry_link(move.entry_id)),
            ]
            for move in moves.select_related("sku", "from_location", "to_location").order_by("pk")[:200]
        ],
    }


def _entry_link(pk: int | None) -> tuple[str, str]:
    return ("–", "") if pk is None else (f"JE-{pk}", reverse("admin:accounting_journalentry_change", args=[pk]))


def _company(request: HttpRequest) -> int:
    company = Company.objects.order_by("pk").first()
    if company is None:
        raise InvalidInput(gettext("There is no company yet."))
    return company.pk


def _cost_lines(request: HttpRequest) -> list[services.LandedCostLineInput]:
    return [
        services.LandedCostLineInput(
            request.POST.get(f"kind-{row}", ""), _number(request.POST[f"amount-{row}"], gettext("Amount"))
        )
        for row in range(ROWS)
        if request.POST.get(f"amount-{row}", "").strip()
    ]


def _sku_rows(request: HttpRequest, field: str) -> list[tuple[int, str, str]]:
    return [(row, request.POST.get(f"sku-{row}", ""), request.POST.get(f"{field}-{row}", "")) for row in range(ROWS)]


def _posted_skus(request: HttpRequest, company_id: int, field: str) -> list[tuple[int, Decimal]]:
    rows = [(row, sku.strip(), text) for row, sku, text in _sku_rows(request, field) if sku.strip() or text.strip()]
    known = skus_by_code(company_id, [sku for _row, sku, _text in rows]) if rows else {}
    found = []
    for row, sku, text in rows:
        if sku not in known:
            raise InvalidInput(
                gettext("Line %(row)s: there is no SKU “%(code)s”.") % {"row": row + 1, "code": sku},
                errors=[{"field": f"sku-{row}"}],
            )
        found.append((known[sku], _number(text, gettext("Line %(row)s") % {"row": row + 1})))
    return found


def _number(text: str, name: str) -> Decimal:
    try:
        number = Decimal(text.strip().replace(",", "."))
        if number.is_finite() and abs(number) < 10**12 and number == round(number, 6):
            return number
    except InvalidOperation:
        pass
    raise InvalidInput(gettext("%(name)s: “%(value)s” is not a number.") % {"name": name, "value": text[:40]})
