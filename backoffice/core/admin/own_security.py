"""What everybody does for their own account: second factors, recovery codes, where they are signed in."""

import json
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import render_page
from backoffice.core.admin.step_up import step_up
from backoffice.core.audit import Change, record
from backoffice.core.models import FactorKind, StaffSession
from backoffice.core.signing_in import factors, passkeys
from backoffice.core.signing_in.devices import name_of
from backoffice.core.signing_in.proving import MUST_ENROL, refused
from backoffice.core.signing_in.sessions import own_key
from backoffice.core.signing_in.tries import address_of, take_place, was_right, was_wrong


@never_cache
def own_security(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(request: HttpRequest, *, codes: list[str] | None = None, app: Any = None, error: str = "") -> HttpResponse:
    user: Any = request.user
    own = own_key(request)
    sessions = StaffSession.objects.filter(user=user, expire_date__gt=timezone.now()).order_by("-last_seen_at")
    response = render_page(
        request,
        admin.site,
        "backoffice/own_security.html",
        title=gettext("Your sign-in"),
        must_enrol=bool(request.session.get(MUST_ENROL)),
        needed=factors.needs_factor(user),
        factors=factors.confirmed(user),
        has_app=user.second_factors.filter(kind=FactorKind.APP, confirmed_at__isnull=False).exists(),
        codes_left=user.recovery_codes.filter(used_at__isnull=True).count(),
        codes=codes,
        app=app,
        error=error,
        sessions=[(row, name_of(row.device), row.pk == own) for row in sessions],
        minutes=settings.STEP_UP_MINUTES,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _app(request: HttpRequest, factor: Any) -> dict[str, str]:
    user: Any = request.user
    secret = factors.app_secret(factor)
    address = factors.app_address(factor, username=user.get_username(), house=settings.UNFOLD["SITE_TITLE"])
    return {"picture": _qr(address), "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))}


def _qr(text: str) -> str:
    """As an SVG in the page: it holds a secret and must be kept nowhere."""
    import zxingcpp

    svg = str(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg())
    side = svg.split('width="', 1)[1].split('"', 1)[0]
    return mark_safe(svg[svg.index("<svg") :].replace("<svg", f'<svg viewBox="0 0 {side} {side}"', 1))  # squares alone


@step_up
def begin_app_view(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    if request.method != "POST" or user.second_factors.filter(kind=FactorKind.APP, confirmed_at__isnull=False).exists():
        return HttpResponseRedirect(reverse("own_security"))
    return _page(request, app=_app(request, factors.begin_app(user)))


@step_up
def confirm_app_view(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    factor = user.second_factors.filter(kind=FactorKind.APP, confirmed_at__isnull=True).first()
    if request.method != "POST" or factor is None:
        return HttpResponseRedirect(reverse("own_security"))
    name = request.POST.get("name", "").strip()[:60] or gettext("Authenticator app")
    address = address_of(request)
    place = take_place(user, username="", address=address)
    code = request.POST.get("code", "")[:40]
    codes = factors.confirm_app(user, code, name=name, actor=Actor.of_request(request)) if place else None
    if codes is None:
        if place:
            was_wrong(place, user, address=address)
        return _page(request, app=_app(request, factor), error=refused())
    was_right(place)  # type: ignore[arg-type]
    return _added(request, codes)


def _added(request: HttpRequest, codes: list[str]) -> HttpResponse:
    request.session.pop(MUST_ENROL, None)
    request.session.cycle_key()
    messages.success(request, gettext("From now on you are asked for it when you sign in."))
    return _page(request, codes=codes or None)


@step_up
def passkey_options_view(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    user: Any = request.user
    return JsonResponse(passkeys.begin_adding(request, user))


@step_up
def add_passkey_view(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.POST.get("passkey"):  # the proof that was asked for before the browser
        return HttpResponseRedirect(reverse("own_security"))
    user: Any = request.user
    try:
        answer = json.loads(request.POST.get("passkey", "")[:20_000])
    except ValueError:
        answer = None
    name = request.POST.get("name", "").strip()[:60] or gettext("Passkey")
    codes = passkeys.finish_adding(request, user, answer, name=name, actor=Actor.of_request(request))
    if codes is None:
        return _page(request, error=gettext("The passkey was not added: the browser's answer does not fit. Try again."))
    return _added(request, codes)


@step_up
def remove_factor_view(request: HttpRequest, pk: int) -> HttpResponse:
    user: Any = request.user
    if request.method == "POST" and factors.remove_factor(user, pk, actor=Actor.of_request(request)):
        messages.success(request, gettext("Removed."))
        if factors.must_enrol(user):
            request.session[MUST_ENROL] = True
    return HttpResponseRedirect(reverse("own_security"))


@step_up
def new_codes_view(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    if request.method != "POST" or not factors.confirmed(user):
        return HttpResponseRedirect(reverse("own_security"))
    return _page(request, codes=factors.new_recovery_codes(user, actor=Actor.of_request(request)))


def end_sessions_view(request: HttpRequest) -> HttpResponse:
    """One of the others by its key, or all others."""
    if request.method == "POST":
        ended = StaffSession.objects.filter(user=request.user).exclude(pk=own_key(request))
        if key := request.POST.get("session", ""):
            ended = ended.filter(pk=key[:40])
        count, _by_model = ended.delete()
        if count:
            user: Any = request.user
            change = Change("core.user", user.pk, "sessions_ended", new=str(count))
            record([change], actor=Actor.of_request(request))
        messages.success(request, gettext("Signed out there: %(count)s.") % {"count": count})
    return HttpResponseRedirect(reverse("own_security"))
