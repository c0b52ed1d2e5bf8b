"""What the three commands answer with: the JSON of the contract, the exit code, and what is printed."""

from __future__ import annotations

import io

import pytest
import typer
from rich.console import Console

from heygem_core.cli_diagnosis import conclude, show
from heygem_core.diagnosis.causes import CAUSES
from heygem_core.diagnosis.diagnosis import HINTED, STATED, Diagnosis, Finding, same
from heygem_core.errors import Cause
from heygem_core.text import Text

OWN = Text("install the pair", "安装配套版本")
FOUND = Diagnosis(
    (
        Finding(Cause.PACKAGE_CONFLICT, STATED, (same("both wheels"),), OWN, "onnxruntime"),
        Finding(Cause.SILENT_CPU_FALLBACK, HINTED, (Text("on the CPU", "在 CPU 上"),)),
        Finding(Cause.SILENT_CPU_FALLBACK, HINTED, (same("again"),)),
    )
)
UNDECIDED = Diagnosis(trouble=True, evidence=(same("line 3: queue full"),), collect=Text("the stderr", "stderr 输出"))


def printed(diagnosis: Diagnosis, lang: str) -> str:
    """Return what is shown of ``diagnosis``."""
    out = io.StringIO()
    show(diagnosis, Console(file=out, width=200), lang)
    return out.getvalue()


def test_the_first_finding_is_the_cause_and_the_others_are_named_once() -> None:
    """The remedy is the finding's own, in both languages; texts of the evidence follow the language."""
    told = FOUND.as_json("zh")
    assert (told["cause"], told["confidence"], told["also"]) == ("package-conflict", STATED, ["silent-cpu-fallback"])
    assert told["evidence"] == ["both wheels"]
    assert told["remedy"] == {"en": OWN.en, "zh": OWN.zh}
    assert told["trouble"] is True
    assert [finding["evidence"] for finding in told["findings"][1:]] == [["在 CPU 上"], ["again"]]
    assert told["findings"][1]["remedy"]["en"] == CAUSES[Cause.SILENT_CPU_FALLBACK].remedy.en


def test_no_cause_is_null_and_says_what_to_look_at() -> None:
    """Nothing decides: cause and remedy are null, the symptoms are the evidence; a healthy one is no trouble."""
    told = UNDECIDED.as_json("en")
    assert (told["cause"], told["remedy"], told["also"], told["findings"]) == (None, None, [], [])
    assert told["evidence"] == ["line 3: queue full"]
    assert told["collect"] == {"en": "the stderr", "zh": "stderr 输出"}
    assert told["trouble"] is True
    assert Diagnosis().as_json("en")["trouble"] is False


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_everything_found_is_printed(lang: str) -> None:
    """Title, cause, culprit, evidence and remedy of every finding, in the language asked for."""
    text = printed(FOUND, lang)
    for finding in FOUND.findings:
        for part in (str(finding.cause), CAUSES[finding.cause].title.get(lang), finding.evidence[0].get(lang)):
            assert part in text
    assert OWN.get(lang) in text
    assert f"{FOUND.findings[0].culprit}\n" in text
    assert UNDECIDED.collect is not None
    assert UNDECIDED.collect.get(lang) in printed(UNDECIDED, lang)
    assert printed(Diagnosis(), lang) != printed(UNDECIDED, lang)


def test_a_finding_may_have_a_title_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """Where the registry's is too general; it stands in the report and in the line on stderr."""
    title = Text("onnxruntime is not installed", "未安装 onnxruntime")
    diagnosis = Diagnosis((Finding(Cause.OTHER, STATED, (same("nothing there"),), OWN, None, title),))
    assert title.zh in printed(diagnosis, "zh")
    with pytest.raises(typer.Exit):
        conclude(diagnosis, "en")
    assert title.en in capsys.readouterr().err


def test_a_problem_is_one_line_on_stderr_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    """With its cause where there is one; nothing at all, and no exit, where all is well."""
    for diagnosis, told in ((FOUND, "problem: package-conflict: "), (UNDECIDED, "something is wrong")):
        with pytest.raises(typer.Exit) as ended:
            conclude(diagnosis, "en")
        assert ended.value.exit_code == 1
        line = capsys.readouterr().err
        assert line.startswith(told)
        assert line.count("\n") == 1
    conclude(Diagnosis(), "en")
    assert capsys.readouterr().err == ""
