"""The table of eras: what the wheels say themselves, and which version fits which machine."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from heygem_core.diagnosis.doctor import eras
from heygem_core.diagnosis.doctor.eras import Place, era, fitting, requirements, runs_on
from heygem_core.runtime import elf, ort_envs
from heygem_core.runtime.libraries import PROVIDER

# Layout of a fat binary: cuda_fatbin's header, then one header per code with its kind and architecture.
_MAGIC = struct.pack("<I", 0xBA55ED50)
_PTX = 1


def codes(library: Path) -> set[tuple[str, int]]:
    """Return ("ptx" or "sass", architecture) of every code in the fat binaries of ``library``."""
    with library.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        section = ELFFile(file).get_section_by_name(".nv_fatbin")
        assert section is not None
        at, end = section["sh_offset"], section["sh_offset"] + section["sh_size"]
        found = set()
        while (at := data.find(_MAGIC, at, end)) >= 0:
            _, _, header, size = struct.unpack_from("<IHHQ", data, at)
            code, at = at + header, at + header + size
            while code + 32 <= at:
                kind, _, own_header, own_size = struct.unpack_from("<HHIQ", data, code)
                found.add(("ptx" if kind == _PTX else "sass", struct.unpack_from("<I", data, code + 28)[0]))
                code += own_header + own_size
        return found


@pytest.mark.parametrize("version", [pin.version for pin in ort_envs.PINS])
def test_a_row_says_what_the_wheel_says(version: str) -> None:
    """CUDA and cuDNN by the names that the provider library needs, architectures by its code."""
    folder = ort_envs.built().get(version)
    if folder is None:
        pytest.skip(f"onnxruntime-gpu {version} is not built: nox -s ort_envs")
    library, row = folder / "onnxruntime" / "capi" / PROVIDER, era(version)
    assert row is not None
    assert row.newest == version
    needed = elf.read(library).needed
    assert f"libcublas.so.{row.cuda}" in needed
    assert (f"libcudnn.so.{row.cudnn}" in needed) == (row.series < eras.LAZY)
    found = codes(library)
    assert {code for kind, code in found if kind == "sass"} == set(row.sass)
    assert max((code for kind, code in found if kind == "ptx"), default=None) == row.ptx


@pytest.mark.parametrize(
    ("machine", "place", "versions"),
    [
        ("HeyGem's Python", Place((3, 8)), ["1.19.2", "1.18.1"]),
        ("Python 3.10", Place((3, 10)), ["1.23.2", "1.18.1"]),
        ("today's", Place((3, 12), 13000, (8, 9)), ["1.31.1", "1.26.0", "1.18.1"]),
        ("V100", Place((3, 11), 13000, (7, 0)), ["1.26.0", "1.18.1"]),
        ("GTX 1080", Place((3, 11), 12040, (6, 1)), ["1.26.0", "1.18.1"]),
        ("GTX 980", Place((3, 11), 12040, (5, 2)), ["1.20.2", "1.18.1"]),
        ("RTX 5090", Place((3, 11), 13000, (12, 0)), ["1.31.1", "1.26.0"]),
        ("B200", Place((3, 11), 13000, (10, 0)), ["1.28.0", "1.26.0"]),
        ("driver 535", Place((3, 11), 12020, (8, 6)), ["1.26.0", "1.18.1"]),
        ("driver 470", Place((3, 11), 11040, (8, 6)), ["1.18.1"]),
        ("V100, Python 3.8", Place((3, 8), 11040, (7, 0)), ["1.18.1"]),
        ("RTX 5090, driver 470", Place((3, 11), 11040, (12, 0)), []),
        ("Python 3.7", Place((3, 7)), []),
    ],
)
def test_what_fits_a_machine(machine: str, place: Place, versions: list[str]) -> None:
    """The newest version of each pair of CUDA and cuDNN that has wheels, code and a new enough driver."""
    assert [row.newest for row in fitting(place)] == versions, machine


def test_code_is_told_from_what_the_driver_compiles() -> None:
    """A later GPU of the same major runs the code; of a later major only what can be compiled for it."""
    row = {newest: era(newest) for newest in ("1.18.1", "1.26.0", "1.31.1")}
    assert all(row.values())
    told = {
        (newest, capability): runs_on(each, capability)
        for newest, each in row.items()
        if each is not None
        for capability in ((8, 9), (9, 0), (12, 0))
    }
    assert told == {
        ("1.18.1", (8, 9)): "code",
        ("1.18.1", (9, 0)): "compiled",
        ("1.18.1", (12, 0)): None,
        ("1.26.0", (8, 9)): "code",
        ("1.26.0", (9, 0)): "code",
        ("1.26.0", (12, 0)): "compiled",
        ("1.31.1", (8, 9)): "code",
        ("1.31.1", (9, 0)): "code",
        ("1.31.1", (12, 0)): "code",
    }


def test_the_pair_to_install_is_exact() -> None:
    """Extras where there are some that work; before and at 1.27 each package; cuDNN before 9.11 for old GPUs."""
    anywhere, volta = Place((3, 11)), Place((3, 11), 12040, (7, 0))
    rows = {row.newest: row for row in eras.ERAS}
    assert requirements(rows["1.31.1"], anywhere) == '"onnxruntime-gpu[cuda,cudnn]==1.31.1"'
    assert requirements(rows["1.26.0"], volta) == '"onnxruntime-gpu[cuda,cudnn]==1.26.0" "nvidia-cudnn-cu12<9.11"'
    old = requirements(rows["1.18.1"], volta)
    assert old.startswith("onnxruntime-gpu==1.18.1 nvidia-cublas-cu11 ")
    assert old.endswith('"nvidia-cudnn-cu11>=8,<9" "numpy<2"')
    assert '"nvidia-cudnn-cu12>=9,<9.11"' in requirements(rows["1.20.2"], volta)
    broken = requirements(rows["1.27.0"], anywhere)
    assert "[" not in broken
    assert "nvidia-cublas " in broken
    assert '"nvidia-cudnn-cu13>=9,<10"' in broken


def test_versions_outside_of_the_table() -> None:
    """A newer one is taken for the newest that is known, an older one for none; odd spellings are read."""
    assert era("1.40.0") is eras.ERAS[-1]
    assert era("1.9.0") is None
    assert era("1.23.0") is era("1.23.2")
    assert eras.numbers("1.23.2rc1+cu12") == (1, 23, 2)
    assert eras.numbers("nightly") == ()
