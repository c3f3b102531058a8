from urllib.parse import unquote_to_bytes

from hypothesis import given
from hypothesis import strategies as st

from kernel_py.abi import boot
from kpio_build.vm.command_line import CommandLine
from kpio_build.vm.program import command_line


def test_the_default_names_the_first_program() -> None:
    assert str(CommandLine()) == f"init={boot.INIT_DEFAULT}"


def test_every_word_is_known_to_the_kernel() -> None:
    line = CommandLine(init="/a b", arguments=("-- x", ""), is_quiet=True, is_traced=True)
    assert str(line) == "quiet trace init=/a%20b -- --%20x "
    assert str(CommandLine(selftest="smep")) == "init=/bin/init selftest=smep"
    keys = {key.name for key in boot.COMMAND_LINE_KEYS}
    assert {"init", "quiet", "trace", "selftest"} <= keys


@given(st.binary(min_size=1), st.lists(st.binary()))
def test_any_bytes_arrive_as_they_were(init: bytes, arguments: list[bytes]) -> None:
    texts = [argument.decode("utf-8", "surrogateescape") for argument in arguments]
    line = str(command_line(init.decode("utf-8", "surrogateescape"), tuple(texts)))
    assert line.isascii()
    assert line.isprintable()
    words = line.split(" ")
    assert words[0] == "quiet"
    key, _, value = words[1].partition("=")
    assert (key, unquote_to_bytes(value)) == ("init", init)
    if arguments:
        assert words[2] == boot.COMMAND_LINE_SEPARATOR
        assert [unquote_to_bytes(word) for word in words[3:]] == arguments
    else:
        assert len(words) == 2
