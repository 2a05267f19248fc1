import pytest

from emissions.justification import read_justifications
from schemas.refusal import Refused


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not toml", "are no TOML"),
        ("", "one table"),
        ('[reasons]\na = "b"', "one table"),
        ('[justification]\na = "b"\n[more]\n', "one table"),
        ("[justification]\na = 3", "a must be a written reason, got 3"),
        ('[justification]\na = "  "', "a must be a written reason"),
    ],
)
def test_what_is_no_reason_is_refused(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read_justifications(text)
