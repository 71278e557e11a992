"""Putting away on a real screen: the article, the bin, and what is said when it is the wrong one."""

import pytest

from inventory.services import post_moves
from tests.browser.test_handhelds import Screen
from tests.factories.books import ACTOR
from tests.factories.floor import in_place
from tests.factories.goods import make_move
from tests.factories.handhelds import CUP_CODE, MUG_CODE, Floor
from warehouse.models import FloorTask
from warehouse.services import plan_put_aways


@pytest.mark.browser
def test_goods_are_put_away_also_without_wifi(secure_server, floor_browser, screenshot):
    floor = Floor()
    house = floor.house
    post_moves(
        [make_move(house, floor.mug, "5", house.bin, house.dock), make_move(house, floor.cup, "2", house.second_bin, house.dock)],
        company_id=house.id, actor=ACTOR,
    )  # fmt: skip
    plan_put_aways(house.warehouse.pk, company_id=house.id, actor=ACTOR)
    mugs, cups = FloorTask.objects.get(sku_id=floor.mug), FloorTask.objects.get(sku_id=floor.cup)
    assert mugs.to_location and cups.to_location
    screen = Screen(floor_browser, secure_server, floor.handheld.token, size=(390, 844))
    page = screen.page
    screen.open("/scan/sign-in/")
    screen.scan(floor.badge)
    screen.sees("Put away", "Refill")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    screenshot(page, "floor-home-390")
    screen.open("/scan/put-away/")
    screen.sees("Scan the article.")
    screenshot(page, "floor-put-away-390")
    screen.scan("NOBODY")
    screen.sees("No task is for NOBODY")
    screen.scan(MUG_CODE)
    screen.sees(f"Put it into {mugs.to_location.code} and scan it.", "It lies here already")
    screen.scan("Z9")
    screen.sees("Z9 is not the bin of this task")
    screen.fits()
    screenshot(page, "floor-put-away-bin-390")
    screen.scan(mugs.to_location.code)
    screen.sees(f"5 × MUG moved to {mugs.to_location.code}.")
    page.reload()
    screen.context.set_offline(True)
    screen.scan(CUP_CODE)
    screen.sees(f"Put it into {cups.to_location.code} and scan it.")
    screen.scan(cups.to_location.code)
    screen.sees("1 waiting", "All is done.")
    screen.context.set_offline(False)
    page.locator("#waiting").wait_for(state="hidden")

    assert in_place(floor.mug, house.dock) == in_place(floor.cup, house.dock) == (0, 0)
    assert list(FloorTask.objects.values_list("status", flat=True)) == ["done", "done"]
    screen.open("/scan/refill/")
    screen.sees("All is done.")
    assert screen.complaints == []
