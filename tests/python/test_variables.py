"""Channel variables as a mapping: one header each, escaped as servers split it."""

from __future__ import annotations

from collections import OrderedDict, UserDict
from types import MappingProxyType
from typing import Any

import libami
import pytest
from conftest import SECRET, Face
from scripted import Script


def variables(face: Face, script: Script, given: Any, action: str = "Originate") -> list[str]:
    """The values of the headers that the server gets."""
    client = face.connect("127.0.0.1", script.port, username="admin", secret=SECRET)
    try:
        face.do(lambda: client.action(action, Channel="Local/1@x", Variable=given))
    finally:
        face.do(client.close)
    return [value for name, value in script.last(action) if name == "Variable"]


def test_variables_go_in_headers_of_their_own(face: Face, script: Script) -> None:
    given = {"A": "1", "B": 2, "C": True, "D": b"raw", "E": 1.5, "F": "", "CALLERID(name)": "x"}
    assert variables(face, script, given) == [
        "A=1",
        "B=2",
        "C=true",
        "D=raw",
        "E=1.5",
        "F=",
        "CALLERID(name)=x",
    ]


def test_variables_have_their_separators_escaped(face: Face, script: Script) -> None:
    assert variables(face, script, {"A": 'one,two "three" \\four', "B": "x=y"}) == [
        'A=one\\,two \\"three\\" \\\\four',
        "B=x=y",
    ]


@pytest.mark.parametrize("kind", [OrderedDict, UserDict, MappingProxyType])
def test_variables_may_be_any_mapping(face: Face, script: Script, kind: Any) -> None:
    assert variables(face, script, kind({"A": "1"})) == ["A=1"]


def test_variables_of_an_empty_mapping_are_no_header(face: Face, script: Script) -> None:
    assert variables(face, script, {}) == []


def test_texts_and_lists_go_out_as_they_are(face: Face, script: Script) -> None:
    assert variables(face, script, ["A=1,B=2", "C=3"]) == ["A=1,B=2", "C=3"]
    assert variables(face, script, "A=1", "PJSIPNotify") == ["A=1"]


def test_more_than_64_variables_arrive(face: Face, script: Script) -> None:
    assert len(variables(face, script, {f"V{number}": number for number in range(100)})) == 100


@pytest.mark.parametrize(
    "name", ["", " ", "A B", "A=B", "A,B", 'A"B', "A\\B", "A\r\nAction: Logoff", "A\0", "F(", "F)x"]
)
def test_names_that_servers_would_split_are_refused(face: Face, script: Script, name: str) -> None:
    with pytest.raises(libami.InvalidValue, match="variable's name"):
        variables(face, script, {name: "1"})
    assert not script.count("Originate")


def test_wrong_values_and_names_are_refused(face: Face, script: Script) -> None:
    wrong: list[Any] = [{"A": None}, {"A": ["1"]}, {1: "A"}, {"A": {"B": "1"}}]
    for given in wrong:
        with pytest.raises(TypeError, match=r"[vV]ariable"):
            variables(face, script, given)
    with pytest.raises(libami.InvalidValue):
        variables(face, script, {"A": "line\r\nend"})


@pytest.mark.parametrize(
    ("action", "header"), [("Setvar", "Variable"), ("Getvar", "Variable"), ("Originate", "Account")]
)
def test_other_headers_take_no_mapping(face: Face, script: Script, action: str, header: str) -> None:
    client = face.connect("127.0.0.1", script.port, username="admin", secret=SECRET)
    with pytest.raises(TypeError, match=header):
        face.do(lambda: client.action(action, {header: {"A": "1"}}))
    face.do(client.close)
