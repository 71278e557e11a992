"""Papers kept with documents of the books."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.attachments import MAX_BYTES, MAX_FILES, attachment_type, digest_of
from accounting.errors import AttachmentRefused, NotFound
from accounting.models import Attachment, Invoice, ManualJournal, ManualJournalStatus, Payment
from accounting.papers import shown_name
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.stored_first import stored_first


@dataclass(frozen=True, slots=True)
class Attachable:
    """A kind of document that papers are kept with, and what looking at it and adding to it need."""

    model: Any
    view: str
    change: str


ATTACHABLE = {
    "accounting.invoice": Attachable(Invoice, "accounting.view_invoice", "accounting.add_attachment"),
    "accounting.manualjournal": Attachable(
        ManualJournal, "accounting.view_manualjournal", "accounting.change_manualjournal"
    ),
    "accounting.payment": Attachable(Payment, "accounting.view_payment", "accounting.add_attachment"),
}


def attach(upload: Any, *, object_type: str, object_id: int, company_id: int, actor: Actor) -> Attachment:
    """Keep an uploaded file with a document, whatever its status; the same file again is answered with the first.

    Raises NotFound, AttachmentRefused (empty, too_large, file_type, too_many); nothing is written then. Statements: 4.
    """
    _document(object_type, object_id, company_id)
    content = upload.read(MAX_BYTES + 1)
    name = shown_name(upload.name or "")
    made = Attachment(
        company_id=company_id,
        object_type=object_type,
        object_id=object_id,
        name=name,
        content_type=attachment_type(content),
        size=len(content),
        digest=digest_of(content),
        added_by_label=actor.label,
    )
    with stored_first(made, name, content, file="file"):
        return _attach(made, actor)


@transaction.atomic(savepoint=False)
def _attach(made: Attachment, actor: Actor) -> Attachment:
    kept = list(Attachment.objects.filter(object_type=made.object_type, object_id=made.object_id))
    for one in kept:
        if one.digest == made.digest:
            return one
    if len(kept) >= MAX_FILES:
        raise AttachmentRefused(
            _("A document has at most %(limit)s papers.") % {"limit": MAX_FILES}, code="too_many", field="file"
        )
    made.save()
    _record(made, "paper_added", actor, new=made.name)
    return made


@transaction.atomic(savepoint=False)
def detach(attachment_id: int, *, company_id: int, actor: Actor) -> None:
    """Take a paper off a draft; the stored file stays. Raises NotFound, AttachmentRefused (not_a_draft). Statements: 4."""
    found = Attachment.objects.filter(pk=attachment_id, company_id=company_id).first()
    if found is None:
        raise NotFound(_("There is no such paper."), attachment_id=attachment_id)
    drafts = ManualJournal.objects.filter(pk=found.object_id, status=ManualJournalStatus.DRAFT)
    if found.object_type != "accounting.manualjournal" or not drafts.exists():
        raise AttachmentRefused(_("Only the papers of a draft can be removed."), code="not_a_draft")
    _record(found, "paper_removed", actor, old=found.name)
    found.delete()


def _document(object_type: str, object_id: int, company_id: int) -> None:
    if object_type not in ATTACHABLE:
        raise ValueError(f"papers are kept with {sorted(ATTACHABLE)}, not {object_type!r}")
    if not ATTACHABLE[object_type].model.objects.filter(pk=object_id, company_id=company_id).exists():
        raise NotFound(_("There is no such document."), object_id=object_id)


def _record(paper: Attachment, action: str, actor: Actor, *, old: str = "", new: str = "") -> None:
    change = audit.Change(paper.object_type, paper.object_id, action, "", old, new, "", paper.company_id)
    audit.record([change], actor=actor)
