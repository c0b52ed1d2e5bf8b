"""silent-death: an exception outside the try ends the child, and nobody is told; the core tells it at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from heygem_core.casebook.cases import silent_death
from heygem_core.casebook.core_run import CoreRun
from heygem_core.casebook.model import Options
from heygem_core.casebook.probes.silent_death import Death
from heygem_core.errors import EffectNotShown
from tests.casebook.census import nothing_left
from tests.casebook.recorded import assert_as_recorded

Watched = tuple[dict[str, Death], dict[str, CoreRun]]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """Break the model in both places once."""
    with nothing_left():
        yield silent_death.watch(Options())


def test_the_claim_is_confirmed(watched: Watched) -> None:
    """The child died with exit code 1 and no answer came; the core says that audio_transfer raised."""
    finding = silent_death.judge(*watched)
    assert_as_recorded(silent_death.CASE, finding)
    assert finding.verdict == "confirmed"
    assert "exit code 1; nothing came back" in finding.reported.evidence[0].en
    assert (finding.core.cause, finding.core.culprit) == ("raised", "audio_transfer")


def test_only_what_a_batch_raises_is_forwarded(watched: Watched) -> None:
    """onnxruntime's own errors: that of the load is on stderr only, that of the batch in the answer."""
    load, batch = watched[0]["load"], watched[0]["batch"]
    assert load.answer is None
    assert "InvalidProtobuf" in load.last_words
    assert batch.answer is not None
    assert batch.answer.startswith("InvalidArgument")
    assert batch.last_words == ""


def test_the_core_raises_from_open_and_from_a_batch_alike(watched: Watched) -> None:
    """Whether it loads or works: cause and stage are the same, the place is named."""
    core = watched[1]
    assert {(one.cause, one.culprit) for one in core.values()} == {("raised", "audio_transfer")}
    assert "in open" in core["load"].detail
    assert "in process" in core["batch"].detail


@pytest.mark.parametrize(
    ("place", "change", "message"),
    [
        ("load", {"exit_code": None}, "died at load"),
        ("load", {"answer": "done"}, "died at load"),
        ("load", {"accepted": 0}, "the queue to the dead consumer"),
        ("load", {"last_words": ""}, "said on stderr"),
        ("batch", {"answer": None}, "should have been forwarded"),
        ("batch", {"exit_code": 1}, "should have been forwarded"),
    ],
)
def test_no_verdict_without_the_effect(watched: Watched, place: str, change: dict[str, Any], message: str) -> None:
    """Where one observation does not fit, the case fails and says which."""
    seen = {**watched[0], place: replace(watched[0][place], **change)}
    with pytest.raises(EffectNotShown, match=message):
        silent_death.judge(seen, watched[1])


def test_no_verdict_when_the_core_is_wrong(watched: Watched) -> None:
    """A core that calls an exception a death fails the case."""
    core = {**watched[1], "batch": replace(watched[1]["batch"], cause="worker-died")}
    with pytest.raises(EffectNotShown, match="got audio_transfer worker-died"):
        silent_death.judge(watched[0], core)
