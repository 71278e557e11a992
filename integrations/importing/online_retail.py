"""The "Online Retail" layout: one row is one line of an invoice. What each line means, without a database.

Columns: InvoiceNo, StockCode, Description, Quantity, InvoiceDate (local UK time), UnitPrice (GBP), CustomerID
(blank: a guest), Country. An invoice number that begins with C is a credit. Rules, line by line:

- a code that stands for a fee, bad debt and the like is posted to the journal;
- a price of zero without a customer is a stock adjustment: negative a write-off, positive a write-on;
- on a credit everything else is credited; on another invoice it is goods sold or a charge;
- what fits none of these is refused with its reason. A refused line takes the whole sale (or credit) of its
  invoice with it, so that no order is kept with a line missing; adjustments and postings stand alone.

Layout and quirks: UCI Machine Learning Repository, "Online Retail", doi 10.24432/C5BW33.
"""

import datetime
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from integrations.importing.online_retail_codes import COUNTRIES, Meaning
from integrations.importing.reading import FileUnreadable, open_table

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
CURRENCY = "GBP"
TIME_ZONE = ZoneInfo("Europe/London")
ZERO = Decimal(0)
LARGEST_PRICE = Decimal(10) ** 9
LARGEST_QUANTITY = 10**9


class Row(NamedTuple):
    """One line of the file. number: its line in the file, the header being line 1; price: in GBP, exact."""

    number: int
    code: str
    description: str
    quantity: int
    price: Decimal

    @property
    def value(self) -> Decimal:
        return self.quantity * self.price


class Refused(NamedTuple):
    """A line that is kept aside: why, and what it said. value: 0 where it cannot be told."""

    number: int
    code: str
    reason: str
    raw: dict[str, str]
    value: Decimal


@dataclass(slots=True)
class Document:
    """All rows of one invoice number; dated by the first of them."""

    number: str
    at: datetime.datetime
    customer: str
    country: str
    rows: list[Row] = field(default_factory=list)
    unreadable: list[Refused] = field(default_factory=list)

    @property
    def is_credit(self) -> bool:
        return self.number[:1] in "Cc"


