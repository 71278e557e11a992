"""Rows of one kind over HTTP, as all lists of master data are: read, made, and changed by who has read them last."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess, actor_of
from backoffice.core.api.etags import IF_MATCH, ContentTags, expect_etag
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from inventory import services


class RowViewSet(
    ContentTags, ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]
):
    """Rows of one kind; PATCH with If-Match changes what the caller has read, all wrong fields are told at once."""

    takes: ClassVar[type[serializers.BaseSerializer[Any]]]
    through: ClassVar[str] = "company_id"  # the lookup that leads to the company

    def get_serializer_context(self) -> dict[str, Any]:
        context: dict[str, Any] = {**super().get_serializer_context()}
        if self.request and self.request.method != "GET" and not getattr(self, "swagger_fake_view", False):
            body = self.request.data if isinstance(self.request.data, dict) else {}
            context["company_id"] = company_of(self.request, str(body.get("company", "")))
        return context

    def taken(self, **options: Any) -> dict[str, Any]:
        """The checked body."""
        body = self.takes(data=self.request.data, context=self.get_serializer_context(), **options)
        body.is_valid(raise_exception=True)
        return body.validated_data

    def answer(self, pk: int, status: int = 200) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data, status=status)

    def make(self, values: dict[str, Any], company_id: int) -> int:
        row = self.takes.Meta.model(company_id=company_id, **values)  # type: ignore[attr-defined]
        return services.create_row(row, company_id=company_id, actor=actor_of(self.request)).pk

    def change(self, row: Any, values: dict[str, Any]) -> None:
        services.change_row(row, values=values, company_id=row.company_id, actor=actor_of(self.request))

    @extend_schema(parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        values = self.taken()
        return self.answer(self.make(values, self.get_serializer_context()["company_id"]), 201)

    @extend_schema(parameters=[IF_MATCH])
    @idempotent(required=False)
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        row = self.locked()
        values = self.takes(
            row,
            data=request.data,
            partial=True,
            context={**super().get_serializer_context(), "company_id": row.company_id},
        )
        values.is_valid(raise_exception=True)
        self.change(row, values.validated_data)
        return self.answer(row.pk)

    def locked(self) -> Any:
        """The row, locked, and still as the caller has read it."""
        rows = self.get_queryset().order_by("pk").select_for_update(of=("self",), no_key=True)
        row = rows.filter(pk=self.kwargs["pk"]).first() if str(self.kwargs["pk"]).isdecimal() else None
        if row is None:
            raise NotFound
        label = type(row)._meta.label_lower
        expect_etag(self.request, self.get_serializer_class()(row).data, object_type=label, object_id=row.pk)
        return row


def described(takes: Any, gives: Any) -> Any:
    """The schema of a row view set's two writes."""
    return extend_schema_view(
        create=extend_schema(request=takes, responses={201: gives}),
        partial_update=extend_schema(request=takes, responses=gives),
    )


def access_to(noun: str, **more: tuple[str, str]) -> dict[str, tuple[str, str]]:
    read, write = "catalogue:read", "catalogue:write"
    return {
        "list": (read, f"inventory.view_{noun}"),
        "retrieve": (read, f"inventory.view_{noun}"),
        "create": (write, f"inventory.add_{noun}"),
        "partial_update": (write, f"inventory.change_{noun}"),
        **more,
    }
