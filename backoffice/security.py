"""The Content-Security-Policy of every answer (Django 5.2 has none of its own), and the methods that pages answer."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed


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
