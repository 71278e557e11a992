"""Suppliers' bills: the list with its tabs, the form, the page with the match and what may be done next."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter, RelatedDropdownFilter
from unfold.decorators import display

from accounting.models import Bill, BillException, BillKind, BillStatus, Currency, ItemUse, JournalEntry
from accounting.services import delete_bill, save_bill
from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_money, show_quantity
from backoffice.core.admin.lists import ListView
from backoffice.core.admin.pages import (
    events_of,
    filled_panels,
    posted_date,
    posted_quantity,
    posted_reason,
    render_page,
    require,
    run_action,
)
from backoffice.core.errors import DomainError
from inventory import services
from inventory.admin.bill_form import FREE_ROWS, BillForm, Typed, accounts_of, initial_of, input_of, offers_for, sums_of
from inventory.admin.bill_papers import add_paper_view, paper_view, remove_paper_view
from inventory.models import GrniMatch
from inventory.selectors.billing import line_matches
from inventory.services.billing.matching import alike

CHANGE = "accounting.change_bill"


def _to_draft(pk: int, request: HttpRequest, company_id: int, actor: Actor) -> Bill:
    return services.send_bill_back(pk, company_id=company_id, actor=actor, reason=posted_reason(request))


def _approve(pk: int, request: HttpRequest, company_id: int, actor: Actor) -> Bill:
    credit = posted_quantity(request, "credit", gettext("Credit asked for"), Decimal(0))
    return services.approve_bill(
        pk, company_id=company_id, actor=actor, reason=posted_reason(request), credit_expected=credit
    )


def _wait(pk: int, request: HttpRequest, company_id: int, actor: Actor) -> Bill:
    return services.wait_for_goods(pk, company_id=company_id, actor=actor, reason=posted_reason(request))


def _short(pk: int, request: HttpRequest, company_id: int, actor: Actor) -> Bill:
    return services.close_orders_short(pk, company_id=company_id, actor=actor, reason=posted_reason(request))


def _match(pk: int, request: HttpRequest, company_id: int, actor: Actor) -> Bill:
    return services.match_bill(pk, company_id=company_id, actor=actor)


def _post(pk: int, request: HttpRequest, company_id: int, actor: Actor) -> Bill:
    return services.post_matched_bill(pk, company_id=company_id, actor=actor)


def _reverse(pk: int, request: HttpRequest, company_id: int, actor: Actor) -> Bill:
    return services.reverse_matched_bill(
        pk, company_id=company_id, effective_at=timezone.now(), actor=actor, reason=posted_reason(request)
    )


def _discount(pk: int, request: HttpRequest, company_id: int, actor: Actor) -> Bill:
    paid_on = posted_date(request, "paid_on") or timezone.localdate()
    return services.take_bill_discount(pk, company_id=company_id, paid_on=paid_on, actor=actor)


# name: (what it does, button, whether a reason is asked for, the states it is offered in, the permission)
STEPS: dict[str, tuple[Callable[..., Bill], Any, bool, tuple[str, ...], str]] = {
    "match": (_match, _("Match"), False, ("draft", "exception"), CHANGE),
    "approve": (_approve, _("Approve"), True, ("exception",), "accounting.approve_bill"),
    "wait": (_wait, _("Wait for goods"), True, ("exception",), CHANGE),
    "short": (_short, _("Close orders short"), True, ("exception",), CHANGE),
    "back": (_to_draft, _("Send back"), True, ("exception", "approved"), CHANGE),
    "post": (_post, _("Post"), False, ("approved",), "accounting.post_bill"),
    "reverse": (_reverse, _("Reverse"), True, ("posted",), "accounting.post_bill"),
    "discount": (_discount, _("Early-payment discount"), False, (), "accounting.pay_bill"),
}


def _still_open(rows: QuerySet[Bill]) -> QuerySet[Bill]:
    return rows.filter(status=BillStatus.POSTED, open_item__used__lt=F("open_item__amount"))


@admin.register(Bill)
class BillAdmin(FactAdmin):
    list_display = ["number", "show_state", "party", "kind", "bill_date", "due_date", "show_total", "show_open"]
    list_select_related = ["party__person", "open_item"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("party", RelatedDropdownFilter),
        ("due_date", RangeDateFilter),
    ]
    list_filter_submit = True
    search_fields = ["number__istartswith", "party__code__istartswith", "party__name"]
    search_help_text = _("The supplier's number, or the supplier")
    ordering = ["-id"]
    list_views = (
        ListView("", _("All")),
        ListView("exceptions", _("Exceptions"), lambda rows: rows.filter(status="exception"), ("recorded_at",)),
        ListView("to_post", _("To be posted"), lambda rows: rows.filter(status="approved"), ("due_date",)),
        ListView("drafts", _("Drafts"), lambda rows: rows.filter(status__in=["draft", "matching"])),
        ListView("open", _("To be paid"), _still_open, ("due_date",)),
        ListView(
            "credits",
            _("Credits expected"),
            lambda rows: rows.filter(credit_expected__gt=0, status__in=["approved", "posted"]),
        ),
    )

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_state(self, bill: Bill) -> tuple[str, str]:
        return bill.state, bill.state_display

    @display(description=_("Total"))
    def show_total(self, bill: Bill) -> str:
        return show_money(bill.total, bill.currency)

    @display(description=_("Open"))
    def show_open(self, bill: Bill) -> str:
        return show_money(bill.open_item.open_amount if bill.open_item else None, bill.currency)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounting.add_bill")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("sums/", view(self.sums_view), name="accounting_bill_sums"),
            path("<int:pk>/edit/", view(self.edit_view), name="accounting_bill_edit"),
            path("<int:pk>/step/<str:name>/", view(self.step_view), name="accounting_bill_step"),
            path("<int:pk>/discard/", view(self.discard_view), name="accounting_bill_discard"),
            path("<int:pk>/paper/", view(add_paper_view), name="accounting_bill_add_paper"),
            path("<int:pk>/paper/<int:paper>/", view(paper_view), name="accounting_bill_paper"),
            path("<int:pk>/paper/<int:paper>/remove/", view(remove_paper_view), name="accounting_bill_remove_paper"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A new bill; what is wrong stands above the form, and nothing is written."""
        require(request, "accounting.add_bill")
        return self._form(request, None)

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, CHANGE)
        bill = get_object_or_404(Bill, pk=pk)
        if bill.status != BillStatus.DRAFT:
            messages.error(request, gettext("Only a draft can be changed: send it back first."))
            return HttpResponseRedirect(_url(pk))
        return self._form(request, bill)

    def sums_view(self, request: HttpRequest) -> HttpResponse:
        """What is typed so far against the paper's total: a fragment for the form."""
        require(request, "accounting.view_bill")
        form, typed = _read(request)
        return render_page(request, self.admin_site, "inventory/_bill_sums.html", title="", sums=sums_of(form, typed))

    def _form(self, request: HttpRequest, bill: Bill | None) -> HttpResponse:
        errors: list[str] = []
        if request.method == "POST":
            form, typed = _read(request)
            errors = list(typed.errors)
            if form.is_valid() and not errors:
                try:
                    with transaction.atomic():
                        saved = save_bill(
                            input_of(form, typed),
                            company_id=form.cleaned_data["supplier"].company_id,
                            actor=Actor.of_request(request),
                            bill_id=bill.pk if bill else None,
                        )
                        if "match" in request.POST:
                            services.match_bill(saved.pk, company_id=saved.company_id, actor=Actor.of_request(request))
                    return HttpResponseRedirect(_url(saved.pk))
                except DomainError as refusal:
                    errors.append(refusal.detail)
            supplier = form.cleaned_data.get("supplier") if hasattr(form, "cleaned_data") else None
            kind, chosen = request.POST.get("kind", "bill"), dict(request.POST.items())
        else:
            initial = initial_of(bill) if bill else {"bill_date": timezone.localdate(), **request.GET.dict()}
            form = BillForm(initial=initial)
            supplier = _supplier(str(initial.get("supplier", "")))
            kind, chosen = str(initial.get("kind", "bill")), _chosen(bill)
            typed = Typed(chosen, offers_for(supplier, credit=kind == BillKind.CREDIT_NOTE), "")
        offers = offers_for(supplier, credit=kind == BillKind.CREDIT_NOTE)
        return render_page(
            request,
            self.admin_site,
            "inventory/bill_form.html",
            title=gettext("Change bill %(number)s") % {"number": bill.number} if bill else _("New bill"),
            opts=self.opts,
            form=form,
            bill=bill,
            errors=errors,
            supplier=supplier,
            offers=[(offer, _row(offer, chosen)) for offer in offers],
            free=[_free_row(number, chosen) for number in range(FREE_ROWS)],
            accounts=accounts_of(supplier.company_id if supplier else None),
            sums=sums_of(form, typed),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        bill = self.get_object(request, object_id)
        if bill is None or not self.has_view_permission(request, bill):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request, self.admin_site, "inventory/bill.html", title=bill.number, opts=self.opts, **_page(request, bill)
        )

    def step_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        bill = get_object_or_404(Bill, pk=pk)
        if name not in STEPS:
            return self.change_view(request, str(pk))
        work, _label, _asks, _states, permission = STEPS[name]

        def act(actor: Actor) -> str:
            changed = work(pk, request, bill.company_id, actor)
            return f"{changed.number}: {changed.state_display}"

        return run_action(request, act, back=_url(pk), permission=permission)

    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        bill = get_object_or_404(Bill, pk=pk)

        def act(actor: Actor) -> str:
            delete_bill(pk, company_id=bill.company_id, actor=actor)
            return gettext("The draft %(number)s is gone.") % {"number": bill.number}

        gone = reverse("admin:accounting_bill_changelist")
        back = gone if bill.status == BillStatus.DRAFT else _url(pk)
        return run_action(request, act, back=back, permission="accounting.delete_bill")


