"""Two editors over HTTP: an order is read with an ETag, and changed only if it still is what was read."""

from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter

from backoffice.core.errors import InvalidInput
from orders import services

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag that was read. Changed meanwhile: 412 with who changed what, and nothing is done.",
)


def sent_version(request: Any) -> int | None:
    """The version in If-Match ("7", with its quotes); None without the header, or with *. Raises InvalidInput."""
    sent = request.headers.get("If-Match", "").strip()
    if sent in ("", "*"):
        return None
    number = sent.removeprefix("W/").strip('"')
    if not number.isdecimal() or len(number) > 9:
        message = _("If-Match must be the ETag of one reading, or *.")
        raise InvalidInput(message, errors=[{"field": "If-Match", "message": message, "code": "invalid"}])
    return int(number)


class VersionedOrders:
    """For the view set of orders: every answer with a version has its ETag, every POST minds If-Match.

    The order is locked before it is compared, in the transaction of the change; once in it, for the change
    itself raises the version.
    """

    _compared_in: int | None = None

    def get_object(self) -> Any:
        order = super().get_object()  # type: ignore[misc]
        request = self.request  # type: ignore[attr-defined]
        version = sent_version(request) if request.method == "POST" else None
        if version is not None and self._compared_in != _transaction():
            services.expect_version(order.pk, company_id=order.company_id, version=version)
            self._compared_in = _transaction()
        return order

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        data = getattr(response, "data", None)
        if response.status_code < 300 and isinstance(data, dict) and "version" in data:
            response["ETag"] = f'"{data["version"]}"'
        return response


def _transaction() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return int(cursor.fetchone()[0])
