"""The wizard's draft: its token, what each step was told, and the end of it."""

import hashlib
import secrets
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import Company
from backoffice.core.actor import Actor
from backoffice.core.db import database_now
from backoffice.core.models import SetupDraft
from backoffice.setup.making import SetupRefused, set_up
from backoffice.setup.plan import FirstChannel, FirstWarehouse, Made, Person, SetupPlan


def is_open() -> bool:
    """Whether the set-up may begin or go on: as long as there is no company."""
    return not Company.objects.exists()


def make_token() -> str:
    """A new token for the wizard; the one before is worth nothing any more. What was answered stays."""
    token = secrets.token_urlsafe(24)
    SetupDraft.objects.update_or_create(
        pk=1, defaults={"token_hash": _hash(token), "token_made_at": database_now(), "finished_at": None}
    )
    return token


def key_of(token: str) -> str:
    """What a session keeps of a token that fits, "" for one that does not. A new token ends older sessions."""
    wanted = SetupDraft.objects.values_list("token_hash", flat=True).filter(pk=1, finished_at=None).first() or ""
    given = _hash(token.strip())
    return given if wanted and secrets.compare_digest(wanted, given) else ""


def is_key(key: str) -> bool:
    return bool(key) and SetupDraft.objects.filter(pk=1, token_hash=key, finished_at=None).exists()


def current() -> SetupDraft:
    """The draft; made, with a token that nobody knows, where none is."""
    draft, _made = SetupDraft.objects.get_or_create(pk=1, defaults={"token_hash": _hash(secrets.token_urlsafe(24))})
    return draft


@transaction.atomic
def answer(step: str, given: dict[str, Any], *, logo: bytes | None = None) -> None:
    """Keep what a step was told. logo: None leaves the one that is there."""
    current()
    draft = SetupDraft.objects.select_for_update(of=("self",), no_key=True).get(pk=1)
    draft.answers = draft.answers | {step: given}
    if logo is not None:
        draft.logo = logo
    draft.save(update_fields=["answers", "logo"])


@transaction.atomic
def finish(*, actor: Actor) -> Made:
    """Make what the draft says; the token is used up and no personal data stays in the draft. Raises SetupRefused."""
    current()
    draft = SetupDraft.objects.select_for_update(of=("self",), no_key=True).get(pk=1)
    made = set_up(plan_of(draft), actor=actor)
    draft.answers, draft.logo, draft.token_hash, draft.finished_at = {}, b"", "", database_now()
    draft.save(update_fields=["answers", "logo", "token_hash", "finished_at"])
    return made


def plan_of(draft: SetupDraft) -> SetupPlan:
    """Raises SetupRefused while a step that is needed has not been answered."""
    told = draft.answers
    if missing := [step for step in ("company", "books", "people") if step not in told]:
        raise SetupRefused(_("Not everything is answered yet."), steps=missing)
    company, books = dict(told["company"]), told["books"]
    warehouse, channel = told.get("warehouse") or {}, told.get("channel") or {}
    return SetupPlan(
        **company,
        chart=books["chart"],
        tax_template=books["tax_template"],
        warehouse=FirstWarehouse(**warehouse) if warehouse.get("code") else None,
        channel=FirstChannel(**channel) if channel.get("name") else None,
        people=[Person(**person) for person in told["people"]["people"]],
        logo=bytes(draft.logo),
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
