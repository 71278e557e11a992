"""Photos of a return line over HTTP: the picture is the body, and it is shown to whoever may see the return."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser
from rest_framework.response import Response

from backoffice.core.api.actions import actor_of
from backoffice.core.db import retry_serialization
from orders import services
from orders.errors import NotFound
from orders.models import ReturnOrder
from orders.photos import find_photo, photo_response
from orders.services.return_photos import MAX_BYTES

PHOTO_ACCESS = {
    "add_photo": ("returns:write", "orders.add_returnphoto"),
    "photo": ("returns:read", "orders.view_returnphoto"),
    "erase_photos": ("returns:decide", "orders.delete_returnphoto"),
}


class PictureParser(BaseParser):
    """The body as it is, up to the limit; what it really is the service finds out."""

    media_type = "image/*"

    def parse(  # type: ignore[override]  # a picture is bytes, no mapping
        self, stream: Any, media_type: Any = None, parser_context: Any = None
    ) -> Any:
        body: bytes = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise RequestDataTooBig
        return body


class PhotoOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()


class PhotoActions:
    """For the view set of returns."""

    @extend_schema(
        request={"image/jpeg": OpenApiTypes.BINARY, "image/png": OpenApiTypes.BINARY},
        responses={201: PhotoOut, 200: PhotoOut},
    )
    @action(
        detail=True,
        methods=["post"],
        url_path=r"lines/(?P<line_id>\d{1,18})/photos",
        parser_classes=[PictureParser],
    )
    def add_photo(self, request: Any, line_id: str, *args: Any, **kwargs: Any) -> Response:
        """Keep a picture of what comes back; the same one again is 200 and the same row, so no key is wanted."""
        found: ReturnOrder = self.get_object()  # type: ignore[attr-defined]
        content = request.data if isinstance(request.data, bytes) else b""
        line, actor = int(line_id), actor_of(request)

        def add() -> services.AddedPhoto:
            with transaction.atomic():
                return services.add_photo(
                    found.pk, return_line_id=line, content=content, company_id=found.company_id, actor=actor
                )

        done = retry_serialization(add)
        return Response({"id": done.photo_id}, status=201 if done.state == "added" else 200)

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY, (200, "image/png"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path=r"photos/(?P<photo_id>\d{1,18})")
    def photo(self, request: Any, photo_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """One picture."""
        found: ReturnOrder = self.get_object()  # type: ignore[attr-defined]
        photo = find_photo(found.pk, int(photo_id))
        if photo is None:
            raise NotFound(_("The return has no such photo."), photo_id=int(photo_id))
        return photo_response(photo)

    @extend_schema(request=None, responses=PhotoOut(many=True))
    @action(detail=True, methods=["post"], url_path="photos/erase")
    def erase_photos(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Delete all pictures of the return for good; again changes nothing."""
        found: ReturnOrder = self.get_object()  # type: ignore[attr-defined]
        services.erase_photos(found.pk, company_id=found.company_id, actor=actor_of(request))
        return Response([])
