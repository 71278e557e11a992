"""Which warehouses and channels people and roles may work with, over HTTP."""

from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from backoffice.core.access_limits import set_limits
from backoffice.core.api.actions import ActionAccess, actor_of
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput, NotPermitted
from backoffice.core.models import AccessLimit, ApiKey, User
from backoffice.core.scopes import ROOTS, limits_of
from backoffice.core.signing_in.proving import asks_proof


class AccessLimitIn(serializers.Serializer[Any]):
    """Either user or role. A list left out stays as it is; an empty one lifts the limit."""

    user = serializers.CharField(required=False, max_length=150)
    role = serializers.CharField(required=False, max_length=150)
    warehouses = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=500)
    channels = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=500)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if ("user" in given) == ("role" in given):
            raise serializers.ValidationError({"user": _("Choose either a role or a person.")})
        return given


class AccessLimitOut(serializers.Serializer[Any]):
    """Codes; an empty list: not limited by a row of its own."""

    user = serializers.CharField(allow_null=True)
    role = serializers.CharField(allow_null=True)
    warehouses = serializers.ListField(child=serializers.CharField())
    channels = serializers.ListField(child=serializers.CharField())


class AccessLimitViewSet(ActionAccess, viewsets.GenericViewSet[AccessLimit]):
    """Limits of people and roles; whoever is limited, or a key bound to a part of the house, does not see to them."""

    access = {
        "list": ("rights:read", "core.view_accesslimit"),
        "create": ("rights:write", "core.change_accesslimit"),
    }
    queryset = AccessLimit.objects.none()
    serializer_class = AccessLimitOut
    pagination_class = None
    filter_backends: list[Any] = []

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        bound = isinstance(request.auth, ApiKey) and (request.auth.company_id or request.auth.channel_id)
        if bound or limits_of(request.user):
            raise NotPermitted(_("Who is limited to a part of the house limits nobody."))

    @extend_schema(responses=AccessLimitOut(many=True))
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Every person and role with a limit of its own."""
        return Response(AccessLimitOut(_limited(), many=True).data)

    @extend_schema(request=AccessLimitIn, responses=AccessLimitOut, parameters=[KEY_HEADER])
    @asks_proof()
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Limit a person or a role to some warehouses or channels."""
        body = AccessLimitIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        whom = _whom(given)
        with transaction.atomic():
            for kind, label in ROOTS.items():
                if f"{kind}s" in given:
                    set_limits(whom, kind, _ids(kind, label, given[f"{kind}s"]), actor=actor_of(request))
        name = "user" if isinstance(whom, User) else "role"
        empty: dict[str, Any] = {"user": None, "role": None, "warehouses": [], "channels": [], name: str(whom)}
        found = next((row for row in _limited() if row[name] == str(whom)), empty)
        return Response(AccessLimitOut(found).data)


def _whom(given: dict[str, Any]) -> User | Group:
    field = "user" if "user" in given else "role"
    found: User | Group | None = (
        User.objects.filter(username=given[field]).first()
        if field == "user"
        else Group.objects.filter(name=given[field]).first()
    )
    if found is None:
        raise _wrong(field, given[field])
    return found


def _ids(kind: str, label: str, codes: list[str]) -> list[int]:
    model: Any = apps.get_model(label)
    known = dict(model.objects.filter(code__in=codes).values_list("code", "pk"))
    if unknown := [code for code in codes if code not in known]:
        raise _wrong(f"{kind}s", unknown[0])
    return list(known.values())


def _wrong(field: str, value: str) -> InvalidInput:
    message = _("“%(value)s” is not known here.") % {"value": value[:60]}
    return InvalidInput(
        _("Some fields are wrong; nothing was saved."),
        errors=[{"field": field, "message": message, "code": "unknown"}],
    )


def _limited() -> list[dict[str, Any]]:
    """Statements: 3."""
    models: dict[str, Any] = {kind: apps.get_model(label) for kind, label in ROOTS.items()}
    codes = {kind: dict(model.objects.values_list("pk", "code")) for kind, model in models.items()}
    found: dict[tuple[str | None, str | None], dict[str, Any]] = {}
    rows = AccessLimit.objects.filter(kind__in=ROOTS).order_by("user__username", "group__name", "object_id")
    for user, role, kind, pk in rows.values_list("user__username", "group__name", "kind", "object_id"):
        row = found.setdefault((user, role), {"user": user, "role": role, "warehouses": [], "channels": []})
        row[f"{kind}s"].append(codes[kind].get(pk, str(pk)))
    return list(found.values())
