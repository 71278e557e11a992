"""Available to promise of kits: whole kits from what can be promised of their components, by day."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from inventory.atp import Part, Pool, Promise, Supply, kit_supplies
from inventory.kits import whole_kits
from inventory.selectors.kits import KitParts, kits_of
from inventory.selectors.promising import Atp, atp

ZERO = Decimal(0)
Releases = Callable[[Sequence[int]], Mapping[int, datetime.date]]


@dataclass(slots=True)
class KitAtp(Atp):
    """What can be promised of a kit. free: whole kits that each warehouse can make by itself; together: that all can.

    pools: of whole kits by warehouse. waiting is empty: who waits for a kit waits for its components.
    """

    together: Decimal = ZERO
    pools: dict[int, Pool] = field(default_factory=dict)

    def available(self, warehouse_id: int | None = None) -> Decimal:
        return self.together if warehouse_id is None else self.free.get(warehouse_id, ZERO)

    def ask(self, quantity: Decimal, warehouse_id: int | None = None, until: datetime.date | None = None) -> Promise:
        return self._pool(warehouse_id).ask(quantity, None, until).not_before(self.released_on)

    def curve(self, warehouse_id: int | None = None) -> list[Part]:
        return self._pool(warehouse_id).curve()

    def _pool(self, warehouse_id: int | None) -> Pool:
        return self.pool if warehouse_id is None else self.pools.get(warehouse_id, Pool(()))


def atp_of_all(company_id: int, sku_ids: Sequence[int], releases: Releases | None = None) -> dict[int, Atp]:
    """As atp, and kits by their components: the scarcest decides, on every day, and the last release date.

    releases: asked once for a channel's own release dates, of the SKUs and of kits' components.

    A kit that leaves whole is made in one warehouse; one that may leave in parts takes what all of them have
    together. Statements: 4, however many SKUs.
    """
    kits = kits_of(company_id, sku_ids)
    parts = {part for kit in kits.values() for part in kit.parts}
    asked = sorted({*sku_ids, *parts})
    found = atp(company_id, asked, releases(asked) if releases else None)
    wanted = {pk: found[pk] for pk in sku_ids if pk in found}
    return wanted | {pk: _kit(found[pk], kit, found) for pk, kit in kits.items() if pk in found}


def _kit(own: Atp, kit: KitParts, found: Mapping[int, Atp]) -> KitAtp:
    components = {part: found[part] for part in kit.parts}
    warehouses = sorted({pk for entry in components.values() for pk in _places(entry)})
    free = {
        pk: kits
        for pk in warehouses
        if (kits := whole_kits((components[part].available(pk), n) for part, n in kit.parts.items()))
    }
    supplies = {pk: _supplies(kit, components, pk) for pk in warehouses}
    if kit.whole:
        together = sum(free.values(), ZERO)
        everywhere = [supply for own_supplies in supplies.values() for supply in own_supplies]
    else:
        together = whole_kits((components[part].available(), n) for part, n in kit.parts.items())
        everywhere = _supplies(kit, components, None)
    entries = (own, *components.values())
    dates = [entry.release_date for entry in entries if entry.release_date is not None]
    in_channel = [entry.released_on for entry in entries if entry.released_on is not None]
    return KitAtp(
        own.sku_id,
        own.code,
        max(dates, default=None),
        own.today,
        free,
        pool=Pool(everywhere),
        together=together,
        channel_release=max(in_channel) if any(entry.channel_release for entry in entries) else None,
        pools={pk: Pool(given) for pk, given in supplies.items()},
    )


def _places(entry: Atp) -> set[int]:
    coming = {line.warehouse_id for line in entry.inbound if line.warehouse_id is not None}
    return coming | set(entry.free)


def _supplies(kit: KitParts, components: Mapping[int, Atp], warehouse_id: int | None) -> list[Supply]:
    """Whole kits at one warehouse, or from all of them together, by the day on which they are complete."""
    curves: list[tuple[Sequence[Part], Decimal]] = [
        (components[part].curve(warehouse_id), per_kit) for part, per_kit in kit.parts.items()
    ]
    return [Supply(part.date, warehouse_id, part.quantity) for part in kit_supplies(curves)]
