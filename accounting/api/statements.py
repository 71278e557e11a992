"""Financial statements over HTTP."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action

from accounting.api.reports import COMMON, COMPARE, DETAIL, END, OF_AXES, START, ReportOut, answer
from accounting.models import Company
from accounting.reports import (
    ageing,
    balance_sheet,
    cash_flow,
    general_ledger,
    open_items,
    party_statement,
    profit_and_loss,
    tax_documents,
    taxes,
    trial_balance,
)
from accounting.statements.asking import Asked
from accounting.statements.tables import Report
from backoffice.core.api.actions import ActionAccess

ITEMS = ("accounting:read", "accounting.view_openitem")
BOOKS = ("accounting:read", "accounting.view_journalentry")
TAXES = ("accounting:read", "accounting.view_taxreturn")
LIMIT = OpenApiParameter("limit", int, description="Rows of one answer, 1 to 5000; 1000 if empty.")
AGED = [
    OpenApiParameter("party", str, description="Its code."),
    OpenApiParameter("buckets", str, description="Days overdue at which a column ends; 30,60,90 if empty."),
]
LEDGER = [
    OpenApiParameter("account", str, description="Its code."),
    OpenApiParameter("line", str, description="All accounts of a statement line, or `result`."),
    OpenApiParameter("party", str, description="Its code."),
    OpenApiParameter("limit", int, description="Lines of one answer, 1 to 5000; 1000 if empty."),
    OpenApiParameter("after", str, description="`next` of the answer before; of one account."),
]


class StatementViewSet(ActionAccess, viewsets.ViewSet):
    """Statements of a company, exact as of any day; a key bound to a channel sees none of them."""

    access = {
        "trial_balance": BOOKS,
        "profit_and_loss": BOOKS,
        "balance_sheet": BOOKS,
        "cash_flow": BOOKS,
        "general_ledger": BOOKS,
        "taxes": TAXES,
        "taxed_documents": TAXES,
        "receivables": ITEMS,
        "payables": ITEMS,
        "open_items": ITEMS,
        "party_statement": ITEMS,
    }

    @extend_schema(parameters=[START, END, COMPARE, *OF_AXES, *COMMON], responses=ReportOut)
    @action(detail=False, url_path="trial-balance")
    def trial_balance(self, request: Any) -> Any:
        """Every account with opening, debit, credit and closing. Debits are positive; the closings add up to zero."""
        return answer(request, lambda asked, company, _as_json: trial_balance(asked, company))

    @extend_schema(parameters=[START, END, COMPARE, DETAIL, *OF_AXES, *COMMON], responses=ReportOut)
    @action(detail=False, url_path="profit-and-loss")
    def profit_and_loss(self, request: Any) -> Any:
        """Income positive, costs negative; each total is the sum of the lines above it."""
        return answer(request, lambda asked, company, _as_json: profit_and_loss(asked, company))

    @extend_schema(parameters=[END, COMPARE, DETAIL, *OF_AXES, *COMMON], responses=ReportOut)
    @action(detail=False, url_path="balance-sheet")
    def balance_sheet(self, request: Any) -> Any:
        """As of the day `end`."""
        return answer(request, lambda asked, company, _as_json: balance_sheet(asked, company))

    @extend_schema(
        parameters=[START, END, COMPARE, DETAIL, OpenApiParameter("method", str, enum=["indirect", "direct"]), *COMMON],
        responses=ReportOut,
    )
    @action(detail=False, url_path="cash-flow")
    def cash_flow(self, request: Any) -> Any:
        """What changed the cash accounts: from profit (indirect), or by what each payment was for (direct)."""
        return answer(request, lambda asked, company, _as_json: cash_flow(asked, company))

    @extend_schema(parameters=[END, *AGED, *COMMON], responses=ReportOut)
    @action(detail=False)
    def receivables(self, request: Any) -> Any:
        """What each customer owed at the end of the day `end`, by days overdue."""
        return answer(request, lambda asked, company, _as_json: ageing(asked, company, "receivable"))

    @extend_schema(parameters=[END, *AGED, *COMMON], responses=ReportOut)
    @action(detail=False)
    def payables(self, request: Any) -> Any:
        """What each supplier was owed at the end of the day `end`, by days overdue."""
        return answer(request, lambda asked, company, _as_json: ageing(asked, company, "payable"))

    @extend_schema(
        parameters=[END, OpenApiParameter("control", str, enum=["receivable", "payable"]), AGED[0], LIMIT, *COMMON],
        responses=ReportOut,
    )
    @action(detail=False, url_path="open-items")
    def open_items(self, request: Any) -> Any:
        """Documents and payments that were open at the end of the day `end`, the earliest due first."""

        def build(asked: Asked, company: Company, as_json: bool) -> Report:
            limit = asked.whole("limit", 1, 5000, 1000)  # refused where it is wrong, of a file too
            return open_items(asked, company, limit if as_json else None)

        return answer(request, build)

    @extend_schema(
        parameters=[
            START, END, OpenApiParameter("party", str, required=True, description="Its code."),
            OpenApiParameter("control", str, enum=["receivable", "payable"]), *COMMON,
        ],
        responses=ReportOut,
    )  # fmt: skip
    @action(detail=False, url_path="party-statement")
    def party_statement(self, request: Any) -> Any:
        """What a customer was billed and paid, or a supplier billed and was paid, and what is open at the end."""
        return answer(request, lambda asked, company, _as_json: party_statement(asked, company))

    @extend_schema(parameters=[START, END, *LEDGER, *OF_AXES, *COMMON], responses=ReportOut)
    @action(detail=False, url_path="general-ledger")
    def general_ledger(self, request: Any) -> Any:
        """Lines of accounts with running balances, and the entry and document of each."""

        def build(asked: Asked, company: Company, as_json: bool) -> Report:
            limit = asked.whole("limit", 1, 5000, 1000)
            return general_ledger(asked, company, limit if as_json else None)

        return answer(request, build)

    @extend_schema(parameters=[START, END, COMPARE, *COMMON], responses=ReportOut)
    @action(detail=False)
    def taxes(self, request: Any) -> Any:
        """Net and tax by tax code and rate, sales apart from purchases, for any days."""
        return answer(request, lambda asked, company, _as_json: taxes(asked, company))

    @extend_schema(
        parameters=[
            START, END, OpenApiParameter("side", str, enum=["sales", "purchases"]),
            OpenApiParameter("tax_code", str), OpenApiParameter("rate", str, description="In percent."), LIMIT, *COMMON,
        ],
        responses=ReportOut,
    )  # fmt: skip
    @action(detail=False, url_path="taxed-documents")
    def taxed_documents(self, request: Any) -> Any:
        """Documents with what they have of each tax code and rate."""

        def build(asked: Asked, company: Company, as_json: bool) -> Report:
            return tax_documents(asked, company, asked.whole("limit", 1, 5000, 1000) if as_json else None)

        return answer(request, build)
