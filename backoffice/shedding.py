"""Overload is shed: what waited too long for a thread is refused before anything is done for it."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from backoffice.core.api.errors import unavailable

HEADER = "X-Waited-For-A-Thread"  # backoffice.web_worker's


class SheddingMiddleware:
    """503 with Retry-After; programs, which ask again by themselves, sooner than people.

    Styles and scripts are always answered: they cost next to nothing, and the page that says so has its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        most_ms = settings.API_WAIT_MS if request.path.startswith("/api/") else settings.PAGE_WAIT_MS
        is_file = request.path.startswith(settings.STATIC_URL)
        if most_ms and not is_file and _waited_ms(request) > most_ms:
            with translation.override(translation.get_language_from_request(request)):
                detail = _("More is asked than can be answered just now; nothing was done. Please try again soon.")
                answer: HttpResponse = unavailable(request, detail, code="overloaded")
                return answer
        return self.get_response(request)


def _waited_ms(request: HttpRequest) -> float:
    """0 where another server than backoffice.web_worker's serves."""
    try:
        return float(request.headers.get(HEADER, 0)) * 1000
    except ValueError:
        return 0
