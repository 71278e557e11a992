"""How a chart is written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounting.models import AccountRole


@dataclass(frozen=True, slots=True)
class ChartAccount:
    """An account. A heading is not postable; its accounts follow it until the next heading."""

    code: str
    name: str
    type: str
    control: str = ""
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """accounts in order; roles: the code of the account that plays each AccountRole."""

    accounts: Sequence[ChartAccount]
    roles: Mapping[AccountRole, str]


def heading(code: str, name: str, type: str) -> ChartAccount:
    return ChartAccount(code, name, type, heading=True)
