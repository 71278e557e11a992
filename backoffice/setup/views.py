"""The wizard: one page for each step, for whoever has the token. Nothing is made before the last."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounting.models import Company
from accounting.taxes import EU, TEMPLATES
from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from backoffice.core.models import User
from backoffice.core.staff import StaffRole
from backoffice.core.territories import country_name
from backoffice.setup import draft
from backoffice.setup.forms import (
    CHART_NAMES,
    BooksStep,
    ChannelStep,
    CompanyStep,
    Step,
    WarehouseStep,
    check_people,
    people_forms,
)
from inventory.patterns import expand

KEY = "setup_key"
STEPS = (
    ("company", _("Company")), ("books", _("Books and taxes")), ("warehouse", _("Warehouse")),
    ("channel", _("Channel")), ("people", _("People")), ("look", _("Look and make")),
)  # fmt: skip
NAMES = [name for name, _title in STEPS]


def may_go_on(request: HttpRequest) -> bool:
    """Whoever brought the token, or an administrator that an empty database already has."""
    return bool(request.user.is_superuser) or draft.is_key(request.session.get(KEY, ""))


@never_cache
@sensitive_post_parameters("token")
def begin(request: HttpRequest) -> HttpResponse:
    """The first page: the token, then on to the first step that is not answered."""
    if not draft.is_open():
        return HttpResponseRedirect(reverse("admin:index"))
    wrong = False
    given = request.POST.get("token") or request.GET.get("token", "")
    if given:
        if key := draft.key_of(given[:200]):
            request.session.cycle_key()
            request.session[KEY] = key
            return HttpResponseRedirect(_url(_first_open()))
        wrong = True
    elif may_go_on(request):
        return HttpResponseRedirect(_url(_first_open()))
    return render(
        request, "backoffice/setup_begin.html",
        {"wrong": wrong, "languages": settings.LANGUAGES, "has_users": User.objects.filter(is_active=True).exists()},
        status=403 if wrong else 200,
    )  # fmt: skip


@never_cache
@sensitive_post_parameters()
def step(request: HttpRequest, name: str) -> HttpResponse:
    """A step: shown with what was answered before, kept when it is right."""
    if not draft.is_open() or not may_go_on(request) or name not in NAMES:
        return HttpResponseRedirect(reverse("setup"))
    return _PAGES[name](request)


def _company(request: HttpRequest) -> HttpResponse:
    known = draft.current()
    told = known.answers.get("company") or {
        "language": translation.get_language(),
        "base_currency": "EUR",
        "time_zone": "UTC",
    }
    form = CompanyStep(request.POST or None, request.FILES or None, initial=told)
    if form.is_bound and form.is_valid():
        draft.answer("company", form.answers(), logo=form.logo_bytes)
        answer = _onward(request, "company")
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, form.cleaned_data["language"], samesite="Lax")
        return answer
    return _page(request, "company", form, has_logo=bool(known.logo), is_new="company" not in known.answers)


def _books(request: HttpRequest) -> HttpResponse:
    answers = draft.current().answers
    country = answers.get("company", {}).get("country", "")
    told = answers.get("books") or {
        "chart": "ge" if country == "GE" else "ifrs",
        "tax_template": _template_for(country),
    }
    return _plain("books", request, BooksStep(request.POST or None, initial=told, country=country))


def _template_for(country: str) -> str:
    """The template that fits the country best."""
    own = {"GE": "ge", "DE": "de"}.get(country, "")
    return own or ("eu" if country in EU else "generic")


def _warehouse(request: HttpRequest) -> HttpResponse:
    told = draft.current().answers.get("warehouse") or {"bins": "A-{01..10}-{1..4}", "code": "MAIN", "name": gettext("Main warehouse")}  # fmt: skip
    form = WarehouseStep(request.POST or None, initial=told)
    shown: dict[str, Any] = {}
    if form.is_bound and form.is_valid() and form.cleaned_data["bins"]:
        bins = expand(form.cleaned_data["bins"])
        shown = {"count": len(bins), "first": [found.code for found in bins[:5]], "last": bins[-1].code}
    if request.POST.get("show"):
        return _page(request, "warehouse", form, bins=shown)
    return _plain("warehouse", request, form)


def _channel(request: HttpRequest) -> HttpResponse:
    answers = draft.current().answers
    template = answers.get("books", {}).get("tax_template", "")
    told = answers.get("channel") or {
        "name": gettext("Web shop"), "currency": answers.get("company", {}).get("base_currency", "EUR"),
        "tax_code": TEMPLATES[template].codes[0].code if template else "", "prices_include_tax": True,
    }  # fmt: skip
    return _plain("channel", request, ChannelStep(request.POST or None, initial=told, template=template))


def _people(request: HttpRequest) -> HttpResponse:
    kept = (draft.current().answers.get("people") or {}).get("people", [])
    rows = people_forms(request.POST if request.method == "POST" else None, kept)
    if request.method == "POST" and check_people(rows):
        draft.answer("people", {"people": [row.cleaned_data for row in rows]})
        if request.POST.get("more"):
            return HttpResponseRedirect(_url("people"))
        return _onward(request, "people")
    return _page(request, "people", None, rows=rows)


def _look(request: HttpRequest) -> HttpResponse:
    refusal = ""
    if request.method == "POST":
        try:
            made = draft.finish(actor=_actor(request))
        except DomainError as refused:
            refusal = refused.detail
        else:
            request.session.pop(KEY, None)
            owner = User.objects.get(pk=made.owner_id)
            login(request, owner, backend="django.contrib.auth.backends.ModelBackend")
            request.session["setup_made"] = {name: getattr(made, name) for name in made.__slots__}
            return HttpResponseRedirect(reverse("setup_done"))
    answers = draft.current().answers
    missing = [(name, title) for name, title in STEPS if name in ("company", "books", "people") and name not in answers]
    return _page(request, "look", None, told=_in_words(answers), missing=missing, refusal=refusal)


def _actor(request: HttpRequest) -> Actor:
    return Actor.of_request(request) if request.user.is_authenticated else Actor.job("setup")


def _in_words(answers: dict[str, Any]) -> list[tuple[str, Any, list[tuple[Any, str]]]]:
    """What was answered, step by step, as people read it; never a password."""
    forms: dict[str, type[Step]] = {
        "company": CompanyStep,
        "books": BooksStep,
        "warehouse": WarehouseStep,
        "channel": ChannelStep,
    }
    found = []
    for name, title in STEPS[:4]:
        rows = []
        told = answers.get(name) or {}
        for field, asked in forms[name].base_fields.items():
            if field in told and (shown := _words(field, told[field])):
                rows.append((asked.label, shown))
        found.append((name, title, rows))
    people = (answers.get("people") or {}).get("people", [])
    roles = dict(StaffRole.choices)
    found.append(("people", STEPS[4][1], [(person["username"], str(roles[person["role"]])) for person in people]))
    return found


def _words(field: str, value: Any) -> str:
    if field == "chart":
        return str(CHART_NAMES[value])
    if field == "tax_template":
        return str(TEMPLATES[value].title) if value else gettext("no taxes yet")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if field == "language":
        return dict(settings.LANGUAGES)[value]
    if field == "country" and value:
        return country_name(value, translation.get_language() or "en")
    if field == "kind":
        return str(dict(ChannelStep.base_fields["kind"].choices)[value])  # type: ignore[attr-defined]
    if field == "bins" and value:
        return gettext("%(pattern)s (%(count)s bins)") % {"pattern": value, "count": len(expand(value))}
    return str(value)


def _plain(name: str, request: HttpRequest, form: Step) -> HttpResponse:
    if form.is_bound and form.is_valid():
        draft.answer(name, form.answers())
        return _onward(request, name)
    return _page(request, name, form)


def _page(request: HttpRequest, name: str, form: Step | None, **context: Any) -> HttpResponse:
    answers = draft.current().answers
    place = NAMES.index(name)
    steps = [
        {"name": other, "title": title, "url": _url(other), "state": "part" if other == name else "done" if other in answers else "none"}
        for other, title in STEPS
    ]  # fmt: skip
    back = _url(NAMES[place - 1]) if place else ""
    context |= {"form": form, "steps": steps, "back": back, "name": name, "title": STEPS[place][1], "number": place + 1}
    return render(request, f"backoffice/setup_{name if name in ('people', 'look') else 'step'}.html", context)


def _onward(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponseRedirect(_url(NAMES[NAMES.index(name) + 1]))


def _first_open() -> str:
    answers = draft.current().answers
    return next((name for name in NAMES if name not in answers), "look")


def _url(name: str) -> str:
    return reverse("setup_step", args=[name])


def done(request: HttpRequest) -> HttpResponse:
    """What was made, for whoever made it, once."""
    made = request.session.get("setup_made")
    if not made or not request.user.is_authenticated:
        return HttpResponseRedirect(reverse("admin:index"))
    company = Company.objects.get(pk=made["company_id"])
    return render(request, "backoffice/setup_done.html", {"made": made, "company": company, "user": request.user})


_PAGES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "company": _company, "books": _books, "warehouse": _warehouse, "channel": _channel, "people": _people, "look": _look,
}  # fmt: skip
