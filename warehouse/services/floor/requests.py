"""What is asked of floor tasks, and what became of it."""

from dataclasses import dataclass
from decimal import Decimal

SOURCE = "warehouse.floortask"


@dataclass(frozen=True, slots=True)
class Put:
    """Goods of a task put into a place. short: there is no more of them, the rest of the task is given up (reason).

    source_key: unique for this act, so that the same again changes nothing. serials: of tracked units, if not all.
    """

    task_id: int
    quantity: Decimal
    location_id: int | None
    source_key: str
    short: bool = False
    reason: str = ""
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskResult:
    """state: done, short, part (the rest stays to be done), already, or refused with its code and what to do.

    Codes: unknown, over, more_than_asked, not_there, no_place, blocked_bin, not_a_bin, wrong_class, too_big, mixed,
    full, same_bin, expired_lot, face_full.
    """

    task_id: int
    state: str
    move_id: int | None = None
    code: str = ""
    detail: str = ""
