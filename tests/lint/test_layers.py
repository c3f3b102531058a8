import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

from kpio_build.base.paths import Tree, source_files
from kpio_build.steps.crates import Workspace
from tests.lint.layers import CRATES, LAYERS, OTHER_CRATES, UNSAFE_PLACES, Layer

ROOT = Tree.here().root
PYTHON_DIRS = ("kpio_build", "kernel_py", "images", "ci")
UNSAFE_CODE = re.compile(r"\bunsafe\s*(\{|fn\b|impl\b|trait\b|extern\b)")
"""Not `#[unsafe(no_mangle)]`: the name of the entry point is somewhere, and runs nothing."""


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> Layer | None:
    found = [layer for layer in LAYERS if f"{module}.".startswith(f"{layer.name}.")]
    return max(found, key=lambda layer: len(layer.name)) if found else None


def imports_of(source: str) -> set[str]:
    """Return the modules a source imports, inside functions and for types too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def violations(module: str, source: str) -> list[str]:
    """Return the imports of a module that its layer does not allow."""
    layer = layer_of(module)
    found: list[str] = []
    for name in sorted(imports_of(source)):
        top = name.split(".")[0]
        target = layer_of(name)
        if top in sys.stdlib_module_names:
            continue
        if target is not None:
            is_allowed = layer is not None and target.name in {layer.name, *layer.layers}
        else:
            is_allowed = layer is not None and top in layer.third_party
        if not is_allowed:
            found.append(f"{module} imports {name}")
    return found


def python_files() -> list[Path]:
    return [
        path
        for directory in PYTHON_DIRS
        for path in source_files(ROOT / directory)
        if path.suffix == ".py"
    ]


def test_every_module_imports_only_what_its_layer_may() -> None:
    found = [
        violation
        for path in python_files()
        for violation in violations(module_name(path), path.read_text(encoding="utf-8"))
    ]
    assert found == [], "tests/lint/layers.py says what may import what"


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("kpio_build.base.x", "import jinja2"),
        ("kpio_build.base.x", "from kpio_build.steps.step import Step"),
        ("kernel_py.abi.x", "from kpio_build.base.errors import KpioError"),
        ("kernel_py.abi.x", "from elftools.elf import elffile"),
        ("kpio_build.steps.x", "def f():\n    from images.assemble.disk import assemble"),
        ("kpio_build.vm.x", "from kpio_build.steps.engine import Engine"),
        ("images.assemble.x", "from kpio_build.vm import machine"),
        ("ci.x", "from kpio_build.cli.main import main"),
        ("kpio_build.cli.x", "from tests.lint import layers"),
        ("kpio_build.cli.x", "import pytest"),
    ],
)
def test_a_forbidden_import_is_found(module: str, source: str) -> None:
    assert len(violations(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("kernel_py.model.elf", "from elftools.elf import elffile"),
        ("kpio_build.steps.image", "from images.assemble.disk import assemble"),
        ("kpio_build.cli.x", "import click, rich.table\nfrom ci.run import GATES"),
        ("kpio_build.base.x", "import os.path"),
    ],
)
def test_an_allowed_import_is_not(module: str, source: str) -> None:
    assert violations(module, source) == []


def test_every_python_module_has_a_layer() -> None:
    packages = {"kpio_build", "images"}
    modules = {module_name(path) for path in python_files()} - packages
    assert sorted(module for module in modules if layer_of(module) is None) == []


def crate_violations(name: str, dependencies: set[str], ours: set[str]) -> list[str]:
    allowed = CRATES.get(name, OTHER_CRATES)
    return [f"{name} depends on {found}" for found in sorted(dependencies & ours - allowed)]


def test_every_crate_depends_only_on_those_to_its_left() -> None:
    workspace = Workspace.read(ROOT)
    names = {crate.directory: crate.name for crate in workspace.crates.values()}
    found: list[str] = []
    for crate in workspace.crates.values():
        dependencies = {names[path] for path in crate.path_dependencies if path in names}
        found += crate_violations(crate.name, dependencies, set(workspace.crates))
    assert found == []


def test_a_crate_that_reaches_too_far_is_found() -> None:
    ours = {*CRATES, "hello"}
    assert crate_violations("kpio-hal", {"kpio-drivers", "kpio-abi"}, ours)
    assert crate_violations("hello", {"kpio-hal"}, ours)
    assert not crate_violations("hello", {"kpio-abi", "serde"}, ours)


def test_unsafe_code_is_only_where_it_may_be() -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for directory in ("boot", "kernel", "userspace", "tests")
        for path in source_files(ROOT / directory)
        if path.suffix == ".rs" and UNSAFE_CODE.search(path.read_text(encoding="utf-8"))
    ]
    assert [name for name in found if not name.startswith(UNSAFE_PLACES)] == []


def test_every_dependency_from_outside_is_pinned() -> None:
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]
    unpinned: list[str] = []
    manifests = [workspace]
    manifests += [
        tomllib.loads((crate.directory / "Cargo.toml").read_text(encoding="utf-8"))
        for crate in Workspace.read(ROOT).crates.values()
    ]
    for manifest in manifests:
        tables = [manifest, *manifest.get("target", {}).values()]
        for table in tables:
            for kind in ("dependencies", "dev-dependencies", "build-dependencies"):
                for name, wanted in table.get(kind, {}).items():
                    version = wanted if isinstance(wanted, str) else wanted.get("version", "=")
                    if not version.startswith("="):
                        unpinned.append(f"{name} {version}")
    assert unpinned == []
