"""Handhelds: enrolled, found again, revoked."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import show_time
from backoffice.core.admin.pages import events_of, render_page, require, run_action
from orders.documents.barcodes import qr_code
from warehouse.admin.scan.pages import SHOWN_ONCE, OwnPage, scaled
from warehouse.models import ScanCommand, ScanDevice, ScanSession
from warehouse.services import scan

CHANGE_DEVICE = "warehouse.change_scandevice"


class DeviceForm(forms.ModelForm):
    class Meta:
        model = ScanDevice
        fields = ["name", "warehouse"]


@admin.register(ScanDevice)
class ScanDeviceAdmin(OwnPage):
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
            qr=scaled(qr_code(f"{address}?code={code}")) if code else "",
            may=request.user.has_perm(CHANGE_DEVICE),
            sessions=ScanSession.objects.filter(device=device).select_related("user").order_by("-pk")[:20],
            commands=ScanCommand.objects.filter(device=device).select_related("actor").order_by("-pk")[:20],
            events=events_of("warehouse.scandevice", pk),
        )

    def code_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            get_object_or_404(ScanDevice, pk=pk)
            request.session[SHOWN_ONCE] = scan.renew_code(pk, actor=actor).code
            return gettext("Enter the code on the handheld within 15 minutes.")

        return run_action(request, act, back=_device_url(pk), permission=CHANGE_DEVICE)

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            get_object_or_404(ScanDevice, pk=pk)
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


def _device_url(pk: int) -> str:
    return reverse("admin:warehouse_handheld", args=[pk])
