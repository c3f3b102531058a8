from pathlib import Path

import pytest

from images.assemble.errors import ManifestError
from images.assemble.manifest import (
    DirectorySpec,
    FileSpec,
    Format,
    LinkSpec,
    PartitionSpec,
    PartitionType,
    SourceRef,
    Spec,
    TreeSpec,
)
from images.assemble.tree import Directory, File, Link, Tree, resolve, source_paths


def partition(*contents: Spec) -> PartitionSpec:
    return PartitionSpec("root", PartitionType.ROOT, Format.EXT4, None, contents=contents)


def resolved(artifacts: dict[str, Path], *contents: Spec) -> Tree:
    return resolve(partition(*contents), artifacts, "image.toml")


def test_parents_come_first_and_exist(artifacts: dict[str, Path], tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.write_bytes(b"12345")
    tree = resolved(
        artifacts,
        FileSpec("/usr/bin/own", own, 0o755),
        FileSpec("/usr-text", "ä"),
        LinkSpec("/bin", "usr/bin"),
        DirectorySpec("/usr", 0o700),
        TreeSpec("/test", SourceRef("guest-tests", "bin"), 0o711),
    )
    tests = artifacts["guest-tests"] / "bin"
    assert tree.entries == (
        Link("/bin", "usr/bin"),
        Directory("/test", 0o755),
        Directory("/test/deep", 0o755),
        File("/test/deep/er", tests / "deep/er", 0o711, 1),
        File("/test/faults", tests / "faults", 0o711, 5000),
        Directory("/usr", 0o700),
        Directory("/usr/bin", 0o755),
        File("/usr/bin/own", own, 0o755, 5),
        File("/usr-text", "ä".encode(), 0o644, 2),
    )
    assert tree.len_bytes == 5008
    assert tree.allocated_bytes(4096) == (1 + 2 + 1 + 1 + 4 + 1 + 1) * 4096
    assert source_paths([partition(FileSpec("/a", own))], artifacts) == [own]


def test_the_digest_changes_with_anything_in_the_tree(
    artifacts: dict[str, Path], tmp_path: Path
) -> None:
    trees = [
        resolved(artifacts, FileSpec("/a", "x")),
        resolved(artifacts, FileSpec("/a", "y")),
        resolved(artifacts, FileSpec("/b", "x")),
        resolved(artifacts, FileSpec("/a", "x", 0o600)),
        resolved(artifacts, LinkSpec("/a", "x")),
        resolved(artifacts, LinkSpec("/a", "y")),
        resolved(artifacts, DirectorySpec("/a")),
        resolved(artifacts, FileSpec("/a", "x"), DirectorySpec("/b")),
    ]
    assert len({tree.digest() for tree in trees}) == len(trees)
    copy = tmp_path / "copy"
    copy.write_text("x")
    assert resolved(artifacts, FileSpec("/a", copy)).digest() == trees[0].digest()


@pytest.mark.parametrize(
    ("contents", "complaint"),
    [
        ([FileSpec("/a", SourceRef("apps", "bin/no"))], "/a: apps:bin/no is not a file"),
        ([FileSpec("/a", SourceRef("servo", "x"))], "no build step 'servo' was run"),
        ([FileSpec("/a", Path("/no/such/file"))], "/no/such/file is not a file"),
        ([TreeSpec("/t", SourceRef("apps", "lib"))], "apps:lib is not a directory"),
        ([TreeSpec("/t", SourceRef("empty", "."))], "empty:. has no file in it"),
        ([FileSpec("/a", "x"), LinkSpec("/a", "b")], "has /a twice"),
        (
            [TreeSpec("/t", SourceRef("apps", "bin")), FileSpec("/t/init", "x")],
            "has /t/init twice",
        ),
        ([FileSpec("/a", "x"), FileSpec("/a/b", "x")], "/a/b lies below /a, a file"),
        ([LinkSpec("/a", "x"), FileSpec("/a/b/c", "x")], "/a/b/c lies below /a, a file"),
    ],
)
def test_what_cannot_be_is_named(
    artifacts: dict[str, Path], tmp_path: Path, contents: list[Spec], complaint: str
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ManifestError, match=complaint) as raised:
        resolved({**artifacts, "empty": tmp_path / "empty"}, *contents)
    assert "image.toml: partition 'root'" in raised.value.message
    assert raised.value.hint
