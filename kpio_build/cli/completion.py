"""`kpio completion`: what a shell needs to complete kpio's command lines."""

import click
from click.shell_completion import get_completion_class

from kpio_build.base.errors import UsageError
from kpio_build.cli.group import ExampleCommand
from kpio_build.cli.settings import Settings, pass_settings

SHELLS = ("bash", "zsh", "fish")
COMPLETE_VARIABLE = "_KPIO_COMPLETE"


@click.command(
    "completion",
    cls=ExampleCommand,
    examples=(
        ("source <(./kpio completion bash)", "in this shell"),
        ("kpio completion bash > ~/.local/share/bash-completion/completions/kpio", "in every bash"),
        ("kpio completion fish > ~/.config/fish/completions/kpio.fish", "in every fish"),
    ),
)
@click.argument("shell", type=click.Choice(SHELLS))
@pass_settings
def command(settings: Settings, shell: str) -> None:
    """Print the completion script of a shell."""
    found = get_completion_class(shell)
    root = click.get_current_context().find_root()
    if found is None or root.info_name is None:
        raise UsageError(f"no completion for {shell}", hint=f"there is: {', '.join(SHELLS)}")
    settings.reporter.detail(f"completion asks kpio itself, through {COMPLETE_VARIABLE}")
    click.echo(found(root.command, {}, root.info_name, COMPLETE_VARIABLE).source())
