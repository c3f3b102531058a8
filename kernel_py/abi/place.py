"""Where an entry of the model was written, so that an error can point at it."""

import sys
from dataclasses import dataclass
from pathlib import Path

_PACKAGE_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, order=True)
class Place:
    """A line of a source file, relative to `kernel_py` for a file of this package."""

    path: str
    line: int

    def __str__(self) -> str:
        """Return `abi/rights.py:41`."""
        return f"{self.path}:{self.line}"


def definition_place() -> Place:
    """Return the line that is constructing a dataclass.

    To be used as a field's `default_factory` only: it looks two frames up, past the
    dataclass's generated `__init__`, at the expression that called the class.
    """
    frame = sys._getframe(2)
    path = Path(frame.f_code.co_filename)
    if path.is_relative_to(_PACKAGE_ROOT):
        path = path.relative_to(_PACKAGE_ROOT)
    else:
        path = Path(path.name)
    return Place(path.as_posix(), frame.f_lineno)
