"""Answers of another shape than the channel's contract says: a refusal that names the field, not a crash."""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _

from integrations.errors import ChannelRejected

# What code meets that takes an answer apart: a field that is not there, a list where an object was, a number that is none.
UNSHAPELY = (KeyError, IndexError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError)


@contextmanager
def taking_apart() -> Iterator[None]:
    """Raises ChannelRejected for what does not fit."""
    try:
        yield
    except UNSHAPELY as error:
        what = f"{type(error).__name__}: {error}"[:200]
        raise ChannelRejected(_("The channel's answer is not as it should be (%(what)s).") % {"what": what}) from error


def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    """A connector's method, or generator of pages, whose answers may be of any shape."""
    if inspect.isgeneratorfunction(method):

        @functools.wraps(method)
        def pages(*args: Any, **kwargs: Any) -> Iterator[Any]:
            walk = method(*args, **kwargs)
            while True:
                with taking_apart():
                    try:
                        page = next(walk)
                    except StopIteration:
                        return
                yield page

        return pages

    @functools.wraps(method)
    def once(*args: Any, **kwargs: Any) -> Any:
        with taking_apart():
            return method(*args, **kwargs)

    return once
