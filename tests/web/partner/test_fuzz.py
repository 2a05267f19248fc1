"""Whatever is asked, the API answers what its document says: made from the document itself.

Examples are few here; `make soak` asks more. Identifiers are those of things that are there.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.config import (
    ChecksConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.config._checks import NegativeDataRejectionConfig, PositiveDataAcceptanceConfig
from schemathesis.generation import GenerationMode

from tests.recycling.builders import NOON
from tests.web.partner.operations import Operation, document, operations_of
from tests.web.partner.owned import Owned, owned_in
from tests.web.partner.room import opened

# What is well formed and yet refused by a rule of the business, or because it is not there.
BY_A_RULE = ["2xx", "401", "403", "404", "406", "409", "412", "422", "428"]
REJECTED = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "428"]
FORM = {"grant_type", "scope", "client_id", "client_secret"}
EVERY = operations_of(document())
FEW, MANY = 3, 300
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE")


def config() -> SchemathesisConfig:
    checks = ChecksConfig(
        positive_data_acceptance=PositiveDataAcceptanceConfig(expected_statuses=BY_A_RULE),
        negative_data_rejection=NegativeDataRejectionConfig(expected_statuses=REJECTED),
    )
    return SchemathesisConfig(seed=1, projects=ProjectsConfig(default=ProjectConfig(checks=checks)))


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owned]:
    with opened(tmp_path_factory.mktemp("fuzz"), now=NOON) as room:
        yield owned_in(room)


@pytest.fixture(scope="module")
def api(owned: Owned) -> Any:
    schema = schemathesis.openapi.from_dict(document(), config=config())
    schema.app = owned.room.app
    return schema


def named(operation: Operation) -> str:
    return operation.id


def asked(owned: Owned, api: Any, operation: Operation, mode: GenerationMode, times: int) -> None:
    """Ask an operation ``times`` times, as the office and as the recycler in turn."""
    strategy = api[operation.path][operation.method].as_strategy(generation_mode=mode)

    @settings(
        max_examples=times, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    @given(case=strategy, who=st.sampled_from((owned.story.office, owned.story.recycler)),
           by_id=st.booleans())  # fmt: skip
    def ask(case: Any, who: dict[str, str], by_id: bool) -> None:
        if by_id and operation.is_of_one and mode is GenerationMode.POSITIVE:
            (name,) = case.path_parameters
            case.path_parameters = {name: owned.ids[operation.noun]}
        if mode is GenerationMode.POSITIVE:
            case.query.pop("cursor", None)  # nobody makes one up
        if operation.id == "token" and mode is GenerationMode.POSITIVE:
            case.body = {k: v for k, v in case.body.items() if k in FORM}
        case.call_and_validate(headers=None if operation.is_open else who)

    ask()


@pytest.mark.parametrize("operation", EVERY, ids=named)
def test_what_the_document_allows_is_answered_as_it_says(
    owned: Owned, api: Any, operation: Operation
) -> None:
    asked(owned, api, operation, GenerationMode.POSITIVE, FEW)


@pytest.mark.parametrize("operation", EVERY, ids=named)
def test_what_the_document_does_not_allow_is_refused(
    owned: Owned, api: Any, operation: Operation
) -> None:
    if any((operation.doc.get("parameters"), operation.doc.get("requestBody"))):
        asked(owned, api, operation, GenerationMode.NEGATIVE, FEW)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("operation", EVERY, ids=named)
def test_a_long_campaign_finds_nothing(
    owned: Owned, api: Any, operation: Operation, mode: GenerationMode
) -> None:
    if mode is GenerationMode.POSITIVE or operation.doc.get("parameters"):
        asked(owned, api, operation, mode, MANY)


@pytest.mark.parametrize("path", sorted({one.path for one in EVERY}))
def test_a_method_that_is_not_offered_is_405_and_tells_which_are(owned: Owned, path: str) -> None:
    offered = {one.method for one in EVERY if one.path == path}
    at = Operation("GET", path, {}).at("X-1")
    for method in METHODS:
        if method in offered:
            continue
        answer = owned.room.client.request(method, at, headers=owned.story.office)
        allowed = {one.strip() for one in answer.headers.get("Allow", "").split(",")}
        assert answer.status_code == 405, (method, answer.text)
        assert answer.json()["type"].endswith(":method-not-allowed")
        assert allowed - {"HEAD"} == offered, method
