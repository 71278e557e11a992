"""Setting which warehouses and channels a person or a role may work with."""

from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.errors import InvalidInput
from backoffice.core.models import AccessKind, AccessLimit, User
from backoffice.core.scopes import ROOTS

SETTABLE = tuple(ROOTS)  # companies follow when a database holds several


@transaction.atomic
def set_limits(whom: User | Group, kind: str, ids: Collection[int], *, actor: Actor) -> bool:
    """Limit a person or a role to these warehouses (or channels); to none of them: not at all. True if it changed.

    The audit trail of the person or role tells both by their codes. Raises InvalidInput for what does not exist.
    Statements: 6 at most.
    """
    if kind not in SETTABLE:
        raise ValueError(f"{kind!r} cannot limit anybody.")
    own = {"user": whom} if isinstance(whom, User) else {"group": whom}
    type(whom).objects.order_by("pk").select_for_update(of=("self",), no_key=True).get(pk=whom.pk)
    rows = AccessLimit.objects.filter(**own, kind=kind)
    before, wanted = set(rows.values_list("object_id", flat=True)), set(ids)
    if before == wanted:
        return False
    codes = _codes(kind, before | wanted)
    if unknown := wanted - codes.keys():
        message = gettext("There is no %(kind)s %(id)s.") % {"kind": AccessKind(kind).label, "id": min(unknown)}
        raise InvalidInput(message, errors=[{"field": f"{kind}s", "message": message, "code": "unknown"}])
    rows.filter(object_id__in=before - wanted).delete()
    AccessLimit.objects.bulk_create(AccessLimit(**own, kind=kind, object_id=pk) for pk in sorted(wanted - before))
    record([_change(whom, kind, codes, before, wanted)], actor=actor)
    return True


def limits_set(whom: User | Group, kind: str) -> list[int]:
    """The ids that a person or role is limited to by rows of its own."""
    own = {"user": whom} if isinstance(whom, User) else {"group": whom}
    return sorted(AccessLimit.objects.filter(**own, kind=kind).values_list("object_id", flat=True))


def _codes(kind: str, ids: Collection[int]) -> dict[int, str]:
    model: Any = apps.get_model(ROOTS[kind])
    return dict(model.objects.filter(pk__in=ids).values_list("pk", "code"))


def _change(whom: User | Group, kind: str, codes: dict[int, str], before: set[int], wanted: set[int]) -> Change:
    old, new = (", ".join(sorted(codes.get(pk, str(pk)) for pk in ids)) for ids in (before, wanted))
    return Change(whom._meta.label_lower, whom.pk, "limited", f"{kind}s", old[:500], new[:500])
