from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.assemble.errors import LayoutError
from images.assemble.layout import GPT_BACKUP_SECTORS, MIB, SECTOR_BYTES, Request, place


def test_partitions_follow_one_another_on_whole_mib() -> None:
    layout = place(
        [Request("a", 3 * MIB - 1), Request("b", 1), Request("c", MIB, 10)], disk_mib=None
    )
    places = [(extent.start_bytes // MIB, extent.len_bytes // MIB) for extent in layout.extents]
    assert places == [(1, 3), (4, 1), (10, 1)]
    assert layout.len_bytes == 12 * MIB
    a, b, c = layout.extents
    assert (a.first_sector, a.last_sector) == (2048, 8191)
    assert layout.neighbour(a) == "behind it lies 'b' (sectors 8192 to 10239)"
    assert layout.neighbour(b) == f"behind it lies {c}"
    assert layout.neighbour(c) == "behind it the disk ends, at 12 MiB"


@pytest.mark.parametrize(
    ("requests", "disk_mib", "message", "hint"),
    [
        (
            [Request("esp", 48 * MIB), Request("root", 64 * MIB, 40)],
            None,
            "'root' (sectors 81920 to 212991) starts at byte 41943040, inside 'esp' "
            "(sectors 2048 to 100351), which ends at byte 51380224",
            "let 'root' start at 49 MiB, or shrink 'esp' by 9 MiB",
        ),
        (
            [Request("late", 4 * MIB, 8), Request("early", 4 * MIB, 6)],
            None,
            "'early' (sectors 12288 to 20479) starts at byte 6291456, inside 'late' "
            "(sectors 16384 to 24575), which ends at byte 12582912",
            "let 'early' start at 12 MiB",
        ),
        (
            [Request("root", MIB, 0)],
            None,
            "'root' (sectors 0 to 2047) starts at byte 0, inside the partition table",
            "let it start at 1 MiB",
        ),
        (
            [Request("root", 64 * MIB)],
            65,
            "'root' (sectors 2048 to 133119) ends at byte 68157440, but the disk of 65 MiB has "
            "room for partitions up to byte 68140544",
            "make the disk 66 MiB, or the partition smaller",
        ),
        ([Request("root", 0)], None, "'root' has no size", "give it a size_mib above 0"),
    ],
)
def test_what_does_not_fit_is_told_with_both_numbers(
    requests: list[Request], disk_mib: int | None, message: str, hint: str
) -> None:
    with pytest.raises(LayoutError) as raised:
        place(requests, disk_mib=disk_mib)
    assert message in raised.value.message
    assert hint in raised.value.hint


def test_a_table_s_copy_never_shares_sectors_with_a_partition() -> None:
    layout = place([Request("root", 64 * MIB)], disk_mib=66)
    room = layout.len_bytes - layout.extents[-1].end_bytes
    assert room >= GPT_BACKUP_SECTORS * SECTOR_BYTES


@given(
    st.lists(
        st.tuples(st.integers(0, 20 * MIB), st.none() | st.integers(0, 60)), min_size=1, max_size=5
    ),
    st.none() | st.integers(1, 100),
)
def test_a_layout_is_refused_or_sound(
    wanted: list[tuple[int, int | None]], disk_mib: int | None
) -> None:
    requests = [
        Request(f"p{index}", len_bytes, start) for index, (len_bytes, start) in enumerate(wanted)
    ]
    try:
        layout = place(requests, disk_mib=disk_mib)
    except LayoutError:
        return
    used = sorted((extent.start_bytes, extent.end_bytes) for extent in layout.extents)
    assert used[0][0] >= MIB
    assert all(end <= start for (_, end), (start, _) in pairwise(used))
    assert used[-1][1] <= layout.len_bytes - GPT_BACKUP_SECTORS * SECTOR_BYTES
    for request, extent in zip(requests, layout.extents, strict=True):
        assert extent.len_bytes >= request.len_bytes
        assert request.start_mib in {None, extent.start_bytes // MIB}
