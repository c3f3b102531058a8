"""The whole contract as one value, so that checks and emitters take it as an argument."""

from dataclasses import dataclass
from typing import Final

from kernel_py.abi import (
    boot,
    errors,
    events,
    flags,
    memory,
    messages,
    rights,
    ring,
    states,
    syscalls,
    types,
)
from kernel_py.abi.boot import BootText, CommandLineKey, ExitCode
from kernel_py.abi.constant import Constant
from kernel_py.abi.errors import ErrorAlias, ErrorCode
from kernel_py.abi.events import Event
from kernel_py.abi.flags import FlagGroup
from kernel_py.abi.memory import MemoryConstant, MemoryRegion
from kernel_py.abi.messages import ChannelPart, MessageKind
from kernel_py.abi.rights import Right
from kernel_py.abi.states import State, StateEvent, Transition
from kernel_py.abi.syscalls import Syscall
from kernel_py.abi.types import Struct


@dataclass(frozen=True)
class Contract:
    """Everything `kernel_py/abi` states; each field is the table of the module of that name."""

    syscalls: tuple[Syscall, ...]
    errors: tuple[ErrorCode, ...]
    error_aliases: tuple[ErrorAlias, ...]
    rights: tuple[Right, ...]
    types: tuple[Struct, ...]
    flags: tuple[FlagGroup, ...]
    memory_constants: tuple[MemoryConstant, ...]
    memory_regions: tuple[MemoryRegion, ...]
    boot_constants: tuple[Constant, ...]
    boot_texts: tuple[BootText, ...]
    boot_structs: tuple[Struct, ...]
    exit_codes: tuple[ExitCode, ...]
    command_line_keys: tuple[CommandLineKey, ...]
    init_environment: tuple[str, ...]
    events: tuple[Event, ...]
    states: tuple[State, ...]
    state_events: tuple[StateEvent, ...]
    transitions: tuple[Transition, ...]
    ring_constants: tuple[Constant, ...]
    ring_structs: tuple[Struct, ...]
    message_constants: tuple[Constant, ...]
    message_kinds: tuple[MessageKind, ...]
    message_parts: tuple[ChannelPart, ...]
    message_structs: tuple[Struct, ...]

    @property
    def structs(self) -> tuple[Struct, ...]:
        """The structs of the calls, then those of the boot, of rings and of messages."""
        return self.types + self.boot_structs + self.ring_structs + self.message_structs


CONTRACT: Final = Contract(
    syscalls=syscalls.SYSCALLS,
    errors=errors.ERRORS,
    error_aliases=errors.ALIASES,
    rights=rights.RIGHTS,
    types=types.STRUCTS,
    flags=flags.GROUPS,
    memory_constants=memory.CONSTANTS,
    memory_regions=memory.REGIONS,
    boot_constants=boot.CONSTANTS,
    boot_texts=boot.TEXTS,
    boot_structs=boot.STRUCTS,
    exit_codes=boot.EXIT_CODES,
    command_line_keys=boot.COMMAND_LINE_KEYS,
    init_environment=boot.INIT_ENVIRONMENT,
    events=events.EVENTS,
    states=states.STATES,
    state_events=states.EVENTS,
    transitions=states.TRANSITIONS,
    ring_constants=ring.CONSTANTS,
    ring_structs=ring.STRUCTS,
    message_constants=messages.CONSTANTS,
    message_kinds=messages.KINDS,
    message_parts=messages.PARTS,
    message_structs=messages.STRUCTS,
)
