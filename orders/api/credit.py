"""What business customers may still order on account, over HTTP."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, own_rows
from backoffice.core.errors import DomainError
from orders.api.serializers import Amount
from orders.models import Contact
from orders.selectors.credit import credit_of


class CreditOut(serializers.Serializer[Any]):
    """Amounts in the customer's currency. limit and left are null where there is no limit."""

    contact = serializers.CharField()
    currency = serializers.CharField()
    payment_terms_days = serializers.IntegerField()
    limit = Amount(allow_null=True, min_value=None)
    owed = Amount(min_value=None)
    ordered = Amount(min_value=None)
    left = Amount(allow_null=True, min_value=None)


class CreditViewSet(ActionAccess, viewsets.GenericViewSet[Contact]):
    """What a business customer may still order on account. The key is the buyer's external id."""

    access = {"retrieve": ("credit:read", "orders.view_contact")}
    lookup_field = "external_id"
    lookup_value_regex = "[^/]+"
    serializer_class = CreditOut

    def get_queryset(self) -> QuerySet[Contact]:
        rows = Contact.objects.select_related("party").filter(party__isnull=False).order_by("pk")
        return own_rows(self.request, rows, channel="channel_id")

    @extend_schema(responses=CreditOut)
    def retrieve(self, request: Any, external_id: str) -> Response:
        contact = self.get_queryset().filter(external_id=external_id).first()
        if contact is None or contact.party is None:
            raise _NotFound(_("There is no such business customer."))
        credit = credit_of([contact.party.pk], on=timezone.now().date())[contact.party.pk]
        said = {
            "contact": contact.external_id, "currency": credit.currency,
            "payment_terms_days": contact.party.payment_terms_days, "limit": credit.limit, "owed": credit.owed,
            "ordered": credit.ordered, "left": credit.left,
        }  # fmt: skip
        return Response(CreditOut(said).data)


class _NotFound(DomainError):
    code = "not_found"
    status = 404
