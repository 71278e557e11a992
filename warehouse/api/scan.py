"""What handhelds send, and the book of it. A handheld calls with its cookie; programs and staff may read."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, own_rows
from backoffice.core.api.auth import ApiKeyAuthentication, HasScope
from warehouse.models import ScanCommand, ScanDevice
from warehouse.scan.guard import COOKIE, device_of_request
from warehouse.services import scan

MAX_COMMANDS = 100


class HandheldAuthentication(BaseAuthentication):
    """request.auth is the ScanDevice of the cookie; who did what each command says by its session's token."""

    def authenticate(self, request: Any) -> tuple[Any, ScanDevice] | None:
        if request.method != "POST":
            return None
        device = device_of_request(request)
        if device is None:
            return None
        SessionAuthentication().enforce_csrf(request)
        return request._request.user, device


class HandheldScheme(OpenApiAuthenticationExtension):
    """Documents the cookie of an enrolled handheld."""

    target_class = HandheldAuthentication
    name = "Handheld"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Given when a handheld is enrolled."}


class HandheldSends(HasScope):
    """Only an enrolled handheld sends commands: a program has its own API."""

    def has_permission(self, request: Any, view: Any) -> bool:
        if request.method == "POST":
            if not isinstance(request.auth, ScanDevice):
                raise NotAuthenticated(_("This is no enrolled handheld, or it was revoked."))
            return True
        return super().has_permission(request, view)


class ScanCommandIn(serializers.Serializer[Any]):
    """id: drawn by the handheld; sent again, it is answered as the first time. session: of the sign-in page's answer."""

    id = serializers.UUIDField()
    session = serializers.UUIDField()
    sequence = serializers.IntegerField(min_value=0, max_value=2**53)
    kind = serializers.CharField(
        max_length=20,
        help_text="take, pick, pick_unit, pack, receive, return, direct, move, move_unit, floor, count, count_done or discard_scan.",
    )
    scanned_at = serializers.DateTimeField(help_text="By the handheld's clock.")
    body = serializers.DictField(required=False, default=dict)
    replaces = serializers.UUIDField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class ScanBatchIn(serializers.Serializer[Any]):
    """sent_at: the handheld's clock now, from which its error is reckoned."""

    sent_at = serializers.DateTimeField()
    commands = ScanCommandIn(many=True, min_length=1, max_length=MAX_COMMANDS)


class ScanResultOut(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="client_id")
    state = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()
    result = serializers.DictField()
    replayed = serializers.BooleanField()


class ScanBatchOut(serializers.Serializer[Any]):
    server_time = serializers.DateTimeField()
    results = ScanResultOut(many=True)


class ScanCommandOut(serializers.ModelSerializer[ScanCommand]):
    device = serializers.CharField(source="device.name")

    class Meta:
        model = ScanCommand
        fields = [
            "id", "client_id", "device", "actor_label", "sequence", "kind", "body", "scanned_at", "effective_at",
            "recorded_at", "state", "code", "detail", "result", "reason", "replaces",
        ]  # fmt: skip


class ScanCommandViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ScanCommand]
):
    """The book of scans, newest last."""

    authentication_classes = [ApiKeyAuthentication, HandheldAuthentication, SessionAuthentication]
    permission_classes = [HandheldSends]
    access = {
        "list": ("warehouse:read", "warehouse.view_scancommand"),
        "retrieve": ("warehouse:read", "warehouse.view_scancommand"),
    }
    filterset_fields = ["state", "kind", "device"]
    serializer_class = ScanCommandOut

    def get_queryset(self) -> QuerySet[ScanCommand]:
        return own_rows(self.request, ScanCommand.objects.select_related("device").order_by("pk"))

    @extend_schema(request=ScanBatchIn, responses=ScanBatchOut)
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Book what a handheld did, in the order of its count; one result each. Their ids make them idempotent."""
        given = ScanBatchIn(data=request.data)
        given.is_valid(raise_exception=True)
        commands = [
            scan.Command(
                client_id=each["id"],
                session=each["session"],
                sequence=each["sequence"],
                kind=each["kind"],
                scanned_at=each["scanned_at"],
                body=each["body"],
                replaces=each["replaces"],
                reason=each["reason"],
            )
            for each in given.validated_data["commands"]
        ]
        results = scan.apply_commands(
            commands,
            device_id=request.auth.pk,
            sent_at=given.validated_data["sent_at"],
            request_id=getattr(request, "request_id", ""),
        )
        return Response(ScanBatchOut({"server_time": timezone.now(), "results": results}).data)
