"""docs/casebook-swap.md and its Chinese twin, from observation: ``python -m heygem_core.casebook.swap_document``.

Observes (about 20 s on 2 cores) and prints the English file; with a FOLDER it writes both there instead.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from heygem_core.casebook import registry, swap
from heygem_core.casebook.queues import Whose
from heygem_core.casebook.swap import Row, Seen, waiting
from heygem_core.compat.differences import DIFFERENCES
from heygem_core.errors import EffectNotShown
from heygem_core.text import Language, Text

FILES: dict[Language, str] = {"en": "casebook-swap.md", "zh": "casebook-swap.zh.md"}
Line = tuple[Text, Text, Text]
_HEAD = Text(
    "# Only the import changed\n\n"
    "Written by `python -m heygem_core.casebook.swap_document docs`, which observes everything in the first two\n"
    "tables: the same programs with `multiprocessing.Queue` and with `heygem_core.compat.Queue`.\n",
    "# 只改 import\n\n"
    "由 `python -m heygem_core.casebook.swap_document docs` 生成；前两个表中的一切都来自观察：同样的程序分别使用 "
    "`multiprocessing.Queue` 和 `heygem_core.compat.Queue`。\n",
)
_SERVICE, _BY_CASE, _DIFFERS = (
    Text("## The service", "## 服务"),
    Text("## By case", "## 按案例"),
    Text("## What differs", "## 不同之处"),
)
_THEIRS, _OURS = "`multiprocessing.Queue`", "`heygem_core.compat.Queue`"
_SERVICE_HEAD = Text("in the reported service", "报告中的服务")
_CASE_HEAD = (Text("case", "案例"), Text("situation", "情形"), Text("cured by it alone", "仅此即可治愈"))
_DIFFERENCE_HEAD = (Text("what", "内容"), Text("why", "原因"))
_OTHERS = Text("Of the other cases the queue is no part: {names}.", "其余案例与队列无关：{names}。")
_CURED = {"yes": Text("yes", "是"), "partly": Text("partly", "部分"), "no": Text("no", "否")}
_FOR_EVER = Text("wait for ever", "永远等待")
_TASK = ("drivered_video", "write_video")


def service(seen: Seen) -> list[Line]:
    """Return the table of the service, what with whose queue; raises `EffectNotShown` where it fits no line."""
    for whose in swap.WHOSE:
        works = seen.topologies["works", whose]
        if (works.ended, works.ok, works.taken) != (True, True, works.sent):
            raise EffectNotShown(f"the service should work with {whose}: {works}")
    return [
        (Text("Consumer dead: producer and writer", "消费者已死：生产者与写入者"), *_both(seen, _dead_task)),
        (Text("Consumer dead: the service's joins", "消费者已死：服务的 join"), *_both(seen, _dead_service)),
        (
            Text("Consumer hangs: producer, after `queue.Full`", "消费者挂起：`queue.Full` 之后的生产者"),
            *_both(seen, _hanging_producer),
        ),
        (
            Text(
                "Consumer hangs: writer without a timeout, and the join for it",
                "消费者挂起：没有超时的写入者及等待它的 join",
            ),
            *_both(seen, _hanging_writer),
        ),
        (
            Text("Failure marker put into the full queue without a timeout", "不带超时地把失败标记放入已满的队列"),
            *_both(seen, _marker),
        ),
        (
            Text("Children that are not daemonic, at the service's end", "服务结束时的非守护子进程"),
            *_both(seen, _children),
        ),
    ]


def _both(seen: Seen, judge: Callable[[Seen, Whose], Text | None]) -> tuple[Text, Text]:
    theirs, ours = (judge(seen, whose) for whose in swap.WHOSE)
    if theirs is None or ours is None:
        raise EffectNotShown(f"{judge.__name__}: what was observed fits none of the lines: {seen.topologies}")
    return theirs, ours


def _dead_task(seen: Seen, whose: Whose) -> Text | None:
    one = seen.topologies["dead", whose]
    if set(_TASK) <= set(waiting(one)):
        return _FOR_EVER
    if not set(_TASK) & set(waiting(one)) and {one.raised.get(role) for role in _TASK} == {"WorkerDied"}:
        return Text("raise `WorkerDied` and end", "抛出 `WorkerDied` 并结束")
    return None


def _dead_service(seen: Seen, whose: Whose) -> Text | None:
    one = seen.topologies["dead", whose]
    if one.waits("service", "process.py:join"):
        return _FOR_EVER
    if one.raised.get("service") == "WorkerDied" and "service" not in waiting(one):
        return Text("return; its own `get` raises `WorkerDied`", "返回；服务自己的 `get` 抛出 `WorkerDied`")
    return None


def _hanging_producer(seen: Seen, whose: Whose) -> Text | None:
    one = seen.topologies["wedged", whose]
    if not one.returned or one.full_after_s is None:
        return None
    if one.waits("drivered_video", "queues.py:_finalize_join"):
        return Text("its process never ends", "进程永不结束")
    return None if "drivered_video" in waiting(one) else Text("ends", "结束")


def _hanging_writer(seen: Seen, whose: Whose) -> Text | None:
    one = seen.topologies["wedged", whose]
    if "write_video" not in waiting(one) or not one.waits("service", "process.py:join"):
        return None
    if seen.topologies["writer mended", whose].ended:
        return Text(
            "wait for ever: what hangs is alive. One timeout in the writer ends it",
            "永远等待：挂起的进程仍然活着。给写入者一个超时即可结束",
        )
    return _FOR_EVER


def _marker(seen: Seen, whose: Whose) -> Text | None:
    if seen.topologies["marker", whose].returned:
        return None
    if "drivered_video" in waiting(seen.topologies["dead", whose]):
        return Text("waits for ever", "永远等待")
    return Text("waits for ever while the consumer lives", "只要消费者还活着就永远等待")


def _children(seen: Seen, whose: Whose) -> Text | None:
    return _FOR_EVER if seen.experiments["non-daemon-children", whose]["alive"] else None


def text(lines: Sequence[Line], rows: Sequence[Row], lang: Language) -> str:
    """Return the whole document in ``lang``."""
    head = (_SERVICE_HEAD.get(lang), _THEIRS, _OURS)
    by_case = [(f"`{row.case}`", *_in(lang, row.situation, row.before, row.after, _CURED[row.cured])) for row in rows]
    differences = [_in(lang, one.what, one.theirs, one.ours, one.why) for one in DIFFERENCES]
    case, situation, cured = _in(lang, *_CASE_HEAD)
    what, why = _in(lang, *_DIFFERENCE_HEAD)
    mark = Text(", ", "、").get(lang)
    others = mark.join(f"`{name}`" for name in registry.NAMES if name not in swap.CASES)
    parts = [
        _HEAD.get(lang),
        _SERVICE.get(lang),
        table(head, [_in(lang, *line) for line in lines]),
        _BY_CASE.get(lang),
        table((case, situation, _THEIRS, _OURS, cured), by_case),
        _OTHERS.get(lang).format(names=others),
        _DIFFERS.get(lang),
        table((what, _THEIRS, _OURS, why), differences),
    ]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _in(lang: Language, *texts: Text) -> tuple[str, ...]:
    return tuple(one.get(lang) for one in texts)


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    first, *rest = (f"| {' | '.join(line)} |" for line in (head, *lines))
    return "\n".join([first, f"|{'---|' * len(head)}", *rest])


def main(arguments: list[str]) -> None:
    """Observe; print the English file, or write both into the folder named in ``arguments``."""
    seen = swap.watch()
    for reason in seen.skipped.values():
        print(f"left out: {reason.en}", file=sys.stderr)  # noqa: T201 - a command's output
    lines, rows = service(seen), swap.rows(seen)
    if not arguments:
        print(text(lines, rows, "en"), end="")  # noqa: T201 - a command's output
        return
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for lang, name in FILES.items():
        (folder / name).write_text(text(lines, rows, lang), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
