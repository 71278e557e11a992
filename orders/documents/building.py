"""Facts to what the page template prints: a dictionary of plain strings in one language. Pure.

Nothing in it is ever read as template code: the template takes it as data (JSON).
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import get_language, gettext

from accounting.selectors import Letterhead
from backoffice.core.money import round_money
from backoffice.core.territories import country_name
from orders.documents import words
from orders.documents.barcodes import code_128, qr_code, transfer_text
from orders.documents.figures import amount, day, money, percent, price, quantity
from orders.models import DocumentKind
from orders.papers import ZERO, CountryCode, Paper, PaperLine, Sums

Data = dict[str, Any]
LONG_WORD = re.compile(r"\S{25,}")
BREAK = "\N{ZERO WIDTH SPACE}"  # where a word longer than its column may be broken
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")  # nothing to print, or turns text round
Column = tuple[str, str, str]  # heading, side, width


def page_data(paper: Paper, language: str = "") -> Data:
    """One document for the template. language: instead of the customer's."""
    spoken = language or paper.language
    with translation.override(spoken):
        columns, rows = _table(paper)
        return {
            "language": spoken,
            "title": words.title(paper.kind),
            "number": paper.number,
            "barcode": code_128(paper.number),
            "letterhead": _letterhead(paper.letterhead),
            "recipient": _block(words.recipient(paper.kind), _recipient_lines(paper)),
            "ship_to": _block(gettext("Ship to"), [_line(line) for line in paper.ship_to]),
            "references": [[words.reference(what), _shown(value)] for what, value in paper.references],
            "columns": [{"title": name, "side": side, "width": width} for name, side, width in columns],
            "rows": rows,
            "carried": gettext("Carried forward"),
            "brought": gettext("Brought forward"),
            "page": gettext("Page %(page)s of %(pages)s") % {"page": "{n}", "pages": "{m}"},
            "totals": _totals(paper) if paper.sums else _pieces_in_all(paper),
            "taxes": _taxes(paper, paper.sums) if paper.sums else {},
            "exemptions": [_clean(reason) for reason in paper.exemptions],
            "payment": _payment(paper),
            "link": {"qr": qr_code(paper.link), "text": gettext("Follow the parcel")} if _is_web(paper.link) else {},
            "note": _block(gettext("Note"), [_clean(line) for line in paper.note.splitlines()]),
            "closing": words.closing(paper.kind),
            "label": _block(gettext("Return address"), [_line(line) for line in paper.back_to]),
            "signature": _signature(paper),
        }


def _clean(text: str) -> str:
    """As printed: no control characters, and long words may be broken. Everything else stays as it is."""
    return LONG_WORD.sub(lambda word: BREAK.join(re.findall(".{1,12}", word[0])), CONTROLS.sub(" ", text))


def _shown(value: str | date) -> str:
    return day(value) if isinstance(value, date) else _clean(value)


def _line(text: str) -> str:
    return country_name(text, get_language() or "en") if isinstance(text, CountryCode) else _clean(text)


def _block(heading: str, lines: Sequence[str]) -> Data:
    return {"heading": heading, "lines": [line for line in lines if line.strip()]} if lines else {}


def _recipient_lines(paper: Paper) -> list[str]:
    lines = [_line(line) for line in paper.recipient]
    if paper.recipient_tax_number:
        lines.append(f"{gettext('Tax number')}: {_clean(paper.recipient_tax_number)}")
    return lines or ["–"]


def _letterhead(head: Letterhead) -> Data:
    name = head.legal_name or head.name
    address = [*head.address.splitlines(), _line(CountryCode(head.country))]
    register = _labelled(
        (gettext("Tax number"), head.tax_number), (gettext("Registration number"), head.registration_number)
    )
    bank = _labelled(("", head.bank_name), (gettext("Bank account"), head.bank_account), ("BIC", head.bank_code))
    contact = [head.phone, head.email, head.website]
    return {
        "name": _clean(head.name),
        "logo": head.logo,
        "sender": _clean(" · ".join(filter(str.strip, [name, *address]))),
        "columns": [
            [_clean(line) for line in block if line.strip()]
            for block in ([name, *address], [*contact, *register], bank)
        ],
        "note": _clean(head.note),
    }


def _labelled(*pairs: tuple[str, str]) -> list[str]:
    return [f"{label}: {value}" if label else value for label, value in pairs if value]


def _table(paper: Paper) -> tuple[list[Column], list[Data]]:
    if paper.kind == DocumentKind.PACKING_SLIP:
        return _packing(paper.lines)
    if paper.kind == DocumentKind.RETURN_FORM:
        return _returning(paper.lines)
    return _priced(paper)


def _priced(paper: Paper) -> tuple[list[Column], list[Data]]:
    """With a running sum on each row, for the pages to carry forward."""
    discounted = any(round_money(line.discount, paper.exponent) for line in paper.lines)
    taxed = any(line.tax_rate for line in paper.lines)
    columns: list[Column] = [
        (gettext("No."), "right", "auto"),
        (gettext("Item"), "left", "1fr"),
        (gettext("Quantity"), "right", "auto"),
        (gettext("Price"), "right", "auto"),
        *([(gettext("Discount"), "right", "auto")] if discounted else []),
        *([(gettext("Tax"), "right", "auto")] if taxed else []),
        (gettext("Amount, %(currency)s") % {"currency": paper.currency}, "right", "auto"),
    ]
    rows, running = [], ZERO
    for number, line in enumerate(paper.lines, start=1):
        worth = line.amount or ZERO
        running += worth
        cells = [quantity(line.quantity), price(line.unit_price or ZERO, paper.exponent)]
        if discounted:
            less = round_money(line.discount, paper.exponent)
            cells.append(amount(-less, paper.exponent) if less else "")
        if taxed:
            cells.append(percent(line.tax_rate or ZERO))
        cells.append(amount(worth, paper.exponent))
        rows.append(_row(number, line, cells, money(running, paper.exponent, paper.currency)))
    return columns, rows


