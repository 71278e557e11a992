"""XML from outside: no DTD (so no entities, no bombs), bounded depth and size, each element with its line."""

from dataclasses import dataclass, field
from xml.parsers import expat

from django.utils.translation import gettext as _

from accounting.banking.errors import BankFileRefused, refuse
from accounting.banking.values import check_size

MAX_DEPTH = 40
MAX_ELEMENTS = 4_000_000
SEPARATOR = " "


@dataclass(slots=True)
class Node:
    """An element. name: without its namespace."""

    name: str
    namespace: str
    line: int
    attributes: dict[str, str]
    children: "list[Node]" = field(default_factory=list)
    text: str = ""

    def first(self, path: str) -> "Node | None":
        """The first element of a path such as "Acct/Id/IBAN"; each step may name several ("Dt|DtTm")."""
        found = self
        for step in path.split("/"):
            names = step.split("|")
            child = next((child for child in found.children if child.name in names), None)
            if child is None:
                return None
            found = child
        return found

    def all(self, name: str) -> "list[Node]":
        return [child for child in self.children if child.name == name]

    def value(self, path: str) -> str:
        found = self.first(path)
        return found.text.strip() if found else ""


def read_xml(content: bytes) -> Node:
    """The root element. Raises BankFileRefused."""
    check_size(content)
    builder = _Builder()
    try:
        builder.parser.Parse(content, True)
    except expat.ExpatError as error:
        message = expat.errors.messages.get(error.code, str(error))
        code = "bad_encoding" if error.code in _ENCODING else "not_well_formed"
        raise refuse(code, _("this is no well-formed XML (%(why)s).") % {"why": message}, line=error.lineno) from None
    except (LookupError, ValueError) as error:  # an encoding that nobody knows
        raise refuse("bad_encoding", _("The XML cannot be decoded (%(why)s).") % {"why": error}) from None
    assert builder.root is not None
    return builder.root


_ENCODING = {
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_UNKNOWN_ENCODING,
        expat.errors.XML_ERROR_INCORRECT_ENCODING,
        expat.errors.XML_ERROR_INVALID_TOKEN,
    )
}


class _Builder:
    def __init__(self) -> None:
        self.root: Node | None = None
        self.open: list[Node] = []
        self.count = 0
        self.parser = expat.ParserCreate(namespace_separator=SEPARATOR)
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters

    def doctype(self, *_args: object) -> None:
        raise self.refused("dtd_refused", _("a document type (DTD) is not accepted: bank files have none."))

    def refused(self, code: str, detail: str) -> BankFileRefused:
        return refuse(code, detail, line=self.parser.CurrentLineNumber)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if len(self.open) >= MAX_DEPTH:
            raise self.refused(
                "too_deep", _("elements are nested deeper than %(limit)s levels.") % {"limit": MAX_DEPTH}
            )
        if self.count > MAX_ELEMENTS:
            raise self.refused("too_large", _("there are more than %(limit)s elements.") % {"limit": MAX_ELEMENTS})
        namespace, _separator, local = name.rpartition(SEPARATOR)
        node = Node(local, namespace, self.parser.CurrentLineNumber, attributes)
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        self.open.append(node)

    def end(self, _name: str) -> None:
        self.open.pop()

    def characters(self, text: str) -> None:
        self.open[-1].text += text
