"""Customers, suppliers and channels as the ledger knows them, each with what is open."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounting.models import Party
from accounting.selectors.items import OpenItemRow, open_items
from backoffice.core.admin.base import HouseAdmin


@dataclass(frozen=True, slots=True)
class PartyAccount:
    """One side of a party's account, a figure for each currency; sums are positive where it owes as the title says."""

    control: str
    title: Any
    items: Sequence[OpenItemRow]
    today: datetime.date

    @property
    def open(self) -> dict[str, Decimal]:
        return self._sums(self.items)

    @property
    def overdue(self) -> dict[str, Decimal]:
        due = [item for item in self.items if item.due_date < self.today and self._sign * item.open_amount > 0]
        return self._sums(due)

    @property
    def _sign(self) -> int:
        return -1 if self.control == "payable" else 1

    def _sums(self, items: Sequence[OpenItemRow]) -> dict[str, Decimal]:
        found: defaultdict[str, Decimal] = defaultdict(Decimal)
        for item in items:
            found[item.currency] += self._sign * item.open_amount
        return dict(sorted(found.items()))


def _accounts(party: Party) -> list[PartyAccount]:
    """Both sides, as far as the party is such a one or something is open there. Statements: 2."""
    today = timezone.localdate()
    sides = (
        ("receivable", _("Owed to us"), party.is_customer or party.is_channel),
        ("payable", _("Owed by us"), party.is_supplier),
    )
    found = []
    for control, title, expected in sides:
        items = open_items(company_id=party.company_id, as_of=today, party_id=party.pk, control=control)
        if items or expected:
            found.append(PartyAccount(control, title, items, today))
    return found


@admin.register(Party)
class PartyAdmin(HouseAdmin):
    private_fields = ("name",)
    list_display = ["code", "show_name", "is_customer", "is_supplier", "is_channel", "currency", "payment_terms_days"]
    list_filter = ["is_customer", "is_supplier", "is_channel"]
    list_select_related = ["person"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["person", "address", "currency"]
    change_form_before_template = "accounting/party.html"

    @display(description=_("Name"))
    def show_name(self, party: Party) -> str:
        return str(party)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With what is open on its account, either way."""
        party = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if party is not None and request.user.has_perm("accounting.view_openitem"):
            extra["accounts"] = _accounts(party)
        return super().change_view(request, object_id, form_url, extra)
