"""The first test of a fresh checkout compiles the kernels, which takes longer than a test may."""

import pytest

COMPILING_S = 900


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "routing" in item.path.parts and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(COMPILING_S))
