"""Make the manual's pictures from a running demo: a page's address, what to open there, a file's name.

    make manual-pictures PICTURES_URL=http://localhost:8000 PICTURES_PASSWORD=… PICTURES="orders till"

Nothing is written in the demo but that a closed till is opened for its picture. Without names all pictures are made.
"""

import argparse
import base64
import os
import shutil
import sys
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent / "pictures"
WIDTH, HEIGHT, LIMIT = 1280, 860, 100_000
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
ROW = "tr.data-row a[href*='/change/']"


class Picture(NamedTuple):
    """The file's name, the page, which link to follow from there, and what to type there (field, text), each with Enter."""

    name: str
    address: str
    follow: str = ""
    typed: tuple[tuple[str, str], ...] = ()


PICTURES = (
    Picture("today", "/admin/"),
    Picture("opening-data", "/admin/opening/"),
    Picture("orders", "/admin/orders/order/?view=to_ship_today"),
    Picture("order", "/admin/orders/order/?view=to_ship_today", ROW),
    Picture("return", "/admin/orders/returnorder/", ROW),
    Picture(
        "till",
        "/till/",
        "a[href^='/till/']:not([href='/till/'])",
        (("input[name=float_amount]", "100"), ("#term", "BAS-0069"), ("#term", "BAS-0075")),
    ),  # fmt: skip
    Picture("wall-board", "/admin/floor/board/"),
    Picture("open-work", "/admin/floor/queue/"),
    Picture("stock-explorer", "/admin/stock/"),
    Picture("purchase-order", "/admin/inventory/purchaseorder/", ROW),
    Picture("bill", "/admin/accounting/bill/", ROW),
    Picture("matching", "/admin/accounts/", "a[href*='party=']"),
    Picture("bank-desk", "/admin/accounting/bankaccount/desk/"),
    Picture("profit-and-loss", "/admin/reports/profit-and-loss/"),
    Picture("sync", "/admin/sync/"),
    Picture("rule", "/admin/orders/automationrule/", ROW),
)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("names", nargs="*", help="which pictures; none: all")
    words.add_argument("--url", default=os.environ.get("PICTURES_URL", "http://localhost:8000"))
    words.add_argument("--user", default=os.environ.get("PICTURES_USER", "owner"))
    words.add_argument("--password", default=os.environ.get("PICTURES_PASSWORD", ""))
    given = words.parse_args()
    unknown = set(given.names) - {picture.name for picture in PICTURES}
    if unknown or not given.password:
        print(
            f"no such picture: {', '.join(sorted(unknown))}"
            if unknown
            else "PICTURES_PASSWORD is missing: the demo prints it"
        )
        return 2
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="en", color_scheme="light")
        sign_in(page, given.url, given.user, given.password)
        failed = [picture.name for picture in PICTURES if not given.names or picture.name in given.names
                  if not taken(page, given.url, picture)]  # fmt: skip
        browser.close()
    return 1 if failed else 0


def chromium() -> str | None:
    """The machine's browser; None: the one that playwright brings."""
    names = (os.environ.get("BACKOFFICE_CHROMIUM") or "", "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


def sign_in(page: Page, url: str, user: str, password: str) -> None:
    page.goto(f"{url}/admin/login/?next=/admin/")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: urlsplit(address).path == "/admin/")


def taken(page: Page, url: str, picture: Picture) -> bool:
    """One picture as WebP, in the best quality that is small enough."""
    answer = page.goto(url + picture.address)
    if picture.follow:
        link = page.locator(picture.follow).first.get_attribute("href", timeout=10_000)
        answer = page.goto(page.evaluate("link => new URL(link, location.href).href", link))
    if answer is None or not answer.ok:
        print(f"{picture.name}: {page.url} answers {answer.status if answer else 'nothing'}", file=sys.stderr)
        return False
    for field, text in picture.typed:
        if page.locator(field).count():
            page.fill(field, text)
            page.press(field, "Enter")
            page.wait_for_load_state("networkidle")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    session = page.context.new_cdp_session(page)
    for quality in (85, 70, 55, 40):
        shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
        drawn = base64.b64decode(shot["data"])
        if len(drawn) < LIMIT:
            break
    (FOLDER / f"{picture.name}.webp").write_bytes(drawn)
    print(f"{picture.name}.webp {len(drawn) // 1000} kB, {page.url}")
    return len(drawn) < LIMIT


if __name__ == "__main__":
    sys.exit(main())
