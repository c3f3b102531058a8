"""The partition table: GPT with its protective MBR, written by sfdisk."""

import os
from pathlib import Path

from images.assemble.errors import FormatError
from images.assemble.identity import Identity, tool_environment
from images.assemble.layout import GPT_BACKUP_SECTORS, GPT_SECTORS, SECTOR_BYTES, Layout
from images.assemble.manifest import PartitionSpec
from kpio_build.base import process

_WITHIN_S = 60.0


def script(layout: Layout, parts: tuple[PartitionSpec, ...], identity: Identity) -> str:
    """Return what sfdisk is told.

    Source: sfdisk(8), "Script headers" and "Named-fields format".
    """
    lines = [
        "label: gpt",
        f"label-id: {str(identity.uuid('disk')).upper()}",
        "unit: sectors",
        f"first-lba: {GPT_SECTORS}",
        f"last-lba: {layout.len_bytes // SECTOR_BYTES - GPT_BACKUP_SECTORS - 1}",
        f"sector-size: {SECTOR_BYTES}",
    ]
    for extent, part in zip(layout.extents, parts, strict=True):
        lines.append(
            f"start={extent.first_sector}, size={extent.nr_sectors}, "
            f"type={part.type.value.upper()}, "
            f"uuid={str(identity.uuid(f'partition {part.name}')).upper()}, "
            f'name="{part.name}"'
        )
    return "\n".join(lines) + "\n"


def write(disk: Path, layout: Layout, parts: tuple[PartitionSpec, ...], identity: Identity) -> None:
    """Write the table into `disk`, a file that has its full length already.

    Raises FormatError when sfdisk refuses, ToolMissingError when there is none.
    """
    try:
        process.run(
            ["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", "--lock=no", disk],
            env=tool_environment(os.environ.get("PATH", os.defpath)),
            stdin=script(layout, parts, identity).encode(),
            within_s=_WITHIN_S,
        )
    except process.ProcessError as error:
        raise FormatError(
            f"sfdisk could not write the partition table of {disk}",
            hint="the map of the image has the places asked for",
            details=error.details,
        ) from error
