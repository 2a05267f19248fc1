"""The reference that is read from the contracts, and golden events that read for ever."""

import hashlib
import json
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from schemas.export import REFERENCE, exported, schema_of
from schemas.forklift import ForkliftEnergyUsed
from schemas.open_reading import read_event
from schemas.topics import FORKLIFT_ENERGY, TOPICS, Topic
from schemas.wall import accept, read_json
from streams.codecs import CONTRACTS, decode, encode
from tests.builders import ROOT
from tests.streams.agreement import as_contract_values, values_of

GOLDEN = ROOT / "schemas" / "golden"
EVERY = pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.name)
KINDS = {model: kind for kind, model in CONTRACTS.items()}
# A golden event is never edited: a new meaning is a new major version and a new file.
SHA256: Mapping[str, str] = {
    "forklift.energy.v1": "766e13179f2030ac9bf1afc0052972b5eb9a318a696662f98f09f15a2e659bfd",
    "forklift.reading.v1": "5bab291cabad4f64fe6c20d9fecc55c9484f8b0e88940c2773450be51f01106d",
    "hub.emission.v1": "12638a9893d6a2271ad0867e763592a9aceffb83ec5680e8db21a9db1d50d5cf",
    "hub.period.v1": "bd8508b97302d8a505bcbd06119ba73e666e4f4204bfad1bdce07dc1e7ce2c82",
    "integrity.finding.v1": "2d997dc5fff41293accd63464a1345c5ec4f71d499f1f2c445b339dee25669b3",
    "refrigerant.emission.v1": "9d471bd31a9ddd725f81bc4e20e007763e98d9d3d5bd3223800b8e906e68de03",
    "refrigerant.event.v1": "be5e780feeaf7c15ebae7fa28d75e1fbe5251d0541748ab4450c28cebd17c34d",
    "shipment.emission.v1": "ee26cda80e1e8cd61681ed5de37271ad597298c15409a88ef408228d2d0e9bfc",
    "shipment.leg.v1": "f1452d1019f07fa86bd37ef592db354aaee1a6469a825dca063a205f9e88e56a",
    "shipment.order.v1": "261777986927d84e3b05a746fda5e30f729bfe354d999a0abfa9b560de5cd553",
    "takeback.batch.v1": "b5ce42a4ac991991051cf18221c0c61f2609d99a6fe921a6374eba0927b8a601",
    "takeback.consignment.v1": "3071c50925319022e17dd112d23b971e3bf1e1f130ed6c1b71c043e75879ad56",
    "takeback.demand.v1": "5143f5678beae94a611bb826f096a2e5a742ecc7934b41505265a40fa54fb4ec",
    "takeback.lot.v1": "aa5ba061a4bf1dc20d754a2ffaf00696f86953812ef6aa2778057e4dbe34a627",
    "takeback.order.v1": "812ef873a2aeb252212b19648802e83c7ea8ca4551609f5309f19cd7cb83efd9",
    "takeback.unit.v1": "1e5570a0f03791f5c507949c6343199d5377016fb798d6f64e163e8ef85d42e1",
}


def golden(topic: Topic) -> bytes:
    return (GOLDEN / f"{topic.name}.json").read_bytes()


@pytest.mark.parametrize("path", exported())
def test_a_generated_page_is_what_the_contracts_say(path: str) -> None:
    file = ROOT / path

    assert file.is_file(), f"{path} is missing; run .venv/bin/python docs/generate.py"
    assert file.read_text(encoding="utf-8") == exported()[path], "run docs/generate.py"


def test_no_schema_is_left_of_a_topic_that_is_gone() -> None:
    written = {file.relative_to(ROOT).as_posix() for file in (ROOT / REFERENCE).rglob("*.json")}

    assert written - {f"{REFERENCE}/partner-api.json"} <= set(exported())


@EVERY
def test_a_schema_is_closed_and_names_what_must_be_there(topic: Topic) -> None:
    schema = schema_of(topic)

    assert schema["additionalProperties"] is False
    assert {"event_id", "occurred_at", *topic.key_fields} <= set(schema["required"])
    assert set(schema["properties"]) == set(topic.event.model_fields)


def test_every_topic_has_a_golden_event_and_nothing_else_has() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(TOPICS) == set(SHA256)


@EVERY
def test_a_golden_event_was_never_edited(topic: Topic) -> None:
    assert hashlib.sha256(golden(topic)).hexdigest() == SHA256[topic.name]


@EVERY
def test_a_golden_event_reads_for_ever_by_its_contract(topic: Topic) -> None:
    event = accept(topic.event, read_json(golden(topic)))

    told: dict[str, Any] = json.loads(golden(topic))
    assert event.model_fields_set == set(told)
    assert (
        accept(topic.event, read_json(event.model_dump_json(exclude_none=True).encode())) == event
    )


@EVERY
def test_a_golden_event_reads_for_ever_on_the_wire_with_equal_values(topic: Topic) -> None:
    if topic is FORKLIFT_ENERGY:
        assert topic.event is ForkliftEnergyUsed
        assert ForkliftEnergyUsed not in KINDS  # published for others; nobody here reads it
        return
    if topic.event not in KINDS:  # a quiet topic: the contract itself reads it
        event = accept(topic.event, read_json(golden(topic)))
        assert read_event(topic.event, golden(topic).replace(b"{", b'{"later": 1,', 1)) == event
        return
    kind = KINDS[topic.event]

    wire = decode(kind, golden(topic))

    assert as_contract_values(wire) == values_of(accept(topic.event, read_json(golden(topic))))
    assert decode(kind, encode(wire)) == wire


def test_the_generator_writes_these_pages_among_others() -> None:
    reference = runpy.run_path(str(ROOT / "docs" / "generate.py"))["reference"]()

    assert dict(exported()).items() <= dict(reference).items()
    assert all(Path(path).is_relative_to(REFERENCE) for path in reference)
