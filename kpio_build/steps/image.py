"""The disk image: from a manifest and the outputs of the other steps to disk.img and map.txt.

The one module of kpio_build.steps that imports images.assemble.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from images.assemble.disk import DISK_NAME, assemble
from images.assemble.manifest import (
    FileSpec,
    Manifest,
    PartitionType,
    SourceRef,
    TreeSpec,
    load_manifest,
)
from kpio_build.base.errors import UsageError
from kpio_build.base.ids import file_digest
from kpio_build.steps.apps import AppsStep, GuestTestsStep
from kpio_build.steps.bench import BenchStep
from kpio_build.steps.bootstub import BootstubStep
from kpio_build.steps.kernel import KernelStep
from kpio_build.steps.page import PageStep
from kpio_build.steps.step import Inputs, Job, Site, Step

MANIFESTS: Final = Path("images/manifests")
IMAGE_TOOLS: Final = ("mke2fs", "e2fsck", "mtools", "sfdisk")


@dataclass(frozen=True)
class ImageFile:
    """A file of the host that goes to `path` of the root besides what the manifest says."""

    path: str
    source: Path
    mode: int = 0o755


@dataclass(frozen=True)
class ImageStep(Step):
    """Assembles the image of images/manifests/<manifest>.toml."""

    manifest: str = "default"
    files: tuple[ImageFile, ...] = ()
    kernel: KernelStep = field(default_factory=KernelStep)

    name = "image"
    makes = "the disk image"

    def needs(self, site: Site) -> tuple[Step, ...]:
        """Return the steps whose outputs the manifest names, and no others."""
        known: tuple[Step, ...] = (
            *(self.kernel, AppsStep(), BootstubStep()),
            *(GuestTestsStep(), BenchStep(), PageStep()),
        )
        wanted = _artifact_names(self._load(site))
        return tuple(step for step in known if step.name in wanted)

    def inputs(self, site: Site) -> Inputs:
        """Return the manifest with those it extends, and the files from the command line."""
        return Inputs(
            files=tuple(sorted((site.tree.root / MANIFESTS).glob("*.toml"))),
            parameters={
                "manifest": self.manifest,
                "files": [[file.path, file.mode, file_digest(file.source)] for file in self.files],
            },
            tools=IMAGE_TOOLS,
        )

    def build(self, job: Job) -> None:
        """Assemble; the map of the image is beside it."""
        manifest = self._load(job.site)
        if self.files:
            root = next(part for part in manifest.partitions if part.type is PartitionType.ROOT)
            extra = tuple(FileSpec(file.path, file.source, file.mode) for file in self.files)
            manifest = manifest.with_files(root.name, extra)
        job.progress(f"assembling {self.manifest}")
        assemble(
            manifest,
            artifacts={step.name: output for step, output in job.outputs.items()},
            out=job.output,
        )

    def _load(self, site: Site) -> Manifest:
        names = manifest_names(site.tree.root)
        if self.manifest not in names:
            raise UsageError(
                f"there is no image called {self.manifest}",
                hint=f"{MANIFESTS}/ has: {', '.join(names)}",
            )
        return load_manifest(site.tree.root / MANIFESTS / f"{self.manifest}.toml")


def manifest_names(root: Path) -> list[str]:
    """Return the names of the images that can be made in the tree at `root`."""
    return sorted(path.stem for path in (root / MANIFESTS).glob("*.toml"))


def disk(output: Path) -> Path:
    """Return the disk image in the output of ImageStep."""
    return output / DISK_NAME


def _artifact_names(manifest: Manifest) -> set[str]:
    names: set[str] = set()
    for part in manifest.partitions:
        for spec in part.contents:
            match spec:
                case (
                    FileSpec(content=SourceRef(artifact=artifact))
                    | TreeSpec(source=SourceRef(artifact=artifact))
                ):
                    names.add(artifact)
    return names
