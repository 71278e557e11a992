"""What goods cost: moving average, first in, first out, and standard cost, in whole minor units. No database, no clock.

Values are whole minor units of the base currency. A part of a pool or layer takes its share, rounded; the
last use takes the rest, so nothing is left over and nothing is invented.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from backoffice.core.money import ZERO, round_money


@dataclass(frozen=True, slots=True)
class Use:
    """Cost taken from a layer; layer_id empty: from the average."""

    layer_id: int | None
    quantity: Decimal
    value: Decimal


@dataclass(slots=True)
class Layer:
    """What is left of one arrival."""

    id: int
    quantity: Decimal
    value: Decimal


class CostShort(Exception):
    """More is taken than the cost book holds: its quantity differs from the goods."""


def share(value: Decimal, part: Decimal, whole: Decimal, exponent: int) -> Decimal:
    """The value of `part` out of `whole`, rounded; all of it if it is the whole."""
    return value if part == whole else round_money(value * part / whole, exponent)


class Costs(Protocol):
    """The cost of one SKU while a batch is worked through, in order."""

    quantity: Decimal
    value: Decimal

    def add(self, layer_id: int, quantity: Decimal, value: Decimal) -> None: ...

    def take(self, quantity: Decimal, exponent: int) -> list[Use]: ...


class AverageCosts:
    """One pool: what arrives is mixed in, what leaves takes the average."""

    def __init__(self, quantity: Decimal, value: Decimal) -> None:
        self.quantity, self.value = quantity, value

    def add(self, layer_id: int, quantity: Decimal, value: Decimal) -> None:
        self.quantity += quantity
        self.value += value

    def take(self, quantity: Decimal, exponent: int) -> list[Use]:
        """Raises CostShort, nothing taken."""
        if quantity > self.quantity:
            raise CostShort
        value = share(self.value, quantity, self.quantity, exponent)
        self.quantity -= quantity
        self.value -= value
        return [Use(None, quantity, value)]


class StandardCosts:
    """Stock at a fixed price: after each step it is worth quantity × price, rounded once.

    What arrives at another value leaves the difference in `variances`, by its layer; what leaves takes the difference
    of two rounded worths, so no cent is left over.
    """

    def __init__(self, quantity: Decimal, value: Decimal, price: Decimal, exponent: int) -> None:
        self.quantity, self.value = quantity, value
        self._price, self._exponent = price, exponent
        self.variances: dict[int, Decimal] = {}

    def worth(self, quantity: Decimal) -> Decimal:
        return round_money(self._price * quantity, self._exponent)

    def arriving(self, quantity: Decimal) -> Decimal:
        """What `quantity` more would count for."""
        return max(ZERO, self.worth(self.quantity + quantity) - self.value)

    def add(self, layer_id: int, quantity: Decimal, value: Decimal) -> None:
        counted = self.arriving(quantity)
        self.quantity += quantity
        self.value += counted
        self.variances[layer_id] = value - counted

    def take(self, quantity: Decimal, exponent: int) -> list[Use]:
        """Raises CostShort, nothing taken."""
        if quantity > self.quantity:
            raise CostShort
        value = (
            self.value if quantity == self.quantity else max(ZERO, self.value - self.worth(self.quantity - quantity))
        )
        self.quantity -= quantity
        self.value -= value
        return [Use(None, quantity, value)]


class FifoCosts:
    """Layers in the order of their arrival; the oldest is used first."""

    def __init__(self, layers: Iterable[Layer]) -> None:
        self._layers = deque(layers)
        self.quantity = sum((layer.quantity for layer in self._layers), ZERO)
        self.value = sum((layer.value for layer in self._layers), ZERO)

    def add(self, layer_id: int, quantity: Decimal, value: Decimal) -> None:
        self._layers.append(Layer(layer_id, quantity, value))
        self.quantity += quantity
        self.value += value

    def take(self, quantity: Decimal, exponent: int) -> list[Use]:
        """Raises CostShort, nothing taken."""
        if quantity > self.quantity:
            raise CostShort
        uses = []
        while quantity > 0:
            layer = self._layers[0]
            part = min(quantity, layer.quantity)
            value = share(layer.value, part, layer.quantity, exponent)
            uses.append(Use(layer.id, part, value))
            layer.quantity -= part
            layer.value -= value
            if not layer.quantity:
                self._layers.popleft()
            quantity -= part
            self.quantity -= part
            self.value -= value
        return uses


def unit_value(costs: Costs, quantity: Decimal, exponent: int) -> Decimal:
    """What `quantity` is worth at the present average; zero if there is nothing to go by."""
    return round_money(costs.value * quantity / costs.quantity, exponent) if costs.quantity else ZERO
