"""A receipt's content, as 80 mm plain text and as an 80 mm PDF with its barcode."""

import json
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounting.models import StoredValue
from accounting.services import code_of
from backoffice.core.show import show_number
from backoffice.core.typesetting import FONTS
from orders.documents.barcodes import code_128
from orders.models import OrderLine, ReturnLine
from warehouse.models import TillReceipt
from warehouse.till.reads import local

WIDTH = 42  # columns of an 80 mm printer in its ordinary font
ZERO = Decimal(0)
TEMPLATE = Path(__file__).with_name("receipt.typ")


@dataclass(frozen=True, slots=True)
class Line:
    """name, then "2 × 10.00" and the amount; note: the discount, if there is one."""

    name: str
    detail: str
    amount: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """A receipt in the reader's words; amounts are written out."""

    shop: str
    head: list[str]
    number: str
    title: str
    facts: list[str]
    lines: list[Line]
    sums: list[tuple[str, str]]
    total: tuple[str, str]
    tenders: list[tuple[str, str]]
    codes: list[tuple[str, str]] = field(default_factory=list)
    foot: list[str] = field(default_factory=list)


def content_of(receipt: TillReceipt) -> Content:
    """What the receipt says, in the active language. Statements: about 6."""
    till = receipt.shift.till
    company = till.company
    tenders = list(receipt.tenders.select_related("stored_value").order_by("pk"))
    lines, sums = _returned(receipt) if receipt.kind == "return" else _sold(receipt)
    cards = _cards(receipt, [tender.stored_value for tender in tenders if receipt.kind == "return"])
    head = [company.legal_name, *company.address.splitlines(), _tax_number(company.tax_number)]
    return Content(
        shop=company.name,
        head=[text for text in head if text and text != company.name],
        number=receipt.number,
        title=receipt.get_kind_display(),
        facts=[
            date_format(local(receipt.effective_at, till), "SHORT_DATETIME_FORMAT"),
            f"{till.name} · {receipt.actor_label}",
            *([receipt.order.number] if receipt.order else []),
        ],
        lines=[
            *lines,
            *[Line(_("Gift card"), "", _money(card.amount)) for card, _code in cards if receipt.kind == "sale"],
        ],
        sums=sums,
        total=(_("Total"), f"{_money(receipt.total)} {receipt.currency}"),
        tenders=[
            *((_tender_name(tender), _money(tender.amount + _change(tender.method, receipt))) for tender in tenders),
            *([(pgettext("money given back", "Change"), _money(receipt.change))] if receipt.change else []),
        ],
        codes=[
            (f"{card.get_kind_display()} {_money(card.amount)} {card.currency}", code) for card, code in cards if code
        ],
        foot=[text for text in (till.receipt_text, _("Please keep this receipt: returns need it.")) if text],
    )


def _change(method: str, receipt: TillReceipt) -> Decimal:
    """Cash is shown as it was given."""
    return receipt.change if method == "cash" else ZERO


def _tax_number(number: str) -> str:
    return _("Tax number %(number)s") % {"number": number} if number else ""


def _tender_name(tender: Any) -> str:
    hint = f" …{tender.stored_value.code_hint}" if tender.stored_value else ""
    return f"{tender.get_method_display()}{hint}{f' {tender.reference}' if tender.reference else ''}"


def _sold(receipt: TillReceipt) -> tuple[list[Line], list[tuple[str, str]]]:
    order = receipt.order
    if order is None:
        return [], []
    rows = OrderLine.objects.filter(order=order).select_related("sku").order_by("position")
    lines = [
        Line(
            row.description or row.channel_sku,
            f"{show_number(row.quantity)} × {_money(row.unit_price)}",
            _money(row.quantity * row.unit_price - row.discount),
            _("Discount %(amount)s") % {"amount": _money(row.discount)} if row.discount else "",
        )
        for row in rows
    ]
    name = _("of which tax") if order.prices_include_tax else _("Tax")
    sums = [(name, _money(order.tax_total))] if order.tax_total else []
    return lines, sums


def _returned(receipt: TillReceipt) -> tuple[list[Line], list[tuple[str, str]]]:
    rows = list(ReturnLine.objects.filter(return_order_id=receipt.return_order_id).order_by("position"))
    lines = [
        Line(row.description or row.code, f"{show_number(row.quantity)} ×", _money(-(row.net + row.tax)))
        for row in rows
    ]
    tax = sum((row.tax for row in rows), ZERO)
    return lines, [(_("of which tax"), _money(-tax))] if tax else []


def _cards(receipt: TillReceipt, given: list[StoredValue | None]) -> list[tuple[StoredValue, str]]:
    """Gift cards sold with it, or the store credit handed out, with their codes."""
    sold = StoredValue.objects.filter(source_type="warehouse.tillreceipt", source_id=receipt.pk).order_by("pk")
    return [(card, code_of(card)) for card in [*sold, *(card for card in given if card)]]


def _money(amount: Decimal) -> str:
    decimals = max(2, -int(amount.normalize().as_tuple().exponent)) if amount else 2
    return show_number(amount, decimals)


def as_text(receipt: TillReceipt) -> str:
    """Plain text of 42 columns, for a receipt printer."""
    content = content_of(receipt)
    rule = "-" * WIDTH
    rows = [
        *(_centred(text) for text in (content.shop, *content.head)),
        "",
        _centred(f"{content.title} {content.number}"),
        *(_centred(text) for text in content.facts),
        rule,
    ]
    for line in content.lines:
        if line.detail:
            rows += _wrapped(line.name)
        rows.append(_sides(f"  {line.detail}" if line.detail else line.name, line.amount))
        if line.note:
            rows.append(f"  {line.note}")
    rows += [rule, *(_sides(*pair) for pair in content.sums), _sides(*content.total), rule]
    rows += [_sides(*pair) for pair in content.tenders]
    for name, code in content.codes:
        rows += [rule, _centred(name), _centred(code)]
    rows += ["", *(part for text in content.foot for part in map(_centred, _wrapped(text)))]
    return "\n".join(rows) + "\n"


def _centred(text: str) -> str:
    return text[:WIDTH].center(WIDTH).rstrip()


def _wrapped(text: str) -> list[str]:
    rows, row = [], ""
    for word in text.split():
        if row and len(row) + 1 + len(word) > WIDTH:
            rows.append(row)
            row = ""
        row = f"{row} {word}" if row else word
        while len(row) > WIDTH:
            rows.append(row[:WIDTH])
            row = row[WIDTH:]
    return [*rows, row] if row else rows


def _sides(left: str, right: str) -> str:
    room = WIDTH - len(right) - 1
    return f"{left[:room].ljust(room)} {right}"


def as_pdf(receipt: TillReceipt, *, ppi: int = 0) -> bytes:
    """A PDF 80 mm wide and as long as it needs; the barcode is the receipt's number, those of codes the codes.

    ppi: instead, a PNG.
    """
    content = content_of(receipt)
    data = asdict(content) | {
        "barcode": _barcode(content.number),
        "code_barcodes": [_barcode(code) for _name, code in content.codes],
    }
    import typst

    made = typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format="png" if ppi else "pdf",
        ppi=float(ppi) if ppi else None,
        sys_inputs={"data": json.dumps(data)},
    )
    return made[0] if isinstance(made, list) else made


def _barcode(text: str) -> str:
    """Code 128 as SVG."""
    return str(code_128(text)["svg"])
