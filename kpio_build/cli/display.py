"""The live display on a terminal: finished steps above, the running one below."""

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text


class TerminalReporter:
    """Tells a person on a terminal about progress, on standard error."""

    def __init__(self, *, is_verbose: bool = False, console: Console | None = None) -> None:
        self._is_verbose = is_verbose
        self._console = console or Console(stderr=True, highlight=False)
        self._progress: Progress | None = None
        self._task = TaskID(0)

    @property
    def is_terminal(self) -> bool:
        """Whether a person watches."""
        return self._console.is_terminal

    def note(self, message: str) -> None:
        """Print the message above the running step."""
        self._console.print(escape(message), soft_wrap=True)

    def warn(self, message: str) -> None:
        """Print the message as a warning."""
        self._console.print(f"[yellow]warning:[/] {escape(message)}", soft_wrap=True)

    def detail(self, message: str) -> None:
        """Print the message if details are wanted."""
        if self._is_verbose:
            self._console.print(f"[dim]{escape(message)}[/]", soft_wrap=True)

    def step_started(self, step: str, why: str) -> None:
        """Show the step with a spinner and a clock."""
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("[bold]{task.description}[/]"),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[line]}[/]"),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task(escape(step), line=escape(why), total=None)
        self._progress.start()

    def step_progress(self, line: str) -> None:
        """Show the line beside the running step."""
        plain = Text.from_ansi(line).plain
        if self._is_verbose:
            self._console.print(f"[dim]  {escape(plain)}[/]", soft_wrap=True)
        if self._progress is not None:
            room = max(self._console.width - 32, 10)
            self._progress.update(self._task, line=escape(plain[:room]))

    def step_finished(self, step: str, elapsed_s: float, *, is_cached: bool) -> None:
        """Take the step off the display and leave one line for it."""
        self._end_live()
        if not is_cached:
            self._console.print(f"[green]✓[/] {escape(step)} [dim]{elapsed_s:.1f} s[/]")
        elif self._is_verbose:
            self._console.print(f"[green]✓[/] {escape(step)} [dim]up to date[/]")

    def step_failed(self, step: str, elapsed_s: float) -> None:
        """Take the step off the display and say that it has failed."""
        self._end_live()
        self._console.print(f"[red]✗[/] {escape(step)} [dim]{elapsed_s:.1f} s[/]")

    def _end_live(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
