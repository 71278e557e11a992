"""The frame of every page of the handheld."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse

from warehouse.scan.texts import TEXTS


def page(request: Any, template: str, title: Any, config: dict[str, Any] | None = None, **context: Any) -> HttpResponse:
    """A page in the handheld's frame. frame: who, where, and what every page's script needs; config: this page's."""
    session = request.scan_session
    frame = {
        "session": str(session.token),
        "user": session.user.get_username(),
        "commands": reverse("api:scancommand-list"),
        "worker": reverse("scan:worker"),
        "home": reverse("scan:home"),
        "queue": reverse("scan:queue"),
        "photo": reverse("scan:photo"),
        "zxing": static("scan/vendor/zxing.min.js"),
        "idle": settings.SCAN_IDLE_MINUTES * 60,
        "cookie": settings.CSRF_COOKIE_NAME,
        "texts": {name: str(text) for name, text in TEXTS.items()},
    }
    shown = {"device": request.scan_device, "session": session, "title": title, "frame": frame, "config": config or {}}
    return render(request, template, shown | context)
