"""One person's data: what is held, as a file for them, and erased when they ask. The books keep the ids.

Personal data stands in PersonalData, Address and PayloadBody and in photos of returns: trail, outbox, change feed and mails
name ids. What people typed elsewhere is looked through (integrations/services/named.py). The
address of an issued invoice stays for as long as the law wants it there (accounting/retention.py); then it is blanked on
schedule.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import Address, Invoice, OpenItem, PersonalData
from accounting.selectors.retention import held_addresses
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.models import IdempotencyRecord, PayloadBody
from integrations.models import Connection
from integrations.services.erasing import ENDED, blank
from integrations.services.named import SHORTEST, answers_naming, still_named, take_out, without, words_of
from orders.models import Contact, DraftOrder, Order, ReturnOrder, ReturnPhoto
from orders.services import erase_photos


class StillNeeded(DomainError):
    """Goods or money are still under way for the person."""

    code = "person_still_needed"


@dataclass(frozen=True, slots=True)
class Erased:
    """How many of each were blanked. invoices: addresses that stay, by law. named_in: where the buyer is named still, which
    somebody has to change or nobody can."""

    people: int
    addresses: int
    payloads: int
    photos: int
    invoices: int
    named_in: list[str]


def held_of(contact: Contact) -> dict[str, Any]:
    """All that is held of a buyer, as they may ask for it (GDPR article 15). Statements: 8."""
    orders = list(Order.objects.filter(contact=contact).order_by("pk"))
    person = contact.person
    return {
        "buyer": {
            "channel": contact.channel.code, "external_id": contact.external_id, "country": contact.country,
            "language": contact.language, "name": person.name, "email": person.email, "phone": person.phone,
            "erased_at": person.erased_at,
        },
        "addresses": [_address(row) for row in Address.objects.filter(pk__in=_address_ids(contact, orders)).order_by("pk")],
        "orders": [
            {
                "number": order.number, "external_id": order.external_id, "placed_at": order.placed_at,
                "status": order.status, "total": str(order.total), "currency": order.currency, "note": order.note,
            }
            for order in orders
        ],
        "payloads": [
            {"message": body.message_id, "received_at": body.message.received_at, "bytes": len(bytes(body.body))}
            for body in _bodies(contact, orders).select_related("message")
        ],
        "photos": _photos(contact).count(),
        "invoice_addresses": _invoices(contact).count(),
    }  # fmt: skip


def _address(row: Address) -> dict[str, Any]:
    names = ("name", "organisation", "line1", "line2", "city", "region", "postcode", "country", "phone", "erased_at")
    return {name: getattr(row, name) for name in names}


def _address_ids(contact: Contact, orders: list[Order]) -> list[int]:
    ids = {id for order in orders for id in (order.shipping_address_id, order.billing_address_id) if id}
    ids |= set(
        DraftOrder.objects.filter(contact=contact, shipping_address__isnull=False).values_list(
            "shipping_address_id", flat=True
        )
    )
    return sorted(ids)


def _bodies(contact: Contact, orders: list[Order]) -> Any:
    accounts = [
        f"connection:{pk}" for pk in Connection.objects.filter(channel=contact.channel_id).values_list("pk", flat=True)
    ]
    return PayloadBody.objects.filter(
        message__account__in=accounts,
        message__external_id__in=[*(order.external_id for order in orders), contact.external_id],
        erased_at__isnull=True,
    ).order_by("message_id")


def _photos(contact: Contact) -> Any:
    return ReturnPhoto.objects.filter(return_line__return_order__order__contact=contact, erased_at__isnull=True)


def _invoices(contact: Contact) -> Any:
    return Invoice.objects.filter(contact=contact.person_id, address__erased_at__isnull=True, address__isnull=False)


def erase_person(contact_id: int, *, actor: Actor, reason: str) -> Erased:
    """Blank everything that names a buyer; a second time there is nothing left to do.

    Raises StillNeeded while an order is under way or money is open; nothing is written then.
    """
    if not reason.strip():
        raise InvalidInput(_("Say why: the reason is kept with the change."), errors=[{"field": "reason"}])
    found = Contact.objects.select_related("person").get(pk=contact_id)
    answers = answers_naming([word for word in (found.person.email, found.person.name) if len(word) >= SHORTEST])
    with transaction.atomic():
        contact = (
            Contact.objects.select_for_update(of=("self",), no_key=True)
            .select_related("person", "channel", "party", "company")
            .get(pk=contact_id)
        )
        orders = list(Order.objects.filter(contact=contact).order_by("pk"))
        _refuse_if_needed(contact, orders)
        addresses = Address.objects.filter(pk__in=_address_ids(contact, orders))
        words = words_of(contact, addresses.values_list("line1", flat=True))
        reason = without(reason, words)
        returns = ReturnOrder.objects.filter(order__contact=contact, lines__photos__erased_at__isnull=True)
        photos = sum(
            erase_photos(pk, company_id=contact.company_id, actor=actor, reason=reason)
            for pk in sorted(set(returns.values_list("pk", flat=True)))
        )
        done = _blank(contact, orders, photos, words)
        IdempotencyRecord.objects.filter(pk__in=answers).delete()
        changes = [
            Change("orders.contact", contact.pk, "erased", "buyer", reason=reason, company_id=contact.company_id)
        ]
        changes += [Change("orders.order", row.pk, "erased", "buyer", company_id=contact.company_id) for row in orders]
        audit.record(changes, actor=actor)
    return done


def _refuse_if_needed(contact: Contact, orders: list[Order]) -> None:
    open_orders = [order.number for order in orders if order.status not in ENDED]
    if open_orders:
        raise StillNeeded(
            _("Orders are still under way: %(orders)s. End or cancel them first.")
            % {"orders": ", ".join(open_orders[:5])},
            orders=open_orders[:50],
        )
    if contact.party_id and OpenItem.objects.filter(party=contact.party_id).exclude(open_amount=0).exists():
        raise StillNeeded(_("Money is still open with this customer. Settle it first."))


def _blank(contact: Contact, orders: list[Order], photos: int, words: list[str]) -> Erased:
    people, addresses = {contact.person_id}, set(_address_ids(contact, orders))
    if contact.party is not None:
        people |= {pk for pk in [contact.party.person_id] if pk}
        addresses |= {pk for pk in [contact.party.address_id] if pk}
    addresses -= held_addresses(addresses, contact.company)
    bodies = list(_bodies(contact, orders).values_list("message_id", flat=True))
    before = PersonalData.objects.filter(pk__in=people, erased_at__isnull=True).count()
    kept = Address.objects.filter(pk__in=addresses, erased_at__isnull=True).count()
    blank(people=sorted(people), addresses=sorted(addresses), bodies=bodies)
    own = [order.pk for order in orders]
    Order.objects.filter(pk__in=own).exclude(note="").update(note="")  # a buyer's own words
    DraftOrder.objects.filter(contact=contact).exclude(note="").update(note="")
    take_out(words, orders=own, channel_id=contact.channel_id)
    left = still_named(words, contact_id=contact.pk, orders=own)
    return Erased(before, kept, len(bodies), photos, _invoices(contact).count(), left)
