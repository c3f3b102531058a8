"""Cargo builds: one way to run cargo for a target, with nothing of the machine in the result.

Cargo keeps its own directory for each purpose (out/cargo/<purpose>), so that a changed file costs
one crate; what a step needs is copied from there to the step's output.
"""

import contextlib
import json
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kpio_build.base.errors import KpioError, no_space_error, says_no_space
from kpio_build.base.lock import file_lock
from kpio_build.base.paths import write_atomically
from kpio_build.base.process import Completed, run
from kpio_build.steps.crates import LOCK, MANIFEST, Crate
from kpio_build.steps.packages import CLIPPY
from kpio_build.steps.step import Job, Site
from kpio_build.steps.target import template_environment

_CONFIG_TEMPLATE: Final = "cargo-config.toml.j2"
_LOCK_COMPLAINTS: Final = ("lock file needs to be updated", "cannot create the lock file")
_REGISTRY_COMPLAINTS: Final = ("failed to download", "spurious network error", "Could not resolve")


@dataclass(frozen=True)
class CargoBuild:
    """What to build with cargo, for which target and with what flags.

    `target` is the path of a specification, or the name of a target rustc knows. `sources` are all
    files the build may read; reading another one of this tree is an error, as it would not be in
    the step's id.
    """

    purpose: str
    crates: tuple[Crate, ...]
    target: Path | str
    sources: tuple[Path, ...]
    build_std: tuple[str, ...] = ("core", "alloc", "compiler_builtins")
    build_std_features: tuple[str, ...] = ("compiler-builtins-mem",)
    features: tuple[str, ...] = ()
    rustflags: tuple[str, ...] = ()
    linker: str = ""
    library_dir: Path | None = None
    """A directory of libraries to link with. Cargo does not watch it; this module does."""

    selection: tuple[str, ...] = ()
    """Which of the crates' targets: `--bins`, `--lib`; all when empty."""

    profile: str = "release"

    @property
    def target_name(self) -> str:
        """The name of the target in cargo's configuration and directories."""
        return self.target.stem if isinstance(self.target, Path) else self.target


@dataclass(frozen=True)
class Artifact:
    """One thing cargo has made: a program, or a library with its files."""

    name: str
    kinds: tuple[str, ...]
    files: tuple[Path, ...]
    executable: Path | None


def build(job: Job, wanted: CargoBuild) -> list[Artifact]:
    """Run cargo and return what it has made of the crates, what was up to date included.

    Raises KpioError with the compiler's messages when it fails.
    """
    site = job.site
    with _cargo_directory(site, wanted):
        completed = _run(job, wanted)
    if completed.status != 0:
        raise _failure(site, completed)
    artifacts = list(_artifacts(completed.stdout, wanted.crates))
    _check_sources(site, wanted, artifacts)
    return artifacts


def only_archive(artifacts: list[Artifact], package: str) -> Path:
    """Return the one archive a build has made; raise KpioError unless there is one."""
    archives = [file for made in artifacts for file in made.files if file.suffix == ".a"]
    if len(archives) != 1:
        raise KpioError(
            f"cargo has made {len(archives)} archives of {package}, not one",
            hint='its Cargo.toml needs crate-type = ["staticlib"]',
        )
    return archives[0]


def clippy(site: Site, wanted: CargoBuild) -> Completed:
    """Run clippy over what a build compiles; a warning is an error. Returns what it said.

    It has cargo's directory of the build beside it, as it compiles core and alloc differently.
    """
    cargo_clippy = site.toolchain.program(CLIPPY).path.with_name("cargo-clippy")
    config = write_config(site, wanted)
    return run(
        [cargo_clippy, "clippy", *_arguments(site, wanted, config), "--", "-D", "warnings"],
        cwd=site.tree.root,
        env=environment(site, f"{wanted.purpose}-clippy"),
        check=False,
    )


def library_flag(site: Site, purpose: str) -> str:
    """Return the flag that finds `CargoBuild.library_dir`, by a path that stays the same."""
    return f"-Lnative={_library_link(site, purpose)}"


def _run(job: Job, wanted: CargoBuild) -> Completed:
    site = job.site
    arguments = _arguments(site, wanted, write_config(site, wanted))
    messages = ("--message-format", "json-render-diagnostics")
    return run(
        [site.toolchain.rust.cargo, "build", *arguments, *messages],
        cwd=site.tree.root,
        env=environment(site, wanted.purpose),
        on_line=lambda line: None if line.startswith("{") else job.progress(line.strip()),
        check=False,
    )


def _arguments(site: Site, wanted: CargoBuild, config: Path) -> list[str | Path]:
    """Return cargo's arguments for a build, whatever the subcommand."""
    arguments: list[str | Path] = [
        *("--profile", wanted.profile, "--locked"),
        *("--manifest-path", site.tree.root / MANIFEST, "--config", config),
        *wanted.selection,
    ]
    for crate in wanted.crates:
        arguments += ["--package", crate.name]
    if wanted.features:
        arguments += ["--features", ",".join(wanted.features)]
    return arguments


def environment(site: Site, purpose: str) -> dict[str, str]:
    """Return the environment of a cargo run with its own target directory."""
    return site.toolchain.environment(
        CARGO_TARGET_DIR=str(site.tree.cargo_target(purpose)),
        CARGO_TERM_COLOR="always" if site.reporter.is_terminal else "never",
        CARGO_TERM_PROGRESS_WHEN="never",
    )


