"""A bill as it is typed from the paper: checked, added up, kept as a draft."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounting.dimensions import Dimensions
from accounting.errors import BillRefused
from accounting.models import (
    Account,
    AccountRole,
    Bill,
    BillKind,
    BillLine,
    BillLineKind,
    BillStatus,
    Currency,
    Party,
    TaxCode,
)
from accounting.models.bills import lines_total
from accounting.selectors.config import account_ids, tax_rates
from accounting.services.bills.states import lock_bill, record
from accounting.services.dimensions import ensure_sets
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO, round_money

__all__ = ["BillInput", "BillLineInput", "delete_bill", "lock_bill", "save_bill"]


@dataclass(frozen=True, slots=True)
class BillLineInput:
    """A line of the paper. net None: quantity x unit price, rounded. tax None: net at the code's rate, rounded.

    tax_code: of the company; empty: no tax. account_id: of an expense, or of a
    landed cost (empty: where it was accrued). source: what goods are.
    """

    kind: str
    quantity: Decimal = Decimal(1)
    unit_price: Decimal = ZERO
    net: Decimal | None = None
    tax: Decimal | None = None
    tax_code: str = ""
    description: str = ""
    sku_code: str = ""
    account_id: int | None = None
    dimensions: Dimensions = ()
    source_type: str = ""
    source_id: int | None = None


@dataclass(frozen=True, slots=True)
class BillInput:
    """The head of the paper. total: as it is printed; None: no paper, what the lines come to.

    due_date None: by the supplier's terms; currency "": theirs.
    """

    supplier_id: int
    number: str
    bill_date: datetime.date
    total: Decimal | None
    lines: Sequence[BillLineInput]
    kind: str = BillKind.BILL
    due_date: datetime.date | None = None
    currency: str = ""
    exchange_rate: Decimal | None = None
    corrects_id: int | None = None
    note: str = ""


@transaction.atomic(savepoint=False)
def save_bill(given: BillInput, *, company_id: int, actor: Actor, bill_id: int | None = None) -> Bill:
    """Enter a bill, or change a draft: its lines are replaced.

    Raises BillRefused, nothing written: unknown_supplier, no_number, duplicate_number (the supplier's number is there
    already: context bill_id), unknown_currency, bad_dates, bad_rate, unknown_correction, no_lines, bad_line,
    unknown_account, unknown_tax_code (each with its row), total_differs (lines and tax come to something else),
    not_a_draft; TaxRateMissing. Statements: about 12.
    """
    supplier = _supplier(given, company_id)
    currency = _currency(given.currency or supplier.currency_id)
    _check_head(given, company_id)
    lines = _lines(given, company_id, currency)
    net = sum((line.net for line in lines), ZERO)
    taxed = lines_total(lines)
    if given.total is not None:
        _check_total(given.total, net, taxed - net)
    bill = _draft(bill_id, company_id, actor)
    _check_number(given, supplier, bill.pk)
    bill.kind, bill.party, bill.number = given.kind, supplier, given.number.strip()
    bill.bill_date, bill.currency, bill.exchange_rate = given.bill_date, currency.code, given.exchange_rate
    bill.due_date = given.due_date or given.bill_date + datetime.timedelta(days=supplier.payment_terms_days)
    bill.net, bill.tax, bill.total = net, taxed - net, taxed if given.total is None else given.total
    bill.corrects_id, bill.note = given.corrects_id, given.note[:300]
    made = bill.pk is None
    if not made:
        bill.version += 1
        BillLine.objects.filter(bill=bill).delete()
    try:
        with transaction.atomic():  # a savepoint: two people may type the same number at once
            bill.save()
    except IntegrityError:
        raise _duplicate(given, supplier, None) from None
    for line in lines:
        line.bill = bill
    BillLine.objects.bulk_create(lines)
    record(bill, "created" if made else "changed", actor, new=bill.number)
    return bill


@transaction.atomic(savepoint=False)
def delete_bill(bill_id: int, *, company_id: int, actor: Actor, reason: str = "") -> None:
    """Throw a draft away. Raises NotFound, BillRefused (not_a_draft). Statements: about 7."""
    bill = lock_bill(bill_id, company_id=company_id)
    _must_be_draft(bill)
    record(bill, "deleted", actor, old=bill.number, reason=reason)
    bill.delete()


def _draft(bill_id: int | None, company_id: int, actor: Actor) -> Bill:
    if bill_id is None:
        return Bill(company_id=company_id, made_by_id=actor.user_id, made_by_label=actor.label)
    bill = lock_bill(bill_id, company_id=company_id)
    _must_be_draft(bill)
    return bill


def _must_be_draft(bill: Bill) -> None:
    if bill.status != BillStatus.DRAFT:
        raise BillRefused(
            _("Bill %(number)s is no draft any more: send it back first.") % {"number": bill.number}, code="not_a_draft"
        )


def _supplier(given: BillInput, company_id: int) -> Party:
    found = Party.objects.filter(company_id=company_id, pk=given.supplier_id, is_supplier=True).first()
    if found is None:
        raise BillRefused(_("Choose a supplier of this company."), code="unknown_supplier", field="supplier")
    return found


def _currency(code: str) -> Currency:
    found = Currency.objects.filter(pk=code).first()
    if found is None:
        raise BillRefused(
            _("There is no currency %(code)s.") % {"code": code}, code="unknown_currency", field="currency"
        )
    return found


def _check_head(given: BillInput, company_id: int) -> None:
    if not given.number.strip() or len(given.number.strip()) > 60:
        raise BillRefused(
            _("Give the number that the supplier printed, at most 60 characters."), code="no_number", field="number"
        )
    if given.due_date is not None and given.due_date < given.bill_date:
        raise BillRefused(_("It is due before its own date."), code="bad_dates", field="due_date")
    if given.exchange_rate is not None and given.exchange_rate <= 0:
        raise BillRefused(_("An exchange rate is above zero."), code="bad_rate", field="exchange_rate")
    if not given.lines:
        raise BillRefused(_("A bill needs a line."), code="no_lines", field="lines")
    if given.kind not in BillKind.values:
        raise ValueError(f"a bill is one of {BillKind.values}, not {given.kind!r}")
    if given.corrects_id is not None:
        corrected = Bill.objects.filter(
            company_id=company_id, pk=given.corrects_id, party_id=given.supplier_id, kind=BillKind.BILL
        )
        if given.kind != BillKind.CREDIT_NOTE or not corrected.exists():
            raise BillRefused(
                _("A credit note corrects a bill of the same supplier."), code="unknown_correction", field="corrects"
            )


def _check_number(given: BillInput, supplier: Party, bill_id: int | None) -> None:
    same = Bill.objects.filter(party=supplier, kind=given.kind, number__iexact=given.number.strip())
    found = same.exclude(status=BillStatus.REVERSED).exclude(pk=bill_id).first()
    if found is not None:
        raise _duplicate(given, supplier, found)


def _duplicate(given: BillInput, supplier: Party, found: Bill | None) -> BillRefused:
    return BillRefused(
        _("%(supplier)s’s number %(number)s is entered already; open that one, or check the number.")
        % {"supplier": supplier, "number": given.number.strip()},
        code="duplicate_number",
        field="number",
        bill_id=found.pk if found else None,
    )


def _check_total(total: Decimal, net: Decimal, tax: Decimal) -> None:
    if total != net + tax:
        raise BillRefused(
            _(
                "The paper says %(total)s, but the lines (%(net)s) and tax (%(tax)s) come to %(sum)s: %(difference)s differ."
            )
            % {
                "total": f"{total:f}",
                "net": f"{net:f}",
                "tax": f"{tax:f}",
                "sum": f"{net + tax:f}",
                "difference": f"{total - net - tax:f}",
            },
            code="total_differs",
            field="total",
            net=str(net),
            tax=str(tax),
            difference=str(total - net - tax),
        )


def _lines(given: BillInput, company_id: int, currency: Currency) -> list[BillLine]:
    codes = {line.tax_code for line in given.lines if line.tax_code}
    taxes = {code.code: code for code in TaxCode.objects.filter(company_id=company_id, code__in=codes, is_active=True)}
    for row, line in enumerate(given.lines, start=1):
        if line.tax_code and line.tax_code not in taxes:
            raise _bad(row, "unknown_tax_code", _("there is no tax code %(code)s.") % {"code": line.tax_code})
    found = tax_rates(company_id, [(code, given.bill_date) for code in sorted(codes)]) if codes else []
    rates = {code: rate for code, (_id, rate) in zip(sorted(codes), found, strict=True)}
    accounts = set(
        Account.objects.filter(
            company_id=company_id,
            pk__in={line.account_id for line in given.lines if line.account_id},
            is_postable=True,
            is_active=True,
            control="",
        ).values_list("pk", flat=True)
    )
    sets = ensure_sets((line.dimensions for line in given.lines), company_id=company_id)
    made = []
    landed = _landed_account(given, company_id)
    for row, line in enumerate(given.lines, start=1):
        if line.kind == BillLineKind.LANDED_COST and not line.account_id and landed:
            line = replace(line, account_id=landed)
            accounts.add(landed)
        if line.account_id not in accounts and (line.account_id or line.kind in ("expense", "landed_cost")):
            raise _bad(row, "unknown_account", _("choose an account that may be posted to."))
        code = taxes.get(line.tax_code)
        made.append(_line(row, line, code, rates, currency.exponent, sets))
    return made


def _landed_account(given: BillInput, company_id: int) -> int | None:
    """What freight and duty were owed under until their bill came. Statements: 0 or 1."""
    if all(line.kind != BillLineKind.LANDED_COST for line in given.lines):
        return None
    return account_ids(company_id).get(AccountRole.LANDED_COST)


def _line(
    row: int,
    line: BillLineInput,
    code: TaxCode | None,
    rates: Mapping[str, Decimal],
    exponent: int,
    sets: Mapping[Any, int],
) -> BillLine:
    if line.kind not in BillLineKind.values:
        raise ValueError(f"a bill's line is one of {BillLineKind.values}, not {line.kind!r}")
    rate = rates.get(line.tax_code, ZERO)
    net = round_money(line.quantity * line.unit_price, exponent) if line.net is None else line.net
    tax = round_money(net * rate, exponent) if line.tax is None else line.tax
    if line.quantity <= 0 or line.unit_price < 0 or net < 0 or tax < 0:
        raise _bad(row, "bad_line", _("the quantity is above zero, price and tax are not below it."))
    if net != round_money(net, exponent) or tax != round_money(tax, exponent):
        raise _bad(row, "bad_line", _("amounts are in whole cents."))
    if tax and code is None:
        raise _bad(row, "unknown_tax_code", _("tax needs a tax code."))
    return BillLine(
        position=row,
        kind=line.kind,
        sku_code=line.sku_code[:60],
        description=line.description[:300],
        quantity=line.quantity,
        unit_price=line.unit_price if line.net is None else (net / line.quantity).quantize(Decimal("0.000001")),
        net=net,
        tax=tax,
        tax_code=code,
        tax_rate=rate,
        reverse_charge=code is not None and code.is_reverse_charge,
        account_id=line.account_id,
        dimension_set_id=sets[line.dimensions] if line.dimensions else None,
        source_type=line.source_type,
        source_id=line.source_id,
    )


def _bad(row: int, code: str, what: str) -> BillRefused:
    return BillRefused(
        _("Line %(row)s: %(what)s") % {"row": row, "what": what}, code=code, row=row, field=f"lines.{row - 1}"
    )
