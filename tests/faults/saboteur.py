"""A proxy before the sample shop that spoils its answers: what channels and the lines to them do on bad days."""

import gzip
import json
import random
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Answer = tuple[int, dict[str, str], bytes]
Spoil = Callable[[Any, Answer], Answer | None]  # (the socket, the true answer) -> another; None: it has dealt with it

BOMB = gzip.compress(b"[" + b" " * (64 * 1024 * 1024), compresslevel=1)


def said(status: int, body: bytes = b"{}", kind: str = "application/json", **headers: str) -> Spoil:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda sock, answer: (status, {"Date": answer[1]["Date"], "Content-Type": kind} | named, body)


def reset(sock: Any, answer: Answer) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang_up(sock: Any, answer: Answer) -> None:
    return None


def drip(sock: Any, answer: Answer) -> None:
    """A head that never ends."""
    for letter in b"HTTP/1.1 200 OK\r\nX-":
        sock.sendall(bytes([letter]))
        time.sleep(0.02)
    time.sleep(0.5)


def half(sock: Any, answer: Answer) -> Answer:
    return answer[0], answer[1], answer[2][: len(answer[2]) // 2]


def cut(sock: Any, answer: Answer) -> None:
    """Promised in full, sent in part."""
    body = answer[2]
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body) + 10}\r\n\r\n"
    sock.sendall(head.encode() + body)


def clock(hours: int) -> Spoil:
    def shift(sock: Any, answer: Answer) -> Answer:
        from datetime import timedelta
        from email.utils import format_datetime, parsedate_to_datetime

        at = parsedate_to_datetime(answer[1]["Date"]) + timedelta(hours=hours)
        return answer[0], answer[1] | {"Date": format_datetime(at, usegmt=True)}, answer[2]

    return shift


def page(change: Callable[[dict[str, Any]], Any]) -> Spoil:
    """The page of orders, changed; other answers as they are."""

    def spoil(sock: Any, answer: Answer) -> Answer:
        try:
            content = json.loads(answer[2])
        except ValueError:
            return answer
        if not isinstance(content, dict) or not content.get("orders"):
            return answer
        return answer[0], answer[1], json.dumps(change(content) or content).encode()

    return spoil


def item(**values: Any) -> Spoil:
    def change(content: dict[str, Any]) -> None:
        content["orders"][-1]["items"][0].update(values)

    return page(change)


def twice(content: dict[str, Any]) -> None:
    content["orders"] *= 2


def round_and_round(content: dict[str, Any]) -> None:
    content["next_page_token"] = "bG9vcA=="


def nothing_there(content: dict[str, Any]) -> dict[str, Any]:
    return {"orders": None, "next_page_token": None}


def without_id(content: dict[str, Any]) -> None:
    del content["orders"][-1]["id"]


def without_items(content: dict[str, Any]) -> None:
    del content["orders"][-1]["items"]


FAULTS: dict[str, Spoil] = {
    "429": said(429),
    "429 with seconds": said(429, Retry_After="7"),
    "429 with a date": said(429, Retry_After="Tue, 10 Mar 2026 12:00:09 GMT"),
    "500": said(500),
    "502 empty": said(502, b""),
    "503 as a page": said(503, b"<html><h1>Down for repair</h1>", "text/html"),
    "a page for success": said(200, b"<html>Please log in</html>", "text/html"),
    "a redirect inside": said(302, b"", Location="http://169.254.169.254/"),
    "a list for an object": said(200, b"[1, 2]"),
    "null": said(200, b"null"),
    "another charset": said(200, '{"orders": "é"}'.encode("utf-16")),
    "bytes of no charset": said(200, b'{"orders": "\xff\xfe"}'),
    "a gzip bomb": said(200, BOMB, Content_Encoding="gzip"),
    "reset": reset,
    "hang-up": hang_up,
    "drip": drip,
    "half of the JSON": half,
    "cut off": cut,
    "a day ahead": clock(24),
    "a day behind": clock(-24),
    "the page twice": page(twice),
    "a loop of pages": page(round_and_round),
    "no orders": page(nothing_there),
    "no id": page(without_id),
    "no items": page(without_items),
    "price 0": item(unit_price="0.00"),
    "quantity -1": item(quantity=-1),
    "price 1e308": item(unit_price="1e308"),
    "price NaN": item(unit_price="NaN"),
    "an emoji for a SKU": item(sku="🧨"),
    "a name of 100,000 letters": item(title="x" * 100_000, sku="y" * 10_000),
}


class Saboteur:
    """fault: what happens to the `after`-th next request; then it is "", and all is well again."""

    def __init__(self, port: int) -> None:
        self.port, self.fault, self.after = port, "", 0
        self.count = 0
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                outer.serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads, allow_reuse_address = True, True

        self.server = Server(("127.0.0.1", 0), Handler)

    def serve(self, sock: Any) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            piece = sock.recv(65536)
            if not piece:
                return
            request += piece
        name, self.fault = (self.fault, "") if self.after == 0 else ("", self.fault)
        self.after = max(self.after - 1, 0)
        if name == "a loop of pages":
            self.fault = name  # on and on
        self.count += 1
        answer = self.ask(request)
        if name:
            spoiled = FAULTS[name](sock, answer)
            if spoiled is None:
                return
            answer = spoiled
        status, headers, body = answer
        head = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
        sock.sendall(
            f"HTTP/1.1 {status} X\r\n{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
        )

    def ask(self, request: bytes) -> Answer:
        head, _gap, rest = request.partition(b"\r\n\r\n")
        lines = [line for line in head.decode("latin-1").split("\r\n") if not line.lower().startswith("connection:")]
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as out:
            out.sendall(("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode("latin-1") + rest)
            got = b""
            while piece := out.recv(65536):
                got += piece
        head, _gap, body = got.partition(b"\r\n\r\n")
        first, *fields = head.decode("latin-1").split("\r\n")
        named = dict(field.split(": ", 1) for field in fields)
        kept = {name: named[name] for name in ("Date", "Content-Type") if name in named}
        return int(first.split()[1]), kept, body


@contextmanager
def saboteur(port: int) -> Iterator[Saboteur]:
    made = Saboteur(port)
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        thread.join(timeout=5)


def in_turn(rounds: int, seed: int) -> Iterator[tuple[str, int]]:
    """(fault, which request it strikes), every fault `rounds` times in a mixed order."""
    dice = random.Random(seed)
    names = list(FAULTS) * rounds
    dice.shuffle(names)
    yield from ((name, dice.randint(0, 1)) for name in names)
