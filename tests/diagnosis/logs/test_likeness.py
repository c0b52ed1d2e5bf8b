"""Where no rule decides, a report is likened to known ones, and no more than a hint comes of it."""

from __future__ import annotations

import math
from base64 import b64encode
from pathlib import Path

import pytest

from bench.likeness import fit
from heygem_core.diagnosis.diagnosis import HINTED
from heygem_core.diagnosis.logs import likeness
from heygem_core.diagnosis.logs.claims_kinds import Claim
from heygem_core.diagnosis.logs.collecting import REPORT_BYTES
from heygem_core.diagnosis.logs.concepts_kinds import State
from heygem_core.diagnosis.logs.concepts_things import Thing
from heygem_core.diagnosis.logs.diagnose import diagnose, read
from heygem_core.diagnosis.logs.facts import Kind
from heygem_core.diagnosis.logs.likeness import Table, features, table, words_of
from heygem_core.errors import Cause
from tests.diagnosis.logs.sample import FOLDER

SMALL = Table(
    {
        "labels": ["bad-input", "none"],
        "bias": [0.0, 0.5],
        "rarity": {"broken": 3.0, "file": 4.0, "Kind:ERROR": 1.0},
        "step": 0.5,
        "weights": b64encode(bytes([8, 248, 4, 252, 2, 254])).decode(),
    }
)
"""Two labels and three features: 4 and -4, 2 and -2, 1 and -1."""


def test_words_are_lower_case_and_numbers_short() -> None:
    """A process's number tells nothing, an exit code does."""
    assert words_of("Worker exited: code 137, PID 123456 libcudnn.so.8") == [
        *("worker", "exited", "code", "137", "pid", "libcudnn", "so", "8"),
    ]


def test_chinese_is_cut_into_runs_of_two_to_four() -> None:
    """Where its words end nobody has marked."""
    assert words_of("队列满了 GPU") == ["队列", "列满", "满了", "队列满", "列满了", "队列满了", "gpu"]


def test_words_and_what_was_read_have_length_one_each() -> None:
    """So neither part drowns the other; what the table does not know does not count."""
    weighed = SMALL.weighed({"broken": 1.0, "file": 1.0, "unknown": 9.0, "Kind:ERROR": 1.0})
    assert weighed == pytest.approx({"broken": 0.6, "file": 0.8, "Kind:ERROR": 1.0})
    assert SMALL.weighed({"unknown": 1.0}) == {}


def test_probabilities_are_those_of_a_logistic_regression() -> None:
    """Bias plus weights times features, and one in sum."""
    told = SMALL.probabilities({"broken": 0.6, "file": 0.8})
    score = 2 * (4 * 0.6 + 2 * 0.8) - 0.5
    assert told["bad-input"] == pytest.approx(1 / (1 + math.exp(-score)))
    assert sum(told.values()) == pytest.approx(1)
    assert SMALL.says("broken", "bad-input") == 4.0
    assert SMALL.says("unknown", "bad-input") == 0.0


def test_the_table_of_the_package_has_a_label_for_each_that_the_tests_have_logs_for() -> None:
    """Every cause that a log can state, "none" and "other"."""
    assert set(table().labels) == {path.stem for path in FOLDER.glob("*.txt")}


def test_the_table_knows_what_is_read_by_the_names_that_it_has_now() -> None:
    """Who renames a fact, a claim, a thing or a state has to fit the table anew."""
    names = {f"{kind.__name__}:{one.name}" for kind in (Kind, Claim, Thing, State, Cause) for one in kind}
    read = {feature for feature in table().features if ":" in feature}
    assert read
    assert read <= names


SLOW = "Since the update every video renders slowly, it takes ten minutes instead of two.\n"


def always(label: str) -> Table:
    """Return a table that is sure of ``label`` and knows no words."""
    return Table({"labels": [label, "none"], "bias": [9.0, 0.0], "rarity": {}, "step": 1.0, "weights": ""})


def report(folder: Path, text: str) -> str:
    """Return the name of a file with ``text``."""
    path = folder / "report.txt"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (
            "It hangs at 40 % and nothing happens, the log stops after 'putting frame', the second process is idle.\n",
            Cause.QUEUE_FULL_NO_CONSUMER,
        ),
        (
            "训练几个 step 之后就停在取数据那里不动，CPU 和 GPU 都没有占用，把进程数改成 0 就一切正常。\n",
            Cause.DATALOADER_WORKER_DEADLOCK,
        ),
    ],
)
def test_what_no_rule_decides_is_likened_to_known_reports(tmp_path: Path, text: str, cause: Cause) -> None:
    """As a hint, with the lines that say most for it, and with what to collect next."""
    read = diagnose([report(tmp_path, text)])
    finding = read.diagnosis.findings[0]
    assert (finding.cause, finding.confidence, read.rules[0]) == (cause, HINTED, "like-reports")
    assert finding.evidence[1].en == f"line 1: {text.strip()}"
    assert read.diagnosis.collect


