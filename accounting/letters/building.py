"""A letter: whose paper, to whom, what it says and shows; and its pages as PDF."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import get_language, gettext, override

from accounting.logos import read_logos
from accounting.models import Party
from accounting.selectors.letterheads import Letterhead
from backoffice.core.territories import country_name
from backoffice.core.typesetting import compile_pdf

TEMPLATE = Path(__file__).parent / "letter.typ"
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")  # nothing to print, or turns text round


@dataclass(frozen=True, slots=True)
class Table:
    """columns: (title, side). rows: (kind, cells); kind: row, heading or total."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Letter:
    """Plain strings in the reader's language. subject, body: of the mail that carries it."""

    number: str
    language: str
    head: Letterhead
    recipient: Sequence[str]
    title: str
    references: Sequence[tuple[str, str]]
    paragraphs: Sequence[str]
    tables: Sequence[Table]
    subject: str
    body: str
    labels: dict[str, str] = field(default_factory=dict)


def labels() -> dict[str, str]:
    """The template's own words in the active language."""
    return {
        "page": gettext("Page %(page)s of %(pages)s") % {"page": "{n}", "pages": "{m}"},
        "bank": gettext("Bank account"),
        "tax": gettext("Tax number"),
    }


def recipient_of(party: Party) -> list[str]:
    """Name and postal address as printed."""
    address = party.address
    if address is None or address.erased_at is not None:
        return [str(party)]
    place = " ".join(filter(None, [address.postcode, address.city]))
    lines = [str(party), address.organisation, address.name, address.line1, address.line2, place]
    lines.append(_country(address.country))
    return list(dict.fromkeys(line for line in lines if line.strip()))


def _country(code: str) -> str:
    return country_name(code, get_language() or "en")


def print_letters(letters: Sequence[Letter]) -> bytes:
    """All letters one after the other, each with pages of its own. Text is data, never template code."""
    logos = read_logos({letter.head.logo for letter in letters})
    pages = []
    for letter in letters:
        with override(letter.language):
            pages.append(_data(letter, logos))
    data = {"letters": pages}
    return compile_pdf(TEMPLATE.read_bytes(), data, dict(logos.values()))


def _data(letter: Letter, logos: dict[str, tuple[str, bytes]]) -> dict[str, Any]:
    head = letter.head
    return {
        "number": letter.number,
        "language": letter.language,
        "sender": _clean(head.legal_name or head.name),
        "logo": logos[head.logo][0] if head.logo in logos else "",
        "address": [_clean(line) for line in [*head.address.splitlines(), _country(head.country)] if line.strip()],
        "contact": [_clean(line) for line in (head.phone, head.email, head.website) if line],
        "bank": [_clean(line) for line in (head.bank_name, head.bank_account, head.bank_code) if line],
        "tax_number": _clean(head.tax_number),
        "recipient": [_clean(line) for line in letter.recipient],
        "title": _clean(letter.title),
        "references": [[_clean(name), _clean(value)] for name, value in letter.references],
        "paragraphs": [_clean(text) for text in letter.paragraphs if text.strip()],
        "tables": [
            {
                "columns": [{"title": title, "side": side} for title, side in table.columns],
                "rows": [{"kind": kind, "cells": [_clean(cell) for cell in cells]} for kind, cells in table.rows],
            }
            for table in letter.tables
        ],
        "labels": letter.labels,
    }


def _clean(text: str) -> str:
    return CONTROLS.sub(" ", text)
