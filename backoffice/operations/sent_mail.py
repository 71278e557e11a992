"""The mails that this machine wrote into files instead of sending them (BACKOFFICE_EMAIL_URL=file:…), as a page."""

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext

from backoffice.core.admin.pages import render_page, require

SEE = "core.view_payloadbody"  # personal data
SHOWN = 100
BETWEEN = b"\n" + b"-" * 79 + b"\n"  # Django's backend writes it after each mail of a file


@dataclass(frozen=True, slots=True)
class SentMail:
    subject: str
    to: str
    at: str
    text: str
    attachments: list[str]


def sent_mail_page(request: HttpRequest) -> HttpResponse:
    """The newest first. Not there where mails are really sent: then they lie with the receivers."""
    require(request, SEE)
    if not writes_files():
        raise Http404
    return render_page(
        request, admin.site, "operations/sent_mail.html", title=gettext("Mails of this machine"), mails=sent_mails()
    )


def writes_files() -> bool:
    return settings.EMAIL_BACKEND.endswith("filebased.EmailBackend")


def sent_mails(limit: int = SHOWN) -> list[SentMail]:
    folder = Path(str(settings.EMAIL_FILE_PATH))
    files = sorted(folder.glob("*.log"), reverse=True) if folder.is_dir() else []
    found: list[SentMail] = []
    for file in files[:limit]:
        parts = [part for part in file.read_bytes().split(BETWEEN) if part.strip()]
        found += [_mail(part) for part in reversed(parts)]
    return found[:limit]


def _mail(raw: bytes) -> SentMail:
    message = email.message_from_bytes(raw.lstrip(), _class=EmailMessage, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    return SentMail(
        subject=str(message["Subject"] or ""),
        to=str(message["To"] or ""),
        at=str(message["Date"] or ""),
        text=str(body.get_content()) if body else "",
        attachments=[part.get_filename() or part.get_content_type() for part in message.iter_attachments()],
    )
