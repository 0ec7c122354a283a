"""skaffold.yaml fits the chart, the packages and the images. Skaffold itself is not run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
CHART = ROOT / "deploy/helm/panjareh"


@pytest.fixture(scope="module")
def skaffold() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "skaffold.yaml").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    return read


def _images(values: dict[str, Any]) -> dict[str, str]:
    """Where the values name an image of ours, and its repository."""
    found = {
        f"services.{name}.image": of["image"]["repository"]
        for name, of in values["services"].items()
    }
    for name in ("sandbox", "tests"):
        found[f"{name}.image"] = values[name]["image"]["repository"]
    return found


def _at(node: Any, path: str) -> Any:
    for step in path.strip("/").split("/"):
        node = node[int(step)] if isinstance(node, list) else node[step]
    return node


def test_every_image_of_the_chart_is_built_from_a_package_of_ours(
    skaffold: dict[str, Any], values: dict[str, Any]
) -> None:
    packages = {
        line.split('"')[1]
        for file in (*ROOT.glob("services/*/pyproject.toml"), *ROOT.glob("libs/*/pyproject.toml"))
        for line in file.read_text().splitlines()
        if line.startswith("name = ")
    }

    for made in skaffold["build"]["artifacts"]:
        package = made["docker"]["buildArgs"]["PACKAGE"]
        assert package in packages
        assert made["image"] == package.replace("-", "/", 1)
        assert (ROOT / made["docker"]["dockerfile"]).exists()
    assert {made["image"] for made in skaffold["build"]["artifacts"]} == set(
        _images(values).values()
    )


def test_the_release_uses_each_image_that_is_built(
    skaffold: dict[str, Any], values: dict[str, Any]
) -> None:
    (release,) = skaffold["deploy"]["helm"]["releases"]
    given = release["setValueTemplates"]

    for place, image in _images(values).items():
        name = image.replace("/", "_")
        assert given.pop(f"{place}.repository") == f"{{{{.IMAGE_REPO_{name}}}}}"
        assert given.pop(f"{place}.tag") == f"{{{{.IMAGE_TAG_{name}}}}}"
        assert given.pop(f"{place}.digest") == f"{{{{.IMAGE_DIGEST_{name}}}}}"
    assert given == {}


def test_the_profiles_are_there_and_their_files_too(skaffold: dict[str, Any]) -> None:
    profiles = {profile["name"]: profile for profile in skaffold["profiles"]}
    assert {"trial", "dev", "ci", "debug", "production"} == profiles.keys()
    assert skaffold["apiVersion"] == "skaffold/v4beta13"

    files = [*skaffold["deploy"]["helm"]["releases"][0]["valuesFiles"]]
    for profile in profiles.values():
        for patch in profile.get("patches", []):
            if patch["path"].endswith("valuesFiles"):
                files += patch["value"]
        for release in profile.get("deploy", {}).get("helm", {}).get("releases", []):
            files += release["valuesFiles"]
    assert len(files) >= 4
    for file in files:
        assert (ROOT / file).exists(), file


def test_patches_change_what_is_there(skaffold: dict[str, Any]) -> None:
    for profile in skaffold["profiles"]:
        for patch in profile.get("patches", []):
            place, _, last = patch["path"].rpartition("/")
            assert patch["op"] in {"add", "replace"}
            assert (last in _at(skaffold, place)) == (patch["op"] == "replace"), patch["path"]


def test_a_saved_file_goes_where_python_looks_first(skaffold: dict[str, Any]) -> None:
    (dev,) = [profile for profile in skaffold["profiles"] if profile["name"] == "dev"]
    overlay = yaml.safe_load((ROOT / "deploy/helm/dev-values.yaml").read_text(encoding="utf-8"))
    variables = {each["name"]: each["value"] for each in overlay["process"]["extraEnvVars"]}
    (mount,) = overlay["process"]["extraVolumeMounts"]

    synced = set()
    for patch in dev["patches"]:
        if patch["path"].endswith("/sync"):
            image = _at(skaffold, patch["path"].rpartition("/")[0])["image"]
            (rule,) = patch["value"]["manual"]
            folder = f"services/{image.partition('/')[2]}/src/"
            assert rule["src"].startswith(folder) and rule["strip"] == folder
            assert (ROOT / folder).is_dir()
            assert rule["dest"] == mount["mountPath"] == variables["PYTHONPATH"]
            synced.add(image)
    assert len(synced) == 6


def test_buildah_builds_the_same_images_as_docker(skaffold: dict[str, Any]) -> None:
    (ci,) = [profile for profile in skaffold["profiles"] if profile["name"] == "ci"]

    built = {made["image"]: made["custom"]["buildCommand"] for made in ci["build"]["artifacts"]}

    assert built.keys() == {made["image"] for made in skaffold["build"]["artifacts"]}
    for image, command in built.items():
        assert command.split()[1:] == ["scripts/images", "build", image.partition("/")[2]]
    assert (ROOT / "scripts/images").exists()
