"""What a laptop would have sent, as a page."""

import pytest
from django.core.mail import EmailMessage, get_connection
from django.urls import reverse

from tests.factories.staff import sign_in

FILES = "django.core.mail.backends.filebased.EmailBackend"


@pytest.fixture
def written(settings, tmp_path):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = FILES, str(tmp_path)
    first = EmailMessage("Your order SO-1", "Dear Anna,\n\nit is on its way.", "shop@example.com", ["anna@example.com"])
    second = EmailMessage("ინვოისი <b>7</b>", "გმადლობთ", "shop@example.com", ["nino@example.com"])
    second.attach("invoice-7.pdf", b"%PDF-1.7", "application/pdf")
    get_connection(backend=FILES, file_path=str(tmp_path)).send_messages([first, second])


def test_the_mails_of_this_machine_are_shown_as_they_would_be_sent(db, written):
    page = sign_in("owner").get(reverse("sent_mail")).content.decode()

    assert page.index("ინვოისი &lt;b&gt;7") < page.index("Your order SO-1")  # the newest first, nothing taken for HTML
    assert "it is on its way." in page and "გმადლობთ" in page and "invoice-7.pdf" in page and "anna@example.com" in page


def test_it_is_refused_without_the_right_and_not_there_where_mails_are_sent(db, written, settings):
    answer = sign_in("picker").get(reverse("sent_mail"))
    assert answer.status_code == 403 and "anna@" not in answer.content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert sign_in("owner").get(reverse("sent_mail")).status_code == 404
