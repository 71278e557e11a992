"""How numbers, money, times and states are shown; without the admin theme, for template tags use it too."""

from datetime import datetime
from decimal import Decimal

from django.apps import apps
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext


class Tones(dict[str, str]):
    """The theme's colour of each state; none for those that are not listed."""

    def __missing__(self, status: str) -> str:
        return ""


STATUS_LABELS = Tones(
    # warm: somebody has to act; cool: moving; green: done; grey: over
    {
        "draft": "info",
        "placed": "warning",
        "open": "info",
        "waiting": "warning",
        "collected": "success",
        "unpaid": "warning",
        "recount": "warning",
        "review": "warning",
        "counting": "info",
        "counted": "success",
        "part_paid": "warning",
        "over_paid": "warning",
        "authorised": "info",
        "paid": "success",
        "pending": "warning",
        "requested": "warning",
        "held": "danger",
        "on_hold": "danger",
        "failed": "danger",
        "dead": "danger",
        "exception": "danger",
        "needs_auth": "danger",
        "disabled": "danger",
        "unsure": "warning",
        "due": "info",
        "sending": "info",
        "short": "danger",
        "refused": "danger",
        "released": "info",
        "ready": "info",
        "picking": "info",
        "picked": "info",
        "packing": "info",
        "packed": "info",
        "running": "info",
        "queued": "info",
        "already": "info",
        "stopped": "warning",
        "paused": "warning",
        "asked": "info",
        "lost": "danger",
        "labelled": "info",
        "in_transit": "info",
        "partly_shipped": "info",
        "posted": "success",
        "partly_received": "info",
        "allocated": "info",
        "submitted": "warning",
        "shipped": "success",
        "delivered": "success",
        "completed": "success",
        "done": "success",
        "received": "success",
        "resolved": "success",
        "active": "success",
        "sent": "success",
        "ok": "success",
        "processed": "success",
    }
)


def in_words(code: str) -> str:
    """A code as a reader's words: "partly_shipped" is "Partly shipped", translated where the catalogues have it.

    What is no code of ours, such as a SKU or what is translated already, keeps its signs.
    """
    if not code.isascii():
        return code
    text = code.replace("_", " ").replace("-", " ") if code.islower() and " " not in code else code
    return gettext(text[:1].upper() + text[1:]) if text else ""


def said_of(value: str, field: str) -> str:
    """An old or new value of the audit trail: codes of states and holds in words, everything else as it is."""
    return in_words(value) if field in ("status", "hold", "state") else value


def who_of(label: str) -> str:
    """Whoever did something, by the label of the trail: what the program did by itself, or a rule, in words."""
    kind, mark, name = label.partition(":")
    if mark and kind == "job":
        return gettext("the program (%(job)s)") % {"job": name}
    return gettext("Rule “%(name)s”") % {"name": name} if mark and kind == "rule" else label


def kind_name(label: str) -> str:
    """What "orders.orderline" is called; of "inventory.opening", which is no model, the last word."""
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):
        return in_words(label.rpartition(".")[2])


def show_number(value: Decimal | int | None, decimals: int | None = None) -> str:
    """A number in the reader's format; trailing zeros dropped unless `decimals` is given."""
    if value is None:
        return "–"
    if decimals is None:
        value = Decimal(value)
        decimals = max(0, -int(value.normalize().as_tuple().exponent))
    return number_format(value, decimal_pos=decimals, use_l10n=True, force_grouping=True)


def show_money(amount: Decimal | None, currency: str, exponent: int = 2) -> SafeString | str:
    """An amount with its currency, right-aligned by its class; more decimals only where the amount has them."""
    if amount is None:
        return "–"
    figure = show_number(amount, _decimals(amount, exponent))
    return format_html('<span class="bo-num">{}&nbsp;<span class="bo-cur">{}</span></span>', figure, currency)


def money_text(amount: Decimal, currency: str, exponent: int = 2) -> str:
    """The same within a sentence."""
    return f"{show_number(amount, _decimals(amount, exponent))}\N{NO-BREAK SPACE}{currency}"


def _decimals(amount: Decimal, exponent: int) -> int:
    return max(exponent, -int(Decimal(amount).normalize().as_tuple().exponent))


def show_quantity(value: Decimal | None) -> SafeString:
    return format_html('<span class="bo-num">{}</span>', show_number(value))


def show_time(value: datetime | None) -> str:
    """A moment in the reader's active time zone."""
    return "–" if value is None else date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")


def show_span(seconds: float) -> str:
    """A length of time in its largest unit, rounded: 30 s, 5 min, 2 h, 3 d."""
    if seconds < 100:
        return gettext("%(count)s s") % {"count": round(seconds)}
    if seconds < 100 * 60 and seconds % 3600:
        return gettext("%(count)s min") % {"count": round(seconds / 60)}
    if seconds < 48 * 3600:
        return gettext("%(count)s h") % {"count": round(seconds / 3600)}
    return gettext("%(count)s d") % {"count": round(seconds / 86400)}
