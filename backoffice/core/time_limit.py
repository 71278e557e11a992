"""A limit of time on work that only computes: what hangs is broken off, and the process goes on."""

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
_raise_in.argtypes = (ctypes.c_ulong, ctypes.c_void_p)


class TookTooLong(Exception):
    """The block did not end within its limit."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises TookTooLong inside the block: by a signal in a process's main thread, as Celery's tasks run, which ends a
    waiting call too; in other threads, such as the web's, between two steps of Python.
    """
    main = threading.current_thread() is threading.main_thread()
    try:
        with _by_signal(seconds) if main else _by_thread(seconds):
            yield
    except TookTooLong:
        raise TookTooLong(f"not done within {seconds:g} s") from None


@contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _by_thread(seconds: float) -> Iterator[None]:
    """A second thread has the interpreter raise it in this one, and never after the block."""
    me, turn, over = threading.get_ident(), threading.Lock(), threading.Event()

    def stop() -> None:
        if over.wait(seconds):
            return
        with turn:
            if not over.is_set():
                _raise_in(me, id(TookTooLong))

    threading.Thread(target=stop, name="time-limit", daemon=True).start()
    try:
        yield
    finally:
        with turn:
            over.set()
        _raise_in(me, None)  # what was asked for and has not come any more
