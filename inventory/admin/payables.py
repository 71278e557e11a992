"""What is to be paid: open bills by their due day, a payment run over those that are ticked, and ageing by supplier."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.models import Account, AccountMapping, Bill, BillKind, Company, Currency, Party, PartyBankAccount
from accounting.selectors import ageing
from accounting.selectors.payables import open_bills, payee_accounts
from accounting.services import BillPayment
from backoffice.core.actor import Actor
from backoffice.core.admin.pages import asked_date, posted_quantity, render_page, require, run_action
from backoffice.core.admin.step_up import step_up
from backoffice.core.errors import InvalidInput
from backoffice.core.export import table_response
from backoffice.core.money import ZERO
from inventory.services import offered_discount, pay_supplier_bills

SHOWN = 300
AGES = (_("Not due"), "1–30", "31–60", "61–90", "90+")
HEADINGS = (_("Due"), _("Supplier"), _("Number"), _("Kind"), _("Date"), _("Total"), _("Open"), _("Currency"))


@staff_member_required
def payables_view(request: HttpRequest) -> HttpResponseBase:
    """Bills to be paid by a day; ?as=csv or ?as=xlsx sends all rows."""
    require(request, "accounting.view_bill")
    company = Company.objects.order_by("id").first()
    by = asked_date(request, "due_by")
    supplier = request.GET.get("supplier", "")
    bills = open_bills(
        company_id=company.pk if company else 0,
        due_by=by,
        supplier_id=int(supplier) if supplier.isdecimal() else None,
    )
    if request.GET.get("as") in ("csv", "xlsx"):
        return table_response(request.GET["as"], "payables", HEADINGS, (_row(bill) for bill in bills.iterator()))
    shown = list(bills[:SHOWN])
    today = timezone.localdate()
    exponents = dict(Currency.objects.values_list("code", "exponent"))
    discounts = {
        bill.pk: offer
        for bill in shown
        if (offer := offered_discount(bill, exponent=exponents[bill.currency])) and offer.last_day >= today
    }
    sums: dict[str, Decimal] = {}
    for bill in shown:
        sums[bill.currency] = sums.get(bill.currency, ZERO) + _signed(bill)
    accounts: dict[int, PartyBankAccount] = {}
    if request.user.has_perm("accounting.view_partybankaccount"):
        accounts = payee_accounts({bill.party_id for bill in shown})
    return render_page(
        request,
        admin.site,
        "inventory/payables.html",
        title=_("To be paid"),
        bills=[
            (
                bill,
                bill.due_date < today,
                bill.kind == BillKind.CREDIT_NOTE,
                discounts.get(bill.pk),
                accounts.get(bill.party_id),
            )
            for bill in shown
        ],
        discounts=discounts,
        sums=sums.items(),
        due_by=by,
        supplier=supplier,
        query=request.GET.urlencode(),
        suppliers=Party.objects.filter(is_supplier=True).select_related("person").order_by("code"),
        ages=_ages(company),
        currency=company.base_currency_id if company else "",
        accounts=_money_accounts(company),
        run=get_random_string(16),
    )


@staff_member_required
@step_up
def pay_view(request: HttpRequest) -> HttpResponse:
    """Pay what is ticked; the run's own key makes a second press do nothing more."""

    def act(actor: Actor) -> str:
        ids = [int(pk) for pk in request.POST.getlist("bill") if pk.isdecimal()]
        found = Bill.objects.filter(pk__in=ids).values_list("company_id", flat=True).first()
        if found is None:
            raise InvalidInput(gettext("Tick the bills to pay."), errors=[{"field": "bill"}])
        account = request.POST.get("account", "")
        done, notes = pay_supplier_bills(
            [BillPayment(pk, _typed(request, pk)) for pk in ids],
            company_id=found,
            effective_at=timezone.now(),
            source_key=f"pay:{request.POST.get('run', '')[:40] or get_random_string(16)}",
            actor=actor,
            discounts=bool(request.POST.get("discounts")),
            account_id=int(account) if account.isdecimal() else None,
            method=request.POST.get("method", "").strip()[:40],
            reference=request.POST.get("reference", "").strip()[:120],
        )
        said = gettext("%(bills)s documents settled with %(payments)s payments.") % {
            "bills": len(done.settled),
            "payments": len(done.payments),
        }
        if notes:
            said += " " + gettext("Discount: %(numbers)s.") % {"numbers": ", ".join(note.number for note in notes)}
        return said

    back = reverse("payables")
    return run_action(request, act, back=back, permission="accounting.pay_bill")


def _typed(request: HttpRequest, pk: int) -> Decimal | None:
    if not request.POST.get(f"amount-{pk}", "").strip():
        return None
    return posted_quantity(request, f"amount-{pk}", gettext("Amount"))


def _signed(bill: Bill) -> Decimal:
    amount = bill.open_item.open_amount if bill.open_item else ZERO
    return -amount if bill.kind == BillKind.CREDIT_NOTE else amount


def _row(bill: Bill) -> tuple[Any, ...]:
    return (
        bill.due_date, str(bill.party), bill.number, bill.get_kind_display(), bill.bill_date, bill.total,
        _signed(bill), bill.currency,
    )  # fmt: skip


def _ages(company: Company | None) -> list[tuple[Party | None, list[tuple[Any, Decimal]], Decimal]]:
    """What is owed to each supplier in the base currency: not due, overdue up to 30, 60, 90 days, more."""
    if company is None:
        return []
    rows = ageing(company_id=company.pk, as_of=timezone.localdate(), control="payable")
    parties = Party.objects.select_related("person").in_bulk([row.party_id for row in rows])
    return [
        (parties.get(row.party_id), [(age, -part) for age, part in zip(AGES, row.parts, strict=True)], -row.total)
        for row in rows
    ]


def _money_accounts(company: Company | None) -> list[Account]:
    roles = AccountMapping.objects.filter(company=company, role__in=["bank", "cash", "clearing"])
    return [row.account for row in roles.select_related("account").order_by("role")]
