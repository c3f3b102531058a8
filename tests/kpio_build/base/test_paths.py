import os
from pathlib import Path

import pytest

from kpio_build.base.paths import (
    Tree,
    atomic_directory,
    disk_usage_bytes,
    remove_partials,
    source_files,
    write_atomically,
)


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_the_tree_is_found_from_any_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    tree = Tree.here()
    assert (tree.root / "kpio_build/base/paths.py").exists()
    assert tree.out == tree.root / "out"


def test_a_directory_appears_whole(tmp_path: Path) -> None:
    final = tmp_path / "step" / "id"
    with atomic_directory(final) as partial:
        (partial / "file").write_text("x")
        assert not final.exists()
    assert names_in(final) == ["file"]
    assert names_in(final.parent) == ["id"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_directory_whose_making_fails_leaves_nothing(
    tmp_path: Path, error: type[BaseException]
) -> None:
    def make() -> None:
        with atomic_directory(tmp_path / "id") as partial:
            (partial / "file").write_text("x")
            raise error

    with pytest.raises(error):
        make()
    assert names_in(tmp_path) == []


def test_when_another_was_faster_theirs_stays(tmp_path: Path) -> None:
    final = tmp_path / "id"
    with atomic_directory(final) as partial:
        (partial / "file").write_text("ours")
        final.mkdir()
        (final / "file").write_text("theirs")
    assert (final / "file").read_text() == "theirs"
    assert names_in(tmp_path) == ["id"]


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o755)
    write_atomically(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o755
    assert names_in(tmp_path) == ["file"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"new")
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["file"]


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "id.partial-abc").mkdir()
    (tmp_path / "id.partial-abc" / "file").touch()
    (tmp_path / "id").mkdir()
    assert remove_partials(tmp_path) == [tmp_path / "id.partial-abc"]
    assert names_in(tmp_path) == ["id"]


def test_sources_are_all_files_without_products_and_caches(tmp_path: Path) -> None:
    for name in ("b.rs", "src/a.rs", "target/x.o", "src/__pycache__/y.pyc", "out/z", ".git/head"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for path in source_files(tmp_path)]
    assert found == ["b.rs", "src/a.rs"]


def test_disk_usage_counts_what_is_occupied(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        os.truncate(file.fileno(), 1 << 30)
    (tmp_path / "full").write_bytes(b"x" * (1 << 16))
    assert 1 << 16 <= disk_usage_bytes(tmp_path) < 1 << 20
    assert disk_usage_bytes(tmp_path / "absent") == 0
