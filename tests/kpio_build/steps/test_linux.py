from pathlib import Path

import pytest

from kpio_build.base.errors import KpioError
from kpio_build.steps.engine import Engine
from kpio_build.steps.linux import KERNEL, LinuxStep, kernel_package, linux_version
from kpio_build.steps.step import Site
from tests.kpio_build.steps.conftest import write_program

SHOWN = """Package: linux-image-cloud-amd64
Version: 6.1.5-1
Depends: linux-image-6.1.0-9-cloud-amd64 (= 6.1.5-1)
Description: Linux for x86-64 cloud (meta-package)
"""
OPTIONS = """for word in "$@"; do
case "$word" in Dir::State::Lists=*/out/linux/*) own=yes;; esac
done
[ "$own" = yes ] || { echo "not the lists of the step" >&2; exit 9; }
"""


@pytest.fixture
def linux_site(toy_site: Site, variables: dict[str, str]) -> Site:
    """Return a site whose apt and dpkg bring a kernel of a few bytes, without a network."""
    path = Path(variables["PATH"])
    for name in ("cat", "mkdir"):
        (path / name).symlink_to(f"/usr/bin/{name}")
    package = "linux-image-6.1.0-9-cloud-amd64"
    version = "[ \"$1\" = --version ] && { echo 'tool 2.6'; exit; }\n"
    get = f"""case "$*" in *" update") ;; *" download {package}") echo deb > {package}.deb;;
*) exit 8;; esac"""
    write_program(path / "apt-get", version + OPTIONS + get)
    write_program(path / "apt-cache", f"{OPTIONS}cat <<EOF\n{SHOWN}EOF")
    unpack = """case "$1" in
--extract) mkdir -p "$3/boot"; echo kernel > "$3/boot/vmlinuz-6.1.0-9-cloud-amd64";;
--field) echo 6.1.5-1;; esac"""
    write_program(path / "dpkg-deb", version + unpack)
    return toy_site


def test_the_kernel_of_the_package_is_kept_and_nothing_else(linux_site: Site) -> None:
    output = Engine(linux_site).realise(LinuxStep())
    assert (output / KERNEL).read_text() == "kernel\n"
    assert linux_version(output) == "linux-image-6.1.0-9-cloud-amd64 6.1.5-1"
    assert sorted(path.name for path in output.iterdir()) == ["version", "vmlinuz"]


def test_it_is_downloaded_once(linux_site: Site, variables: dict[str, str]) -> None:
    first = Engine(linux_site).realise(LinuxStep())
    write_program(Path(variables["PATH"], "apt-get"), "exit 7")
    assert Engine(linux_site).realise(LinuxStep()) == first


@pytest.mark.parametrize("shown", ["", "Package: linux-image-cloud-amd64\nDepends: other\n"])
def test_a_machine_without_such_a_package_is_told(shown: str) -> None:
    with pytest.raises(KpioError, match="depends on no kernel"):
        kernel_package(shown)


def test_the_newest_kernel_is_the_one_it_depends_on() -> None:
    assert kernel_package(SHOWN) == "linux-image-6.1.0-9-cloud-amd64"
