"""QEMU's control socket, for callers that wait. The client itself lives in the machine's loop."""

import asyncio
import concurrent.futures
from collections.abc import Mapping

from qemu.qmp import QMPClient, QMPError
from qemu.qmp.qmp_client import ExecuteError

from kpio_build.base.errors import DeadlineError, QemuError


class Qmp:
    """Commands to one QEMU."""

    def __init__(self, client: QMPClient, loop: asyncio.AbstractEventLoop) -> None:
        self._client = client
        self._loop = loop

    def execute(
        self, command: str, arguments: Mapping[str, object] | None = None, *, within_s: float
    ) -> object:
        """Return what the command returns.

        Raises QemuError when QEMU refuses it or has ended, DeadlineError after `within_s` seconds.
        Source: QEMU, "QEMU QMP Reference Manual".
        """
        future = asyncio.run_coroutine_threadsafe(
            self._client.execute(command, dict(arguments or {})), self._loop
        )
        try:
            return future.result(within_s)
        except concurrent.futures.TimeoutError:
            future.cancel()
            raise DeadlineError(
                f"QEMU did not answer the command {command} within {within_s:g} s",
                hint="it is stuck or the host is overloaded",
            ) from None
        except ExecuteError as error:
            raise QemuError(
                f"QEMU refused the command {command}: {error}",
                hint="compare its version with `./kpio doctor`",
            ) from error
        except (QMPError, OSError, EOFError) as error:
            raise QemuError(
                f"QEMU ended before it answered the command {command}",
                hint="how it ended is told by the machine's ending",
            ) from error

    def monitor(self, line: str, *, within_s: float) -> str:
        """Return what the human monitor prints for `line`, for people. Raises as `execute`."""
        answer = self.execute("human-monitor-command", {"command-line": line}, within_s=within_s)
        return str(answer).replace("\r", "")
