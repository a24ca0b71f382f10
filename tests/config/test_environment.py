"""Reading variables: what cannot be read is a numbered problem, and the default goes on."""

import base64
from pathlib import Path

import pytest

from config.environment import Environment, parse_encryption_keys

KEY = base64.b64encode(bytes(range(32))).decode()


def test_a_secret_comes_from_its_file_without_the_line_end(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from the file\n")
    environment = Environment({"NAME": "direct", "NAME_FILE": str(tmp_path / "secret")})
    assert environment.secret("NAME") == "from the file"
    assert environment.problems == []


def test_a_secret_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    environment = Environment({"NAME_FILE": str(tmp_path / "none")})
    assert environment.secret("NAME", "default") == "default"
    assert [problem.code for problem in environment.problems] == ["E014"]
    assert "NAME_FILE" in environment.problems[0].text


def test_an_empty_variable_counts_as_absent() -> None:
    environment = Environment({"NAME": " ", "NAME_FILE": ""})
    assert environment.text("NAME", "default") == "default"
    assert environment.secret("NAME", "default") == "default"
    assert environment.number("NAME", 7) == 7


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "²", "99999"])
def test_a_number_is_whole_positive_and_not_too_large(text: str) -> None:
    environment = Environment({"PORT": text})
    assert environment.number("PORT", 8000, most=65535) == 8000
    assert [problem.code for problem in environment.problems] == ["E011"]


def test_an_unknown_environment_is_treated_as_the_strictest_one() -> None:
    environment = Environment({"ENVIRONMENT": "Production"})
    assert environment.choice("ENVIRONMENT", ("demo", "production")) == "production"
    assert [problem.code for problem in environment.problems] == ["E001"]


@pytest.mark.parametrize(
    ("text", "is_on"), [("1", True), ("Yes", True), ("off", False), ("", False)]
)
def test_a_flag_is_read_in_any_case(text: str, is_on: bool) -> None:
    environment = Environment({"DEBUG": text})
    assert environment.flag("DEBUG") is is_on
    assert environment.problems == []


def test_a_flag_that_says_nothing_is_a_problem() -> None:
    environment = Environment({"DEBUG": "perhaps"})
    assert environment.flag("DEBUG") is False
    assert [problem.code for problem in environment.problems] == ["E011"]


@pytest.mark.parametrize("text", ["80", "80,443,1", "0,443", "80,70000", "a,b"])
def test_ports_are_two(text: str) -> None:
    environment = Environment({"VERIFICATION_HTTP_PORTS": text})
    assert environment.ports("VERIFICATION_HTTP_PORTS", (80, 443)) == (80, 443)
    assert [problem.code for problem in environment.problems] == ["E012"]


def test_the_first_encryption_key_stands_first() -> None:
    keys = parse_encryption_keys(f"2027:{KEY}, old-1:{base64.b64encode(b'k' * 32).decode()}")
    assert list(keys.items()) == [("2027", bytes(range(32))), ("old-1", b"k" * 32)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "entry 1 does not begin"),
        (KEY, "entry 1 does not begin"),
        (f"a b:{KEY}", "entry 1 does not begin"),
        ("a:###", "entry 1 is not base64"),
        (f"a:{KEY},b:c2hvcnQ=", "entry 2 holds 5 bytes"),
        (f"a:{KEY},a:{KEY}", "entry 2 repeats"),
    ],
)
def test_a_malformed_key_is_named_by_its_place_and_never_shown(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        parse_encryption_keys(text)
    assert KEY not in str(caught.value)
