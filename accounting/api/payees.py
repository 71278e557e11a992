"""Suppliers' bank accounts over HTTP: each with who entered it and when; a change is a new one."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.response import Response

from accounting.api.companies import company_of
from accounting.api.lookups import wrong
from accounting.models import Party, PartyBankAccount
from accounting.services.payees import PayeeAccount, enter_party_account
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.signing_in.proving import asks_proof


class PartyBankAccountOut(serializers.ModelSerializer[PartyBankAccount]):
    """holds: the newest of its supplier, which payments go to."""

    party = serializers.CharField(source="party.code")
    holds = serializers.BooleanField(default=True)

    class Meta:
        model = PartyBankAccount
        fields = [
            "id", "party", "holder", "iban", "number", "bic", "bank_name", "reason", "actor_label", "recorded_at",
            "holds",
        ]  # fmt: skip


class PartyBankAccountIn(serializers.Serializer[Any]):
    """party: the supplier's code. Either iban or number; reason: how you know that the account is theirs."""

    company = serializers.SlugField(required=False)
    party = serializers.CharField(max_length=60)
    holder = serializers.CharField(max_length=140)
    iban = serializers.CharField(max_length=50, required=False, allow_blank=True, default="")
    number = serializers.CharField(max_length=34, required=False, allow_blank=True, default="")
    bic = serializers.CharField(max_length=11, required=False, allow_blank=True, default="")
    bank_name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    reason = serializers.CharField(max_length=300)


class PartyBankAccountViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[PartyBankAccount]
):
    """Where suppliers are paid to."""

    access = {
        **dict.fromkeys(("list", "retrieve"), ("suppliers:bank", "accounting.view_partybankaccount")),
        "create": ("suppliers:bank", "accounting.add_partybankaccount"),
    }
    serializer_class = PartyBankAccountOut
    filterset_fields = ("party__code",)

    def get_queryset(self) -> QuerySet[PartyBankAccount]:
        rows = PartyBankAccount.objects.with_holds().select_related("party").order_by("-pk")
        found: QuerySet[PartyBankAccount] = own_rows(self.request, rows)
        return found

    @extend_schema(request=PartyBankAccountIn, responses={201: PartyBankAccountOut}, parameters=[KEY_HEADER])
    @asks_proof()
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The account that the supplier is paid to from now on. Who enters it does not pay them (four eyes)."""
        body = PartyBankAccountIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        company_id = company_of(request, given.pop("company", None))
        party = Party.objects.filter(company_id=company_id, code=given.pop("party"), is_supplier=True).first()
        if party is None:
            raise wrong("party", gettext("There is no such supplier."))
        reason = given.pop("reason")
        row = enter_party_account(
            PayeeAccount(**given), party_id=party.pk, company_id=company_id, actor=actor_of(request), reason=reason
        )
        return Response(PartyBankAccountOut(row).data, status=201)