def _packing(lines: Sequence[PaperLine]) -> tuple[list[Column], list[Data]]:
    later = any(line.to_follow for line in lines)
    columns: list[Column] = [
        (gettext("No."), "right", "auto"),
        (gettext("Item"), "left", "1fr"),
        (gettext("Ordered"), "right", "auto"),
        (gettext("In this parcel"), "right", "auto"),
        *([(gettext("To follow"), "right", "auto")] if later else []),
    ]
    rows, running = [], ZERO
    for number, line in enumerate(lines, start=1):
        running += line.quantity
        cells = [quantity(line.ordered), quantity(line.quantity)]
        if later:
            cells.append(quantity(line.to_follow) if line.to_follow else "–")
        rows.append(_row(number, line, cells, _pieces(running)))
    return columns, rows


def _returning(lines: Sequence[PaperLine]) -> tuple[list[Column], list[Data]]:
    columns: list[Column] = [
        (gettext("No."), "right", "auto"),
        (gettext("Item"), "left", "1fr"),
        (gettext("To come back"), "right", "auto"),
        (gettext("In the parcel"), "right", "auto"),
    ]
    rows, running = [], ZERO
    for number, line in enumerate(lines, start=1):
        running += line.quantity
        rows.append(_row(number, line, [quantity(line.quantity), "______"], _pieces(running)))
    return columns, rows


def _pieces(count: Decimal) -> str:
    return gettext("Pieces: %(count)s") % {"count": quantity(count)}


def _pieces_in_all(paper: Paper) -> list[Data]:
    count = sum((line.quantity for line in paper.lines), ZERO)
    return [{"label": gettext("Total"), "value": _pieces(count), "strong": True}]


def _row(number: int, line: PaperLine, cells: Sequence[str], running: str) -> Data:
    return {
        "number": str(number),
        "name": _clean(line.name),
        "code": _clean(line.code),
        "cells": list(cells),
        "running": running,
    }


def _totals(paper: Paper) -> list[Data]:
    """The sums below the lines, the last one being what counts."""
    sums = paper.sums
    assert sums is not None

    def row(label: str, value: Decimal, strong: bool = False) -> Data:
        return {"label": label, "value": money(value, paper.exponent, paper.currency), "strong": strong}

    rows = [row(gettext("Sum") if sums.includes_tax else gettext("Sum before tax"), sums.goods)]
    if not sums.includes_tax:
        rows += [
            row(gettext("Tax %(rate)s") % {"rate": percent(part.rate)}, part.tax) for part in sums.taxes if part.tax
        ]
    if round_money(sums.rounding, paper.exponent):
        rows.append(row(gettext("Rounding"), sums.rounding))
    label = gettext("Total credited") if paper.kind == DocumentKind.CREDIT_NOTE else gettext("Total")
    return [*rows, row(label, sums.total, strong=True)]


def _taxes(paper: Paper, sums: Sums) -> Data:
    """The tax summary by rate."""
    if not any(part.tax or part.rate for part in sums.taxes):
        return {}

    def figure(value: Decimal) -> str:
        return amount(value, paper.exponent)

    heading = gettext("Tax included in the total") if sums.includes_tax else gettext("Tax by rate")
    columns = [gettext("Rate"), gettext("Before tax"), gettext("Tax"), gettext("With tax")]
    rows = [
        [
            percent(part.rate) if part.collector == "seller"
            else gettext("%(rate)s, paid by the marketplace") % {"rate": percent(part.rate)},
            figure(part.net), figure(part.tax), figure(part.net + part.tax),
        ]
        for part in sums.taxes
    ]  # fmt: skip
    return {"heading": f"{heading}, {paper.currency}", "columns": columns, "rows": rows}


def _payment(paper: Paper) -> Data:
    """How an invoice is paid."""
    terms, sums, head = paper.terms, paper.sums, paper.letterhead
    if terms is None or sums is None or paper.kind != DocumentKind.INVOICE or sums.total <= 0:
        return {}
    if terms.channel:
        return {"heading": gettext("Payment"), "rows": [[gettext("Through"), _clean(terms.channel)]]}
    due = day(terms.due_date)
    if terms.due_date <= paper.date:
        due = gettext("%(date)s (at once)") % {"date": due}
    rows = [[gettext("Payable by"), due]]
    if head.bank_account:
        rows += [
            [gettext("Payee"), _clean(head.legal_name or head.name)],
            [gettext("Bank"), _clean(head.bank_name)],
            [gettext("Bank account"), _clean(head.bank_account)],
            ["BIC", _clean(head.bank_code)],
            [gettext("Payment reference"), paper.number],
        ]
    qr = qr_code(transfer_text(head, sums.total, paper.currency, paper.number))
    return {
        "heading": gettext("Payment"),
        "rows": [row for row in rows if row[1]],
        "qr": qr,
        "text": gettext("Scan to pay") if qr else "",
    }


def _signature(paper: Paper) -> list[str]:
    if paper.kind == DocumentKind.PACKING_SLIP:
        return [gettext("Packed by"), gettext("Received by")]
    return [gettext("Date and signature")] if paper.kind == DocumentKind.RETURN_FORM else []


def _is_web(link: str) -> bool:
    return link.startswith(("https://", "http://")) and bool(qr_code(link))
