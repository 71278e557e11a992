"""Drafts and quotes: written, edited, offered until a day, placed as an order, or cancelled."""

import datetime
import uuid
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from orders.drafting import DraftInput
from orders.errors import NotFound, NotReady, QuoteExpired
from orders.inputs import PlaceResult
from orders.models import DraftOrder, DraftStatus
from orders.services.changing import change_status
from orders.services.draft_prices import invalid, open_channel, priced_draft
from orders.services.draft_rows import fill, input_of, order_input, summary, write_rows
from orders.services.placing import place_orders
from orders.services.versions import conflict

ZERO = Decimal(0)
OBJECT = "orders.draftorder"


@transaction.atomic(savepoint=False)
def create_draft(given: DraftInput, *, channel_id: int, actor: Actor, today: datetime.date) -> DraftOrder:
    """Write a draft of a channel; nothing is claimed for it. The same external id again is the same draft.

    Prices that are left out are the SKU's (selectors.prices.prices_of); taxes are the channel's on that day.

    Raises InvalidInput (field, row, sentence), ChannelInactive; nothing is written then. Statements: at most 14.
    """
    channel = open_channel(channel_id)
    if given.external_id:
        known = DraftOrder.objects.filter(channel=channel, external_id=given.external_id).first()
        if known is not None:
            return known
    external_id = given.external_id or f"draft-{uuid.uuid4().hex[:16]}"
    draft = DraftOrder(
        company_id=channel.company_id, channel=channel, external_id=external_id, made_by=actor.label, version=1
    )
    priced, sums = priced_draft(given, channel, today)
    fill(draft, priced, sums, channel)
    draft.save()
    write_rows(draft, priced)
    record([Change(OBJECT, draft.pk, "created", company_id=draft.company_id)], actor=actor)
    return draft


@transaction.atomic(savepoint=False)
def update_draft(
    draft_id: int,
    *,
    given: DraftInput,
    company_id: int,
    actor: Actor,
    today: datetime.date,
    version: int | None = None,
) -> DraftOrder:
    """Write a draft anew; a quote is withdrawn by that. version: as the editor read it.

    Raises VersionConflict, NotReady (placed or cancelled), InvalidInput, NotFound; nothing is written then.
    """
    draft = lock_draft(draft_id, company_id=company_id, version=version)
    _check_open(draft)
    before = summary(draft)
    priced, sums = priced_draft(given, draft.channel, today)
    if draft.status == DraftStatus.QUOTED:
        _move(draft, DraftStatus.DRAFT, actor, _("Edited: the quote is withdrawn."))
        draft.valid_until = None
    fill(draft, priced, sums, draft.channel)
    draft.version += 1
    draft.save()
    draft.lines.all().delete()
    draft.charges.all().delete()
    write_rows(draft, priced)
    after = summary(draft)
    record(
        [
            Change(OBJECT, draft.pk, "edited", field=field, old=before[field], new=after[field], company_id=company_id)
            for field in after
            if before[field] != after[field]
        ],
        actor=actor,
    )
    return draft


@transaction.atomic(savepoint=False)
def quote_draft(
    draft_id: int,
    *,
    company_id: int,
    actor: Actor,
    valid_until: datetime.date,
    today: datetime.date,
    version: int | None = None,
) -> DraftOrder:
    """Offer a draft until the end of a day; a quote may be offered anew for longer.

    Raises VersionConflict, NotReady (not open, or without goods and charges), InvalidInput (a day in the past).
    """
    draft = lock_draft(draft_id, company_id=company_id, version=version)
    _check_open(draft)
    if not draft.lines.exists() and not draft.charges.exists():
        raise NotReady(_("Give at least one line or charge before it is quoted."), draft_id=draft_id)
    if valid_until < today:
        raise invalid("valid_until", _("The quote must hold until today or later."))
    old = str(draft.valid_until or "")
    if draft.status == DraftStatus.QUOTED:
        draft.version += 1
    else:
        draft.valid_until = valid_until
        draft.save(update_fields=["valid_until"])
        _move(draft, DraftStatus.QUOTED, actor, "")
    draft.valid_until = valid_until
    draft.save(update_fields=["valid_until", "version"])
    record(
        [Change(OBJECT, draft.pk, "quoted", field="valid until", old=old, new=str(valid_until), company_id=company_id)],
        actor=actor,
    )
    return draft


