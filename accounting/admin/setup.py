"""Reference data of the books: company, chart, taxes, rates, people and addresses."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.core.files.storage import default_storage
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminURLInputWidget

from accounting.logos import MAX_BYTES
from accounting.models import (
    Account,
    AccountMapping,
    Address,
    Company,
    Currency,
    ExchangeRate,
    PersonalData,
    TaxCode,
    TaxRate,
)
from accounting.selectors.tax_returns import counted_by_return
from backoffice.core.admin.base import HouseAdmin, HouseInline, ReasonForm, apart
from backoffice.core.pictures import picture_format

ON_DOCUMENTS = (
    "logo", "email", "phone", "website", "registration_number", "bank_name", "bank_account", "bank_code",
    "document_note",
)  # fmt: skip


@admin.register(Company)
class CompanyAdmin(HouseAdmin):
    """What documents say of the company stands apart; each version is kept for those issued while it held."""

    list_display = ["name", "code", "base_currency", "country", "time_zone"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https", "widget": UnfoldAdminURLInputWidget}}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return apart(super().get_fieldsets(request, obj), _("On documents"), ON_DOCUMENTS)


@staff_member_required
def show_logo(request: HttpRequest, name: str) -> HttpResponse:
    """A stored logo, as what it is: nothing else that was uploaded is served."""
    try:
        with default_storage.open(f"logos/{name}") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError:
        raise Http404 from None
    if not (kind := picture_format(content)):
        raise Http404
    return HttpResponse(content, content_type="image/png" if kind == "png" else "image/jpeg")


@admin.register(Currency)
class CurrencyAdmin(HouseAdmin):
    list_display = ["code", "name", "symbol", "exponent"]
    search_fields = ["code", "name"]


@admin.register(ExchangeRate)
class ExchangeRateAdmin(HouseAdmin):
    """Typed one by one here; files come in under Imports."""

    list_display = ["currency", "date", "rate", "source", "company"]
    list_filter = ["currency"]
    ordering = ["-date"]


@admin.register(Account)
class AccountAdmin(HouseAdmin):
    list_display = ["code", "name", "type", "control", "is_postable", "is_active"]
    list_filter = ["type", "control", "company"]
    search_fields = ["code", "name"]
    list_per_page = 200


@admin.register(AccountMapping)
class AccountMappingAdmin(HouseAdmin):
    list_display = ["role", "account", "company"]
    list_select_related = ["account", "company"]
    autocomplete_fields = ["account"]


class TaxRateInline(HouseInline):
    model = TaxRate
    extra = 0
    hide_title = True


class TaxCodeForm(ReasonForm):
    def clean(self) -> Any:
        """What a filed return counted by the code stays counted so."""
        moved = {"treatment", "country"} & set(self.changed_data)
        if self.instance.pk and moved and counted_by_return(self.instance.pk):
            self.add_error(moved.pop(), _("It stands in a filed return so: make a new tax code instead."))
        return super().clean()


@admin.register(TaxCode)
class TaxCodeAdmin(HouseAdmin):
    form = TaxCodeForm
    list_display = ["code", "name", "country", "treatment", "account", "is_active"]
    list_select_related = ["account"]
    search_fields = ["code", "name"]
    inlines = [TaxRateInline]
    autocomplete_fields = ["account"]


@admin.register(PersonalData)
class PersonalDataAdmin(HouseAdmin):
    private_fields = ("*",)
    list_display = ["name", "email", "phone", "erased_at"]
    search_fields = ["name", "email"]


@admin.register(Address)
class AddressAdmin(HouseAdmin):
    private_fields = ("*",)
    list_display = ["name", "line1", "postcode", "city", "country"]
    search_fields = ["=postcode"]
    fields = [
        "company", "name", "organisation", "line1", "line2", "city", "region", "postcode", "country", "phone",
    ]  # fmt: skip

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Documents were printed from it: another address is another row, chosen where the old one was."""
        return False