@admin.register(BillException)
class BillExceptionAdmin(FactAdmin):
    """The queue of what does not agree; a row leads to its bill."""

    list_display = ["show_bill", "reason", "show_supplier", "show_expected", "show_found", "show_difference", "found_at",
                    "show_waits", "outcome"]  # fmt: skip
    list_select_related = ["bill__party__person"]
    list_filter = [("reason", ChoicesDropdownFilter), ("bill__party", RelatedDropdownFilter)]
    search_fields = ["bill__number__istartswith"]
    ordering = ["found_at", "id"]
    list_views = (
        ListView("", _("Open"), lambda rows: rows.filter(closed_at__isnull=True, bill__status="exception")),
        ListView(
            "waits", _("Wait for goods"), lambda rows: rows.filter(closed_at__isnull=True, bill__waits_for_goods=True)
        ),
        ListView("decided", _("Decided"), lambda rows: rows.filter(closed_at__isnull=False), ("-closed_at",)),
    )

    @display(description=_("Bill"))
    def show_bill(self, row: BillException) -> str:
        return row.bill.number

    @display(description=_("Supplier"))
    def show_supplier(self, row: BillException) -> str:
        return str(row.bill.party)

    @display(description=_("Expected"))
    def show_expected(self, row: BillException) -> str:
        return row.expected

    @display(description=_("On the bill"))
    def show_found(self, row: BillException) -> str:
        return row.found

    @display(description=_("Difference"), ordering="difference")
    def show_difference(self, row: BillException) -> str:
        return show_quantity(row.difference)

    @display(description=_("Waits"), boolean=True)
    def show_waits(self, row: BillException) -> bool:
        return row.bill.waits_for_goods

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(_url(row.bill_id))


