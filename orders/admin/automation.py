"""Rules: their list, a form that says when, if and then, a trial on past orders, and what they did."""

import json
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.dateparse import parse_time
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from accounting.models import Company
from backoffice.core.actor import Actor
from backoffice.core.admin.base import FactAdmin
from backoffice.core.admin.pages import events_of, render_page, require, run_action
from backoffice.core.errors import DomainError, InvalidInput
from backoffice.core.registry import links_of
from orders.automation.actions import ACTIONS, needed_permissions
from orders.automation.conditions import BadConditions
from orders.automation.fields import fields_of
from orders.automation.triggers import subject_of
from orders.automation.words import Labels, actions_in_words, form_words, sentence, value_in_words
from orders.models import AutomationRule, RuleScope, RuleTrigger
from orders.selectors.rule_choices import rule_choices
from orders.services import automation
from orders.services.automation.doing import SOURCES

VIEW, ADD, CHANGE = "orders.view_automationrule", "orders.add_automationrule", "orders.change_automationrule"
MOST_DAYS, SHOWN = 365, 50
_MARKED = ("name", "at_time", "position", "conditions.groups[", "actions")  # what the form marks where it stands


@admin.register(AutomationRule)
class AutomationRuleAdmin(FactAdmin):
    list_display = ["name", "trigger", "show_actions", "position", "is_active"]
    list_filter = [("trigger", ChoicesDropdownFilter), "is_active"]
    search_fields = ["name"]
    ordering = ["position", "id"]

    @display(description=_("Then"))
    def show_actions(self, rule: AutomationRule) -> str:
        return actions_in_words(rule.actions)[:160]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(ADD)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/on/", view(self.on_view), name="orders_automationrule_on"),
            path("<int:pk>/off/", view(self.off_view), name="orders_automationrule_off"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        require(request, ADD)
        return self._page(request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        rule = self.get_object(request, object_id)
        if rule is None or not self.has_view_permission(request, rule):
            return super().change_view(request, object_id, form_url, extra_context)
        return self._page(request, rule)

    def on_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            scope = request.POST.get("scope", "")
            if scope not in RuleScope.values:
                raise InvalidInput(gettext("Choose for which orders it is to act."), errors=[{"field": "scope"}])
            rule = automation.switch_on(
                pk,
                scope=scope,
                company_id=_company(pk),
                actor=actor,
                allowed=rights(request),
                version=_version(request),
            )
            return gettext("“%(rule)s” is switched on.") % {"rule": rule.name}

        return run_action(request, act, back=_url(pk), permission=CHANGE)

    def off_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        def act(actor: Actor) -> str:
            rule = automation.switch_off(pk, company_id=_company(pk), actor=actor)
            return gettext("“%(rule)s” is switched off.") % {"rule": rule.name}

        return run_action(request, act, back=_url(pk), permission=CHANGE)

    def _page(self, request: HttpRequest, rule: AutomationRule | None) -> HttpResponse:
        value, refusal, errors = _value(rule), "", []
        if request.method == "POST":
            require(request, CHANGE if rule else ADD)
            value = _posted(request)
            try:
                with transaction.atomic():
                    saved = _save(request, rule, value)
                messages.success(request, gettext("“%(rule)s” is saved.") % {"rule": saved.name})
                return HttpResponseRedirect(_url(saved.pk))
            except DomainError as refused:
                errors = refused.context.get("errors", [])
                is_marked = errors and all(error["field"].startswith(_MARKED) for error in errors)
                refusal = (
                    gettext("Nothing is saved yet: correct what is marked in red.") if is_marked else refused.detail
                )
        company_id = rule.company_id if rule else _only_company()
        may_change = request.user.has_perm(CHANGE if rule else ADD)
        choices = rule_choices(company_id)
        context: dict[str, Any] = {
            "rule": rule,
            "value": value,
            "refusal": refusal,
            "errors": errors,
            "field_errors": {error["field"]: [error["message"]] for error in errors},
            "words": form_words(choices),
            "triggers": RuleTrigger.choices,
            "scopes": RuleScope.choices,
            "may_change": may_change,
        }
        if rule:
            context |= _story(request, rule, choices)
        title = rule.name if rule else _("New rule")
        return render_page(request, self.admin_site, "orders/rule.html", title=title, opts=self.opts, **context)


def rights(request: HttpRequest) -> set[str]:
    """Of what actions need, what this person may do."""
    return {name for name in needed_permissions([{"action": code} for code in ACTIONS]) if request.user.has_perm(name)}


def _save(request: HttpRequest, rule: AutomationRule | None, value: dict[str, Any]) -> AutomationRule:
    position = str(value["position"]).strip()
    given = automation.RuleInput(
        name=value["name"],
        trigger=value["trigger"],
        conditions=value["conditions"],
        actions=value["actions"],
        position=int(position) if position.isdecimal() else -1,
        at_time=_time(value["at_time"]),
    )
    actor = Actor.of_request(request)
    if rule is None:
        return automation.create_rule(given, company_id=_only_company(), actor=actor)
    return automation.update_rule(
        rule.pk, given, company_id=rule.company_id, actor=actor, version=_version(request), allowed=rights(request)
    )


def _story(request: HttpRequest, rule: AutomationRule, labels: Labels) -> dict[str, Any]:
    firings = list(rule.firings.order_by("-pk")[:SHOWN])
    sources = [(SOURCES[firing.subject_type], firing.subject_id) for firing in firings]
    links = links_of(sources)
    found: dict[str, Any] = {
        "subject": subject_of(rule.trigger),
        "sentence": sentence(rule.trigger, rule.conditions, rule.actions, labels),
        "firings": [
            (firing, links.get(source), _named(firing.looked, firing.subject_type, labels))
            for firing, source in zip(firings, sources, strict=True)
        ],
        "events": events_of("orders.automationrule", rule.pk),
        "days": 30,
    }
    days = request.GET.get("days", "")
    if days.isdecimal() and found["subject"] == "order":
        found["days"] = max(1, min(int(days[:4]), MOST_DAYS))
        try:
            found["trial"] = trial = automation.try_rule(rule, days=found["days"])
        except BadConditions as bad:
            return found | {"refusal": str(bad)}
        names = fields_of("order")
        found["trial_changes"] = [
            (names[what].label if what in names else what, count) for what, count in trial.changed.items()
        ]
        found["trial_rows"] = [
            {
                "order_id": row.order_id, "number": row.number, "placed_at": row.placed_at,
                "channel": value_in_words(names["channel"], row.channel, labels),
                "amount": row.amount, "currency": row.currency, "looked": _named(row.looked, "order", labels),
                "changes": [
                    (names[code].label, *(value_in_words(names[code], text, labels) for text in pair))
                    for code, pair in row.changes.items()
                ],
                "others": row.others,
            }
            for row in trial.rows
        ]  # fmt: skip
    return found


def _named(looked: dict[str, str], subject: str, labels: Labels) -> list[tuple[Any, str]]:
    """What was looked at, by the fields' names and in the reader's words."""
    known = fields_of(subject)
    return [
        (known[code].label, value_in_words(known[code], seen, labels)) if code in known else (code, seen)
        for code, seen in looked.items()
    ]


def _value(rule: AutomationRule | None) -> dict[str, Any]:
    if rule is None:
        return {"name": "", "trigger": "placed", "at_time": "", "position": 100, "conditions": {}, "actions": []}
    return {
        "name": rule.name, "trigger": rule.trigger, "at_time": rule.at_time.strftime("%H:%M") if rule.at_time else "",
        "position": rule.position, "conditions": rule.conditions, "actions": rule.actions,
    }  # fmt: skip


def _posted(request: HttpRequest) -> dict[str, Any]:
    """As typed, for the form to show again."""
    value: dict[str, Any] = {name: request.POST.get(name, "") for name in ("name", "trigger", "at_time", "position")}
    for name, empty in (("conditions", {}), ("actions", [])):
        try:
            value[name] = json.loads(request.POST.get(name, "")[:100_000])
        except (ValueError, RecursionError):
            value[name] = empty
    return value


def _time(text: str) -> Any:
    try:
        return parse_time(text)
    except ValueError:
        return None


def _version(request: HttpRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() else None


def _company(pk: int) -> int:
    return AutomationRule.objects.filter(pk=pk).values_list("company_id", flat=True).first() or 0


def _only_company() -> int:
    return Company.objects.order_by("pk").values_list("pk", flat=True)[:1].get()


def _url(pk: int) -> str:
    return reverse("admin:orders_automationrule_change", args=[pk])
