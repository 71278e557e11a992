"""Pages that are not there, or not for this reader, say so and lead back."""

import pytest

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
