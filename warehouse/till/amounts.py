"""The counter's arithmetic: discounts over lines, tenders over what is to be paid. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from backoffice.core.money import round_money, split_by_weight

ZERO = Decimal(0)
CODED = ("gift_card", "store_credit")


@dataclass(frozen=True, slots=True)
class Basket:
    """One SKU of a sale. price: for one, as on the shelf. discount: on the whole line, above zero. tax: of the line."""

    sku_id: int
    code: str
    name: str
    quantity: Decimal
    price: Decimal
    discount: Decimal = ZERO
    tax: Decimal = ZERO
    tax_code_id: int | None = None
    tax_rate: Decimal = ZERO
    tax_rule_id: int | None = None

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.price - self.discount


def lowered(lines: Sequence[Basket], *, discount: Decimal, exponent: int) -> list[Basket]:
    """The lines with a discount on the whole sale spread over them.

    Line amounts are rounded to the currency's exponent by their own discount, so the receipt's lines add up to it.
    """
    whole = [replace(line, discount=line.discount + _cents(line.amount, exponent)) for line in lines]
    parts = split_by_weight(discount, [line.amount for line in whole], exponent) if discount else [ZERO] * len(whole)
    return [replace(line, discount=line.discount + part) for line, part in zip(whole, parts, strict=True)]


def total_of(lines: Sequence[Basket], *, inclusive: bool) -> Decimal:
    """What is to be paid for taxed lines."""
    return sum((line.amount + (ZERO if inclusive else line.tax) for line in lines), ZERO)


def _cents(amount: Decimal, exponent: int) -> Decimal:
    """What goes by rounding a weighed line: 0 for whole cents; rounding up is no discount, so it is cut."""
    cut = amount - round_money(amount, exponent)
    return cut if cut > 0 else cut + Decimal(1).scaleb(-exponent) if cut else ZERO


@dataclass(frozen=True, slots=True)
class Tender:
    """How a part is paid. code: of the gift card or store credit. reference: of the card terminal."""

    method: str
    amount: Decimal
    reference: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Shares:
    """Which part of each tender pays for goods, which for each gift card sold, and the change given back."""

    goods: list[tuple[Tender, Decimal]]
    cards: list[list[tuple[Tender, Decimal]]]
    change: Decimal


class TendersDoNotFit(ValueError):
    """code: underpaid, no_change (only cash gives change), card_by_card (a gift card does not buy another)."""

    def __init__(self, code: str, amount: Decimal) -> None:
        super().__init__(code)
        self.code, self.amount = code, amount


def share(tenders: Sequence[Tender], *, goods: Decimal, cards: Sequence[Decimal]) -> Shares:
    """Split tenders over goods and gift cards; cards and credits pay goods first, cash goes last and gives the change.

    Raises TendersDoNotFit.
    """
    rank = {"gift_card": 0, "store_credit": 0, "cash": 2}
    given = sorted(tenders, key=lambda tender: rank.get(tender.method, 1))
    left = [tender.amount for tender in given]
    shares = Shares([], [[] for _card in cards], ZERO)
    for wanted, into in [(goods, shares.goods), *zip(cards, shares.cards, strict=True)]:
        rest = wanted
        for place, tender in enumerate(given):
            part = min(rest, left[place])
            if part <= 0:
                continue
            if into is not shares.goods and tender.method in CODED:
                raise TendersDoNotFit("card_by_card", part)
            into.append((tender, part))
            left[place] -= part
            rest -= part
        if rest:
            raise TendersDoNotFit("underpaid", rest)
    over = sum(left, ZERO)
    if any(there for tender, there in zip(given, left, strict=True) if tender.method != "cash"):
        raise TendersDoNotFit("no_change", over)
    return replace(shares, change=over)
