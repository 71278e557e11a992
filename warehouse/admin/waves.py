"""Waves: planned, released, walked, cancelled; and the templates that make them."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, HouseAdmin, show_time
from backoffice.core.admin.pages import events_of, posted_reason, render_page, require, run_action
from backoffice.core.errors import DomainError
from warehouse import services
from warehouse.admin.wave_forms import WaveForm
from warehouse.admin.work import REFUSALS
from warehouse.models import PickRound, Wave, WaveItem, WaveTemplate
from warehouse.services.scheduling import request_of

CHANGE = "warehouse.change_wave"
UNFINISHED = ("open", "assigned", "in_progress")


@admin.register(Wave)
class WaveAdmin(FactAdmin):
    list_display = [
        "show_number",
        "warehouse",
        "show_method",
        "show_status",
        "show_orders",
        "show_cut_off",
        "show_made",
    ]
    list_select_related = ["warehouse"]
    list_filter = [("status", ChoicesDropdownFilter), ("warehouse", RelatedDropdownFilter)]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> Any:
        live = Q(items__state__in=["planned", "released"])
        return super().get_queryset(request).annotate(orders=Count("items", filter=live))

    @display(description=_("Wave"))
    def show_number(self, wave: Wave) -> str:
        return wave.number

    @display(description=_("Method"))
    def show_method(self, wave: Wave) -> str:
        return str(wave.get_method_display()).partition(":")[0]

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, wave: Wave) -> tuple[str, str]:
        return wave.status, wave.get_status_display()

    @display(description=_("Orders"))
    def show_orders(self, wave: Any) -> int:
        return int(wave.orders)

    @display(description=_("Cut-off"))
    def show_cut_off(self, wave: Wave) -> str:
        return show_time(wave.cut_off_at)

    @display(description=_("Made"))
    def show_made(self, wave: Wave) -> str:
        return show_time(wave.created_at)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("warehouse.add_wave")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/release/", view(self.release_view), name="warehouse_wave_release"),
            path("<int:pk>/cancel/", view(self.cancel_view), name="warehouse_wave_cancel"),
            path("<int:pk>/take-out/<int:fulfilment>/", view(self.take_out_view), name="warehouse_wave_take_out"),
            path("rounds/<int:pk>/give-back/", view(self.give_back_view), name="warehouse_round_give_back"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Count what a wave would take, plan it, or plan and release it at once."""
        require(request, "warehouse.add_wave")
        form, found, refusal = WaveForm(request.POST or None), None, ""
        if request.method == "POST" and form.is_valid():
            wanted, company_id = form.request(), form.cleaned_data["warehouse"].company_id
            if "count" in request.POST:
                found = services.wave_candidates(wanted, company_id=company_id)
            else:
                try:
                    return HttpResponseRedirect(_wave_url(self._plan(request, wanted, company_id)))
                except DomainError as refused:
                    refusal = refused.detail
        return render_page(
            request,
            self.admin_site,
            "warehouse/wave_form.html",
            title=_("New wave"),
            opts=self.opts,
            form=form,
            found=found,
            lines=sum(each.lines for each in found or ()),
            refusal=refusal,
        )

    def _plan(self, request: HttpRequest, wanted: services.WaveRequest, company_id: int) -> int:
        actor = Actor.of_request(request)
        with transaction.atomic():
            planned = services.plan_wave(wanted, company_id=company_id, actor=actor)
            said = gettext("The wave is a draft: release it when pickers are free.")
            if "release" in request.POST:
                said = _said(services.release_waves([planned.wave_id], company_id=company_id, actor=actor)[0])
        messages.success(request, said)
        return planned.wave_id

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        wave = self.get_object(request, object_id)
        if wave is None or not self.has_view_permission(request, wave):
            return super().change_view(request, object_id, form_url, extra_context)
        items = WaveItem.objects.filter(wave=wave).select_related("fulfilment__order").order_by("id")
        rounds = PickRound.objects.filter(wave=wave).select_related("assigned_to").order_by("id")
        return render_page(
            request,
            self.admin_site,
            "warehouse/wave.html",
            title=wave.number,
            opts=self.opts,
            wave=wave,
            items=[(item, REFUSALS.get(item.code, item.code)) for item in items[:500]],
            rounds=rounds.annotate(
                total=Count("tasks", filter=~Q(tasks__status="cancelled")),
                left=Count("tasks", filter=Q(tasks__status__in=UNFINISHED)),
                orders=Count("tasks__pick_list", distinct=True),
            )[:200],
            may=request.user.has_perm(CHANGE),
            events=events_of("warehouse.wave", wave.pk),
        )

    def release_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        wave = get_object_or_404(Wave, pk=pk)

        def act(actor: Actor) -> str:
            return _said(services.release_waves([pk], company_id=wave.company_id, actor=actor)[0])

        return run_action(request, act, back=_wave_url(pk), permission=CHANGE)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        wave = get_object_or_404(Wave, pk=pk)

        def act(actor: Actor) -> str:
            services.cancel_waves([pk], company_id=wave.company_id, actor=actor, reason=posted_reason(request))
            return gettext("Cancelled: its orders are ready again.")

        return run_action(request, act, back=_wave_url(pk), permission=CHANGE)

    def take_out_view(self, request: HttpRequest, pk: int, fulfilment: int) -> HttpResponse:
        wave = get_object_or_404(Wave, pk=pk)

        def act(actor: Actor) -> str:
            services.take_out([fulfilment], company_id=wave.company_id, actor=actor, reason=gettext("Taken out"))
            return gettext("Taken out: it is ready again.")

        return run_action(request, act, back=_wave_url(pk), permission=CHANGE)

    def give_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        found = get_object_or_404(PickRound, pk=pk)

        def act(actor: Actor) -> str:
            services.give_round_back(pk, company_id=found.company_id, actor=actor)
            return gettext("Nobody has the round any more: what is picked stays picked.")

        return run_action(request, act, back=_wave_url(found.wave_id), permission=CHANGE)


