"""What a connector's login form asks for: each setting and secret by name, with words for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Text = Promise | str


@dataclass(frozen=True, slots=True)
class LoginField:
    """kind: text, url, secret, yes_no or choice. choices: (value, label). rare: most leave it empty."""

    name: str
    label: Text
    help: Text = ""
    kind: str = "text"
    required: bool = False
    placeholder: str = ""
    choices: Sequence[tuple[str, Text]] = field(default_factory=tuple)
    rare: bool = False

    @property
    def is_secret(self) -> bool:
        return self.kind == "secret"


ADDRESS = gettext_lazy("Address of the shop")
TEST_ADDRESS = LoginField(
    "base_url", gettext_lazy("Another address"), gettext_lazy("Of a test server. Empty: the vendor's own."),
    kind="url", rare=True,
)  # fmt: skip


def problems(fields: Sequence[LoginField], given: Mapping[str, str], *, kept: Sequence[str] = ()) -> dict[str, str]:
    """What is wrong with what was typed, by field. kept: secrets that are there already and may stay empty."""
    found = {}
    for row in fields:
        value = given.get(row.name, "").strip()
        if not value:
            if row.required and row.name not in kept:
                found[row.name] = _("Give it.")
        elif row.kind == "url" and not value.startswith(("https://", "http://")):
            found[row.name] = _("Give the whole address, from https:// on.")
        elif row.kind in ("choice", "yes_no") and value not in dict(row.choices or YES_NO):
            found[row.name] = _("Choose one of those offered.")
        elif len(value) > 2000 or "\x00" in value:
            found[row.name] = _("It is too long.")
    return found


YES_NO: Sequence[tuple[str, Text]] = (("yes", gettext_lazy("yes")), ("no", gettext_lazy("no")))
