"""``heygem-core bench report``: one page, Markdown and JSON of a run, all of it escaped, in both languages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from heygem_core.bench.folder import Folder
from heygem_core.bench.report import gather, html, labels, markdown
from tests.bench.report import hostile, synthetic
from tests.bench.report.conftest import Made
from tests.cli.command import heygem
from tests.page.reader import Page

FIGURES = ["intervals", "advisory", "latencies", "pipeline", "load", "history"]


def embedded(page: str) -> list[dict[str, Any]]:
    """Return the data that the page's script draws from."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    told: list[dict[str, Any]] = json.loads(found[1])
    return told


def test_the_page_has_everything_and_refers_to_nothing(made: Made) -> None:
    """Tags are balanced; there is no address on it; every figure is there, with its data and a button per format."""
    text = made.html.read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert page.addresses == []
    told = {one["name"]: one for one in embedded(text)}
    assert list(told) == [*FIGURES, "verdicts", "figures"]
    assert all(one["rows"] for one in told.values())
    for name in told:
        for kind in ("json", "csv"):
            assert f'data-download="{kind}" data-of="{name}"' in text
    drawn = text.count("data-chart=")
    assert drawn == sum(len(one["charts"]) for one in told.values())


def test_each_comparison_stands_in_the_table_worst_first(made: Made) -> None:
    """Symbol and name of the verdict, version, model, scenario; a version that failed has a card and no rows."""
    text = made.html.read_text(encoding="utf-8")
    rows = re.findall(r"<tr>(.*?)</tr>", text.split('id="verdicts"')[1].split("</table>")[0])[1:]
    comparisons = [one for one in Folder(made.folder).comparisons() if one.candidate != "1.16.3"]
    assert len(rows) == len(comparisons)
    order = list(labels.VERDICTS)
    places = [next(order.index(verdict) for verdict in order if labels.NAMES[verdict].en in row) for row in rows]
    assert places == sorted(places)
    for one in comparisons:
        label = labels.VERDICTS[one.verdict]
        assert any(
            all(part in row for part in (label.symbol, label.name.zh, one.candidate, one.model, one.scenario))
            for row in rows
        )
    assert "no wheel for this Python" in Page(text).text


