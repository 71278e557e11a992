"""Badges and PINs of the people on the floor."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from backoffice.core.actor import Actor
from backoffice.core.admin.base import show_time
from backoffice.core.admin.pages import events_of, render_page, require, run_action
from backoffice.core.errors import InvalidInput
from backoffice.core.models import User
from orders.documents.barcodes import code_128, qr_code
from warehouse.admin.scan.pages import SHOWN_ONCE, OwnPage, scaled
from warehouse.models import ScanCredential
from warehouse.services import scan

CHANGE_PEOPLE = "warehouse.change_scancredential"


class CredentialForm(forms.ModelForm):
    """Who; the badge is made with it, the PIN may come later."""

    user = forms.ModelChoiceField(
        label=_("Who"),
        queryset=User.objects.filter(is_active=True, scan_credential__isnull=True).order_by("username"),
        widget=UnfoldAdminSelectWidget,
    )
    pin = forms.CharField(
        label=_("PIN"),
        required=False,
        max_length=8,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("4 to 8 digits; may be left out where a badge is enough."),
    )

    class Meta:
        model = ScanCredential
        fields = ["user"]

    def clean_pin(self) -> str:
        pin = self.cleaned_data["pin"].strip()
        if pin:
            try:
                scan.check_pin(pin)
            except InvalidInput as refusal:
                raise forms.ValidationError(refusal.detail) from None
        return pin


@admin.register(ScanCredential)
class ScanCredentialAdmin(OwnPage):
    form = CredentialForm
    list_display = ["user", "show_name", "show_badge", "show_pin", "show_locked"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__last_name"]
    ordering = ["user__username"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["user", "pin"]

    def save_model(self, request: HttpRequest, obj: ScanCredential, form: Any, change: bool) -> None:
        actor, user = Actor.of_request(request), form.cleaned_data["user"]
        request.session[SHOWN_ONCE] = scan.issue_badge(user.pk, actor=actor)
        if form.cleaned_data["pin"]:
            scan.set_pin(user.pk, form.cleaned_data["pin"], actor=actor)
        obj.pk = ScanCredential.objects.get(user=user).pk

    def _page(self, obj: Any) -> str:
        return reverse("admin:warehouse_badge", args=[obj.pk])

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/badge/", view(self.person_view), name="warehouse_badge"),
            path("<int:pk>/do/", view(self.act_view), name="warehouse_badge_do"),
            *super().get_urls(),
        ]

    def person_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "warehouse.view_scancredential")
        credential = get_object_or_404(ScanCredential.objects.select_related("user"), pk=pk)
        badge = request.session.pop(SHOWN_ONCE, "")
        return render_page(
            request,
            self.admin_site,
            "warehouse/badge.html",
            title=str(credential.user),
            opts=self.opts,
            credential=credential,
            badge=badge,
            bars=scaled(code_128(badge).get("svg", "")),
            qr=scaled(qr_code(badge)),
            may=request.user.has_perm(CHANGE_PEOPLE),
            events=events_of("warehouse.scancredential", pk),
        )

    def act_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The buttons of a person's page: badge, pin, unlock, withdraw."""
        user_id = get_object_or_404(ScanCredential, pk=pk).user_id

        def act(actor: Actor) -> str:
            what = request.POST.get("do", "")
            if what == "badge":
                request.session[SHOWN_ONCE] = scan.issue_badge(user_id, actor=actor)
                return gettext("Print the badge now: it is shown this once.")
            if what == "pin":
                scan.set_pin(user_id, request.POST.get("pin", "").strip(), actor=actor)
                return gettext("The PIN is set.")
            if what == "unlock":
                scan.unlock(user_id, actor=actor)
                return gettext("Unlocked.")
            if what == "withdraw":
                scan.withdraw(user_id, actor=actor)
                return gettext("Badge and PIN open nothing any more.")
            raise InvalidInput(gettext("The form is stale; load the page again."))

        return run_action(request, act, back=reverse("admin:warehouse_badge", args=[pk]), permission=CHANGE_PEOPLE)

    @display(description=_("Name"))
    def show_name(self, credential: ScanCredential) -> str:
        return credential.user.get_full_name()

    @display(description=_("Badge"), boolean=True)
    def show_badge(self, credential: ScanCredential) -> bool:
        return credential.badge_digest is not None

    @display(description=_("PIN"), boolean=True)
    def show_pin(self, credential: ScanCredential) -> bool:
        return bool(credential.pin_hash)

    @display(description=_("Locked since"))
    def show_locked(self, credential: ScanCredential) -> str:
        return show_time(credential.locked_at)
