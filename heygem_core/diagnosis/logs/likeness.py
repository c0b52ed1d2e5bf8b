"""What a report is like: the cause of known reports that speak as it does, for where no rule decides.

The rules name what a log states. Where they find nothing, or nothing but a hint, a table is asked that was fitted to
labelled reports, and the most that it can say is a hint as well.
"""

from __future__ import annotations

import gzip
import json
import math
import re
from array import array
from base64 import b64decode
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib.resources import files

from heygem_core.diagnosis.diagnosis import HINTED
from heygem_core.diagnosis.logs import documents
from heygem_core.diagnosis.logs.facts import Kind
from heygem_core.diagnosis.logs.lines import Line
from heygem_core.diagnosis.logs.verdicts import Evidence, Verdict
from heygem_core.diagnosis.logs.wording import hits_in
from heygem_core.errors import Cause
from heygem_core.text import Text

_WORD = re.compile(r"(?<![a-z0-9])(?:[a-z][a-z0-9]*|\d{1,3}(?![0-9]))|[\u4e00-\u9fff]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_SHORTEST, _LONGEST = 2, 4
"""Characters of Chinese that are taken for a word."""


def words_of(text: str) -> list[str]:
    """Return the words of ``text`` in lower case, of Chinese every run of 2 to 4 characters, of numbers the short."""
    return [part for word in _WORD.findall(text.lower()) for part in ([word] if not _HAN.match(word) else _runs(word))]


def _runs(word: str) -> list[str]:
    lengths = range(_SHORTEST, _LONGEST + 1)
    return [word[start : start + length] for length in lengths for start in range(len(word) - length + 1)]


def features(evidence: Evidence) -> dict[str, float]:
    """Return what the report in ``evidence`` consists of: its words, and what was read from them, with how often.

    What was read stands under names that no word has: with a colon.
    """
    counts = Counter(word for line in evidence.material.report for word in words_of(line.text))
    read: set[StrEnum] = {fact.kind for fact in evidence.facts.of(*Kind)}
    read |= {told.claim for told in evidence.told}
    read |= {one for sentence in evidence.sentences for one in sentence.mentions}
    read |= set(hits_in(evidence.sentences))
    names = (f"{type(one).__name__}:{one.name}" for one in read)
    return {**{word: 1 + math.log(count) for word, count in counts.items()}, **dict.fromkeys(names, 1.0)}


class Table:
    """How much each feature says for each cause: multinomial logistic regression, fitted by ``bench/likeness.py``.

    Two parts, words and what was read from them, each of length 1 before they are weighed.
    """

    def __init__(self, told: Mapping[str, object]) -> None:
        self.labels: list[str] = list(told["labels"])  # type: ignore[call-overload]
        self._bias: list[float] = list(told["bias"])  # type: ignore[call-overload]
        self._rarity: dict[str, float] = dict(told["rarity"])  # type: ignore[call-overload]
        self._step = float(str(told["step"]))
        self._weights = array("b", b64decode(str(told["weights"])))
        self._row = {feature: row * len(self.labels) for row, feature in enumerate(self._rarity)}

    @property
    def features(self) -> frozenset[str]:
        """What the table knows: words, and names of what is read with a colon."""
        return frozenset(self._row)

    def _of(self, feature: str) -> list[float]:
        """Return how much ``feature`` says for each label."""
        row = self._row[feature]
        return [weight * self._step for weight in self._weights[row : row + len(self.labels)]]

    def weighed(self, found: Mapping[str, float]) -> dict[str, float]:
        """Return the known ones among the features ``found``, with the weight that each has in the report."""
        weighed: dict[str, float] = {}
        for read in (False, True):
            part = {
                name: often * self._rarity[name]
                for name, often in found.items()
                if (":" in name) is read and name in self._rarity
            }
            length = math.sqrt(sum(value * value for value in part.values()))
            weighed |= {name: value / length for name, value in part.items()}
        return weighed

    def probabilities(self, weighed: Mapping[str, float]) -> dict[str, float]:
        """Return how probable each label is."""
        scores = list(self._bias)
        for name, value in weighed.items():
            for index, weight in enumerate(self._of(name)):
                scores[index] += weight * value
        most = max(scores)
        powers = [math.exp(score - most) for score in scores]
        return {label: power / sum(powers) for label, power in zip(self.labels, powers, strict=True)}

    def says(self, feature: str, label: str) -> float:
        """Return by how much ``feature`` speaks more for ``label`` than for the labels on average."""
        if feature not in self._row:
            return 0.0
        weights = self._of(feature)
        return weights[self.labels.index(label)] - sum(weights) / len(weights)


@cache
def table() -> Table:
    """Return the table that comes with the package."""
    packed = files("heygem_core.diagnosis.logs").joinpath("likeness.json.gz").read_bytes()
    return Table(json.loads(gzip.decompress(packed)))


_PROBABLE = 0.35
"""From here on it is worth a hint: in cross validation it spoke of 262 reports, and was right about 208."""
_PROBABLE_ALONE = 0.8
"""From here on where nobody complains: in cross validation as many are right from 0.6 on, fewer healthy ones named."""
_MOST_LINES = 2


def second_opinion(found: list[Verdict], evidence: Evidence, *, trouble: bool) -> list[Verdict]:
    """Return ``found`` where a rule decides; else what the report is like, before the hints of ``found``.

    None of them is left where it is like reports without any of these causes. Several logs are no report. Where there
    is no ``trouble``, a log is taken for healthy, and only what people tell without one, not what they ask, may be one.
    """
    if any(verdict.confidence > HINTED for verdict in found) or not _is_report(evidence, trouble=trouble):
        return found
    weighed = table().weighed(features(evidence))
    label, probable = max(table().probabilities(weighed).items(), key=lambda one: one[1])
    if probable < (_PROBABLE if trouble else _PROBABLE_ALONE) or (found and found[0].cause == label):
        return found
    if label not in set(Cause) - {Cause.OTHER}:
        return []
    lines = _telling(evidence.material.report, weighed, label)
    if not lines:
        return found
    like = Verdict(Cause(label), HINTED, lines, 0, "like-reports", _WHY, told=True)
    return [like, *(verdict for verdict in found if verdict.cause is not like.cause)]


def _is_report(evidence: Evidence, *, trouble: bool) -> bool:
    material = evidence.material
    healthy = not trouble and material.by_programs > 0
    asked = not trouble and all(documents.asks(line.text) for line, _ in material.prose)
    return len(material.sources) == 1 and not healthy and not asked


_WHY = Text(
    "nothing decides; known reports of this cause read like this one",
    "没有决定性的证据；这一原因的已知报告读起来与此相似",
)


def _telling(report: Sequence[Line], weighed: Mapping[str, float], label: str) -> tuple[Line, ...]:
    """Return the lines whose words say most for ``label``, in their order."""
    told: dict[Line, float] = {}
    for line in report:
        says = sum(table().says(word, label) * weighed.get(word, 0.0) for word in set(words_of(line.text)))
        if says > 0:
            told[line] = says
    best = sorted(told, key=lambda line: -told[line])[:_MOST_LINES]
    return tuple(sorted(best, key=lambda line: line.number))
