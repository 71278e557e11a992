"""What is decided about together: all wants of one SKU, or the parts of a whole kit.

Warehouses are bits of a mask here: bit i stands for the i-th candidate in the order of preference.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from backoffice.core.money import ZERO
from orders.sourcing.model import Kit, Site, Want

# (units left out, cost, lines in parts, units × rank): compared in this order, added up over the items of an order.
Key = tuple[Decimal, Decimal, int, Decimal]
Stock = Sequence[Decimal]
NOTHING: Key = (ZERO, ZERO, 0, ZERO)
ONE = Decimal(1)
MANY_WANTS = 12  # of one SKU in one order, beyond which whole lines are taken from the smallest up


@lru_cache(maxsize=4096)
def bits(mask: int) -> tuple[int, ...]:
    return tuple(place for place in range(mask.bit_length()) if mask >> place & 1)


def add(one: Key, other: Key) -> Key:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3]


class Item:
    """So many units (or kits) wanted, and how many of them each warehouse could give.

    parts: what is in one, by SKU. steps: the quantities that may be shipped, where not any will do.
    thorough: up to so many warehouses every combination of them is looked at.
    """

    __slots__ = ("_best", "_filled", "is_kit", "parts", "quantity", "sites", "size", "steps", "stock", "thorough",
                 "wants", "weight_kg")  # fmt: skip

    def __init__(
        self,
        wants: Sequence[tuple[Want, Decimal]],
        parts: Mapping[int, Decimal],
        quantity: Decimal,
        *,
        steps: Sequence[Decimal] | None,
        stock: Stock,
        weight_kg: Decimal,
        sites: Sequence[Site],
        thorough: int,
        is_kit: bool = False,
    ) -> None:
        self.wants, self.parts, self.quantity, self.steps, self.stock = wants, parts, quantity, steps, stock
        self.weight_kg, self.sites, self.thorough, self.is_kit = weight_kg, sites, thorough, is_kit
        self.size = sum(parts.values(), ZERO)
        self._filled: dict[int, tuple[Key, tuple[Decimal, ...]] | None] = {}
        self._best: dict[int, tuple[Key, int]] = {}

    def with_stock(self, stock: Stock) -> "Item":
        """The same, where others have taken some."""
        return Item(
            self.wants, self.parts, self.quantity, steps=self.steps, stock=stock, weight_kg=self.weight_kg,
            sites=self.sites, thorough=self.thorough, is_kit=self.is_kit,
        )  # fmt: skip

    @property
    def unserved(self) -> Key:
        return (self.size * self.quantity, ZERO, 0, ZERO)

    def reach(self, there: Decimal) -> Decimal:
        """The most that may be shipped where so much is there."""
        most = min(there, self.quantity)
        if self.steps is None or most == self.quantity:
            return most
        return max(step for step in self.steps if step <= most)

    def filled(self, mask: int) -> tuple[Key, tuple[Decimal, ...]] | None:
        """As much as possible from exactly these warehouses, the cheapest first; None if one of them has no part."""
        if mask not in self._filled:
            self._filled[mask] = self._fill(mask)
        return self._filled[mask]

    def _fill(self, mask: int) -> tuple[Key, tuple[Decimal, ...]] | None:
        chosen, stock = bits(mask), self.stock
        target = self.reach(sum((stock[place] for place in chosen), ZERO))
        if len(chosen) > 1:
            chosen = tuple(sorted(chosen, key=lambda place: (self.sites[place].kg_cost * self.weight_kg, place)))
        left, given = target, []
        for place in chosen:
            part = min(left, stock[place])
            if not part:
                return None
            left -= part
            given.append((place, part))
        given.sort()
        quantities = tuple(part for _place, part in given)
        return self.key_of(dict(given)), quantities

    def key_of(self, given: Mapping[int, Decimal]) -> Key:
        """What it means that these warehouses give so many, all of them more than none."""
        cost = units = total = ZERO
        for place, part in given.items():
            site = self.sites[place]
            total += part
            cost += site.line_cost * len(self.parts) + site.kg_cost * self.weight_kg * part
            units += part * place
        return self.size * (self.quantity - total), cost, len(given) * len(self.parts), units * self.size

    def best(self, mask: int) -> tuple[Key, int]:
        """The best use of these warehouses or some of them: its key, and which are used."""
        found = self._best.get(mask)
        if found is None:
            found = self._search(mask) if mask.bit_count() <= self.thorough else self._near(mask)
            self._best[mask] = found
        return found

    def _search(self, mask: int) -> tuple[Key, int]:
        own = self.filled(mask) if mask else None
        found = (own[0], mask) if own else (self.unserved, 0)
        if own and mask.bit_count() == 1:
            return min(found, (self.unserved, 0))
        return min([found, *(self.best(mask & ~(1 << place)) for place in bits(mask))])

    def _near(self, mask: int) -> tuple[Key, int]:
        """Of many warehouses: a good start, then one more, one less or another one as long as it gets better."""
        sites, stock = self.sites, self.stock
        there = [place for place in bits(mask) if stock[place] > 0]
        per_unit = {p: sites[p].line_cost / stock[p] + sites[p].kg_cost * self.weight_kg for p in there}
        starts = {1 << place for place in there}
        for order in (sorted(there, key=lambda p: -stock[p]), sorted(there, key=lambda p: per_unit[p]), there):
            starts.add(self._until_enough(order))
        best = self._of(starts)
        while True:
            used = best[1]
            outside = [place for place in there if not used >> place & 1]
            near = {used & ~(1 << place) for place in bits(used)} | {used | 1 << place for place in outside}
            near |= {used & ~(1 << old) | 1 << new for old in bits(used) for new in outside}
            better = self._of(near)
            if better >= best:
                return best
            best = better

    def _of(self, masks: Iterable[int]) -> tuple[Key, int]:
        keys = [(own[0], mask) for mask in masks if mask and (own := self.filled(mask))]
        return min([(self.unserved, 0), *keys])

    def _until_enough(self, order: Sequence[int]) -> int:
        chosen, there = 0, ZERO
        for place in order:
            chosen |= 1 << place
            there += self.stock[place]
            if there >= self.quantity:
                break
        return chosen

    def given(self, mask: int) -> dict[int, Decimal]:
        """How many each of exactly these warehouses gives."""
        own = self.filled(mask) if mask else None
        return dict(zip(bits(mask), own[1], strict=True)) if own else {}


def make_items(
    wants: Sequence[Want],
    kits: Sequence[Kit],
    sites: Sequence[Site],
    available: Mapping[tuple[int, int], Decimal],
    *,
    whole_lines: bool,
    weights_kg: Mapping[int, Decimal],
    thorough: int,
) -> list[Item]:
    """Whole kits first, then the other wants by SKU, in the order in which they come."""
    known = {want.key: want for want in wants}
    items = []
    for kit in kits:
        if kit.whole and kit.quantity > 0:
            members = [(known[key], ratio) for key, ratio in kit.parts.items()]
            steps = [ZERO, Decimal(kit.quantity)] if whole_lines else None
            items.append((members, Decimal(kit.quantity), steps, True))
    of_kits = {key for kit in kits if kit.whole for key in kit.parts}
    loose: dict[int, list[Want]] = {}
    for want in wants:
        if want.key not in of_kits:
            loose.setdefault(want.sku_id, []).append(want)
    for group in loose.values():
        quantities = [want.quantity for want in group]
        steps = sorted(subset_sums(quantities)) if whole_lines else None
        items.append(([(want, ONE) for want in group], sum(quantities, ZERO), steps, False))
    made = []
    for members, quantity, steps, is_kit in items:
        parts = _parts(members) if is_kit else {members[0][0].sku_id: ONE}
        made.append(
            Item(
                members,
                parts,
                quantity,
                steps=steps,
                stock=stock_of(parts, quantity, sites, available, is_kit=is_kit),
                weight_kg=sum((weights_kg.get(sku, ZERO) * ratio for sku, ratio in parts.items()), ZERO),
                sites=sites,
                thorough=thorough,
                is_kit=is_kit,
            )  # fmt: skip
        )
    return made


def _parts(members: Sequence[tuple[Want, Decimal]]) -> dict[int, Decimal]:
    parts: dict[int, Decimal] = {}
    for want, ratio in members:
        parts[want.sku_id] = parts.get(want.sku_id, ZERO) + ratio
    return parts


def stock_of(
    parts: Mapping[int, Decimal],
    quantity: Decimal,
    sites: Sequence[Site],
    available: Mapping[tuple[int, int], Decimal],
    *,
    is_kit: bool,
) -> list[Decimal]:
    """How many each warehouse could give, at most `quantity`; of kits only complete ones."""
    stock = []
    for site in sites:
        most = quantity
        for sku, ratio in parts.items():
            there = max(available.get((sku, site.warehouse_id), ZERO), ZERO)
            most = min(most, there // ratio if is_kit else there)
        stock.append(most)
    return stock


def subset_sums(quantities: Sequence[Decimal]) -> dict[Decimal, tuple[int, ...]]:
    """What whole lines can add up to, each with the places of the lines that do (the first found)."""
    if len(quantities) > MANY_WANTS:
        order = sorted(range(len(quantities)), key=lambda place: quantities[place])
        return {
            sum((quantities[place] for place in order[:count]), ZERO): tuple(order[:count])
            for count in range(len(order) + 1)
        }
    sums: dict[Decimal, tuple[int, ...]] = {ZERO: ()}
    for place, quantity in enumerate(quantities):
        for total, chosen in list(sums.items()):
            sums.setdefault(total + quantity, (*chosen, place))
    return sums
