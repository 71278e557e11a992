"""Orders of one buyer, address and service in one parcel; each keeps its own shipment and invoice."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from orders.errors import NotMergeable
from orders.models import Fulfilment, MergeGroup
from orders.selectors.merges import MERGEABLE, Mergeable, merge_facts
from orders.services.asking import raise_versions
from orders.services.locking import lock_fulfilments
from orders.services.versions import check_versions


@transaction.atomic(savepoint=False)
def merge_fulfilments(
    fulfilment_ids: Sequence[int],
    *,
    company_id: int,
    actor: Actor,
    reason: str = "",
    versions: Mapping[int, int] | None = None,
) -> int:
    """Pack and ship these together: one parcel, one tracking number; the group's id.

    Those of them that share a parcel with others already bring these along. They are picked each on its own list.

    versions: of orders, as the caller read them.

    Raises VersionConflict, NotMergeable (fewer than two, other buyer, address, service or warehouse, packed, held), NotFound;
    nothing is written then. Statements: 8.
    """
    wanted = sorted(set(fulfilment_ids))
    groups = set(
        Fulfilment.objects.filter(pk__in=wanted, merge_group__isnull=False).values_list("merge_group_id", flat=True)
    )
    if groups:
        mates = Fulfilment.objects.filter(merge_group_id__in=groups, status__in=MERGEABLE)
        wanted = sorted({*wanted, *mates.values_list("pk", flat=True)})
    work = lock_fulfilments(wanted, company_id=company_id)
    check_versions(versions or {}, company_id=company_id)
    facts = merge_facts(wanted)
    _check(facts)
    group = MergeGroup.objects.create(company_id=company_id, warehouse_id=facts[0].warehouse_id, made_by=actor.label)
    Fulfilment.objects.filter(pk__in=wanted).update(merge_group=group)
    _trail([(pk, work[pk].order_id) for pk in wanted], "merged", group.number, company_id, actor, reason)
    return group.pk


def _check(facts: Sequence[Mergeable]) -> None:
    if len(facts) < 2:
        raise NotMergeable(_("Choose at least two fulfilments for one parcel."))
    first = facts[0]
    for item in facts:
        context = {"fulfilment_id": item.fulfilment_id, "order_id": item.order_id}
        name = f"FO-{item.fulfilment_id:06d}"
        if item.status not in MERGEABLE or item.order_status not in ("released", "partly_shipped"):
            raise NotMergeable(
                _("%(name)s is packed, gone or not with the warehouse: it cannot share a parcel.") % {"name": name},
                **context,
            )
        if item.held:
            raise NotMergeable(_("The order of %(name)s is held; release its holds first.") % {"name": name}, **context)
        if item.buyer != first.buyer:
            raise NotMergeable(_("%(name)s is for another buyer.") % {"name": name}, **context)
        if item.where != first.where:
            raise NotMergeable(
                _("%(name)s goes to another address, by another service or from another warehouse.") % {"name": name},
                **context,
            )


@transaction.atomic(savepoint=False)
def unmerge_fulfilments(
    fulfilment_ids: Sequence[int],
    *,
    company_id: int,
    actor: Actor,
    reason: str = "",
    versions: Mapping[int, int] | None = None,
) -> None:
    """Take fulfilments out of their parcel, before it is packed; one that would stay alone is alone again.

    Raises VersionConflict, NotMergeable (packed, or in no parcel), NotFound; nothing is written then. Statements: 6.
    """
    wanted = sorted(set(fulfilment_ids))
    groups = list(
        Fulfilment.objects.filter(pk__in=wanted, merge_group__isnull=False).values_list("merge_group_id", flat=True)
    )
    mates = dict(
        Fulfilment.objects.filter(merge_group_id__in=groups, status__in=MERGEABLE).values_list("pk", "merge_group_id")
    )
    work = lock_fulfilments([*wanted, *mates], company_id=company_id)
    check_versions(versions or {}, company_id=company_id)
    for pk in wanted:
        if pk not in mates or work[pk].status not in MERGEABLE:
            raise NotMergeable(_("FO-%(id)06d shares no parcel, or is packed already.") % {"id": pk}, fulfilment_id=pk)
    leaving = set(wanted)
    for group_id in set(groups):
        left = [pk for pk, own in mates.items() if own == group_id and pk not in leaving]
        if len(left) == 1:
            leaving.update(left)
    Fulfilment.objects.filter(pk__in=leaving).update(merge_group=None)
    _trail([(pk, work[pk].order_id) for pk in sorted(leaving)], "unmerged", "", company_id, actor, reason)


def _trail(
    work: Sequence[tuple[int, int]], action: str, group: str, company_id: int, actor: Actor, reason: str
) -> None:
    record(
        [
            Change(
                "orders.order",
                order_id,
                action,
                field=f"FO-{pk:06d}",
                new=group,
                reason=reason,
                company_id=company_id,
            )
            for pk, order_id in work
        ],
        actor=actor,
    )
    raise_versions(sorted({order_id for _pk, order_id in work}))
