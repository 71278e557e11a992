"""The API's description with a page to read and try it, and where channels send their webhooks."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.core.api.auth import ApiKeyAuthentication
from integrations.errors import ChannelRejected
from integrations.services import receive_webhook

# The page sets styles and draws from data: addresses; its script is a file of ours.
CSP = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class SchemaView(SpectacularAPIView):
    """OpenAPI 3 of /api/v1/."""

    custom_settings = {"SCHEMA_PATH_PREFIX": "/api/v1"}  # grouped by what they are about
    authentication_classes = [ApiKeyAuthentication, SessionAuthentication]
    permission_classes = [IsAuthenticated]


class DocsView(SpectacularSwaggerSplitView):
    """The schema for people."""

    authentication_classes = [ApiKeyAuthentication, SessionAuthentication]
    permission_classes = [IsAuthenticated]

    @extend_schema(exclude=True)
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().get(request, *args, **kwargs)
        response.headers["Content-Security-Policy"] = CSP
        return response


class NotGenuine(APIException):
    """No AuthenticationFailed: without authenticators that becomes 403."""

    status_code = 401
    default_code = "not_genuine"


class WebhookView(APIView):
    """Where a channel says that something happened. Its signature over the raw bytes is its login."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []

    @extend_schema(exclude=True)
    def post(self, request: Any, connection_id: int) -> Response:
        body = request._request.body  # the raw bytes; Django caps their size
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            receive_webhook(connection_id=connection_id, headers=headers, body=body)
        except ChannelRejected as error:  # the same answer whatever is wrong, also where there is no connection
            raise NotGenuine(_("This message is not signed as a channel of ours signs.")) from error
        return Response(status=204)
