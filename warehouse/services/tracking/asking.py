"""Asking carriers what became of parcels: in batches, outside of transactions, each failure where it can be seen."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from backoffice.core.holding import holding
from orders.services.tracking import Told, record_tracking_events
from warehouse.carriers import CARRIERS, CarrierRejected, CarrierUnavailable, Tracking
from warehouse.services.tracking.telling import expect_back
from warehouse.services.tracking.watching import Watched, claim_due, end_arrived, set_answered

logger = logging.getLogger(__name__)
AT_ONCE = 500
MOST_TRIES = 20  # without an answer; then somebody has to look
GIVE_UP_AFTER = timedelta(days=60)  # no parcel is under way so long
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=6)


@dataclass(slots=True)
class Asked:
    """asked: parcels' shipments; added: new sayings; moved: shipments with another status; failed: without an answer."""

    asked: int = 0
    added: int = 0
    moved: int = 0
    failed: int = 0


@holding()
def ask_carriers(*, actor: Actor, rounds: int = 20) -> Asked:
    """Ask about all that is due. A carrier that does not answer is asked again later, ever more seldom; a number that
    it refuses is given up, and says why. Neither keeps the others waiting.
    """
    total = Asked()
    for _round in range(rounds):
        due = claim_due(AT_ONCE)
        for (company_id, connector), own in groupby(due, key=lambda watch: (watch.company_id, watch.connector)):
            watches, most = list(own), CARRIERS[connector].track_at_once
            for start in range(0, len(watches), most):
                _ask(watches[start : start + most], connector, company_id, actor, total)
        if len(due) < AT_ONCE:
            break
    return total


def _ask(watches: Sequence[Watched], connector: str, company_id: int, actor: Actor, total: Asked) -> None:
    carrier = CARRIERS[connector]
    total.asked += len(watches)
    failed: list[tuple[int, timedelta, str, bool]] = []
    answers: dict[str, Tracking] = {}
    for part, result in _answers(watches, connector):
        if isinstance(result, str):
            failed += [_failure(watch, result) for watch in part]
        else:
            answers |= {tracking.tracking_number: tracking for tracking in result}
    unanswered = {row[0] for row in failed}
    heard = [watch for watch in watches if watch.id not in unanswered]
    with transaction.atomic():
        tracked = record_tracking_events(
            [told for watch in heard for told in _told(watch, answers)],
            numbers={watch.shipment_id: watch.numbers for watch in heard},
            company_id=company_id,
            actor=actor,
        )
        end_arrived([watch.shipment_id for watch in heard])
        expect_back(tracked.returned, company_id=company_id, actor=actor)
        set_answered([*failed, *(_answered(watch, answers, carrier.track_every) for watch in heard)])
    total.added += tracked.added
    total.moved += len(tracked.moved)
    total.failed += len(failed)


def _answers(watches: Sequence[Watched], connector: str) -> Iterator[tuple[Sequence[Watched], list[Tracking] | str]]:
    """What the carrier says, or why it says nothing. One bad number is found by halving, so the rest get theirs."""
    numbers = list(dict.fromkeys(number for watch in watches for number in watch.numbers))
    try:
        yield watches, CARRIERS[connector].track(numbers)
    except CarrierUnavailable as refusal:
        yield watches, refusal.detail
    except CarrierRejected as refusal:
        if len(watches) == 1:
            yield watches, [Tracking(number, refused=refusal.detail) for number in numbers]
            return
        middle = len(watches) // 2
        yield from _answers(watches[:middle], connector)
        yield from _answers(watches[middle:], connector)
    except DomainError as refusal:  # the way out is barred, or the answer is too large
        yield watches, refusal.detail
    except Exception as error:  # a fault in one carrier's module must not stop the others
        logger.exception("tracking failed", extra={"connector": connector})
        yield watches, f"{type(error).__name__}: {error}"


def _told(watch: Watched, answers: dict[str, Tracking]) -> Iterator[Told]:
    for number in watch.numbers:
        if number in answers:
            for event in answers[number].events:
                yield Told(watch.shipment_id, event.status, event.at, number, event.note, event.place)


def _failure(watch: Watched, why: str) -> tuple[int, timedelta, str, bool]:
    pause = min(FIRST_PAUSE * 2 ** min(watch.tries - 1, 10), LONGEST_PAUSE)
    return watch.id, pause, why, watch.tries >= MOST_TRIES


def _answered(watch: Watched, answers: dict[str, Tracking], every: timedelta) -> tuple[int, timedelta, str, bool]:
    refused = next((answers[n].refused for n in watch.numbers if n in answers and answers[n].refused), "")
    if refused:
        return watch.id, every, refused, True
    if timezone.now() - watch.shipped_at > GIVE_UP_AFTER:
        return watch.id, every, _("Under way for more than 60 days: ask the carrier."), True
    return watch.id, every, "", False