@dataclass(slots=True)
class Sorted:
    """Where each row of a document goes; every row is in exactly one list."""

    document: Document
    goods: list[Row] = field(default_factory=list)
    charges: list[tuple[Row, Meaning]] = field(default_factory=list)
    credits: list[tuple[Row, Meaning]] = field(default_factory=list)
    adjustments: list[Row] = field(default_factory=list)
    postings: list[tuple[Row, Meaning]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    @property
    def sale_total(self) -> Decimal:
        """Goods and charges, unrounded."""
        return sum((row.value for row in self.goods), ZERO) + sum((row.value for row, _ in self.charges), ZERO)


def read_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line number, values in the order of COLUMNS) for each row. Raises FileUnreadable where the damage is.

    A last line without a line end must name a country that is known: a file cut off within that last value
    looks whole otherwise, and half an invoice would be taken for all of it.
    """
    table = open_table(path)
    places = table.positions(COLUMNS)
    countries = {*COUNTRIES, "Channel Islands", "European Community", "Unspecified"}
    before = last = ""
    number = 1
    for row in table.rows:
        values = [row.cells[place] for place in places]
        number, last = row.number, values[-1]
        if last != before:
            countries.add(before)
            before = last
        yield number, values
    if last.strip() not in countries and not _ends_with_a_line(path):
        raise FileUnreadable(
            _("Line %(line)s: the last line has no line end; the file seems cut off here.") % {"line": number},
            line=number,
        )


def _ends_with_a_line(path: Path) -> bool:
    """Compressed files tell by themselves when they are cut."""
    if path.suffix in (".gz", ".xz"):
        return True
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def read_documents(rows: Iterable[tuple[int, list[str]]]) -> list[Document]:
    """Gather the rows by invoice number, in order of time (equal times: in the file's order).

    rows: (line number, values in the order of COLUMNS). The same texts, quantities and prices are kept
    once: about 0.2 kB a row.
    """
    documents: dict[str, Document] = {}
    texts: dict[str, str] = {}
    quantities: dict[str, int] = {}
    prices: dict[str, Decimal] = {}
    instants: dict[str, datetime.datetime] = {}
    for number, values in rows:
        invoice, code, description, quantity, date, price, customer, country = values
        try:
            if quantity not in quantities:
                quantities[quantity] = _quantity(quantity)
            if price not in prices:
                prices[price] = _price(price)
            if date not in instants:
                instants[date] = _instant(date)
            if not (invoice := invoice.strip()):
                raise ValueError("InvoiceNo is empty")
        except ValueError as error:
            _unreadable(documents, number, values, str(error))
            continue
        document = documents.get(invoice)
        if document is None:
            document = documents[invoice] = Document(invoice, instants[date], customer.strip(), country.strip())
        elif not document.rows:  # only unreadable rows until now
            document.at, document.customer, document.country = instants[date], customer.strip(), country.strip()
        code = code.strip()
        description = description.strip()
        document.rows.append(
            Row(
                number,
                texts.setdefault(code, code),
                texts.setdefault(description, description),
                quantities[quantity],
                prices[price],
            )
        )
    return sorted(documents.values(), key=lambda document: document.at)


def _unreadable(documents: dict[str, Document], number: int, values: list[str], reason: str) -> None:
    invoice = values[0].strip()
    if invoice not in documents:
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        documents[invoice] = Document(invoice, epoch, values[6].strip(), values[7].strip())
    raw = dict(zip(COLUMNS, values, strict=True))
    documents[invoice].unreadable.append(Refused(number, "unreadable", reason, raw, ZERO))


def _quantity(text: str) -> int:
    try:
        quantity = int(text)
    except ValueError:
        raise ValueError(f"Quantity {text!r} is no whole number") from None
    if abs(quantity) > LARGEST_QUANTITY:
        raise ValueError(f"Quantity {text} is too large")
    return quantity


def _price(text: str) -> Decimal:
    try:
        price = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(f"UnitPrice {text!r} is no number") from None
    exponent = price.as_tuple().exponent
    if not isinstance(exponent, int) or abs(price) > LARGEST_PRICE:
        raise ValueError(f"UnitPrice {text!r} is no price")
    if exponent < -6:
        raise ValueError(f"UnitPrice {text} has more than six decimals")
    return price


def _instant(text: str) -> datetime.datetime:
    try:
        local = datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"InvoiceDate {text!r} is no date and time") from None
    return local.replace(tzinfo=TIME_ZONE) if local.tzinfo is None else local


def sort_rows(document: Document, meaning_of: Callable[[str], Meaning | None]) -> Sorted:
    """Put each row of the document where it belongs. meaning_of: None for a code that nobody knows."""
    result = Sorted(document)
    sale: list[Refused] = list(document.unreadable)
    for row in document.rows:
        meaning = meaning_of(row.code)
        flaw = _place(row, meaning, result)
        if flaw is not None:
            refused = Refused(row.number, *flaw, raw_of(document, row), row.value)
            if flaw[0] in _STANDS_ALONE:
                result.refused.append(refused)
            else:
                sale.append(refused)
    if not sale and result.sale_total < 0:
        sale = [
            _with_document(document, row, "negative_total", "the invoice's total is negative") for row in _sale(result)
        ]
        result.goods, result.charges = [], []
    if sale:
        lines = ", ".join(str(refused.number) for refused in sale[:5])
        also = f"kept aside with line {lines} of the same invoice"
        sale += [_with_document(document, row, "incomplete_document", also) for row in _sale(result)]
        result.goods, result.charges, result.credits = [], [], []
    result.refused += sale
    return result


_STANDS_ALONE = {"no_goods_no_money"}


def _place(row: Row, meaning: Meaning | None, result: Sorted) -> tuple[str, str] | None:
    """Append the row to its list, or say why it fits none."""
    document = result.document
    if meaning is None:
        return "unknown_code", f"{row.code!r} is neither a stock code nor in the code mapping"
    if row.quantity == 0:
        return "quantity_zero", "the quantity is zero"
    if row.price == 0 and not document.customer:
        if meaning.kind != "sku":
            return "no_goods_no_money", f"{row.code} is no stock code and its price is zero: nothing to book"
        result.adjustments.append(row)
    elif meaning.kind == "journal":
        result.postings.append((row, meaning))
    elif row.price < 0:
        return "negative_price", "a negative price on a sale"
    elif document.is_credit:
        if row.quantity > 0:
            return "positive_on_credit", "a positive quantity on a credit"
        result.credits.append((row, meaning))
    elif meaning.kind == "sku":
        if row.quantity < 0:
            return "negative_on_sale", "a negative quantity on a sale"
        result.goods.append(row)
    else:
        result.charges.append((row, meaning))
    return None


def _sale(result: Sorted) -> list[Row]:
    return [*result.goods, *(row for row, _ in result.charges), *(row for row, _ in result.credits)]


def _with_document(document: Document, row: Row, code: str, reason: str) -> Refused:
    return Refused(row.number, code, reason, raw_of(document, row), row.value)


def raw_of(document: Document, row: Row) -> dict[str, str]:
    """The row as the file would say it."""
    local = document.at.astimezone(TIME_ZONE)
    values = (
        document.number,
        row.code,
        row.description,
        str(row.quantity),
        f"{local:%Y-%m-%d %H:%M:%S}",
        str(row.price),
        document.customer,
        document.country,
    )
    return dict(zip(COLUMNS, values, strict=True))
