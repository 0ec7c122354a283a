"""The chart as Helm renders it: `make chart`. Not in the ordinary run, because the tools have to be fetched first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.chart.rendering import VARIANTS, Rendered, render, tools

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves these tests to who asks for them, by `-m chart` or by their path."""
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.chart)
    asked = "chart" in config.option.markexpr or any("tests/chart" in each for each in config.args)
    if ours and not asked:
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in set(ours)]


@pytest.fixture(scope="session", params=["helm4", "helm3"])
def helm(request: pytest.FixtureRequest) -> str:
    return str(tools() / request.param)


@pytest.fixture(scope="session", params=sorted(VARIANTS))
def rendered(request: pytest.FixtureRequest) -> Rendered:
    """One variant of the chart; a test that takes this holds for all of them."""
    return render(request.param)


@pytest.fixture(scope="session")
def variant() -> Callable[[str], Rendered]:
    return render


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """The Secrets that scripts/make_secrets.py makes, by name."""
    from tests.chart.rendering import made_secrets

    found: dict[str, Any] = made_secrets(tmp_path_factory.mktemp("keys") / "keys.json")
    return found
