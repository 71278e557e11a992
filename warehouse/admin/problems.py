"""Problems of deliveries, their photos, and deliveries that nobody ordered."""

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from accounting.models import Party
from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_quantity, show_time
from backoffice.core.admin.lists import ListView
from backoffice.core.admin.pages import events_of, posted_date, posted_quantity, render_page, require, run_action
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.scopes import offered
from backoffice.core.stripping import MEDIA_TYPES
from inventory.models import Location, Sku
from inventory.selectors import skus_by_code
from warehouse import services
from warehouse.admin.receiving_rows import posted_serials
from warehouse.models import FloorTask, ProblemKind, Receipt, ReceiptPhoto, ReceiptProblem

ADD, CHANGE, PHOTO = "warehouse.add_receiptproblem", "warehouse.change_receiptproblem", "warehouse.add_receiptphoto"
ROWS = 8


@admin.register(ReceiptProblem)
class ReceiptProblemAdmin(FactAdmin):
    list_display = ["show_number", "kind", "show_status", "purchase_order", "sku", "show_quantity", "note", "show_told"]
    list_select_related = ["purchase_order", "sku", "receipt"]
    list_filter = [("status", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter)]
    list_views = (
        ListView("all", _("All")),
        ListView("open", _("To settle"), lambda rows: rows.filter(status="open"), ("id",)),
    )
    search_fields = ["=sku__code", "note"]
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, problem: ReceiptProblem) -> str:
        return problem.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, problem: ReceiptProblem) -> tuple[str, str]:
        return problem.status, problem.get_status_display()

    @display(description=_("Quantity"))
    def show_quantity(self, problem: ReceiptProblem) -> str:
        return show_quantity(problem.quantity)

    @display(description=_("Told"))
    def show_told(self, problem: ReceiptProblem) -> str:
        return f"{show_time(problem.recorded_at)} {problem.actor_label}"

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("report/<int:pk>/", view(report_view), name="warehouse_problem_report"),
            path("<int:pk>/settle/", view(settle_view), name="warehouse_problem_settle"),
            path("<int:pk>/photo/", view(problem_photo_view), name="warehouse_problem_photo"),
            path("receipt/<int:pk>/photo/", view(receipt_photo_view), name="warehouse_receipt_photo"),
            path("photos/<int:pk>/", view(photo_view), name="warehouse_receipt_picture"),
            path("blind/", view(blind_view), name="warehouse_receive_blind"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        problem = self.get_object(request, object_id)
        if problem is None or not self.has_view_permission(request, problem):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "warehouse/problem.html",
            title=problem.number,
            opts=self.opts,
            problem=problem,
            photos=photos_of(problem=problem),
            may=request.user.has_perm(CHANGE) and problem.status == "open",
            events=events_of("warehouse.receiptproblem", problem.pk),
        )


def photos_of(**of: Any) -> list[ReceiptPhoto]:
    return list(ReceiptPhoto.objects.filter(erased_at__isnull=True, **of).order_by("pk"))


def receipt_context(request: HttpRequest, receipt: Receipt) -> dict[str, Any]:
    """What a receipt's page tells of its problems, photos and put-away. Queries: 4."""
    tasks = FloorTask.objects.filter(source_type="warehouse.receipt", source_id=receipt.pk)
    return {
        "problems": list(ReceiptProblem.objects.filter(receipt=receipt).select_related("sku").order_by("-pk")),
        "photos": photos_of(receipt=receipt),
        "tasks": list(tasks.select_related("sku", "from_location", "to_location").order_by("pk")[:200]),
        "kinds": ProblemKind.choices,
        "skus": list(Sku.objects.filter(receiptline__receipt=receipt).distinct().order_by("code")[:500]),
        "may_report": request.user.has_perm(ADD),
        "may_photograph": request.user.has_perm(PHOTO),
    }


def _receipt_url(pk: int) -> str:
    return reverse("admin:warehouse_receipt_change", args=[pk])


