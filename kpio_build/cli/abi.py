"""`kpio abi`: the kernel's contract, checked and generated."""

from pathlib import Path

import click

from kernel_py.check import check_all
from kernel_py.emit import all_files, drift, write_files
from kernel_py.emit.lock import LOCK_PATH, Lock, load
from kpio_build.base.errors import KpioError
from kpio_build.cli.group import ExampleCommand
from kpio_build.cli.output import json_option, show_json
from kpio_build.cli.settings import Settings, pass_settings


@click.command(
    "abi",
    cls=ExampleCommand,
    examples=(
        ("kpio abi", "check the rules, then write Rust, C, documentation and lock file"),
        ("kpio abi --check", "only say whether the generated files are as they should be"),
    ),
)
@click.option("--check", "only_check", is_flag=True, help="Write nothing; fail if files differ.")
@json_option("Print the files and which of them differ as JSON.")
@pass_settings
def command(settings: Settings, only_check: bool, as_json: bool) -> None:
    """Check the kernel's contract (kernel_py/abi) and write what is generated from it.

    A published number or layout that has moved is refused.
    """
    root = settings.tree.root
    violations = check_all(_read_lock(root / LOCK_PATH))
    if violations:
        raise KpioError(
            f"the contract breaks {len(violations)} of its rules",
            hint="each line above names the places in kernel_py/abi",
            details="\n".join(str(violation) for violation in violations),
        )
    files = all_files()
    changed = drift(root, files) if only_check else write_files(root, files)
    if as_json:
        show_json({"files": sorted(files), "changed": changed, "written": not only_check})
    else:
        for path in changed:
            click.echo(f"{'differs' if only_check else 'written'}: {path}")
        if not changed:
            click.echo(f"{len(files)} generated files are as the contract says")
    if only_check and changed:
        raise KpioError(
            f"{len(changed)} generated files differ from the contract",
            hint="`./kpio abi` writes them; commit them with the change of kernel_py/abi",
        )


def _read_lock(path: Path) -> Lock:
    """Return what is published. Without it nothing could be refused, so its absence is an error."""
    try:
        return load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KpioError(
            f"{path} cannot be used: {error}",
            hint=f"it holds what is published; `git checkout -- {LOCK_PATH}` brings it back",
        ) from error
