"""What a shared library says about itself, read from its file without loading it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elftools.elf.dynamic import DynamicTag


@dataclass(frozen=True)
class SharedLibrary:
    """The part of an ELF file's dynamic section that the loader acts on."""

    needed: tuple[str, ...]
    """Names of the libraries that must be there, in the order in which the loader looks for them."""
    soname: str | None
    """The name under which the loader remembers it; what is NEEDED is matched against this."""
    search: tuple[str, ...]
    """RPATH and RUNPATH, the folders that the library itself names; usually empty."""
    versions: tuple[tuple[str, tuple[str, ...]], ...]
    """For each needed library with versioned symbols: its name and the versions asked for."""


def read(path: Path) -> SharedLibrary:
    """Return what the ELF file at ``path`` needs; raises OSError, or ValueError when it is not ELF."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.dynamic import DynamicSection
    from elftools.elf.elffile import ELFFile
    from elftools.elf.gnuversions import GNUVerNeedSection

    with path.open("rb") as file:
        try:
            elf = ELFFile(file)
            sections = list(elf.iter_sections())
            dynamic = next((part for part in sections if isinstance(part, DynamicSection)), None)
            if dynamic is None:
                raise ValueError(f"{str(path)!r} is no dynamically linked ELF file")
            tags = list(dynamic.iter_tags())
            versions = next((part for part in sections if isinstance(part, GNUVerNeedSection)), None)
            asked = _versions(versions) if versions is not None else ()
        except ELFError as error:
            raise ValueError(f"{str(path)!r} is no ELF file: {error}") from error
    return SharedLibrary(
        needed=_texts(tags, "needed"),
        soname=next(iter(_texts(tags, "soname")), None),
        search=tuple(folder for path in _texts(tags, "rpath") + _texts(tags, "runpath") for folder in path.split(":")),
        versions=asked,
    )


def _versions(section: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    pairs = section.iter_versions()  # type: ignore[attr-defined]
    return tuple((library.name, tuple(version.name for version in wanted)) for library, wanted in pairs)


def _texts(tags: list[DynamicTag], kind: str) -> tuple[str, ...]:
    # pyelftools adds the decoded text as an attribute named after the tag.
    return tuple(getattr(tag, kind) for tag in tags if tag.entry.d_tag == f"DT_{kind.upper()}")
