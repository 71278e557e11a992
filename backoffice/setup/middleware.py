"""Whoever comes first to an empty database is led to the set-up."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from backoffice.core.models import User
from backoffice.setup.draft import is_open

FIRST_PAGES = ("/", "/admin/", "/admin/login/")


class SetupMiddleware:
    """Looks at the first pages only, and no more once there is a company."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.is_done = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self.is_done and request.method == "GET" and request.path in FIRST_PAGES:
            if not is_open():
                self.is_done = True
            elif request.user.is_superuser or not User.objects.exists():
                return HttpResponseRedirect(reverse("setup"))
        return self.get_response(request)
