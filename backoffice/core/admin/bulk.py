"""Bulk jobs on screen: choosing an action in a list, its progress, and what became of each row."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.core import bulk
from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_time
from backoffice.core.admin.pages import render_page, run_action
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.export import file_response, table_response
from backoffice.core.models import BulkJob, BulkJobRow
from backoffice.core.models.bulk import BulkState
from backoffice.core.registry import BulkAction, links_of, registry
from backoffice.core.show import show_number

PAGE = 100
COUNT_CAP = 1_000


def job_url(pk: int) -> str:
    return reverse("admin:core_bulkjob_change", args=[pk])


def capped_count(rows: QuerySet[Any], cap: int = COUNT_CAP) -> str:
    """How many, never counting further than the cap: "1,000+", as the reader writes it."""
    count = rows.order_by()[: cap + 1].count()
    return f"{show_number(cap)}+" if count > cap else show_number(count)


def begin(site: Any, request: HttpRequest, action: BulkAction, rows: QuerySet[Any]) -> HttpResponse:
    """A bulk action chosen in a list: ask what it wants to know, then start its job and show it.

    rows: what is selected; with "all that match" the list's own filter, whose address the form keeps.
    """
    across = request.POST.get("select_across", "0") == "1"
    errors: list[dict[str, Any]] = []
    if "bulk_confirmed" in request.POST or not (action.fields or across):
        try:
            job = bulk.start_job(
                action.name,
                rows=rows,
                params={field.name: request.POST.get(f"bulk_{field.name}", "") for field in action.fields},
                actor=Actor.of_request(request),
                selection=request.META.get("QUERY_STRING", "") if across else "",
            )
            return HttpResponseRedirect(job_url(job.pk))
        except InvalidInput as refusal:
            errors = list(refusal.context.get("errors", []))
        except DomainError as refusal:
            errors = [{"field": "", "message": refusal.detail}]
    return render_page(
        request,
        site,
        "backoffice/bulk_confirm.html",
        title=action.title,
        action=action,
        fields=[(f, request.POST.get(f"bulk_{f.name}", ""), _said(errors, f.name)) for f in action.fields],
        refusal=_said(errors, ""),
        count=capped_count(rows),
        across=across,
        chosen=[] if across else request.POST.getlist(ACTION_CHECKBOX_NAME),
        checkbox=ACTION_CHECKBOX_NAME,
        again=request.get_full_path(),
    )


def _said(errors: list[dict[str, Any]], name: str) -> str:
    return next((str(error["message"]) for error in errors if error["field"] == name), "")


@admin.register(BulkJob)
class BulkJobAdmin(FactAdmin):
    """The jobs of the actions that the reader may run."""

    list_display = ["id", "show_action", "show_status", "show_progress", "refused", "user", "show_created"]
    list_select_related = ["user"]
    list_filter = ["status"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkJob]:
        allowed = [a.name for a in registry.bulk_actions().values() if request.user.has_perm(a.permission)]
        return super().get_queryset(request).filter(action__in=allowed)

    @display(description=_("Action"))
    def show_action(self, job: BulkJob) -> str:
        return title_of(job)

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, job: BulkJob) -> tuple[str, str]:
        return job.status, job.get_status_display()

    @display(description=_("Rows"))
    def show_progress(self, job: BulkJob) -> str:
        return f"{show_number(job.finished)} / {show_number(job.total)}"

    @display(description=_("Started"))
    def show_created(self, job: BulkJob) -> str:
        return show_time(job.created_at)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/progress/", view(self.progress_view), name="core_bulkjob_progress"),
            path("<int:pk>/rows/", view(self.rows_view), name="core_bulkjob_rows"),
            path("<int:pk>/file/", view(self.file_view), name="core_bulkjob_file"),
            path("<int:pk>/stop/", view(self.stop_view), name="core_bulkjob_stop"),
            path("<int:pk>/resume/", view(self.resume_view), name="core_bulkjob_resume"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        job = self.get_object(request, object_id)
        if job is None or not self.has_view_permission(request, job):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "backoffice/bulk_job.html",
            title=title_of(job),
            opts=self.opts,
            **_shown(job, request),
        )

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The part of the page that changes; htmx asks for it again until the job has ended."""
        job = self._job(request, pk)
        return TemplateResponse(request, "backoffice/bulk_progress.html", _shown(job, request))

    def rows_view(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """The results as CSV or XLSX, all or those of one state."""
        job = self._job(request, pk)
        headings = [gettext("Row"), gettext("Result"), gettext("Code"), gettext("Detail")]
        return table_response(request.GET.get("as", "csv"), f"bulk-job-{pk}", headings, _results(job, _state(request)))

    def file_view(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """What the action makes of the rows that are done."""
        job = self._job(request, pk)
        action = registry.bulk_actions().get(job.action)
        if action is None or action.file is None:
            raise Http404
        ids = list(_rows(job, BulkState.DONE).values_list("object_id", flat=True))
        made = action.file(ids, job.params)
        return file_response(made.name, made.content_type, made.chunks)

    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def stop(actor: Actor) -> str:
            bulk.stop_job(pk, actor=actor)
            return gettext("It stops after the rows at hand; what is done stays done.")

        return self._press(request, pk, stop)

    def resume_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def resume(actor: Actor) -> str:
            bulk.resume_job(pk, actor=actor)
            return gettext("It goes on with the rows that still wait.")

        return self._press(request, pk, resume)

    def _press(self, request: HttpRequest, pk: int, change: Any) -> HttpResponse:
        job = self._job(request, pk)
        return run_action(request, change, back=job_url(pk), permission=bulk.action_of(job.action).permission)

    def _job(self, request: HttpRequest, pk: int) -> BulkJob:
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = self.get_queryset(request).filter(pk=pk).first()
        if job is None:
            raise Http404
        return job


def title_of(job: BulkJob) -> str:
    action = registry.bulk_actions().get(job.action)
    return str(action.title) if action else job.action


def _state(request: HttpRequest) -> str:
    state = request.GET.get("state", "")
    return state if state in BulkState.values else ""


def _rows(job: BulkJob, state: str) -> QuerySet[BulkJobRow]:
    rows = BulkJobRow.objects.filter(job=job)
    return (rows.filter(state=state) if state else rows).order_by("id")


def _shown(job: BulkJob, request: HttpRequest) -> dict[str, Any]:
    """What the page and its changing part show. Statements: 2 and the links'."""
    state = _state(request)
    after = request.GET.get("after", "")
    rows = _rows(job, state)
    if after.isdecimal():
        rows = rows.filter(pk__gt=int(after[:18]))
    page = list(rows[: PAGE + 1])
    action = registry.bulk_actions().get(job.action)
    fields = {field.name: field for field in action.fields} if action else {}
    return {
        "job": job,
        "heading": title_of(job),
        "given": [
            (fields[name].label if name in fields else name, _value(fields.get(name), value))
            for name, value in job.params.items()
            if value
        ],
        "state": state,
        "states": [
            ("", gettext("All"), job.total),
            *((s.value, s.label, getattr(job, s.value)) for s in BulkState if s != BulkState.WAITING),
            (BulkState.WAITING.value, BulkState.WAITING.label, job.total - job.finished),
        ],
        "rows": _named(job, page[:PAGE]),
        "next_after": page[PAGE - 1].pk if len(page) > PAGE else "",
        "may_change": action is not None and request.user.has_perm(action.permission),
        "has_file": action is not None and action.file is not None and job.done > 0 and not job.is_live,
    }


def _value(field: Any, value: str) -> str:
    return str(dict(field.choices).get(value, value)) if field else value


def _named(job: BulkJob, rows: list[BulkJobRow]) -> list[dict[str, Any]]:
    """The rows with the names and pages of their objects."""
    links = links_of([(job.object_type, row.object_id) for row in rows])
    return [
        {"row": row, "link": links.get((job.object_type, row.object_id)), "name": f"#{row.object_id}"} for row in rows
    ]


def _results(job: BulkJob, state: str) -> Iterator[list[Any]]:
    """All results, read in portions."""
    last = 0
    while page := list(_rows(job, state).filter(pk__gt=last)[:1000]):
        last = page[-1].pk
        for item in _named(job, page):
            row = item["row"]
            yield [item["link"].label if item["link"] else item["name"], row.get_state_display(), row.code, row.detail]
