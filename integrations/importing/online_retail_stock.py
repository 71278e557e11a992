"""What stock the file proves there was, and what it may have cost: pure arithmetic over sorted documents."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from backoffice.core.money import round_money
from integrations.importing.online_retail import Row, Sorted
from integrations.importing.online_retail_codes import Meaning

PENNY = Decimal("0.01")
TWO = Decimal(2)


@dataclass(slots=True)
class SkuFacts:
    """What the file says of one SKU: how it is written, called and priced."""

    code: str
    names: Counter[str] = field(default_factory=Counter)
    prices: Counter[Decimal] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        """The description met most often (equal: the first met); the code if there is none."""
        return self.names.most_common(1)[0][0] if self.names else self.code


def sku_key(code: str, meaning: Meaning) -> str:
    """Codes that differ by letter case only are one SKU."""
    return (meaning.sku_code or code).upper()


def facts_of(documents: Iterable[Sorted], key_of: Callable[[str], str]) -> dict[str, SkuFacts]:
    """Facts of every SKU in the documents, by key. key_of: the SKU's key of a stock code in the file."""
    facts: dict[str, SkuFacts] = {}
    for document in documents:
        for row in document.goods:
            fact = facts.setdefault(key := key_of(row.code), SkuFacts(key))
            if row.description:
                fact.names[row.description] += 1
            if row.price > 0:
                fact.prices[row.price] += 1
        for row in goods_back(document):
            facts.setdefault(key := key_of(row.code), SkuFacts(key))
        for row in document.adjustments:
            facts.setdefault(key := key_of(row.code), SkuFacts(key))
    return facts


def median_price(prices: Counter[Decimal]) -> Decimal | None:
    """The middle of all prices, each as often as it was asked; the mean of two middles; None without prices."""
    count = prices.total()
    if not count:
        return None
    middles = (count + 1) // 2, count // 2 + 1
    ends, running = [], 0
    for price in sorted(prices):
        running += prices[price]
        ends.append((running, price))
    low, high = (next(price for end, price in ends if end >= middle) for middle in middles)
    return (low + high) / TWO


def unit_cost(fact: SkuFacts, ratio: Decimal) -> Decimal:
    """ratio x the median positive price, rounded to the penny; one penny at least."""
    median = median_price(fact.prices)
    return max(round_money(median * ratio, 2), PENNY) if median is not None else PENNY


def goods_back(document: Sorted) -> list[Row]:
    """The credited rows that bring goods (quantities negative, as in the file)."""
    return [row for row, meaning in document.credits if meaning.kind == "sku"]


def batches(documents: Sequence[Sorted], size: int) -> list[Sequence[Sorted]]:
    """Equal parts in the file's order, so that a run taken up again meets the same ones."""
    edges = [*range(0, len(documents), size), len(documents)]
    return [documents[start:end] for start, end in pairwise(edges)]


def shortfall(
    parts: Iterable[Sequence[Sorted]], available: Mapping[str, Decimal], key_of: Callable[[str], str]
) -> dict[str, int]:
    """What is missing of each SKU to serve the documents part by part: the largest cumulative deficit.

    Within a part goods leave (sales, write-offs) before others come in (returns, write-ons), as they are
    booked. available: units there are now, by SKU key. Only SKUs that lack something are answered.
    """
    level: defaultdict[str, Decimal] = defaultdict(Decimal, available)
    lowest: dict[str, Decimal] = {}
    for part in parts:
        incoming: list[tuple[str, int]] = []
        for document in part:
            for row in document.goods:
                level[key_of(row.code)] -= row.quantity
            for row in document.adjustments:
                if row.quantity < 0:
                    level[key_of(row.code)] += row.quantity
                else:
                    incoming.append((key_of(row.code), row.quantity))
            incoming += ((key_of(row.code), -row.quantity) for row in goods_back(document))
        for document in part:
            for row in (*document.goods, *document.adjustments):
                key = key_of(row.code)
                if level[key] < lowest.get(key, 0):
                    lowest[key] = level[key]
        for key, quantity in incoming:
            level[key] += quantity
    return {key: int(-deficit.to_integral_value(rounding="ROUND_FLOOR")) for key, deficit in lowest.items()}
