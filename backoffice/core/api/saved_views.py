"""Saved views of lists over HTTP: one's own to make, change and delete, shared ones to use."""

from typing import Any

from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess
from backoffice.core.api.etags import IF_MATCH, ContentTags, expect_etag
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput, NotPermitted
from backoffice.core.models import SavedView
from backoffice.core.saved_views import check_room, list_of, may_see, rows_in, views_for


class SavedViewOut(serializers.ModelSerializer[SavedView]):
    """query: the list's filters as its page's address has them. shared: for everybody who may see the list."""

    list = serializers.CharField(source="list_label")
    owner = serializers.CharField(source="owner.username")

    class Meta:
        model = SavedView
        fields = ["id", "list", "name", "query", "shared", "owner"]


class SavedViewIn(serializers.Serializer[Any]):
    list = serializers.CharField(max_length=60, help_text="The list: orders.order")
    name = serializers.CharField(max_length=60)
    query = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, default="", help_text="view=late&status__exact=released&q=…"
    )
    shared = serializers.BooleanField(required=False, default=False)


class SavedViewChange(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60, required=False)
    query = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    shared = serializers.BooleanField(required=False)


class SavedViewViewSet(
    ContentTags, ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[SavedView]
):
    """Lists under a name. A program's are those of the user that its key acts as."""

    access = {
        "list": ("views:read", "core.view_savedview"),
        "retrieve": ("views:read", "core.view_savedview"),
        "create": ("views:write", "core.add_savedview"),
        "partial_update": ("views:write", "core.change_savedview"),
        "destroy": ("views:write", "core.delete_savedview"),
    }
    queryset = SavedView.objects.none()
    serializer_class = SavedViewOut
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def get_queryset(self) -> QuerySet[SavedView]:
        views = views_for(self.request.user)
        label = self.request.query_params.get("list", "")
        return views.filter(list_label=label.lower()) if label else views

    @extend_schema(parameters=[OpenApiParameter("list", str, description="orders.order")])
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """One's own views and the shared ones."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=SavedViewIn, responses={201: SavedViewOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Keep a list under a name."""
        body = SavedViewIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        label = given.pop("list").lower()
        if list_of(label) is None:
            raise _wrong("list", _("There is no such list."), "unknown_list")
        if not may_see(request.user, label):
            raise NotPermitted(_("You may not see this list."))
        check_room(label, request.user)
        view = SavedView(list_label=label, owner_id=request.user.pk, **given)
        return Response(SavedViewOut(_keep(view, request.user)).data, 201)

    @extend_schema(request=SavedViewChange, responses=SavedViewOut, parameters=[IF_MATCH])
    @idempotent(required=False)
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Change a view of one's own: its name, its filters, whether it is shared."""
        body = SavedViewChange(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        view = self._own(request)
        for name, value in body.validated_data.items():
            setattr(view, name, value)
        return Response(SavedViewOut(_keep(view, request.user)).data)

    @extend_schema(responses={204: None}, parameters=[IF_MATCH])
    @idempotent(required=False)
    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Delete a view of one's own."""
        self._own(request).delete()
        return Response(status=204)

    def _own(self, request: Any) -> SavedView:
        """The caller's own view, locked, and still as it was read; somebody else's is not found."""
        rows = SavedView.objects.filter(owner_id=request.user.pk).select_related("owner")
        pk = str(self.kwargs["pk"])
        view = rows.select_for_update(of=("self",), no_key=True).filter(pk=pk).first() if pk.isdecimal() else None
        if view is None:
            raise NotFound
        expect_etag(request, SavedViewOut(view).data, object_type="core.savedview", object_id=view.pk)
        return view


def _keep(view: SavedView, user: Any) -> SavedView:
    """Write it if its filters make a list. Raises InvalidInput for them, or for a name that one has already."""
    view.query = QueryDict(view.query).urlencode()[:2000]
    rows_in(view, user)
    twin = SavedView.objects.filter(list_label=view.list_label, owner_id=user.pk, name=view.name).exclude(pk=view.pk)
    if twin.exists():
        raise _wrong("name", _("You have a view of this name."), "unique")
    try:
        view.save()
    except IntegrityError:  # the same name at the same moment
        raise _wrong("name", _("You have a view of this name."), "unique") from None
    return view


def _wrong(field: str, message: str, code: str) -> InvalidInput:
    return InvalidInput(message, errors=[{"field": field, "message": message, "code": code}])
