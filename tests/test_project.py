"""The project keeps its own promises: what is there is documented, and what is locked is locked for everybody."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for package in ("models", "service", "training") for path in (ROOT / package).rglob("*.py"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def test_every_make_target_is_explained_and_in_the_readme():
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^\.PHONY: (\S+)", makefile, re.MULTILINE)
    assert targets
    for target in targets:
        assert re.search(rf"^{target}:.*## \S", makefile, re.MULTILINE), target
        assert f"make {target}" in (ROOT / "README.md").read_text(), target


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_opens_with_what_it_is_and_stays_short(path):
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= 300


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_a_lock_pins_by_hash_and_names_no_index(path):
    text = path.read_text()
    assert "--hash=sha256:" in text
    assert "://" not in text
    assert "--index" not in text


def test_the_locks_agree_with_one_another():
    pins = {path.name: set(re.findall(r"^([\w.-]+==.*?) *\\?$", path.read_text(), re.MULTILINE)) for path in LOCKS}
    assert pins["service.txt"]
    assert pins["service.txt"] <= pins["service-test.txt"] <= pins["dev.txt"]


def test_the_service_is_locked_without_tensorflow():
    for lock in ("service.txt", "service-test.txt"):
        assert not re.search(r"^(tensorflow|keras|h5py)==", (ROOT / "requirements" / lock).read_text(), re.MULTILINE)


def test_every_recipe_is_in_the_readme_with_what_to_expect():
    recipes = pytest.importorskip("training.recipes", reason="the recipes need scikit-learn")
    readme = (ROOT / "README.md").read_text()
    for form in recipes.forms():
        assert f"| `{form.name}` | your own |" in readme
    for recipe in recipes.every():
        row = f"| `{recipe.name}` | {recipe.task} | {recipe.data} | {str(recipe.expected).removeprefix('test ')} |"
        assert row in readme, row


def test_what_security_md_and_the_guide_to_deployment_refer_to_is_there():
    for document in (ROOT / "SECURITY.md", ROOT / "docs" / "deployment.md"):
        text = document.read_text()
        named = set(re.findall(r"`(tests/[\w/]+\.py)`", text))
        linked = {link.partition("#")[0] for link in re.findall(r"\]\(([^)#:]+(?:#[\w-]+)?)\)", text)}
        assert linked
        assert [name for name in named if not (ROOT / name).exists()] == []
        assert [link for link in linked if not (document.parent / link).exists()] == []
