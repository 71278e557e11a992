"""For whoever looks after people: which roles need a second factor, who has one, who waits, and help for both."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_reason, render_page, require, run_action
from backoffice.core.admin.step_up import step_up
from backoffice.core.models import SecondFactor, SecondFactorRole, StaffSession, User
from backoffice.core.signing_in import factors, tries
from backoffice.core.staff import StaffRole

SEE, CHANGE = "core.view_user", "core.change_user"
SHOWN = 500


def rules_page(request: HttpRequest) -> HttpResponse:
    require(request, SEE)
    needed = set(SecondFactorRole.objects.values_list("group_id", flat=True))
    people = list(User.objects.filter(is_active=True, is_staff=True).prefetch_related("groups").order_by("username"))
    kinds: dict[int, list[str]] = {}
    for factor in SecondFactor.objects.filter(confirmed_at__isnull=False).order_by("pk"):
        kinds.setdefault(factor.user_id, []).append(factor.get_kind_display())
    waiting = tries.locked_until([f"{tries.USER}{user.pk}" for user in people])
    seen = StaffSession.objects.filter(user__isnull=False, expire_date__gt=timezone.now()).order_by("last_seen_at")
    last = {row.user_id: row for row in seen}
    owners = set(Group.objects.filter(name=StaffRole.OWNER).values_list("pk", flat=True))
    rows = [
        {
            "user": user,
            "kinds": kinds.get(user.pk, []),
            "missing": not kinds.get(user.pk) and _needs(user, needed, owners),
            "locked_until": waiting.get(f"{tries.USER}{user.pk}"),
            "last": last.get(user.pk),
        }
        for user in people[:SHOWN]
    ]
    return render_page(
        request,
        admin.site,
        "backoffice/sign_in_rules.html",
        title=gettext("Sign-in and second factors"),
        roles=[(group, _role_name(group), group.pk in needed) for group in Group.objects.order_by("name")],
        rows=rows,
        may_change=request.user.has_perm(CHANGE),
        tries=settings.SIGN_IN_TRIES,
        minutes=settings.SIGN_IN_WAIT_MINUTES,
        step_up=settings.STEP_UP_MINUTES,
    )


def _needs(user: User, needed: set[int], owners: set[int]) -> bool:
    return bool(needed & {group.pk for group in user.groups.all()}) or (user.is_superuser and bool(needed & owners))


def _role_name(group: Group) -> Any:
    return dict(StaffRole.choices).get(group.name, group.name)


@step_up
def set_roles_view(request: HttpRequest) -> HttpResponse:
    def act(actor: Actor) -> str:
        factors.set_roles(request.POST.getlist("role"), Group.objects.all(), actor=actor)
        return gettext("Saved. Whoever lacks a second factor sets it up at their next sign-in.")

    return run_action(request, act, back=reverse("sign_in_rules"), permission=CHANGE)


@step_up
def unlock_view(request: HttpRequest, pk: int) -> HttpResponse:
    return _help(request, pk, tries.unlock, gettext("%(user)s may try again."))


@step_up
def reset_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own factor is removed on one's own page, not reset here."""
    if request.method == "POST" and request.user.pk == pk:
        messages.error(request, gettext("Remove your own factor on the page “Your sign-in”."))
        return HttpResponseRedirect(reverse("sign_in_rules"))
    return _help(request, pk, factors.reset_factors, gettext("%(user)s signs in with the password alone next time."))


def _help(request: HttpRequest, pk: int, service: Any, said: str) -> HttpResponse:
    def act(actor: Actor) -> str:
        user = get_object_or_404(User, pk=pk)
        service(user, actor=actor, reason=posted_reason(request))
        return said % {"user": user}

    return run_action(request, act, back=reverse("sign_in_rules"), permission=CHANGE)
