from pathlib import Path

import pytest

from kpio_build.base.errors import KpioError
from kpio_build.base.ids import ID_CHARS, content_id, file_digest, files_digest


def test_the_order_of_a_dict_does_not_matter_and_that_of_a_list_does() -> None:
    assert content_id({"a": 1, "b": 2}) == content_id({"b": 2, "a": 1})
    assert content_id([1, 2]) != content_id([2, 1])
    assert len(content_id([])) == ID_CHARS


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(TypeError):
        content_id({"a": object()})


def test_bytes_and_the_executable_bit_count(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("one")
    first = file_digest(path)
    path.chmod(0o755)
    second = file_digest(path)
    path.write_text("two")
    assert len({first, second, file_digest(path)}) == 3


def test_paths_below_the_root_are_relative(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "src").mkdir(parents=True)
    (root / "src/a").touch()
    (tmp_path / "b").touch()
    names = list(files_digest(root, [root / "src/a", tmp_path / "b"]))
    assert names == [(tmp_path / "b").as_posix(), "src/a"]


def test_an_input_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(KpioError, match="gone"):
        file_digest(tmp_path / "gone")
