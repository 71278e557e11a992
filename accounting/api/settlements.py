"""Accounts settled by hand over HTTP: open items, settlements, refunds, payments entered."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from accounting.api.lookups import account_ids_of, party_ids_of, wrong
from accounting.api.write_offs import ChosenItemIn, ItemWriteOffOut, chosen_of
from accounting.models import Control, Currency, ItemUse, OpenItem, PaymentDirection, WriteOffKind
from accounting.selectors.accounts import standing_uses
from accounting.services import settlements
from backoffice.core.api.actions import NOBODYS, ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER, Amount
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn

CONTROLS = (Control.RECEIVABLE, Control.PAYABLE)


class RemainderIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=WriteOffKind.choices)
    reason = serializers.CharField(max_length=300)


class SettlementIn(serializers.Serializer[Any]):
    """discount: credit what is left of invoices by the buyer's terms. remainder: write off what is left."""

    company = serializers.SlugField(required=False)
    items = ChosenItemIn(many=True)
    date = serializers.DateField(required=False)
    discount = serializers.BooleanField(default=False)
    remainder = RemainderIn(required=False)


class AccountRefundIn(serializers.Serializer[Any]):
    """item: the credit. account: code of the account that the money comes from, or goes to."""

    company = serializers.SlugField(required=False)
    item = serializers.IntegerField()
    amount = Amount(required=False)
    account = serializers.CharField(max_length=20)
    reason = serializers.CharField(max_length=300)
    date = serializers.DateField(required=False)


class AccountPaymentIn(serializers.Serializer[Any]):
    company = serializers.SlugField(required=False)
    party = serializers.CharField(max_length=60)
    control = serializers.ChoiceField(["receivable", "payable"], default="receivable")
    direction = serializers.ChoiceField(choices=PaymentDirection.choices)
    amount = Amount()
    currency = serializers.CharField(max_length=10)
    account = serializers.CharField(max_length=20)
    reference = serializers.CharField(max_length=120, default="", allow_blank=True)
    date = serializers.DateField(required=False)


class AccountPaymentOut(serializers.Serializer[Any]):
    payment = serializers.IntegerField(source="payment_id")
    entry = serializers.IntegerField(source="entry_id")
    item = serializers.IntegerField(source="open_item_id")
    state = serializers.CharField()


class OpenItemOut(serializers.ModelSerializer[OpenItem]):
    party = serializers.CharField(source="party.code")

    class Meta:
        model = OpenItem
        fields = [
            "id", "party", "kind", "side", "currency", "amount", "open_amount", "date", "due_date", "entry",
        ]  # fmt: skip


class ItemUseOut(serializers.ModelSerializer[ItemUse]):
    """One debit item settled with one credit item."""

    class Meta:
        model = ItemUse
        fields = ["id", "debit_item", "credit_item", "amount", "date", "entry", "source_key"]


class SettledOut(serializers.Serializer[Any]):
    """left: what stays open, or was written off, on the side that had more."""

    state = serializers.CharField()
    settlements = serializers.ListField(child=serializers.IntegerField(), source="use_ids")
    settled = Amount()
    left = Amount()
    credit_notes = serializers.ListField(child=serializers.CharField())
    write_off = ItemWriteOffOut(allow_null=True)


class OpenItemViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[OpenItem]
):
    """What is open now: filter with ?party=, ?control=receivable|payable. What was open on a day: statements/open-items/."""

    access = dict.fromkeys(("list", "retrieve"), ("accounting:read", "accounting.view_openitem"))
    serializer_class = OpenItemOut

    def get_queryset(self) -> QuerySet[OpenItem]:
        rows = own_rows(self.request, OpenItem.objects.select_related("party"), channel=NOBODYS)
        rows = rows.filter(open_amount__gt=0).order_by("-pk")
        if party := self.request.query_params.get("party", ""):
            rows = rows.filter(party__code=party.replace("\x00", ""))
        control = self.request.query_params.get("control", "")
        return rows.filter(account__control=control) if control in CONTROLS else rows


