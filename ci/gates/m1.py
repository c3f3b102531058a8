"""M1, Hello Userspace: "Execute an ELF binary and print 'Hello'".

The machine boots the default image. Its init runs /bin/hello from the image's file system and waits
for Enter; the gate looks at the console, the events and the screen, presses Enter, and looks how
the machine ends. Each claim is decided by what nothing else produces: an event, an exit status,
pixels.
"""

import time
from typing import Final

from ci.bench import Bench, Measurements, Variant, Watchers
from ci.report import Claim, Rule
from ci.shown import Shown, compare
from kpio_build.base.errors import KpioError
from kpio_build.base.wait import Deadline
from kpio_build.vm import screen
from kpio_build.vm.command_line import CommandLine
from kpio_build.vm.ending import PoweredOff
from kpio_build.vm.machine import Machine

NAME: Final = "m1"
TITLE: Final = "Hello Userspace"
VARIANTS: Final = tuple(Variant)
COMMAND_LINE: Final = str(CommandLine(arguments=("--hold",)))
"""Also what kpio/cmdline.txt of the default image says, for the boot through the firmware."""

_HELLO: Final = "/bin/hello"
_MARKER: Final = "Hello"
_HOLD: Final = b"ready to power off, press Enter"

# OVMF takes about 4 s under TCG before it starts anything; on a host that does something else too,
# several times as much.
_BOOT_WITHIN_S: Final = {Variant.DIRECT: 30.0, Variant.UEFI: 90.0}
_STEP_WITHIN_S: Final = 20.0
_SCREEN_WITHIN_S: Final = 10.0

_CHECKLIST: Final = "phase 2 checklist, milestone M1"

_CLAIMS: Final = (
    Claim("console", "Hello is on the console", Rule.EQUAL, 1, "line", _CHECKLIST),
    Claim("exit", f"{_HELLO} ends by itself with status", Rule.EQUAL, 0, "", _CHECKLIST),
    Claim(
        "mounted",
        "it was read from the ext4 root of the image, file systems mounted",
        Rule.EQUAL,
        1,
        "",
        "issue 3, gate M1",
    ),
    Claim(
        "screen",
        "characters of the console that the screen shows as they should be",
        Rule.EQUAL,
        1,
        "of all",
        "issue 3, gate M1",
    ),
    Claim("power-off", "init powers off with status", Rule.EQUAL, 0, "", "kernel_py/abi/boot.py"),
    Claim(
        "entry-to-hello",
        "from the first instruction of KPIO to the first byte of hello",
        Rule.AT_MOST,
        2,
        "s",
        "measured: 0.1 s direct, 0.2 s through the firmware, on two cores under TCG",
    ),
)
_WALL: Final = {
    Variant.DIRECT: (15.0, "issue 3: a warm `kpio boot` takes at most 15 s"),
    Variant.UEFI: (60.0, "measured: 4.5 s, most of it OVMF, on two cores under TCG"),
}


def claims(variant: Variant) -> tuple[Claim, ...]:
    """Return what is claimed for one way to boot."""
    limit_s, source = _WALL[variant]
    text = "from QEMU's start to its end, with the looks at the screen"
    return (*_CLAIMS, Claim("wall", text, Rule.AT_MOST, limit_s, "s", source))


def measure(
    bench: Bench, variant: Variant, watchers: Watchers
) -> tuple[Measurements, KpioError | None]:
    """Run the gate once; return its rows, and the guest's error if it ended the run early."""
    rows = Measurements(NAME, variant, claims(variant), watchers.on_row)
    config = bench.config(variant, COMMAND_LINE)
    started_s = time.monotonic()
    try:
        with Machine(config, on_console=watchers.on_console, on_event=watchers.on_event) as machine:
            machine.start()
            _watch(machine, bench, variant, rows)
        rows.add("wall", time.monotonic() - started_s)
    except KpioError as error:
        rows.close(error.message)
        return rows, error
    return rows, None


def _watch(machine: Machine, bench: Bench, variant: Variant, rows: Measurements) -> None:
    machine.console.expect(_MARKER.encode(), within_s=_BOOT_WITHIN_S[variant])
    rows.add("console", 1)
    hello = machine.events.wait("process.exited", path=_HELLO, within_s=_STEP_WITHIN_S)
    is_killed = hello.number("signal") != 0
    rows.add("exit", None if is_killed else hello.number("status"), str(hello))
    mounted = machine.events.wait("root.mounted", kind="ext4", within_s=_STEP_WITHIN_S)
    rows.add("mounted", 1, mounted["device"])
    first = machine.events.wait("process.output", pid=hello.pid, within_s=_STEP_WITHIN_S)
    rows.add("entry-to-hello", first.t_s)

    machine.console.expect(_HOLD, within_s=_STEP_WITHIN_S)
    shown = _look(machine, bench, variant)
    rows.add("screen", shown.share, _screen_note(shown))

    machine.console.send(b"\n")
    ending = machine.wait_end(within_s=_STEP_WITHIN_S)
    if not isinstance(ending, PoweredOff):
        raise ending.error() or KpioError("the machine ended otherwise than by power-off")
    off = machine.events.wait("power.off", within_s=0)
    is_same = off.number("status") == ending.status
    rows.add("power-off", ending.status if is_same else None, str(off))


def _look(machine: Machine, bench: Bench, variant: Variant) -> Shown:
    """Look at the screen until it shows the console, or for _SCREEN_WITHIN_S.

    The kernel draws at most 60 times a second, and nothing tells when. Each look is a round trip
    through QEMU's display; the last one is kept as a picture.
    """
    deadline = Deadline.after(_SCREEN_WITHIN_S, "the screen's showing the console")
    while True:
        frame = screen.screendump(machine.qmp, within_s=_SCREEN_WITHIN_S)
        shown = compare(frame, machine.console.transcript, _MARKER)
        if shown.is_all or deadline.is_over:
            frame.save_png(bench.out / f"{NAME}-{variant.value}.png")
            return shown


def _screen_note(shown: Shown) -> str:
    count = f"{shown.nr_fitting} of {shown.nr_expected} characters"
    return f"{count}; misfit {shown.misfit}" if shown.misfit else count