def test_a_report_like_those_without_a_cause_loses_its_hints_but_not_its_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guess is dropped; that something is wrong is still said, with the lines that the guess rested on."""
    name = report(tmp_path, SLOW)
    before = diagnose([name]).diagnosis
    assert before.findings[0].confidence == HINTED
    monkeypatch.setattr(likeness, "table", lambda: SMALL)
    after = diagnose([name]).diagnosis
    assert after.cause is None
    assert after.trouble
    assert after.evidence
    assert after.collect


def test_what_a_rule_decides_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the words are like."""
    name = report(tmp_path, "the broken file again\nCUDA error: no kernel image is available for execution\n")
    monkeypatch.setattr(likeness, "table", lambda: SMALL)
    assert diagnose([name]).diagnosis.cause is Cause.UNSUPPORTED_GPU_ARCH


def test_what_a_rule_decides_stays_though_a_hint_stands_before_it(tmp_path: Path) -> None:
    """The ranking may put what somebody complains of before what a program has stated."""
    name = report(
        tmp_path,
        "The worker was killed (exit code 137). After a restart the old task still says it is busy and every new task "
        "is refused.\n",
    )
    told = {finding.cause: finding.confidence for finding in diagnose([name]).diagnosis.findings}
    assert told[Cause.WORKER_DIED] > HINTED


def test_a_hint_that_the_table_agrees_with_keeps_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule's reason says more."""
    name = report(tmp_path, SLOW)
    monkeypatch.setattr(likeness, "table", lambda: always("slow-consumer"))
    assert diagnose([name]).rules == ("said-to-be-slow",)


def test_what_no_line_shows_is_not_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cause has evidence, or it is none."""
    name = report(tmp_path, SLOW)
    monkeypatch.setattr(likeness, "table", lambda: always("bad-input"))
    assert diagnose([name]).rules == ("said-to-be-slow",)


def test_several_logs_are_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the table would say of the first is not said of all."""
    first, second = tmp_path / "first.log", tmp_path / "second.log"
    first.write_text("INFO worker 1 started\n", encoding="utf-8")
    second.write_text(SLOW, encoding="utf-8")
    monkeypatch.setattr(likeness, "table", lambda: SMALL)
    for names in ([first, second], [second, first]):
        assert diagnose([str(name) for name in names]).rules == ("said-to-be-slow",)


def test_who_is_content_has_no_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the words are those of reports."""
    name = report(tmp_path, "Great work, the broken file plays now. It takes 40 seconds, slow cards take longer.\n")
    monkeypatch.setattr(likeness, "table", lambda: SMALL)
    assert diagnose([name]).diagnosis.cause is None


def test_where_nothing_is_wrong_nothing_is_likened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A healthy log has no cause, whatever words are in it."""
    name = report(tmp_path, "2026-01-01 10:00:00 INFO no broken file found\n2026-01-01 10:00:01 INFO done\n")
    monkeypatch.setattr(likeness, "table", lambda: SMALL)
    assert not diagnose([name]).diagnosis.trouble


def test_only_the_beginning_of_a_log_is_likened(tmp_path: Path) -> None:
    """Memory does not grow with the log, and reports are what the table knows."""
    name = report(tmp_path, "frame rendered\n" * REPORT_BYTES)
    assert sum(len(line.text) + 1 for line in read([name]).material.report) <= REPORT_BYTES + len("frame rendered\n")


def test_a_table_that_is_fitted_tells_its_reports_apart() -> None:
    """Few weights, kept in a byte each, are enough for that."""
    reports = [{"queue": 1.0, "full": 1.0}, {"memory": 1.0, "full": 1.0}, {"fine": 1.0}] * 4
    labels = ["queue-full-no-consumer", "gpu-out-of-memory", "none"] * 4
    fitted = Table(fit(reports, labels))
    told = fitted.probabilities(fitted.weighed({"memory": 1.0, "card": 1.0}))
    assert told["gpu-out-of-memory"] > 0.9


def test_features_are_words_and_what_was_read_from_them(tmp_path: Path) -> None:
    """The latter under names with a colon, which no word has."""
    found = features(read([report(tmp_path, "CUDA out of memory\n")]))
    assert found == {"cuda": 1.0, "out": 1.0, "of": 1.0, "memory": 1.0, "Kind:GPU_MEMORY": 1.0} | {
        name: 1.0 for name in found if ":" in name
    }
