"""``loopline verify`` as a stranger runs it: 0 good, 1 false, 2 not readable, never a traceback."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from emissions.report_rows import csv_of, ndjson_of
from ledger.chain import NO_HASH
from loopline.__main__ import all_commands
from recycling.canonical import canonical_bytes
from runtime.certificate import TYP, sign_certificate
from runtime.signing import sign
from runtime.signing_keys import key_list
from tests.emissions.report_builders import report
from tests.ledger.builders import ask, opened
from tests.loopline.command import run
from tests.recycling.certificate_builders import certificate
from tests.runtime.signed import STANDARD_KID, encoded, standard_key

TRUE = sign_certificate(certificate(), key=standard_key())


def verify(*arguments: object, **env: str) -> Result:
    return CliRunner().invoke(all_commands(), ["verify", *map(str, arguments)], env=env)


def written(folder: Path, content: Any, name: str = "file.json") -> Path:
    file = folder / name
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    file.write_bytes(raw)
    return file


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return written(tmp_path, key_list([standard_key()]), "keys.json")


def test_a_good_certificate_is_told_with_its_masses_and_its_key(tmp_path: Path, keys: Path) -> None:
    done = verify(written(tmp_path, TRUE), "--keys", keys)

    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[:2] == [
        "good: certificate CERT-2026-0001 of batch B-2026-0001, 30 units treated by P-dismantler",
        "1541.200 kg in, 1510.640 kg out, 8.000 kg lost, gap 22.560 kg = 1.464 %",
    ]
    assert f"signed by key {STANDARD_KID}" in done.stdout


def test_the_same_for_programs_with_all_that_was_signed(tmp_path: Path, keys: Path) -> None:
    told = json.loads(verify(written(tmp_path, TRUE), "--keys", keys, "--json").stdout)

    assert (told["kind"], told["good"], told["defects"]) == ("treatment_certificate", True, [])
    assert told["certificate"] == certificate()
    assert told["kid"] == STANDARD_KID


def test_a_file_that_was_laid_out_anew_is_still_good(tmp_path: Path, keys: Path) -> None:
    pretty = json.dumps(dict(reversed(TRUE.items())), indent=4).encode()

    assert verify(written(tmp_path, pretty), "--keys", keys).exit_code == 0


def false_sum() -> dict[str, str]:
    return sign(canonical_bytes(certificate(gap_kg="2.560")), key=standard_key(), typ=TYP)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TRUE | {"payload": encoded(canonical_bytes(certificate(gap_kg="2.560")))}, "signature"),
        (TRUE | {"signature": TRUE["signature"][:-1] + "_"}, "signature"),
        (TRUE | {"protected": encoded(b'{"alg":"none"}')}, "alg is none"),
        (TRUE | {"payload": "?"}, "payload is no base64url"),
        (TRUE | {"header": {}}, "header is not covered"),
        (false_sum(), "gap_kg: says 2.560, input, output and losses leave 22.560, a difference of"),
    ],
)
def test_a_false_certificate_exits_1_and_says_why(
    tmp_path: Path, keys: Path, content: Any, said: str
) -> None:
    file = written(tmp_path, content)

    done, for_programs = verify(file, "--keys", keys), verify(file, "--keys", keys, "--json")

    assert (done.exit_code, for_programs.exit_code) == (1, 1)
    assert said in done.stderr
    assert not done.stdout
    told = json.loads(for_programs.stdout)
    assert told["good"] is False
    assert said in told["defects"][0]
    assert "certificate" not in told


def test_a_key_that_the_list_lacks_exits_1(tmp_path: Path) -> None:
    nobody = written(tmp_path, {"keys": []}, "keys.json")

    done = verify(written(tmp_path, TRUE), "--keys", nobody)

    # A list of one's own may be empty: then it stands for nobody.
    assert done.exit_code == 1
    assert f"no key of the list is {STANDARD_KID}" in done.stderr


def test_without_a_key_list_it_says_where_one_is_to_be_had(tmp_path: Path) -> None:
    done = verify(written(tmp_path, TRUE))

    assert done.exit_code == 2
    assert "GET /.well-known/jwks.json" in done.stderr
    assert "--keys FILE" in done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "is no JSON"),
        ({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"}]}, "a private key"),
        ([], "is no key list"),
    ],
)
def test_a_key_list_that_is_none_exits_2(tmp_path: Path, content: Any, said: str) -> None:
    done = verify(written(tmp_path, TRUE), "--keys", written(tmp_path, content, "keys.json"))

    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\xff\xfe",
        b"%PDF-1.4",
        b"[" * 100_000,
        b"{}",
        b"[]",
        json.dumps(certificate()).encode(),  # what nobody signed
        json.dumps(TRUE).encode()[:-1] + b',"payload":"e30"}',  # a name twice
    ],
)
def test_what_is_nothing_of_ours_exits_2(tmp_path: Path, keys: Path, content: bytes) -> None:
    done = verify(written(tmp_path, content), "--keys", keys)

    assert done.exit_code == 2
    assert "is no certificate (a signed JSON object), audit log or report" in done.stderr


def test_a_file_that_is_not_there_exits_2(tmp_path: Path) -> None:
    assert "No such file" in verify(tmp_path / "none").stderr
    assert verify(tmp_path).exit_code == 2  # a folder


def ledger_of(folder: Path) -> dict[str, str]:
    with opened(folder / "ledger") as ledger:
        ask(ledger, "open", box="B-1")
        ask(ledger, "put", target="B-1", item="a")
    return {"LOOPLINE_LEDGER__DIR": str(folder / "ledger")}


def exported(folder: Path, env: dict[str, str]) -> Result:
    words = ["ledger", "export", str(folder / "log.jsonl")]
    return CliRunner().invoke(all_commands(), words, env=env)


def test_an_exported_audit_log_is_good_and_has_the_head_that_was_printed(tmp_path: Path) -> None:
    done = exported(tmp_path, ledger_of(tmp_path))

    checked = verify(tmp_path / "log.jsonl")

    head = done.stdout.split()[-1]
    assert done.stdout == f"2 events of 1 aggregates, head {head}\n"
    assert checked.exit_code == 0
    assert head in checked.stdout
    told = json.loads(verify(tmp_path / "log.jsonl", "--json").stdout)
    assert (told["kind"], told["events"], told["head_sha256"]) == ("audit_log", 2, head)


def test_a_changed_audit_log_exits_1_and_names_the_event(tmp_path: Path) -> None:
    exported(tmp_path, ledger_of(tmp_path))
    raw = (tmp_path / "log.jsonl").read_text("utf-8")

    done = verify(written(tmp_path, raw.replace("OPEN", "SHUT").encode()))

    assert done.exit_code == 1
    assert "box B-1 version 1: is not what was recorded" in done.stderr


def test_a_log_with_a_line_of_something_else_exits_2(tmp_path: Path) -> None:
    exported(tmp_path, ledger_of(tmp_path))
    with (tmp_path / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write("{}\n")

    done = verify(tmp_path / "log.jsonl")

    assert done.exit_code == 2
    assert "line 3 is no event" in done.stderr


def test_an_export_overwrites_nothing_and_needs_a_ledger(tmp_path: Path) -> None:
    env = ledger_of(tmp_path)
    written(tmp_path, b"precious", "log.jsonl")

    refused = exported(tmp_path, env)
    missing = exported(tmp_path, {"LOOPLINE_LEDGER__DIR": str(tmp_path / "none")})

    assert (refused.exit_code, missing.exit_code) == (2, 3)
    assert "File exists" in refused.stderr
    assert (tmp_path / "log.jsonl").read_bytes() == b"precious"


@pytest.mark.parametrize("form", [csv_of, ndjson_of])
def test_a_report_is_told_apart_and_its_rows_are_checked(tmp_path: Path, form: Any) -> None:
    text = form(report())

    good = verify(written(tmp_path, text.encode()))
    false = verify(written(tmp_path, f"{text} ".encode()))
    broken = verify(written(tmp_path, text.encode() + b"\xff"))

    assert (good.exit_code, false.exit_code, broken.exit_code) == (0, 1, 2)
    assert good.stdout.startswith("good: report")
    assert "body_sha256 is" in false.stderr


@pytest.mark.slow
def test_the_command_itself_needs_no_settings_and_no_stack(tmp_path: Path, keys: Path) -> None:
    good = run(tmp_path, "verify", str(written(tmp_path, TRUE)), "--keys", str(keys))
    bad = run(tmp_path, "verify", str(written(tmp_path, b"?")), "--keys", str(keys))

    assert (good.returncode, bad.returncode) == (0, 2)
    assert "Traceback" not in good.stderr + bad.stderr


def test_a_first_event_follows_nothing(tmp_path: Path) -> None:
    exported(tmp_path, ledger_of(tmp_path))

    first = json.loads((tmp_path / "log.jsonl").read_text("utf-8").splitlines()[0])

    assert (first["seq"], first["prev_hash"]) == (1, NO_HASH)
