"""Photos of what comes back: taken in by what they are, kept without what they tell of people, erased on demand."""

import hashlib
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.errors import InvalidInput
from backoffice.core.pictures import picture_format, picture_size
from backoffice.core.stored_first import removed_after, stored_first
from backoffice.core.stripping import stripped
from orders.errors import NotFound, NotReady
from orders.models import ReturnLine, ReturnOrder, ReturnPhoto, ReturnStatus
from orders.services.locking import lock_returns

MAX_BYTES = 8 * 1024 * 1024
MAX_SIDE_PX = 12_000
MAX_ON_A_LINE = 6
OVER = (ReturnStatus.REJECTED, ReturnStatus.CANCELLED, ReturnStatus.CLOSED)


@dataclass(frozen=True, slots=True)
class AddedPhoto:
    """state: added, or already (this very picture stands on the line)."""

    photo_id: int
    state: str


def add_photo(
    return_order_id: int, *, return_line_id: int, content: bytes, company_id: int, actor: Actor
) -> AddedPhoto:
    """Keep a picture of a return line's goods: a PNG or JPEG, judged by its content; at most 6 on a line.

    It is kept without place, camera, comments and anything behind its end; the way it was held stays.
    Raises InvalidInput (too_large, not_a_picture, damaged, too_many), NotReady (the return is over), NotFound;
    nothing is written then. Statements: 6.
    """
    kept = checked_picture(content)
    photo = ReturnPhoto(
        return_line_id=return_line_id,
        kind=picture_format(kept),
        size=len(kept),
        digest=hashlib.sha256(content).hexdigest(),
        actor_id=actor.user_id,
        actor_label=actor.label,
    )
    with stored_first(photo, "photo", kept):
        return _add(photo, return_order_id, company_id=company_id, actor=actor)


@transaction.atomic(savepoint=False)
def _add(photo: ReturnPhoto, return_order_id: int, *, company_id: int, actor: Actor) -> AddedPhoto:
    line = photo.return_line_id
    found = lock_returns([return_order_id], company_id=company_id)[return_order_id]
    if not ReturnLine.objects.filter(pk=line, return_order=found).exists():
        raise NotFound(_("The return has no line %(id)s.") % {"id": line}, return_line_id=line)
    if found.status in OVER:
        raise NotReady(
            _("Return %(number)s is %(status)s: no photos are taken any more.")
            % {"number": found.number, "status": found.get_status_display()},
            return_order_id=found.pk,
        )
    present = dict(ReturnPhoto.objects.filter(return_line=line, erased_at__isnull=True).values_list("digest", "pk"))
    if photo.digest in present:
        return AddedPhoto(present[photo.digest], "already")
    if len(present) >= MAX_ON_A_LINE:
        raise _wrong("too_many", _("There are %(most)s photos of this line already.") % {"most": MAX_ON_A_LINE})
    photo.save(force_insert=True)
    _tell(found, actor)
    return AddedPhoto(photo.pk, "added")


def checked_picture(content: bytes) -> bytes:
    """What is kept of an upload. Raises InvalidInput."""
    if len(content) > MAX_BYTES:
        raise _wrong("too_large", _("A photo has at most %(most)s MB.") % {"most": MAX_BYTES // 1024 // 1024})
    side = picture_size(content)
    if side is None:
        raise _wrong("not_a_picture", _("Send a PNG or JPEG picture."))
    if not all(0 < length <= MAX_SIDE_PX for length in side):
        raise _wrong("too_large", _("A photo has at most %(most)s pixels a side.") % {"most": MAX_SIDE_PX})
    kept = stripped(content)
    if kept is None:
        raise _wrong("damaged", _("The picture is damaged: it cannot be read to its end."))
    return kept


@transaction.atomic(savepoint=False)
def erase_photos(return_order_id: int, *, company_id: int, actor: Actor, reason: str = "") -> int:
    """Delete the files of all photos of a return; that there were some stays. How many. Raises NotFound.

    The files go after the commit: a slow storage keeps no return locked. Statements: 5.
    """
    found = lock_returns([return_order_id], company_id=company_id)[return_order_id]
    photos = list(
        ReturnPhoto.objects.filter(return_line__return_order=found, erased_at__isnull=True)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    removed_after(photo.content for photo in photos)
    ReturnPhoto.objects.filter(pk__in=[photo.pk for photo in photos]).update(content="", erased_at=timezone.now())
    if photos:
        record(
            [
                Change(
                    "orders.returnorder",
                    found.pk,
                    "photos_erased",
                    "photos",
                    str(len(photos)),
                    "0",
                    reason,
                    company_id,
                )
            ],
            actor=actor,
        )
    return len(photos)


def _tell(found: ReturnOrder, actor: Actor) -> None:
    change = Change("orders.returnorder", found.pk, "photo_added", "photos", "", "+1", "", found.company_id)
    record([change], actor=actor)


def _wrong(code: str, message: str) -> InvalidInput:
    return InvalidInput(message, errors=[{"field": "file", "message": message, "code": code}])
