"""Mails to customers: by a channel's rules or by hand, once each, and every outcome told."""

import smtplib
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.mail.backends import locmem
from django.db import connection
from django.utils import translation

from accounting.models import PersonalData
from backoffice.core.models import AuditEvent
from backoffice.core.outbox import deliver_due
from backoffice.core.proof import run_checks
from orders import mailing
from orders.documents.letters import built_in
from orders.errors import MailUnderWay, NoMailAddress
from orders.models import Channel, DocumentMail, MailRule, MailText, Order
from orders.selectors.documents import documents_of
from orders.services import (
    ReturnInput,
    approve_returns,
    ask_for_mails,
    reject_returns,
    request_return,
    retry_mails,
    send_mails,
    sending,
)
from orders.tasks import send_mails as task
from tests.factories.books import ACTOR, NOON
from tests.factories.papers import HOSTILE, Desk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(monkeypatch):
    """Orders of the factories are from last March, which is old news elsewhere."""
    monkeypatch.setattr(mailing, "_INSERT", mailing._INSERT.replace("interval '2 days'", "interval '100 years'"))
    return Desk(lines=2)


def rule(desk, *kinds):
    for kind in kinds:
        MailRule.objects.create(channel=desk.channel, kind=kind)


def ask(desk, kind="order_confirmation"):
    found = [document for document in documents_of([desk.order]) if document.kind == kind]
    return ask_for_mails(found, actor=ACTOR)[0]


