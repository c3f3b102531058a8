"""Every tool KPIO uses on the host: why, which programs can be it, and its Debian packages.

Rust is listed here too, but chosen by kpio_build.steps.toolchain, which looks at more than PATH.
"""

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final

RUST: Final = "rust"
CLIPPY: Final = "clippy"
RUSTFMT: Final = "rustfmt"
BUILTINS: Final = Path("/usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.builtins-x86_64.a")
"""What compilers call for arithmetic that the processor has no instruction for."""


class Purpose(IntEnum):
    """What tools are for. A purpose needs its own tools and those of the purposes before it."""

    BUILD = 1
    BOOT = 2
    BENCH = 3
    TEST = 4


@dataclass(frozen=True)
class Requirement:
    """One tool.

    `programs` are the names it may have, best first; a path is a file instead of a program. The
    first group of `version_pattern` in what `version_arguments` prints is the version. `minimum` is
    what is known to work.
    """

    name: str
    why: str
    purpose: Purpose
    packages: tuple[str, ...]
    programs: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    version_arguments: tuple[str, ...] = ("--version",)
    version_pattern: str = r"(\d+(?:\.\d+)+)"
    minimum: tuple[int, ...] = ()


REQUIREMENTS: Final = (
    Requirement(
        name="certificates",
        why="cargo checks with whom it talks when it downloads crates",
        purpose=Purpose.BUILD,
        packages=("ca-certificates",),
        files=("/etc/ssl/certs/ca-certificates.crt",),
    ),
    Requirement(
        name=RUST,
        why="compiles the kernel, libkpio and the programs; its sources give core and alloc",
        purpose=Purpose.BUILD,
        packages=("rustc-web", "cargo-web", "rust-web-src"),
    ),
    Requirement(
        name="cc",
        why="links the build scripts and procedural macros that cargo runs on the host",
        purpose=Purpose.BUILD,
        packages=("gcc", "libc6-dev"),
        programs=("cc", "gcc"),
        minimum=(12,),
    ),
    Requirement(
        name="clang",
        why="compiles C programs and assembly for KPIO",
        purpose=Purpose.BUILD,
        packages=("clang-19",),
        programs=("clang-19", "clang-22"),
        minimum=(19,),
    ),
    Requirement(
        name="builtins",
        why="has the arithmetic that C compilers call, for `kpio cc`",
        purpose=Purpose.BUILD,
        packages=("libclang-rt-19-dev",),
        files=(str(BUILTINS),),
    ),
    Requirement(
        name="ld.lld",
        why="links the kernel and the programs",
        purpose=Purpose.BUILD,
        packages=("lld-19",),
        programs=("ld.lld-19", "ld.lld-22"),
        minimum=(19,),
    ),
    Requirement(
        name="lld-link",
        why="links the UEFI boot stub",
        purpose=Purpose.BUILD,
        packages=("lld-19",),
        programs=("lld-link-19", "lld-link-22"),
        minimum=(19,),
    ),
    Requirement(
        name="objcopy",
        why="strips debug information and localises symbols",
        purpose=Purpose.BUILD,
        packages=("binutils",),
        programs=("objcopy",),
        minimum=(2, 40),
    ),
    Requirement(
        name="ar",
        why="puts libkpio into libc.a",
        purpose=Purpose.BUILD,
        packages=("binutils",),
        programs=("ar",),
        minimum=(2, 40),
    ),
    Requirement(
        name="mke2fs",
        why="makes the ext4 root file system of the image, without root",
        purpose=Purpose.BUILD,
        packages=("e2fsprogs",),
        programs=("mke2fs",),
        version_arguments=("-V",),
        minimum=(1, 47),
    ),
    Requirement(
        name="e2fsck",
        why="judges the root file system of every image",
        purpose=Purpose.BUILD,
        packages=("e2fsprogs",),
        programs=("e2fsck",),
        version_arguments=("-V",),
        minimum=(1, 47),
    ),
    Requirement(
        name="mtools",
        why="makes the FAT file system of the image's EFI partition, without root",
        purpose=Purpose.BUILD,
        packages=("mtools",),
        programs=("mcopy",),
        minimum=(4,),
    ),
    Requirement(
        name="sfdisk",
        why="judges the partition table of every image",
        purpose=Purpose.BUILD,
        packages=("fdisk",),
        programs=("sfdisk",),
        minimum=(2, 38),
    ),
    Requirement(
        name="qemu",
        why="runs KPIO",
        purpose=Purpose.BOOT,
        packages=("qemu-system-x86",),
        programs=("qemu-system-x86_64",),
        minimum=(7, 2),
    ),
    Requirement(
        name="ovmf",
        why="is the UEFI firmware for `kpio boot --qemu --firmware uefi`",
        purpose=Purpose.BOOT,
        packages=("ovmf",),
        files=("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
    ),
    Requirement(
        name="setpriv",
        why="lets QEMU end when kpio is killed",
        purpose=Purpose.BOOT,
        packages=("util-linux",),
        programs=("setpriv",),
        minimum=(2, 33),
    ),
    Requirement(
        name="musl",
        why="links the Linux twin of a program: the oracle for what it does and how fast",
        purpose=Purpose.BENCH,
        packages=("musl-dev",),
        files=("/usr/lib/x86_64-linux-musl/libc.a",),
    ),
    Requirement(
        name="c++filt",
        why="makes the names of the kernel's functions readable in a profile",
        purpose=Purpose.BENCH,
        packages=("binutils",),
        programs=("c++filt",),
        minimum=(2, 40),
    ),
    Requirement(
        name="apt-get",
        why="downloads what is not installed: a page to parse, the Linux kernel to compare with",
        purpose=Purpose.BUILD,
        packages=("apt",),
        programs=("apt-get",),
    ),
    Requirement(
        name="dpkg-deb",
        why="unpacks it",
        purpose=Purpose.BUILD,
        packages=("dpkg",),
        programs=("dpkg-deb",),
    ),
    Requirement(
        name=CLIPPY,
        why="checks the Rust sources",
        purpose=Purpose.TEST,
        packages=("rust-web-clippy",),
    ),
    Requirement(
        name=RUSTFMT,
        why="checks the layout of the Rust sources and of generated ones",
        purpose=Purpose.TEST,
        packages=("rustfmt-web",),
    ),
)


def requirements_for(purpose: Purpose) -> tuple[Requirement, ...]:
    """Return the tools a purpose needs, its own and those of the purposes before it."""
    return tuple(needed for needed in REQUIREMENTS if needed.purpose <= purpose)


def requirement(name: str) -> Requirement:
    """Return the requirement of this name."""
    return next(known for known in REQUIREMENTS if known.name == name)
