import dataclasses
import os
import shutil
import struct
import sys
import tempfile
import zlib
from pathlib import Path

import pytest

from images.assemble import disk as disk_module
from images.assemble.disk import DISK_NAME, FAILED_MAP_NAME, Image, assemble
from images.assemble.errors import FormatError, LayoutError, ManifestError
from images.assemble.identity import EPOCH_S, Identity
from images.assemble.layout import MIB, SECTOR_BYTES
from images.assemble.manifest import (
    DirectorySpec,
    FileSpec,
    Format,
    LinkSpec,
    Manifest,
    PartitionSpec,
    PartitionType,
    Spec,
    load_manifest,
)
from kpio_build.base.errors import NoSpaceError, ToolMissingError
from kpio_build.base.paths import Tree
from kpio_build.base.process import run

ROOT = Tree.here().root
MANIFESTS = ROOT / "images" / "manifests"
NOBODY = 65534


def made(manifest: Manifest, artifacts: dict[str, Path], out: Path) -> Image:
    out.mkdir(parents=True)
    return assemble(manifest, artifacts=artifacts, out=out)


def root_only(*contents: Spec, size_mib: int | None = None) -> Manifest:
    part = PartitionSpec(
        "root", PartitionType.ROOT, Format.EXT4, size_mib, free_mib=1, contents=contents
    )
    return Manifest("image", Path("image.toml"), None, (part,))


@pytest.fixture
def default(artifacts: dict[str, Path], tmp_path: Path) -> Image:
    return made(load_manifest(MANIFESTS / "default.toml"), artifacts, tmp_path / "out")


def partition(image: Image, index: int, directory: Path) -> Path:
    """Cut a partition out, found through the table as any other system finds it."""
    entry = table_entries(image.disk.read_bytes())[index]
    first, last = struct.unpack_from("<QQ", entry, 32)
    with image.disk.open("rb") as file:
        file.seek(first * SECTOR_BYTES)
        content = file.read((last + 1 - first) * SECTOR_BYTES)
    path = directory / f"partition-{index}"
    path.write_bytes(content)
    return path


def table_entries(disk: bytes) -> list[bytes]:
    """Return the used entries of the partition table. Source: UEFI specification, "GPT Header"."""
    header = disk[SECTOR_BYTES : SECTOR_BYTES + 92]
    assert header[:8] == b"EFI PART"
    zeroed = header[:16] + bytes(4) + header[20:]
    assert struct.unpack_from("<I", header, 16)[0] == zlib.crc32(zeroed)
    lba, count, size, checksum = struct.unpack_from("<QIII", header, 72)
    table = disk[lba * SECTOR_BYTES : lba * SECTOR_BYTES + count * size]
    assert checksum == zlib.crc32(table)
    entries = [table[start : start + size] for start in range(0, len(table), size)]
    return [entry for entry in entries if any(entry[:16])]


def test_two_builds_at_two_paths_are_the_same_bytes(
    artifacts: dict[str, Path], tmp_path: Path
) -> None:
    """The copies have other times, and their directories list them in another order."""
    moved = tmp_path / "moved"
    for step, directory in artifacts.items():
        for path in sorted(directory.rglob("*"), reverse=True):
            if path.is_file():
                copy = moved / step / path.relative_to(directory)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes())
                os.utime(copy, (1_000_000, 2_000_000))
    manifest = load_manifest(MANIFESTS / "test.toml")
    one = made(manifest, artifacts, tmp_path / "one")
    two = made(
        manifest,
        {step: moved / step for step in artifacts},
        tmp_path / "another" / "much longer" / "path",
    )
    assert one.disk.read_bytes() == two.disk.read_bytes()
    assert one.map.read_bytes() == two.map.read_bytes()


def test_holes_in_a_file_leave_no_trace(artifacts: dict[str, Path], tmp_path: Path) -> None:
    dense, sparse = tmp_path / "dense", tmp_path / "sparse"
    dense.write_bytes(b"a" + bytes(3 * MIB) + b"b")
    with sparse.open("wb") as file:
        file.write(b"a")
        file.seek(3 * MIB + 1)
        file.write(b"b")
    one, two = (
        made(root_only(FileSpec("/file", path)), artifacts, tmp_path / f"out-{path.name}")
        for path in (dense, sparse)
    )
    assert one.disk.read_bytes() == two.disk.read_bytes()


