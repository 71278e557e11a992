"""The code: services take keywords, rows are locked without blocking foreign keys, no signals."""

import ast
import re

import pytest

from tests.architecture.source import ROOT, STOREYS, calls, modules, strings


def exported(package):
    """Names that `<app>/services/__init__.py` gives to the storeys above."""
    path = ROOT / package / "services" / "__init__.py"
    tree = ast.parse(path.read_text()) if path.exists() else ast.Module([], [])
    return {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }


@pytest.mark.parametrize("package", STOREYS[1:])
def test_services_take_one_batch_and_keywords_all_typed(package):
    names, wrong = exported(package), []
    for path, tree in modules(f"{package}/services"):
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name in names:
                given = node.args
                untyped = [a.arg for a in given.posonlyargs + given.args + given.kwonlyargs if a.annotation is None]
                if len(given.posonlyargs + given.args) > 1 or untyped or node.returns is None:
                    wrong.append(f"{path}:{node.lineno} {node.name}")

    assert wrong == []


@pytest.mark.parametrize("package", STOREYS[1:])
def test_services_have_a_docstring(package):
    names = exported(package)
    bare = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in modules(f"{package}/services")
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name in names and not ast.get_docstring(node)
    ]

    assert bare == []


def test_rows_are_locked_for_no_key_update_of_themselves():
    bare = []
    for path, tree in modules():
        for call in calls(tree, "select_for_update"):
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            no_key = given.get("no_key")
            if "of" not in given or not (isinstance(no_key, ast.Constant) and no_key.value is True):
                bare.append(f"{path}:{call.lineno}")

    assert bare == []


def test_sql_never_locks_for_update():
    bare = [
        f"{path}:{text.lineno}"
        for path, tree in modules()
        for text in strings(tree)
        if re.search(r"\bFOR UPDATE\b", text.value) and "SELECT" in text.value.upper()
    ]

    assert bare == []


def test_no_signals():
    users = [
        path
        for path, tree in modules(*STOREYS)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in ("django.db.models.signals", "django.dispatch")
    ]

    assert users == []
