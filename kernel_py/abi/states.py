"""The states of a process, and what leads from one to the other.

The kernel asks the generated table for every change; a pair that is not in it is a defect of the
kernel. The model in `kernel_py.model` runs on the same table.

Source: POSIX "Process States" (waitid, stop and continue signals); Linux `man 7 signal`.
"""

from dataclasses import dataclass, field
from typing import Final

from kernel_py.abi.place import Place, definition_place


@dataclass(frozen=True)
class State:
    """A state a process can be in. The first one is where it begins."""

    name: str
    doc: str
    place: Place = field(default_factory=definition_place, compare=False)


@dataclass(frozen=True)
class StateEvent:
    """Something that may change the state of a process."""

    name: str
    doc: str
    place: Place = field(default_factory=definition_place, compare=False)


@dataclass(frozen=True)
class Transition:
    """In `state`, `event` leads to `after`; where no transition is stated, it cannot happen."""

    state: str
    event: str
    after: str
    place: Place = field(default_factory=definition_place, compare=False)


STATES: Final = (
    State("RUNNING", "Its threads run, or wait for something."),
    State("STOPPED", "Its threads stand still at their next step, until it goes on."),
    State("ENDING", "How it ends is settled; its threads leave at their next step."),
    State("ENDED", "No thread is left, its memory is given back; its parent may ask how it ended."),
    State("FORGOTTEN", "Its parent knows; the number is free."),
)

EVENTS: Final = (
    StateEvent("STOP", "A stop signal took effect."),
    StateEvent("CONTINUE", "SIGCONT was sent."),
    StateEvent("END", "It ended itself, or a signal ended it."),
    StateEvent("LAST_THREAD", "The last of its threads left."),
    StateEvent("REAP", "Its parent asked, or wants to hear nothing of it."),
)

TRANSITIONS: Final = (
    Transition("RUNNING", "STOP", "STOPPED"),
    Transition("RUNNING", "CONTINUE", "RUNNING"),
    Transition("RUNNING", "END", "ENDING"),
    Transition("STOPPED", "STOP", "STOPPED"),
    Transition("STOPPED", "CONTINUE", "RUNNING"),
    Transition("STOPPED", "END", "ENDING"),
    Transition("ENDING", "STOP", "ENDING"),
    Transition("ENDING", "CONTINUE", "ENDING"),
    Transition("ENDING", "END", "ENDING"),
    Transition("ENDING", "LAST_THREAD", "ENDED"),
    Transition("ENDED", "STOP", "ENDED"),
    Transition("ENDED", "CONTINUE", "ENDED"),
    Transition("ENDED", "END", "ENDED"),
    Transition("ENDED", "REAP", "FORGOTTEN"),
)
