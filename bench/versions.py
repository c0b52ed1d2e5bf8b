"""What the READMEs say on "which version should I run", made from the kept comparison; as a module it writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.marked import rewrite
from heygem_core.bench.folder import Folder
from heygem_core.bench.report import labels, sentences
from heygem_core.bench.schema import Run
from heygem_core.bench.schema_comparison import Comparison
from heygem_core.bench.twin import ROOT
from heygem_core.text import Text

RESULTS = Path(ROOT) / "bench" / "results"
READMES = {"en": Path(ROOT) / "README.md", "zh": Path(ROOT) / "README.zh.md"}
NAME = "versions"
_COLUMNS = Text("model", "模型"), Text("scenario", "场景")
_PLACE = Text(
    "onnxruntime-gpu on the CPU provider of {cores} cores of {cpu}, {date}; each against {base}, the oldest with "
    "wheels for this Python:",
    "onnxruntime-gpu 的 CPU 执行后端，{cpu} {cores} 核，{date}；均与 {base}（有此 Python 的 wheel 的最旧版本）相比：",
)
_HEADLINE = Text("- **{arm}** {words}{rest}.", "- **{arm}** {words}{rest}。")
_FAILED = Text("gave no result: {detail}", "没有结果：{detail}")
_AND = Text(", ", "，")
_WITH_ESTIMATE = Text("{said} ({estimate})", "{said}（{estimate}）")


@dataclass(frozen=True)
class Kept:
    """A comparison that is kept: the ``run`` and its gated ``comparisons``."""

    run: Run
    comparisons: Sequence[Comparison]

    def of(self, arm: str) -> list[Comparison]:
        """Return what was said of a version."""
        return [one for one in self.comparisons if one.candidate == arm]


def load(folder: Path = RESULTS) -> Kept | None:
    """Return the newest comparison on the CPU that is kept in ``folder``, None where there is none."""
    newest = max(folder.glob("versions-cpu-*"), default=None)
    return Kept(Folder(newest).run(), Folder(newest).comparisons()) if newest else None


def section(kept: Kept, language: str) -> str:
    """Return what is said of each version in a line, and all comparisons as a table."""
    run = kept.run
    place = _PLACE.get(language).format(
        cores=run.host.cores, cpu=run.host.cpu, date=run.began[: len("2026-01-01")], base=run.base
    )
    parts = [[place], [_headline(kept, arm, language) for arm in run.candidates], _table(kept, language)]
    return "\n\n".join("\n".join(part) for part in parts)


def _headline(kept: Kept, arm: str, language: str) -> str:
    failure = next((one for one in kept.run.failures if one.arm == arm and one.model is None), None)
    if failure is not None:
        return _HEADLINE.get(language).format(
            arm=arm, words=_FAILED.get(language).format(detail=failure.detail), rest=""
        )
    _, words, rest = sentences.headline(kept.of(arm))
    more = f"{_AND.get(language)}{rest.get(language)}" if rest.en else ""
    return _HEADLINE.get(language).format(arm=arm, words=words.get(language), rest=more)


def _table(kept: Kept, language: str) -> list[str]:
    run = kept.run
    said = {(one.model, one.scenario, one.candidate): one for one in kept.comparisons}
    rows = [
        _row(
            model.name,
            labels.scenario(scenario.name).get(language),
            *_cells(said, model.name, scenario.name, run, language),
        )
        for model in run.models
        for scenario in run.scenarios
    ]
    return [
        _row(*(text.get(language) for text in _COLUMNS), *run.candidates),
        "|---|---|" + "---|" * len(run.candidates),
        *rows,
    ]


def _cells(
    said: Mapping[tuple[str, str, str], Comparison], model: str, scenario: str, run: Run, language: str
) -> list[str]:
    found = [said.get((model, scenario, arm)) for arm in run.candidates]
    return [_cell(one, language) if one else "–" for one in found]


def _cell(one: Comparison, language: str) -> str:
    text, estimate = sentences.sentence(one).get(language), sentences.estimate(one)
    if one.verdict == "inconclusive" and estimate is not None:
        text = _WITH_ESTIMATE.get(language).format(said=text, estimate=estimate.get(language))
    return f"{labels.VERDICTS[one.verdict].symbol} {text}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Rewrite the section of both READMEs."""
    kept = load()
    if kept is not None:
        for language, path in READMES.items():
            rewrite(path, NAME, section(kept, language))


if __name__ == "__main__":
    main()