def test_markup_from_outside_is_text(tmp_path: Path) -> None:
    """Whatever host, builds, models, stages or reasons are called: no element, no script and no attribute more."""
    hostile.write(tmp_path / "evil")
    synthetic.write(tmp_path / "good", synthetic.run(scenarios=("single-stream",)), replicates=12)
    evil, good = (Page(html.page(gather.gather(tmp_path / name), "")) for name in ("evil", "good"))
    assert evil.open == []
    assert evil.attributes <= good.attributes | {"data-choose"}
    assert {"img", "iframe", "object", "a"} & set(evil.tags) == set()
    assert evil.tags.count("script") == good.tags.count("script")
    assert evil.text.count("<script>alert(1)</script>") > 10
    lines = markdown.text(gather.gather(tmp_path / "evil"), "en").splitlines()
    assert not any(re.search(r"(?<!\\)<(?!/?(details|summary)>)", line) for line in lines)
    assert not any("@all" in line for line in lines)
    table = [line for line in lines if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {9}


def test_both_languages_are_on_the_page(made: Made) -> None:
    """Each figure's title and caption, and each column of the tables, stand there in English and in Chinese."""
    text = Page(made.html.read_text(encoding="utf-8")).text
    for one in gather.gather(made.folder, made.history).figures:
        for words in (one.title, one.caption):
            assert words.en in text
            assert words.zh in text
            assert re.search(r"[\u4e00-\u9fff]", words.zh)


def test_markdown_begins_with_the_decision(made: Made) -> None:
    """One line per version with its sign before anything else; every comparison in the part that unfolds."""
    done = heygem("bench", "report", made.folder, "--markdown", "--lang", "zh")
    assert (done.returncode, done.stderr) == (0, "")
    report = gather.gather(made.folder)
    assert done.stdout == markdown.text(report, "zh")
    for lang, words in (("en", "worse in"), ("zh", "更差")):
        _decided(made, markdown.text(report, lang), words)


def _decided(made: Made, text: str, words: str) -> None:
    top, _, rest = text.partition("<details>")
    assert [re.findall(r"\*\*(\S+)", line)[0] for line in top.splitlines() if line.startswith("- ")] == [
        "1.22.0",
        "1.26.0",
        "1.31.1",
        "1.16.3",
    ]
    assert words in top
    assert "❌" in top
    listed = [one for one in Folder(made.folder).comparisons() if one.candidate != "1.16.3"]
    assert rest.count("\n| ") == len(listed) + 1
    assert "</details>" in rest


def test_json_has_the_verdicts_as_they_were_kept(made: Made) -> None:
    """The run, every comparison equal to the folder's, the advisory ones, and the figures of each version."""
    told = json.loads(made.json.read_text(encoding="utf-8"))
    kept = json.loads((made.folder / "comparisons.json").read_text(encoding="utf-8"))
    assert sorted(map(json.dumps, told["comparisons"])) == sorted(map(json.dumps, kept))
    assert told["run"]["id"] == "synthetic-1"
    assert {one["metric"] for one in told["advisory"]} >= {"p90", "rss", "cpu"}
    assert {one["arm"] for one in told["summaries"]} >= {"1.20.2", "1.31.1"}


def test_without_options_it_prints_the_verdicts(made: Made) -> None:
    """The table of ``bench compare``, and exit code 0 although something regressed."""
    done = heygem("bench", "report", made.folder)
    assert done.returncode == 0
    assert "single-stream" in done.stdout
    assert "1.31.1" in done.stdout


def test_a_run_that_goes_on_is_judged_by_what_there_is(tmp_path: Path) -> None:
    """Without verdicts and without an end: they are computed, and the page says that more will come."""
    told = synthetic.run(scenarios=("single-stream",))
    synthetic.write(tmp_path, told, replicates=12)
    (tmp_path / "comparisons.json").unlink()
    Folder(tmp_path).write_run(replace(told, ended=None))
    report = gather.gather(tmp_path)
    assert len(report.comparisons) == len(told.candidates)
    assert "The run has not ended yet" in html.page(report, "")
    assert "尚未结束" in markdown.text(report, "zh")


def test_a_run_of_which_nothing_is_measured_yet_is_no_error(tmp_path: Path) -> None:
    """An empty folder of a run gives a page that says so."""
    Folder(tmp_path).write_run(replace(synthetic.run(), ended=None))
    page = html.page(gather.gather(tmp_path), "")
    assert "1.31.1" in Page(page).text


def test_a_folder_without_a_run_is_wrong_usage(tmp_path: Path, made: Made) -> None:
    """Exit code 2 and the name of what is not there, for the folder and for the history."""
    done = heygem("bench", "report", tmp_path)
    assert done.returncode == 2
    assert "there is no run in" in done.stderr
    done = heygem("bench", "report", made.folder, "--history", tmp_path / "none.jsonl")
    assert done.returncode == 2
    assert "there is no file" in done.stderr


DRAW = """
import json, sys
import vl_convert
kinds = {}
for figure in json.load(sys.stdin):
    for row in figure["rows"]:
        for place, name in enumerate(figure["columns"]):
            if name in figure["texts"]:
                row[place] = figure["texts"][name][row[place]]
    rows = [dict(zip(figure["columns"], row)) for row in figure["rows"]]
    for chart in figure["charts"][:1]:
        def english(value):
            if isinstance(value, list):
                return [english(one) for one in value]
            if isinstance(value, dict) and set(value) != {"en", "zh"}:
                return {name: english(one) for name, one in value.items()}
            return value["en"] if isinstance(value, dict) else 400 if value == "container" else value
        values = [row for row in rows if all(row[name] == value for name, value in chart["where"].items())]
        spec = {**english(chart["spec"]), "data": {"values": values}}
        svg = vl_convert.vegalite_to_svg(spec)
        kinds[figure["name"]] = svg.count("<path") + svg.count("<rect") + svg.count("<line")
print(json.dumps(kinds))
"""


def test_every_kind_of_chart_is_drawn(made: Made) -> None:
    """Vega accepts each figure's specification without a warning, and draws marks where there is something to see."""
    data = json.dumps(embedded(made.html.read_text(encoding="utf-8")))
    done = subprocess.run(
        [sys.executable, "-c", DRAW], input=data, capture_output=True, text=True, timeout=100, check=True
    )
    drawn = json.loads(done.stdout)
    assert list(drawn) == FIGURES
    assert done.stderr == ""
    assert min(drawn.values()) >= 20


def test_without_the_plotting_library_it_says_how_to_get_it(made: Made, tmp_path: Path) -> None:
    """One line with the command, exit code 1 and no page; Markdown needs no library."""
    hide = "import sys; sys.modules['vl_convert'] = None; from heygem_core.cli import main; main()"
    command = [sys.executable, "-c", hide, "bench", "report", str(made.folder), "--html", str(tmp_path / "page.html")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "pip install 'heygem-core[bench]'" in done.stderr
    assert not (tmp_path / "page.html").exists()
