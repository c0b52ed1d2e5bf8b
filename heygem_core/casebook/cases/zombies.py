"""zombies: what a <defunct> child in the process list says, and what it does not."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from heygem_core.casebook import core_run
from heygem_core.casebook.core_run import CoreJob, CoreRun
from heygem_core.casebook.model import Case, Finding, Options, Reported, Text
from heygem_core.casebook.topology import Topology, put_timeout_s
from heygem_core.casebook.topology_observer import Observation, Witness, observe
from heygem_core.errors import Cause, EffectNotShown
from heygem_core.pipeline.evidence import describe_exit

_SETTLE_S = 1.5
_START_S = 30.0
_IDLE_SHARE = 0.1
"""Share of one core below which a whole tree of five processes counts as idle: there is nothing to contend for."""


_EXIT_CODES = {"audio_transfer": 1, "write_video": 0}
"""One raised, the other gave up."""


def run(options: Options) -> Finding:
    """Return what `judge` makes of `watch`."""
    return judge(*watch(options))


def watch(options: Options) -> tuple[dict[str, Observation], dict[str, CoreRun]]:
    """Run the topology with one dead child, with two, and with a wedged one, and the core on the same deaths."""
    timeout = put_timeout_s(options)
    topologies = {
        "one dead": Topology(put_timeout_s=timeout, takes=0, fault="die"),
        "two dead": Topology(put_timeout_s=timeout, takes=0, fault="die", writer_timeout_s=timeout / 6),
        "wedged": Topology(put_timeout_s=timeout, takes=0),
    }
    jobs = {"loading": CoreJob(takes=0, fault="die"), "working": CoreJob(takes=5, fault="die")}
    limit = _START_S + timeout + _SETTLE_S
    with ThreadPoolExecutor(len(topologies) + len(jobs)) as pool:
        seen = {
            name: pool.submit(observe, topology, settle_s=_SETTLE_S, limit_s=limit)
            for name, topology in topologies.items()
        }
        core = {name: pool.submit(core_run.run, job) for name, job in jobs.items()}
        return (
            {name: future.result() for name, future in seen.items()},
            {name: future.result() for name, future in core.items()},
        )


def judge(seen: Mapping[str, Observation], core: Mapping[str, CoreRun]) -> Finding:
    """Return the finding; raises `EffectNotShown` naming the first observation that does not fit."""
    expected = {
        "one dead": ["audio_transfer"],
        "two dead": ["audio_transfer", "write_video"],
        "wedged": [],
    }
    for name, roles in expected.items():
        if seen[name].defunct() != roles:
            raise EffectNotShown(f"{name}: <defunct> should be {roles}, are {seen[name].defunct()}")
        if seen[name].ended:
            raise EffectNotShown(f"{name}: the task ended, so nothing was left waiting")
        if _cpu_share(seen[name]) > _IDLE_SHARE:
            raise EffectNotShown(f"{name}: the processes used {_cpu_share(seen[name]):.2f} cores, so they may contend")
        for role in roles:
            _demand_corpse(seen[name], role)
        if "drivered_video" not in seen[name].alive():
            raise EffectNotShown(f"{name}: drivered_video ended, so the service waits for something else")
    blamed = [core_run.expect_failure(one, (Cause.WORKER_DIED,)) for one in core.values()]
    outcome = Text(
        "children that ended stay <defunct> while the service waits for another one: a death unnoticed, no contention",
        "已退出的子进程在服务等待另一个进程期间一直是 <defunct>：是死亡未被察觉，不是资源竞争",
    )
    return Finding("refuted", Reported(outcome, seen["one dead"].seconds, _evidence(seen)), blamed[0])


def _demand_corpse(one: Observation, role: str) -> None:
    """A zombie of this kind: it was one all the time, and holds neither memory nor descriptors nor CPU."""
    witness = one.witnesses[role]
    if witness.state_before != "Z" or witness.resident_kib or witness.descriptors or witness.cpu_s:
        raise EffectNotShown(f"{role} is no mere entry in the process table: {witness}")
    if witness.exit_code != _EXIT_CODES[role]:
        raise EffectNotShown(f"{role} should have ended with exit code {_EXIT_CODES[role]}: {witness}")
    if not one.waits("service", "process.py:join"):
        raise EffectNotShown(f"{role} is <defunct>, but the service does not wait in a join")


def _cpu_share(one: Observation) -> float:
    """Return the cores that the whole tree used while the observer watched."""
    return sum(witness.cpu_s for witness in one.witnesses.values()) / one.settled_s


def _evidence(seen: Mapping[str, Observation]) -> tuple[Text, ...]:
    one, two, wedged = seen["one dead"], seen["two dead"], seen["wedged"]
    corpse = one.witnesses["audio_transfer"]
    ended = _ended(corpse)
    return (
        Text(
            f"audio_transfer died while loading: <defunct>, {ended.en}; the service waits in join for drivered_video",
            f"audio_transfer 在加载时死亡：<defunct>，{ended.zh}；服务在 join 中等待 drivered_video",
        ),
        Text(
            f"it holds {corpse.resident_kib} KiB, {corpse.descriptors} descriptors and used {corpse.cpu_s:.2f} s of "
            f"CPU in {one.settled_s:g} s: it competes for nothing",
            f"它占用 {corpse.resident_kib} KiB 内存、{corpse.descriptors} 个文件描述符，{one.settled_s:g} 秒内使用 CPU "
            f"{corpse.cpu_s:.2f} 秒：不竞争任何资源",
        ),
        Text(
            f"all five processes together used {_cpu_share(one):.2f} cores meanwhile: nobody contends",
            f"其间五个进程合计使用 {_cpu_share(one):.2f} 个核：没有竞争",
        ),
        Text(
            f"write_video gave up as well: {len(two.defunct())} <defunct> ({', '.join(two.defunct())})",
            f"write_video 也放弃时：{len(two.defunct())} 个 <defunct>（{'、'.join(two.defunct())}）",
        ),
        Text(
            f"the same stall with audio_transfer wedged instead of dead: {len(wedged.defunct())} <defunct>",
            f"audio_transfer 卡死而不是死亡时，同样停滞：{len(wedged.defunct())} 个 <defunct>",
        ),
    )


def _ended(corpse: Witness) -> Text:
    """Say how a process ended."""
    return Text(describe_exit(corpse.exit_code or 0), f"退出码 {corpse.exit_code}")


CASE = Case(
    name="zombies",
    title=Text("<defunct> children", "僵尸进程（<defunct>）"),
    claim=Text(
        "<defunct> processes show that the processes compete for resources",
        "存在 <defunct> 僵尸进程，说明进程之间存在资源竞争",
    ),
    source="多个僵尸进程 (`<defunct>`) … 说明多进程环境活跃，可能存在资源竞争",
    run=run,
    mechanism=Text(
        "A child that ended stays <defunct> until its parent asks for its exit code. A service that waits without a "
        "timeout for one child does not get to ask for the others. A <defunct> process uses no processor, no memory "
        "and no file.",
        "已结束的子进程在父进程取走其退出码之前一直是 <defunct>。服务若不带超时地等待某个子进程，"
        "就顾不上取其他子进程的退出码。<defunct> 进程不占用 CPU、内存和文件。",
    ),
    cure=Text(
        "find out what the service waits for; wait for all children at once (multiprocessing.connection.wait on "
        "their sentinels)",
        "找出服务在等什么；同时等待所有子进程（对它们的 sentinel 使用 multiprocessing.connection.wait）",
    ),
)
