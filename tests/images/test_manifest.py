from pathlib import Path

import pytest

from ci.gates import m1
from images.assemble.errors import ManifestError
from images.assemble.manifest import (
    DirectorySpec,
    FileSpec,
    Format,
    LinkSpec,
    PartitionType,
    SourceRef,
    TreeSpec,
    load_manifest,
    plain_name,
)
from images.assemble.tree import resolve
from kernel_py.abi import boot
from kpio_build.base.paths import Tree

MANIFESTS = Tree.here().root / "images" / "manifests"

WHOLE = """
[image]
name = "whole"
size_mib = 100

[[partition]]
name = "root"
type = "root"
format = "ext4"
size_mib = 20
free_mib = 3
start_mib = 4
[[partition.file]]
path = "/bin/a"
source = "apps:bin/a"
mode = 0o4755
[[partition.file]]
path = "/etc/b"
text = ""
[[partition.directory]]
path = "/run"
mode = 0o700
[[partition.link]]
path = "/bin/sh"
target = "a"
[[partition.tree]]
path = "/test"
source = "guest-tests:bin"
"""


def written(tmp_path: Path, text: str, name: str = "image.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_a_manifest_can_say_is_read(tmp_path: Path) -> None:
    manifest = load_manifest(written(tmp_path, WHOLE))
    assert (manifest.name, manifest.size_mib) == ("whole", 100)
    [part] = manifest.partitions
    assert (part.type, part.format) == (PartitionType.ROOT, Format.EXT4)
    assert (part.size_mib, part.free_mib, part.start_mib) == (20, 3, 4)
    assert part.contents == (
        FileSpec("/bin/a", SourceRef("apps", "bin/a"), 0o4755),
        FileSpec("/etc/b", "", 0o644),
        DirectorySpec("/run", 0o700),
        LinkSpec("/bin/sh", "a"),
        TreeSpec("/test", SourceRef("guest-tests", "bin"), 0o755),
    )


def test_an_extending_manifest_adds_to_what_it_extends(tmp_path: Path) -> None:
    written(tmp_path, WHOLE, "base.toml")
    text = """
    [image]
    name = "more"
    extends = "base.toml"
    [[partition]]
    name = "data"
    type = "data"
    format = "ext4"
    [[partition]]
    name = "root"
    size_mib = 30
    [[partition.file]]
    path = "/etc/c"
    text = "c"
    """
    manifest = load_manifest(written(tmp_path, text))
    assert (manifest.name, manifest.size_mib) == ("more", 100)
    root, data = manifest.partitions
    assert (root.name, root.size_mib, root.free_mib, root.start_mib) == ("root", 30, 3, 4)
    assert [spec.path for spec in root.contents][:2] == ["/bin/a", "/etc/b"]
    assert root.contents[-1] == FileSpec("/etc/c", "c")
    assert data.size_mib is None


def test_files_can_be_added_to_a_partition(tmp_path: Path) -> None:
    manifest = load_manifest(written(tmp_path, WHOLE))
    added = FileSpec("/run/x", Path("/host/x"), 0o755)
    assert manifest.with_files("root", (added,)).partitions[0].contents[-1] == added
    with pytest.raises(ManifestError, match="no partition is called 'esp'") as raised:
        manifest.with_files("esp", (added,))
    assert raised.value.hint == "it has: root"
    with pytest.raises(ManifestError, match="not an absolute, normal path"):
        manifest.with_files("root", (FileSpec("/run/../x", "x"),))


def test_any_name_of_the_host_has_a_plain_one(tmp_path: Path) -> None:
    assert plain_name("a-b_c.d $1") == "a-b_c.d $1"
    plain = plain_name('schön "quoted"\n\udcff?')
    assert plain == "sch_n _quoted____"
    added = FileSpec(f"/run/{plain}", tmp_path / "x")
    load_manifest(written(tmp_path, WHOLE)).with_files("root", (added,))


PART = '[[partition]]\nname = "p"\ntype = "data"\nformat = "ext4"\n'
IMAGE = '[image]\nname = "x"\n'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[image", "not TOML"),
        (PART, r"\[image\] is missing"),
        ("image = 3\n" + PART, r"\[image\] is missing"),
        (IMAGE, "has no partition"),
        (IMAGE + "colour = 1\n" + PART, "unknown key 'colour'"),
        ("[image]\nname = 3\n" + PART, "'name' must be a text, not 3"),
        ("partition = 3\n" + IMAGE, "must be written as"),
        (IMAGE + PART + PART, "two partitions are called 'p'"),
        (IMAGE + PART.replace("data", "swap"), "'type' is 'swap'"),
        (IMAGE + PART.replace("ext4", "ext5"), "'format' is 'ext5'"),
        (IMAGE + PART + 'size_mib = "big"', "'size_mib' must be a whole number"),
        (IMAGE + PART + "size_mib = -1", "'size_mib' must be a whole number"),
        (IMAGE + PART + "size_mib = true", "'size_mib' must be a whole number"),
        (IMAGE + PART + "files = 1", "unknown key 'files'"),
        (IMAGE + PART + '[[partition.file]]\ntext = "x"', "'path' must be a text"),
        (IMAGE + PART + '[[partition.file]]\npath = "/a"', "needs one of 'source' and 'text'"),
        (
            IMAGE + PART + '[[partition.file]]\npath = "/a"\ntext = ""\nsource = "a:b"',
            "needs one of 'source' and 'text'",
        ),
        (IMAGE + PART + '[[partition.file]]\npath = "a"\ntext = ""', "absolute, normal"),
        (IMAGE + PART + '[[partition.file]]\npath = "/"\ntext = ""', "absolute, normal"),
        (IMAGE + PART + '[[partition.file]]\npath = "/a/../b"\ntext = ""', "absolute, normal"),
        (IMAGE + PART + '[[partition.file]]\npath = "/a\\"b"\ntext = ""', "has '\"'"),
        (IMAGE + PART + '[[partition.file]]\npath = "/ä"\ntext = ""', "has 'ä'"),
        (IMAGE + PART + '[[partition.file]]\npath = "/a"\ntext = ""\nmode = 8.0', "mode 8.0"),
        (IMAGE + PART + '[[partition.file]]\npath = "/a"\ntext = ""\nmode = 0o10000', "mode 4096"),
        (IMAGE + PART + '[[partition.file]]\npath = "/a"\nsource = "b"', "not of the form"),
        (IMAGE + PART + '[[partition.file]]\npath = "/a"\nsource = "b:/c"', "not of the form"),
        (IMAGE + PART + '[[partition.tree]]\npath = "/a"\nsource = "b:../c"', "not of the form"),
        (IMAGE + PART + '[[partition.link]]\npath = "/a"', "'target' must be a text"),
        ('[image]\nname = "x"\nextends = "image.toml"\n', "extends itself"),
        ('[image]\nname = "x"\nextends = "no.toml"\n', "no.toml: there is no such manifest"),
    ],
)
def test_a_slip_is_named_with_its_place(tmp_path: Path, text: str, complaint: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ManifestError, match=complaint) as raised:
        load_manifest(path)
    assert str(tmp_path) in raised.value.message
    assert raised.value.hint


