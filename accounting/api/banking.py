"""The bank over HTTP: accounts, rules, statements taken in, balances agreed."""

from typing import Any

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounting.api import banking_in as given_in
from accounting.api import banking_out as out
from accounting.api.companies import company_of
from accounting.models import (
    BankAccount,
    BankCsvProfile,
    BankReconciliation,
    BankRule,
    BankStatement,
)
from accounting.selectors.banking import bank_status
from accounting.services import banking
from backoffice.core import audit
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.etags import IF_MATCH, ContentTags, expect_etag
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.filters import RowId
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn

READ, WRITE, MATCH = "bank:read", "bank:write", "bank:match"


def company_rows(request: Any, rows: Any) -> Any:
    """The books are the company's: a key bound to a channel sees none of them."""
    return rows.none() if getattr(request.auth, "channel_id", None) is not None else own_rows(request, rows)


class _SettingViewSet(ContentTags, ActionAccess, viewsets.ModelViewSet[Any]):
    """Rows that are made and changed freely: rules, profiles, accounts."""

    takes: type[serializers.ModelSerializer[Any]]
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    noun = ""

    def _company(self, request: Any, instance: Any = None) -> int:
        return instance.company_id if instance else company_of(request, request.data.get("company"))

    @extend_schema(parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        company_id = self._company(request)
        body = self.takes(data=request.data, context={"company_id": company_id})
        body.is_valid(raise_exception=True)
        row = body.Meta.model(company_id=company_id, **body.validated_data)  # type: ignore[attr-defined]
        return self._saved(row, "created", request, 201)

    @extend_schema(parameters=[KEY_HEADER, IF_MATCH])
    @idempotent()
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        rows = self.get_queryset().select_for_update(of=("self",), no_key=True)
        row = get_object_or_404(rows, pk=self.get_object().pk)
        now = self.get_serializer(row).data
        expect_etag(request, now, object_type=f"accounting.{self.noun}", object_id=row.pk)
        body = self.takes(row, data=request.data, partial=True, context={"company_id": row.company_id})
        body.is_valid(raise_exception=True)
        for field, value in body.validated_data.items():
            setattr(row, field, value)
        return self._saved(row, "changed", request, 200)

    def _saved(self, row: Any, verb: str, request: Any, status: int) -> Response:
        row.clean()
        row.validate_constraints()
        row.save()
        change = audit.Change(f"accounting.{self.noun}", row.pk, verb, company_id=row.company_id)
        audit.record([change], actor=actor_of(request))
        return Response(self.get_serializer(row).data, status=status)

    def perform_destroy(self, instance: Any) -> None:
        change = audit.Change(f"accounting.{self.noun}", instance.pk, "deleted", company_id=instance.company_id)
        with transaction.atomic():
            audit.record([change], actor=actor_of(self.request))
            instance.delete()


def _access(noun: str, **more: tuple[str, str]) -> dict[str, tuple[str, str]]:
    return {
        "list": (READ, f"accounting.view_{noun}"),
        "retrieve": (READ, f"accounting.view_{noun}"),
        "create": (WRITE, f"accounting.add_{noun}"),
        "partial_update": (WRITE, f"accounting.change_{noun}"),
        **more,
    }


class BankAccountViewSet(_SettingViewSet):
    """Our accounts at banks; they are switched off, never deleted."""

    http_method_names = ["get", "post", "patch", "head", "options"]
    access = _access(
        "bankaccount",
        status=(READ, "accounting.view_bankaccount"),
        certain=(MATCH, "accounting.match_bankline"),
    )
    takes, serializer_class, noun = given_in.BankAccountIn, out.BankAccountOut, "bankaccount"

    def get_queryset(self) -> QuerySet[BankAccount]:
        return company_rows(self.request, BankAccount.objects.select_related("account"))

    @extend_schema(responses=out.BankStatusOut)
    @action(detail=True, methods=["get"])
    def status(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What the bank says and what the books say."""
        return Response(out.BankStatusOut(bank_status(self.get_object())).data)

    @extend_schema(request=None, responses=out.BankCountOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def certain(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Match every line whose first suggestion is certain; answers how many."""
        account = self.get_object()
        count = banking.match_certain(account.pk, company_id=account.company_id, actor=actor_of(request))
        return Response({"matched": count})


class BankRuleViewSet(_SettingViewSet):
    """What becomes of lines like these; the first rule that fits counts."""

    access = _access("bankrule", destroy=(WRITE, "accounting.delete_bankrule"))
    takes, serializer_class, noun = given_in.BankRuleIn, out.BankRuleOut, "bankrule"

    def get_queryset(self) -> QuerySet[BankRule]:
        return company_rows(self.request, BankRule.objects.select_related("account", "party"))


class BankCsvProfileViewSet(_SettingViewSet):
    """How a bank's CSV files are laid out."""

    access = _access("bankcsvprofile", destroy=(WRITE, "accounting.delete_bankcsvprofile"))
    takes, serializer_class, noun = given_in.BankCsvProfileIn, out.BankCsvProfileOut, "bankcsvprofile"

    def get_queryset(self) -> QuerySet[BankCsvProfile]:
        return company_rows(self.request, BankCsvProfile.objects.all())


class BankStatementFilter(django_filters.FilterSet):
    bank_account = RowId()
    date_from = django_filters.DateFilter(field_name="last_date", lookup_expr="gte")

    class Meta:
        model = BankStatement
        fields: list[str] = []


class BankStatementViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[BankStatement]
):
    """Statements as taken in: camt.053 and .054, MT940, OFX, QIF and CSV."""

    access = {
        "list": (READ, "accounting.view_bankstatement"),
        "retrieve": (READ, "accounting.view_bankstatement"),
        "create": (WRITE, "accounting.import_bankstatement"),
        "reconcile": (WRITE, "accounting.reconcile_bankaccount"),
    }
    serializer_class = out.BankStatementOut
    filterset_class = BankStatementFilter

    def get_queryset(self) -> QuerySet[BankStatement]:
        return company_rows(self.request, BankStatement.objects.all())

    def get_parsers(self) -> list[Any]:
        """A file comes as multipart/form-data; all else is JSON."""
        if getattr(self, "action_map", {}).get("post") == "create" and self.request and self.request.method == "POST":
            return [MultiPartParser()]
        return super().get_parsers()

    @extend_schema(request={"multipart/form-data": given_in.BankFileIn}, responses={201: out.BankFileOut})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take a file in: each booking once, however often and in whatever order files come. Needs no key."""
        body = given_in.BankFileIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id, actor = company_of(request, given.get("company")), actor_of(request)
        taken = banking.import_statements(
            given["file"].read(),
            company_id=company_id,
            actor=actor,
            bank_account_id=given.get("bank_account"),
            file_name=given["file"].name or "",
            profile_id=given.get("profile"),
        )
        matched = 0
        if given["match"]:
            for account_id in sorted({one.bank_account_id for one in taken if one.new_lines}):
                with transaction.atomic():
                    matched += banking.match_certain(account_id, company_id=company_id, actor=actor)
        return Response(out.BankFileOut({"statements": taken, "matched": matched}).data, status=201)

    @extend_schema(request=given_in.AgreeIn, responses={201: out.BankReconciliationOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def reconcile(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Agree the closing balance: from then on no posting changes the account's books up to its day."""
        body = given_in.AgreeIn(data=request.data)
        body.is_valid(raise_exception=True)
        statement = self.get_object()
        made = banking.reconcile(
            statement.pk, company_id=statement.company_id, actor=actor_of(request), **body.validated_data
        )
        return Response(out.BankReconciliationOut(made).data, status=201)


class BankReconciliationViewSet(ActionAccess, mixins.ListModelMixin, viewsets.GenericViewSet[BankReconciliation]):
    """Closing balances agreed with the books, and what was reopened."""

    access = {
        "list": (READ, "accounting.view_bankreconciliation"),
        "reopen": (WRITE, "accounting.reconcile_bankaccount"),
    }
    serializer_class = out.BankReconciliationOut

    def get_queryset(self) -> QuerySet[BankReconciliation]:
        return company_rows(self.request, BankReconciliation.objects.all())

    @extend_schema(request=ReasonIn, responses={201: out.BankReconciliationOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def reopen(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take the newest agreed balance back, with the reason."""
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        row = self.get_object()
        made = banking.reopen_reconciliation(
            row.pk, company_id=row.company_id, actor=actor_of(request), reason=body.validated_data["reason"]
        )
        return Response(out.BankReconciliationOut(made).data, status=201)