class SettlementViewSet(ActionAccess, mixins.ListModelMixin, viewsets.GenericViewSet[ItemUse]):
    """Payments settled with documents, many to many."""

    access = {
        "list": ("accounting:read", "accounting.view_openitem"),
        "create": ("payments:write", "accounting.add_payment"),
        "take_back": ("payments:write", "accounting.add_payment"),
        "refund": ("payments:refund", "accounting.add_payment"),
        "payment": ("payments:write", "accounting.add_payment"),
    }
    serializer_class = ItemUseOut
    queryset = ItemUse.objects.none()

    def get_queryset(self) -> QuerySet[ItemUse]:
        rows = own_rows(self.request, standing_uses(company_id=company_of(self.request, None)), channel=NOBODYS)
        party = self.request.query_params.get("party", "").replace("\x00", "")
        return rows.filter(debit_item__party__code=party) if party else rows

    @extend_schema(request=SettlementIn, responses={201: SettledOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Settle documents with what pays them; what is left stays open, is discounted, or written off."""
        body = SettlementIn(data=request.data)
        body.is_valid(raise_exception=True)
        given, rest = body.validated_data, body.validated_data.get("remainder")
        done = settlements.settle_account(
            chosen_of(given["items"]),
            company_id=company_of(request, given.get("company")),
            date=given.get("date") or timezone.localdate(),
            key=_key(request),
            actor=actor_of(request),
            discount=given["discount"],
            remainder=settlements.Remainder(rest["kind"], rest["reason"]) if rest else None,
        )
        return Response(SettledOut(done).data, status=201)

    @extend_schema(request=ReasonIn, responses=ItemUseOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="take-back")
    @idempotent()
    def take_back(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Open both again by a mirrored settlement, which is the answer."""
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        use = self.get_object()
        [done] = settlements.take_settlements_back(
            [use.pk],
            company_id=use.company_id,
            date=timezone.localdate(),
            actor=actor_of(request),
            reason=body.validated_data["reason"],
        )
        return Response(ItemUseOut(ItemUse.objects.get(pk=done.use_id)).data)

    @extend_schema(request=AccountRefundIn, responses={201: AccountPaymentOut}, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def refund(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Pay a customer's credit out, or take a supplier's in."""
        body = AccountRefundIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        [account_id] = account_ids_of(company_id, [given["account"]], field="account")
        done = settlements.refund_credit(
            settlements.Chosen(given["item"], given.get("amount")),
            company_id=company_id,
            account_id=account_id,
            date=given.get("date") or timezone.localdate(),
            key=_key(request),
            actor=actor_of(request),
            reason=given["reason"],
        )
        return Response(AccountPaymentOut(done).data, status=201)

    @extend_schema(request=AccountPaymentIn, responses={201: AccountPaymentOut}, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def payment(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Enter a payment that no bank line tells of; settle it with its item."""
        body = AccountPaymentIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        [account_id] = account_ids_of(company_id, [given["account"]], field="account")
        [party_id] = party_ids_of(company_id, [given["party"]], field="party")
        if party_id is None or not Currency.objects.filter(code=given["currency"]).exists():
            raise wrong("currency" if party_id else "party", _("This is not known."))
        done = settlements.enter_payment(
            company_id=company_id,
            party_id=party_id,
            control=given["control"],
            direction=given["direction"],
            amount=given["amount"],
            currency=given["currency"],
            account_id=account_id,
            date=given.get("date") or timezone.localdate(),
            key=_key(request),
            actor=actor_of(request),
            reference=given["reference"],
        )
        return Response(AccountPaymentOut(done).data, status=201)


def _key(request: Any) -> str:
    """What makes a request the same as another: its caller and its key."""
    caller = getattr(request.auth, "pk", None) or f"u{request.user.pk}"
    return f"{caller}-{request.headers.get('Idempotency-Key', '')}"[:90]
