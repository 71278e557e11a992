"""BACKOFFICE_EMAIL_URL in words of Django, and what is refused at the start."""

import os
import subprocess
import sys

import pytest

from backoffice.environment import BadEnvironment
from backoffice.mail import mail_settings
from tests.infra.servers import PROJECT


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "password", "tls", "ssl"),
    [
        ("smtp://shop:p%40ss@mail.example", "mail.example", 587, "shop", "p@ss", True, False),
        ("smtp://mail.example:25?tls=none", "mail.example", 25, "", "", False, False),
        ("smtps://shop@mail.example", "mail.example", 465, "shop", "", False, True),
    ],
)
def test_an_smtp_address(url, host, port, user, password, tls, ssl):
    assert mail_settings(url) == {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": host, "EMAIL_PORT": port, "EMAIL_HOST_USER": user, "EMAIL_HOST_PASSWORD": password,
        "EMAIL_USE_TLS": tls, "EMAIL_USE_SSL": ssl,
    }  # fmt: skip


def test_files_the_console_and_nothing():
    assert mail_settings("file:/var/mail/out")["EMAIL_FILE_PATH"] == "/var/mail/out"
    assert str(mail_settings("console:")["EMAIL_BACKEND"]).endswith("console.EmailBackend")
    assert str(mail_settings("")["EMAIL_BACKEND"]).endswith("dummy.EmailBackend")


@pytest.mark.parametrize(
    "url", ["mail.example:25", "smtp://", "smtp://x?tls=maybe", "smtp://x:port", "file:", "http://x"]
)
def test_anything_else_stops_the_program_by_name(url):
    with pytest.raises(BadEnvironment, match="BACKOFFICE_EMAIL_URL"):
        mail_settings(url)


def test_a_mail_server_needs_a_sender_in_production():
    given = {"BACKOFFICE_MODE": "production", "BACKOFFICE_EMAIL_URL": "smtp://mail.example", "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", "import backoffice.settings"]

    refused = subprocess.run(command, cwd=PROJECT, env=given, capture_output=True, text=True, check=False)
    accepted = subprocess.run(
        command, cwd=PROJECT, env={**given, "BACKOFFICE_EMAIL_FROM": "shop@x.example"}, capture_output=True, check=False
    )

    assert refused.returncode and "BACKOFFICE_EMAIL_FROM is not set" in refused.stderr
    assert accepted.returncode == 0
