"""What is printed, as facts: raw figures and names, neither translated nor formatted. Pure."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accounting.selectors import Letterhead

ZERO = Decimal(0)
PLAIN_STEPS = (Decimal("0.01"), Decimal("0.005"), Decimal("0.001"), Decimal("0.0001"))
A_CENT, HALF_A_UNIT = Decimal("0.01"), Decimal("0.5")  # what channels round otherwise than we


class CountryCode(str):
    """The country among an address's lines: it is printed by its name, in the document's language."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class PaperLine:
    """Goods or a charge. Amounts are None on papers without prices.

    ordered, to_follow: on packing slips, of the order's line. is_charge: no goods, so no quantity of its own.
    """

    code: str
    name: str
    quantity: Decimal
    unit_price: Decimal | None = None
    discount: Decimal = ZERO
    amount: Decimal | None = None
    tax_rate: Decimal | None = None
    ordered: Decimal = ZERO
    to_follow: Decimal = ZERO
    is_charge: bool = False


@dataclass(frozen=True, slots=True)
class TaxPart:
    """All that is taxed at one rate: before tax, and the tax. collector: who keeps that tax."""

    rate: Decimal
    net: Decimal
    tax: Decimal
    collector: str = "seller"


@dataclass(frozen=True, slots=True)
class Sums:
    """goods: the lines' amounts together. total = goods (+ taxes, unless included) + rounding."""

    goods: Decimal
    taxes: Sequence[TaxPart]
    includes_tax: bool
    rounding: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """How an invoice is paid. channel: the sales channel that the money comes through; then nobody transfers it."""

    due_date: datetime.date
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """One document. kind: a DocumentKind. references: (what, value), values ready to be shown or dates.

    language: the customer's. ship_to: where it differs from the recipient. back_to: where goods are sent back to.
    exemptions: why some lines bear no tax, as the law wants it said.
    """

    kind: str
    id: int
    number: str
    date: datetime.date
    language: str
    letterhead: Letterhead
    recipient: Sequence[str]
    lines: Sequence[PaperLine]
    currency: str = ""
    exponent: int = 2
    recipient_tax_number: str = ""
    ship_to: Sequence[str] = ()
    back_to: Sequence[str] = ()
    references: Sequence[tuple[str, str | datetime.date]] = ()
    sums: Sums | None = None
    terms: Terms | None = None
    note: str = ""
    link: str = ""
    exemptions: Sequence[str] = ()
    order_number: str = field(default="")


def shown_rate(rate: Decimal, net: Decimal, tax: Decimal) -> Decimal:
    """The rate itself; of what a channel taxed without saying its rate, the plainest that comes to that tax.

    To a hundredth of a percent where no plainer one does, as over lines of several rates.
    """
    if rate or not tax or not net:
        return rate
    whole = tax == tax.to_integral_value() and net == net.to_integral_value()  # as in a currency without cents
    exact = tax / net
    for step in PLAIN_STEPS:
        found = (exact / step).quantize(Decimal(1)) * step
        if abs(found * net - tax) <= (HALF_A_UNIT if whole else A_CENT):
            return found
    return exact.quantize(PLAIN_STEPS[-1])


def tax_parts(rows: Sequence[tuple[Decimal, Decimal, Decimal, str]]) -> list[TaxPart]:
    """(rate, net, tax, collector) of lines, added up by rate and collector, the highest rate first."""
    found: dict[tuple[Decimal, str], list[Decimal]] = {}
    for rate, net, tax, collector in rows:
        sums = found.setdefault((shown_rate(rate, net, tax), collector), [ZERO, ZERO])
        sums[0] += net
        sums[1] += tax
    in_order = sorted(found, key=lambda key: (-key[0], key[1]))
    return [TaxPart(rate, found[rate, who][0], found[rate, who][1], who) for rate, who in in_order]
