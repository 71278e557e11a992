"""The desk of open accounts: payments are settled with documents, differences written off, credit refunded."""

import uuid
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.admin.reports import chosen_company
from accounting.models import Account, Company, DunningLetter, DunningStop, Party, WriteOffKind, WriteOffStatus
from accounting.selectors.accounts import account_items, accounts_to_settle, standing_uses
from accounting.services import settlements
from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_date, posted_reason, render_page, require, run_action
from backoffice.core.admin.step_up import ask_proof
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.show import show_number

CONTROLS = (("receivable", _("Customers")), ("payable", _("Suppliers")))
RECENT = 12


def matching_view(request: HttpRequest) -> HttpResponse:
    """Who has credit to be used; ?party=C1: that account."""
    require(request, "accounting.view_openitem")
    company, errors = chosen_company(request)
    control = "payable" if request.GET.get("control") == "payable" else "receivable"
    code = request.GET.get("party", "").replace("\x00", "")[:60]
    party = Party.objects.filter(company=company, code=code).first() if company and code else None
    if code and party is None:
        errors = [*errors, {"message": gettext("There is no party “%(code)s”.") % {"code": code}}]
    context: dict[str, Any] = {"company": company, "control": control, "controls": CONTROLS, "party": party}
    if company and party:
        context |= _account(company, party, control)
    elif company:
        context["accounts"] = accounts_to_settle(company_id=company.pk, control=control)
    response = render_page(
        request, admin.site, "accounting/matching.html", title=_("Match payments"), errors=errors, code=code, **context
    )
    response.status_code = 404 if code and party is None else 200
    return response


def _account(company: Company, party: Party, control: str) -> dict[str, Any]:
    items = account_items(company_id=company.pk, party_id=party.pk, control=control)
    groups = []
    for currency in sorted({item.currency for item in items}):
        mine = [item for item in items if item.currency == currency]
        sides = [(name, [item for item in mine if item.side == name]) for name in ("debit", "credit")]
        groups.append((currency, sides))
    return {
        "groups": groups,
        "uses": standing_uses(company_id=company.pk, party_id=party.pk, control=control)[:RECENT],
        "letters": DunningLetter.objects.filter(party=party).select_related("run", "level").order_by("-pk")[:RECENT],
        "stops": DunningStop.objects.filter(party=party, ended_at=None).order_by("pk"),
        "money": money_accounts(company.pk),
        "kinds": WriteOffKind.choices,
        "today": timezone.localdate().isoformat(),
        "key": uuid.uuid4().hex,
        "currencies": sorted({currency for currency, _sides in groups} | {party.currency_id}),
    }


def money_accounts(company_id: int) -> Any:
    """Where money can come to or go from: those in a role of money, and the banks'."""
    rows = Account.objects.filter(company_id=company_id, is_postable=True, is_active=True, control="", type="asset")
    return (
        (rows.filter(accountmapping__role__in=("bank", "cash", "clearing")) | rows.filter(bankaccount__isnull=False))
        .distinct()
        .order_by("code")
    )


def _posted_amount(request: HttpRequest, name: str) -> Decimal | None:
    text = request.POST.get(name, "").strip().replace(",", ".").replace("\N{NO-BREAK SPACE}", "")
    if not text:
        return None
    try:
        amount = Decimal(text)
        sane = amount.is_finite() and 0 < amount < 10**15 and amount == round(amount, 6)
    except InvalidOperation:
        sane = False
    if not sane:
        raise InvalidInput(
            gettext("“%(value)s” is not an amount above zero.") % {"value": text[:40]}, errors=[{"field": name}]
        )
    return amount


def _posted_chosen(request: HttpRequest) -> list[settlements.Chosen]:
    ids = [int(value) for value in request.POST.getlist("item") if value.isdecimal() and len(value) < 18]
    return [settlements.Chosen(pk, _posted_amount(request, f"amount-{pk}")) for pk in ids]


def _desk(party: Party, control: str) -> str:
    query = {"company": party.company.code, "party": party.code, "control": control}
    return f"{reverse('matching_desk')}?{urlencode(query)}"


def _control(request: HttpRequest) -> str:
    return "payable" if request.POST.get("control") == "payable" else "receivable"


def settle_view(request: HttpRequest, party_id: int) -> HttpResponse:
    """What is ticked: settled, or only written off, or refunded, as the button says."""
    require(request, "accounting.add_payment")
    party = get_object_or_404(Party.objects.select_related("company"), pk=party_id)
    does = {"settle": _settle, "write_off": _write_off, "refund": _refund}.get(
        request.POST.get("do", "settle"), _settle
    )

    def act(actor: Actor) -> str:
        return does(request, party, actor)

    asked = ask_proof(request) if does is _refund else None
    return asked or run_action(request, act, back=_desk(party, _control(request)), permission="accounting.add_payment")


