"""`doctor --config`: which of a service's options matter."""

from __future__ import annotations

from pathlib import Path

import pytest

from heygem_core.diagnosis.doctor.options import OPTIONS, of_options, parse
from heygem_core.errors import NotExaminable

PRINTED = """\
----------------- Options ---------------
               batch_size: 4                             \t[default: 16]
          checkpoints_dir: ./checkpoints
                  gpu_ids: 0
              num_threads: 4
                 made_up: x
----------------- End -------------------
"""


def test_printed_options_are_judged(tmp_path: Path) -> None:
    """num_threads does not matter and it is said why, batch_size and gpu_ids do, of an unknown one nothing is said."""
    path = tmp_path / "opt.txt"
    path.write_text(PRINTED, encoding="utf-8")
    report = of_options(path)
    told = {row["option"]: row["matters"] for row in report.data["options"]}
    assert told == {"batch_size": True, "checkpoints_dir": True, "gpu_ids": True, "num_threads": False, "made_up": None}
    (line,) = [line for line in report.lines if line.en.startswith("num_threads")]
    assert "does not matter" in line.en
    assert "DataLoader" in line.zh
    assert report.lines[-1].en == "nothing is known here about: made_up"
    assert report.diagnosis.findings == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("num_threads: 4", {"num_threads": "4"}),
        ("[digital]\nbatch_size = 4\n", {"batch_size": "4"}),
        ("batch_size: 8   \t[default: 1]", {"batch_size": "8"}),
        ("python test.py --num_threads 4 --gpu_ids=0", {"num_threads": "4", "gpu_ids": "0"}),
        ("--no_flip --netG s2am", {"no_flip": "", "netG": "s2am"}),
        ("--gpu-ids '0,1'", {"gpu_ids": "0,1"}),
        ("--name it's", {"name": "it's"}),
        ("------- Options -------\n------- End -------", {}),
        ("", {}),
    ],
)
def test_each_way_of_writing_options_is_read(text: str, found: dict[str, str]) -> None:
    """As printed, as an .ini file, as a command line."""
    assert parse(text) == found


@pytest.mark.parametrize("content", [b"", b"nothing here\n", b"\0\1binary: 1"])
def test_a_file_without_options_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    """It names the file."""
    path = tmp_path / "opt.txt"
    path.write_bytes(content)
    with pytest.raises(NotExaminable, match=r"opt\.txt"):
        of_options(path)


def test_no_advice_is_folklore() -> None:
    """num_threads is not what stalls the service, and no batch cures a stall."""
    assert OPTIONS["num_threads"].matters is False
    assert "no cure" in OPTIONS["batch_size"].why.en
