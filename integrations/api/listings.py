"""Listings over HTTP: what each channel shows of our SKUs, listing more, what is whose to say, and comparing."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import actor_of, own_rows
from backoffice.core.api.etags import IF_MATCH, ContentTags, expect_etag
from backoffice.core.api.fields import KEY_HEADER, Amount, Quantity
from backoffice.core.api.filters import RowId
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from backoffice.core.waking import ask_worker
from integrations import services, tasks
from integrations.api.rows import AGAIN, READ, WRITE, ChangedRowsOut, Rows, RowsIn
from integrations.connectors.offers import FIELDS
from integrations.models import Connection, Listing, ListingContent
from inventory.selectors import skus_by_code

CHANGE = "integrations.change_listing"
MOST_SKUS = 1000


class ChannelListingOut(serializers.ModelSerializer[Listing]):
    sku = serializers.CharField(source="sku.code")
    cap = Quantity(allow_null=True)
    pushed_quantity = Quantity(allow_null=True)
    pushed_price = Amount(allow_null=True)
    is_offered = serializers.BooleanField(source="content.is_offered", help_text="Buyers see it there.")
    product_type = serializers.CharField(source="content.product_type")
    kept_fields = serializers.ListField(
        child=serializers.CharField(), source="content.kept_fields", allow_null=True,
        help_text="What of it the channel owns; null: as the connection says.",
    )  # fmt: skip
    product_pushed_at = serializers.DateTimeField(source="content.sent_at", allow_null=True)
    looked_at = serializers.DateTimeField(source="content.found_at", allow_null=True)
    problems = serializers.ListField(
        child=serializers.CharField(),
        source="content.problems",
        help_text="What the channel finds wrong.",
    )
    waiting = serializers.BooleanField(source="is_dirty", help_text="Its stock changed and is not told yet.")

    class Meta:
        model = Listing
        fields = [
            "id", "connection", "sku", "external_id", "external_sku", "is_active", "waiting", "pushed_quantity", "pushed_at",
            "push_error", "pushed_price", "price_pushed_at", "price_error", "product_error",
            "product_pushed_at", "looked_at", "problems", "is_offered", "product_type", "kept_fields", "share_percent", "cap",
        ]  # fmt: skip

    def to_representation(self, row: Listing) -> dict[str, Any]:
        if not hasattr(row, "content"):  # nothing was said of it yet
            row.content = ListingContent(company_id=row.company_id)
        return super().to_representation(row)


class NewListingsIn(serializers.Serializer[Any]):
    connection = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    skus = serializers.ListField(
        child=serializers.CharField(max_length=60), min_length=1, max_length=MOST_SKUS, help_text="Codes of our SKUs."
    )


class NewListingsOut(serializers.Serializer[Any]):
    """Those that are new; what was listed before is left as it is."""

    listings = ChannelListingOut(many=True)


class ListingRulesIn(serializers.Serializer[Any]):
    """Only what is named changes."""

    is_offered = serializers.BooleanField(required=False)
    product_type = serializers.CharField(required=False, allow_blank=True, max_length=120)
    kept_fields = serializers.ListField(
        child=serializers.ChoiceField(choices=[*FIELDS, "price"]),
        required=False,
        allow_null=True,
        max_length=len(FIELDS) + 1,
    )
    share_percent = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=100)
    cap = Quantity(required=False, allow_null=True, min_value=0)


class ComparedOut(serializers.Serializer[Any]):
    name = serializers.CharField(
        help_text="title, description, brand, barcode, weight (grams), images (how many), visible, price"
    )
    ours = serializers.CharField(allow_blank=True)
    theirs = serializers.CharField(allow_null=True, allow_blank=True, help_text="null: not looked at, or not told.")
    is_ours = serializers.BooleanField(help_text="It is sent there; otherwise the channel owns it.")
    differs = serializers.BooleanField()


class ComparisonOut(serializers.Serializer[Any]):
    looked_at = serializers.DateTimeField(allow_null=True)
    rows = ComparedOut(many=True)


class ListingFilter(django_filters.FilterSet):
    connection = RowId(field_name="connection_id")
    sku = django_filters.CharFilter(field_name="sku__code", lookup_expr="iexact", max_length=60)


class ChannelListingViewSet(ContentTags, Rows):
    access = {
        "list": (READ, "integrations.view_listing"), "retrieve": (READ, "integrations.view_listing"),
        "push_again": (WRITE, CHANGE), "create": (WRITE, "integrations.change_connection"), "partial_update": (WRITE, CHANGE),
        "look": (WRITE, CHANGE), "comparison": (READ, "integrations.view_listing"),
    }  # fmt: skip
    serializer_class = ChannelListingOut
    filterset_class = ListingFilter

    def get_queryset(self) -> QuerySet[Listing]:
        rows = Listing.objects.select_related("sku__product__brand", "connection__channel", "content").order_by("pk")
        return own_rows(self.request, rows, channel="connection__channel_id")  # type: ignore[no-any-return]

    @extend_schema(request=RowsIn, responses=ChangedRowsOut, parameters=[KEY_HEADER], examples=[AGAIN])
    @action(detail=False, methods=["post"], url_path="push-again")
    @idempotent()
    def push_again(self, request: Any) -> Response:
        """Tell the channel of their stock and price again, also where it refused them for good."""
        ids, reason = self._given(request)
        changed = services.push_again(listing_ids=ids, actor=actor_of(request), reason=reason)
        return Response({"changed": changed})

    @extend_schema(
        request=NewListingsIn, responses={201: NewListingsOut}, parameters=[KEY_HEADER],
        examples=[OpenApiExample("Two more", {"connection": 3, "skus": ["MUG-RED", "MUG-BLUE"]}, request_only=True)],
    )  # fmt: skip
    @idempotent()
    def create(self, request: Any) -> Response:
        """List SKUs at the channel: they are made there with its next push, within five minutes.

        A SKU that the channel has already under the same code becomes that listing. Without a price it waits, and says so.
        """
        body = NewListingsIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        own = own_rows(request, Connection.objects.all(), channel="channel_id").filter(pk=given["connection"]).first()
        if own is None:
            raise InvalidInput(_("There is no such connection."), field="connection")
        found = skus_by_code(own.company_id, given["skus"])
        if missing := [code for code in given["skus"] if code not in found]:
            said = _("There is no such SKU.")
            raise InvalidInput(said, errors=[{"field": "skus", "message": f"{said} {code}"[:200]} for code in missing])
        made = services.offer_skus(
            connection_id=own.pk, sku_ids=list(dict.fromkeys(found.values())), actor=actor_of(request)
        )
        rows = self.get_queryset().filter(pk__in=[row.pk for row in made])
        return Response({"listings": ChannelListingOut(rows, many=True).data}, status=201)

    @extend_schema(
        request=ListingRulesIn, responses=ChannelListingOut, parameters=[IF_MATCH],
        examples=[OpenApiExample("Its words are the channel's", {"kept_fields": ["title", "description"]}, request_only=True)],
    )  # fmt: skip
    @idempotent(required=False)
    def partial_update(self, request: Any, pk: str) -> Response:
        """Say whether buyers see it, what of it is whose to say, and how much stock is shown."""
        given = ListingRulesIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = self.get_object()
        Listing.objects.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
        expect_etag(
            request, ChannelListingOut(self.get_object()).data, object_type="integrations.listing", object_id=row.pk
        )
        services.change_listing(listing_id=row.pk, rules=given.validated_data, actor=actor_of(request))
        return Response(ChannelListingOut(self.get_object()).data)

    @extend_schema(request=None, responses={202: ChannelListingOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def look(self, request: Any, pk: str) -> Response:
        """Let a worker read what the channel shows of it; then see its comparison."""
        row = self.get_object()
        ask_worker(tasks.look_at_listing.name, row.pk)
        return Response(ChannelListingOut(row).data, status=202)

    @extend_schema(responses=ComparisonOut)
    @action(detail=True)
    def comparison(self, request: Any, pk: str) -> Response:
        """What we have of it beside what the channel showed when it was looked at last."""
        row = self.get_object()
        content = ListingContent.objects.filter(listing=row).first()
        rows = services.compare(row)
        return Response(ComparisonOut({"looked_at": content.found_at if content else None, "rows": rows}).data)


ROUTES = (("channel-listings", ChannelListingViewSet, "channellisting"),)
