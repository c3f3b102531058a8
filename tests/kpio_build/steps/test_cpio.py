from kpio_build.steps import cpio

ENTRIES = (
    cpio.directory("dev"),
    cpio.character_device("dev/console", 5, 1),
    cpio.file("init", b"odd", permissions=0o755),
    cpio.file("empty", b"", permissions=0o644),
)


def fields(archive: bytes, name: str) -> dict[str, int]:
    """Return the header of the member `name`."""
    start = archive.index(name.encode() + b"\0") - 110
    assert archive[start : start + 6] == b"070701"
    names = (
        *("ino", "mode", "uid", "gid", "nlink", "mtime", "size"),
        *("major", "minor", "rmajor", "rminor", "namesize", "check"),
    )
    values = archive[start + 6 : start + 110]
    return {key: int(values[8 * i : 8 * i + 8], 16) for i, key in enumerate(names)}


def test_members_are_aligned_and_the_trailer_is_last() -> None:
    archive = cpio.archive(ENTRIES)
    assert len(archive) % 4 == 0
    assert b"TRAILER!!!\0" in archive[-124:]
    console = fields(archive, "dev/console")
    assert (console["mode"], console["rmajor"], console["rminor"]) == (0o020600, 5, 1)
    init = fields(archive, "init")
    assert (init["mode"], init["size"], init["uid"], init["mtime"]) == (0o100755, 3, 0, 0)
    assert fields(archive, "dev")["mode"] == 0o040755
    numbers = [fields(archive, entry.path)["ino"] for entry in ENTRIES]
    assert len(set(numbers)) == len(numbers)


def test_the_same_entries_give_the_same_bytes() -> None:
    assert cpio.archive(ENTRIES) == cpio.archive(iter(ENTRIES))