def again():
    """Let what waits for its next try be due, and leases run out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_documentmail SET due_at = now() - interval '1 second',"
            " lease_until = lease_until - interval '1 hour' WHERE status IN ('due', 'sending')"
        )


def statuses():
    return list(DocumentMail.objects.order_by("pk").values_list("status", flat=True))


def server(monkeypatch, **does):
    """A mail server that does this on open or send."""

    class Server(locmem.EmailBackend):
        def open(self):
            if error := does.get("open"):
                raise error

        def send_messages(self, messages):
            if error := does.get("send"):
                raise error
            sent = super().send_messages(messages)
            if error := does.get("after"):
                raise error
            return sent

    monkeypatch.setattr(sending, "get_connection", Server)


def test_the_rules_of_a_channel_mail_each_document_once_with_its_pdf(desk):
    rule(desk, "order_confirmation", "packing_slip", "invoice")
    deliver_due()
    assert DocumentMail.objects.count() == 0  # what happened before the rules is not told
    order = desk.place("W-2", language="en", lines=2)
    desk.ship(order)

    deliver_due()
    assert send_mails() == {"sent": 3}
    deliver_due()
    assert send_mails() == {}

    confirmation, slip, invoice = mail.outbox
    assert confirmation.subject == "Your order #W-2 at Acme"
    assert confirmation.to == ["nino@buyer.example"] and confirmation.reply_to == ["hello@larch.example"]
    assert confirmation.from_email == "Acme <noreply@localhost>"
    assert "Hello Nino Beridze,\n\nthank you for your order #W-2 over" in confirmation.body
    assert slip.subject == "Your order #W-2 is on its way"
    assert "Carrier: DHL Express" in slip.body and "Tracking number: T" in slip.body and "{" not in slip.body
    assert invoice.subject.startswith("Invoice INV-000001 from Acme")
    assert "Payable by" not in invoice.body  # the money comes through the sales channel
    for message, name in ((confirmation, f"SO-{order:06d}"), (slip, "SH-"), (invoice, "INV-000001")):
        [(filename, content, kind)] = message.attachments
        assert filename.startswith(name) and content.startswith(b"%PDF") and kind == "application/pdf"
        assert message.alternatives[0].mimetype == "text/html"
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 3
    assert statuses() == ["sent"] * 3
    assert run_checks().ok


def test_an_approved_return_mails_its_form_once_and_a_rejected_one_none(desk):
    desk.ship()
    quiet = desk.take_back()  # approved before there was a rule
    rule(desk, "return_form")
    returns = [ask_back(desk, number) for number in (1, 2)]
    reject_returns(returns[1:], company_id=desk.house.id, actor=ACTOR, reason="Worn")
    approve_returns(returns[:1], company_id=desk.house.id, actor=ACTOR)
    deliver_due()
    deliver_due()

    assert send_mails() == {"sent": 1}

    [message] = mail.outbox
    [(filename, content, _kind)] = message.attachments
    assert (message.subject, filename) == (f"Your return RMA-{returns[0]:06d}", f"RMA-{returns[0]:06d}.pdf")
    assert content.startswith(b"%PDF") and DocumentMail.objects.get().object_id != quiet
    assert run_checks().ok


def ask_back(desk, position):
    line = Order.objects.get(pk=desk.order).lines.get(position=position)
    return request_return(
        desk.order, company_id=desk.house.id, lines=[ReturnInput(line.pk, Decimal(1))], reason="Size",
        requested_at=NOON, actor=ACTOR,
    )  # fmt: skip


def test_the_same_event_again_adds_no_mail(desk):
    rule(desk, "order_confirmation")
    desk.place("W-2", lines=2)
    deliver_due()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_outboxcursor SET xid = '0', event_id = 0 WHERE consumer = 'document_mails'")

    deliver_due()

    assert DocumentMail.objects.count() == 1


def test_old_news_is_not_mailed(monkeypatch, db):
    desk = Desk(lines=2)
    rule(desk, "order_confirmation")
    desk.place("W-2", lines=2)  # placed last March

    deliver_due()

    assert DocumentMail.objects.count() == 0


@pytest.mark.parametrize("language", ["ka", "ru"])
def test_a_mail_speaks_the_buyers_language(desk, language):
    ask(desk)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_contact SET language = %s", [language])

    send_mails()

    with translation.override(language):
        subject = built_in("order_confirmation")[0]
    assert mail.outbox[0].subject == subject.replace("{order}", "#W-1").replace("{company}", "Acme")


def test_a_worker_lost_before_the_hand_over_is_replaced(desk, monkeypatch):
    ask(desk)

    def dies(mail_id):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(sending, "_message", dies)
        send_mails()
    assert statuses() == ["due"] and send_mails() == {}  # its lease still runs
    again()

    assert send_mails() == {"sent": 1}
    assert len(mail.outbox) == 1 and DocumentMail.objects.get().attempts == 2


def test_a_worker_lost_after_the_hand_over_mails_nobody_twice(desk, monkeypatch):
    ask(desk)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        server(patch, after=KeyboardInterrupt())
        send_mails()
    assert len(mail.outbox) == 1 and statuses() == ["sending"]
    again()

    assert send_mails() == {}

    assert len(mail.outbox) == 1
    found = DocumentMail.objects.get()
    assert (found.status, found.error) == ("unsure", "worker_lost_sending")
    assert retry_mails(mail_ids=[found.pk], actor=ACTOR, reason="Customer has nothing") == 1
    assert send_mails() == {"sent": 1} and len(mail.outbox) == 2
    assert mail.outbox[0].extra_headers["Message-ID"] == mail.outbox[1].extra_headers["Message-ID"]
    event = AuditEvent.objects.get(object_type="orders.documentmail")
    assert (event.old_value, event.new_value, event.reason) == ("unsure", "due", "Customer has nothing")


def test_negative_control_without_the_mark_the_lost_worker_mails_twice(desk, monkeypatch):
    ask(desk)
    monkeypatch.setattr(sending, "_begin", lambda claimed: None)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        server(patch, after=KeyboardInterrupt())
        send_mails()
    again()

    send_mails()

    assert len(mail.outbox) == 2


def test_a_refused_address_is_given_up_and_told_without_the_address(desk, monkeypatch):
    ask(desk)
    refused = smtplib.SMTPRecipientsRefused({"nino@buyer.example": (550, b"no such user nino@buyer.example")})
    server(monkeypatch, send=refused)

    assert send_mails() == {"dead": 1}

    found = DocumentMail.objects.get()
    assert (found.attempts, found.error, found.error_context) == (1, "address_refused", {"said": "550"})
    assert found.trouble == "The mail server refuses the address (550)."
    assert send_mails() == {}


def test_a_server_that_is_away_is_tried_again_until_it_is_given_up(desk, monkeypatch):
    ask(desk)
    server(monkeypatch, open=ConnectionRefusedError(111, "Connection refused"))
    for attempt in range(1, sending.MAX_ATTEMPTS + 1):
        assert send_mails() == {"due" if attempt < sending.MAX_ATTEMPTS else "dead": 1}
        assert DocumentMail.objects.get().attempts == attempt
        assert send_mails() == {}  # not before its time
        again()

    assert send_mails() == {} and statuses() == ["dead"]
    assert DocumentMail.objects.get().trouble == "The mail server cannot be reached: Connection refused"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (smtplib.SMTPDataError(451, b"try later"), "due"),
        (smtplib.SMTPDataError(554, b"spam"), "dead"),
        (smtplib.SMTPSenderRefused(421, b"busy", "x"), "due"),
        (smtplib.SMTPRecipientsRefused({"x": (450, b"greylisted")}), "due"),
        (smtplib.SMTPServerDisconnected("gone"), "unsure"),
        (TimeoutError("timed out"), "unsure"),
    ],
    ids=["451", "554", "421", "450", "hung up", "timed out"],
)
def test_what_the_server_says_decides(desk, monkeypatch, error, status):
    ask(desk)
    server(monkeypatch, send=error)

    assert send_mails() == {status: 1}
    assert statuses() == [status]


def test_one_bad_mail_does_not_stop_the_others(desk):
    bad = ask(desk)
    order = desk.place("W-2", lines=2)
    ask_for_mails(documents_of([order]), actor=ACTOR)
    DocumentMail.objects.filter(pk=bad.pk).update(kind="invoice", object_id=10**9)

    assert send_mails() == {"dead": 1, "sent": 1}


def test_an_erased_buyer_is_not_written_to(desk):
    found = ask(desk)
    PersonalData.objects.filter(pk=found.person_id).update(erased_at=found.requested_at, email="")

    assert send_mails() == {"suppressed": 1}
    assert mail.outbox == []


def test_a_buyer_erased_while_the_document_is_made_is_not_written_to(desk, monkeypatch):
    found = ask(desk)
    plain = sending.print_papers

    def erased_meanwhile(papers):
        PersonalData.objects.filter(pk=found.person_id).update(erased_at=found.requested_at)
        return plain(papers)

    monkeypatch.setattr(sending, "print_papers", erased_meanwhile)

    assert send_mails() == {"suppressed": 1}
    assert mail.outbox == []


def test_a_bad_address_is_told(desk):
    found = ask(desk)
    PersonalData.objects.filter(pk=found.person_id).update(email="nino@buyer\nBcc: all@example.org")

    assert send_mails() == {"dead": 1}
    assert DocumentMail.objects.get().trouble == "The buyer's mail address is not one."


def test_asking_without_an_address_or_twice_is_refused_and_writes_nothing(desk):
    ask(desk)
    with pytest.raises(MailUnderWay, match="waiting to be sent already"):
        ask(desk)
    send_mails()
    ask(desk)  # once it is sent it may be sent again
    PersonalData.objects.update(email="")
    before = (DocumentMail.objects.count(), AuditEvent.objects.count())

    with pytest.raises(NoMailAddress, match="no mail address"):
        ask_for_mails(documents_of([desk.order])[:1], actor=ACTOR)

    assert (DocumentMail.objects.count(), AuditEvent.objects.count()) == before


def test_what_waited_too_long_is_given_up(desk):
    found = ask(desk)
    DocumentMail.objects.filter(pk=found.pk).update(due_at=found.requested_at - timedelta(days=4))

    assert send_mails() == {}
    assert DocumentMail.objects.get().trouble == "It waited too long."


def test_without_a_mail_server_mails_wait(desk, settings):
    settings.MAIL_READY = False
    ask(desk)

    assert task() == {}
    assert statuses() == ["due"] and DocumentMail.objects.get().attempts == 0


def test_own_words_are_filled_in_once_and_shown_as_they_are(desk):
    MailText.objects.create(
        company=desk.house.company, kind="order_confirmation", language="en", subject="{name}: {order}\r\nBcc: x",
        body="Dear {name},\n{tracking}\nTracking: {tracking}\n<b>{unknown}</b> {total} {{7*7}}",
    )  # fmt: skip
    PersonalData.objects.update(name=HOSTILE + " <script>alert(1)</script> {order}")
    ask(desk)

    send_mails()

    [message] = mail.outbox
    assert "\n" not in message.subject and message.subject.endswith("Bcc: x")
    assert HOSTILE + " <script>alert(1)</script> {order}," in message.body and "Tracking" not in message.body
    assert "<b>{unknown}</b>" in message.body and "13.56" in message.body
    page = message.alternatives[0].content
    assert "<b>{unknown}" not in page and "&lt;b&gt;{unknown}&lt;/b&gt;" in page
    assert 'onclick="x"' not in page and "<script>" not in page
    assert message.message().as_bytes()  # its headers are sound


def test_a_rule_is_of_its_channel(desk):
    other = Channel.objects.create(
        company=desk.house.company, code="other", name="Other", party=desk.channel.party, currency="GBP",
        tax_code=desk.channel.tax_code,
    )  # fmt: skip
    MailRule.objects.create(channel=other, kind="order_confirmation")
    desk.place("W-2", lines=2)

    deliver_due()

    assert DocumentMail.objects.count() == 0
