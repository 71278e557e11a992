"""What an hour of work costs."""

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from backoffice.core.admin.base import HouseAdmin, show_money
from warehouse.models import WageRate


@admin.register(WageRate)
class WageRateAdmin(HouseAdmin):
    list_display = ["show_whose", "from_date", "show_hourly"]
    list_select_related = ["person", "company"]
    list_filter = [("role", ChoicesDropdownFilter)]
    search_fields = ["person__username"]
    autocomplete_fields = ["person"]

    @display(description=_("Whose"))
    def show_whose(self, rate: WageRate) -> str:
        if rate.person:
            return rate.person.get_full_name() or rate.person.get_username()
        return str(rate.get_role_display()) or gettext("Everybody")

    @display(description=_("An hour costs"))
    def show_hourly(self, rate: WageRate) -> str:
        return show_money(rate.hourly, rate.company.base_currency_id)
