"""Setting a connection up over HTTP: the same steps as on the pages, with the same services."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from integrations.connectors.login import YES_NO
from integrations.connectors.registry import CONNECTORS, kind_of
from integrations.models import Connection, ConnectionStatus
from integrations.services import connecting
from integrations.services.codes import own_sku_ids
from orders.models import Channel

READ, WRITE = "connections:read", "connections:write"
SEE, ADD, CHANGE = "integrations.view_connection", "integrations.add_connection", "integrations.change_connection"


class LoginFieldOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    help = serializers.CharField()
    secret = serializers.BooleanField(source="is_secret", help_text="Sent under secrets, else under settings.")
    required = serializers.BooleanField()  # type: ignore[assignment]
    choices = serializers.SerializerMethodField(help_text="Empty: any text.")

    def get_choices(self, field: Any) -> list[str]:
        return [value for value, _label in field.choices or (YES_NO if field.kind == "yes_no" else ())]


class ConnectorOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    help = serializers.CharField(help_text="Where its keys are found.")
    note = serializers.CharField()
    login = LoginFieldOut(many=True, help_text="What its login asks for.")


class OpenStepOut(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="login, start or preview")
    why = serializers.CharField()


class TriedStepOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    ok = serializers.BooleanField()
    said = serializers.CharField()
    remedy = serializers.CharField(help_text="What to do about it.")


class TriedOut(serializers.Serializer[Any]):
    ok = serializers.BooleanField()
    at = serializers.DateTimeField()
    steps = TriedStepOut(many=True)


class PreviewedOrderOut(serializers.Serializer[Any]):
    """Nothing of the buyer is in it."""

    id = serializers.CharField()
    number = serializers.CharField()
    placed_at = serializers.CharField()
    outcome = serializers.CharField(help_text="imported, held, known, early, pending, ignored, cancelled, refused")
    total = serializers.CharField()
    currency = serializers.CharField()
    lines = serializers.IntegerField()
    why = serializers.CharField()


class PreviewOut(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    more = serializers.BooleanField(help_text="There are more orders than were looked at.")
    counts = serializers.DictField(child=serializers.IntegerField())
    rows = PreviewedOrderOut(many=True)


class ConnectionSetupOut(serializers.ModelSerializer[Connection]):
    """status: draft until it is live. Secrets are never told."""

    channel = serializers.CharField(source="channel.code")
    tried = serializers.SerializerMethodField()
    preview = serializers.SerializerMethodField()
    catalogue_read = serializers.SerializerMethodField(help_text="How much of it was read; null before that.")
    open_steps = serializers.SerializerMethodField(help_text="What keeps it from going live.")

    class Meta:
        model = Connection
        fields = [
            "id", "channel", "connector", "status", "settings", "starts_at", "live_at", "tried", "catalogue_read",
            "preview", "open_steps",
        ]  # fmt: skip

    @extend_schema_field(TriedOut(allow_null=True))
    def get_tried(self, row: Connection) -> Any:
        return row.setup.get("tried")

    @extend_schema_field(PreviewOut(allow_null=True))
    def get_preview(self, row: Connection) -> Any:
        return row.setup.get("preview")

    def get_catalogue_read(self, row: Connection) -> int | None:
        return len(row.setup["catalogue"]["rows"]) if "catalogue" in row.setup else None

    @extend_schema_field(OpenStepOut(many=True))
    def get_open_steps(self, row: Connection) -> Any:
        left = connecting.open_steps(row) if row.status == ConnectionStatus.DRAFT else []
        return [{"name": step.name, "why": step.why} for step in left]


class BeginSetupIn(serializers.Serializer[Any]):
    channel = serializers.CharField(max_length=50, help_text="Its code.")
    connector = serializers.CharField(max_length=30, help_text="Its code, as under connectors/.")


class SetupLoginIn(serializers.Serializer[Any]):
    settings = serializers.DictField(child=serializers.CharField(allow_blank=True, max_length=2000), required=False)
    secrets = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=2000), required=False,
        help_text="One that is left out stays as it is.",
    )  # fmt: skip


class FoundSuggestionOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    why = serializers.CharField(help_text="same, barcode, alike")


class ListingProposalOut(serializers.Serializer[Any]):
    external_id = serializers.CharField()
    external_sku = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField(help_text="listed, matched (ours for certain), open")
    sku = serializers.CharField(help_text="Ours; empty for an open one.")
    suggestions = FoundSuggestionOut(many=True)


class ChosenListingIn(serializers.Serializer[Any]):
    external_id = serializers.CharField(max_length=120)
    sku = serializers.CharField(max_length=64, help_text="Ours, by code.")


class TakeListingsIn(serializers.Serializer[Any]):
    """Either listings, or matched: all that are ours for certain."""

    listings = ChosenListingIn(many=True, required=False)
    matched = serializers.BooleanField(required=False, default=False)


class TakenListingsOut(serializers.Serializer[Any]):
    new = serializers.IntegerField()


class FirstDayIn(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField(
        allow_null=True, help_text="Orders placed before it are left to the channel; null: all are taken."
    )


class ConnectionSetupViewSet(ActionAccess, viewsets.GenericViewSet[Connection]):
    """Connections that are being set up. Trying, reading and previewing ask the channel and change nothing there."""

    access = {
        "connectors": (READ, SEE), "list": (READ, SEE), "retrieve": (READ, SEE), "proposals": (READ, SEE),
        "create": (WRITE, ADD), "login": (WRITE, CHANGE), "try_login": (WRITE, CHANGE), "catalogue": (WRITE, CHANGE),
        "listings": (WRITE, CHANGE), "first_day": (WRITE, CHANGE), "preview": (WRITE, CHANGE), "go_live": (WRITE, CHANGE),
    }  # fmt: skip
    asks = frozenset({"try_login", "catalogue", "preview"})  # of the channel, outside any transaction
    serializer_class = ConnectionSetupOut
    lookup_value_regex = r"[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Connection]:
        rows = Connection.objects.select_related("channel").order_by("pk")
        if self.action == "list":
            rows = rows.filter(status=ConnectionStatus.DRAFT)
        return own_rows(self.request, rows, channel="channel_id")  # type: ignore[no-any-return]

    def _answer(self, pk: int, status: int = 200) -> Response:
        row = Connection.objects.select_related("channel").get(pk=pk)
        return Response(ConnectionSetupOut(row).data, status=status)

    @extend_schema(responses=ConnectorOut(many=True))
    @action(detail=False, pagination_class=None, filter_backends=[])
    def connectors(self, request: Any) -> Response:
        """What can be connected, and what each login asks for."""
        return Response([_connector(code) for code in CONNECTORS])

    def list(self, request: Any) -> Response:
        """Those that are not live yet."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(ConnectionSetupOut(page, many=True).data)

    def retrieve(self, request: Any, pk: str) -> Response:
        return Response(ConnectionSetupOut(self.get_object()).data)

    @extend_schema(request=BeginSetupIn, responses={201: ConnectionSetupOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any) -> Response:
        """Begin; a draft that the channel has begins anew if the connector is another."""
        given = BeginSetupIn(data=request.data)
        given.is_valid(raise_exception=True)
        channels = own_rows(request, Channel.objects.all(), channel="pk")
        channel = channels.filter(code=given.validated_data["channel"]).first()
        if channel is None:
            raise InvalidInput(_("There is no such channel."), field="channel")
        made = connecting.begin_connection(
            channel_id=channel.pk, connector=given.validated_data["connector"], actor=actor_of(request)
        )
        return self._answer(made.pk, 201)

    @extend_schema(request=SetupLoginIn, responses=ConnectionSetupOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def login(self, request: Any, pk: str) -> Response:
        """Keep settings and secrets; they are to be tried."""
        given = SetupLoginIn(data=request.data)
        given.is_valid(raise_exception=True)
        connecting.save_login(
            connection_id=self.get_object().pk, settings=given.validated_data.get("settings", {}),
            secrets=given.validated_data.get("secrets", {}), actor=actor_of(request),
        )  # fmt: skip
        return self._answer(int(pk))

    @extend_schema(request=None, responses=ConnectionSetupOut)
    @action(detail=True, methods=["post"], url_path="try")
    def try_login(self, request: Any, pk: str) -> Response:
        """Ask the channel with the login that is kept; `tried` says what works and what to do."""
        connecting.try_login(connection_id=self.get_object().pk)
        return self._answer(int(pk))

    @extend_schema(request=None, responses=ConnectionSetupOut)
    @action(detail=True, methods=["post"])
    def catalogue(self, request: Any, pk: str) -> Response:
        """Read what the channel sells."""
        connecting.read_catalogue(connection_id=self.get_object().pk)
        return self._answer(int(pk))

    @extend_schema(responses=ListingProposalOut(many=True))
    @action(detail=True, pagination_class=None, filter_backends=[])
    def proposals(self, request: Any, pk: str) -> Response:
        """What the channel sells, with the SKU of ours that it is or may be."""
        return Response(ListingProposalOut(connecting.proposals(self.get_object()), many=True).data)

    @extend_schema(request=TakeListingsIn, responses=TakenListingsOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def listings(self, request: Any, pk: str) -> Response:
        """Say which SKUs of ours the channel's things are."""
        given = TakeListingsIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = self.get_object()
        chosen = _chosen(row, given.validated_data)
        return Response(
            {"new": connecting.accept_listings(connection_id=row.pk, chosen=chosen, actor=actor_of(request))}
        )

    @extend_schema(request=FirstDayIn, responses=ConnectionSetupOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="first-day")
    @idempotent()
    def first_day(self, request: Any, pk: str) -> Response:
        given = FirstDayIn(data=request.data)
        given.is_valid(raise_exception=True)
        connecting.set_first_day(
            connection_id=self.get_object().pk, starts_at=given.validated_data["starts_at"], actor=actor_of(request)
        )
        return self._answer(int(pk))

    @extend_schema(request=None, responses=ConnectionSetupOut)
    @action(detail=True, methods=["post"])
    def preview(self, request: Any, pk: str) -> Response:
        """A dry run: `preview` says what would become of the first orders since the first day."""
        connecting.preview_orders(connection_id=self.get_object().pk)
        return self._answer(int(pk))

    @extend_schema(request=None, responses=ConnectionSetupOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="go-live")
    @idempotent()
    def go_live(self, request: Any, pk: str) -> Response:
        """From now on orders are pulled, and stock and shipments told."""
        connecting.go_live(connection_id=self.get_object().pk, actor=actor_of(request))
        return self._answer(int(pk))


def _connector(code: str) -> dict[str, Any]:
    kind = kind_of(code)
    fields = LoginFieldOut(kind.fields, many=True).data
    return {"code": code, "name": kind.name, "help": str(kind.help), "note": str(kind.note), "login": fields}


def _chosen(row: Connection, given: Any) -> dict[str, int]:
    """Raises InvalidInput naming a SKU that nobody has here."""
    if given["matched"]:
        return {
            found.external_id: found.sku_id
            for found in connecting.proposals(row)
            if found.state == "matched" and found.sku_id
        }
    wanted = {entry["external_id"]: entry["sku"] for entry in given.get("listings", ())}
    ours = own_sku_ids(company_id=row.company_id, codes=list(wanted.values()))
    for code in wanted.values():
        if code not in ours:
            raise InvalidInput(_("There is no SKU “%(sku)s” in this company.") % {"sku": code[:40]}, field="listings")
    return {id: ours[code] for id, code in wanted.items()}


ROUTES = (("connection-setups", ConnectionSetupViewSet, "connectionsetup"),)
