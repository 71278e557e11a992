"""Scheduled reports on screen: a form, what was made, and the files."""

import mimetypes
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.files.storage import default_storage
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import FactAdmin
from backoffice.core.admin.pages import events_of, render_page, require, run_action
from backoffice.core.models import ReportRun, SavedView, ScheduledReport
from backoffice.core.saved_views import views_for
from backoffice.dashboard import scheduled
from backoffice.dashboard.report_pages import PAGES

_BOX = {"class": "bo-input"}
ADD, CHANGE = "core.add_scheduledreport", "core.change_scheduledreport"
SHOWN = 50


class ScheduleForm(forms.ModelForm):
    """what: "report:movers" or "view:12"."""

    what = forms.ChoiceField(label=_("Report or saved view"), widget=forms.Select(attrs=_BOX))
    weekday = forms.TypedChoiceField(
        label=_("Weekday"), coerce=int, choices=[(day + 1, name) for day, name in WEEKDAYS.items()],
        widget=forms.Select(attrs=_BOX), help_text=_("Of a weekly report."),
    )  # fmt: skip
    mails = forms.CharField(
        label=_("Mailed to"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2, **_BOX}),
        help_text=_("Addresses, with commas. Without any, the files are kept on this page only."),
    )  # fmt: skip

    class Meta:
        model = ScheduledReport
        fields = ["name", "format", "period", "every", "weekday", "day_of_month", "at_time", "is_active"]
        widgets = {
            **{name: forms.Select(attrs=_BOX) for name in ("format", "period", "every")},
            "day_of_month": forms.NumberInput(attrs={"min": 1, "max": 28, **_BOX}),
            "name": forms.TextInput(attrs=_BOX),
            "at_time": forms.TimeInput(attrs={"type": "time", **_BOX}, format="%H:%M"),
        }
        help_texts = {
            "period": _("For reports that ask for dates."),
            "day_of_month": _("1 to 28, of a monthly report."),
        }

    field_order = [
        "name",
        "what",
        "format",
        "period",
        "every",
        "weekday",
        "day_of_month",
        "at_time",
        "mails",
        "is_active",
    ]

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        reports = [(f"report:{code}", page.title) for code, page in PAGES.items() if user.has_perm(page.permission)]
        self.views: dict[str, SavedView] = {f"view:{view.pk}": view for view in views_for(user)}
        views = [(key, f"{view.list_label}: {view.name}") for key, view in self.views.items()]
        self.fields["what"].choices = [(_("Reports"), reports), (_("Saved views of lists"), views)]  # type: ignore[attr-defined]
        if self.instance.pk:
            view = self.instance.saved_view_id
            self.initial["what"] = f"view:{view}" if view else f"report:{self.instance.report}"
            self.initial["mails"] = ", ".join(self.instance.mail_to)

    def clean_mails(self) -> list[str]:
        given = [part.strip() for part in self.cleaned_data["mails"].replace("\n", ",").split(",") if part.strip()]
        if len(given) > 20:
            raise forms.ValidationError(gettext("At most 20 addresses."))
        for address in given:
            validate_email(address)
        return given

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        same = ScheduledReport.objects.filter(owner=self.instance.owner_id or self.user.pk, name=name)
        if same.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(gettext("You have a report of this name already."))
        return name

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        what, kind = given.get("what", ""), given.get("format")
        formats = ("csv", "xlsx") if what in self.views else PAGES[what[7:]].formats if what else ()
        if what and kind and kind not in formats:
            self.add_error(
                "format", gettext("This one is made as %(formats)s only.") % {"formats": ", ".join(formats).upper()}
            )
        return given

    def fill(self) -> ScheduledReport:
        """The report as the form has it, not saved."""
        report: ScheduledReport = self.save(commit=False)
        what = self.cleaned_data["what"]
        report.saved_view = self.views.get(what)
        report.report = "" if report.saved_view else what[7:]
        report.mail_to = self.cleaned_data["mails"]
        if report.owner_id is None:
            report.owner = self.user
        return report


@admin.register(ScheduledReport)
class ScheduledReportAdmin(FactAdmin):
    list_display = ["name", "show_what", "every", "at_time", "format", "owner", "is_active", "next_due_at"]
    list_select_related = ["owner", "saved_view"]
    search_fields = ["name"]
    ordering = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScheduledReport]:
        """One's own: a file shows what its owner may see."""
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.filter(owner=request.user)

    @display(description=_("Report or saved view"))
    def show_what(self, report: ScheduledReport) -> str:
        if report.saved_view is not None:
            return report.saved_view.name
        return str(PAGES[report.report].title) if report.report in PAGES else report.report

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(ADD)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/now/", view(self.now_view), name="core_scheduledreport_now"),
            path("files/<int:pk>/", view(self.file_view), name="core_reportrun_file"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        require(request, ADD)
        return self._page(request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        report = self.get_object(request, object_id)
        if report is None or not self.has_view_permission(request, report):
            return super().change_view(request, object_id, form_url, extra_context)
        return self._page(request, report)

    def _page(self, request: HttpRequest, report: ScheduledReport | None) -> HttpResponse:
        form = ScheduleForm(request.user, request.POST if request.method == "POST" else None, instance=report)
        if request.method == "POST":
            require(request, CHANGE if report else ADD)
        if form.is_valid():
            with transaction.atomic():
                kept = scheduled.keep(form.fill(), actor=Actor.of_request(request))
            messages.success(request, gettext("“%(name)s” is saved.") % {"name": kept.name})
            return HttpResponseRedirect(_url(kept.pk))
        context: dict[str, Any] = {}
        if report:
            context = {
                "runs": list(report.runs.order_by("-pk")[:SHOWN]),
                "events": events_of(scheduled.OBJECT, report.pk),
            }
        return render_page(
            request, self.admin_site, "backoffice/scheduled_report.html", title=report.name if report else _("New scheduled report"),
            opts=self.opts, report=report, form=form, **context,
        )  # fmt: skip

    def now_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            report = self.get_queryset(request).filter(pk=pk).first()
            if report is None:
                raise Http404
            scheduled.ask_now(report, actor=actor)
            return gettext("It is made within a minute.")

        return run_action(request, act, back=_url(pk), permission=CHANGE)

    def file_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        require(request, "core.view_scheduledreport")
        run = (
            ReportRun.objects.filter(pk=pk, scheduled__in=self.get_queryset(request))
            .select_related("scheduled")
            .first()
        )
        if run is None or not run.file or not default_storage.exists(run.file):
            raise Http404
        name = f"{run.scheduled.name}-{run.due_at:%Y-%m-%d}.{run.scheduled.format}"
        kind = mimetypes.guess_type(run.file)[0] or "application/octet-stream"
        return FileResponse(default_storage.open(run.file), as_attachment=True, filename=name, content_type=kind)


def _url(pk: int) -> str:
    return reverse("admin:core_scheduledreport_change", args=[pk])
