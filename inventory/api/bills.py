"""Suppliers' bills over HTTP: what they may be about, entering, matching, deciding, posting, paying, taking back."""

from typing import Any, ClassVar

import django_filters
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from accounting.errors import BillChanged
from accounting.models import Account, Bill, BillKind, BillStatus, Party
from accounting.services import BillInput, BillLineInput, BillPayment, delete_bill, lock_bill, save_bill
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from backoffice.core.errors import InvalidInput
from backoffice.core.signing_in.proving import asks_proof
from inventory import services
from inventory.api.bill_serializers import (
    ApproveIn,
    BillDiscountIn,
    BillIn,
    BillOut,
    OfferOut,
    PaidOut,
    PayIn,
    SuggestedOut,
    SuggestIn,
)
from inventory.selectors.bill_offers import Wanted, bill_offers, suggest_sources
from inventory.selectors.billing import BILL_LINE, ORDER_LINE, RECEIPT

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag that was read; changed meanwhile: 412."
)
COMPANY = OpenApiParameter("company", str, description="Its code, where the caller sees several")
SOURCES = {"receipt": RECEIPT, "order_line": ORDER_LINE, "bill_line": BILL_LINE}


class BillFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=[(v, v) for v in BillStatus.values], method="by_state")
    supplier = django_filters.CharFilter(field_name="party__code")
    number = django_filters.CharFilter(lookup_expr="iexact")
    due_by = django_filters.DateFilter(field_name="due_date", lookup_expr="lte")
    kind = django_filters.ChoiceFilter(choices=BillKind.choices)

    class Meta:
        model = Bill
        fields: list[str] = []

    def by_state(self, rows: Any, _name: str, value: str) -> Any:
        used, whole = F("open_item__used"), F("open_item__amount")
        if value == "paid":
            return rows.filter(status="posted", open_item__used=whole)
        if value == "partly_paid":
            return rows.filter(status="posted", open_item__used__gt=0, open_item__amount__gt=used)
        if value == "posted":
            return rows.filter(status="posted", open_item__used=0, open_item__amount__gt=0)
        return rows.filter(status=value)


class BillViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Bill]):
    """Bills and credit notes of suppliers. Their papers are added in the back office."""

    body_rows: ClassVar = {"receipt": "inventory.grniitem", "order_line": "inventory.purchaseorderline"}
    access = {
        "list": ("bills:read", "accounting.view_bill"),
        "retrieve": ("bills:read", "accounting.view_bill"),
        "offers": ("bills:read", "accounting.view_bill"),
        "suggest": ("bills:read", "accounting.view_bill"),
        "create": ("bills:write", "accounting.add_bill"),
        "change": ("bills:write", "accounting.change_bill"),
        "discard": ("bills:write", "accounting.delete_bill"),
        "match": ("bills:write", "accounting.change_bill"),
        "wait": ("bills:write", "accounting.change_bill"),
        "send_back": ("bills:write", "accounting.change_bill"),
        "close_short": ("bills:write", "accounting.change_bill"),
        "approve": ("bills:approve", "accounting.approve_bill"),
        "post_bill": ("bills:post", "accounting.post_bill"),
        "reverse": ("bills:post", "accounting.post_bill"),
        "pay": ("bills:pay", "accounting.pay_bill"),
        "discount": ("bills:pay", "accounting.pay_bill"),
    }
    filterset_class = BillFilter
    serializer_class = BillOut

    def get_queryset(self) -> QuerySet[Bill]:
        rows = Bill.objects.select_related("party", "open_item")
        rows = rows.prefetch_related("lines__tax_code", "lines__account", "exceptions__line")
        return own_rows(self.request, rows)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        data = getattr(response, "data", None)
        if response.status_code < 300 and isinstance(data, dict) and "version" in data:
            response["ETag"] = f'"{data["version"]}"'
        return response

    @extend_schema(request=BillIn, responses={201: BillOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Enter a bill as a draft."""
        return self._save(request, None, 201)

    @extend_schema(request=BillIn, responses=BillOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def change(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Type a draft anew: its lines are replaced."""
        return self._save(request, self._current(request), 200)

    @extend_schema(request=None, responses={204: None}, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def discard(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Throw a draft away."""
        bill = self._current(request)
        delete_bill(bill.pk, company_id=bill.company_id, actor=actor_of(request))
        return Response(status=204)

    @extend_schema(parameters=[COMPANY, OpenApiParameter("supplier", str, required=True),
                               OpenApiParameter("kind", str)], responses=OfferOut(many=True))  # fmt: skip
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def offers(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What is received and not billed, or ordered and to come; for a credit note what went back. At most 300."""
        company_id = company_of(request, request.query_params.get("company"))
        supplier = _supplier(request.query_params.get("supplier", ""), company_id)
        credit = request.query_params.get("kind") == BillKind.CREDIT_NOTE
        found = bill_offers(supplier.pk, company_id=company_id, credit=credit)
        return Response(OfferOut([_offer(one) for one in found], many=True).data)

    @extend_schema(request=SuggestIn, responses=SuggestedOut(many=True))
    @action(detail=False, methods=["post"])
    def suggest(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Which receipts and orders the lines of a paper belong to, by SKU or the supplier's code. Nothing is written."""
        body = SuggestIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        supplier = _supplier(given["supplier"], company_id)
        offers = bill_offers(supplier.pk, company_id=company_id, credit=given["kind"] == BillKind.CREDIT_NOTE)
        lines = [Wanted(line["code"], line["quantity"], line["order"]) for line in given["lines"]]
        rows = [
            {"code": line.code, "parts": [{**_offer(offer), "part": part} for offer, part in parts]}
            for line, parts in zip(lines, suggest_sources(lines, offers), strict=True)
        ]
        return Response(SuggestedOut(rows, many=True).data)

    @extend_schema(request=None, responses=BillOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def match(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Compare with order and receipt: approved within the tolerances, else an exception with its reasons."""
        bill = self._current(request)
        services.match_bill(bill.pk, company_id=bill.company_id, actor=actor_of(request))
        return self._answer(bill.pk)

    @extend_schema(request=ApproveIn, responses=BillOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def approve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Accept an exception as it is."""
        bill, given = self._decided(request, ApproveIn)
        services.approve_bill(bill.pk, company_id=bill.company_id, actor=actor_of(request), **given)
        return self._answer(bill.pk)

    @extend_schema(request=ReasonIn, responses=BillOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def wait(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Leave an exception until its goods arrive; it is matched again then."""
        bill, given = self._decided(request, ReasonIn)
        services.wait_for_goods(bill.pk, company_id=bill.company_id, actor=actor_of(request), **given)
        return self._answer(bill.pk)

    @extend_schema(request=ReasonIn, responses=BillOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"], url_path="send-back")
    @idempotent()
    def send_back(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A draft again, to be corrected."""
        bill, given = self._decided(request, ReasonIn)
        services.send_bill_back(bill.pk, company_id=bill.company_id, actor=actor_of(request), **given)
        return self._answer(bill.pk)

    @extend_schema(request=ReasonIn, responses=BillOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"], url_path="close-short")
    @idempotent()
    def close_short(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The rest of its orders never comes: close them, and match again."""
        bill, given = self._decided(request, ReasonIn)
        services.close_orders_short(bill.pk, company_id=bill.company_id, actor=actor_of(request), **given)
        return self._answer(bill.pk)

    @extend_schema(request=None, responses=BillOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"], url_path="post")
    @idempotent()
    def post_bill(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Post an approved bill: receipts cleared, variances, tax and what we owe."""
        bill = self._current(request)
        services.post_matched_bill(bill.pk, company_id=bill.company_id, actor=actor_of(request))
        return self._answer(bill.pk)

    @extend_schema(request=ReasonIn, responses=BillOut, parameters=[KEY_HEADER, IF_MATCH])
    @action(detail=True, methods=["post"])
    @idempotent()
    def reverse(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take a posted bill back while nothing is paid on it."""
        bill, given = self._decided(request, ReasonIn)
        services.reverse_matched_bill(
            bill.pk, company_id=bill.company_id, effective_at=timezone.now(), actor=actor_of(request), **given
        )
        return self._answer(bill.pk)

    @extend_schema(request=PayIn, responses={201: PaidOut}, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @asks_proof()
    @idempotent()
    def pay(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Pay bills, one payment for each supplier and currency; credit notes named with them are set off first."""
        body = PayIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        if len({one["bill"] for one in given["bills"]}) < len(given["bills"]):
            raise _wrong("bills", _("A bill is named twice."), "named_twice")
        company_id = company_of(request, given.get("company"))
        account = _account(given["account"], company_id, "account") if given["account"] else None
        done, notes = services.pay_supplier_bills(
            [BillPayment(one["bill"], one["amount"]) for one in given["bills"]],
            company_id=company_id,
            effective_at=timezone.now(),
            source_key=f"pay:api:{request.user.pk}:{request.headers.get('Idempotency-Key', '')}"[:80],
            actor=actor_of(request),
            discounts=given["discounts"],
            account_id=account,
            method=given["method"],
            reference=given["reference"],
        )
        body_out = {
            "discounts": [note.pk for note in notes],
            "payments": list(done.payments.values()),
            "settled": {str(pk): amount for pk, amount in done.settled.items()},
        }
        return Response(PaidOut(body_out).data, status=201)

    @extend_schema(request=BillDiscountIn, responses={201: BillOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def discount(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What is still open was kept by the supplier's terms: the credit note over it is the answer."""
        bill = self.get_object()
        body = BillDiscountIn(data=request.data)
        body.is_valid(raise_exception=True)
        paid_on = body.validated_data.get("paid_on") or timezone.localdate()
        note = services.take_bill_discount(
            bill.pk, company_id=bill.company_id, paid_on=paid_on, actor=actor_of(request)
        )
        return self._answer(note.pk, 201)

    def _save(self, request: Any, bill: Bill | None, status: int) -> Response:
        body = BillIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = bill.company_id if bill else company_of(request, given.get("company"))
        saved = save_bill(
            BillInput(
                supplier_id=_supplier(given["supplier"], company_id).pk,
                lines=[_line(row, line, company_id) for row, line in enumerate(given["lines"])],
                corrects_id=given["corrects"],
                **{name: given[name] for name in ("number", "bill_date", "due_date", "total", "kind", "currency",
                                                  "exchange_rate", "note")},
            ),
            company_id=company_id,
            actor=actor_of(request),
            bill_id=bill.pk if bill else None,
        )  # fmt: skip
        return self._answer(saved.pk, status)

    def _current(self, request: Any) -> Bill:
        """The bill, if it still is what was read (If-Match)."""
        bill = self.get_object()
        sent = request.headers.get("If-Match", "").strip()
        if sent in ("", "*"):
            return bill
        locked = lock_bill(bill.pk, company_id=bill.company_id)
        if sent.removeprefix("W/").strip('"') != str(locked.version):
            raise BillChanged(
                _("%(number)s has changed since it was read: read it again.") % {"number": bill.number},
                version=locked.version,
            )
        return bill

    def _decided(self, request: Any, body_class: Any) -> tuple[Bill, dict[str, Any]]:
        body = body_class(data=request.data)
        body.is_valid(raise_exception=True)
        return self._current(request), body.validated_data

    def _answer(self, pk: int, status: int = 200) -> Response:
        return Response(BillOut(self.get_queryset().get(pk=pk)).data, status=status)


def _line(row: int, line: dict[str, Any], company_id: int) -> BillLineInput:
    named = [name for name in SOURCES if line.get(name)]
    if len(named) > 1:
        raise _wrong(f"lines.{row}", _("Name one of receipt, order_line and bill_line."), "several_sources")
    source = (SOURCES[named[0]], line[named[0]]) if named else ("", None)
    return BillLineInput(
        kind=line["kind"],
        quantity=line["quantity"],
        unit_price=line["unit_price"],
        net=line.get("net"),
        tax=line.get("tax"),
        tax_code=line["tax_code"],
        description=line["description"],
        sku_code=line["sku"],
        account_id=_account(line["account"], company_id, f"lines.{row}.account") if line["account"] else None,
        dimensions=tuple(sorted(line.get("dimensions", {}).items())),
        source_type=source[0],
        source_id=source[1],
    )


def _offer(offer: Any) -> dict[str, Any]:
    names = ("sku", "their_code", "order_number", "quantity", "unit_price", "currency")
    where = "receipt" if offer.where == "item" else "order_line"
    return {"receipt": None, "order_line": None, **{name: getattr(offer, name) for name in names}, where: offer.id}


def _supplier(code: str, company_id: int) -> Party:
    found = Party.objects.filter(company_id=company_id, code=code, is_supplier=True).first()
    if found is None:
        raise _wrong("supplier", _("There is no such supplier."), "unknown_supplier")
    return found


def _account(code: str, company_id: int, field: str) -> int:
    found = Account.objects.filter(company_id=company_id, code=code).values_list("pk", flat=True).first()
    if found is None:
        raise _wrong(field, _("There is no such account."), "unknown_account")
    return found


def _wrong(field: str, message: str, code: str) -> InvalidInput:
    return InvalidInput(
        _("Some fields are wrong; nothing was saved."),
        errors=[{"field": field, "message": message, "code": code}],
    )