def test_a_missing_manifest_names_those_there_are(tmp_path: Path) -> None:
    written(tmp_path, WHOLE, "whole.toml")
    with pytest.raises(ManifestError) as raised:
        load_manifest(tmp_path / "hole.toml")
    assert raised.value.hint == "beside it there are: whole.toml"


@pytest.mark.parametrize("name", ["default", "test", "run"])
def test_the_manifests_of_the_tree_are_good(name: str) -> None:
    manifest = load_manifest(MANIFESTS / f"{name}.toml")
    assert manifest.name == name
    assert any(part.type is PartitionType.ROOT for part in manifest.partitions)


def test_the_default_image_has_what_firmware_stub_and_gate_look_for(
    artifacts: dict[str, Path],
) -> None:
    manifest = load_manifest(MANIFESTS / "default.toml")
    esp = next(part for part in manifest.partitions if part.type is PartitionType.ESP)
    contents = {spec.path: spec for spec in esp.contents}
    assert set(contents) == {
        f"/{path}"
        for path in (boot.ESP_STUB_PATH, boot.ESP_KERNEL_PATH, boot.ESP_COMMAND_LINE_PATH)
    }
    line = contents[f"/{boot.ESP_COMMAND_LINE_PATH}"]
    assert isinstance(line, FileSpec)
    assert line.content == f"{m1.COMMAND_LINE}\n"
    root = next(part for part in manifest.partitions if part.type is PartitionType.ROOT)
    tree = resolve(root, artifacts, "default.toml")
    modes = {file.path: file.mode for file in tree.files}
    assert (modes[boot.INIT_DEFAULT], modes["/bin/hello"]) == (0o755, 0o755)
