"""What became of a file's lines, and whether they all add up."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)


@dataclass(slots=True)
class Tally:
    """Lines and their value (quantity x unit price as in the file, credits negative, unrounded)."""

    lines: int = 0
    value: Decimal = ZERO

    def add(self, lines: int, value: Decimal) -> None:
        self.lines += lines
        self.value += value


@dataclass(slots=True)
class Outcome:
    """The file's lines by what became of them, in this run or before; documents of this run."""

    file: Tally = field(default_factory=Tally)
    imported: Tally = field(default_factory=Tally)
    imported_before: Tally = field(default_factory=Tally)
    quarantined: Tally = field(default_factory=Tally)
    quarantined_before: Tally = field(default_factory=Tally)
    orders: int = 0
    credits: int = 0
    seconds: float = 0.0

    @property
    def difference(self) -> Tally:
        """What is not accounted for: nothing, or the import is wrong."""
        parts = (self.imported, self.imported_before, self.quarantined, self.quarantined_before)
        return Tally(
            self.file.lines - sum(part.lines for part in parts),
            self.file.value - sum((part.value for part in parts), ZERO),
        )

    @property
    def reconciles(self) -> bool:
        return self.difference == Tally()

    def as_json(self) -> dict[str, Any]:
        """This run's figures; values as decimal strings."""
        return {
            "lines_imported": self.imported.lines,
            "lines_quarantined": self.quarantined.lines,
            "value_imported": plain(self.imported.value),
            "value_quarantined": plain(self.quarantined.value),
            "orders": self.orders,
            "credits": self.credits,
            "seconds": round(self.seconds, 1),
        }


def plain(value: Decimal) -> str:
    """Without exponent; two decimals at least, more where there are more."""
    value = value.normalize()
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return f"{value:.{max(2, -exponent)}f}"