def _read(request: HttpRequest) -> tuple[BillForm, Typed]:
    form = BillForm(request.POST)
    form.is_valid()
    supplier = form.cleaned_data.get("supplier")
    code = form.cleaned_data.get("tax_code")
    offers = offers_for(supplier, credit=request.POST.get("kind") == BillKind.CREDIT_NOTE)
    return form, Typed(request.POST, offers, code.code if code else "")


def _supplier(text: str) -> Any:
    from accounting.models import Party

    return Party.objects.filter(pk=int(text), is_supplier=True).first() if text.isdecimal() else None


def _row(offer: Any, chosen: dict[str, Any]) -> dict[str, Any]:
    return {
        "picked": bool(chosen.get(f"pick-{offer.key}")),
        "quantity": chosen.get(f"quantity-{offer.key}", f"{offer.quantity.normalize():f}"),
        "price": chosen.get(f"price-{offer.key}", f"{offer.price:f}"),
    }


def _free_row(number: int, chosen: dict[str, Any]) -> dict[str, Any]:
    names = ("kind", "description", "account", "net", "untaxed")
    return {"number": number, **{name: chosen.get(f"{name}-x{number}", "") for name in names}}


def _chosen(bill: Bill | None) -> dict[str, Any]:
    """A draft's lines as the form's fields."""
    if bill is None:
        return {}
    found: dict[str, Any] = {}
    row = 0
    for line in bill.lines.order_by("position"):
        where = {"inventory.grniitem": "item", "inventory.purchaseorderline": "line"}.get(line.source_type)
        if line.kind == "goods" and where:
            key = f"{where}-{line.source_id}"
            found |= {
                f"pick-{key}": "1",
                f"quantity-{key}": f"{line.quantity.normalize():f}",
                f"price-{key}": f"{line.unit_price.normalize():f}",
            }
            continue
        found |= {
            f"kind-x{row}": line.kind,
            f"description-x{row}": line.description,
            f"account-x{row}": str(line.account_id or ""),
            f"net-x{row}": f"{line.net.normalize():f}",
            f"untaxed-x{row}": "" if line.tax_code_id else "1",
        }
        row += 1
    return found


