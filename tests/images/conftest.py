from pathlib import Path

import pytest


@pytest.fixture
def artifacts(tmp_path: Path) -> dict[str, Path]:
    """Return stand-ins for the outputs of every build step that the manifests name."""
    files = {
        "apps": {"bin/init": b"init", "bin/hello": b"hello" * 3000},
        "bootstub": {"BOOTX64.EFI": b"MZ" * 5000},
        "page": {"index.html": b"<p>"},
        "kernel": {"kernel.elf": b"\x7fELF" + bytes(70_000)},
        "guest-tests": {"bin/faults": b"f" * 5000, "bin/deep/er": b"e"},
    }
    for step, contents in files.items():
        for name, content in contents.items():
            path = tmp_path / "artifacts" / step / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return {step: tmp_path / "artifacts" / step for step in files}
