"""What may import what, as data. test_layers.py checks it.

Python: a module belongs to the longest layer name it starts with. It may import its own layer, the
layers named here, the third-party packages named here, and the standard library.
Rust: a crate may depend on the crates of this tree named here; others are the manifests' business.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """A part of the Python code, and what it may import besides itself."""

    name: str
    layers: frozenset[str] = frozenset()
    third_party: frozenset[str] = frozenset()


BASE = "kpio_build.base"
KERNEL_PY = "kernel_py"
STEPS = "kpio_build.steps"
VM = "kpio_build.vm"
IMAGES = "images.assemble"
CI = "ci"

LAYERS = (
    Layer(BASE),
    Layer(KERNEL_PY, third_party=frozenset({"jinja2"})),
    # The reference model of the loader reads ELF files with pyelftools, so it is not our reading.
    Layer(
        "kernel_py.model",
        layers=frozenset({KERNEL_PY}),
        third_party=frozenset({"elftools"}),
    ),
    Layer(
        STEPS,
        layers=frozenset({BASE, KERNEL_PY}),
        third_party=frozenset({"jinja2", "elftools"}),
    ),
    # The one step that is made by images.assemble: it gives assembling an id, a cache and a lock.
    Layer("kpio_build.steps.image", layers=frozenset({BASE, KERNEL_PY, STEPS, IMAGES})),
    Layer(VM, layers=frozenset({BASE, KERNEL_PY}), third_party=frozenset({"pexpect", "qemu"})),
    Layer(IMAGES, layers=frozenset({BASE, KERNEL_PY})),
    Layer(
        CI,
        layers=frozenset({BASE, STEPS, VM, IMAGES, KERNEL_PY}),
        third_party=frozenset({"pexpect"}),
    ),
    Layer(
        "kpio_build.cli",
        layers=frozenset({BASE, STEPS, "kpio_build.steps.image", VM, IMAGES, CI, KERNEL_PY}),
        third_party=frozenset({"click", "rich"}),
    ),
)

CRATES: dict[str, frozenset[str]] = {
    "kpio-abi": frozenset(),
    # Both sides of the border use it: the kernel, and what runs on it.
    "kpio-ring": frozenset({"kpio-abi"}),
    "kpio-messages": frozenset({"kpio-abi", "kpio-ring"}),
    "kpio-hal": frozenset({"kpio-abi", "kpio-ring"}),
    "kpio-drivers": frozenset({"kpio-abi", "kpio-hal"}),
    "kpio-kernel": frozenset(
        {"kpio-abi", "kpio-drivers", "kpio-hal", "kpio-messages", "kpio-ring"}
    ),
    "kpio-boot": frozenset({"kpio-abi"}),
    # A part of the kernel's source as a program of the host: it needs the locks.
    "capability-trace": frozenset({"kpio-abi", "kpio-hal"}),
    "libkpio": frozenset({"kpio-abi", "kpio-ring"}),
}
"""Crates with a fixed place. Every other crate is one of the user's side, or of the tests."""

OTHER_CRATES = frozenset({"kpio", "kpio-abi", "kpio-messages", "kpio-ring", "kpio-rt", "libkpio"})
"""What the others may depend on: the contract, rings and what goes through them, and what wraps the
C library."""

UNSAFE_PLACES = (
    "boot/src/firmware.rs",
    "boot/src/handover.rs",
    "kernel/hal/",
    # Memory that other processes write to has no references, only an address.
    "kernel/ring/src/mapped.rs",
    "kernel/ring/tests/rings/heap.rs",
    "userspace/apps/kpio-rt/",
    "userspace/kpio/",
    "userspace/unwind/",
    "userspace/libkpio/",
    "tests/guest/",
)
"""Where Rust code may be unsafe: at the machine, at the C functions, and in programs that test
what unsafe code can do to the kernel."""