@admin.register(WaveTemplate)
class WaveTemplateAdmin(HouseAdmin):
    list_display = ["name", "warehouse", "method", "cut_off", "lead_minutes", "show_days", "max_orders", "is_active"]
    list_select_related = ["warehouse"]
    list_filter = [("warehouse", RelatedDropdownFilter), "is_active"]
    search_fields = ["name"]
    autocomplete_fields = ["warehouse", "channel"]
    exclude = ["company"]
    ordering = ["warehouse", "name"]
    actions_detail = ["make_wave"]

    @display(description=_("weekdays"), ordering="weekdays")
    def show_days(self, template: WaveTemplate) -> str:
        return ", ".join(str(WEEKDAYS_ABBR[int(day) - 1]) for day in template.weekdays)

    def save_model(self, request: HttpRequest, obj: WaveTemplate, form: Any, change: bool) -> None:
        obj.company_id = obj.warehouse.company_id
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @action(description=_("Make a wave now"), url_path="make-wave", icon="waves", permissions=["add_wave"])
    def make_wave(self, request: HttpRequest, object_id: int) -> HttpResponse:
        template = get_object_or_404(WaveTemplate, pk=object_id)
        require(request, "warehouse.add_wave")
        try:
            with transaction.atomic():
                planned = services.plan_wave(
                    request_of(template, None), company_id=template.company_id, actor=Actor.of_request(request)
                )
        except DomainError as refusal:
            messages.error(request, refusal.detail)
            return HttpResponseRedirect(reverse("admin:warehouse_wavetemplate_change", args=[object_id]))
        return HttpResponseRedirect(_wave_url(planned.wave_id))

    def has_add_wave_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("warehouse.add_wave")


def _said(result: services.WaveResult) -> str:
    if result.state == "already":
        return gettext("It was released already.")
    if result.state == "cancelled":
        return gettext("Nothing of it can be picked now: the wave is cancelled, see why at each order.")
    said = ngettext("%(n)s pick list is on the floor.", "%(n)s pick lists are on the floor.", result.lists)
    return said % {"n": result.lists}


def _wave_url(pk: int) -> str:
    return reverse("admin:warehouse_wave_change", args=[pk])
