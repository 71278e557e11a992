"""The admin site of the house."""

from typing import Any

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite


class HouseSite(UnfoldAdminSite):
    """The theme's site, which lists every model only where somebody reads that list."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Django asks for it on every page, and sorting the names of a hundred models took a sixth of a list's time."""
        ask = super().get_app_list
        return SimpleLazyObject(lambda: ask(request, app_label))

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The menu as the house writes it; the theme would copy it and look each link up again for every page."""
        return self._get_value(self._get_config("SIDEBAR", request).get("navigation"), request)

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Django's own, with the house's view: it counts tries and asks for the second factor."""
        from backoffice.core.admin.sign_in import SignInForm, SignInView

        home = reverse("admin:index", current_app=self.name)
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(home)
        context = {
            **self.each_context(request),
            "title": gettext("Log in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            **(extra_context or {}),
        }
        if REDIRECT_FIELD_NAME not in request.GET and REDIRECT_FIELD_NAME not in request.POST:
            context[REDIRECT_FIELD_NAME] = home
        request.current_app = self.name  # type: ignore[attr-defined]
        view: Any = SignInView.as_view(
            extra_context=context,
            authentication_form=SignInForm,
            template_name=self.login_template or "admin/login.html",
        )
        return view(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One's own; with it the other browsers are signed out."""
        from backoffice.core.signing_in.sessions import end_other_sessions

        user_id: Any = request.user.pk
        response = super().password_change(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            end_other_sessions(request, user_id)
        return response
