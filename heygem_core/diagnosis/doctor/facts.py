"""What the probe found out, under names that the rules can read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from heygem_core.diagnosis.doctor import eras
from heygem_core.runtime import libraries, loading, refusal

Wanted = Literal["cuda", "cpu"]
DRIVER = "libcuda.so.1"
_CUDA_EP = "CUDAExecutionProvider"
_BY_NAME = re.compile(r"dlopen failed for (lib\w+)\.so")


def _major(name: str) -> str:
    return name.split(".so.", maxsplit=1)[-1].split(".", maxsplit=1)[0]


@dataclass(frozen=True)
class Facts:
    """The probe's JSON (``raw``) for an interpreter in which the provider ``wanted`` is to be used."""

    raw: Mapping[str, Any]
    wanted: Wanted = "cuda"

    @property
    def python(self) -> str:
        """The interpreter's path."""
        return str(self.raw["python"]["executable"])

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that matter, as the probe saw them."""
        return dict(self.raw["environment"])

    @property
    def packages(self) -> tuple[Mapping[str, Any], ...]:
        """Installed packages that put files into the folder onnxruntime."""
        return tuple(self.raw["packages"]["onnxruntime"])

    def package_version(self, name: str) -> str | None:
        """Return the version of an installed package, numpy for example, or None."""
        found: str | None = self.raw["packages"]["versions"].get(name)
        return found

    @property
    def folder(self) -> str | None:
        """Folder that ``import onnxruntime`` would use."""
        found: str | None = self.raw["packages"]["folder"]
        return found

    @property
    def provider(self) -> str | None:
        """Path of the CUDA provider library, None where it is not there."""
        found: str | None = self.raw["packages"]["provider"]
        return found

    @property
    def trial(self) -> Mapping[str, Any]:
        """What became of importing onnxruntime, of a tiny session, and of the user's model."""
        return dict(self.raw["trial"])

    @cached_property
    def said(self) -> str:
        """What onnxruntime wrote meanwhile and the error it raised, without colours."""
        return refusal.plain(f"{self.trial['said']}\n{self.trial.get('error', '')}")

    @property
    def version(self) -> str | None:
        """Version of onnxruntime: of the one that was imported, else of the GPU package, else of any."""
        if self.trial.get("import"):
            return str(self.trial["import"]["version"])
        ordered = sorted(self.packages, key=lambda package: not package["gpu"])
        return str(ordered[0]["version"]) if ordered else None

    @property
    def era(self) -> eras.Era | None:
        """The row of the installed version; None where only a package for the CPU is installed."""
        gpu = self.provider is not None or any(package["gpu"] for package in self.packages)
        return eras.era(self.version) if self.version and gpu else None

    @property
    def on_gpu(self) -> bool:
        """Whether the tiny session applied CUDA, and ran."""
        return _CUDA_EP in (self.trial.get("session") or ()) and bool(self.trial.get("run"))

    @property
    def all_on_gpu(self) -> bool:
        """Whether the user's model, where one was given, applied CUDA as well."""
        return self.on_gpu and _CUDA_EP in (self.trial.get("model", (_CUDA_EP,)) or ())

    @property
    def preload_helps(self) -> bool:
        """Whether a session after preload_dlls applied CUDA, and ran."""
        tried = self.raw["preloaded"] or {}
        return _CUDA_EP in (tried.get("session") or ()) and bool(tried.get("run"))

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Libraries that the CUDA provider needs and the loader does not find, the driver's own left out."""
        if self.wanted != "cuda" or self.provider is None or self.on_gpu:
            return ()
        found = [name for name, path in self.raw["trace"].items() if path is None]
        by_name = _BY_NAME.search(self.said)
        if by_name and self.era:
            # It was tried as libcudnn.so.9 and then as libcudnn.so.
            found.append(f"{by_name.group(1)}.so.{self.era.cudnn}")
        else:
            messages = (self.said, (self.raw["load"] or {}).get("load") or "")
            found += [name for message in messages if (name := loading.missing_library(message))]
        names = dict.fromkeys(found)
        return tuple(name for name in names if name not in {DRIVER, libraries.PROVIDER})

    @property
    def searched(self) -> tuple[Path, ...]:
        """Every folder with CUDA libraries, whether the loader looks there or not, the best to name first."""
        return tuple(Path(place["folder"]) for place in self.raw["places"])

    def source(self, folder: Path) -> str:
        """Return how ``folder`` came: pip, torch, exported, toolkit, system or prefix."""
        return str(next(place["source"] for place in self.raw["places"] if place["folder"] == str(folder)))

    def holding(self, soname: str) -> Path | None:
        """Return the first folder with ``soname``."""
        return next((Path(place["folder"]) for place in self.raw["places"] if soname in place["names"]), None)

    def other_versions(self, soname: str) -> tuple[Path, ...]:
        """Return the same library with other major versions, wherever they are."""
        stem = soname.split(".so", maxsplit=1)[0] + ".so."
        return tuple(
            Path(place["folder"], name)
            for place in self.raw["places"]
            for name in place["names"]
            if name.startswith(stem) and _major(name) != _major(soname)
        )

    @cached_property
    def torch(self) -> tuple[str, str | None] | None:
        """Version and CUDA version of torch, the latter None where it is built for the CPU; None without torch."""
        text = self.raw["torch"]
        if text is None:
            return None
        found = {
            name: re.search(rf"^{name}\b[^=\n]*= *'([^']*)'", text, re.MULTILINE) for name in ("__version__", "cuda")
        }
        version, cuda = found["__version__"], found["cuda"]
        return (version.group(1) if version else "?", cuda.group(1) if cuda else None)

    @property
    def nvml(self) -> Mapping[str, Any]:
        """Driver version, CUDA version and devices; empty where NVML cannot be used."""
        answer = self.raw["nvml"]["nvml"] or {}
        return {} if answer.get("error") else answer

    @property
    def driver_cuda(self) -> int | None:
        """CUDA version that the driver supports, 12040 for 12.4, or None."""
        told = self.nvml.get("cuda") or (self.raw["driver"]["driver"] or {}).get("cuda")
        return int(told) if told else None

    @property
    def capabilities(self) -> tuple[eras.Version, ...]:
        """Compute capability of each GPU."""
        return tuple(tuple(device["capability"]) for device in self.nvml.get("devices", ()))

    @property
    def place(self) -> eras.Place:
        """What a version of onnxruntime-gpu must fit here; of several GPUs the oldest."""
        oldest = min(self.capabilities, default=None)
        return eras.Place(tuple(self.raw["python"]["version"]), self.driver_cuda, oldest)

    def machine_file(self, name: str) -> str | None:
        """Return the text of one of the files of /proc and /sys that the probe read."""
        found: str | None = self.raw["machine"]["files"].get(name)
        return found
