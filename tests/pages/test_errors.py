"""Pages that are not there, or not for this reader, say so and lead back."""

import pytest
from django.templatetags.static import static

from backoffice.core.models import User

pytestmark = pytest.mark.django_db


def test_an_unknown_address_leads_back(client):
    answer = client.get("/nothing/here/")

    page = answer.content.decode()
    assert answer.status_code == 404
    assert "There is nothing at this address" in page and 'href="/admin/"' in page


def test_a_page_that_the_role_lacks_says_so(client):
    client.force_login(User.objects.create_user("nobody", is_staff=True))

    answer = client.get("/admin/proof/")

    assert answer.status_code == 403
    assert "Your role does not include this page" in answer.content.decode()


def test_what_is_shed_says_so_in_the_readers_language_and_keeps_its_styles(client):
    late = {"X-Waited-For-A-Thread": "99"}

    page = client.get("/admin/", headers=late | {"Accept-Language": "ru"})
    style = client.get(static("backoffice/plain.css"), headers=late)

    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert 'lang="ru"' in page.text and "Повторите попытку" in page.text
    assert style.status_code != 503