def _page(request: HttpRequest, bill: Bill) -> dict[str, Any]:
    lines = list(bill.lines.select_related("account", "tax_code").order_by("position"))
    posted = bill.status in ("posted", "reversed")
    state = bill.state
    own = Q(debit__bill_line__bill=bill) | Q(credit__bill_line__bill=bill)
    item = bill.open_item_id
    return {
        "bill": bill,
        "lines": lines,
        "matches": [] if posted else line_matches(bill, lines),
        "cleared": GrniMatch.objects.filter(own)
        .select_related(
            "debit__sku",
            "credit__sku",
            "debit__bill_line__bill",
            "credit__bill_line__bill",
            "credit__po_line",
            "debit__po_line",
        )
        .order_by("id")
        if posted
        else [],
        "exceptions": bill.exceptions.filter(closed_at__isnull=True).select_related("line").order_by("id"),
        "alike": alike(bill) if state == "exception" else [],
        "papers": bill.papers.order_by("id"),
        "uses": ItemUse.objects.filter(Q(debit_item=item) | Q(credit_item=item)).order_by("id") if item else [],
        "entries": JournalEntry.objects.filter(source_type="accounting.bill", source_id=bill.pk).order_by("id"),
        "credit_notes": bill.credit_notes.order_by("id"),
        "steps": [
            (name, label, asks)
            for name, (_work, label, asks, states, permission) in STEPS.items()
            if bill.status in states and request.user.has_perm(permission)
        ],
        "discount": _discount_of(request, bill),
        "is_draft": bill.status == BillStatus.DRAFT,
        "panels": filled_panels("accounting.bill", bill.pk),
        "events": events_of("accounting.bill", bill.pk),
    }


def _discount_of(request: HttpRequest, bill: Bill) -> Any:
    """What the supplier's terms let us keep of what is still open; None where there is nothing to be taken."""
    if bill.state not in ("posted", "partly_paid") or not request.user.has_perm("accounting.pay_bill"):
        return None
    return services.offered_discount(bill, exponent=Currency.objects.get(pk=bill.currency).exponent)


def _url(pk: int) -> str:
    return reverse("admin:accounting_bill_change", args=[pk])
