"""Tax rules with a tester, and returns: figures, the lines behind each, filing."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounting import services
from accounting.admin.journal_form import BOX, TICK, day_field
from accounting.models import Company, CustomerKind, TaxReturn, TaxReturnKind, TaxRule
from accounting.selectors import tax_returns, taxing
from accounting.taxes import TEMPLATES
from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, HouseAdmin, show_money
from backoffice.core.admin.pages import events_of, render_page, require, run_action
from backoffice.core.errors import DomainError

_TEMPLATES = [(name, template.title) for name, template in TEMPLATES.items()]


class OfCompany(forms.Form):
    company = forms.ModelChoiceField(
        Company.objects.none(), label=_("Company"), widget=forms.Select(attrs=BOX), empty_label=None
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["company"].queryset = Company.objects.order_by("name")  # type: ignore[attr-defined]


def _text(label: Any, size: int, **values: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=size, widget=forms.TextInput(attrs=BOX), **values)


class TesterForm(OfCompany):
    """A sale to try the rules with."""

    country = _text(_("Country"), 2)
    region = _text(_("Region"), 40, required=False)
    postcode = _text(_("Postcode"), 20, required=False)
    product_class = _text(_("Product class"), 20, required=False)
    customer_kind = forms.ChoiceField(
        label=_("Customer"), choices=[row for row in CustomerKind.choices if row[0]], widget=forms.Select(attrs=BOX)
    )
    date = day_field(label=_("Date"))
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=18, decimal_places=2, localize=False, initial="100.00",
        widget=forms.TextInput(attrs={"inputmode": "decimal", **BOX}),
    )  # fmt: skip
    inclusive = forms.BooleanField(
        label=_("The price includes tax"), required=False, widget=forms.CheckboxInput(attrs=TICK)
    )


class TemplateForm(OfCompany):
    template = forms.ChoiceField(
        label=_("Template"), choices=_TEMPLATES, widget=forms.Select(attrs=BOX),
        help_text=_("Tax codes and rules that are missing are made; what is there stays."),
    )  # fmt: skip


@admin.register(TaxRule)
class TaxRuleAdmin(HouseAdmin):
    list_display = ["show_where", "product_class", "customer_kind", "tax_code", "valid_from", "valid_to", "company"]
    list_select_related = ["tax_code", "company"]
    list_filter = ["country", "customer_kind"]
    autocomplete_fields = ["tax_code"]
    actions_list: list[Any] = []

    @display(description=_("Where"), ordering="country")
    def show_where(self, rule: TaxRule) -> str:
        return " ".join(filter(None, [rule.country, rule.region])) or gettext("Anywhere")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("try/", view(self.try_view), name="accounting_taxrule_try"),
            path("template/", view(self.template_view), name="accounting_taxrule_template"),
            *super().get_urls(),
        ]

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """Which tax a sale would bear, and which rule says so. Nothing is written."""
        require(request, "accounting.view_taxrule")
        asked = request.GET if "country" in request.GET else None
        form = TesterForm(asked, initial={"date": timezone.localdate(), "customer_kind": "consumer"})
        answer, refusal = None, ""
        if asked is not None and form.is_valid():
            data = dict(form.cleaned_data)
            company, amount, inclusive = data.pop("company"), data.pop("amount"), data.pop("inclusive")
            question = taxing.TaxQuestion(**(data | {"country": data["country"].upper()}))
            try:
                [answer] = taxing.tax_lines(
                    company.pk, [(question, amount)], inclusive=inclusive, exponent=company.base_currency.exponent
                )
            except DomainError as error:
                refusal = error.detail
        return render_page(
            request, self.admin_site, "accounting/tax_tester.html", title=_("Try the tax rules"), opts=self.opts,
            form=form, answer=answer, refusal=refusal, may_lay=request.user.has_perm("accounting.add_taxrule"),
        )  # fmt: skip

    def template_view(self, request: HttpRequest) -> HttpResponse:
        require(request, "accounting.add_taxrule")
        form = TemplateForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            with transaction.atomic():
                codes, rules = services.lay_tax_template(
                    company_id=form.cleaned_data["company"].pk,
                    template=form.cleaned_data["template"],
                    actor=Actor.of_request(request),
                )
            messages.success(
                request,
                gettext("%(codes)s tax codes and %(rules)s rules were made.") % {"codes": codes, "rules": rules},
            )
            return HttpResponseRedirect(reverse("admin:accounting_taxrule_changelist"))
        return render_page(
            request, self.admin_site, "accounting/form.html", title=_("Tax codes and rules of a country"),
            opts=self.opts, form=form,
        )  # fmt: skip


class ReturnForm(OfCompany):
    kind = forms.ChoiceField(label=_("Kind"), choices=TaxReturnKind.choices, widget=forms.Select(attrs=BOX))
    template = forms.ChoiceField(label=_("Template"), choices=_TEMPLATES, widget=forms.Select(attrs=BOX))
    start = day_field(label=_("First day"), help_text=_("The first of a month; of a quarter for an OSS return."))
    months = forms.IntegerField(
        label=_("Months"), min_value=1, max_value=12, required=False, widget=forms.NumberInput(attrs=BOX),
        help_text=_("Empty: as the template says."),
    )  # fmt: skip


@admin.register(TaxReturn)
class TaxReturnAdmin(FactAdmin):
    list_display = ["__str__", "show_status", "template", "show_payable", "filed_at", "reference", "company"]
    list_select_related = ["company"]
    list_filter = ["kind", "status"]

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, found: TaxReturn) -> tuple[str, str]:
        return found.status, found.get_status_display()  # type: ignore[attr-defined]

    @display(description=_("Payable"))
    def show_payable(self, found: TaxReturn) -> str:
        return show_money(found.payable, found.currency) if found.status == "filed" else "–"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounting.add_taxreturn")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [path("<int:pk>/file/", view(self.file_view), name="accounting_taxreturn_file"), *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        require(request, "accounting.add_taxreturn")
        form = ReturnForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            data = dict(form.cleaned_data)
            company = data.pop("company")
            try:
                with transaction.atomic():
                    made = services.create_return(
                        company_id=company.pk,
                        actor=Actor.of_request(request),
                        **(data | {"months": data["months"] or 0}),
                    )
                return HttpResponseRedirect(_page(made.pk))
            except DomainError as refusal:
                form.add_error(None, refusal.detail)
        return render_page(
            request, self.admin_site, "accounting/form.html", title=_("New tax return"), opts=self.opts, form=form
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        if found is None or not self.has_view_permission(request, found):
            return super().change_view(request, object_id, form_url, extra_context)
        lines = tax_returns.return_lines(found)
        box = request.GET.get("box", "")
        rows: list[Any] = (
            list(found.boxes.order_by("position")) if found.status == "filed" else tax_returns.figures(found, lines)
        )
        return render_page(
            request,
            self.admin_site,
            "accounting/tax_return.html",
            title=str(found),
            opts=self.opts,
            found=found,
            rows=rows,
            payable=found.payable if found.status == "filed" else tax_returns.payable(rows),
            box=box,
            lines=[(line, _document(line)) for line in tax_returns.box_lines(found, box, lines)[:500]] if box else [],
            late=[(line, _document(line)) for line in tax_returns.late_lines(found, lines)[:100]],
            unboxed=[(line, _document(line)) for line in tax_returns.unboxed(found, lines)[:50]],
            base_currency=found.company.base_currency_id,
            may_file=found.status == "draft" and request.user.has_perm("accounting.file_taxreturn"),
            events=events_of("accounting.taxreturn", found.pk),
        )

    def file_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = get_object_or_404(TaxReturn, pk=pk)

        def act(actor: Actor) -> str:
            services.file_return(
                pk, company_id=found.company_id, actor=actor, reference=request.POST.get("reference", "")
            )
            return gettext("The return is filed; its months take no more taxed documents.")

        return run_action(request, act, back=_page(pk), permission="accounting.file_taxreturn")


def _document(line: tax_returns.ReturnLine) -> str:
    app, model = line.document_type.split(".")
    return reverse(f"admin:{app}_{model}_change", args=[line.document_id])


def _page(pk: int) -> str:
    return reverse("admin:accounting_taxreturn_change", args=[pk])
