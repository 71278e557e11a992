"""Exchanges: goods come back and others go out, as one document with one balance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.errors import NotPermitted
from orders.inputs import AddressInput, ContactInput, LineInput, OrderInput
from orders.models import ExchangeShips, Hold, HoldKind, Order, ReturnOrder, TaxedBy
from orders.selectors.return_terms import terms_of
from orders.services.exchange_ends import start_orders
from orders.services.exchange_prices import ExchangeLine, price_exchange, wrong
from orders.services.locking import lock_orders
from orders.services.placing import place_orders
from orders.services.requesting import request_return
from orders.services.return_plans import ReturnInput


@dataclass(frozen=True, slots=True)
class Exchange:
    """The one document: a return and the order that it was exchanged for."""

    return_order_id: int
    order_id: int


@transaction.atomic(savepoint=False)
def request_exchange(
    order_id: int,
    *,
    company_id: int,
    back: Sequence[ReturnInput],
    instead: Sequence[ExchangeLine],
    reason: str,
    requested_at: datetime,
    actor: Actor,
    reason_code: str = "",
    ships: str = "",
    fee: bool = True,
    external_id: str | None = None,
    content_hash: str = "",
    may_price: bool = False,
) -> Exchange:
    """Open a return and place the order exchanged for it: same channel, buyer and address; both or nothing.

    ships: at_once, or after_receipt: the new order is held until the old goods are in and inspected ("": as the
    channel's policy says). The credit of the return pays the new order's invoices; what is left over either way is
    one balance (selectors.exchange_balance). Its goods are claimed at once, so nobody else gets them meanwhile.

    Raises what request_return raises, NotPermitted (a price without may_price), InvalidInput for new lines that
    cannot be placed; nothing is written. Statements: request_return's, place_orders' and 9.
    """
    if not instead:
        raise wrong("instead", _("Say what the customer gets instead."))
    if not may_price and any(line.unit_price is not None for line in instead):
        raise NotPermitted(_("You may not set prices; leave the price empty to take the usual one."))
    order = lock_orders([order_id], company_id=company_id)[order_id]
    terms, _reason_id, day = terms_of(order.channel_id, reason_code, at=requested_at)
    when = ships or terms.exchange_ships
    if when not in ExchangeShips.values:
        raise wrong("ships", _("Choose one of the list."))
    return_id = request_return(
        order_id,
        company_id=company_id,
        lines=back,
        reason=reason,
        requested_at=requested_at,
        actor=actor,
        reason_code=reason_code,
        fee=fee,
        external_id=external_id,
        content_hash=content_hash,
    )
    document = ReturnOrder.objects.get(pk=return_id)
    new_id = _place(order, document, price_exchange(order, instead, day=day), when, requested_at, actor)
    ReturnOrder.objects.filter(pk=return_id).update(exchange_order_id=new_id)
    _settle_hold(new_id, company_id, actor)
    record(
        [
            Change(
                "orders.returnorder",
                return_id,
                "exchanged",
                "exchange_order",
                "",
                f"SO-{new_id:06d}",
                reason,
                company_id,
            ),
            Change("orders.order", new_id, "exchanged", "exchange_of", "", document.number, reason, company_id),
        ],
        actor=actor,
    )
    return Exchange(return_id, new_id)


def _settle_hold(order_id: int, company_id: int, actor: Actor) -> None:
    """The new order does not wait for a payment of its own: the balance is one with the return's."""
    reason = _("Paid by what comes back.")
    waiting = Hold.objects.filter(order_id=order_id, kind=HoldKind.PAYMENT, released_at__isnull=True)
    if waiting.update(released_at=timezone.now(), released_by_id=actor.user_id, release_reason=reason):
        start_orders([order_id], company_id=company_id, actor=actor, reason=reason)


def _place(
    order: Order, document: ReturnOrder, lines: Sequence[LineInput], when: str, at: datetime, actor: Actor
) -> int:
    waits = when == ExchangeShips.AFTER_RECEIPT
    given = OrderInput(
        external_id=f"EXCHANGE-{document.number}",
        external_number=document.number,
        placed_at=at,
        currency=order.currency,
        lines=lines,
        contact=_contact(order),
        shipping_address=_address(order.shipping_address),
        billing_address=_address(order.billing_address),
        priority=order.priority,
        shipping_service=order.shipping_service,
        prices_include_tax=order.prices_include_tax,
        taxed_by=TaxedBy.RULES.value if order.channel.tax_by_rules else TaxedBy.CODE.value,
        holds=[(HoldKind.EXCHANGE.value, _("Waits for the goods of %(number)s.") % {"number": document.number})]
        if waits
        else [],
    )
    [placed] = place_orders([given], channel_id=order.channel_id, actor=actor)
    if placed.order_id is None or placed.state != "placed":
        raise wrong(placed.field or "instead", placed.detail or placed.code)
    return placed.order_id


def _contact(order: Order) -> ContactInput | None:
    return ContactInput(order.contact.external_id) if order.contact else None


def _address(address: object) -> AddressInput | None:
    if address is None:
        return None
    names = AddressInput.__dataclass_fields__
    return AddressInput(**{name: getattr(address, name) or "" for name in names})
