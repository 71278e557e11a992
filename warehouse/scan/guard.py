"""Who holds the handheld: an enrolled device by its cookie, and the person who is signed in on it.

A badge or a PIN opens these pages and their commands only, never the back office: it is no login of Django's.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation

from backoffice.core.actor import Actor
from warehouse.models import ScanDevice, ScanSession
from warehouse.services import scan

COOKIE = "scan_device"
COOKIE_AGE = 400 * 24 * 3600  # browsers keep none longer
SESSION_HEADER = "X-Scan-Session"  # tells the service worker whose page it is; "none" makes it forget all
View = Callable[..., HttpResponse]


def device_of_request(request: Any) -> ScanDevice | None:
    token = request.COOKIES.get(COOKIE, "")
    return scan.device_of(token) if token else None


def keep_token(request: HttpRequest, response: HttpResponse, token: str) -> None:
    response.set_cookie(COOKIE, token, max_age=COOKIE_AGE, httponly=True, secure=request.is_secure(), samesite="Strict")


def on_device(view: View) -> View:
    """For enrolled handhelds; others are asked for a code. request.scan_device is set."""

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        request.scan_device = device_of_request(request)
        if request.scan_device is None:
            return marked(HttpResponseRedirect(reverse("scan:enrol")), None)
        return view(request, *args, **kwargs)

    return guarded


def signed_in(permission: str = "") -> Callable[[View], View]:
    """For the person signed in on a handheld, with the permission: request.user and request.scan_session are set."""

    def decorate(view: View) -> View:
        @on_device
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            session = scan.live_session(request.scan_device)
            if session is None:
                return marked(HttpResponseRedirect(reverse("scan:sign_in")), None)
            request.scan_session, request.user = session, session.user
            with timezone.override(_zone(request)):
                _speak(request)
                if permission and not session.user.has_perm(permission):
                    return marked(render(request, "scan/refused.html", frame(request), status=403), session)
                return marked(view(request, *args, **kwargs), session)

        return guarded

    return decorate


def marked(response: HttpResponse, session: ScanSession | None) -> HttpResponse:
    response.headers[SESSION_HEADER] = str(session.token) if session else "none"
    response.headers["Cache-Control"] = "no-store"
    return response


def actor_of(request: Any) -> Actor:
    return Actor.of(request.scan_session.user, request_id=getattr(request, "request_id", ""))


def frame(request: Any) -> dict[str, Any]:
    """What the pages' frame shows."""
    return {"device": request.scan_device, "session": request.scan_session}


def _speak(request: Any) -> None:
    language = request.scan_session.user.language
    if language and "django_language" not in request.COOKIES:
        translation.activate(language)
        request.LANGUAGE_CODE = language


def _zone(request: Any) -> ZoneInfo:
    device = request.scan_device
    user = request.scan_session.user
    return ZoneInfo(user.time_zone or device.warehouse.time_zone or device.warehouse.company.time_zone)
