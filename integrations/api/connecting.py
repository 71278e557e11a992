"""Setting a connection up over HTTP: the same steps as on the pages, with the same services."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from integrations.api.connecting_shapes import (
    ADD,
    CHANGE,
    READ,
    SEE,
    WRITE,
    BeginSetupIn,
    ConnectionSetupOut,
    ConnectorOut,
    FirstDayIn,
    ListingProposalOut,
    LoginFieldOut,
    SetupLoginIn,
    TakeListingsIn,
    TakenListingsOut,
)
from integrations.connectors.registry import CONNECTORS, kind_of
from integrations.models import Connection, ConnectionStatus
from integrations.services import connecting
from integrations.services.codes import own_sku_ids
from orders.models import Channel


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
    return {"code": code, "name": str(kind.name), "help": str(kind.help), "note": str(kind.note), "login": fields}


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
