"""The worker's control socket and channel ends, and the only place where a worker waits. Runs in the child."""

from __future__ import annotations

import pickle
import select
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import cast

from heygem_core.pipeline.channel import Receiver, Sender
from heygem_core.pipeline.messages import Attach, Command, Event, Stop


class Interrupted(Exception):
    """A command arrived that ends the current job."""

    def __init__(self, command: Command) -> None:
        super().__init__(command)
        self.command = command


class Ports:
    """The control socket and the channel ends, and the only place where a worker waits."""

    def __init__(self, control: Connection) -> None:
        self.control = control
        self.input: Receiver | None = None
        self.output: Sender | None = None
        self._told = select.poll()
        self._told.register(control.fileno(), select.POLLIN)
        self._pollers: dict[Receiver | Sender, select.poll] = {}

    def send(self, event: Event, stage: int) -> None:
        """Tell the supervisor what happened to ``stage``; raises BrokenPipeError when the supervisor is gone."""
        self.control.send_bytes(pickle.dumps((stage, event), pickle.HIGHEST_PROTOCOL))

    def receive(self) -> Command:
        """Return the next command; a supervisor that is gone means `Stop`."""
        try:
            command = cast(Command, pickle.loads(self.control.recv_bytes()))  # noqa: S301 - our own supervisor
        except (EOFError, ConnectionError):
            return Stop()
        if isinstance(command, Attach):
            self._attach(command)
        return command

    def _attach(self, command: Attach) -> None:
        def take() -> int:
            return reduction.recv_handle(self.control)

        self._pollers.clear()
        if command.input is not None:
            if self.input is not None:
                self.input.close()
            self.input = Receiver(take(), take(), take(), *command.input)
        if command.output is not None:
            if self.output is not None:
                self.output.close()
            self.output = Sender(take(), take(), take(), *command.output)

    def check(self) -> None:
        """Raise a command that has arrived as `Interrupted`; never waits."""
        if self._told.poll(0):
            raise Interrupted(self.receive())

    def wait(self, end: Receiver | Sender) -> None:
        """Wait until ``end`` can go on; a command that arrives first is raised as `Interrupted`."""
        if end.pending:
            self.check()
            return
        poller = self._poller(end)
        while True:
            ready = {fd for fd, _ in poller.poll()}
            if self.control.fileno() in ready:
                raise Interrupted(self.receive())
            if ready:
                return

    def _poller(self, end: Receiver | Sender) -> select.poll:
        poller = self._pollers.get(end)
        if poller is None:
            poller = self._pollers[end] = select.poll()
            poller.register(self.control.fileno(), select.POLLIN)
            poller.register(end.fileno(), select.POLLIN)
        return poller

    def wait_for_command(self) -> Interrupted:
        """A neighbour is gone: only the supervisor can say how to go on."""
        return Interrupted(self.receive())

    def close(self) -> None:
        """Close both channel ends."""
        for end in (self.input, self.output):
            if end is not None:
                end.close()
