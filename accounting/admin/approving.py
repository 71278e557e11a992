"""Who may approve what, up to how much."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from accounting.models import Company
from backoffice.core.admin.base import HouseAdmin, ReasonForm, show_money
from backoffice.core.admin.step_up import StepUpAdmin
from backoffice.core.models import ApprovalLimit, ApprovalThreshold
from backoffice.core.staff import StaffRole


class RoleField(forms.ModelChoiceField):
    """Roles in the reader's words; groups of one's own by their name."""

    def label_from_instance(self, group: Any) -> str:
        return str(StaffRole(group.name).label) if group.name in StaffRole.values else group.name


class ApprovalForm(ReasonForm):
    company_id = forms.TypedChoiceField(label=_("Company"), coerce=int, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["company_id"].choices = list(  # type: ignore[attr-defined]
            Company.objects.order_by("name").values_list("pk", "name")
        )


class ApprovalAdmin(StepUpAdmin, HouseAdmin):
    """What both lists share: whose rule it is, in words."""

    form = ApprovalForm
    list_filter = [("action", ChoicesDropdownFilter)]
    list_filter_submit = True

    @display(description=_("Action"), ordering="action")
    def show_action(self, row: Any) -> str:
        return row.get_action_display()

    @display(description=_("Company"), ordering="company_id")
    def show_company(self, row: Any) -> str:
        return row.company_name

    def get_queryset(self, request: Any) -> Any:
        company = Company.objects.filter(pk=OuterRef("company_id"))
        return (
            super()
            .get_queryset(request)
            .annotate(
                company_name=Subquery(company.values("name")[:1]),
                currency=Subquery(company.values("base_currency_id")[:1]),
            )
        )


@admin.register(ApprovalThreshold)
class ApprovalThresholdAdmin(ApprovalAdmin):
    list_display = ["show_action", "show_amount", "show_company"]
    fields = ["company_id", "action", "amount"]

    @display(description=_("Free up to"), ordering="amount")
    def show_amount(self, row: Any) -> Any:
        return show_money(row.amount, row.currency)


@admin.register(ApprovalLimit)
class ApprovalLimitAdmin(ApprovalAdmin):
    list_display = ["show_action", "show_who", "show_amount", "show_company"]
    list_select_related = ["group", "user"]
    fields = ["company_id", "action", "group", "user", "amount"]
    autocomplete_fields = ["user"]

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "group":
            kwargs["form_class"] = RoleField
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @display(description=_("Role or user"))
    def show_who(self, row: ApprovalLimit) -> str:
        if row.user is not None:
            return row.user.get_username()
        name = row.group.name if row.group else ""
        return str(StaffRole(name).label) if name in StaffRole.values else name

    @display(description=_("May approve up to"), ordering="amount")
    def show_amount(self, row: Any) -> Any:
        return gettext("Any value") if row.amount is None else show_money(row.amount, row.currency)
