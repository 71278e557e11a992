"""Where mails go, read from one address. Importing this starts nothing."""

from urllib.parse import parse_qs, unquote, urlsplit

from backoffice.environment import BadEnvironment

NAME = "BACKOFFICE_EMAIL_URL"
BACKENDS = "django.core.mail.backends."


def mail_settings(url: str) -> dict[str, object]:
    """Django's settings for a mail address: smtp://user:password@host:587 (STARTTLS; `?tls=none` without),
    smtps://… (TLS from the start), file:/folder, console:, or "" for none.
    """
    parts = urlsplit(url)
    if not url:
        return {"EMAIL_BACKEND": BACKENDS + "dummy.EmailBackend"}
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": BACKENDS + "console.EmailBackend"}
    if parts.scheme == "file" and parts.path:
        return {"EMAIL_BACKEND": BACKENDS + "filebased.EmailBackend", "EMAIL_FILE_PATH": unquote(parts.path)}
    if parts.scheme in ("smtp", "smtps") and parts.hostname:
        return _smtp(url)
    raise BadEnvironment(f"{NAME}: give smtp://user:password@host:587, smtps://…, file:/folder or console:.")


def _smtp(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    tls = parse_qs(parts.query).get("tls", ["starttls"])[0]
    if tls not in ("starttls", "none"):
        raise BadEnvironment(f"{NAME}: tls={tls} is not known; leave it out, or give tls=none.")
    try:
        port = parts.port
    except ValueError:
        raise BadEnvironment(f"{NAME}: the port is not a number.") from None
    secure = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": BACKENDS + "smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or (465 if secure else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": secure,
        "EMAIL_USE_TLS": not secure and tls == "starttls",
    }
