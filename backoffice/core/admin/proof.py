"""The standing proof as a page."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from backoffice.core.admin.pages import render_page
from backoffice.core.models import JobRun
from backoffice.core.proof import run_checks


@staff_member_required
@permission_required("core.view_auditevent", raise_exception=True)
def proof_page(request: HttpRequest) -> HttpResponse:
    """The last scheduled proof; a POST runs all checks now and shows what they say."""
    if request.method == "POST":
        proof: dict[str, Any] | None = run_checks().as_dict()
        last = None
    else:
        last = JobRun.objects.filter(job="prove", finished_at__isnull=False).order_by("-id").first()
        proof = last.detail if last and "checks" in last.detail else None
    return render_page(
        request, admin.site, "backoffice/proof.html", title=_("The standing proof"), proof=proof, last=last
    )
