"""S1: an address answers the methods of its row in the table of rights and no other, whoever asks."""

from collections import Counter

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve
from rest_framework.test import APIRequestFactory, force_authenticate

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from backoffice.security import PageMethods
from tests.api.fuzz.asking import all_scopes
from tests.factories.books import make_company
from tests.rights.addresses import places

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture(scope="module")
def not_answered():
    """(method, name, address) of what the table has no row for."""
    of = {}
    for place in places():
        of.setdefault((place.name, place.address), set()).add(place.method)
    return [(method, *where) for where, answered in of.items() for method in sorted(METHODS - answered)]


def test_no_operation_of_the_api_answers_another_method_even_to_the_owner(db, settings, not_answered):
    settings.API_REQUESTS_PER_MINUTE = 10**6
    user, company = User.objects.create_superuser("boss"), make_company()
    key = make_api_key(name="all", user=user, scopes=all_scopes(), company_id=company.pk)[0]
    told, wrong = Counter(), []

    for method, name, address in not_answered:
        if not name.startswith("/api/v1/"):
            continue
        request = APIRequestFactory().generic(method, address, b"{}", content_type="application/json")
        force_authenticate(request, user, key)
        match = resolve(address)
        status = match.func(request, *match.args, **match.kwargs).status_code
        told[status] += 1
        if status not in (401, 403, 404, 405):
            wrong.append((method, name, status))

    assert wrong == [] and told[405] + told[403] > 1_000, told


def test_pages_answer_reading_and_forms_alone(not_answered):
    answer, told = PageMethods(lambda request: HttpResponse()), Counter()

    for method, name, address in not_answered:
        if not name.startswith("/api/"):
            request = RequestFactory().generic(method, address)
            request.user = AnonymousUser()
            told[answer(request).status_code] += 1

    assert set(told) == {405} and told[405] > 5_000
    assert answer(RequestFactory().put("/api/v1/orders/")).status_code == 200  # the API's own to refuse


@pytest.mark.django_db
def test_the_running_program_refuses_them_before_anything_is_looked_at(django_assert_num_queries):
    with django_assert_num_queries(0):
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
            refused = Client().generic(method, "/admin/orders/order/")
            assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD, POST")
