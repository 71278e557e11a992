"""The statement of an owner's goods: as a page, as PDF and files, and the bill for what was sold of them."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.admin.dunning import pdf_response
from accounting.models import Bill, TaxCode
from accounting.statements.spans import month_start
from backoffice.core.actor import Actor
from backoffice.core.admin.pages import asked_date, render_page, require, run_action
from backoffice.core.export import table_response
from backoffice.core.registry import links_of
from inventory import services
from inventory.models import OwnerKind, StockOwner
from inventory.owner_letters import goods_columns, owner_letter
from inventory.selectors.owner_statements import OwnerStatement, owed_in_all
from inventory.selectors.owners import owner_statement, unbilled

VIEW, BILL = "inventory.view_stockowner", "accounting.add_bill"
SHOWN = 300
LANGUAGES = {"en": "English", "ka": "ქართული", "ru": "Русский"}


def statement_view(request: HttpRequest, pk: int) -> HttpResponseBase:
    """?start=, ?end= (empty: this month so far); ?as=pdf (&language=), or csv and xlsx of ?what=goods, moves or sold."""
    require(request, VIEW)
    owner = get_object_or_404(StockOwner.objects.select_related("company", "party__person", "party__address"), pk=pk)
    asked = _asked(request, owner)
    kind, what = request.GET.get("as", ""), request.GET.get("what", "goods")
    if kind == "pdf":
        language = request.GET.get("language", "")
        letter = owner_letter(asked, language if language in LANGUAGES else "")
        return pdf_response([letter], f"{letter.number}-{asked.end:%Y-%m-%d}")
    if kind in ("csv", "xlsx"):
        headings, rows = FILES.get(what, _goods_file)(asked)
        return table_response(kind, f"{what}-{owner.party.code}-{asked.end:%Y-%m-%d}", headings, rows)
    lines, moves = asked.lines(), list(asked.moves(limit=SHOWN + 1))
    links = links_of([(row.source_type, row.source_id) for row in moves if row.source_id])
    is_consignor = owner.kind == OwnerKind.CONSIGNMENT
    query = request.GET.copy()
    query.pop("as", None)
    return render_page(
        request,
        admin.site,
        "inventory/owner_statement.html",
        title=gettext("Statement of goods: %(owner)s") % {"owner": owner},
        opts=StockOwner._meta,
        owner=owner,
        asked=asked,
        titles=goods_columns(is_consignor),
        rows=[(line, [(name, getattr(line, name)) for name in goods_columns(is_consignor)]) for line in lines],
        owed=owed_in_all(lines),
        is_consignor=is_consignor,
        open=unbilled(owner.party_id, company_id=owner.company_id, until=asked.end) if is_consignor else None,
        bills=Bill.objects.filter(party=owner.party_id, number__startswith=f"SB-{owner.pk}-").order_by("-pk")[:20],
        moves=[(row, links.get((row.source_type, row.source_id or 0))) for row in moves[:SHOWN]],
        more=len(moves) > SHOWN,
        currency=owner.company.base_currency_id,
        languages=LANGUAGES.items(),
        tax_codes=TaxCode.objects.filter(company=owner.company_id, is_active=True).order_by("code"),
        may_bill=request.user.has_perm(BILL),
        query=query.urlencode(),
    )


def bill_view(request: HttpRequest, pk: int) -> HttpResponse:
    """POST until=, tax_code=: propose the bill for what was sold."""
    owner = get_object_or_404(StockOwner, pk=pk)
    made: list[Bill] = []

    def act(actor: Actor) -> str:
        until = _day(request.POST.get("until", "")) or timezone.localdate()
        tax_code = request.POST.get("tax_code", "")[:20]
        bill = services.bill_consignor(pk, until=until, company_id=owner.company_id, actor=actor, tax_code=tax_code)
        made.append(bill)
        return gettext("Bill %(number)s of %(total)s is proposed.") % {"number": bill.number, "total": bill.total}

    response = run_action(
        request, act, back=reverse("admin:inventory_stockowner_statement", args=[pk]), permission=BILL
    )
    if made:
        response["Location"] = reverse("admin:accounting_bill_change", args=[made[0].pk])
    return response


def _asked(request: HttpRequest, owner: StockOwner) -> OwnerStatement:
    end = asked_date(request, "end") or timezone.localdate()
    start = asked_date(request, "start") or month_start(end)
    return OwnerStatement(owner, min(start, end), end)


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


File = tuple[list[Any], Iterator[list[object]]]


def _goods_file(asked: OwnerStatement) -> File:
    titles = goods_columns(asked.owner.kind == OwnerKind.CONSIGNMENT)
    rows = ([line.sku, line.name, *(getattr(line, name) for name in titles)] for line in asked.lines())
    return [_("SKU"), _("Name"), *titles.values()], rows


def _moves_file(asked: OwnerStatement) -> File:
    headings = [_("When"), _("SKU"), _("Name"), _("Lot"), _("Kind"), _("Quantity"), _("Document"), _("Move")]
    return headings, (
        [row.at, row.sku, row.name, row.lot, row.label, row.quantity, f"{row.source_type} {row.source_id or ''}".strip(), row.move_id]
        for row in asked.moves()
    )  # fmt: skip


def _sold_file(asked: OwnerStatement) -> File:
    owner = asked.owner
    rows = owner_statement(owner.pk, company_id=owner.company_id, since=asked.start, until=asked.end)
    headings = [_("When"), _("SKU"), _("Quantity"), _("Owed"), _("Currency")]
    currency = owner.company.base_currency_id
    return headings, ([row.at, row.sku, row.quantity, row.owed, currency] for row in rows)


FILES = {"goods": _goods_file, "moves": _moves_file, "sold": _sold_file}
