"""Mails over a real mail server in this process: TLS, a login, refusals, a certificate that nobody vouches for."""

import ssl
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from backoffice.demo.web import free_port
from backoffice.mail import mail_settings
from orders.models import DocumentMail
from orders.services import send_mails
from tests.orders.test_mailing import again, ask, desk, statuses
from warehouse.scan.certificates import CA_CERT, CERT, KEY, ensure_authority, make_server

__all__ = ["desk"]
pytestmark = pytest.mark.django_db
LOGIN = (b"shop", b"p@ss/word")


class House:
    """A mail server. answers: to each mail in turn, 250 when they are over; got: whether by TLS, to whom, what."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.answers: list[str] = []
        self.got: list[tuple[bool, list[str], bytes]] = []
        self.port, self.context = free_port(0), context
        self.running: Controller | None = None

    def start(self) -> None:
        self.running = Controller(
            self, hostname="localhost", port=self.port, tls_context=self.context, require_starttls=True,
            auth_required=True, authenticator=self.authenticate,
        )  # fmt: skip
        self.running.start()

    def stop(self) -> None:
        if self.running is not None:
            self.running.stop()
            self.running = None

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.pop(0) if self.answers else "250 kept"
        if answer.startswith("250"):
            self.got.append((session.ssl is not None, envelope.rcpt_tos, envelope.content))
        return answer

    def authenticate(self, server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == LOGIN, handled=False)


@pytest.fixture
def house(tmp_path, monkeypatch, settings):
    """With STARTTLS and a login, of an authority that this machine trusts; the settings lead to it."""
    ensure_authority(tmp_path)
    make_server(tmp_path, ["localhost"])
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / CA_CERT))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / CERT, tmp_path / KEY)
    server = House(context)
    server.start()
    for name, value in mail_settings(f"smtp://shop:p%40ss%2Fword@localhost:{server.port}").items():
        setattr(settings, name, value)
    settings.MAIL_READY = True
    yield server
    server.stop()


def test_a_document_is_handed_over_under_tls_with_its_pdf(desk, house):
    ask(desk)

    assert send_mails() == {"sent": 1}

    [(secure, to, content)] = house.got
    letter = message_from_bytes(content, policy=default)
    assert secure and to == [letter["To"]]
    [paper] = letter.iter_attachments()
    assert paper.get_content_type() == "application/pdf" and paper.get_content().startswith(b"%PDF")


def test_a_refusal_is_kept_and_tried_again_until_it_is_taken(desk, house):
    house.answers = ["451 4.7.1 greylisted, try later", "452 4.3.1 no room now"]
    ask(desk)

    for _turn in range(2):
        assert send_mails() == {"due": 1} and house.got == []
        assert send_mails() == {}  # not before its time
        again()
    assert send_mails() == {"sent": 1}

    assert len(house.got) == 1 and DocumentMail.objects.get().attempts == 3


def test_a_refusal_for_good_is_given_up(desk, house):
    house.answers = ["554 5.7.1 spam"]
    ask(desk)

    assert send_mails() == {"dead": 1} and house.got == []


def test_a_server_that_is_away_is_found_again(desk, house):
    ask(desk)
    house.stop()
    assert send_mails() == {"due": 1} and house.got == []

    again()
    house.start()

    assert send_mails() == {"sent": 1} and len(house.got) == 1


@pytest.mark.parametrize("fault", ["a certificate of nobody known", "a wrong password", "no TLS"])
def test_nothing_is_handed_over_to_a_server_that_is_not_ours(desk, house, monkeypatch, settings, fault):
    """Neither the password nor the mail."""
    if fault == "a certificate of nobody known":
        monkeypatch.delenv("SSL_CERT_FILE")
    elif fault == "a wrong password":
        settings.EMAIL_HOST_PASSWORD = "wrong"
    else:
        settings.EMAIL_USE_TLS = False
    ask(desk)

    result = send_mails()

    assert house.got == [] and set(result) <= {"due", "dead"} and statuses() == list(result)
    assert DocumentMail.objects.get().trouble
