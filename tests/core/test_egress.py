"""The way out calls the internet and nothing else: not by name, not by number, not by redirect, not by a second answer."""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx
import pytest
from django.db import transaction

from backoffice.core import egress
from backoffice.core.addresses import check_url, is_public

pytestmark = pytest.mark.django_db(transaction=True)

HOSTS = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "localhost", "LOCALHOST",
    "localhost.", "0.0.0.0", "0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.1", "192.168.0.1", "192.168.1.254",
    "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.127.255.254", "198.18.0.1", "192.0.0.1", "192.0.2.1",
    "198.51.100.1", "203.0.113.7", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "[fe80::1]",
    "[fc00::1]", "[fd12:3456::1]", "[ff02::1]", "[fec0::1]", "[2001:db8::1]", "[64:ff9b::a00:1]", "[2002:a00:1::]",
    "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "[::ffff:169.254.169.254]", "[::ffff:10.0.0.1]",
]  # fmt: skip
WAYS = [
    "https://{}:{}/",
    "https://{}:{}/a?b=c",
    "HTTPS://{}:{}/",
    "https://{}:{}/#f",
    "http://{}:{}/",
    "https://{}:{}//x",
]
ODD = [
    "file:///etc/passwd", "gopher://{}/", "ftp://{}/", "dict://{}/", "unix:///var/run/docker.sock", "//{}/", "{}",
    "https://", "https:///x", "javascript:alert(1)", "https://user@{}/", "https://user:pass@{}/", "https://shop.example@{}/",
    "https://{}@127.0.0.1/", "http://shop.example/", "https://shop.example:99999/", "https://[::1/", "",
]  # fmt: skip


@contextmanager
def canary(answer: bytes = b"", pause_s: float = 0) -> Iterator[tuple[int, list[Any]]]:
    """A listener on loopback: its port and who connected."""
    listener = socket.create_server(("127.0.0.1", 0))
    met: list[Any] = []

    def listen() -> None:
        while True:
            try:
                peer, address = listener.accept()
            except OSError:
                return
            met.append(address)
            with peer:
                try:
                    for number in range(len(answer)) if pause_s else (None,):
                        peer.sendall(answer if number is None else answer[number : number + 1])
                        time.sleep(pause_s)
                except OSError:
                    continue

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield listener.getsockname()[1], met
    finally:
        listener.close()


def call(url: str, **given: Any) -> egress.Answer:
    with egress.client() as by:
        return egress.exchange(by, "POST", url, content=b"{}", **given)


def test_three_hundred_addresses_that_lead_inside_are_refused_and_nobody_is_called(settings):
    settings.EGRESS_ALLOW = []
    with canary() as (port, met):
        asked = [way.format(host, port) for host in HOSTS for way in WAYS]
        asked += [odd.format(f"127.0.0.1:{port}") for odd in ODD]
        called = []
        for url in asked:
            try:
                called.append((url, call(url, deadline_s=2)))
            except (
                egress.EgressRefused,
                httpx.ConnectError,
                httpx.UnsupportedProtocol,
                httpx.InvalidURL,
                httpx.LocalProtocolError,
            ):
                continue

        assert len(asked) >= 300
        assert (called, met) == ([], [])


def test_addresses_are_told_apart_by_where_they_lead():
    public = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101", "2002:101:101::"]

    assert [text for text in public if not is_public(ipaddress.ip_address(text))] == []
    assert check_url("https://shop.example/hooks?a=1") == "https://shop.example/hooks?a=1"


def test_a_name_with_one_private_address_among_public_ones_is_refused(settings, monkeypatch):
    settings.EGRESS_ALLOW = []
    answers = [(socket.AF_INET, 1, 6, "", (ip, 443)) for ip in ("93.184.216.34", "10.0.0.9")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: answers)

    with pytest.raises(egress.EgressRefused, match=r"shop\.example leads into a private network"):
        call("https://shop.example/")


def test_the_name_server_is_asked_once_and_its_answer_is_called(settings, monkeypatch):
    """DNS rebinding: the second answer would be a private address; nobody asks for it."""
    settings.EGRESS_ALLOW = []
    asked, called = [], []

    def rebinding(host: str, port: int, **_named: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, 1, 6, "", ("93.184.216.34" if len(asked) == 1 else "127.0.0.1", port))]

    def connect(_backend: Any, host: str, port: int, *_args: Any) -> Any:
        called.append((host, port))
        raise httpcore.ConnectError("not today")

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    with pytest.raises(httpx.ConnectError):
        call("https://shop.example:8443/")

    assert (asked, called) == (["shop.example"], [("93.184.216.34", 8443)])


def test_what_the_list_names_may_be_called_and_nothing_else_there(settings):
    settings.EGRESS_ALLOW = ["127.0.0.0/8"]
    with canary(b"HTTP/1.1 204 No Content\r\n\r\n") as (port, _met):
        assert call(f"http://127.0.0.1:{port}/").status == 204
        with pytest.raises(egress.EgressRefused):
            call(f"https://10.0.0.1:{port}/")


def test_a_redirect_is_an_answer_and_not_followed(settings):
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    with canary() as (inner, met):
        moved = f"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:{inner}/\r\nContent-Length: 0\r\n\r\n".encode()
        with canary(moved) as (port, _met):
            assert call(f"http://127.0.0.1:{port}/").status == 307

        assert met == []


def test_an_answer_has_a_cap_and_an_end(settings):
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000
    with canary(body) as (port, _met), pytest.raises(egress.AnswerTooLarge):
        call(f"http://127.0.0.1:{port}/", max_bytes=4999)
    with canary(body, pause_s=0.05) as (port, _met), pytest.raises(httpx.ReadTimeout):  # each byte in good time
        call(f"http://127.0.0.1:{port}/", deadline_s=0.4)


def test_nothing_is_called_while_a_transaction_is_open():
    with transaction.atomic(), pytest.raises(egress.InsideTransaction):
        call("https://shop.example/")
