"""Tasks for people over HTTP."""

from typing import Any

import django_filters
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from backoffice.core import staff_tasks
from backoffice.core.api.actions import NOBODYS, ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.filters import RowId
from backoffice.core.api.idempotency import idempotent
from backoffice.core.models import ApiKey, StaffTask, User
from backoffice.core.staff import StaffRole


class StaffTaskOut(serializers.ModelSerializer[StaffTask]):
    """source_type, source_id: the document it is about. Without an owner it is for whoever has the role."""

    owner = serializers.CharField(source="owner.username", default=None)
    role = serializers.CharField(source="role.name", default=None)

    class Meta:
        model = StaffTask
        fields = [
            "id", "title", "note", "owner", "role", "due_date", "source_type", "source_id", "status", "created_by",
            "created_at", "ended_by", "ended_at", "outcome",
        ]  # fmt: skip


class StaffTaskIn(serializers.Serializer[Any]):
    """At least one of owner and role."""

    title = serializers.CharField(max_length=200)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    owner = serializers.SlugRelatedField(
        "username", queryset=User.objects.filter(is_active=True, is_staff=True), required=False
    )
    role = serializers.ChoiceField(choices=StaffRole.values, required=False)
    due_date = serializers.DateField(required=False)


class TaskEndIn(serializers.Serializer[Any]):
    outcome = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    dropped = serializers.BooleanField(required=False, default=False, help_text="Nobody will do it; then say why.")


class StaffTaskFilter(django_filters.FilterSet):
    source_id = RowId()

    class Meta:
        model = StaffTask
        fields = ["status", "source_type"]


class StaffTaskViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[StaffTask]
):
    """A person sees their own and their roles'; a key with tasks:read sees its company's."""

    access = {
        "list": ("tasks:read", "core.view_stafftask"),
        "retrieve": ("tasks:read", "core.view_stafftask"),
        "create": ("tasks:write", "core.add_stafftask"),
        "end": ("tasks:write", "core.change_stafftask"),
    }
    queryset = StaffTask.objects.none()
    serializer_class = StaffTaskOut
    filterset_class = StaffTaskFilter
    http_method_names = ["get", "post", "head", "options"]

    def get_queryset(self) -> QuerySet[StaffTask]:
        rows = StaffTask.objects.select_related("owner", "role").order_by("-pk")
        if isinstance(self.request.auth, ApiKey):
            return own_rows(self.request, rows, channel=NOBODYS)
        if self.request.user.is_superuser:
            return rows
        user = self.request.user
        return rows.filter(Q(owner=user.pk) | Q(owner__isnull=True, role__in=user.groups.all()))

    @extend_schema(request=StaffTaskIn, responses={201: StaffTaskOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Give somebody a task."""
        body = StaffTaskIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        role = given.pop("role", None)
        group = Group.objects.filter(name=role).first() if role else None
        task = staff_tasks.give_task(**given, role=group, company_id=_company_of(request), actor=actor_of(request))
        return Response(StaffTaskOut(task).data, 201)

    @extend_schema(request=TaskEndIn, responses=StaffTaskOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def end(self, request: Any, pk: str = "") -> Response:
        """Say that it is done, or that nobody will do it."""
        body = TaskEndIn(data=request.data)
        body.is_valid(raise_exception=True)
        if not pk.isdecimal() or not self.get_queryset().filter(pk=int(pk)).exists():
            raise NotFound
        status = "dropped" if body.validated_data["dropped"] else "done"
        task = staff_tasks.end_task(
            int(pk), status=status, outcome=body.validated_data["outcome"], actor=actor_of(request)
        )
        return Response(StaffTaskOut(task).data)


def _company_of(request: Any) -> int | None:
    """A key's company: its tasks are that company's."""
    return request.auth.company_id if isinstance(request.auth, ApiKey) else None
