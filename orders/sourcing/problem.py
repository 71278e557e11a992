"""An order and its candidates as numbers to be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from backoffice.core.money import ZERO
from orders.sourcing.distance import FARTHEST_KM
from orders.sourcing.items import NOTHING, Item, Key, add, bits
from orders.sourcing.model import Rules, Score, Site

Rank = tuple[Decimal | int, ...]


@dataclass(frozen=True, slots=True)
class Served:
    """A way to serve the order. given: units (or kits) of each item by warehouse."""

    mask: int
    key: Key
    given: Sequence[Mapping[int, Decimal]]


class Problem:
    """The items of an order and the warehouses that have some of them, in the order of preference."""

    def __init__(
        self,
        items: Sequence[Item],
        sites: Sequence[Site],
        rules: Rules,
        available: Mapping[tuple[int, int], Decimal],
    ) -> None:
        self.items, self.sites, self.rules, self.available = items, sites, rules, available
        self.everywhere = (1 << len(sites)) - 1
        self.most_parcels = min(len(sites), rules.max_parcels or len(sites))
        self.has_limits = any(site.max_lines is not None for site in sites)
        skus = [sku for item in items for sku in item.parts]
        self.shares = len(skus) > len(set(skus))
        self._bases: dict[int, tuple[int, Decimal, int, int, int]] = {}

    @property
    def is_coupled(self) -> bool:
        """Whether what one item takes changes what others may."""
        return self.has_limits or self.shares

    def there(self, sku_id: int, place: int) -> Decimal:
        return max(self.available.get((sku_id, self.sites[place].warehouse_id), ZERO), ZERO)

    def base(self, mask: int) -> tuple[int, Decimal, int, int, int]:
        """Parcels, their cost, distance, how many are late, preference: of these warehouses, each with a parcel."""
        found = self._bases.get(mask)
        if found is None:
            places = bits(mask)
            sites = [self.sites[place] for place in places]
            found = (
                len(sites),
                sum((site.parcel_cost for site in sites), ZERO),
                sum(FARTHEST_KM if site.distance_km is None else site.distance_km for site in sites),
                sum(site.late for site in sites),
                mask,  # a lower rank weighs more than all higher ones together
            )
            self._bases[mask] = found
        return found

    def rank(self, mask: int, key: Key) -> Rank:
        """What plans are compared by: the lower the better."""
        parcels, parcel_cost, distance, late, preference = self.base(mask)
        values: dict[str, Decimal | int] = {
            "parcels": parcels,
            "cost": parcel_cost + key[1],
            "distance": distance,
            "late": late,
            "preference": preference,
        }
        return (key[0], *(values[name] for name in self.rules.criteria), key[2], key[3])

    def unserved(self) -> Served:
        """Nothing shipped at all."""
        key = NOTHING
        for item in self.items:
            key = add(key, item.unserved)
        return Served(0, key, [{} for _item in self.items])

    def left_out(self) -> Decimal:
        """The units that cannot be shipped whatever is chosen."""
        return sum((item.size * (item.quantity - item.reach(sum(item.stock, ZERO))) for item in self.items), ZERO)

    def bound(self, mask: int) -> Key:
        """What these warehouses could do at best if nothing were limited or shared."""
        total = NOTHING
        for item in self.items:
            total = add(total, item.best(mask)[0])
        return total

    def plain(self, mask: int) -> Served:
        """The best that these warehouses can do where nothing is limited or shared."""
        key, used, given = NOTHING, 0, []
        for item in self.items:
            part, chosen = item.best(mask)
            key, used = add(key, part), used | chosen
            given.append(item.given(chosen))
        return Served(used, key, given)

    def score(self, served: Served) -> Score:
        parcels, parcel_cost, distance, late, _preference = self.base(served.mask)
        wanted = sum((item.size * item.quantity for item in self.items), ZERO)
        return Score(wanted, wanted - served.key[0], parcels, parcel_cost + served.key[1], distance, late)