def host_environment(site: Site) -> dict[str, str]:
    """Return the environment for cargo runs that build for the host: the same Rust, no flags.

    RUSTC_BOOTSTRAP stays: `acpi`, a dependency of the kernel's, uses unstable features.
    """
    return environment(site, "host")


def remap_flags(site: Site) -> tuple[str, ...]:
    """Return the flags that keep paths of this machine out of what rustc writes."""
    rust = site.toolchain.rust
    places = {
        site.tree.root: "/kpio",
        site.toolchain.cargo_home: "/cargo",
        rust.source: "/rust",
        rust.source.resolve(): "/rust",
    }
    return tuple(f"--remap-path-prefix={path}={name}" for path, name in places.items())


def templates(site: Site) -> tuple[Path, ...]:
    """Return the templates a cargo build reads, inputs of its step."""
    return (site.tree.root / "targets" / _CONFIG_TEMPLATE,)


def render_config(site: Site, wanted: CargoBuild, *, path: Path, runner: tuple[str, ...]) -> str:
    """Return cargo's configuration for a build; `path` is where it will be."""
    template = template_environment(site.tree.root / "targets").get_template(_CONFIG_TEMPLATE)
    return template.render(
        purpose=wanted.purpose,
        config_path=path,
        target=str(wanted.target),
        target_name=wanted.target_name,
        is_json_target=isinstance(wanted.target, Path),
        rustflags=wanted.rustflags,
        linker=wanted.linker,
        runner=runner,
        build_std=wanted.build_std,
        build_std_features=wanted.build_std_features,
    )


def write_config(site: Site, wanted: CargoBuild) -> Path:
    """Write the configuration of a build beside cargo's own directory; return its path."""
    path = site.tree.cargo_target(wanted.purpose).with_suffix(".toml")
    write_atomically(path, render_config(site, wanted, path=path, runner=()))
    return path


@contextlib.contextmanager
def _cargo_directory(site: Site, wanted: CargoBuild) -> Iterator[None]:
    """Hold cargo's directory for one purpose, with its link to the libraries set for this build.

    A flag with the libraries' own path would change with every change of them, and with the flags
    cargo compiles core again. So the path stays, and the programs are made to link anew.
    """
    waits = f"another kpio builds {wanted.purpose}; waiting for that one"
    link = _library_link(site, wanted.purpose)
    lock = site.tree.cargo_target(wanted.purpose).with_suffix(".lock")
    with file_lock(lock, on_wait=lambda: site.reporter.note(waits)):
        if wanted.library_dir is not None and _points_elsewhere(link, wanted.library_dir):
            built = site.tree.cargo_target(wanted.purpose) / wanted.target_name / wanted.profile
            for program in {path.parent for path in built.glob(".fingerprint/*/bin-*")}:
                shutil.rmtree(program)
            link.unlink(missing_ok=True)
            link.symlink_to(wanted.library_dir)
        yield


def _library_link(site: Site, purpose: str) -> Path:
    return site.tree.cargo_target(purpose).with_suffix(".libraries")


def _points_elsewhere(link: Path, directory: Path) -> bool:
    return not link.is_symlink() or link.readlink() != directory


def _failure(site: Site, completed: Completed) -> KpioError:
    """Return the error for a cargo run that has failed."""
    said = completed.stderr
    if says_no_space(said):
        return no_space_error(f"`{completed.command}`", details=said)
    hint = "the compiler's messages are above"
    if any(words in said for words in _LOCK_COMPLAINTS):
        cargo = shlex.quote(str(site.toolchain.rust.cargo))
        hint = f"a manifest has changed: `{cargo} metadata >/dev/null` writes {LOCK}; commit it"
    elif any(words in said for words in _REGISTRY_COMPLAINTS):
        hint = "cargo downloads crates on the first build; check the network, then run it again"
    return KpioError(f"`{completed.command}` {completed.ending}", hint=hint, details=said)


def _artifacts(messages: str, crates: tuple[Crate, ...]) -> Iterator[Artifact]:
    """Read cargo's messages.

    Source: The Cargo Book, "External tools", "Artifact messages".
    """
    manifests = {str(crate.directory / MANIFEST) for crate in crates}
    for line in messages.splitlines():
        if not line.startswith("{"):
            continue
        message = json.loads(line)
        if message.get("reason") != "compiler-artifact":
            continue
        if (
            message["manifest_path"] in manifests
            and "custom-build" not in message["target"]["kind"]
        ):
            executable = message["executable"]
            yield Artifact(
                name=message["target"]["name"],
                kinds=tuple(message["target"]["kind"]),
                files=tuple(Path(name) for name in message["filenames"]),
                executable=Path(executable) if executable else None,
            )


def _check_sources(site: Site, wanted: CargoBuild, artifacts: list[Artifact]) -> None:
    """Raise KpioError when the build has read a file of this tree that its id does not know."""
    known = set(wanted.sources)
    for artifact in artifacts:
        for read in _files_read(artifact):
            is_ours = read.is_relative_to(site.tree.root) and not read.is_relative_to(site.tree.out)
            if is_ours and read not in known:
                raise KpioError(
                    f"building {artifact.name} reads {read}, which is no input of its step",
                    hint="move it into the crate, or add its crate to the dependencies",
                )


def _files_read(artifact: Artifact) -> Iterator[Path]:
    """Return the files an artifact was made from, as cargo's `.d` file beside it lists them."""
    for file in artifact.files:
        listing = file.with_suffix(".d")
        if listing.exists():
            _, _, names = listing.read_text(encoding="utf-8").partition(": ")
            for name in names.strip().replace("\\ ", "\0").split():
                yield Path(name.replace("\0", " "))