BUILD_AS_NOBODY = f"""
import os, pathlib, sys
from images.assemble.disk import assemble
from tests.images.test_disk import owned
# Once as root, since nobody may not be allowed to read what Python imports on the way.
assemble(owned(), artifacts={{}}, out=pathlib.Path(sys.argv[1]))
os.umask(0o077)
os.setgid({NOBODY})
os.setuid({NOBODY})
assemble(owned(), artifacts={{}}, out=pathlib.Path(sys.argv[2]))
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can build as somebody else")
def test_who_builds_leaves_no_trace(tmp_path: Path) -> None:
    by_root = made(owned(), {}, tmp_path / "by-root")
    with tempfile.TemporaryDirectory() as directory:  # pytest's own are closed to others
        os.chown(directory, NOBODY, NOBODY)
        out = Path(directory, "out")
        out.mkdir()
        os.chown(out, NOBODY, NOBODY)
        (tmp_path / "first").mkdir()
        command = [sys.executable, "-c", BUILD_AS_NOBODY, str(tmp_path / "first"), str(out)]
        run(command, cwd=ROOT, env={"PATH": os.defpath}, within_s=120)
        assert (out / DISK_NAME).stat().st_uid == NOBODY
        assert (out / DISK_NAME).read_bytes() == by_root.disk.read_bytes()


def owned() -> Manifest:
    """Return an image whose files would be somebody's if their owner were kept."""
    return root_only(
        FileSpec("/bin/secret", "s" * 5000, 0o600),
        FileSpec("/bin/set-uid", "s", 0o4755),
        DirectorySpec("/private", 0o700),
        LinkSpec("/link", "bin/secret"),
    )


def test_every_change_gives_the_image_another_identity(
    artifacts: dict[str, Path], tmp_path: Path
) -> None:
    disks = [
        made(root_only(FileSpec("/a", text)), artifacts, tmp_path / text).disk.read_bytes()
        for text in ("x", "y")
    ]
    guids = [table_entries(disk)[0][16:32] for disk in disks]
    assert guids[0] != guids[1]


def test_the_table_has_the_types_other_systems_know(default: Image) -> None:
    esp, root, data = table_entries(default.disk.read_bytes())
    # Source: UEFI specification, "EFI GUID": the first three fields are little-endian.
    assert esp[:16].hex() == "28732ac11ff8d211ba4b00a0c93ec93b"
    assert root[:16].hex() == "e3bc684fcde8b14d96e7fbcaf984b709"
    assert data[:16].hex() == "16b0214d34b5c245a9fb5c16e091fd2d"
    assert esp[56:].decode("utf-16-le").rstrip("\0") == "esp"
    assert root[56:].decode("utf-16-le").rstrip("\0") == "root"
    assert data[56:].decode("utf-16-le").rstrip("\0") == "data"
    run(["sfdisk", "--verify", default.disk], within_s=60)


def test_the_root_holds_the_files_with_owner_mode_and_time(
    default: Image, artifacts: dict[str, Path], tmp_path: Path
) -> None:
    root = partition(default, 1, tmp_path)
    assert run(["e2fsck", "-f", "-n", root], within_s=60).status == 0
    listing = run(["debugfs", "-R", "ls -p /bin", root], within_s=60).stdout
    entries = {line.split("/")[5]: line.split("/") for line in listing.splitlines() if line}
    assert entries["init"][2:5] == ["100755", "0", "0"]
    run(["debugfs", "-R", f"dump /bin/hello {tmp_path / 'hello'}", root], within_s=60)
    assert (tmp_path / "hello").read_bytes() == (artifacts["apps"] / "bin/hello").read_bytes()
    shown = run(["debugfs", "-R", "stat /bin/init", root], within_s=60).stdout
    assert {line.split()[1] for line in shown.splitlines() if "time: 0x" in line} == {
        f"0x{EPOCH_S:08x}:00000000"
    }


def test_every_kind_of_entry_is_there(artifacts: dict[str, Path], tmp_path: Path) -> None:
    root = partition(made(owned(), artifacts, tmp_path / "out"), 0, tmp_path)
    shown = {
        name: run(["debugfs", "-R", f"stat {name}", root], within_s=60).stdout
        for name in ("/bin/secret", "/bin/set-uid", "/private", "/link")
    }
    assert "Mode:  0600" in shown["/bin/secret"]
    assert "Mode:  04755" in shown["/bin/set-uid"]
    assert "Type: directory    Mode:  0700" in shown["/private"]
    assert 'Fast link dest: "bin/secret"' in shown["/link"]


