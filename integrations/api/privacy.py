"""A buyer's own data over HTTP: found, handed out, erased."""

from typing import Any

from django.db.models import Q
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.signing_in.proving import asks_proof
from integrations import services
from orders.models import Contact

SHOWN = 50
ID = OpenApiParameter("id", int, OpenApiParameter.PATH)


class BuyerOut(serializers.ModelSerializer[Contact]):
    channel = serializers.CharField(source="channel.code")
    name = serializers.CharField(source="person.name")
    email = serializers.CharField(source="person.email")
    erased_at = serializers.DateTimeField(source="person.erased_at")

    class Meta:
        model = Contact
        fields = ["id", "channel", "external_id", "name", "email", "erased_at"]


class BuyerSearchIn(serializers.Serializer[Any]):
    q = serializers.CharField(max_length=200)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if unknown := sorted(set(self.initial_data) - set(self.fields)):
            raise serializers.ValidationError({unknown[0]: ["There is no such filter."]})
        return given


class EraseBuyerIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class ErasedBuyerOut(serializers.Serializer[Any]):
    people = serializers.IntegerField()
    addresses = serializers.IntegerField()
    payloads = serializers.IntegerField()
    photos = serializers.IntegerField()
    invoices = serializers.IntegerField(help_text="Addresses on issued invoices, which stay by law.")
    named_in = serializers.ListField(
        child=serializers.CharField(),
        help_text="Where the buyer is named still: rules and kept lists to be changed, and what is never changed.",
    )


class BuyerDataViewSet(ActionAccess, viewsets.ViewSet):
    access = {
        "list": ("privacy:read", "core.erase_person"),
        "retrieve": ("privacy:read", "core.erase_person"),
        "erase": ("privacy:erase", "core.erase_person"),
    }

    def _rows(self, request: Any) -> Any:
        rows = Contact.objects.select_related("person", "channel", "party")
        return own_rows(request, rows, channel="channel_id", company="company_id")

    @extend_schema(
        operation_id="v1_buyers_list",
        responses=BuyerOut(many=True),
        parameters=[BuyerSearchIn],
    )
    def list(self, request: Any) -> Response:
        """Buyers by e-mail, name or the channel's id; fifty at most."""
        asked = BuyerSearchIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = matching(self._rows(request), asked.validated_data["q"])
        return Response(BuyerOut(found, many=True).data)

    @extend_schema(responses={200: dict[str, Any]}, parameters=[ID])
    def retrieve(self, request: Any, pk: str) -> Response:
        """All that is held of a buyer."""
        return Response(services.held_of(get_object_or_404(self._rows(request), pk=_id(pk))))

    @extend_schema(request=EraseBuyerIn, responses=ErasedBuyerOut, parameters=[ID, KEY_HEADER])
    @action(detail=True, methods=["post"])
    @asks_proof()
    @idempotent()
    def erase(self, request: Any, pk: str) -> Response:
        """Blank all that names a buyer; the books keep their ids. 409 while an order or money is open."""
        given = EraseBuyerIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = get_object_or_404(self._rows(request), pk=_id(pk))
        done = services.erase_person(found.pk, actor=actor_of(request), reason=given.validated_data["reason"])
        return Response(ErasedBuyerOut(done).data)


def matching(rows: Any, asked: str) -> Any:
    """Nothing is listed without a question: this is no list of people."""
    text = asked.strip()[:200].replace("\0", "")
    if len(text) < 3:
        return rows.none()
    wanted = Q(external_id=text) | Q(person__email__icontains=text) | Q(person__name__icontains=text)
    return rows.filter(wanted).order_by("pk")[:SHOWN]


def _id(pk: str) -> int:
    return int(pk) if pk.isdecimal() and len(pk) < 18 else 0


ROUTES = [("buyers", BuyerDataViewSet, "buyer")]
