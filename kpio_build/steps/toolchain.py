"""The tools in use: found by version, each with its path, never by who is first in PATH.

Rust is looked for in rustup's toolchains and in Debian's packages; both have the same version. A
rustc that happens to be first in PATH may well be another one: rustup's proxy for whatever its
default is.
"""

import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kpio_build.base.errors import KpioError, ToolMissingError
from kpio_build.base.process import find_program, run
from kpio_build.steps.packages import CLIPPY, RUST, RUSTFMT, Requirement, requirement

RUST_SOURCE_MARK: Final = Path("library/core/src/lib.rs")
_DEBIAN_RUSTC: Final = Path("/usr/bin/rustc")
_COMPONENTS: Final = {CLIPPY: ("cargo-clippy", "clippy-driver"), RUSTFMT: ("cargo-fmt", "rustfmt")}
_RUSTUP: Final = "rustup"
_VERSION_WITHIN_S: Final = 60.0
_SYSTEM_PATH: Final = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin")

_DROPPED_VARIABLES: Final = re.compile(
    r"RUST(?!UP_HOME$).*|CARGO|CARGO_(?!HOME$|HTTP_|NET_|REGISTR).*"
    r"|CC|CXX|AR|LD|CFLAGS|CPPFLAGS|CXXFLAGS|LDFLAGS|SOURCE_DATE_EPOCH|TARGET_.*|HOST_.*"
)
"""What would change what is built: flags, wrappers, target directories. Network settings stay."""


@dataclass(frozen=True)
class Program:
    """One tool that has been found and asked for its version."""

    name: str
    path: Path
    version: str

    @property
    def identity(self) -> str:
        """What of the tool counts as an input of a build."""
        return f"{self.path.name} {self.version}"


@dataclass(frozen=True)
class Rust:
    """One complete Rust: compiler, cargo and the sources of the standard library."""

    provider: str
    version: str
    description: str
    rustc: Path
    cargo: Path
    source: Path

    @property
    def bin_dir(self) -> Path:
        """The directory of rustc and of all that comes with it."""
        return self.rustc.parent


@dataclass(frozen=True)
class RustCandidate:
    """A rustc that may be the one: whose it is, and where."""

    provider: str
    rustc: Path


@dataclass(frozen=True)
class Missing:
    """A tool that is not there, or not as it must be."""

    requirement: Requirement
    reason: str
    rustup_command: tuple[str, ...] = ()
    """What brings it, if it is a component of rustup's Rust: no package of Debian's can."""

    @property
    def mending_command(self) -> str:
        """The command that installs it."""
        return shlex.join(self.rustup_command) or mending_command(self.requirement)


class NotThisOneError(ToolMissingError):
    """Why a candidate is not used."""


