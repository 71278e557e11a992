"""Quotes and drafts: the list, and the form in which an order is written."""

import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import FactAdmin, show_money, show_time
from backoffice.core.admin.pages import events_of, posted_date, render_page, require
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.scopes import offered
from backoffice.core.territories import country_choices, country_codes
from orders import services
from orders.admin.buttons import order_url
from orders.admin.draft_buttons import BUTTONS, draft_url, place
from orders.admin.order_form import (
    MAX_ROWS,
    Row,
    address_fields,
    blank_rows,
    contact_text,
    find_contacts,
    find_skus,
    goods_of,
    number_of,
    posted_address,
    posted_rows,
)
from orders.drafting import DraftChargeInput, DraftInput, DraftLineInput
from orders.errors import VersionConflict
from orders.inputs import ContactInput
from orders.models import Channel, ChargeKind, Contact, DocumentMail, DraftOrder
from orders.selectors.order_taxes import draft_taxes

LABELS = {"draft": "info", "quoted": "warning", "placed": "success", "cancelled": "danger", "expired": "danger"}
CHARGES = (ChargeKind.SHIPPING, ChargeKind.HANDLING, ChargeKind.OTHER)
QUOTE_DAYS = 14


@admin.register(DraftOrder)
class DraftOrderAdmin(FactAdmin):
    list_display = ["show_number", "channel", "show_buyer", "show_status", "valid_until", "show_total", "show_made"]
    list_display_links = ["show_number"]
    list_select_related = ["channel", "contact__person"]
    list_filter = [("status", ChoicesDropdownFilter), ("channel", RelatedDropdownFilter)]
    search_fields = ["external_id", "external_number", "contact__person__name"]
    search_help_text = _("Reference or buyer")
    ordering = ["-id"]

    @display(description=_("Draft"))
    def show_number(self, draft: DraftOrder) -> str:
        return draft.number

    @display(description=_("Buyer"))
    def show_buyer(self, draft: DraftOrder) -> str:
        return str(draft.contact) if draft.contact_id else ""

    @display(description=_("Status"), label=LABELS)
    def show_status(self, draft: DraftOrder) -> tuple[str, str]:
        if expired(draft):
            return "expired", gettext("Expired")
        return draft.status, draft.get_status_display()

    @display(description=_("Total"))
    def show_total(self, draft: DraftOrder) -> str:
        return show_money(draft.total, draft.currency)

    @display(description=_("Made"))
    def show_made(self, draft: DraftOrder) -> str:
        return show_time(draft.created_at)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("orders.add_draftorder")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("skus/", view(find_skus), name="orders_find_skus"),
            path("contacts/", view(find_contacts), name="orders_find_contacts"),
            *(
                path(f"<int:pk>/{name}/", view(button), name=f"orders_draftorder_{name}")
                for name, button in BUTTONS.items()
            ),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        require(request, "orders.add_draftorder")
        return self._form(request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        draft = self.get_object(request, object_id)
        if draft is None or not self.has_view_permission(request, draft):
            return super().change_view(request, object_id, form_url, extra_context)
        if draft.status == "placed" or not request.user.has_perm("orders.change_draftorder"):
            return HttpResponseRedirect(order_url(draft.order_id)) if draft.order_id else self._form(request, draft)
        return self._form(request, draft)

    def _form(self, request: HttpRequest, draft: DraftOrder | None) -> HttpResponse:
        told: dict[str, Any] = {}
        if request.method == "POST":
            try:
                with transaction.atomic():
                    saved = _save(request, draft)
            except VersionConflict as refusal:
                draft = get_object_or_404(DraftOrder, pk=draft.pk if draft else 0)
                told = {"conflict": refusal.detail}
            except DomainError as refusal:
                told = {"refusal": refusal.detail}
            else:
                return _after(request, saved)
        context = _shown(request, draft) | told
        title = draft.number if draft else gettext("New order")
        page = render_page(request, self.admin_site, "orders/draft.html", title=title, opts=self.opts, **context)
        page.status_code = 409 if told else 200
        return page


def expired(draft: DraftOrder) -> bool:
    """Whether its quote does not hold any more."""
    return draft.status == "quoted" and draft.valid_until is not None and draft.valid_until < timezone.localdate()


def _save(request: HttpRequest, draft: DraftOrder | None) -> DraftOrder:
    actor, today = Actor.of_request(request), timezone.localdate()
    if draft is None:
        channel = _channel(request)
        return services.create_draft(_input(request, channel), channel_id=channel.pk, actor=actor, today=today)
    require(request, "orders.change_draftorder")
    version = request.POST.get("version", "")
    if not version.isdecimal():
        raise InvalidInput(gettext("The form is incomplete; open it again."))
    return services.update_draft(
        draft.pk,
        given=_input(request, draft.channel),
        company_id=draft.company_id,
        actor=actor,
        today=today,
        version=int(version),
    )


def _after(request: HttpRequest, draft: DraftOrder) -> HttpResponse:
    """Saved: stay here, or go on to what the button said."""
    if request.POST.get("then") == "place":
        return place(request, draft.pk)
    messages.success(request, gettext("Saved as %(number)s.") % {"number": draft.number})
    return HttpResponseRedirect(draft_url(draft.pk))


def _channel(request: HttpRequest) -> Channel:
    given = request.POST.get("channel", "")
    channel = offered(Channel.objects.filter(pk=int(given), is_active=True)).first() if given.isdecimal() else None
    if channel is None:
        raise InvalidInput(gettext("Choose a channel."), errors=[{"field": "channel"}])
    return channel


def _input(request: HttpRequest, channel: Channel) -> DraftInput:
    """What was typed, for the service. Raises InvalidInput."""
    lines = [
        DraftLineInput(goods.sku_id, goods.quantity, goods.unit_price, discount=goods.discount)
        for goods in goods_of(posted_rows(request), channel.company_id)
    ]
    charges = [
        DraftChargeInput(kind.value, amount)
        for kind in CHARGES
        if (amount := number_of(request.POST.get(f"charge-{kind.value}", ""), str(kind.label), negative=True))
    ]
    known, contact = _buyer(request, channel)
    return DraftInput(
        lines=lines,
        charges=charges,
        contact_id=known,
        contact=contact,
        shipping_address=posted_address(request),
        external_number=request.POST.get("external_number", "").strip()[:120],
        promise_date=posted_date(request, "promise_date"),
        shipping_service=request.POST.get("shipping_service", "").strip()[:60],
        note=request.POST.get("note", "").strip()[:2000],
    )


def _buyer(request: HttpRequest, channel: Channel) -> tuple[int | None, ContactInput | None]:
    """A buyer whom the channel knows ("#12 Ann"), or one to be made. Raises InvalidInput."""
    typed = request.POST.get("buyer", "").strip()
    if typed.startswith("#"):
        number = typed[1:].split(" ", 1)[0]
        if number.isdecimal() and len(number) < 18 and Contact.objects.filter(pk=int(number), channel=channel).exists():
            return int(number), None
        raise InvalidInput(gettext("This channel has no such buyer."), errors=[{"field": "buyer"}])
    email, phone = request.POST.get("email", "").strip()[:254], request.POST.get("phone", "").strip()[:40]
    if not (typed or email or phone):
        return None, None
    return None, ContactInput(name=typed[:200], email=email, phone=phone)


def _shown(request: HttpRequest, draft: DraftOrder | None) -> dict[str, Any]:
    """The form: as saved, with what was typed on top of it."""
    posted = request.POST if request.method == "POST" else None
    rows = posted_rows(request) if posted is not None else _saved_rows(draft)
    charges = {charge.kind: charge.amount for charge in draft.charges.all()} if draft else {}
    channels = list(offered(Channel.objects.filter(is_active=True)).order_by("name"))
    by_hand = next((channel.pk for channel in channels if channel.kind == "manual"), channels[0].pk if channels else 0)

    def value(name: str, saved: Any = "") -> Any:
        return posted.get(name, "") if posted is not None else saved or ""

    return {
        "draft": draft,
        "open": draft is None or draft.status in ("draft", "quoted"),
        "expired": draft is not None and expired(draft),
        "channels": channels,
        "channel_id": draft.channel_id if draft else int(value("channel", by_hand) or 0),
        "buyer": value("buyer", contact_text(draft.contact) if draft else ""),
        "email": value("email"),
        "phone": value("phone"),
        "rows": blank_rows(rows, least=4),
        "saved": list(draft.lines.select_related("sku").order_by("position")) if draft else [],
        "max_rows": MAX_ROWS,
        "charges": [
            (kind.value, kind.label, value(f"charge-{kind.value}", _plain(charges.get(kind.value)))) for kind in CHARGES
        ],
        "countries": country_choices(country_codes(), get_language() or "en"),
        "address": [
            (name, label, size, value(f"address-{name}", saved))
            for name, label, size, saved in address_fields(draft.shipping_address if draft else None)
        ],
        "external_number": value("external_number", draft.external_number if draft else ""),
        "service": value("shipping_service", draft.shipping_service if draft else ""),
        "promise": value("promise_date", draft.promise_date.isoformat() if draft and draft.promise_date else ""),
        "note": value("note", draft.note if draft else ""),
        "quote_until": timezone.localdate() + datetime.timedelta(days=QUOTE_DAYS),
        "today": timezone.localdate(),
        "taxes": draft_taxes(draft) if draft else None,
        "quoted": draft is not None and draft.status == "quoted",
        "mails": list(DocumentMail.objects.filter(kind="quote", object_id=draft.pk).order_by("-pk")[:20])
        if draft
        else [],
        "languages": [code for code, _name in settings.LANGUAGES],
        "events": events_of("orders.draftorder", draft.pk) if draft else [],
    }


def _saved_rows(draft: DraftOrder | None) -> list[Row]:
    if draft is None:
        return []
    return [
        Row(n, line.sku.code, _plain(line.quantity), _plain(line.unit_price), _plain(line.discount))
        for n, line in enumerate(draft.lines.select_related("sku").order_by("position"))
    ]


def _plain(value: Decimal | None) -> str:
    return f"{value.normalize():f}" if value else ""
