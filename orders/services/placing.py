"""Placing orders: a batch of one channel, kept as sent, claimed and released in one transaction."""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import AccountRole
from backoffice.core import outbox
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import pipelined
from backoffice.core.money import round_money
from orders.inputs import ContactInput, OrderInput, PlaceResult
from orders.intake import Refused, order_fingerprint, refusal_of, sums_of
from orders.selectors.setting import Setting, ask_setting
from orders.services import storing
from orders.services.contacts import ensure_contacts, store_addresses
from orders.services.credit_limits import hold_over_limit
from orders.services.drafts import Draft
from orders.services.drop_shipping import drop_ship_by_rules
from orders.services.placed_goods import claim_goods, demand_goods
from orders.services.resolving import ask_skus, resolve

ZERO = Decimal(0)
ROLES = frozenset(AccountRole.values)


@transaction.atomic(savepoint=False)
@pipelined()
def place_orders(
    orders: Sequence[OrderInput], *, channel_id: int, actor: Actor, release: bool = True
) -> list[PlaceResult]:
    """Take orders of one channel: kept to the cent, goods claimed, fulfilments made where nothing holds them.

    Idempotent by (channel, external id), also when several place the same orders at once: the first wins,
    the same content is answered `already`, other content is refused (external_id_reused). An order that
    makes no sense is refused with code, field and sentence, nothing is written for it, the rest go on.
    An order for a draft or discontinued SKU, or for more than is left of one that is phased out, is refused
    (sku_not_for_sale). An unknown SKU holds the order (mapping) and nothing is claimed for it; a total that does not add up to
    the cent holds it (total). Lines that nobody has in stock stay back-ordered: their demand is kept.
    An order without taxes gets them by the tax rules where its channel goes by them (refused tax_rule_missing if none
    fits); taxes that were sent are kept to the cent, with the rules' tax code where they say the same.
    Lines that wait, for goods or for their release date (pre-orders), get their promise date.
    An order that would take its customer over their credit limit is held (credit), however many come at once.
    release=False, or a channel without auto_release: placed and claimed, but no fulfilment is made.

    Raises InvalidInput for an unknown channel, ChannelInactive; nothing is written then.
    Topic published: OrderPlaced. Statements: 7 and inventory's, 1 each more for contacts (2 for new ones),
    addresses, charges, discounts, taxes, holds and fulfilments, 2 (3) where a customer has a credit limit (and is
    over it), 5 for a choice among warehouses (6 where kilograms cost), 2 for kits and those of that choice, 7 where
    lines wait, 4 for taxes by rule; whatever the number.
    """
    asking = ask_setting(
        channel_id,
        currencies={order.currency for order in orders},
        external_ids={order.external_id for order in orders},
    )
    skus = ask_skus([line for order in orders for line in order.lines], channel_id=channel_id)
    setting = asking()
    results: dict[int, PlaceResult] = {}
    drafts = _drafts(orders, setting, results)
    if drafts:
        resolve(drafts, setting, skus(), release=release)
        drafts = [draft for draft in drafts if draft.untaxed is None or _refuse_untaxed(draft, results)]
        drafts = [draft for draft in drafts if draft.not_for_sale is None or _refuse_sale(draft, results)]
        drafts = [draft for draft in drafts if not draft.kits or _sells_whole_kits(draft, results)]
        drafts = _store(drafts, setting, results, actor) if drafts else []
    if drafts:
        _record(drafts, setting, actor)
        fulfilments = claim_goods(drafts, setting, actor)
        lacking = [
            draft.order_id for draft in drafts if draft.may_drop and draft.back_ordered and setting.owner_id is None
        ]
        if lacking:
            drop_ship_by_rules(lacking, company_id=setting.company_id, actor=actor)
        for draft in drafts:
            _answer(draft, results, fulfilments.get(draft.order_id, ()))
    return [results[place] for place in range(len(orders))]


def _drafts(orders: Sequence[OrderInput], setting: Setting, results: dict[int, PlaceResult]) -> list[Draft]:
    """The orders that are new and make sense; the others are answered."""
    drafts: dict[str, Draft] = {}
    for place, order in enumerate(orders):
        refused = refusal_of(order, roles=ROLES, exponents=setting.exponents)
        if refused:
            results[place] = _refusal(refused)
            continue
        content_hash = order.sent_hash or order_fingerprint(order)
        inclusive = setting.prices_include_tax if order.prices_include_tax is None else order.prices_include_tax
        if order.external_id in setting.known:
            results[place] = _again(order, content_hash, *setting.known[order.external_id])
        elif order.external_id not in drafts:
            drafts[order.external_id] = Draft(
                place, order, content_hash, sums_of(order, inclusive=inclusive), inclusive
            )
        elif drafts[order.external_id].content_hash == content_hash:
            drafts[order.external_id].same.append(place)
        else:
            results[place] = _again(order, content_hash, None, "")
    return list(drafts.values())


def _refusal(refused: Refused) -> PlaceResult:
    return PlaceResult(None, "refused", refused.code, refused.field, f"{refused.field}: {refused.detail}")


def _again(order: OrderInput, content_hash: str, order_id: int | None, known_hash: str) -> PlaceResult:
    if known_hash == content_hash:
        return PlaceResult(order_id, "already")
    detail = _("Order %(id)s came before with other content.") % {"id": order.external_id}
    return PlaceResult(order_id, "refused", "external_id_reused", "external_id", detail)


