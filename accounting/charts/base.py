"""How a chart is written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounting.models import AccountRole


@dataclass(frozen=True, slots=True)
class ChartAccount:
    """An account. A heading is not postable; its accounts follow it until the next heading.

    line: its StatementLine, else its heading's. cash_flow: its CashFlowClass, else its line's.
    """

    code: str
    name: str
    type: str
    control: str = ""
    heading: bool = False
    line: str = ""
    cash_flow: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """accounts in order; roles: the code of the account that plays each AccountRole."""

    accounts: Sequence[ChartAccount]
    roles: Mapping[AccountRole, str]

    def lines(self) -> dict[str, str]:
        """The statement line of each postable account, by code."""
        found, inherited = {}, ""
        for account in self.accounts:
            if account.heading:
                inherited = account.line
            else:
                found[account.code] = account.line or inherited
        return found


def heading(code: str, name: str, type: str, line: str) -> ChartAccount:
    return ChartAccount(code, name, type, heading=True, line=line)
