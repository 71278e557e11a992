"""A vendor's simulator over HTTP, connected to a channel of a company with stock of MUG and CUP."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection as database

from integrations import services
from integrations.connectors.registry import CONNECTORS
from integrations.limits import SharedLimiter
from integrations.models import Connection
from orders.models import Channel, Order
from tests.factories import sales
from tests.factories.books import ACTOR
from tests.factories.channels import deliver_outbox
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.simulators import engine
from tests.simulators.engine import Line, Simulator


class Simulated:
    def __init__(self, simulator: Simulator, *, stock: str = "1000") -> None:
        self.simulator, self.state, self.clock = simulator, simulator.state, simulator.state.clock
        self.house = make_shop()
        self.mug, self.cup = make_sku(self.house, "MUG"), make_sku(self.house, "CUP")
        for sku_id in (self.mug, self.cup):
            make_stock(self.house, sku_id, stock, "5000.00")
        self.channel = sales.make_channel(self.house, "simulated")
        self.connection = self.connect(self.channel)

    def connect(self, channel: Channel, account: str = "a") -> Connection:
        made = services.create_connection(
            channel_id=channel.pk,
            connector=self.simulator.code,
            settings=self.simulator.settings(),
            secrets=self.simulator.secrets(account),
            actor=ACTOR,
        )
        services.set_webhook_secrets(
            connection_id=made.pk, secrets={"old": "old-secret", "new": self.simulator.webhook_secret}, actor=ACTOR
        )
        return made

    @property
    def id(self) -> int:
        return self.connection.pk

    def order(self, number: int, *skus: str, **changes: Any) -> engine.Order:
        lines = tuple(Line(f"{number}{place}", sku) for place, sku in enumerate(skus or ("MUG",), 1))
        return replace(engine.Order(self.simulator.order_id(number), lines), **changes)

    def sell(self, number: int, *skus: str, at: datetime | None = None, **changes: Any) -> str:
        return self.state.put(self.order(number, *skus, **changes), at)

    def pull(self) -> tuple[Any, Any]:
        """Read and import what changed; a channel whose index is late has caught up by then."""
        self.clock.now += CONNECTORS[self.simulator.code].capabilities.lag
        result = services.pull_orders(connection_id=self.id, force=True)
        if services.read_notices(connection_id=self.id, force=True):
            services.look_at_orders(connection_id=self.id)
        return result, services.import_orders(connection_id=self.id)

    def ours(self, number: int) -> Order:
        return Order.objects.get(channel=self.channel, external_id=self.simulator.order_id(number))

    def numbers(self) -> list[str]:
        return sorted(Order.objects.filter(channel=self.channel).values_list("external_id", flat=True))

    def list_wares(self, *skus: str) -> None:
        """Say under which ids the channel sells them; what happened before is read."""
        known = {"MUG": self.mug, "CUP": self.cup}
        services.list_skus(
            connection_id=self.id,
            listings={self.simulator.listing_id(sku): (known[sku], sku) for sku in skus or ("MUG", "CUP")},
        )
        deliver_outbox()

    def ship(self, *orders: Order) -> None:
        """Everything that is ready of them leaves, and the channel is due to be told."""
        ready = [pk for order in orders for pk in order.fulfilments.filter(status="ready").values_list("pk", flat=True)]
        packed = sales.pack(self.house, ready)
        sales.dispatch(self.house, [item.shipment_id for item in packed])
        deliver_outbox()

    def ship_one(self, order: Order) -> None:
        """One fulfilment of those that are ready leaves."""
        first = order.fulfilments.filter(status="ready").order_by("pk").values_list("pk", flat=True)[:1]
        packed = sales.pack(self.house, list(first))
        sales.dispatch(self.house, [item.shipment_id for item in packed])
        deliver_outbox()

    def tell(self) -> Any:
        """Push tracking now, whatever the wait."""
        with database.cursor() as cursor:
            cursor.execute("UPDATE integrations_trackingpush SET due_at = clock_timestamp()")
        self.open_limits()
        return services.push_tracking(connection_id=self.id)

    @staticmethod
    def open_limits() -> None:
        """As if the time had passed for which a channel is left alone."""
        with database.cursor() as cursor:
            cursor.execute("UPDATE integrations_ratebucket SET blocked_until = NULL")


class HastyLimiter(SharedLimiter):
    """A channel's limits where waiting takes no time: the bucket is what it would be after the wait."""

    def __init__(self, connection_id: int, name: str) -> None:
        super().__init__(connection_id, name, sleep=self._as_if_slept)

    def _as_if_slept(self, seconds: float) -> None:
        with database.cursor() as cursor:
            cursor.execute(
                "UPDATE integrations_ratebucket SET spent_until = spent_until - make_interval(secs => %s)"
                " WHERE connection_id = %s",
                [seconds, self.connection_id],
            )


def skus_of(orders: Sequence[Order]) -> list[str]:
    return [line.channel_sku for order in orders for line in order.lines.order_by("position")]