def _refuse_sale(draft: Draft, results: dict[int, PlaceResult]) -> bool:
    """Answer an order for what is not for sale with its refusal."""
    index, detail = draft.not_for_sale or (0, "")
    refused = _refusal(Refused("sku_not_for_sale", f"lines[{index}].sku", detail))
    results.update(dict.fromkeys([draft.place, *draft.same], refused))
    return False


def _refuse_untaxed(draft: Draft, results: dict[int, PlaceResult]) -> bool:
    """Answer an order whose taxes nobody says with the refusal."""
    error = draft.untaxed
    where = "shipping_address.country"
    refused = PlaceResult(None, "refused", error.code if error else "", where, error.detail if error else "")
    results.update(dict.fromkeys([draft.place, *draft.same], refused))
    return False


def _sells_whole_kits(draft: Draft, results: dict[int, PlaceResult]) -> bool:
    """Whether every kit line asks for whole kits; else the order is answered with a refusal."""
    for index in draft.kits:
        if draft.order.lines[index].quantity % 1:
            refused = _refusal(
                Refused("invalid_input", f"lines[{index}].quantity", _("a kit is sold whole: give a whole number"))
            )
            results.update(dict.fromkeys([draft.place, *draft.same], refused))
            return False
    return True


def _store(drafts: list[Draft], setting: Setting, results: dict[int, PlaceResult], actor: Actor) -> list[Draft]:
    """Insert contacts, orders and all that hangs on them; those that another was quicker to place are answered."""
    contacts: dict[str, ContactInput] = {
        draft.contact_key: draft.order.contact for draft in drafts if draft.contact_key and draft.order.contact
    }
    limited: dict[str, int] = {}
    contact_ids = ensure_contacts(
        contacts, company_id=setting.company_id, channel_id=setting.channel_id, limited=limited
    )
    for draft in drafts:
        draft.contact_id = contact_ids.get(draft.contact_key)
    made, lost = storing.insert_orders([_row(draft, setting) for draft in drafts], setting=setting)
    kept = []
    for draft in drafts:
        row = made.get(draft.order.external_id)
        if row is None:
            answer = _again(draft.order, draft.content_hash, *lost[draft.order.external_id])
            results.update(dict.fromkeys([draft.place, *draft.same], answer))
            continue
        draft.order_id, draft.line_ids, draft.fulfilment_id = row.order_id, row.line_ids, row.fulfilment_id
        draft.drawn_demands = row.demand_ids
        kept.append(draft)
    store_addresses(
        [
            (address_id, address)
            for draft in kept
            for address_id, address in (
                (made[draft.order.external_id].shipping_address_id, draft.order.shipping_address),
                (made[draft.order.external_id].billing_address_id, draft.order.billing_address),
            )
            if address is not None
        ],
        company_id=setting.company_id,
    )
    if limited:
        hold_over_limit([(draft, limited[draft.contact_key]) for draft in kept if draft.contact_key in limited])
    demand_goods(kept, setting)
    storing.insert_details(kept, setting=setting, actor=actor)
    return kept


def _row(draft: Draft, setting: Setting) -> storing.OrderRow:
    order, sums = draft.order, draft.sums
    total = round_money(sums.total, setting.exponents[order.currency]) if order.total is None else order.total
    return storing.OrderRow(
        external_id=order.external_id,
        external_number=order.external_number,
        content_hash=draft.content_hash,
        status=draft.status,
        placed_at=order.placed_at,
        contact_id=draft.contact_id,
        ships=order.shipping_address is not None,
        bills=order.billing_address is not None,
        currency=order.currency,
        prices_include_tax=draft.inclusive,
        taxed_by=draft.order.taxed_by,
        goods_total=sums.goods,
        charges_total=sums.charges,
        discount_total=sums.discount,
        tax_total=sums.tax,
        total=total,
        priority=setting.priority if order.priority is None else order.priority,
        promise_date=order.promise_date,
        shipping_service=order.shipping_service,
        note=order.note,
        line_count=len(order.lines),
    )


def _record(drafts: Sequence[Draft], setting: Setting, actor: Actor) -> None:
    """Audit and outbox come before the claims: what follows holds the locks of the hot rows."""
    record(
        [
            Change(
                "orders.order",
                draft.order_id,
                "placed",
                field="status",
                new=draft.status,
                reason=" ".join(draft.holds.values()),
                company_id=setting.company_id,
            )
            for draft in drafts
        ],
        actor=actor,
    )
    outbox.publish(
        [
            outbox.Event(
                "OrderPlaced",
                f"order:{draft.order_id}",
                {
                    "order_id": draft.order_id,
                    "channel_id": setting.channel_id,
                    "external_id": draft.order.external_id,
                    "held": sorted(draft.holds),
                },
                setting.company_id,
            )
            for draft in drafts
        ]
    )


def _answer(draft: Draft, results: dict[int, PlaceResult], fulfilment_ids: tuple[int, ...]) -> None:
    results[draft.place] = PlaceResult(
        draft.order_id,
        "placed",
        held=bool(draft.holds),
        back_ordered=draft.back_ordered,
        fulfilment_ids=fulfilment_ids,
    )
    results.update(dict.fromkeys(draft.same, PlaceResult(draft.order_id, "already")))
