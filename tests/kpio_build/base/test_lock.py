import threading
from pathlib import Path

from kpio_build.base.lock import file_lock


def test_a_second_holder_is_told_and_waits(tmp_path: Path) -> None:
    path = tmp_path / "step" / "lock"
    order: list[str] = []
    is_waiting = threading.Event()

    def second() -> None:
        with file_lock(path, on_wait=is_waiting.set):
            order.append("second")

    with file_lock(path):
        thread = threading.Thread(target=second)
        thread.start()
        assert is_waiting.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_who_need_not_wait_is_not_told(tmp_path: Path) -> None:
    told: list[str] = []
    with file_lock(tmp_path / "lock", on_wait=lambda: told.append("waiting")):
        pass
    with file_lock(tmp_path / "lock", on_wait=lambda: told.append("waiting")):
        pass
    assert told == []
