"""Each list and each page of the menu says what it is for."""

import pytest
from django.contrib import admin
from django.urls import resolve, reverse

from backoffice.dashboard.hints import HINTS, hint_of, view_name
from backoffice.dashboard.navigation import MENU
from tests.factories.staff import sign_in

ORDERS = "Every order of every channel."


def test_every_link_of_the_menu_and_every_list_has_a_hint():
    links = [str(item["link"]) for group in MENU for item in group["items"]]
    lists = [reverse(f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist") for m in admin.site._registry]

    assert len(links) > 150 and len(lists) > 100
    assert [link for link in links + lists if not hint_of(resolve(link).view_name)] == []


def test_every_hint_is_of_a_page_that_exists():
    pages = {key: reverse(view_name(key)) for key in HINTS}

    assert len(set(pages.values())) == len(HINTS)
    assert [key for key, page in pages.items() if resolve(page).view_name != view_name(key)] == []


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["admin:index", "search", "orders.order", "profit_and_loss", "admin:inventory_map"])
def test_a_page_shows_its_hint_once(page):
    shown = sign_in("owner").get(reverse(view_name(page))).content.decode()

    assert shown.count('<details class="bo-hint" open>') == 1
    assert f"<p>{str(HINTS[page])}</p>" in shown


@pytest.mark.django_db
def test_pages_in_frames_of_their_own_show_theirs():
    desk = sign_in("owner")

    assert str(HINTS["till:choose"]) in desk.get(reverse("till:choose")).content.decode()


@pytest.mark.django_db
def test_a_popup_and_a_page_without_a_hint_show_none():
    desk = sign_in("owner")

    assert 'class="bo-hint"' not in desk.get(reverse("admin:orders_order_changelist") + "?_popup=1").content.decode()
    assert 'class="bo-hint"' not in desk.get(reverse("admin:orders_channel_add")).content.decode()


@pytest.mark.django_db
def test_the_hint_is_in_the_readers_language():
    desk = sign_in("owner")
    desk.cookies["django_language"] = "ru"

    shown = desk.get(reverse("admin:orders_order_changelist")).content.decode()

    assert ORDERS not in shown and "Все заказы всех каналов." in shown
