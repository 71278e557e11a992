"""docs/capabilities.md says nothing that no test holds."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (?P<row>[A-Z]\d+) \| (?P<what>.+?) \| (?P<state>done|partly|not yet) \| (?P<tests>.*?) ?\|$")


def rows() -> list[re.Match[str]]:
    lines = (ROOT / "docs" / "capabilities.md").read_text().splitlines()
    table = [line for line in lines if re.match(r"^\| [A-Z]\d+ ", line)]
    matches = [ROW.match(line) for line in table]
    assert None not in matches, [line for line, match in zip(table, matches, strict=True) if match is None]
    return [match for match in matches if match is not None]


def functions(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def test_each_row_stands_once() -> None:
    names = [row["row"] for row in rows()]

    assert len(names) == len(set(names)) > 100


def test_the_named_tests_exist() -> None:
    missing = []
    for row in rows():
        for node in re.findall(r"`([^`]+)`", row["tests"]):
            file, _, function = node.partition("::")
            path = ROOT / file
            if not path.exists() or (function and function not in functions(path)):
                missing.append((row["row"], node))

    assert missing == []


def test_the_tests_of_channels_rules_exist() -> None:
    """docs/channel-rules.md: a name is of tests/integrations, without a file of the conformance tests."""
    nodes = re.findall(r"`([^`\s]*test_[^`\s]*)`", (ROOT / "docs" / "channel-rules.md").read_text())
    missing = []
    for node in nodes:
        file, _, function = node.partition("::")
        path = (
            ROOT / file if file.startswith("tests/") else ROOT / "tests/integrations" / (file or "test_conformance.py")
        )
        if not path.exists() or (function and function not in functions(path)):
            missing.append(node)

    assert len(nodes) > 80 and missing == []


def test_what_is_done_names_page_api_and_refusal() -> None:
    thin = [row["row"] for row in rows() if row["state"] == "done" and row["tests"].count("`") < 6]

    assert thin == []
