"""What an open finding must hold is found for its tenant until it is held."""

from ledger.desk.ask import Ask
from ledger.desk.clerk import Held
from ledger.desk.clerk_holds import holds_of
from ledger.records import Ref
from recycling.facts import SYSTEM
from tests.ledger.desk.treatment.builders import BATCH, House, certified, told_by


def test_a_batch_that_a_finding_holds_is_found_until_it_is_held(plant: House) -> None:
    batch_id = certified(plant)
    told_by(plant.correct("U-1", mass_kg="80"))
    (finding,) = plant.all_of("finding")
    find = holds_of(plant.ledger)

    before = find("maker", 10)
    version = plant.get(BATCH, batch_id).version
    hold = Ask(kind=BATCH, command="hold", by=SYSTEM, evidence={"finding_id": finding.id})
    told_by(plant.submit(hold, target=Ref(BATCH, batch_id)))

    assert before == [Held(kind=BATCH, id=batch_id, version=version, finding_id=finding.id)]
    assert find("maker", 10) == []
    assert find("other", 10) == []


def test_no_more_are_found_than_are_asked_for(plant: House) -> None:
    certified(plant)
    told_by(plant.correct("U-1", mass_kg="80"))

    assert holds_of(plant.ledger)("maker", 0) == []
