"""The worker process: adjacent stages, one control socket, at most two channels. Everything here runs in the child.

It waits in one place only (`Ports.wait`): on the control socket together with the channel end it needs next,
so that a command is heard while input or output is missing, and a peer's death is noticed at once. To the supervisor
each stage speaks for itself, as if it had a process of its own.
"""

from __future__ import annotations

import contextlib
import gc
import pickle
import time
import traceback
from multiprocessing.connection import Connection
from typing import cast

from heygem_core.pipeline import reports
from heygem_core.pipeline.member import Blame, Member
from heygem_core.pipeline.messages import Aborted, AbortJob, Command, Configure, Finished, Ready, StartJob, Stop
from heygem_core.pipeline.page import State
from heygem_core.pipeline.ports import Interrupted, Ports
from heygem_core.pipeline.stage import Stage
from heygem_core.pipeline.stream import Stream


class Worker:
    """Runs its stages until told to stop."""

    def __init__(self, control: Connection, page_fd: int, configuration: Configure) -> None:
        self._ports = Ports(control)
        self._blame = Blame(configuration.index)
        places = range(len(configuration.stages))
        self._members = [Member(page_fd, configuration, place, self._blame) for place in places]
        # The first alone: the others' turn comes when it is open.
        self._members[0].row.opening()

    def run(self) -> None:
        """Open the stages, serve jobs until `Stop`, close them; tells the supervisor what else ends the worker."""
        try:
            self._live()
        except BaseException as error:
            with contextlib.suppress(OSError):
                self._ports.send(reports.exiting(error, self._blame.where), self._blame.index)
            raise

    def _live(self) -> None:
        try:
            for member in self._members:
                self._open(member)
        except Exception as error:
            self._report(error, job=0)
            return
        # What was imported and loaded lives as long as the worker: no collection need ever look at it again.
        gc.freeze()
        command: Command | None = None
        while True:
            for member in self._members:
                member.row.enter(State.IDLE)
            command = command or self._ports.receive()
            match command:
                case Stop():
                    break
                case StartJob():
                    command = self._serve(command)
                    continue
                case AbortJob(job):
                    self._aborted(job)
            command = None
        self._close()

    def _open(self, member: Member) -> None:
        member.row.opening()
        with member.calling("import"):
            member.stage = cast(Stage, pickle.loads(member.pickled))  # noqa: S301 - our own supervisor
        with member.calling("open"):
            member.stage.open()
        self._ports.send(Ready((time.monotonic_ns() - member.launched) / 1e9), member.index)
        member.row.enter(State.IDLE)

    def _close(self) -> None:
        for member in self._members:
            member.row.enter(State.CLOSING)
            with member.calling("close"):
                member.stage.close()
        self._ports.close()

    def _serve(self, start: StartJob) -> Command | None:
        """Run one job; return a command that ended it and still has to be obeyed."""
        for member in self._members:
            member.begin(start.job)
        if self._ports.output is not None:
            self._ports.output.peak = 0
        try:
            for member in self._members:
                self._start(member, start)
            stream = Stream(self._ports, self._members)
            stream.run()
            self._finish(stream)
        except Interrupted as interruption:
            self._abort()
            return self._obey(interruption.command)
        except Exception as error:
            # First the news, then the clean-up: `abort` may hang or exit, and the reason must be known by then.
            self._report(error, job=start.job)
            self._abort()
        finally:
            for member in self._members:
                member.handed.clear()
        return None

    def _start(self, member: Member, start: StartJob) -> None:
        member.begun = True
        member.enter(State.STARTING)
        with member.calling("start"):
            member.stage.start(pickle.loads(start.mapping))  # noqa: S301 - our own supervisor
        if member is not self._members[-1]:
            member.enter(State.IDLE)

    def _finish(self, stream: Stream) -> None:
        """Finish stage by stage, and only then let the end marker go.

        So a sink completes its output only after every stage before it has agreed that the job is good.
        """
        for member in self._members:
            member.enter(State.FINISHING)
            with member.calling("finish"):
                summary = pickle.dumps(dict(member.stage.finish() or {}))
            if member is self._members[-1]:
                stream.end()
            member.begun = False
            member.enter(State.IDLE)
            self._ports.send(Finished(member.job, member.frames, summary, member.spans()), member.index)

    def _obey(self, command: Command) -> Command | None:
        if isinstance(command, AbortJob):
            self._aborted(command.job)
            return None
        return command

    def _aborted(self, job: int) -> None:
        for member in self._members:
            self._ports.send(Aborted(job), member.index)

    def _abort(self) -> None:
        for member in self._members:
            if not member.begun:
                continue
            member.enter(State.FINISHING)
            try:
                with member.calling("abort"):
                    member.stage.abort()
            except Exception:
                # The job has failed already; why it could not be dropped cleanly belongs in the stage's log.
                traceback.print_exc()
            if member is not self._members[-1]:
                member.enter(State.IDLE)

    def _report(self, error: Exception, job: int) -> None:
        self._ports.send(reports.raised(error, job, self._blame.where), self._blame.index)
