"""Search, audit trail and proof for programs and signed-in staff; each denies by default."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.core.admin.proof import RUN, SEE, last_proof, prove_now
from backoffice.core.api.errors import problem
from backoffice.core.errors import InvalidInput
from backoffice.core.models import ApiKey, AuditEvent
from backoffice.core.scopes import visible
from backoffice.dashboard.search import Sight, find

TERM = OpenApiParameter("q", str, required=True, description="Order, SKU, barcode, tracking number, buyer, external id")


class HitOut(serializers.Serializer[Any]):
    """Something found; `type` and `id` name the document, `kind` says why."""

    type = serializers.CharField()
    id = serializers.IntegerField()
    title = serializers.CharField()
    kind = serializers.CharField()
    detail = serializers.CharField()
    url = serializers.CharField()


class FoundHits(serializers.Serializer[Any]):
    q = serializers.CharField()
    results = HitOut(many=True)


class SearchView(APIView):
    """One box for everything: what the term names and the caller may see."""

    required_scopes = {"GET": ("search:read",)}
    required_permissions = {"GET": ()}  # any member of the staff; each kind of hit asks for its own permission

    @extend_schema(parameters=[TERM], responses=FoundHits)
    def get(self, request: Any) -> Response:
        term = request.query_params.get("q", "").strip()
        if not term or len(term) > 120:
            raise InvalidInput(
                _("Give `q`: 1 to 120 characters."), errors=[{"field": "q", "message": "1 to 120 characters"}]
            )
        key = request.auth
        hits = find(term, Sight.of_key(key) if isinstance(key, ApiKey) else Sight.of(request.user))
        return Response({"q": term, "results": HitOut(hits, many=True).data})


class AuditOut(serializers.ModelSerializer[AuditEvent]):
    """Who changed what, when, from what to what, and why."""

    who = serializers.SerializerMethodField()

    class Meta:
        model = AuditEvent
        fields = [
            "id", "recorded_at", "who", "object_type", "object_id", "action", "field", "old_value", "new_value", "reason",
            "request_id",
        ]  # fmt: skip

    def get_who(self, event: AuditEvent) -> str:
        return event.actor_label


class AuditView(generics.ListAPIView[AuditEvent]):
    """The trail of one document, newest first: ?object_type=orders.order&object_id=7."""

    serializer_class = AuditOut
    required_scopes = {"GET": ("audit:read",)}
    required_permissions = {"GET": (SEE,)}

    @extend_schema(
        parameters=[
            OpenApiParameter("object_type", str, required=True),
            OpenApiParameter("object_id", int, required=True),
        ]
    )
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[AuditEvent]:
        if getattr(self, "swagger_fake_view", False):
            return AuditEvent.objects.none()
        object_type = self.request.query_params.get("object_type", "")
        object_id = self.request.query_params.get("object_id", "")
        if not object_type:
            raise InvalidInput(_("Give `object_type`, e.g. orders.order."), errors=[_wrong("object_type")])
        if not (object_id.isascii() and object_id.isdecimal() and len(object_id) < 19):
            raise InvalidInput(_("Give `object_id`, a whole number."), errors=[_wrong("object_id")])
        rows = visible(AuditEvent.objects.filter(object_type=object_type, object_id=int(object_id)), self.request.user)
        key = self.request.auth
        if not isinstance(key, ApiKey):
            return rows
        if key.channel_id is not None:  # the trail names no channel: a key bound to one sees none of it
            return rows.none()
        return rows if key.company_id is None else rows.filter(company_id=key.company_id)


def _wrong(field: str) -> dict[str, str]:
    return {"field": field, "message": "missing or wrong"}


class ProofView(APIView):
    """The standing proof: GET the last one, POST to run it now."""

    required_scopes = {"GET": ("proof:read",), "POST": ("proof:run",)}
    required_permissions = {"GET": (SEE,), "POST": (RUN,)}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Any) -> Response:
        last = last_proof()
        if last is None:
            return problem(404, "never_run", _("The proof has not run yet."), state="never_run")
        return Response({"state": last.status, "finished_at": last.finished_at, **last.detail})

    @extend_schema(request=None, responses=OpenApiTypes.OBJECT)
    def post(self, request: Any) -> Response:
        """All checks, in one snapshot; the answer comes when they are done."""
        prove_now()
        return self.get(request)
