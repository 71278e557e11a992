"""Which bin is a SKU's pick face, and between what it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidInput
from inventory.models import Location, LocationKind, PickFace, Sku


@dataclass(frozen=True, slots=True)
class FaceInput:
    """Below minimum the face is refilled, up to maximum, in base units."""

    sku_id: int
    location_id: int
    minimum: Decimal
    maximum: Decimal


@transaction.atomic(savepoint=False)
def set_pick_faces(faces: Sequence[FaceInput], *, company_id: int, actor: Actor) -> list[int]:
    """Make bins the pick faces of SKUs, or change their limits; their ids, in order. Statements: 6.

    A bin may be the face of several SKUs, and a SKU may have several. Raises InvalidInput naming the row (unknown SKU
    or bin, a place that is no bin, limits that cannot be); nothing is written then.
    """
    _check(faces, company_id)
    places = sorted({face.location_id for face in faces})
    keys = [(face.sku_id, face.location_id) for face in faces]
    before = {
        (row.sku_id, row.location_id): row
        for row in PickFace.objects.filter(location_id__in=places, sku_id__in={face.sku_id for face in faces})
    }
    PickFace.objects.bulk_create(
        (PickFace(sku_id=f.sku_id, location_id=f.location_id, minimum=f.minimum, maximum=f.maximum) for f in faces),
        update_conflicts=True,
        unique_fields=["sku", "location"],
        update_fields=["minimum", "maximum"],
    )
    Location.objects.filter(pk__in=places, is_pick_face=False).update(is_pick_face=True)
    found = {
        (row.sku_id, row.location_id): row.pk
        for row in PickFace.objects.filter(location_id__in=places, sku_id__in={face.sku_id for face in faces})
    }
    audit.record(
        [
            audit.Change(
                "inventory.pickface", found[key], "changed" if key in before else "created", "limits",
                _limits(before[key].minimum, before[key].maximum) if key in before else "",
                _limits(face.minimum, face.maximum), company_id=company_id,
            )
            for key, face in zip(keys, faces, strict=True)
        ],
        actor=actor,
    )  # fmt: skip
    return [found[key] for key in keys]


@transaction.atomic(savepoint=False)
def remove_pick_face(face_id: int, *, company_id: int, actor: Actor) -> None:
    """The bin is this SKU's face no more; it stays a pick face, maybe of others. Statements: 3."""
    face = PickFace.objects.select_related("sku").filter(pk=face_id, sku__company_id=company_id).first()
    if face is None:
        raise InvalidInput(_("There is no such pick face."), errors=[{"field": "id", "code": "unknown"}])
    limits = _limits(face.minimum, face.maximum)
    audit.record(
        [audit.Change("inventory.pickface", face.pk, "deleted", old=limits, company_id=company_id)], actor=actor
    )
    face.delete()


def _check(faces: Sequence[FaceInput], company_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM inventory_location WHERE id = ANY(%s) AND company_id = %s AND kind = %s",
            [[face.location_id for face in faces], company_id, LocationKind.BIN],
        )
        bins = {pk for (pk,) in cursor.fetchall()}
    skus = set(Sku.objects.filter(pk__in={f.sku_id for f in faces}, company_id=company_id).values_list("pk", flat=True))
    seen: set[tuple[int, int]] = set()
    errors = []
    for row, face in enumerate(faces):
        field, message = "", ""
        if face.sku_id not in skus:
            field, message = "sku", _("There is no such SKU.")
        elif face.location_id not in bins:
            field, message = "location", _("Only a bin can be a pick face.")
        elif not 0 <= face.minimum <= face.maximum or face.maximum <= 0:
            field, message = "maximum", _("The maximum is above zero, and the minimum not above it.")
        elif (face.sku_id, face.location_id) in seen:
            field, message = "location", _("This is there already.")
        seen.add((face.sku_id, face.location_id))
        if message:
            errors.append({"row": row, "field": field, "message": message, "code": "invalid"})
    if errors:
        raise InvalidInput(str(errors[0]["message"]), errors=errors)


def _limits(minimum: Decimal, maximum: Decimal) -> str:
    return f"{minimum.normalize():f}–{maximum.normalize():f}"
