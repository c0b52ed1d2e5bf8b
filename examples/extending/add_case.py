"""A case of one's own: a claim, what is observed, and what the core does instead of relying on it."""

import queue
import sys

from heygem_core.casebook import core_run
from heygem_core.casebook.model import Case, Finding, Options, Reported, Text
from heygem_core.errors import EffectNotShown


def run(_options: Options) -> Finding:
    """Take the only item out of a queue, and look at the queue before the work on the item has begun."""
    items: queue.Queue[str] = queue.Queue()
    items.put("frame")
    items.get()
    if not items.empty() or items.unfinished_tasks != 1:
        raise EffectNotShown("the queue should be empty while the item is in work")
    seen = Text("the queue is empty, and one item is not finished", "队列已空，仍有一项没有完成")
    core = core_run.expect_success(core_run.run(core_run.CoreJob(items=3)), items=3)
    return Finding("refuted", Reported(seen, 0.0, (seen,)), core)


CASE = Case(
    name="empty-is-done",
    title=Text("An empty queue", "空队列"),
    claim=Text("An empty queue means that the work is done", "队列为空说明任务已完成"),
    source="while not queue.empty()",
    run=run,
)

if __name__ == "__main__":
    sys.stdout.write(f"{CASE.name}: {CASE.run(Options()).verdict}\n")
