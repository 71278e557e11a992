"""Each list and each page of the menu says what it is for."""

import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import resolve, reverse

from backoffice.dashboard.hints import HINTS, hint_of, view_name
from backoffice.dashboard.hints.chapters import CHAPTERS
from backoffice.dashboard.manual import chapters
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


def test_every_hint_leads_to_a_chapter_that_there_is():
    assert [key for key in HINTS if CHAPTERS.get(key) not in chapters()] == []
    assert [key for key in CHAPTERS if key not in HINTS] == []
    assert {CHAPTERS[key] for key in HINTS} == set(chapters()) - {"glossary"}, "every chapter is led to"


@pytest.mark.django_db
def test_the_manual_is_read_in_the_program_with_its_pictures_and_links():
    desk = sign_in("picker")
    listed = desk.get(reverse("admin:orders_order_changelist")).content.decode()
    assert f'href="{reverse("manual_chapter", args=["order-desk"])}"' in listed

    for chapter in chapters():
        shown = desk.get(reverse("manual_chapter", args=[chapter])).content.decode()
        for target in re.findall(r'(?:href|src)="(/admin/manual/[^"#]*)', shown):
            assert desk.get(target).status_code == 200, (chapter, target)
        assert ".md" not in re.sub(r"<code>.*?</code>|>[^<]*<", "><", shown), chapter
    picture = desk.get(reverse("manual_picture", args=["orders"]))
    assert (picture["Content-Type"], picture.status_code) == ("image/webp", 200)
    assert desk.get(reverse("manual_chapter", args=["nowhere"])).status_code == 404
    assert desk.get(reverse("manual_picture", args=["nowhere"])).status_code == 404
    assert Client().get(reverse("manual")).status_code == 302, "only for the staff"
