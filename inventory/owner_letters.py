"""The statement of an owner's goods as a letter in the owner's language."""

from decimal import Decimal
from itertools import islice

from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext

from accounting.letters.building import Letter, Table, labels, recipient_of
from accounting.selectors import books_of
from accounting.selectors.letterheads import letterheads
from backoffice.core.money import ZERO
from backoffice.core.show import show_number
from inventory.models import OwnerKind
from inventory.selectors.owner_statements import OwnedLine, OwnerMoveKind, OwnerStatement

MOVES = 1_000  # printed; all of them are in the file


def goods_columns(is_consignor: bool) -> dict[str, str]:
    """Titles of the figures of OwnedLine by name, in the active language; nothing is owed to a client."""
    titles = {"opening": gettext("Opening")}
    titles |= {kind.value: str(kind.label) for kind in OwnerMoveKind}
    titles |= {"closing": gettext("Closing")}
    return titles | ({"owed": gettext("Owed")} if is_consignor else {})


def owner_letter(asked: OwnerStatement, language: str = "") -> Letter:
    """language: instead of the owner's, or the company's. Columns of nothing but zeros are left out. Statements: 6."""
    owner, company = asked.owner, asked.owner.company
    spoken = language or owner.party.language or company.language or "en"
    with translation.override(spoken):
        title = gettext("Statement of goods")
        days = f"{date_format(asked.start, 'SHORT_DATE_FORMAT')} – {date_format(asked.end, 'SHORT_DATE_FORMAT')}"
        exponent = books_of(company.pk).exponents[company.base_currency_id]
        goods = _goods(asked, exponent)
        moves, more = _moves(asked)
        paragraphs = [] if goods.rows else [gettext("Nothing of yours lay with us or moved in these days.")]
        if more:
            paragraphs.append(
                gettext("The first %(count)s moves are printed; all of them are in the file.") % {"count": MOVES}
            )
        return Letter(
            number=f"goods-{owner.party.code}",
            language=spoken,
            head=letterheads([(company.pk, None)])[company.pk, None],
            recipient=recipient_of(owner.party),
            title=title,
            references=[
                (gettext("Period"), days),
                (gettext("Account"), owner.party.code),
                (gettext("Currency"), company.base_currency_id),
            ],
            paragraphs=paragraphs,
            tables=[table for table in (goods, moves) if table.rows],
            subject=title,
            body="",
            labels=labels(),
        )


def _goods(asked: OwnerStatement, exponent: int) -> Table:
    lines = asked.lines()
    titles = goods_columns(asked.owner.kind == OwnerKind.CONSIGNMENT)
    kept = ("opening", "closing", "owed")
    shown = {name: title for name, title in titles.items() if name in kept or any(getattr(x, name) for x in lines)}
    rows = [("row", [line.sku, line.name, *(_figure(line, name, exponent) for name in shown)]) for line in lines]
    if "owed" in shown and lines:
        owed = show_number(sum((line.owed for line in lines), ZERO), exponent)
        rows.append(("total", [gettext("Sum"), *[""] * len(shown), owed]))
    return Table([(gettext("SKU"), "left"), (gettext("Name"), "left"), *((x, "right") for x in shown.values())], rows)


def _figure(line: OwnedLine, name: str, exponent: int) -> str:
    value: Decimal = getattr(line, name)
    return show_number(value, exponent) if name == "owed" else show_number(value)


def _moves(asked: OwnerStatement) -> tuple[Table, bool]:
    found = list(islice(asked.moves(limit=MOVES + 1), MOVES + 1))
    columns = [
        (gettext("When"), "left"), (gettext("SKU"), "left"), (gettext("Lot"), "left"), (gettext("Kind"), "left"),
        (gettext("Quantity"), "right"),
    ]  # fmt: skip
    rows = [
        ("row", [date_format(localtime(row.at), "SHORT_DATETIME_FORMAT"), row.sku, row.lot, row.label, show_number(row.quantity)])
        for row in found[:MOVES]
    ]  # fmt: skip
    return Table(columns, rows), len(found) > MOVES
