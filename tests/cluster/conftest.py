"""The chart on a real Kubernetes: `scripts/cluster up`, then `make rehearse`. Not in the ordinary run."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves these tests to who asks for them, by `-m cluster` or by their path."""
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.cluster)
    asked = "cluster" in config.option.markexpr or any(
        "tests/cluster" in each for each in config.args
    )
    if ours and not asked:
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in set(ours)]
