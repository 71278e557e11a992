"""A buyer asks what is held of them, or to be forgotten: found by e-mail, handed out as a file, erased with a reason."""

import json

from django.contrib import admin, messages
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext

from accounting.models import Company
from accounting.selectors.retention import retention_of
from backoffice.core.actor import Actor
from backoffice.core.admin.pages import events_of, posted_reason, render_page, require, run_action
from backoffice.core.admin.step_up import step_up
from backoffice.core.models import AuditEvent
from integrations import services
from integrations.api.privacy import matching
from orders.models import Contact

MAY = "core.erase_person"


def privacy_page(request: HttpRequest) -> HttpResponse:
    """?q=: e-mail, name or the channel's id."""
    require(request, MAY)
    asked = request.GET.get("q", "")
    rows = Contact.objects.select_related("person", "channel")
    return render_page(
        request,
        admin.site,
        "integrations/privacy.html",
        title=gettext("Privacy requests"),
        asked=asked,
        found=list(matching(rows, asked)),
        may_change_company=request.user.has_perm("accounting.change_company"),
        kept=[retention_of(company) for company in Company.objects.order_by("pk")],
        erased=AuditEvent.objects.filter(object_type="orders.contact", action="erased").order_by("-pk")[:50],
    )


def held_page(request: HttpRequest, pk: int) -> HttpResponse:
    """?as=json sends the file for the person."""
    require(request, MAY)
    contact = get_object_or_404(Contact.objects.select_related("person", "channel", "party"), pk=pk)
    held = services.held_of(contact)
    if request.GET.get("as") == "json":
        answer = HttpResponse(
            json.dumps(held, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1), content_type="application/json"
        )
        answer.headers["Content-Disposition"] = f'attachment; filename="buyer-{pk}.json"'
        return answer
    return render_page(
        request,
        admin.site,
        "integrations/privacy_buyer.html",
        title=gettext("What is held of buyer %(number)s") % {"number": contact.pk},
        contact=contact,
        held=held,
        events=events_of("orders.contact", pk),
    )


@step_up
def erase_view(request: HttpRequest, pk: int) -> HttpResponse:
    def act(actor: Actor) -> str:
        get_object_or_404(Contact, pk=pk)
        done = services.erase_person(pk, actor=actor, reason=posted_reason(request))
        if done.named_in:
            messages.warning(
                request,
                gettext("The buyer is named still, change it where you can: %(places)s.")
                % {"places": ", ".join(done.named_in)},
            )
        return gettext(
            "Erased: %(addresses)s addresses, %(payloads)s payloads, %(photos)s photos. Addresses on %(invoices)s "
            "invoices stay, as the law wants."
        ) % {
            "addresses": done.addresses,
            "payloads": done.payloads,
            "photos": done.photos,
            "invoices": done.invoices,
        }

    return run_action(request, act, back=reverse("privacy_buyer", args=[pk]), permission=MAY)
