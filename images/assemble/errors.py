"""What can be wrong with an image before any tool has run."""

from kpio_build.base.errors import KpioError


class ManifestError(KpioError):
    """A manifest says something that cannot be meant, or names something that is not there."""


class LayoutError(KpioError):
    """Partitions that do not fit: into the disk, beside one another, or around their files."""


class FormatError(KpioError):
    """A tool that writes or checks a file system or partition table failed."""