def report_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Something about a receipt, told on its page, with a photo if one was taken."""
    receipt = get_object_or_404(Receipt, pk=pk)

    def act(actor: Actor) -> str:
        sku = request.POST.get("sku", "")
        quantity = posted_quantity(request, "quantity", gettext("Quantity"), Decimal(0))
        problem = services.ProblemInput(
            request.POST.get("kind", ""),
            receipt_id=pk,
            sku_id=int(sku[:18]) if sku.isdecimal() else None,
            quantity=quantity or None,
            note=request.POST.get("note", ""),
        )
        [made] = services.report_problems([problem], company_id=receipt.company_id, actor=actor, device="browser")
        if request.FILES.get("photo"):
            _keep(request, actor, receipt.company_id, problem_id=made.pk)
        return gettext("%(number)s is noted: the buyer sees it.") % {"number": made.number}

    return run_action(request, act, back=_receipt_url(pk), permission=ADD)


def settle_view(request: HttpRequest, pk: int) -> HttpResponse:
    problem = get_object_or_404(ReceiptProblem, pk=pk)

    def act(actor: Actor) -> str:
        said = request.POST.get("settlement", "")
        services.settle_problem(pk, settlement=said, company_id=problem.company_id, actor=actor)
        return gettext("Settled.")

    return run_action(request, act, back=reverse("admin:warehouse_receiptproblem_change", args=[pk]), permission=CHANGE)


def problem_photo_view(request: HttpRequest, pk: int) -> HttpResponse:
    problem = get_object_or_404(ReceiptProblem, pk=pk)

    def act(actor: Actor) -> str:
        return _keep(request, actor, problem.company_id, problem_id=pk)

    return run_action(request, act, back=reverse("admin:warehouse_receiptproblem_change", args=[pk]), permission=PHOTO)


def receipt_photo_view(request: HttpRequest, pk: int) -> HttpResponse:
    receipt = get_object_or_404(Receipt, pk=pk)

    def act(actor: Actor) -> str:
        return _keep(request, actor, receipt.company_id, receipt_id=pk)

    return run_action(request, act, back=_receipt_url(pk), permission=PHOTO)


def _keep(request: HttpRequest, actor: Actor, company_id: int, **of: Any) -> str:
    upload = request.FILES.get("photo")
    if not isinstance(upload, UploadedFile):
        raise InvalidInput(gettext("Choose a picture."), errors=[{"field": "photo", "message": "required"}])
    services.add_receipt_photo(upload.read(), company_id=company_id, actor=actor, **of)
    return gettext("The photo is kept.")


def photo_view(request: HttpRequest, pk: int) -> FileResponse:
    require(request, "warehouse.view_receiptphoto")
    photo = get_object_or_404(ReceiptPhoto, pk=pk, erased_at__isnull=True)
    if not photo.content:
        raise Http404
    response = FileResponse(photo.content.open("rb"), content_type=MEDIA_TYPES[photo.kind])
    response["X-Content-Type-Options"] = "nosniff"
    return response


def blind_view(request: HttpRequest) -> HttpResponse:
    """Goods that nobody ordered: what, how many, at what cost; what is wrong is said and the form stays."""
    require(request, "warehouse.add_receipt")
    rows = [
        {
            name: request.POST.get(f"{name}-{row}", "").strip()
            for name in ("sku", "quantity", "cost", "lot", "expiry", "serials")
        }
        for row in range(ROWS)
    ]
    if request.method == "POST":
        try:
            with transaction.atomic():
                pk = _receive_blind(request, rows, Actor.of_request(request))
            messages.success(request, gettext("Received into stock."))
            return HttpResponseRedirect(_receipt_url(pk))
        except DomainError as refusal:
            messages.error(request, _said(refusal))
    places = offered(
        Location.objects.filter(
            kind__in=["dock", "bin", "quarantine"], is_active=True, blocked_at=None, warehouse__is_transit=False
        )
    ).select_related("warehouse")
    return render_page(
        request,
        admin.site,
        "warehouse/receive_blind.html",
        title=_("Receive without an order"),
        rows=list(enumerate(rows)),
        given=request.POST,
        suppliers=Party.objects.filter(is_supplier=True).select_related("person").order_by("code")[:500],
        places=places.annotate(other=~Q(kind="dock")).order_by("warehouse", "other", "kind", "pick_sequence", "code")[
            :500
        ],
    )


def _said(refusal: DomainError) -> str:
    """The first field that is wrong, where the refusal names fields."""
    errors = refusal.context.get("errors") or [{}]
    return str(errors[0].get("message") if "code" in errors[0] else refusal.detail)


def _receive_blind(request: HttpRequest, rows: list[dict[str, str]], actor: Actor) -> int:
    place = offered(Location.objects.filter(pk=request.POST.get("place") or 0, warehouse__isnull=False)).first()
    supplier = Party.objects.filter(pk=request.POST.get("supplier") or 0).first()
    if place is None or place.warehouse_id is None:
        raise InvalidInput(gettext("Choose where the goods are put."))
    if supplier is None:
        raise InvalidInput(gettext("Name the supplier who brought it."))
    given = [(number, row) for number, row in enumerate(rows) if row["sku"]]
    known = skus_by_code(place.company_id, [row["sku"] for _number, row in given]) if given else {}
    lines = []
    for number, row in given:
        if row["sku"] not in known:
            raise InvalidInput(gettext("There is no SKU “%(code)s”.") % {"code": row["sku"][:60]})
        sku_id = known[row["sku"]]
        lines.append(
            services.BlindLine(
                sku_id,
                posted_quantity(request, f"quantity-{number}", row["sku"]),
                place.pk,
                posted_quantity(request, f"cost-{number}", gettext("Cost")) if row["cost"] else None,
                lot=row["lot"][:60],
                expiry_date=posted_date(request, f"expiry-{number}"),
                serials=posted_serials(request, f"serials-{number}"),
            )
        )
    result = services.receive_blind(
        lines, supplier_id=supplier.pk, warehouse_id=place.warehouse_id, company_id=place.company_id,
        effective_at=timezone.now(), actor=actor, reference=request.POST.get("reference", "").strip()[:60],
        note=request.POST.get("note", ""), device="browser",
    )  # fmt: skip
    return result.receipt_id
