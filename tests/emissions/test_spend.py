import ast
from decimal import Decimal
from pathlib import Path

import emissions
from emissions.spend import spend_emission

ROOM = Path(emissions.__file__).parent


def test_money_is_multiplied_row_by_row() -> None:
    assert spend_emission([]) == 0
    assert spend_emission([(Decimal(100), Decimal("0.3")), (Decimal(7), Decimal(2))]) == 44


def test_no_selection_falls_back_to_money() -> None:
    asking = {
        path.stem
        for path in ROOM.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "emissions.spend"
    }

    assert asking == {"formulas"}  # worked examples alone
