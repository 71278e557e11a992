"""Handhelds of the floor, people's badges and PINs, and what was scanned."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, HouseAdmin, show_time
from backoffice.core.admin.pages import events_of, render_page, require, run_action
from backoffice.core.errors import InvalidInput
from backoffice.core.models import User
from orders.documents.barcodes import code_128, qr_code
from warehouse.models import ScanCommand, ScanCredential, ScanDevice, ScanSession
from warehouse.services import scan

CHANGE_DEVICE, CHANGE_PEOPLE = "warehouse.change_scandevice", "warehouse.change_scancredential"
SHOWN_ONCE = "scan_shown_once"  # in the session, until its page has been opened


class DeviceForm(forms.ModelForm):
    class Meta:
        model = ScanDevice
        fields = ["name", "warehouse"]


class _OwnPage(HouseAdmin):
    """Rows that are made by a form and live on a page of our own."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        found = self.get_object(request, object_id)
        if found is None or not self.has_view_permission(request, found):
            return super().change_view(request, object_id, form_url, extra_context)
        return HttpResponseRedirect(self._page(found))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        return HttpResponseRedirect(self._page(obj))

    def _page(self, obj: Any) -> str:
        raise NotImplementedError


@admin.register(ScanDevice)
class ScanDeviceAdmin(_OwnPage):
    """Adding one, or asking for a new code, shows the code once, with a QR code for the handheld's camera."""

    form = DeviceForm
    list_display = ["name", "warehouse", "show_state", "show_enrolled", "show_seen"]
    list_select_related = ["warehouse"]
    list_filter = [("warehouse", RelatedDropdownFilter)]
    search_fields = ["name"]
    autocomplete_fields = ["warehouse"]
    ordering = ["name", "id"]

    def save_model(self, request: HttpRequest, obj: ScanDevice, form: Any, change: bool) -> None:
        given = form.cleaned_data
        made, code = scan.create_device(
            company_id=given["warehouse"].company_id,
            warehouse_id=given["warehouse"].pk,
            name=given["name"],
            actor=Actor.of_request(request),
        )
        obj.pk, obj.company_id = made.pk, made.company_id
        request.session[SHOWN_ONCE] = code

    def _page(self, obj: Any) -> str:
        return reverse("admin:warehouse_handheld", args=[obj.pk])

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/handheld/", view(self.device_view), name="warehouse_handheld"),
            path("<int:pk>/code/", view(self.code_view), name="warehouse_handheld_code"),
            path("<int:pk>/revoke/", view(self.revoke_view), name="warehouse_handheld_revoke"),
            *super().get_urls(),
        ]

    def device_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "warehouse.view_scandevice")
        device = get_object_or_404(ScanDevice.objects.select_related("warehouse"), pk=pk)
        code = request.session.pop(SHOWN_ONCE, "")
        base = settings.SCAN_URL.rstrip("/")
        path = reverse("scan:enrol")
        address = f"{base}{path}" if base else request.build_absolute_uri(path)
        return render_page(
            request,
            self.admin_site,
            "warehouse/handheld.html",
            title=device.name,
            opts=self.opts,
            device=device,
            state=_state(device),
            code=code,
            address=address,
            qr=_scaled(qr_code(f"{address}?code={code}")) if code else "",
            may=request.user.has_perm(CHANGE_DEVICE),
            sessions=ScanSession.objects.filter(device=device).select_related("user").order_by("-pk")[:20],
            commands=ScanCommand.objects.filter(device=device).select_related("actor").order_by("-pk")[:20],
            events=events_of("warehouse.scandevice", pk),
        )

    def code_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            request.session[SHOWN_ONCE] = scan.renew_code(pk, actor=actor).code
            return gettext("Enter the code on the handheld within 15 minutes.")

        return run_action(request, act, back=_device_url(pk), permission=CHANGE_DEVICE)

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            scan.revoke_device(pk, actor=actor, reason=request.POST.get("reason", "").strip()[:300])
            return gettext("Revoked: this handheld opens nothing any more.")

        return run_action(request, act, back=_device_url(pk), permission=CHANGE_DEVICE)

    @display(description=_("State"), label={"enrolled": "success", "waiting": "warning", "revoked": "danger"})
    def show_state(self, device: ScanDevice) -> tuple[str, str]:
        return _state(device)

    @display(description=_("Enrolled"))
    def show_enrolled(self, device: ScanDevice) -> str:
        return show_time(device.enrolled_at)

    @display(description=_("Last seen"))
    def show_seen(self, device: ScanDevice) -> str:
        return show_time(device.last_seen_at)


def _state(device: ScanDevice) -> tuple[str, str]:
    if device.revoked_at:
        return "revoked", gettext("Revoked")
    return ("enrolled", gettext("Enrolled")) if device.token_digest else ("waiting", gettext("Waits for its code"))


def _scaled(svg: str) -> str:
    """The drawing with a viewBox, so that the page may say how large it is."""
    return re.sub(r'<svg width="(\d+)" height="(\d+)"', r'<svg viewBox="0 0 \1 \2"', svg, count=1)


def _device_url(pk: int) -> str:
    return reverse("admin:warehouse_handheld", args=[pk])


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
class ScanCredentialAdmin(_OwnPage):
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
            bars=_scaled(code_128(badge).get("svg", "")),
            qr=_scaled(qr_code(badge)),
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


@admin.register(ScanCommand)
class ScanCommandAdmin(FactAdmin):
    list_display = [
        "show_number",
        "kind",
        "show_state",
        "device",
        "actor_label",
        "show_scanned",
        "show_arrived",
        "detail",
    ]
    list_display_links = ["show_number"]
    list_select_related = ["device"]
    list_filter = [("state", ChoicesDropdownFilter), ("device", RelatedDropdownFilter)]
    ordering = ["-id"]

    @display(description=_("Scan"))
    def show_number(self, command: ScanCommand) -> str:
        return command.number

    @display(description=_("State"), label=STATUS_LABELS | {"refused": "danger", "discarded": "warning"})
    def show_state(self, command: ScanCommand) -> tuple[str, str]:
        return command.state, command.get_state_display()

    @display(description=_("Scanned"))
    def show_scanned(self, command: ScanCommand) -> str:
        return show_time(command.effective_at)

    @display(description=_("Arrived"))
    def show_arrived(self, command: ScanCommand) -> str:
        return show_time(command.recorded_at)
