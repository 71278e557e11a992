"""Progress of a long command on stderr: a bar with rate and time left on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Progress = Callable[[str, int, int], None]  # stage, done, in all
EVERY_S = 5.0


@contextmanager
def showing(stream: Any) -> Iterator[Progress]:
    """stream: a command's stderr."""
    if stream.isatty():
        with _bar() as report:
            yield report
    else:
        yield _Lines(stream)


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None, rate="")
        clock = _Rate()

        def report(stage: str, done: int, total: int) -> None:
            rate = clock.of(stage, done)
            bar.update(
                task, description=stage, completed=done, total=total or None, rate=f"{rate:,.0f}/s" if rate else ""
            )

        yield report


class _Rate:
    """Things a second since the stage began."""

    def __init__(self) -> None:
        self._stage, self._began, self._first = "", 0.0, 0

    def of(self, stage: str, done: int) -> float:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began, self._first = stage, now, done
        passed = now - self._began
        return (done - self._first) / passed if passed > 0.5 else 0.0


class _Lines:
    """A line for each new stage, then one every few seconds."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._rate = stream, _Rate()
        self._stage, self._told, self._shown = "", 0.0, -1

    def __call__(self, stage: str, done: int, total: int) -> None:
        rate = self._rate.of(stage, done)
        now = time.monotonic()
        if stage == self._stage and (done == self._shown or (now - self._told < EVERY_S and done < total)):
            return
        self._stage, self._told, self._shown = stage, now, done
        if not total:
            self._stream.write(stage)
            return
        left = f", {(total - done) / rate:,.0f} s left" if rate and done < total else ""
        self._stream.write(f"{stage}: {done:,} of {total:,} ({100 * done / total:.0f} %), {rate:,.0f}/s{left}")
