"""Money, keys and rights ask once more who it is: the password or a second factor, if neither was given lately."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from backoffice.core.admin.pages import render_page
from backoffice.core.signing_in import factors, passkeys
from backoffice.core.signing_in.proving import check_factor, check_password, note_proof, proved_recently, refused

FIELDS = ("proof_password", "proof_code", "proof_passkey")
View = Callable[..., Any]


def step_up(view: View) -> View:
    """For views that change something by POST. What was typed waits in the page that asks, and is sent with the proof.

    Files cannot wait so: they are chosen again.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return ask_proof(request) or view(request, *args, **kwargs)

    return guarded


def ask_proof(request: HttpRequest) -> HttpResponse | None:
    """The page that asks, or None if the request may go on."""
    if request.method != "POST" or not request.user.is_authenticated or proved_recently(request):
        return None
    if any(request.POST.get(name) for name in FIELDS):
        if _is_right(request):
            note_proof(request)
            return None
        return _page(request, refused())
    return _page(request, "")


def _is_right(request: HttpRequest) -> bool:
    user: Any = request.user
    if password := request.POST.get("proof_password", ""):
        return check_password(request, user.get_username(), password) == user
    return check_factor(
        request, user, code=request.POST.get("proof_code", ""), passkey=request.POST.get("proof_passkey", "")
    )


def _page(request: HttpRequest, error: str, *, action: str = "") -> HttpResponse:
    user: Any = request.user
    kept = [(k, v) for k, values in request.POST.lists() if k not in (*FIELDS, "csrfmiddlewaretoken") for v in values]
    response = render_page(
        request,
        admin.site,
        "backoffice/confirm.html",
        title=gettext("Confirm that it is you"),
        error=error,
        kept=kept,
        files=bool(request.FILES),
        action=action or request.get_full_path(),
        has_factor=bool(factors.confirmed(user)),
        passkey_options=passkeys.begin_proving(request, user),
    )
    response.status_code = 403
    response.headers["Cache-Control"] = "no-store"
    return response


def confirm_view(request: HttpRequest) -> HttpResponse:
    """The same by itself, for programs in the browser that were told `step_up_required`."""
    back = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = reverse("admin:index")
    if request.method == "POST" and any(request.POST.get(name) for name in FIELDS):
        if _is_right(request):
            note_proof(request)
            return HttpResponseRedirect(back)
        return _page(request, refused())
    response = _page(request, "")
    response.status_code = 200
    return response


class StepUpAdmin:
    """For a ModelAdmin whose every change is guarded: its forms, its list's actions and what is typed in the list."""

    @staticmethod
    def _guarded(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return ask_proof(request) or view(request, *args, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._guarded(super().changeform_view, request, *args, **kwargs)  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._guarded(super().changelist_view, request, *args, **kwargs)  # type: ignore[misc]
