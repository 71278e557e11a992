"""The service worker and the manifest: the pages open without Wi-Fi, and stand on a handheld's home screen."""

import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

FILES = (
    "scan.css",
    "core.js",
    "queue.js",
    "door.js",
    "home.js",
    "pick.js",
    "unpick.js",
    "count.js",
    "photos.js",
    "receive.js",
    "return.js",
    "floor.js",
    "move.js",
    "stocktake.js",
    "lookup.js",
    "waits.js",
    "vendor/zxing.min.js",
)


def shell() -> list[str]:
    return [static(f"scan/{name}") for name in FILES] + [static("backoffice/favicon.svg")]


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """Its scope is its own folder, /scan/. Another version of a file is another version of the worker."""
    files = shell()
    context = {"files": files, "version": _version(files), "offline": gettext("No Wi-Fi: this page was not kept.")}
    response = render(request, "scan/sw.js", context, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _version(files: list[str]) -> str:
    """Of the files' addresses, which hold their hashes where they are collected; else of what is in them."""
    from django.contrib.staticfiles import finders

    parts = list(files)
    if not settings.PRODUCTION:
        for name in FILES:
            path = finders.find(f"scan/{name}")
            if isinstance(path, str):
                with open(path, "rb") as file:
                    parts.append(hashlib.sha256(file.read()).hexdigest())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


@require_GET
def manifest(request: HttpRequest) -> HttpResponse:
    icon = {"src": static("backoffice/favicon.svg"), "sizes": "any", "type": "image/svg+xml"}
    home = reverse("scan:home")
    return JsonResponse(
        {
            "name": gettext("Handheld"), "short_name": gettext("Handheld"), "start_url": home, "scope": home,
            "display": "standalone", "background_color": "#0f172a", "theme_color": "#0e7490", "icons": [icon],
        },
        content_type="application/manifest+json",
    )  # fmt: skip
