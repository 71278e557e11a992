"""The three-way match: a bill beside what was ordered and received."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounting.errors import BillRefused
from accounting.models import Bill, BillException, BillKind, BillLine, BillReason, BillStatus, Currency
from accounting.selectors import books_of, exchange_rates
from accounting.services import lock_bill, set_bill_status
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO
from inventory.billing import Allowed, Finding, Way, line_findings, same_number, tax_finding, total_finding
from inventory.selectors.billing import LineMatch, bill_tolerances, line_matches

ALIKE_DAYS = 60  # a bill of the same total within these days looks like the same bill


@transaction.atomic(savepoint=False)
def match_bill(bill_id: int, *, company_id: int, actor: Actor) -> Bill:
    """Compare a bill with its orders and receipts: approved by itself within the supplier's tolerances, else an
    exception with a row for each reason.

    Raises NotFound, IllegalTransition, BillRefused (wrong_supplier, unknown_source: a line is about other goods);
    nothing changed. Statements: about 14, whatever the number of lines.
    """
    bill = lock_bill(bill_id, company_id=company_id)
    set_bill_status(bill, status=BillStatus.MATCHING, actor=actor)
    lines = list(bill.lines.select_related("tax_code").order_by("position"))
    matches = line_matches(bill, lines)
    for match in matches:
        _refuse_others(match)
    _name_goods(matches)
    found = findings_of(bill, lines, matches)
    close_exceptions(bill, actor, "matched")
    BillException.objects.bulk_create(
        BillException(
            bill=bill,
            line=line,
            reason=finding.reason,
            expected=f"{finding.expected.normalize():f}",
            found=f"{finding.found.normalize():f}",
            difference=finding.difference,
        )
        for line, finding in found
    )
    if found:
        reasons = ", ".join(sorted({str(BillReason(finding.reason).label) for _line, finding in found}))
        return set_bill_status(bill, status=BillStatus.EXCEPTION, actor=actor, reason=reasons)
    bill.waits_for_goods = False
    return set_bill_status(
        bill, status=BillStatus.APPROVED, actor=actor, reason=_("Within the tolerances."), fields=["waits_for_goods"]
    )


def close_exceptions(bill: Bill, actor: Actor, outcome: str) -> None:
    """The open findings of a bill are decided. Statements: 1."""
    BillException.objects.filter(bill=bill, closed_at__isnull=True).update(
        closed_at=Now(), outcome=outcome, closed_by_label=actor.label
    )


def _name_goods(matches: Sequence[LineMatch]) -> None:
    """Lines that were given by their source alone say what goods they are. Statements: 0 or 1."""
    unnamed = []
    for match in matches:
        sku = match.po_line.sku if match.po_line else match.open_items[0].sku if match.open_items else None
        if sku is not None and not match.line.sku_code:
            match.line.sku_code = sku.code
            match.line.description = match.line.description or sku.name[:300]
            unnamed.append(match.line)
    if unnamed:
        BillLine.objects.bulk_update(unnamed, ["sku_code", "description"])


def _refuse_others(match: LineMatch) -> None:
    if not match.problem:
        return
    row = match.line.position
    if match.problem == "wrong_supplier":
        raise BillRefused(
            _("Line %(row)s: these goods are of another supplier.") % {"row": row}, code="wrong_supplier", row=row
        )
    raise BillRefused(
        _("Line %(row)s: there is no such receipt or order line to clear.") % {"row": row},
        code="unknown_source",
        row=row,
    )


def findings_of(
    bill: Bill, lines: Sequence[BillLine], matches: Sequence[LineMatch]
) -> list[tuple[BillLine | None, Finding]]:
    """Why a bill does not agree, line by line; nothing if it does. Statements: 4 to 6."""
    exponent = Currency.objects.get(pk=bill.currency).exponent
    tolerances = bill_tolerances(bill.party_id, company_id=bill.company_id)
    found: list[tuple[BillLine | None, Finding]] = []
    rate = _base_rate(bill, matches)
    ways: list[Way] = []
    left = {item.pk: item.open_quantity for match in matches for item in match.open_items}
    claimed: dict[int, Decimal] = {}  # by order line: what lines above have
    for match in matches:
        line = match.line
        if not line.source_type:
            found.append((line, Finding(BillReason.NO_ORDER, ZERO, line.net)))
            continue
        if match.currency and match.currency != bill.currency:
            found.append((line, Finding(BillReason.CURRENCY_DIFFERS, ZERO, ZERO)))
        order_line = match.po_line.pk if match.po_line else 0
        way = _way(match, bill, rate, claimed.get(order_line, ZERO), _take(match, left))
        if order_line:
            claimed[order_line] = claimed.get(order_line, ZERO) + line.quantity
        ways.append(way)
        expected = way.quantity * (way.expected_price or ZERO)
        allowed = Allowed(tolerances.price(expected), tolerances.quantity(way.open))
        found += [(line, finding) for finding in line_findings(way, allowed, exponent)]
    for line in lines:
        wrong = tax_finding(line.net, line.tax, line.tax_rate, exponent) if line.tax_code_id or line.tax else None
        found += [(line, wrong)] if wrong else []
    limit = tolerances.total(sum((way.quantity * (way.expected_price or ZERO) for way in ways), ZERO))
    over = total_finding(ways, limit, exponent)
    found += [(None, over)] if over else []
    found += [(None, Finding(BillReason.DUPLICATE, ZERO, other.total)) for other in alike(bill)[:1]]
    return found


def _take(match: LineMatch, left: dict[int, Decimal]) -> Decimal:
    """What is open for a line, of which it takes its quantity, oldest first; lines below find the rest."""
    there = sum((left[item.pk] for item in match.open_items), ZERO)
    missing = match.line.quantity
    for item in match.open_items:
        part = min(missing, left[item.pk])
        left[item.pk] -= part
        missing -= part
    return there


def _way(match: LineMatch, bill: Bill, rate: Decimal, claimed: Decimal, there: Decimal) -> Way:
    """claimed: what lines above have of the same order line. there: what is open for this line."""
    price = match.expected_price
    if price is not None and not match.currency:
        price = price / rate  # a receipt's value, in the base currency
    elif match.currency != bill.currency:
        price = None
    return Way(
        quantity=match.line.quantity,
        net=match.line.net,
        expected_price=price,
        ordered=match.ordered,
        received=match.received,
        billed=match.billed + claimed,
        open=there,
        is_credit=bill.kind == BillKind.CREDIT_NOTE,
    )


def _base_rate(bill: Bill, matches: Sequence[LineMatch]) -> Decimal:
    books = books_of(bill.company_id)
    if bill.currency == books.base_currency or all(match.currency or not match.open_items for match in matches):
        return Decimal(1)
    key = (bill.currency, bill.bill_date)
    return bill.exchange_rate or exchange_rates(bill.company_id, {key})[key]


def alike(bill: Bill) -> list[Bill]:
    """Bills of the supplier that may be this very one: nearly the same number, or total and days. Statements: 1."""
    others = Bill.objects.filter(party_id=bill.party_id, kind=bill.kind, company_id=bill.company_id)
    others = others.exclude(pk=bill.pk).exclude(status=BillStatus.REVERSED)
    near = timedelta(days=ALIKE_DAYS)
    rows = others.filter(bill_date__range=(bill.bill_date - near, bill.bill_date + near)).order_by("-pk")[:500]
    number = same_number(bill.number)
    return [
        row
        for row in rows
        if same_number(row.number) == number
        or (
            (row.total, row.bill_date, row.currency) == (bill.total, bill.bill_date, bill.currency)
            and row.corrects_id == bill.corrects_id  # credit notes of two bills are two credit notes
        )
    ]