@transaction.atomic(savepoint=False)
def place_draft(
    draft_id: int, *, company_id: int, actor: Actor, placed_at: datetime.datetime, version: int | None = None
) -> PlaceResult:
    """Turn a draft or a quote that still holds into a placed order: price, tax and address are fixed with that.

    A quote is placed at what was quoted; a plain draft takes the taxes of the day. Placed once already: answered
    `already` with its order. Holds, claims and release are place_orders'.

    Raises QuoteExpired, VersionConflict, NotReady (cancelled, or empty), InvalidInput; nothing is written then.
    """
    draft = lock_draft(draft_id, company_id=company_id, version=None)
    if draft.status == DraftStatus.PLACED:
        return PlaceResult(draft.order_id, "already")
    _check_version(draft, version)
    _check_open(draft)
    day = timezone.localdate(placed_at)
    if draft.status == DraftStatus.QUOTED and draft.valid_until is not None and draft.valid_until < day:
        raise QuoteExpired(
            _("Quote %(number)s held until %(day)s: offer it anew, or edit it.")
            % {"number": draft.number, "day": draft.valid_until.isoformat()},
            draft_id=draft_id,
            valid_until=draft.valid_until.isoformat(),
        )
    if draft.status == DraftStatus.DRAFT:
        priced, sums = priced_draft(input_of(draft), draft.channel, day)
        fill(draft, priced, sums, draft.channel, parties=False)
        draft.save()
        draft.lines.all().delete()
        draft.charges.all().delete()
        write_rows(draft, priced)
    (result,) = place_orders([order_input(draft, placed_at)], channel_id=draft.channel_id, actor=actor)
    if result.state == "refused":
        raise invalid(result.field, result.detail)
    old = draft.status
    DraftOrder.objects.filter(pk=draft.pk).update(
        status=DraftStatus.PLACED, order_id=result.order_id, version=draft.version + 1
    )
    record(
        [
            Change(OBJECT, draft.pk, "placed", field="status", old=old, new="placed", company_id=company_id),
            Change(
                "orders.order", result.order_id or 0, "drafted", field="draft", new=draft.number, company_id=company_id
            ),
        ],
        actor=actor,
    )
    return result


@transaction.atomic(savepoint=False)
def cancel_draft(
    draft_id: int, *, company_id: int, actor: Actor, reason: str, version: int | None = None
) -> DraftOrder:
    """Give a draft or a quote up. Raises VersionConflict, NotReady (placed or cancelled), NotFound."""
    draft = lock_draft(draft_id, company_id=company_id, version=version)
    _check_open(draft)
    _move(draft, DraftStatus.CANCELLED, actor, reason)
    return draft


def lock_draft(draft_id: int, *, company_id: int, version: int | None) -> DraftOrder:
    """The draft, locked. Statements: 1. Raises NotFound, VersionConflict."""
    draft = (
        DraftOrder.objects.filter(pk=draft_id, company_id=company_id)
        .select_related("channel", "contact__person", "shipping_address")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if draft is None:
        raise NotFound(_("There is no draft %(id)s in this company.") % {"id": draft_id}, draft_id=draft_id)
    _check_version(draft, version)
    return draft


def _check_version(draft: DraftOrder, version: int | None) -> None:
    if version is not None and draft.version != version:
        raise conflict(OBJECT, draft.pk, draft.number, sent=version, now=draft.version)


def _check_open(draft: DraftOrder) -> None:
    if draft.status not in (DraftStatus.DRAFT, DraftStatus.QUOTED):
        raise NotReady(
            _("Draft %(number)s is %(status)s: it cannot be changed any more.")
            % {"number": draft.number, "status": draft.get_status_display()},
            draft_id=draft.pk,
            status=draft.status,
        )


def _move(draft: DraftOrder, new: str, actor: Actor, reason: str) -> None:
    move = (draft.pk, draft.status, DraftStatus(new).value)
    change_status(OBJECT, [move], company_id=draft.company_id, actor=actor, reason=reason)
    draft.status = DraftStatus(new).value
    draft.version += 1
