"""The Content-Security-Policy of every answer (Django 5.2 has none of its own), and what reaches pages at all."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict

from backoffice.core.cards_middleware import PAGES


class ContentSecurityPolicyMiddleware:
    """Strict everywhere; the admin's theme needs inline styles. A view's own header wins."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        admin = request.path.startswith(settings.CSP_ADMIN_PREFIXES)
        response.headers.setdefault("Content-Security-Policy", settings.CSP_ADMIN if admin else settings.CSP_STRICT)
        return response


class PageMethods:
    """Pages are read and their forms are posted. Django's views would take any other method for reading; the API's
    operations say themselves which they answer."""

    ANSWERED = ("GET", "HEAD", "POST")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in self.ANSWERED and not request.path.startswith("/api/"):
            return HttpResponseNotAllowed(self.ANSWERED)
        return self.get_response(request)


class NoNul:
    """Takes the character NUL out of what addresses ask and forms send: PostgreSQL keeps none, so that a look-up with one
    is an error. What is sent to the API is refused by its field's name. Behind the check of the CSRF token, which has read the form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        request.GET = _without_nul(request.GET)  # type: ignore[assignment]
        if request.method == "POST" and request.path.startswith(PAGES):  # others read the body as it came
            request.POST = _without_nul(request.POST)  # type: ignore[assignment]


def _without_nul(given: QueryDict) -> QueryDict:
    """The same one where there is none, as nearly always."""
    if not any("\0" in text for name, values in given.lists() for text in (name, *values)):
        return given
    clean = QueryDict(mutable=True)
    for name, values in given.lists():
        for value in values:
            clean.appendlist(name.replace("\0", ""), value.replace("\0", ""))
    return clean
