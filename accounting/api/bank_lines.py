"""Lines of bank statements over HTTP: suggestions, matches, and taking them back."""

from typing import Any

import django_filters
from django.db.models import F, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api import banking_in as given_in
from accounting.api import banking_out as out
from accounting.api.banking import MATCH, READ, company_rows
from accounting.errors import NotFound
from accounting.models import (
    Account,
    BankLine,
    Party,
)
from accounting.selectors.banking import suggestions_for
from accounting.services import banking
from backoffice.core.api.actions import ActionAccess, actor_of
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.filters import RowId, YesNo
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn


class BankLineFilter(django_filters.FilterSet):
    bank_account = RowId()
    statement = RowId()
    matched = YesNo(method="by_matched")
    date_from = django_filters.DateFilter(field_name="date", lookup_expr="gte")
    date_to = django_filters.DateFilter(field_name="date", lookup_expr="lte")
    search = django_filters.CharFilter(method="by_text")

    class Meta:
        model = BankLine
        fields: list[str] = []

    def by_matched(self, rows: QuerySet[BankLine], name: str, value: bool) -> QuerySet[BankLine]:
        return rows.filter(matched=F("amount")) if value else rows.exclude(matched=F("amount"))

    def by_text(self, rows: QuerySet[BankLine], name: str, value: str) -> QuerySet[BankLine]:
        return rows.filter(Q(text__icontains=value) | Q(name__icontains=value) | Q(reference__icontains=value))


class BankLineViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[BankLine]
):
    """Bookings as the bank says them, and what they are matched with."""

    access = {
        "list": (READ, "accounting.view_bankline"),
        "retrieve": (READ, "accounting.view_bankline"),
        "suggestions": (READ, "accounting.view_bankline"),
        "accept": (MATCH, "accounting.match_bankline"),
        "match": (MATCH, "accounting.match_bankline"),
        "unmatch": (MATCH, "accounting.match_bankline"),
    }
    serializer_class = out.BankLineOut
    filterset_class = BankLineFilter

    def get_queryset(self) -> QuerySet[BankLine]:
        rows = BankLine.objects.select_related("bank_account")
        return company_rows(self.request, rows.prefetch_related("matches") if self.action == "retrieve" else rows)

    @extend_schema(responses=out.BankLineDetail)
    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(out.BankLineDetail(self.get_object()).data)

    @extend_schema(responses=out.BankSuggestionOut(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def suggestions(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What the line may be for, the likeliest first, with the reasons."""
        line = self.get_object()
        found = suggestions_for([line], line.bank_account)[line.pk] if not line.is_matched else []
        rows = [
            {
                "key": one.key, "action": one.action, "score": one.score, "certain": one.certain,
                "reasons": one.reasons, "target": one.target_id, "write_off": one.write_off, "rest": one.rest,
                "documents": [
                    {"item": doc.item_id, "number": doc.number, "party": doc.party, "open": doc.amount, "amount": share}
                    for doc, share in one.documents
                ],
            }
            for one in found
        ]  # fmt: skip
        return Response(out.BankSuggestionOut(rows, many=True).data)

    @extend_schema(request=given_in.AcceptIn, responses={201: out.BankMatchedOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def accept(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Match the line as a suggestion says."""
        body = given_in.AcceptIn(data=request.data)
        body.is_valid(raise_exception=True)
        line = self.get_object()
        done = banking.accept_suggestion(
            line.pk, body.validated_data["key"], company_id=line.company_id, actor=actor_of(request)
        )
        return Response(out.BankMatchedOut(done).data, status=201)

    @extend_schema(request=given_in.BankMatchIn, responses={201: out.BankMatchedOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def match(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Match the line with documents, accounts, parties, entries and own accounts."""
        body = given_in.BankMatchIn(data=request.data)
        body.is_valid(raise_exception=True)
        line = self.get_object()
        wanted = _wanted(line, body.validated_data)
        [done] = banking.match_lines([wanted], company_id=line.company_id, actor=actor_of(request))
        return Response(out.BankMatchedOut(done).data, status=201)

    @extend_schema(request=ReasonIn, responses=out.BankLineDetail, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def unmatch(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take the line's matches back: what they posted is reversed, nothing is deleted."""
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        line = self.get_object()
        banking.unmatch_line(
            line.pk, company_id=line.company_id, actor=actor_of(request), reason=body.validated_data["reason"]
        )
        line.refresh_from_db()
        return Response(out.BankLineDetail(line).data)


def _wanted(line: BankLine, given: dict[str, Any]) -> banking.MatchRequest:
    accounts = _by_code(Account, line.company_id, [row["account"] for row in given.get("posts", ())])
    parties = _by_code(Party, line.company_id, [row["party"] for row in given.get("parties", ())])
    return banking.MatchRequest(
        line_id=line.pk,
        items=tuple(
            banking.ItemShare(row["item"], row["amount"], row.get("line_amount")) for row in given.get("items", ())
        ),
        posts=tuple(
            banking.PostShare(accounts[row["account"]], row["amount"], row["memo"]) for row in given.get("posts", ())
        ),
        parties=tuple(
            banking.PartyShare(parties[row["party"]], row["amount"], row["control"]) for row in given.get("parties", ())
        ),
        entries=tuple(banking.EntryShare(row["entry"], row["amount"]) for row in given.get("entries", ())),
        transfers=tuple(
            banking.TransferShare(row["bank_account"], row["amount"]) for row in given.get("transfers", ())
        ),
        write_off=given["write_off"],
        why=given["why"],
    )


def _by_code(model: Any, company_id: int, codes: list[str]) -> dict[str, int]:
    found = dict(model.objects.filter(company_id=company_id, code__in=codes).values_list("code", "pk"))
    for code in codes:
        if code not in found:
            raise NotFound(f"{model._meta.verbose_name}: {code}", code=code)
    return found