def _settle(request: HttpRequest, party: Party, actor: Actor) -> str:
    rest = request.POST.get("remainder", "")
    done = settlements.settle_account(
        _posted_chosen(request),
        company_id=party.company_id,
        date=posted_date(request, "date") or timezone.localdate(),
        key=request.POST.get("key", "")[:40] or uuid.uuid4().hex,
        actor=actor,
        discount=bool(request.POST.get("discount")),
        remainder=settlements.Remainder(rest, request.POST.get("reason", "")) if rest else None,
    )
    said = gettext("%(amount)s settled.") % {"amount": f"{done.settled.normalize():f}"}
    if done.credit_notes:
        said += " " + gettext("Discount: %(numbers)s.") % {"numbers": ", ".join(done.credit_notes)}
    return f"{said} {_said(done.write_off)}".strip()


def _said(write_off: Any) -> str:
    if write_off is None:
        return ""
    words = {"number": write_off.number, "amount": f"{show_number(write_off.amount, 2)} {write_off.currency}"}
    if write_off.status == WriteOffStatus.POSTED:
        return gettext("%(number)s: %(amount)s written off.") % words
    return gettext("%(number)s: the write-off of %(amount)s waits for approval.") % words


def _write_off(request: HttpRequest, party: Party, actor: Actor) -> str:
    made = settlements.write_off_items(
        _posted_chosen(request),
        company_id=party.company_id,
        date=posted_date(request, "date") or timezone.localdate(),
        kind=request.POST.get("remainder") or WriteOffKind.BAD_DEBT,
        reason=request.POST.get("reason", ""),
        actor=actor,
    )
    return _said(made)


def _refund(request: HttpRequest, party: Party, actor: Actor) -> str:
    chosen = _posted_chosen(request)
    if len(chosen) != 1:
        raise InvalidInput(gettext("Tick the one credit that is refunded."), errors=[{"field": "item"}])
    done = settlements.refund_credit(
        chosen[0],
        company_id=party.company_id,
        account_id=_posted_account(request),
        date=posted_date(request, "date") or timezone.localdate(),
        key=request.POST.get("key", "")[:40] or uuid.uuid4().hex,
        actor=actor,
        reason=request.POST.get("reason", ""),
    )
    return gettext("Refunded: payment %(id)s.") % {"id": done.payment_id}


def _posted_account(request: HttpRequest) -> int:
    value = request.POST.get("account", "")
    return int(value) if value.isdecimal() and len(value) < 18 else 0


def payment_view(request: HttpRequest, party_id: int) -> HttpResponse:
    """A payment typed in."""
    require(request, "accounting.add_payment")
    party = get_object_or_404(Party.objects.select_related("company"), pk=party_id)

    def act(actor: Actor) -> str:
        currency = request.POST.get("currency", "")[:10] or party.currency_id
        amount = _posted_amount(request, "amount")
        done = settlements.enter_payment(
            company_id=party.company_id,
            party_id=party.pk,
            control=_control(request),
            direction="out" if request.POST.get("direction") == "out" else "in",
            amount=amount or Decimal(0),
            currency=currency,
            account_id=_posted_account(request),
            date=posted_date(request, "date") or timezone.localdate(),
            key=request.POST.get("key", "")[:40] or uuid.uuid4().hex,
            actor=actor,
            reference=request.POST.get("reference", "")[:120],
        )
        return gettext("Payment %(id)s is entered; it waits to be settled.") % {"id": done.payment_id}

    asked = ask_proof(request) if request.POST.get("direction") == "out" else None
    return asked or run_action(request, act, back=_desk(party, _control(request)), permission="accounting.add_payment")


def take_back_view(request: HttpRequest, party_id: int) -> HttpResponse:
    """Open again what was settled: the ticked settlements."""
    party = get_object_or_404(Party.objects.select_related("company"), pk=party_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    require(request, "accounting.add_payment")
    ids = [int(value) for value in request.POST.getlist("use") if value.isdecimal() and len(value) < 18]
    try:
        with transaction.atomic():
            reason = posted_reason(request)
            done = settlements.take_settlements_back(
                ids,
                company_id=party.company_id,
                date=timezone.localdate(),
                actor=Actor.of_request(request),
                reason=reason,
            )
        messages.success(request, gettext("%(count)s taken back.") % {"count": len(done)})
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    return HttpResponseRedirect(_desk(party, _control(request)))
