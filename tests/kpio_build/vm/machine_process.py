"""A process with a machine that never ends, for tests of how such a process is ended.

It prints QEMU's process id when the guest runs. Run as `python -m`, with the kernel's path.
"""

import sys
from pathlib import Path

from kpio_build.vm.config import MachineConfig
from kpio_build.vm.machine import Machine


def main() -> None:
    with Machine(MachineConfig(kernel=Path(sys.argv[1]), memory_mib=64)) as machine:
        machine.start()
        sys.stdout.write(f"{machine.qemu_pid}\n")
        sys.stdout.flush()
        machine.wait_end(within_s=float("inf"))


if __name__ == "__main__":
    main()
