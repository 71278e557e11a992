"""The paper of a bill in the storage."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.errors import BillRefused, NotFound
from accounting.models import BillPaper, BillStatus
from accounting.papers import check_paper, shown_name
from accounting.services.bills.states import lock_bill, record
from backoffice.core.actor import Actor
from backoffice.core.stored_first import stored_first

MAX_PAPERS = 20


def add_paper(file: Any, *, bill_id: int, company_id: int, actor: Actor) -> BillPaper:
    """Keep an uploaded file with a bill, whatever its status.

    Raises NotFound, BillRefused (paper_too_large, paper_empty, paper_type, too_many_papers). Statements: 4.
    """
    content_type = check_paper(file)
    name = shown_name(file.name or "")
    file.seek(0)
    paper = BillPaper(
        bill_id=bill_id, file=file, name=name, content_type=content_type, size=file.size, added_by_label=actor.label
    )
    with stored_first(paper, name, file.read(), file="file"):
        return _add(paper, company_id=company_id, actor=actor)


@transaction.atomic(savepoint=False)
def _add(paper: BillPaper, *, company_id: int, actor: Actor) -> BillPaper:
    bill = lock_bill(paper.bill_id, company_id=company_id)
    if bill.papers.count() >= MAX_PAPERS:
        raise BillRefused(_("A bill has at most %(limit)s papers.") % {"limit": MAX_PAPERS}, code="too_many_papers")
    paper.save()
    record(bill, "paper_added", actor, new=paper.name)
    return paper


@transaction.atomic(savepoint=False)
def remove_paper(paper_id: int, *, bill_id: int, company_id: int, actor: Actor) -> None:
    """Take a paper off a draft; the stored file stays. Raises NotFound, BillRefused (not_a_draft). Statements: 4."""
    bill = lock_bill(bill_id, company_id=company_id)
    if bill.status != BillStatus.DRAFT:
        raise BillRefused(_("Only the papers of a draft can be removed."), code="not_a_draft")
    paper = bill.papers.filter(pk=paper_id).first()
    if paper is None:
        raise NotFound(_("There is no such paper."), paper_id=paper_id)
    paper.delete()
    record(bill, "paper_removed", actor, old=paper.name)
