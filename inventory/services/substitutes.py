"""What may be offered instead of a SKU."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from inventory.errors import CatalogueRefused, NotFound
from inventory.models import Sku, Substitute

MAX_SUBSTITUTES = 50


@transaction.atomic(savepoint=False)
def set_substitutes(
    sku_id: int, *, substitute_ids: Sequence[int], company_id: int, actor: Actor, both_ways: bool = False
) -> None:
    """Say what may be offered instead of a SKU, the best first; what is not named is none any more.

    both_ways: the SKU also stands in for each of them, behind what they have already.

    Raises NotFound, CatalogueRefused (itself, twice, too_many); nothing is written. Statements: at most 7.
    """
    wanted = list(substitute_ids)
    locked = Sku.objects.select_for_update(of=("self",), no_key=True).filter(company_id=company_id)
    skus = {sku.pk: sku for sku in locked.filter(pk__in={sku_id, *wanted}).order_by("pk")}
    if missing := {sku_id, *wanted} - skus.keys():
        raise NotFound(_("There is no such SKU."), sku_id=min(missing))
    if sku_id in wanted:
        raise CatalogueRefused(_("A SKU cannot stand in for itself."), code="itself")
    if len(set(wanted)) < len(wanted):
        raise CatalogueRefused(_("Name each substitute once."), code="twice")
    if len(wanted) > MAX_SUBSTITUTES:
        raise CatalogueRefused(_("At most %(most)s substitutes.") % {"most": MAX_SUBSTITUTES}, code="too_many")
    before = list(Substitute.objects.filter(sku=sku_id).order_by("position").values_list("substitute_id", flat=True))
    if before != wanted:
        Substitute.objects.filter(sku=sku_id).delete()
        Substitute.objects.bulk_create(
            Substitute(sku_id=sku_id, substitute_id=pk, position=place) for place, pk in enumerate(wanted, 1)
        )
        words = ", ".join(skus[pk].code for pk in wanted)
        change = audit.Change("inventory.sku", sku_id, "substitutes", new=words[:300], company_id=company_id)
        audit.record([change], actor=actor)
    if both_ways and wanted:
        _add_back(sku_id, wanted)


def _add_back(sku_id: int, others: Sequence[int]) -> None:
    last: dict[int, int] = {}
    having = set()
    for other, substitute, position in Substitute.objects.filter(sku__in=others).values_list(
        "sku_id", "substitute_id", "position"
    ):
        last[other] = max(last.get(other, 0), position)
        if substitute == sku_id:
            having.add(other)
    Substitute.objects.bulk_create(
        Substitute(sku_id=other, substitute_id=sku_id, position=last.get(other, 0) + 1)
        for other in others
        if other not in having
    )