def test_the_esp_is_fat32_with_the_files(
    default: Image, artifacts: dict[str, Path], tmp_path: Path
) -> None:
    esp = partition(default, 0, tmp_path)
    data = esp.read_bytes()
    sector, cluster, reserved, fats = struct.unpack_from("<HBHB", data, 11)
    hidden, total, fat_len = struct.unpack_from("<III", data, 28)
    assert (sector, hidden, total) == (512, 2048, len(data) // 512)
    # Source: Microsoft, "FAT32 File System Specification", "FAT Type Determination".
    assert (total - reserved - fats * fat_len) // cluster >= 65525
    copy = tmp_path / "kernel.elf"
    run(["mcopy", "-i", esp, "::/kpio/kernel.elf", copy], within_s=60)
    assert copy.read_bytes() == (artifacts["kernel"] / "kernel.elf").read_bytes()
    line = run(["mtype", "-i", esp, "::/kpio/cmdline.txt"], within_s=60)
    assert line.stdout == "init=/bin/init -- --hold\n"


def test_the_map_shows_every_byte_and_file(default: Image) -> None:
    text = default.map.read_text()
    assert text.startswith("image default: complete\n")
    regions = [line.split(maxsplit=2) for line in text.splitlines() if line[:1].isdigit()]
    ends = [int(start) + int(length) for start, length, _ in regions]
    # The first MiB belongs to the table, all of it.
    assert [what for _, _, what in regions] == [
        "protective MBR, GPT",
        "partition esp",
        "partition root",
        "partition data",
        "(free)",
        "GPT, second copy",
    ]
    assert [int(start) for start, _, _ in regions[2:]] == ends[1:-1]
    assert ends[-1] == default.disk.stat().st_size
    assert "  0755      15000 /bin/hello" in text.splitlines()
    assert str(default.map.parent.parent) not in text


def failed_map(tmp_path: Path) -> str:
    assert list((tmp_path / "out").glob("map.txt")) == []
    return (tmp_path / FAILED_MAP_NAME).read_text()


def test_a_partition_too_small_for_its_files_is_told_with_its_neighbour(
    artifacts: dict[str, Path], tmp_path: Path
) -> None:
    big = FileSpec("/big", "x" * (9 * MIB))
    manifest = root_only(big, size_mib=8)
    data = PartitionSpec("data", PartitionType.DATA, Format.EXT4, 16)
    manifest = dataclasses.replace(manifest, partitions=(*manifest.partitions, data))
    with pytest.raises(LayoutError) as raised:
        made(manifest, artifacts, tmp_path / "out")
    message = raised.value.message
    assert "partition 'root' (sectors 2048 to 18431) has 8388608 bytes, its 1 files need about" in (
        message
    )
    assert message.endswith("behind it lies 'data' (sectors 18432 to 51199)")
    [needed_mib] = [int(word) for word in raised.value.hint.split() if word.isdigit()]
    assert str(tmp_path / FAILED_MAP_NAME) in raised.value.details
    text = failed_map(tmp_path)
    assert text.startswith("image image: FAILED: partition 'root'")
    assert "partition data" in text
    made(root_only(big, size_mib=needed_mib), artifacts, tmp_path / "as-told")


def test_a_partition_without_size_is_as_large_as_it_must_be(
    artifacts: dict[str, Path], tmp_path: Path
) -> None:
    for count in (0, 1, 3000):
        files = [
            FileSpec(f"/d{index % 7}/f{index}", "x" * (index % 9000)) for index in range(count)
        ]
        image = made(root_only(*files), artifacts, tmp_path / str(count))
        assert image.disk.stat().st_size < (16 + count * 3 // 256) * MIB
    huge = root_only(FileSpec("/huge", "x" * (70 * MIB)))
    assert made(huge, artifacts, tmp_path / "huge").disk.stat().st_size < 86 * MIB


def fat(*contents: Spec, size_mib: int | None = None) -> Manifest:
    part = PartitionSpec("esp", PartitionType.ESP, Format.FAT32, size_mib, contents=contents)
    return Manifest("image", Path("image.toml"), None, (part,))


@pytest.mark.parametrize(
    ("manifest", "kind", "complaint"),
    [
        (fat(size_mib=16), LayoutError, "has 32222 clusters, FAT32 needs 65525"),
        (
            fat(FileSpec("/a", "x" * (40 * MIB)), size_mib=40),
            LayoutError,
            "has room for 41270272 bytes, its files take 41943552",
        ),
        (fat(LinkSpec("/a", "b"), size_mib=40), ManifestError, "/a is a link, FAT has none"),
    ],
)
def test_what_fat_cannot_hold_is_told(
    artifacts: dict[str, Path],
    tmp_path: Path,
    manifest: Manifest,
    kind: type[Exception],
    complaint: str,
) -> None:
    with pytest.raises(kind, match=complaint):
        made(manifest, artifacts, tmp_path / "out")
    assert "FAILED" in failed_map(tmp_path)


def test_a_fat_partition_is_as_large_as_it_must_be(
    artifacts: dict[str, Path], tmp_path: Path
) -> None:
    for size in (0, 60 * MIB):
        image = made(fat(FileSpec("/a", "x" * size)), artifacts, tmp_path / str(size))
        assert image.disk.stat().st_size < max(36 * MIB, size + 5 * MIB)


def test_a_source_that_is_missing_leaves_a_map_of_what_is_known(
    artifacts: dict[str, Path], tmp_path: Path
) -> None:
    shutil.rmtree(artifacts["apps"])
    with pytest.raises(ManifestError, match="apps:bin is not a directory"):
        made(load_manifest(MANIFESTS / "default.toml"), artifacts, tmp_path / "out")
    text = failed_map(tmp_path)
    assert "BOOTX64.EFI" in text
    assert "(its files have not been found)" in text


def test_a_disk_too_full_is_told_before_anything_is_written(
    artifacts: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = os.statvfs_result((4096, 4096, 1000, 10, 10, 100, 100, 100, 0, 255))
    monkeypatch.setattr("os.statvfs", lambda path: full)
    with pytest.raises(NoSpaceError, match="needs 16 MiB while it is made") as raised:
        made(root_only(), artifacts, tmp_path / "out")
    assert raised.value.exit_status == 4
    assert list((tmp_path / "out").iterdir()) == []


def test_a_disk_that_fills_up_on_the_way_is_the_same_error(
    artifacts: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/dev/full is the device of a disk on which every write finds no space."""

    def into_full(image: Path, disk: Path, start_bytes: int) -> None:
        with Path("/dev/full").open("wb", buffering=0) as target:
            target.write(b"x")

    monkeypatch.setattr(disk_module, "_splice", into_full)
    with pytest.raises(NoSpaceError, match="no disk space left: image 'image'") as raised:
        made(root_only(), artifacts, tmp_path / "out")
    assert raised.value.exit_status == 4


def stand_in(directory: Path, name: str, text: str) -> None:
    directory.mkdir(exist_ok=True)
    path = directory / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    "tool", ["sfdisk", "mformat", "mmd", "mcopy", "mke2fs", "debugfs", "e2fsck"]
)
def test_a_tool_that_fails_is_named_and_quoted(
    artifacts: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: str
) -> None:
    stand_in(tmp_path / "tools", tool, "echo banner >&2; echo out of order >&2; exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}:{os.environ['PATH']}")
    with pytest.raises(FormatError) as raised:
        made(load_manifest(MANIFESTS / "default.toml"), artifacts, tmp_path / "out")
    assert tool in raised.value.message
    assert "out of order" in raised.value.details


def test_a_debugfs_that_complains_but_ends_well_is_not_believed(
    artifacts: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path / "tools", "debugfs", "echo banner >&2; echo no such field >&2")
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}:{os.environ['PATH']}")
    with pytest.raises(FormatError, match="owners and times") as raised:
        made(root_only(FileSpec("/a", "x")), artifacts, tmp_path / "out")
    assert raised.value.details.startswith("no such field")


def test_a_tool_that_is_missing_is_named(
    artifacts: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kpio_build.base.process.find_program", lambda name, env=None: None)
    with pytest.raises(ToolMissingError, match="sfdisk") as raised:
        made(root_only(), artifacts, tmp_path / "out")
    assert raised.value.exit_status == 3


def test_identifiers_are_of_their_kind() -> None:
    identity = Identity("seed")
    guid = identity.uuid("a")
    assert (guid.version, guid.variant) == (8, "specified in RFC 4122")
    assert guid == Identity("seed").uuid("a")
    assert len({guid, identity.uuid("b"), Identity("other").uuid("a")}) == 3
    assert len(identity.serial("a")) == 8
