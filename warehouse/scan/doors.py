"""Enrolling a browser as a handheld; signing in and out on it."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from warehouse.errors import DeviceRefused
from warehouse.models import SessionEnd
from warehouse.scan.guard import device_of_request, keep_token, marked, on_device, signed_in
from warehouse.services import scan


def enrol(request: HttpRequest) -> HttpResponse:
    """A one-time code makes this browser a handheld."""
    said = ""
    if request.method == "POST":
        try:
            _device, token = scan.enrol_device(request.POST.get("code", ""))
        except DeviceRefused as refusal:
            said = refusal.detail
        else:
            response = HttpResponseRedirect(reverse("scan:sign_in"))
            keep_token(request, response, token)
            return marked(response, None)
    context = {"said": said, "code": request.GET.get("code", "")[:20], "device": device_of_request(request)}
    return marked(render(request, "scan/enrol.html", context, status=403 if said else 200), None)


@on_device
def sign_in(request: Any) -> HttpResponse:
    """By badge, or by user and PIN. Whoever was signed in here hands over."""
    said = ""
    if request.method == "POST":
        result = _try(request)
        if result.state == "done":
            assert result.session is not None
            return marked(HttpResponseRedirect(reverse("scan:home")), result.session)
        said = _words(result.code)
    context = {
        "said": said,
        "device": request.scan_device,
        "people": scan.recent_people(request.scan_device.pk),
        "username": request.POST.get("username", "")[:150],
    }
    return marked(render(request, "scan/sign_in.html", context, status=403 if said else 200), None)


def _try(request: Any) -> scan.SignIn:
    device_id, badge = request.scan_device.pk, request.POST.get("badge", "").strip()
    if badge:
        return scan.sign_in_by_badge(badge[:60], device_id=device_id)
    return scan.sign_in_by_pin(
        request.POST.get("username", "")[:150], request.POST.get("pin", "")[:20], device_id=device_id
    )


def _words(code: str) -> str:
    if code == "elsewhere":
        return gettext("You do not work in this warehouse: ask your lead.")
    if code == "locked":
        return gettext("Locked after too many wrong PINs: a lead unlocks you under “Badges and PINs”.")
    return gettext("Badge, user or PIN is wrong: try again, or ask your lead.")


@require_POST
@signed_in()
def sign_out(request: Any) -> HttpResponse:
    scan.end_sessions(request.scan_device.pk, SessionEnd.SIGNED_OUT)
    return marked(HttpResponseRedirect(reverse("scan:sign_in")), None)
