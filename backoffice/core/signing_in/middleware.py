"""Whoever lacks a second factor that their role needs sees nothing else until they have one."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.core.signing_in.proving import MUST_ENROL


class EnrolMiddleware:
    """Decided at sign-in and kept in the session: no question to the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.get(MUST_ENROL):
            return self._led(request)
        return self.get_response(request)

    def _led(self, request: HttpRequest) -> HttpResponse:
        own, path = reverse("own_security"), request.path
        open_ways = (own, reverse("admin:logout"), reverse("admin:login"), reverse("texts"), "/i18n/", "/static/")
        if path.startswith(open_ways) or not path.startswith(("/admin/", "/api/")) or "Api-Key" in _key(request):
            return self.get_response(request)
        if path.startswith("/api/"):
            detail = _("Your role needs a second factor: set it up in the back office first.")
            body = {"type": "about:blank", "title": "Forbidden", "status": 403, "code": "second_factor_needed"}
            return JsonResponse(body | {"detail": detail}, status=403, content_type="application/problem+json")
        return HttpResponseRedirect(own)


def _key(request: HttpRequest) -> str:
    return request.headers.get("Authorization", "")
