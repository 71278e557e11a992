"""Client processes that work when told: forked once, each with its own connection."""

import multiprocessing
import resource
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any

Work = Callable[..., Any]


class Clients:
    """`count` processes running `work(number, *arguments)`; used as a context.

    Fork only while the parent holds no database connection that a child would share.
    """

    def __init__(self, work: Work, count: int) -> None:
        context = multiprocessing.get_context("fork")
        self._pipes, self._processes = [], []
        for number in range(count):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(there, work, number), daemon=True)
            process.start()
            there.close()
            self._pipes.append(here)
            self._processes.append(process)

    def __enter__(self) -> "Clients":
        return self

    def __exit__(self, *details: Any) -> None:
        for pipe in self._pipes:
            pipe.send(None)  # closing would not reach them: those forked later hold the same ends
        for process in self._processes:
            process.join(10)

    def run(self, arguments: Sequence[tuple[Any, ...]]) -> tuple[float, list[Any]]:
        """Start the first len(arguments) clients at once; seconds until the last one is done, and their answers."""
        chosen = list(zip(self._pipes, arguments, strict=False))
        started = time.perf_counter()
        for pipe, given in chosen:
            pipe.send(given)
        answers = [pipe.recv() for pipe, _given in chosen]
        seconds = time.perf_counter() - started
        for answer in answers:
            if isinstance(answer, Failure):
                raise SystemExit(answer.text)
        return seconds, answers


class Failure:
    def __init__(self, text: str) -> None:
        self.text = text


def _serve(pipe: Any, work: Work, number: int) -> None:
    from django.db import connections

    for connection in connections.all():
        connection.inc_thread_sharing()
        connection.connection = None  # the parent's socket is not ours to close
    while True:
        try:
            arguments = pipe.recv()
        except EOFError:  # the parent is gone
            break
        if arguments is None:
            break
        try:
            pipe.send(work(number, *arguments))
        except BaseException:  # noqa: BLE001  the parent shows it
            pipe.send(Failure(traceback.format_exc()))
    connections.close_all()


def rss_mib() -> float:
    """The largest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
