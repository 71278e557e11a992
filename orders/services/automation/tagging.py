"""Words that orders are sorted by."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.errors import InvalidInput
from orders.models import OrderTag
from orders.services.asking import raise_versions
from orders.services.locking import lock_orders

MOST_TAGS, LONGEST = 30, 40


@transaction.atomic(savepoint=False)
def add_tags(order_ids: Sequence[int], *, tag: str, company_id: int, actor: Actor, reason: str = "") -> list[int]:
    """Tag orders; those that did not have the tag. Raises InvalidInput for what is no tag or one too many, NotFound.

    Statements: 5, whatever the number of orders.
    """
    name = _checked(tag)
    lock_orders(order_ids, company_id=company_id)
    present: dict[int, set[str]] = {pk: set() for pk in order_ids}
    for order_id, known in OrderTag.objects.filter(order__in=order_ids).values_list("order_id", "name"):
        present[order_id].add(known)
    fresh = [pk for pk in present if name not in present[pk]]
    if any(len(present[pk]) >= MOST_TAGS for pk in fresh):
        raise _refused(_("An order has at most %(most)s tags.") % {"most": MOST_TAGS})
    OrderTag.objects.bulk_create([OrderTag(order_id=pk, name=name, added_by=actor.label) for pk in fresh])
    _record(fresh, "tagged", company_id, actor, reason, new=name)
    return fresh


@transaction.atomic(savepoint=False)
def remove_tags(order_ids: Sequence[int], *, tag: str, company_id: int, actor: Actor, reason: str = "") -> list[int]:
    """Take a tag off; the orders that had it. Raises NotFound. Statements: 5, whatever the number of orders."""
    name = _checked(tag)
    lock_orders(order_ids, company_id=company_id)
    rows = OrderTag.objects.filter(order__in=order_ids, name=name)
    had = sorted(rows.values_list("order_id", flat=True))
    rows.delete()
    _record(had, "untagged", company_id, actor, reason, old=name)
    return had


def _checked(tag: str) -> str:
    name = " ".join(tag.split())
    if not name or len(name) > LONGEST or "," in name:
        raise _refused(_("A tag has 1 to %(most)s characters and no comma.") % {"most": LONGEST})
    return name


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, errors=[{"field": "tag", "message": message}])


def _record(
    order_ids: Sequence[int], action: str, company_id: int, actor: Actor, reason: str, *, old: str = "", new: str = ""
) -> None:
    record([Change("orders.order", pk, action, "tag", old, new, reason, company_id) for pk in order_ids], actor=actor)
    raise_versions(order_ids)
