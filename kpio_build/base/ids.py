"""Content ids: one sha256 over everything that decides what a step makes."""

import hashlib
import json
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from kpio_build.base.errors import KpioError

ID_CHARS: Final = 20
"""Characters of an id that name a directory: 80 bits, no accidental collision in one work tree."""


def content_id(value: object) -> str:
    """Return the id of a JSON-like value: dicts (in any order), lists, tuples, strings, numbers.

    Raises TypeError for anything else, so that no `repr` with an address gets into an id.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:ID_CHARS]


def file_digest(path: Path) -> str:
    """Return the sha256 of a file's bytes, and of its executable bit."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        is_executable = bool(path.stat().st_mode & stat.S_IXUSR)
    except OSError as error:
        raise KpioError(
            f"cannot read {path}, an input of this build: {error.strerror}",
            hint="put the file back, or see what removed it with `git status`",
        ) from error
    return f"{digest}{'+x' if is_executable else ''}"


def files_digest(root: Path, files: Iterable[Path]) -> dict[str, str]:
    """Return {path: digest}, the paths relative to `root` where they lie below it."""
    digests: dict[str, str] = {}
    for path in sorted(set(files)):
        name = path.relative_to(root) if path.is_relative_to(root) else path
        digests[name.as_posix()] = file_digest(path)
    return digests
