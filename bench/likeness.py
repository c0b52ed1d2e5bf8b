"""``python -m bench.likeness FILE… --out TABLE``: fit the table of `heygem_core.diagnosis.logs.likeness`.

Each FILE has a JSON object per line: a ``text`` as somebody reported it, and its ``label``: a cause, "other" or "none".
Reports that the result is judged by must not be among them. The logs that were written for the tests are learned too.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from heygem_core.diagnosis.logs.diagnose import read
from heygem_core.diagnosis.logs.likeness import Table, features
from tests.diagnosis.logs.sample import FOLDER
from tests.diagnosis.logs.sample import read as read_samples

RARE = 3
"""Reports in which a feature must stand: what fewer say is chance. 2 and 3 are alike in cross validation."""
INVERSE_REGULARIZATION = 50.0
"""scikit-learn's C; from 20 to 100 are alike in cross validation."""
FOLDS = 10
_LARGEST = 127


def load(paths: Sequence[Path]) -> tuple[list[dict[str, float]], list[str]]:
    """Return the features and the label of every report in ``paths`` and of the tests' logs."""
    rows = [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines() if line.strip()]
    told = [(row["text"], row["label"]) for row in rows]
    told += [(one.log, path.stem) for path in sorted(FOLDER.glob("*.txt")) for one in read_samples(path.stem)]
    return [_features(text) for text, _ in told], [label for _, label in told]


def _features(text: str) -> dict[str, float]:
    with NamedTemporaryFile("w", suffix=".log", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        return features(read([file.name]))


def fit(found: Sequence[Mapping[str, float]], labels: Sequence[str]) -> dict[str, object]:
    """Return the table for reports with the features ``found`` and these ``labels``, as it is kept."""
    often = Counter(name for one in found for name in one)
    names = sorted(name for name, count in often.items() if count >= RARE)
    rarity = {name: round(math.log((1 + len(found)) / (1 + often[name])) + 1, 3) for name in names}
    empty = Table({"labels": [], "bias": [], "rarity": rarity, "weights": "", "step": 1.0})
    vectors = DictVectorizer()
    model = LogisticRegression(C=INVERSE_REGULARIZATION, max_iter=1000)
    model.fit(vectors.fit_transform([empty.weighed(one) for one in found]), labels)
    order = [vectors.vocabulary_[name] for name in names]
    step = float(np.abs(model.coef_).max()) / _LARGEST
    weights = np.rint(model.coef_[:, order].T / step).astype(np.int8)
    return {
        "labels": list(model.classes_),
        "bias": [round(float(one), 4) for one in model.intercept_],
        "rarity": rarity,
        "step": step,
        "weights": b64encode(weights.tobytes()).decode(),
    }


def cross_validated(found: Sequence[Mapping[str, float]], labels: Sequence[str]) -> list[dict[str, float]]:
    """Return for every report how probable each label is, by a table fitted to the others."""
    told: list[dict[str, float]] = [{} for _ in found]
    for others, those in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(labels, labels):
        table = Table(fit([found[index] for index in others], [labels[index] for index in others]))
        for index in those:
            told[index] = table.probabilities(table.weighed(found[index]))
    return told


def main(arguments: Sequence[str]) -> int:
    """Fit, say how often another report's label is the most probable one, write the table; return 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.likeness", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--out", type=Path, required=True, help="heygem_core/diagnosis/logs/likeness.json.gz")
    options = parser.parse_args(arguments)
    found, labels = load(options.files)
    told = cross_validated(found, labels)
    right = sum(max(one, key=one.__getitem__) == label for one, label in zip(told, labels, strict=True))
    table = fit(found, labels)
    packed = gzip.compress(json.dumps(table, separators=(",", ":")).encode(), mtime=0)
    options.out.write_bytes(packed)
    sys.stdout.write(f"{len(labels)} reports, {right} right in cross validation; {len(packed)} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
