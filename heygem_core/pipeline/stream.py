"""A job's frames on their way through the stages of one worker: in from a channel, from hand to hand, out into one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial

from heygem_core.errors import ChannelBroken
from heygem_core.pipeline.channel import EndOfStream, Sender
from heygem_core.pipeline.member import Member
from heygem_core.pipeline.page import State
from heygem_core.pipeline.ports import Interrupted, Ports
from heygem_core.pipeline.slots import InputSlot, OutputSlot
from heygem_core.pipeline.stage import Item, Sink, Source, Transform


class Stream:
    """Moves the frames of one job; raises `Interrupted`, and what the stages raise."""

    def __init__(self, ports: Ports, members: Sequence[Member]) -> None:
        self._ports = ports
        self._members = members
        self._job = members[0].job

    def run(self) -> None:
        """Pass on every frame of the job."""
        head = self._members[0]
        for member in self._members[1:]:
            member.enter(State.WAITING_FOR_INPUT)
        if isinstance(head.stage, Source):
            while self._filled(head, head.stage):
                pass
            return
        while (item := self._receive(head)) is not None:
            with self._released(item):
                self._carry(self._members, item)

    def end(self) -> None:
        """Tell the next worker that these were all frames."""
        last = self._members[-1]
        if not isinstance(last.stage, Sink):
            try:
                self._output().send_end(self._job, last.frames)
            except ChannelBroken:
                raise self._orphaned() from None

    def _filled(self, head: Member, stage: Source) -> int:
        """Have the source's next frames passed on and return how many they are."""
        if head is self._members[-1]:
            with self._acquired(head) as slot:
                count, spent = head.work("fill", partial(stage.fill, slot))
                if self._some(stage, count):
                    self._forward(head, slot, head.frames, count, spent)
            return count
        # The channel's end may be far down: it is here that a command is heard.
        self._ports.check()
        head.handed.begin(self._job, head.frames, 0)
        count, spent = head.work("fill", partial(stage.fill, head.handed))
        if self._some(stage, count):
            head.handed.count = count
            self._hand(head, count, spent)
            self._carry(self._members[1:], head.handed)
        return count

    @staticmethod
    def _some(stage: Source, count: object) -> bool:
        if not isinstance(count, int) or count < 0:
            raise TypeError(f"{type(stage).__name__}.fill returned {count!r}, allowed is a number of frames")
        return bool(count)

    def _carry(self, members: Sequence[Member], item: Item) -> None:
        """Have ``item`` pass through ``members`` one after the other, and leave the worker behind the last."""
        for member in members[:-1]:
            self._ports.check()
            member.handed.begin(item.job, item.first, item.count)
            call = partial(self._transform(member).process, item, member.handed)
            _, spent = member.work("process", call, item.count)
            self._hand(member, item.count, spent)
            item = member.handed
        self._leave(members[-1], item)
        for member in self._members[1:]:
            member.enter(State.WAITING_FOR_INPUT)

    def _hand(self, member: Member, count: int, spent: int) -> None:
        member.handed.check(member.stage.produces, count)
        member.count(count, spent)
        # Until the next stages are done with it, its only place is taken.
        member.enter(State.WAITING_FOR_OUTPUT)

    def _leave(self, member: Member, item: Item) -> None:
        if isinstance(member.stage, Sink):
            _, spent = member.work("consume", partial(member.stage.consume, item), item.count)
            member.count(item.count, spent)
            return
        stage = self._transform(member)
        with self._acquired(member) as slot:
            _, spent = member.work("process", partial(stage.process, item, slot), item.count)
            self._forward(member, slot, item.first, item.count, spent)

    @staticmethod
    def _transform(member: Member) -> Transform:
        if not isinstance(member.stage, Transform):
            member.answer()
            raise TypeError(f"{type(member.stage).__name__} is neither Source nor Transform nor Sink, or out of place")
        return member.stage

    def _forward(self, member: Member, slot: OutputSlot, first: int, count: int, spent: int) -> None:
        output = self._output()
        slot.check(member.stage.produces, count)
        try:
            output.send(slot, self._job, first, count)
        except ChannelBroken:
            raise self._orphaned() from None
        member.count(count, spent, output.peak)

    @contextlib.contextmanager
    def _acquired(self, member: Member) -> Iterator[OutputSlot]:
        """Lend a free output slot; one that was not sent goes back, whatever happened."""
        output = self._output()
        self._ports.check()
        try:
            if not output.free:
                member.enter(State.WAITING_FOR_OUTPUT)
            while not output.free:
                self._ports.wait(output)
                output.collect()
        except ChannelBroken:
            raise self._orphaned() from None
        slot = output.acquire()
        try:
            yield slot
        finally:
            if not slot.sent:
                output.put_back(slot)

    @contextlib.contextmanager
    def _released(self, item: InputSlot) -> Iterator[None]:
        """Give the item's slot back afterwards, whatever happened, to the channel that it came from."""
        source = self._ports.input
        try:
            yield
        finally:
            if source is not None and not source.closed:
                source.release(item)

    def _orphaned(self) -> Interrupted:
        """A neighbour is gone: become a victim in everybody's eyes and wait for what the supervisor says."""
        for member in self._members:
            member.enter(State.WAITING_FOR_INPUT)
        return self._ports.wait_for_command()

    def _receive(self, head: Member) -> InputSlot | None:
        """Return the job's next item, None at its end; what belongs to another job is dropped and counted."""
        head.answer()
        source = self._ports.input
        if source is None:
            raise TypeError(f"{type(head.stage).__name__} is the first stage and not a Source")
        head.enter(State.WAITING_FOR_INPUT)
        while True:
            self._ports.wait(source)
            try:
                item = source.receive()
            except ChannelBroken:
                raise self._orphaned() from None
            if item.job != self._job:
                head.row.drop()
                if isinstance(item, InputSlot):
                    source.release(item)
                continue
            seen = item.frames if isinstance(item, EndOfStream) else item.first
            if seen != head.frames:
                if isinstance(item, InputSlot):
                    source.release(item)
                raise AssertionError(f"frame {head.frames} was to come next, got {seen}: frames lost or out of order")
            return item if isinstance(item, InputSlot) else None

    def _output(self) -> Sender:
        if self._ports.output is None:
            raise TypeError(f"{type(self._members[-1].stage).__name__} is the last stage and not a Sink")
        return self._ports.output
