"""How far an order is paid, from sums alone. Pure."""

from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Money:
    """What an order asks for and what was paid for it, in its currency.

    due: its total less what was cancelled. authorised: promised by payers, captured or not. refunded: of captured.
    """

    due: Decimal
    authorised: Decimal = ZERO
    captured: Decimal = ZERO
    voided: Decimal = ZERO
    refunded: Decimal = ZERO

    @property
    def reserved(self) -> Decimal:
        """Authorised, and neither captured nor voided yet."""
        return self.authorised - self.captured - self.voided

    @property
    def kept(self) -> Decimal:
        return self.captured - self.refunded

    @property
    def missing(self) -> Decimal:
        """What is still to be paid."""
        return max(self.due - self.kept, ZERO)

    @property
    def excess(self) -> Decimal:
        """What was paid beyond what is due: the customer's credit."""
        return max(self.kept - self.due, ZERO)

    @property
    def state(self) -> str:
        """unpaid, authorised, part_paid, paid, over_paid, part_refunded or refunded."""
        if self.refunded and not self.kept:
            return "refunded"
        if self.kept > self.due:
            return "over_paid"
        if self.kept == self.due:
            return "paid"
        if self.refunded:
            return "part_refunded"
        if self.kept:
            return "part_paid"
        return "authorised" if self.reserved >= self.due else "unpaid"

    def meets(self, policy: str) -> bool:
        """Whether a channel's policy lets the order go on."""
        if policy == "paid":
            return self.kept >= self.due
        if policy == "authorised":
            return self.kept + self.reserved >= self.due
        return True
