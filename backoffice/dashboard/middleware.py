"""Pages speak the user's language and show the user's, else the company's, time."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounting.models import Company


class ReaderMiddleware:
    """Activates the signed-in user's language and time zone; the company's zone where none is set."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return _without_georgian_capitals(self._read(request))

    def _read(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        if user.language and "django_language" not in request.COOKIES:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        zone = user.time_zone or _company_zone(request)
        with timezone.override(ZoneInfo(zone)):
            return self.get_response(request)


def _without_georgian_capitals(response: HttpResponse) -> HttpResponse:
    """Undo what capfirst does to Georgian, which writes no word with one capital.

    U+1C90 to U+1CBF are e1 b2 and a byte in UTF-8, the small letters U+10D0 to U+10FF are e1 83 and the same byte.
    """
    is_page = not response.streaming and response.get("Content-Type", "").startswith("text/html")
    if is_page and translation.get_language() == "ka":
        response.content = response.content.replace(b"\xe1\xb2", b"\xe1\x83")
    return response


def _company_zone(request: HttpRequest) -> str:
    """Remembered in the session: one query for each sign-in."""
    zone = request.session.get("company_zone")
    if zone is None:
        zone = Company.objects.order_by("id").values_list("time_zone", flat=True).first()
        if zone is None:
            return "UTC"
        request.session["company_zone"] = zone
    return str(zone)