@dataclass(frozen=True)
class Toolchain:
    """Finds tools, each once. `variables` is the environment kpio was started with."""

    rust_version: str
    variables: Mapping[str, str]
    debian_rustc: Path = _DEBIAN_RUSTC
    _found: dict[str, Program] = field(default_factory=dict, compare=False, repr=False)
    _rust: list[Rust] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def of_tree(cls, root: Path, variables: Mapping[str, str]) -> "Toolchain":
        """Return the toolchain with the Rust version that `root`/rust-toolchain.toml names."""
        return cls(rust_version=pinned_rust_version(root), variables=dict(variables))

    @property
    def cargo_home(self) -> Path:
        """Where cargo keeps what it downloads: CARGO_HOME, or its documented default."""
        return Path(self.variables.get("CARGO_HOME") or self._home / ".cargo")

    @property
    def _home(self) -> Path:
        return Path(self.variables.get("HOME") or Path.home())

    @property
    def rust(self) -> Rust:
        """The Rust in use.

        Raises ToolMissingError, which names every candidate and what is wrong with it.
        """
        if not self._rust:
            self._rust.append(self._resolve_rust())
        return self._rust[0]

    def program(self, name: str) -> Program:
        """Return a tool of kpio_build.steps.packages.

        Raises ToolMissingError with the command that mends it.
        """
        if name not in self._found:
            needed = requirement(name)
            try:
                self._found[name] = self._find(needed)
            except NotThisOneError as error:
                missing = self._missing(needed, error)
                raise ToolMissingError(
                    f"{name} is needed ({needed.why}): {error.message}",
                    hint=f"`{missing.mending_command}`, or `./kpio build`, which does that",
                ) from error
        return self._found[name]

    def missing(self, requirements: tuple[Requirement, ...]) -> list[Missing]:
        """Return those of the tools that cannot be used, each with the reason."""
        found: list[Missing] = []
        for needed in requirements:
            try:
                self._found[needed.name] = self._find(needed)
            except NotThisOneError as error:
                found.append(self._missing(needed, error))
        return found

    def _missing(self, needed: Requirement, error: NotThisOneError) -> Missing:
        """Return what is missing, with the command of rustup for a component of rustup's Rust."""
        if needed.name not in _COMPONENTS or not self._rust or self.rust.provider != _RUSTUP:
            return Missing(needed, error.message)
        rustup = find_program("rustup", self.variables) or self.cargo_home / "bin/rustup"
        toolchain = self.rust.bin_dir.parent.name
        command = (str(rustup), "component", "add", "--toolchain", toolchain, needed.name)
        return Missing(needed, error.message, rustup_command=command)

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment for cargo and the other tools: ours without what changes a build.

        The chosen Rust comes first in PATH and is named in RUSTC, because cargo asks PATH
        otherwise; RUSTC_BOOTSTRAP opens `-Zbuild-std` and JSON targets on the stable compiler.
        """
        rust = self.rust
        kept = {
            name: value
            for name, value in self.variables.items()
            if not _DROPPED_VARIABLES.fullmatch(name)
        }
        path = [str(rust.bin_dir), *_SYSTEM_PATH, *kept.get("PATH", "").split(":")]
        kept |= {
            "PATH": ":".join(dict.fromkeys(entry for entry in path if entry)),
            "HOME": str(self._home),
            "LC_ALL": "C.UTF-8",
            "CARGO_HOME": str(self.cargo_home),
            "CARGO": str(rust.cargo),
            "RUSTC": str(rust.rustc),
            "RUSTC_BOOTSTRAP": "1",
        }
        rustdoc = rust.bin_dir / "rustdoc"
        if rustdoc.exists():
            kept["RUSTDOC"] = str(rustdoc)
        return kept | more

    def rust_candidates(self) -> list[RustCandidate]:
        """Return every rustc worth asking, best first; none has been run yet."""
        rustup_home = Path(self.variables.get("RUSTUP_HOME") or self._home / ".rustup")
        toolchains = sorted(rustup_home.glob("toolchains/*/bin/rustc"))
        named = [path for path in toolchains if path.parts[-3].startswith(self.rust_version)]
        others = [path for path in toolchains if path not in named]
        found = [RustCandidate(_RUSTUP, path) for path in named]
        found.append(RustCandidate("debian", self.debian_rustc))
        found += [RustCandidate(_RUSTUP, path) for path in others]
        found += [RustCandidate("PATH", path) for path in self._rustcs_in_path()]
        seen: set[Path] = set()
        unique: list[RustCandidate] = []
        for candidate in found:
            place = candidate.rustc.parent.resolve()
            if candidate.rustc.exists() and place not in seen:
                seen.add(place)
                unique.append(candidate)
        return unique

    def _rustcs_in_path(self) -> Iterator[Path]:
        for directory in self.variables.get("PATH", "").split(":"):
            path = Path(directory or ".", "rustc")
            is_proxy = path.resolve().name == "rustup" or (path.parent / "rustup").exists()
            if path.is_file() and not is_proxy:
                yield path

    def _resolve_rust(self) -> Rust:
        rejections: list[str] = []
        for candidate in self.rust_candidates():
            try:
                return self._examine(candidate)
            except NotThisOneError as error:
                rejections.append(f"{candidate.rustc}: {error.message}")
        raise NotThisOneError(
            f"no complete Rust {self.rust_version} found; "
            + ("; ".join(rejections) if rejections else "there is no rustc at all"),
            hint=f"`{mending_command(requirement(RUST))}`, or "
            f"`rustup toolchain install {self.rust_version} --component rust-src`",
        )

    def _examine(self, candidate: RustCandidate) -> Rust:
        """Return a candidate as a Rust, or raise NotThisOneError."""
        told = self._ask(candidate.rustc, "-vV")
        facts = dict(line.split(": ", 1) for line in told.splitlines() if ": " in line)
        version = facts.get("release", "unknown")
        if version != self.rust_version:
            raise NotThisOneError(f"is {version}, not {self.rust_version}")
        cargo = candidate.rustc.with_name("cargo")
        if not cargo.exists():
            raise NotThisOneError("has no cargo beside it")
        cargo_told = self._ask(cargo, "--version")
        cargo_version = _first_match(r"cargo (\S+)", cargo_told)
        if cargo_version != self.rust_version:
            raise NotThisOneError(f"cargo beside it is {cargo_version}, not {self.rust_version}")
        sysroot = Path(self._ask(candidate.rustc, "--print", "sysroot").strip())
        source = sysroot / "lib/rustlib/src/rust"
        if not (source / RUST_SOURCE_MARK).exists():
            raise NotThisOneError(f"has no sources of the standard library in {source} (rust-src)")
        return Rust(
            provider=candidate.provider,
            version=version,
            description=f"{told.splitlines()[0]}, LLVM {facts.get('LLVM version', 'unknown')}",
            rustc=candidate.rustc,
            cargo=cargo,
            source=source,
        )

    def _ask(self, program: Path, *arguments: str) -> str:
        kept = {name: self.variables[name] for name in ("HOME", "PATH") if name in self.variables}
        try:
            told = run([program, *arguments], env=kept, check=False, within_s=_VERSION_WITHIN_S)
        except (OSError, KpioError) as error:
            raise NotThisOneError(f"cannot be run: {error}") from error
        if told.status != 0:
            last_line = (told.output.strip().splitlines() or ["it prints nothing"])[-1]
            raise NotThisOneError(f"{told.ending}: {last_line}")
        return told.output

    def _find(self, needed: Requirement) -> Program:
        if needed.name == RUST:
            rust = self.rust
            return Program(RUST, rust.rustc, f"{rust.description}, {rust.provider}")
        if needed.name in _COMPONENTS:
            return self._find_component(needed)
        for name in needed.files:
            if not Path(name).exists():
                raise NotThisOneError(f"{name} is not there")
        if not needed.programs:
            return Program(needed.name, Path(needed.files[0]), "")
        for name in needed.programs:
            path = find_program(name, self.variables)
            if path is not None:
                return self._with_version(needed, path)
        raise NotThisOneError(f"{' or '.join(needed.programs)} is not installed")

    def _find_component(self, needed: Requirement) -> Program:
        """Return clippy or rustfmt: the one beside the rustc in use, never another's."""
        paths = [self.rust.bin_dir / name for name in _COMPONENTS[needed.name]]
        for path in paths:
            if not path.exists():
                raise NotThisOneError(f"{path} is not there")
        return self._with_version(needed, paths[-1])

    def _with_version(self, needed: Requirement, path: Path) -> Program:
        told = self._ask(path, *needed.version_arguments)
        version = _first_match(needed.version_pattern, told)
        numbers = tuple(int(number) for number in re.findall(r"\d+", version))
        if needed.minimum and numbers < needed.minimum:
            least = ".".join(str(number) for number in needed.minimum)
            raise NotThisOneError(f"{path} is {version}, and {least} is the oldest known to work")
        return Program(needed.name, path, version)


def mending_command(needed: Requirement) -> str:
    """Return the command that installs a tool."""
    return f"apt-get install -y --no-install-recommends {' '.join(needed.packages)}"


def pinned_rust_version(root: Path) -> str:
    """Return the Rust version of `root`/rust-toolchain.toml."""
    path = root / "rust-toolchain.toml"
    try:
        channel = tomllib.loads(path.read_text(encoding="utf-8"))["toolchain"]["channel"]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise KpioError(
            f"{path} does not name the version of Rust: {error}",
            hint='it needs a table [toolchain] with channel = "<version>"; see `git log` for it',
        ) from error
    if not isinstance(channel, str):
        raise KpioError(f"{path}: channel is {channel!r}, not a version", hint="see `git log`")
    return channel


def _first_match(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found.group(1) if found else "unknown"
