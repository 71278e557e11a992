"""An order on its way in, between its checks and its rows."""

from collections.abc import Collection
from dataclasses import dataclass, field

from backoffice.core.errors import DomainError
from inventory.selectors import KitParts
from orders.inputs import OrderInput
from orders.intake import Sums
from orders.models import OrderStatus


@dataclass(slots=True)
class Draft:
    """One order on its way in. same: places in the batch where the very same order stands again.

    may_drop: a rule may give what we lack of it to a supplier.
    drawn_demands: ids for the demands of its lines, where nothing else is wanted.
    kits, part_demands: what kit lines are made of and the demands of their components, by the line's index.
    unreleased: SKUs that are pre-orders as yet.
    untaxed: why its taxes cannot be decided.
    not_for_sale: the first line whose SKU's life-cycle status forbids the sale, and why.
    """

    place: int
    order: OrderInput
    content_hash: str
    sums: Sums
    inclusive: bool
    same: list[int] = field(default_factory=list)
    skus: list[int | None] = field(default_factory=list)
    holds: dict[str, str] = field(default_factory=dict)
    status: str = OrderStatus.PLACED
    contact_key: str = ""
    contact_id: int | None = None
    order_id: int = 0
    line_ids: list[int] = field(default_factory=list)
    fulfilment_id: int = 0
    drawn_demands: list[int] = field(default_factory=list)
    demand_ids: list[int | None] = field(default_factory=list)
    kits: dict[int, KitParts] = field(default_factory=dict)
    part_demands: dict[int, list[int]] = field(default_factory=dict)
    may_drop: bool = False
    back_ordered: bool = False
    unreleased: Collection[int] = ()
    not_for_sale: tuple[int, str] | None = None
    untaxed: DomainError | None = None
