"""Lines with their accounts below them, and running totals. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accounting.models import StatementLine as Line
from accounting.statements.structure import NOTHING, ZERO, LedgerAccount, Sums, line_of
from accounting.statements.tables import Row, Text

Figures = tuple[Decimal, ...]


def add(one: Sequence[Decimal], other: Sequence[Decimal]) -> Figures:
    return tuple(a + b for a, b in zip(one, other, strict=True))


@dataclass(slots=True)
class Lines:
    """Balances of accounts by statement line. sign: -1 where credits count as more."""

    accounts: Sequence[LedgerAccount]
    sums: Sums
    width: int
    sign: int = 1
    detailed: bool = True
    _by_line: dict[Line, list[tuple[LedgerAccount, Figures]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for account in self.accounts:
            figures = self.figures(account)
            if any(figures):
                self._by_line.setdefault(line_of(account), []).append((account, figures))

    def figures(self, account: LedgerAccount) -> Figures:
        turnovers = self.sums.get(account.id) or [NOTHING] * self.width
        return tuple(self.sign * turnover.balance for turnover in turnovers)

    def total(self, line: Line) -> Figures:
        found = self.nothing()
        for _account, figures in self._by_line.get(line, ()):
            found = add(found, figures)
        return found

    def nothing(self) -> Figures:
        return (ZERO,) * self.width

    def rows(self, line: Line, shape: Callable[[Text, Figures], Sequence[object]], level: int = 0) -> list[Row]:
        """The line and, where details are wanted, its accounts; none if it has no figures."""
        parts = self._by_line.get(line, [])
        if not parts:
            return []
        head = Row(line.value, shape(line.label, self.total(line)), "line", level, {"line": line.value})
        if not self.detailed:
            return [head]
        return [
            head,
            *(
                Row(account.code, shape(f"{account.code} {account.name}", figures), "account", level + 1,
                    {"account": account.code})
                for account, figures in parts
            ),
        ]  # fmt: skip
