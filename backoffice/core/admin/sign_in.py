"""The one sign-in page of the house: the password, then the second factor of whoever has one."""

import time
from typing import Any

from django import forms
from django.contrib.auth import login
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from unfold.forms import AuthenticationForm

from backoffice.core.models import User
from backoffice.core.signing_in import factors, passkeys
from backoffice.core.signing_in.proving import check_factor, check_password, refused

WAITING = "second_factor_of"
WAITS_S = 600
BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignInForm(AuthenticationForm):
    """The theme's form; every try is counted, and every refusal is told alike."""

    def clean(self) -> dict[str, Any]:
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if username and password:
            self.user_cache: Any = check_password(self.request, username, password)
            if self.user_cache is None or not (self.user_cache.is_active and self.user_cache.is_staff):
                raise ValidationError(refused(), code="invalid_login")
        return self.cleaned_data


class SignInView(LoginView):
    """Whoever has a second factor is asked for it; the session waits for it and belongs to nobody until then."""

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        if not factors.confirmed(user):
            return super().form_valid(form)
        self.request.session.cycle_key()
        self.request.session[WAITING] = {"user": user.pk, "until": int(time.time()) + WAITS_S, "next": self._back()}
        return HttpResponseRedirect(reverse("second_factor"))

    def _back(self) -> str:
        return str(self.get_redirect_url() or reverse("admin:index"))


class CodeForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=40, required=False)


@never_cache
@sensitive_post_parameters()
def second_factor_view(request: HttpRequest) -> HttpResponse:
    """A code of the app, a recovery code, or a passkey."""
    from django.contrib import admin

    waiting = request.session.get(WAITING) or {}
    user = User.objects.filter(pk=waiting.get("user"), is_active=True).first()
    if user is None or waiting["until"] < time.time():
        request.session.pop(WAITING, None)
        return HttpResponseRedirect(reverse("admin:login"))
    error = ""
    if request.method == "POST":
        code, passkey = request.POST.get("code", "")[:40], request.POST.get("passkey", "")[:10_000]
        if check_factor(request, user, code=code, passkey=passkey):
            del request.session[WAITING]
            login(request, user, backend=BACKEND)
            return HttpResponseRedirect(_safe(request, waiting["next"]))
        error = refused()
    context = {
        **admin.site.each_context(request),
        "title": _("Second factor"),
        "error": error,
        "has_app": user.second_factors.filter(kind="app", confirmed_at__isnull=False).exists(),
        "passkey_options": passkeys.begin_proving(request, user),
    }
    return TemplateResponse(request, "backoffice/second_factor.html", context)


def _safe(request: HttpRequest, url: str) -> str:
    own = url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return url if own else reverse("admin:index")
