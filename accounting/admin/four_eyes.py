"""Four eyes: which two steps one person may not both take, above what value; the owner switches and limits them."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from accounting.admin.reports import chosen_company
from accounting.models import Company
from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_quantity, posted_reason, render_page, require, run_action
from backoffice.core.admin.step_up import step_up
from backoffice.core.approval_limits import set_threshold
from backoffice.core.approving import approval_rules
from backoffice.core.models import AuditEvent
from backoffice.core.registry import registry
from backoffice.core.scopes import offered

SEE, CHANGE = "core.view_approvalthreshold", "core.change_approvalthreshold"
RECENT = 15


def four_eyes_page(request: HttpRequest) -> HttpResponse:
    """Every pair with its rule, whether it is on, up to what nobody is asked and who may."""
    require(request, SEE)
    company, errors = chosen_company(request)
    actions = registry.approval_actions()
    terms = approval_rules(company_id=company.pk) if company else []
    rows = [{"action": actions[one.action], "terms": one, "who": one.approvers} for one in terms]
    events: Any = AuditEvent.objects.filter(
        object_type="core.approvalthreshold", company_id=company.pk if company else 0
    )
    return render_page(
        request,
        admin.site,
        "accounting/four_eyes.html",
        title=gettext("Four eyes"),
        company=company,
        companies=offered(Company.objects.order_by("name")),
        errors=errors,
        rows=sorted(rows, key=lambda row: not row["action"].from_start),
        may_change=request.user.has_perm(CHANGE),
        events=[
            (event, _title(event.reason), event.reason.partition(": ")[2])
            for event in events.select_related("actor").order_by("-id")[:RECENT]
        ],
    )


def _title(reason: str) -> Any:
    """The pair that a change in the trail is of: its reason begins with the pair's code."""
    code = reason.partition(": ")[0]
    action = registry.approval_actions().get(code)
    return action.title if action else code


@step_up
def set_view(request: HttpRequest) -> HttpResponse:
    """On above a value, or off, with the reason."""
    company = offered(Company.objects.filter(code=request.POST.get("company", "")[:60])).first()
    if request.method == "POST" and company is None:
        raise Http404

    def act(actor: Actor) -> str:
        on = request.POST.get("on") == "1"
        amount = posted_quantity(request, "amount", gettext("Free up to"), default=Decimal(0)) if on else None
        action = request.POST.get("action", "")[:40]
        set_threshold(
            company_id=company.pk, action=action, amount=amount, actor=actor, reason=posted_reason(request)
        )  # fmt: skip
        words = {"pair": registry.approval_actions()[action].title}
        return (gettext("%(pair)s: four eyes are on.") if on else gettext("%(pair)s: four eyes are off.")) % words

    back = f"{reverse('four_eyes')}?company={company.code if company else ''}"
    return run_action(request, act, back=back, permission=CHANGE)
