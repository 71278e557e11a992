"""The side menu: areas with groups, only of what a person may see, folded where there is much."""

import re

import pytest
from django.contrib import admin

from backoffice.core.models import StaffTask, User
from backoffice.dashboard.navigation import MENU, SHORT
from tests.factories.staff import sign_in

pytestmark = pytest.mark.django_db


def menu_of(role):
    page = sign_in(role).get("/admin/").content.decode()
    return re.search(r'<div id="nav-sidebar-apps".*?<ol.*</ol>', page, re.S)[0]


def test_every_link_stands_once_in_a_group_of_its_area():
    links = [str(item["link"]) for group in MENU for item in group["items"]]

    assert len(links) == len(set(links))
    areas = [group["area"] for group in MENU]
    assert [area for n, area in enumerate(areas) if n == 0 or areas[n - 1] != area] == list(dict.fromkeys(areas))
    assert max(len(group["items"]) for group in MENU) <= 14
    assert len({str(group["title"]) for group in MENU}) == len(MENU) and admin.site


def test_a_long_menu_is_folded_and_the_pages_group_is_open():
    page = sign_in("owner").get("/admin/warehouse/wave/").content.decode()

    assert page.count(' class="bo-area"') == len({group["area"] for group in MENU} - {None})
    assert page.count('<button type="button" class="bo-group"') == len(MENU) - 1
    assert page.count('aria-expanded="true"') >= 1 and "Outbound" in page and "Layout" in page
    assert re.search(r'x-data="\{open: true\}"[^>]*>\s*<button[^>]*>Outbound', page)


def test_one_link_is_the_page_and_the_tasks_are_counted():
    desk = sign_in("owner")
    order_list = desk.get("/admin/orders/order/").content.decode()

    assert order_list.count('class="bo-item active" aria-current="page"') == 1
    assert '<a href="/admin/orders/order/" class="bo-item active" aria-current="page">' in order_list
    assert '<a href="/admin/" class="bo-item active"' not in order_list and "</span><b>" not in order_list

    StaffTask.objects.create(title="Call them", owner=User.objects.get(username="owner"))
    home = desk.get("/admin/").content.decode()
    assert '<a href="/admin/" class="bo-item active"' in home and "<b>1</b></a>" in home


def test_the_menu_speaks_the_readers_language():
    desk = sign_in("owner")
    assert ">Pick lists<" in desk.get("/admin/").content.decode()

    desk.cookies["django_language"] = "ru"

    russian = desk.get("/admin/").content.decode()
    assert ">Pick lists<" not in russian and ">Листы отбора<" in russian


def test_a_picker_sees_only_what_a_picker_may_do():
    menu = menu_of("picker")

    assert "Outbound" in menu and "Pick lists" in menu and "Wage rates" not in menu
    assert "Profit and loss" not in menu and "Receivable" not in menu and "Users" not in menu


def test_a_short_menu_is_shown_whole():
    menu = menu_of("cashier")

    assert menu.count("<li>") <= SHORT and "<button" not in menu and "Till" in menu
