"""`Queue`, `JoinableQueue`, `SimpleQueue`: multiprocessing's, for programs that will not be rewritten.

Without their silent stalls. Only the import changes. What a queue is made of, every part without a name and gone with
its last process:

    state   memfd   mutex, counters, one row per process (who, alive, has put, has got), then one entry per item
    data    memfd   items that do not fit into an entry: pickle protocol 5, buffers out of band
    items   eventfd readable while something is in the queue
    room    eventfd readable while something may be put
    changes eventfd written when a process comes or goes

Ordering. Entries are numbered; ``head`` and ``tail`` are the numbers of the next to take and to write. An item is in
the queue when ``tail`` has been stored, once `Queue.put` returns at the latest: no feeder thread, and a process that
has put may end at once. Items leave in the order of their ``tail``, so each producer's order is kept.

Ownership. Until ``tail`` is stored an item is its producer's: who is killed in the middle of a put leaves nothing in
the queue. Once ``head`` is stored it is its reader's: who is killed then takes it with him, and nobody gets it twice.
Both are single stores into shared memory, so there is no state in between that somebody would have to repair. Room is
not reserved beforehand: a count of reservations would be what a killed process could keep.

The mutex around these stores is a robust one: the kernel hands it on when its owner dies. It is held for
microseconds, never while copying or waiting. Memory grows and shrinks with what is inside: pages are given back as
soon as they are read. At most ``maxsize`` items are held, and one more per producer that waits with its item written.
A killed process leaves allocated, until the queue itself is gone, the one item that it was moving.

Death. A process is a member from when it gets the queue (mp.Process) or first uses it (os.fork), until it closes it or
ends. It ended badly when it was killed, crashed, left by os._exit, or by an exception or a non-zero sys.exit in the
function of its mp.Process. A call that must wait raises `WorkerDied` when

    a member ended badly, and no other living member has ever been at the other end (for get: has put),

looking at the queue once more after the death. It cannot know that nobody will ever come: a member that never put may
begin to, one of several workers that still starts, say. Hanging is the worse mistake. So it says what it knows, and
goes on saying it until somebody puts, or, once it was said in this process, until a new process joins: its
replacement. While another process at the other end lives, a death is not told: what that one may still deliver is not
lost. A process that hangs is alive; timeouts are for that.

Finishing. An item is unfinished from its put to a `JoinableQueue.task_done`: the numbers of both are counted, so there
is no count that a killed process could leave wrong. Each row counts what its process has taken and what it finished.
``join`` raises `WorkerDied` as a put does, and also when a member ended badly with items in work, the queue is empty,
and no living member has one in work: then nobody is there from whom the missing ``task_done`` could come.
"""

from heygem_core.compat.joinable import JoinableQueue, SimpleQueue
from heygem_core.compat.queue import Queue

__all__ = ["JoinableQueue", "Queue", "SimpleQueue"]
