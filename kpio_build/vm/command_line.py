"""The kernel's command line: words separated by single spaces, each percent-encoded."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from kernel_py.abi import boot

_READABLE = "/:@,+"
"""Left as they are beside RFC 3986's unreserved characters: no word separator, easier to read."""


@dataclass(frozen=True)
class CommandLine:
    """What the kernel is told. `arguments` are init's, after its own name."""

    init: str = boot.INIT_DEFAULT
    arguments: tuple[str, ...] = ()
    is_quiet: bool = False
    is_traced: bool = False
    selftest: str = ""

    def __str__(self) -> str:
        """Return the line."""
        words = [
            word for word, is_on in (("quiet", self.is_quiet), ("trace", self.is_traced)) if is_on
        ]
        words.append(f"init={encode(self.init)}")
        if self.selftest:
            words.append(f"selftest={encode(self.selftest)}")
        if self.arguments:
            words += [boot.COMMAND_LINE_SEPARATOR, *encode_all(self.arguments)]
        return " ".join(words)


def encode(word: str) -> str:
    """Return `word` with everything that could end or change it as %XX.

    Bytes of a host file name that are no UTF-8 (surrogate escapes) arrive as they were.
    """
    return quote(word.encode("utf-8", "surrogateescape"), safe=_READABLE)


def encode_all(words: Iterable[str]) -> list[str]:
    """Return every word encoded; an empty one cannot be written."""
    return [encode(word) for word in words]
