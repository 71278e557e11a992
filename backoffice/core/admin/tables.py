"""Table files on screen: bring one, see what each row would do, start it, get the wrong rows back."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.core import tabular
from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_time
from backoffice.core.admin.bulk import job_url
from backoffice.core.admin.pages import render_page, require, run_action
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.export import table_response
from backoffice.core.models import ImportFile, ImportRow
from backoffice.core.models.tables import ImportState, ImportStatus
from backoffice.core.registry import TableImport, registry
from backoffice.core.show import show_number

PAGE = 100


def file_url(pk: int) -> str:
    return reverse("admin:core_importfile_change", args=[pk])


@admin.register(ImportFile)
class ImportFileAdmin(FactAdmin):
    """The files of the nouns that the reader may import."""

    list_display = ["name", "show_noun", "show_status", "show_rows", "wrong", "user", "show_created"]
    list_select_related = ["user"]
    list_filter = ["status"]
    ordering = ["-id"]
    list_before_template = "backoffice/import_bar.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportFile]:
        return super().get_queryset(request).filter(noun__in=[noun.name for noun in _allowed(request)])

    @display(description=_("What it holds"))
    def show_noun(self, file: ImportFile) -> str:
        noun = registry.table_imports().get(file.noun)
        return str(noun.title) if noun else file.noun

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, file: ImportFile) -> tuple[str, str]:
        return file.status, file.get_status_display()

    @display(description=_("Rows"))
    def show_rows(self, file: ImportFile) -> str:
        return show_number(file.rows_read)

    @display(description=_("Uploaded"))
    def show_created(self, file: ImportFile) -> str:
        return show_time(file.created_at)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("new/", view(self.new_view), name="core_importfile_new"),
            path("export/<str:name>/", view(self.export_view), name="core_importfile_export"),
            path("<int:pk>/progress/", view(self.progress_view), name="core_importfile_progress"),
            path("<int:pk>/run/", view(self.run_view), name="core_importfile_run"),
            path("<int:pk>/errors/", view(self.errors_view), name="core_importfile_errors"),
            *super().get_urls(),
        ]

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """Choose what to import, for whom, and the file; a refusal names every heading that does not fit."""
        nouns = _allowed(request)
        if not nouns:
            raise PermissionDenied
        noun = _chosen(request, nouns)
        errors: list[dict[str, Any]] = []
        refusal = ""
        if request.method == "POST":
            try:
                return HttpResponseRedirect(file_url(_take(request, noun).pk))
            except DomainError as error:
                errors = list(error.context.get("errors", []))
                refusal = error.detail
        return render_page(
            request,
            self.admin_site,
            "backoffice/import_new.html",
            title=gettext("Import a file"),
            opts=self.opts,
            nouns=nouns,
            noun=noun,
            companies=noun.companies(),
            encodings=tabular.ENCODINGS,
            errors=errors,
            refusal=refusal,
            given=request.POST,
        )

    def export_view(self, request: HttpRequest, name: str) -> StreamingHttpResponse:
        """What is there, in the columns of the import; ?empty=1: the headings only; ?example=1: and a row as an example."""
        noun = {noun.name: noun for noun in _allowed(request)}.get(name)
        if noun is None:
            raise Http404
        if request.GET.get("example"):
            headings = [column.name for column in noun.columns]
            example = [[column.sample for column in noun.columns]]
            return table_response(request.GET.get("as", "csv"), name.rpartition("import_")[2], headings, example)
        if noun.export is None:
            raise Http404
        try:
            company = tabular.company_of(noun, request.GET.get("company", ""))
        except InvalidInput as error:
            raise Http404 from error
        rows = () if request.GET.get("empty") else noun.export(company)
        headings = [column.name for column in noun.columns]
        return table_response(request.GET.get("as", "csv"), name.rpartition("import_")[2], headings, rows)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        file = self.get_object(request, object_id)
        if file is None or not self.has_view_permission(request, file):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "backoffice/import_file.html",
            title=file.name,
            opts=self.opts,
            **_shown(file, request),
        )

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page's changing part; htmx asks for it again while the file is being checked."""
        return TemplateResponse(request, "backoffice/import_rows.html", _shown(self._file(request, pk), request))

    def run_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        file = self._file(request, pk)
        started: list[int] = []

        def run(actor: Actor) -> str:
            job = tabular.start_import(pk, actor=actor, skip_wrong=request.POST.get("skip_wrong") == "1")
            started.append(job.pk)
            return gettext("The import has started; each row gets its own result.")

        answer = run_action(request, run, back=file_url(pk), permission=tabular.noun_of(file.noun).permission)
        return HttpResponseRedirect(job_url(started[0])) if started else answer

    def errors_view(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """The rows that were wrong or refused, as they came, with a column that says why."""
        file = self._file(request, pk)
        return table_response(
            request.GET.get("as", "csv"),
            f"import-{pk}-errors",
            tabular.error_headings(file),
            tabular.error_lines(file),
        )

    def _file(self, request: HttpRequest, pk: int) -> ImportFile:
        if not self.has_view_permission(request):
            raise PermissionDenied
        file = self.get_queryset(request).filter(pk=pk).first()
        if file is None:
            raise Http404
        return file


def may_import(request: HttpRequest) -> bool:
    """Whether there is a table that this person may take in."""
    return bool(_allowed(request))


def _allowed(request: HttpRequest) -> list[TableImport]:
    return [noun for noun in registry.table_imports().values() if request.user.has_perm(noun.permission)]


def _chosen(request: HttpRequest, nouns: list[TableImport]) -> TableImport:
    name = request.POST.get("noun") or request.GET.get("noun", "")
    return next((noun for noun in nouns if noun.name == name), nouns[0])


def _take(request: HttpRequest, noun: TableImport) -> ImportFile:
    require(request, noun.permission)
    upload = request.FILES.get("file")
    if upload is None:
        raise InvalidInput(gettext("Choose a file."), errors=[{"field": "file", "message": gettext("Choose a file.")}])
    file = tabular.take_file(
        upload,
        noun=noun.name,
        company_id=tabular.company_of(noun, request.POST.get("company", "")),
        actor=Actor.of_request(request),
        encoding=request.POST.get("encoding", ""),
        leave_out_unknown=request.POST.get("leave_out") == "1",
    )
    if file.status == ImportStatus.REFUSED:
        messages.error(request, file.error)
    return file


def _shown(file: ImportFile, request: HttpRequest) -> dict[str, Any]:
    """What the page and its changing part show. Statements: 3."""
    noun = registry.table_imports().get(file.noun)
    state = request.GET.get("state", "")
    state = state if state in ImportState.values else ""
    rows = ImportRow.objects.filter(file=file)
    if state:
        rows = rows.filter(state=state)
    after = request.GET.get("after", "")
    if after.isdecimal():
        rows = rows.filter(pk__gt=int(after[:18]))
    page = list(rows.order_by("pk")[: PAGE + 1])
    results = tabular.results_of(file, [row.pk for row in page[:PAGE]])
    return {
        "file": file,
        "noun": noun,
        "job_url": job_url(file.job_id) if file.job_id else "",
        "state": state,
        "states": [
            ("", gettext("All"), file.rows_read),
            *((item.value, item.label, getattr(file, item.value)) for item in ImportState),
        ],
        "rows": [(row, results.get(row.pk)) for row in page[:PAGE]],
        "next_after": page[PAGE - 1].pk if len(page) > PAGE else "",
        "may_run": noun is not None and request.user.has_perm(noun.permission),
    }
