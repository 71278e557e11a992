"""Who has work in hand."""

from django.db import models


class Holder(models.Model):
    """A worker at a piece of work, alive until then: it moves that moment on while it lives. Named by what it claims.

    locked: it is dead once nobody holds its advisory lock either.
    """

    alive_until = models.DateTimeField()
    locked = models.BooleanField(db_default=False)

    def __str__(self) -> str:
        return str(self.pk)
