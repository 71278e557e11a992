"""Series of legal numbers: whether they are whole, and how a new one begins."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounting import services
from accounting.models import Invoice, NumberSeries
from accounting.selectors.series import series_state
from backoffice.core.actor import Actor
from backoffice.core.admin.base import FactAdmin
from backoffice.core.admin.pages import events_of, render_page, run_action
from backoffice.core.errors import InvalidInput


@admin.register(NumberSeries)
class NumberSeriesAdmin(FactAdmin):
    list_display = ["code", "prefix", "show_next", "show_state", "company"]
    list_select_related = ["company"]

    @display(description=_("Next number"))
    def show_next(self, series: NumberSeries) -> str:
        return f"{series.prefix}{series.next_number:0{series.digits}d}"

    @display(description=_("Gaps"), label={"whole": "success", "gaps": "danger"})
    def show_state(self, series: NumberSeries) -> tuple[str, str]:
        documents = Invoice.objects.filter(series=series).count()
        whole = documents == series.next_number - series.first_number
        return ("whole", gettext("None")) if whole else ("gaps", gettext("Numbers are missing"))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/begin/", view(self.begin_view), name="accounting_numberseries_begin"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        series = self.get_object(request, object_id)
        if series is None or not self.has_view_permission(request, series):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "accounting/series.html",
            title=str(series),
            opts=self.opts,
            series=series,
            next_number=self.show_next(series),
            state=series_state(series),
            newest=Invoice.objects.filter(series=series).select_related("party__person").order_by("-sequence")[:10],
            may_begin="/" not in series.code and request.user.has_perm("accounting.change_numberseries"),
            events=events_of("accounting.numberseries", series.pk),
        )

    def begin_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        series = get_object_or_404(NumberSeries, pk=pk)
        back = [_page(pk)]

        def act(actor: Actor) -> str:
            given = _BeginForm(request.POST)
            if not given.is_valid():
                raise InvalidInput(gettext("Give a prefix and a first number above zero."))
            made = services.begin_series(pk, company_id=series.company_id, actor=actor, **given.cleaned_data)
            back[0] = _page(made.pk)
            return gettext("From now on numbers begin with %(prefix)s.") % {"prefix": made.prefix}

        answer = run_action(request, act, back=back[0], permission="accounting.change_numberseries")
        if back[0] != _page(pk) and "location" in answer.headers:
            answer.headers["location"] = back[0]
        return answer


class _BeginForm(forms.Form):
    prefix = forms.CharField(max_length=20)  # type: ignore[assignment]  # a field of that name hides the form's own
    first_number = forms.IntegerField(min_value=1)
    digits = forms.IntegerField(min_value=1, max_value=12)


def _page(pk: int) -> str:
    return reverse("admin:accounting_numberseries_change", args=[pk])
