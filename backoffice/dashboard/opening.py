"""Opening data: the files that a company brings on its first days, their state, and whether their totals agree."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounting.admin.reports import chosen_company
from accounting.models import Company
from accounting.selectors.opening import OpeningAgreement, opening_agreement
from backoffice.core.admin.pages import render_page
from backoffice.core.errors import InvalidInput
from backoffice.core.models import ApiKey, ImportFile
from backoffice.core.registry import TableImport, registry

SEE = "accounting.view_journalentry"
# In the order in which they are brought: a later file names what an earlier one made.
NOUNS = (
    "inventory.import_skus", "accounting.import_customers", "accounting.import_suppliers", "accounting.import_balances",
    "accounting.import_open_invoices", "accounting.import_open_bills", "inventory.import_opening_stock",
    "orders.import_open_orders",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OpeningFile:
    """A file to bring, and the newest that was brought."""

    noun: TableImport
    last: ImportFile | None
    is_allowed: bool

    @property
    def state(self) -> str:
        return self.last.status if self.last else ""


def opening_files(company_id: int, user: Any) -> list[OpeningFile]:
    """Statements: 1."""
    nouns = registry.table_imports()
    newest = {
        file.noun: file
        for file in ImportFile.objects.filter(company_id=company_id, noun__in=NOUNS)
        .order_by("pk")
        .select_related("job")
    }
    return [OpeningFile(nouns[name], newest.get(name), user.has_perm(nouns[name].permission)) for name in NOUNS]


def opening_page(request: HttpRequest) -> HttpResponse:
    """What to bring in which order, templates, what was brought, and the totals that must agree."""
    user = request.user
    if not user.has_perm(SEE) and not any(user.has_perm(registry.table_imports()[name].permission) for name in NOUNS):
        raise PermissionDenied
    company, _errors = chosen_company(request)
    return render_page(
        request, admin.site, "backoffice/opening.html", title=_("Opening data"), company=company, companies=Company.objects.order_by("pk"),
        files=opening_files(company.pk, user) if company else [],
        agreement=opening_agreement(company.pk) if company and user.has_perm(SEE) else None,
        new_url=reverse("admin:core_importfile_new"),
    )  # fmt: skip


class OpeningFileOut(serializers.Serializer[Any]):
    """A file to bring; import_id: the newest that was brought."""

    noun = serializers.CharField()
    title = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    import_id = serializers.IntegerField(allow_null=True)
    state = serializers.CharField()


class OpeningTotalOut(serializers.Serializer[Any]):
    """A control account: what the trial balance says and what came; debit positive, in the company's currency."""

    account = serializers.CharField(source="code")
    name = serializers.CharField()
    control = serializers.CharField()
    said = serializers.DecimalField(24, 6, normalize_output=True)
    brought = serializers.DecimalField(24, 6, normalize_output=True)
    difference = serializers.DecimalField(24, 6, normalize_output=True)


class OpeningOut(serializers.Serializer[Any]):
    company = serializers.CharField()
    files = OpeningFileOut(many=True)
    totals = OpeningTotalOut(many=True)
    rest = serializers.DecimalField(24, 6, normalize_output=True)
    agrees = serializers.BooleanField()


class OpeningView(APIView):
    """What was brought on the first days, and whether its totals agree."""

    required_scopes = {"GET": ("imports:read",)}
    required_permissions = {"GET": (SEE,)}

    @extend_schema(parameters=[OpenApiParameter("company", str)], responses=OpeningOut)
    def get(self, request: Any) -> Response:
        """The company by its code; not needed where there is one."""
        company = _company(request)
        agreement: OpeningAgreement = opening_agreement(company.pk)
        files = [
            {
                "noun": file.noun.name, "title": str(file.noun.title), "state": file.state,
                "columns": [column.name for column in file.noun.columns], "import_id": file.last.pk if file.last else None,
            }
            for file in opening_files(company.pk, request.user)
        ]  # fmt: skip
        body = {
            "company": company.code, "files": files, "totals": agreement.totals, "rest": agreement.rest,
            "agrees": agreement.agrees,
        }  # fmt: skip
        return Response(OpeningOut(body).data)


def _company(request: Any) -> Company:
    found = Company.objects.order_by("pk")
    if isinstance(request.auth, ApiKey) and request.auth.company_id is not None:
        found = found.filter(pk=request.auth.company_id)
    if code := request.query_params.get("company", ""):
        found = found.filter(code=code)
    rows = list(found[:2])
    if len(rows) != 1:
        raise InvalidInput(
            _("Some fields are wrong; nothing was saved."),
            errors=[{"field": "company", "message": str(_("Name the company.")), "code": "unknown_company"}],
        )
    return rows[0]
