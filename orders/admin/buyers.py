"""The people who buy, each with what they ordered."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.admin.base import HouseAdmin
from backoffice.core.scopes import visible
from backoffice.core.show import money_text
from orders.models import Contact, Order, ReturnOrder
from orders.selectors.buyers import buyer_facts
from orders.selectors.credit import credit_of


@admin.register(Contact)
class ContactAdmin(HouseAdmin):
    list_display = ["person", "channel", "external_id", "country", "language", "group", "party"]
    list_select_related = ["person", "channel", "group", "party"]
    list_filter = [("group", RelatedDropdownFilter)]
    search_fields = ["=external_id", "person__name", "person__email"]
    autocomplete_fields = ["person", "party", "channel", "group"]
    readonly_fields = ["show_credit"]
    change_form_before_template = "orders/buyer.html"

    @display(description=_("Credit"))
    def show_credit(self, contact: Contact) -> str:
        """What a business customer owes and may still order."""
        if contact.party_id is None:
            return gettext("No account of their own: the channel's account is billed.")
        credit = credit_of([contact.party_id], on=timezone.now().date())[contact.party_id]
        used = gettext("%(owed)s owed, %(ordered)s ordered") % {
            "owed": money_text(credit.owed, credit.currency),
            "ordered": money_text(credit.ordered, credit.currency),
        }
        if credit.limit is None or credit.left is None:
            return gettext("%(used)s; no limit") % {"used": used}
        left = gettext("%(left)s left of a limit of %(limit)s") % {
            "left": money_text(credit.left, credit.currency),
            "limit": money_text(credit.limit, credit.currency),
        }
        return f"{used}; {left}"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With what they ordered and sent back, as far as the person may see orders."""
        contact = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if contact is not None and request.user.has_perm("orders.view_order"):
            extra |= {
                "buyer": buyer_facts(visible(Order.objects.filter(contact=contact), request.user)),
                "returns": visible(ReturnOrder.objects.filter(contact=contact), request.user).count(),
            }
        return super().change_view(request, object_id, form_url, extra)
