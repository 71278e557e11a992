"""Taxes of an edited order where the company rounds by document: once by rate, whatever line was edited."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounting.models import Company
from accounting.tax import tax_of
from orders.changes import Delta
from orders.intake import product
from orders.models import Order, OrderCharge, OrderLine

ZERO = Decimal(0)
Key = tuple[type[OrderLine | OrderCharge], int]


@dataclass(frozen=True, slots=True)
class _Taxed:
    amount: Decimal
    rate: Decimal
    tax: Decimal


class DocumentRounding:
    """Made before the edit. lines, charges: the order's, as they were."""

    def __init__(
        self, order: Order, lines: Mapping[int, OrderLine], charges: Mapping[int, OrderCharge], exponent: int
    ) -> None:
        self.order, self.exponent = order, exponent
        rows: list[OrderLine | OrderCharge] = [*lines.values(), *charges.values()]
        self.before = {_key(row): _taxed(row) for row in rows}

    def settle(self, rows: Sequence[OrderLine | OrderCharge]) -> tuple[list[Delta], list[OrderLine | OrderCharge]]:
        """Put on edited lines (else on some not billed yet) the cents by which each rate's taxes rose otherwise than its
        rounded total did; the rows that changed. rows: the order's as they are now.
        """
        after = {_key(row): _taxed(row) for row in rows}
        deltas: list[Delta] = []
        changed: list[OrderLine | OrderCharge] = []
        for rate in {taxed.rate for taxed in after.values() if taxed.rate > 0}:
            cents = self._cents(rate, after)
            own = [row for row in rows if row.tax_rate == rate]
            takers = [row for row in own if self._edited(row, after)] or [row for row in own if _is_open(row)]
            if not cents or not takers:
                continue
            row = max(takers, key=lambda one: abs(one.tax))
            row.tax += cents
            deltas.append(Delta(tax=cents))
            changed.append(row)
        return deltas, changed

    def _edited(self, row: OrderLine | OrderCharge, after: Mapping[Key, _Taxed]) -> bool:
        old, new = self.before.get(_key(row)), after[_key(row)]
        return old is None or (old.amount, old.rate) != (new.amount, new.rate)

    def _cents(self, rate: Decimal, after: Mapping[Key, _Taxed]) -> Decimal:
        """What the rounded tax of all at this rate rose by, less what the rows' taxes rose by."""
        due, had = self._sums(rate, after.values()), self._sums(rate, self.before.values())
        return (due[0] - had[0]) - (due[1] - had[1])

    def _sums(self, rate: Decimal, found: Iterable[_Taxed]) -> tuple[Decimal, Decimal]:
        own = [taxed for taxed in found if taxed.rate == rate]
        amount = sum((taxed.amount for taxed in own), ZERO)
        due = tax_of(amount, rate, inclusive=self.order.prices_include_tax, exponent=self.exponent)[1]
        return due, sum((taxed.tax for taxed in own), ZERO)


def settle_all(roundings: Sequence[DocumentRounding], company_id: int) -> list[list[Delta]]:
    """What the taxes of each order rise by. What a channel charged its own way stays as it is. Statements: 1, or at most 5."""
    if Company.objects.values_list("tax_rounding", flat=True).get(pk=company_id) == "line":
        return [[] for _rounding in roundings]
    rows: dict[int, list[OrderLine | OrderCharge]] = {rounding.order.pk: [] for rounding in roundings}
    found: list[OrderLine | OrderCharge] = [
        *OrderLine.objects.filter(order_id__in=rows).order_by("order_id", "position"),
        *OrderCharge.objects.filter(order_id__in=rows).order_by("order_id", "position"),
    ]
    for row in found:
        rows[row.order_id].append(row)
    settled = [rounding.settle(rows[rounding.order.pk]) for rounding in roundings]
    changed = [row for _deltas, own in settled for row in own]
    OrderLine.objects.bulk_update([row for row in changed if isinstance(row, OrderLine)], ["tax"])
    OrderCharge.objects.bulk_update([row for row in changed if isinstance(row, OrderCharge)], ["tax"])
    return [deltas for deltas, _own in settled]


def _key(row: OrderLine | OrderCharge) -> Key:
    return type(row), row.pk


def _is_open(row: OrderLine | OrderCharge) -> bool:
    return not row.billed if isinstance(row, OrderCharge) else not row.shipped


def _taxed(row: OrderLine | OrderCharge) -> _Taxed:
    if isinstance(row, OrderCharge):
        return _Taxed(row.amount, row.tax_rate, row.tax)
    return _Taxed(product(row.quantity, row.unit_price) - row.discount, row.tax_rate, row.tax)
