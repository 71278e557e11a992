"""The standing proof as a page."""

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin.pages import render_page, require
from backoffice.core.db import database_now
from backoffice.core.jobs import run_once
from backoffice.core.models import JobRun
from backoffice.core.proof import run_checks

SEE, RUN = "core.view_auditevent", "core.add_jobrun"


@staff_member_required
@permission_required(SEE, raise_exception=True)
def proof_page(request: HttpRequest) -> HttpResponse:
    """The last proof, whoever ran it; a POST runs all checks now and keeps their answers."""
    if request.method == "POST":
        require(request, RUN)
        prove_now()
        return HttpResponseRedirect(reverse("proof"))
    last = last_proof()
    return render_page(
        request,
        admin.site,
        "backoffice/proof.html",
        title=_("The standing proof"),
        proof=last.detail if last else None,
        last=last,
        may_run=request.user.has_perm(RUN),
    )


def prove_now() -> None:
    """Run all checks and keep their answers as a job run."""
    run_once("prove", lambda: run_checks().as_dict(), due_at=database_now())


def last_proof() -> JobRun | None:
    """The latest proof that came to an end."""
    return (
        JobRun.objects.filter(job="prove", finished_at__isnull=False, detail__has_key="checks").order_by("-id").first()
    )
