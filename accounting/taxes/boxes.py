"""What a return is made of. Pure."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Box:
    """A figure: the nets or taxes of sales or purchases with some treatments, perhaps at some rates.

    side: sales, purchases. measure: net, tax. sign: how it counts for what is payable (0: not at all).
    """

    code: str
    title: str | Promise
    side: str
    measure: str
    treatments: frozenset[str]
    rates: frozenset[Decimal] = frozenset()
    without: frozenset[Decimal] = frozenset()
    sign: int = 0

    def takes(self, side: str, treatment: str, rate: Decimal) -> bool:
        return (
            side == self.side
            and treatment in self.treatments
            and (not self.rates or rate in self.rates)
            and rate not in self.without
        )


@dataclass(frozen=True, slots=True)
class CodePlan:
    """A tax code that a template lays: its rates by first day (0.2 is 20 %); none: the member state's standard rates.

    reason: what an invoice says where it charges no tax.
    """

    code: str
    name: str
    treatment: str
    rates: tuple[tuple[datetime.date, Decimal], ...]
    country: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RulePlan:
    """A rule that a template lays. country "eu": every other member state; "home": the company's."""

    country: str
    product_class: str
    customer_kind: str
    code: str


@dataclass(frozen=True, slots=True)
class Template:
    """A country's codes, rules and return. months: how long a return's period is."""

    name: str
    title: str | Promise
    months: int
    codes: tuple[CodePlan, ...]
    rules: tuple[RulePlan, ...]
    boxes: tuple[Box, ...]
    is_eu: bool = False
    oss_rates: Mapping[str, tuple[tuple[datetime.date, Decimal], ...]] = field(default_factory=dict)
