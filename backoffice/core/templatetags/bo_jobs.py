"""How runs of jobs are told."""

from datetime import datetime

from django import template
from django.apps import apps
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from backoffice.core.models import JobRun
from backoffice.core.show import show_span

register = template.Library()
SHOWN = 300


@register.filter
def app_name(label: str) -> str:
    return str(apps.get_app_config(label).verbose_name)


@register.filter
def ago(at: datetime) -> str:
    return gettext("%(span)s ago") % {"span": show_span(max((timezone.now() - at).total_seconds(), 0))}


@register.filter
def ahead(at: datetime) -> str:
    seconds = (at - timezone.now()).total_seconds()
    return gettext("in %(span)s") % {"span": show_span(seconds)} if seconds >= 1 else gettext("now")


@register.filter
def took(run: JobRun) -> str:
    """How long it took: 40 ms, 3 s."""
    if run.finished_at is None or run.status == JobRun.Status.LOST:
        return "–"
    seconds = (run.finished_at - run.started_at).total_seconds()
    return show_span(seconds) if seconds >= 1 else gettext("%(count)s ms") % {"count": round(seconds * 1000)}


@register.filter
def outcome(run: JobRun) -> str:
    """What a run said of itself, in one line."""
    detail = run.detail
    if "error" in detail:
        return str(detail["error"])[:SHOWN]
    if "checks" in detail:
        bad = [check["name"] for check in detail["checks"] if check["state"] != "ok"]
        count = len(detail["checks"])
        said = ngettext("%(count)s check", "%(count)s checks", count) % {"count": count}
        return f"{said}: {', '.join(bad) or 'OK'}"[:SHOWN]
    if set(detail) == {"done"}:
        return gettext("done: %(count)s") % {"count": detail["done"]}
    return ", ".join(f"{key}: {value}" for key, value in detail.items())[:SHOWN]
