"""One set of warehouses, searched item by item, where limits of lines or shared SKUs couple the items."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from backoffice.core.money import ZERO
from orders.sourcing.items import NOTHING, Item, Key, add, bits
from orders.sourcing.problem import Problem, Rank, Served

NODES = 20_000  # looked at in one set, at most: beyond, the best found so far is good enough
WAYS = 2_000  # to part one kit over the warehouses
ENDLESS = 1_000_000

Given = Mapping[int, Decimal]
Left = dict[tuple[int, int], Decimal]  # of shared SKUs, by (SKU, place)


class Search:
    """Branch and bound: an item's best ways first, left as soon as the rest at its best cannot beat the best."""

    def __init__(self, problem: Problem, mask: int, best: Rank) -> None:
        self.problem, self.mask, self.best = problem, mask, best
        self.found: Served | None = None
        self.complete, self.nodes = True, 0
        skus = [sku for item in problem.items for sku in item.parts]
        self.shared = {sku for sku in skus if skus.count(sku) > 1}
        # Kits that share come first: what they leave is all that the others may have.
        self.order = sorted(
            range(len(problem.items)), key=lambda n: not (self._is_shared(n) and problem.items[n].is_kit)
        )
        self.rest = [NOTHING]
        for n in reversed(self.order):
            self.rest.insert(0, add(self.rest[0], problem.items[n].best(mask)[0]))
        self.seen: dict[tuple[int, tuple[int, ...]], Key] = {}
        self.ways: dict[int, list[tuple[Key, Given]]] = {}

    def run(self) -> tuple[Served | None, bool]:
        """The best way that beats the one known, if there is one, and whether all of them were looked at."""
        sites = self.problem.sites
        room = tuple(ENDLESS if site.max_lines is None else site.max_lines for site in sites)
        left = {(sku, place): self.problem.there(sku, place) for sku in self.shared for place in range(len(sites))}
        self._go(0, NOTHING, room, left, [])
        return self.found, self.complete

    def _is_shared(self, n: int) -> bool:
        return not self.shared.isdisjoint(self.problem.items[n].parts)

    def _go(self, depth: int, key: Key, room: tuple[int, ...], left: Left, chosen: list[Given]) -> None:
        self.nodes += 1
        if self.nodes > NODES:
            self.complete = False
            return
        if self.problem.rank(self.mask, add(key, self.rest[depth])) >= self.best:
            return
        if depth == len(self.order):
            self._keep(key, chosen)
            return
        if not self.shared:
            state = (depth, room)
            if state in self.seen and self.seen[state] <= key:
                return
            self.seen[state] = key
        n = self.order[depth]
        item = self.problem.items[n]
        for part, given in self._ways(n, left):
            together = add(key, part)
            if self.problem.rank(self.mask, add(together, self.rest[depth + 1])) >= self.best:
                break
            lines = len(item.parts)
            if any(room[place] < lines for place in given):
                continue
            smaller = tuple(space - lines if place in given else space for place, space in enumerate(room))
            self._go(depth + 1, together, smaller, self._after(item, given, left), [*chosen, given])

    def _keep(self, key: Key, chosen: Sequence[Given]) -> None:
        used = 0
        for given in chosen:
            for place in given:
                used |= 1 << place
        rank = self.problem.rank(used, key)
        if rank < self.best:
            by_item = [given for _n, given in sorted(zip(self.order, chosen, strict=True), key=lambda pair: pair[0])]
            self.found, self.best = Served(used, key, by_item), rank

    def _after(self, item: Item, given: Given, left: Left) -> Left:
        if self.shared.isdisjoint(item.parts):
            return left
        after = dict(left)
        for sku in self.shared & item.parts.keys():
            for place, quantity in given.items():
                after[sku, place] -= quantity * item.parts[sku]
        return after

    def _ways(self, n: int, left: Left) -> list[tuple[Key, Given]]:
        """How the item may be served from the set, the best first."""
        item = self.problem.items[n]
        if not self._is_shared(n):
            if n not in self.ways:
                self.ways[n] = sorted(_subsets(item, self.mask), key=lambda way: way[0])
            return self.ways[n]
        stock = list(item.stock)
        for place in bits(self.mask):
            for sku in self.shared & item.parts.keys():
                there = left[sku, place]
                stock[place] = min(stock[place], there // item.parts[sku] if item.is_kit else there)
        if not item.is_kit:
            return sorted(_subsets(item.with_stock(stock), self.mask), key=lambda way: way[0])
        return sorted(self._partings(item, stock), key=lambda way: way[0])

    def _partings(self, item: Item, stock: Sequence[Decimal]) -> list[tuple[Key, Given]]:
        """Every way to part so many kits over the set: which ones leave the others best off is not known yet."""
        ways: list[tuple[Key, Given]] = []
        for given in _parted(item.quantity, bits(self.mask), stock):
            if item.steps is None or sum(given.values(), ZERO) in item.steps:
                ways.append((item.key_of(given), given))
            if len(ways) >= WAYS:
                self.complete = False
                return [*ways, *_subsets(item.with_stock(stock), self.mask)]
        return ways


def _subsets(item: Item, mask: int) -> Iterator[tuple[Key, Given]]:
    """The item's best use of each subset of the set, and no use of any."""
    yield item.unserved, {}
    subset = mask
    while subset:
        if own := item.filled(subset):
            yield own[0], dict(zip(bits(subset), own[1], strict=True))
        subset = (subset - 1) & mask


def _parted(quantity: Decimal, places: Sequence[int], stock: Sequence[Decimal]) -> Iterator[dict[int, Decimal]]:
    if not places:
        yield {}
        return
    place, rest = places[0], places[1:]
    for here in range(int(min(quantity, stock[place])), -1, -1):
        for given in _parted(quantity - here, rest, stock):
            yield {place: Decimal(here), **given} if here else given
