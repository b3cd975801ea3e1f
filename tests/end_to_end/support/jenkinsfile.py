"""Reads a declarative Jenkinsfile: the shell in it, with the variables that stand around each piece."""

import re
from collections.abc import Iterator, Mapping

import tree_sitter_groovy
from tree_sitter import Language, Node, Parser

from tests.end_to_end.support.pipelines import EXAMPLES, Given, Pipeline, Script, split

LANGUAGE = Language(tree_sitter_groovy.language())
# Jenkins runs a step so: traced, and ended by the first failure.
SHELL = ("sh", "-xe", "-c")
RESULT = "${currentBuild.currentResult}"


def jenkins(given: Given) -> Pipeline:
    """Raises AssertionError for what isn't Groovy."""
    root = Parser(LANGUAGE).parse((EXAMPLES / "jenkins" / "Jenkinsfile").read_bytes()).root_node
    assert not root.has_error
    # The file has an address and an account of its own, as everybody's will.
    here = {name: value for name, value in given.secrets.items() if name != "MILEPOST_API_TOKEN"}
    assert set(here) == set(_assigned(root))
    return split(list(_scripts(root, here, given)))


def _scripts(node: Node, env: Mapping[str, str], given: Given) -> Iterator[Script]:
    name, arguments = _call(node)
    if name == "sh":
        yield Script(_literal(arguments), SHELL, env)
    elif name == "withCredentials":
        bound = re.findall(r"credentialsId: '([a-z-]+)', variable: '(\w+)'", arguments)
        assert bound
        env = {**env, **{variable: given.secrets[variable] for _, variable in bound}}
    elif name == "withEnv":
        pairs = re.findall(r'"(\w+)=([^"]*)"', arguments)
        env = {**env, **{variable: value.replace(RESULT, given.status) for variable, value in pairs}}
    for child in node.named_children:
        yield from _scripts(child, env, given)


def _call(node: Node) -> tuple[str, str]:
    """The name of the step that is called there and its arguments, as written."""
    called = node.child_by_field_name("name")
    arguments = node.child_by_field_name("arguments") or node.child_by_field_name("args")
    return _text(called), _text(arguments)


def _text(node: Node | None) -> str:
    return (node.text or b"").decode() if node else ""


def _literal(arguments: str) -> str:
    """A text in single quotes: one into which Groovy puts nothing."""
    found = re.fullmatch(r"'([^'\\]*)'", arguments)
    assert found, f"{arguments} lets Groovy write into a shell"
    return found[1]


def _assigned(root: Node) -> list[str]:
    return re.findall(r"^ +(MILEPOST_\w+) = '", _text(root), re.MULTILINE)
