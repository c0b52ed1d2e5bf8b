"""The control page: percentiles are close, readings are consistent, time is accounted to the right state."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heygem_core.pipeline.page import BUCKETS, ControlPage, Reading, RowWriter, State, bucket_of, duration_of


@given(st.integers(1_100, 2**41))
def test_a_bucket_represents_its_durations_within_three_percent(nanoseconds: int) -> None:
    """The middle of a duration's bucket is at most 3.2 % away from it, from 1 µs to 36 min."""
    assert duration_of(bucket_of(nanoseconds)) == pytest.approx(nanoseconds, rel=0.032)


@given(st.integers(0, 2**62), st.integers(0, 2**62))
def test_buckets_are_ordered_like_durations(a: int, b: int) -> None:
    """A longer duration is never in a lower bucket, and every bucket exists."""
    low, high = sorted((a, b))
    assert 0 <= bucket_of(low) <= bucket_of(high) < BUCKETS


def page_and_writer() -> tuple[ControlPage, RowWriter]:
    """Return a page with three rows and the writer of the middle one."""
    page = ControlPage(3)
    return page, RowWriter(page.fd, 1)


@given(st.lists(st.integers(2_000, 10**10), min_size=1, max_size=300), st.sampled_from([0.5, 0.95, 0.99]))
def test_percentiles_match_the_exact_ones(durations: list[int], q: float) -> None:
    """A percentile from the histogram is within 3.2 % of the exact nearest-rank quantile."""
    page, writer = page_and_writer()
    for duration in durations:
        writer.count(1, duration, first=False, peak=1)
    exact = float(np.quantile(durations, q, method="inverted_cdf"))
    measured = page.read(1).percentile(q)
    page.close()
    assert measured == pytest.approx(exact, rel=0.032)


def test_time_is_accounted_to_the_state_that_was_left() -> None:
    """Working and waiting times add up to the time that passed, each in its own counter."""
    page, writer = page_and_writer()
    writer.enter(State.WORKING, job=1, frame=0)
    began = writer.since
    writer.enter(State.WAITING_FOR_OUTPUT, job=1, frame=4)
    middle = writer.since
    writer.enter(State.WAITING_FOR_INPUT, job=1, frame=4)
    reading = page.read(1)
    busy, wait_input, wait_output = reading.seconds()
    assert (busy, wait_input, wait_output) == ((middle - began) / 1e9, 0.0, (writer.since - middle) / 1e9)
    assert (reading.state, reading.job, reading.frame) == (State.WAITING_FOR_INPUT, 1, 4)
    page.close()


def test_the_first_item_of_a_job_is_kept_apart() -> None:
    """Warm-up does not enter the percentiles; it is reported beside them."""
    page, writer = page_and_writer()
    writer.count(4, 9_000_000_000, first=True, peak=1)
    writer.count(4, 5_000_000, first=False, peak=3)
    reading = page.read(1)
    assert reading.first_item == 9_000_000_000
    assert reading.percentile(0.99) == pytest.approx(5_000_000, rel=0.032)
    assert (reading.frames, reading.items, reading.peak) == (8, 2, 3)
    page.close()


def test_rows_do_not_touch_each_other_and_can_be_cleared() -> None:
    """One worker's row leaves the others alone, and a replaced worker starts from zero."""
    page, writer = page_and_writer()
    writer.count(4, 1_000_000, first=False, peak=1)
    assert page.read(0).frames == page.read(2).frames == 0
    page.reset(1)
    assert page.read(1).frames == 0
    assert page.read(1).state is State.LAUNCHED
    page.close()


def test_a_baseline_leaves_only_what_came_after() -> None:
    """Counters and histogram are reported per job although the worker's own only grow."""
    page, writer = page_and_writer()
    writer.count(4, 1_000_000_000, first=False, peak=1)
    before = page.read(1)
    writer.count(2, 2_000_000, first=False, peak=2)
    job = page.read(1).since_baseline(before)
    assert (job.frames, job.items) == (2, 1)
    assert job.percentile(0.5) == pytest.approx(2_000_000, rel=0.032)
    page.close()


def test_a_writer_stopped_in_mid_update_does_not_block_the_reader() -> None:
    """An odd version that stays odd (its writer was killed) still yields a reading."""
    page = ControlPage(1)
    words = np.zeros(8, np.int64)
    words[0] = 7
    os.pwrite(page.fd, words.tobytes(), 0)
    assert isinstance(page.read(0), Reading)
    page.close()
