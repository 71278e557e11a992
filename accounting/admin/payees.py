"""Suppliers' bank accounts: the list with who entered each and when, and the form of a new one."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounting.admin.journal_form import BOX
from accounting.models import Party, PartyBankAccount
from accounting.services.payees import PayeeAccount, enter_party_account
from backoffice.core.actor import Actor
from backoffice.core.admin.base import FactAdmin
from backoffice.core.admin.pages import render_page, require
from backoffice.core.admin.step_up import ask_proof
from backoffice.core.errors import DomainError, InvalidInput

ADD = "accounting.add_partybankaccount"


def _text(label: Any, size: int, **values: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=size, widget=forms.TextInput(attrs=BOX), **values)


class PayeeForm(forms.Form):
    """What is wrong with it is told by the service, for the page and the API alike."""

    party = forms.ModelChoiceField(Party.objects.none(), label=_("Supplier"), widget=forms.Select(attrs=BOX))
    holder = _text(_("Account holder"), 140, required=False, help_text=_("As the bank knows them."))
    iban = _text("IBAN", 50, required=False)
    number = _text(_("Account number"), 34, required=False, help_text=_("Where there is no IBAN."))
    bic = _text("BIC", 11, required=False)
    bank_name = _text(_("Bank"), 120, required=False)
    reason = _text(
        _("Reason"), 300, required=False,
        help_text=_("How you know that it is theirs: who was called back, on which number."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        suppliers = Party.objects.filter(is_supplier=True).select_related("person").order_by("code")
        self.fields["party"].queryset = suppliers  # type: ignore[attr-defined]


@admin.register(PartyBankAccount)
class PartyBankAccountAdmin(FactAdmin):
    """The newest of a supplier holds; none is edited."""

    list_display = ["party", "show_account", "bic", "bank_name", "show_holds", "actor_label", "recorded_at", "reason"]
    list_select_related = ["party__person"]
    search_fields = ["party__code", "party__name", "=iban", "=number", "holder"]
    search_help_text = _("Supplier, holder or the whole number")
    ordering = ["-id"]
    fields = ["party", "holder", "iban", "number", "bic", "bank_name", "reason", "actor_label", "recorded_at"]

    @display(description=_("Account"))
    def show_account(self, row: PartyBankAccount) -> str:
        return row.shown

    @display(description=_("In force"), boolean=True)
    def show_holds(self, row: PartyBankAccount) -> bool:
        return bool(row.holds)  # type: ignore[attr-defined]  # annotated

    def get_queryset(self, request: HttpRequest) -> Any:
        rows: Any = super().get_queryset(request)
        return rows.with_holds()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(ADD))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """?party=7 chooses the supplier."""
        require(request, ADD)
        if asked := ask_proof(request):
            return asked
        form = PayeeForm(
            request.POST if request.method == "POST" else None, initial={"party": request.GET.get("party")}
        )
        if request.method == "POST" and form.is_valid() and self._entered(request, form):
            return HttpResponseRedirect(reverse("admin:accounting_partybankaccount_changelist"))
        return render_page(
            request, self.admin_site, "accounting/form.html", title=_("New bank account of a supplier"),
            opts=self.opts, form=form,
        )  # fmt: skip

    @staticmethod
    def _entered(request: HttpRequest, form: PayeeForm) -> bool:
        data = dict(form.cleaned_data)
        party, reason = data.pop("party"), data.pop("reason")
        try:
            with transaction.atomic():
                enter_party_account(
                    PayeeAccount(**data), party_id=party.pk, company_id=party.company_id, reason=reason,
                    actor=Actor.of_request(request),
                )  # fmt: skip
        except InvalidInput as wrong:
            for error in wrong.context["errors"]:
                form.add_error(error["field"], error["message"])
            return False
        except DomainError as refusal:
            form.add_error(None, refusal.detail)
            return False
        return True
