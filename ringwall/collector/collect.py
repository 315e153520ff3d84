"""Reads every resource of every account, many at a time; whatever cannot be read is said, and stops nothing else."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event

from ringwall.collector.accounts import Target
from ringwall.collector.snapshot import Seen, resources_in
from ringwall.collector.steps import Outcome, Place, Step, Wanted, first_step
from ringwall.findings.report import Gap
from ringwall.resources import RESOURCE_TYPES
from ringwall.resources.base import Resource, ResourceType

Progress = Callable[[int, int, Place], None]
"""Is told how many of how many steps are done, and what the last one was about. The second number grows."""

_TICK = 0.2


def collect(
    targets: Sequence[Target],
    types: Sequence[ResourceType] = tuple(RESOURCE_TYPES.values()),
    regions: Sequence[str] = (),
    *,
    threads: int = 16,
    stop: Event | None = None,
    on_progress: Progress | None = None,
) -> Iterator[Resource | Gap]:
    """Everything of `types` in the accounts of `targets`, and a gap for whatever could not be read.

    Args:
        targets: the accounts.
        types: what to look for.
        regions: where to look; nowhere named means: in every Region that is enabled in the account.
        threads: how many calls are made at the same time.
        stop: set it to make no more calls; what was not read by then becomes gaps. Ctrl-C does the same.
        on_progress: called after every step, in the caller's thread.
    """
    wanted = Wanted(types, regions, stop or Event())
    first = [first_step(target, wanted) for target in targets]
    yield from resources_in(perform(first, threads=threads, stop=wanted.stop, on_progress=on_progress))


def perform(steps: Sequence[Step], *, threads: int, stop: Event, on_progress: Progress | None = None) -> Iterator[Seen]:
    """What `steps` come upon, and whatever follows from them. `stop` is what they themselves heed; it ends set."""
    queue = _Queue(steps)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="ringwall-collect")
    try:
        while queue.is_busy:
            for step, outcome in _finished(queue, pool, stop, 2 * threads):
                if on_progress:
                    on_progress(queue.done, queue.total, step.place)
                yield from outcome.seen
            if stop.is_set():
                yield from _interrupted(queue)
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _finished(queue: _Queue, pool: ThreadPoolExecutor, stop: Event, limit: int) -> list[tuple[Step, Outcome]]:
    """Steps that have ended by now, after a moment of waiting for one."""
    try:
        queue.start(pool, 0 if stop.is_set() else limit)
        queue.wait()
    except KeyboardInterrupt:
        stop.set()
    return queue.ended()


def _interrupted(queue: _Queue) -> Iterator[Seen]:
    """A gap for every step that was not made, or whose end is not waited for."""
    for _, outcome in queue.ended():
        yield from outcome.seen
    for step in queue.abandoned():
        yield step.place.interrupted()


class _Queue:
    """Steps that wait, and steps that run."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.done = 0
        self._waiting = deque(steps)
        self._running: dict[Future[Outcome], Step] = {}
        self._of_session = Counter[int]()

    @property
    def is_busy(self) -> bool:
        return bool(self._waiting or self._running)

    @property
    def total(self) -> int:
        return self.done + len(self._waiting) + len(self._running)

    def start(self, pool: ThreadPoolExecutor, limit: int) -> None:
        """Let steps run, at most `limit` at a time."""
        while self._waiting and len(self._running) < limit:
            # In this order an interrupt in between may report a step twice, but never loses one.
            step = self._waiting[0]
            self._running[pool.submit(step.work)] = step
            self._waiting.popleft()

    def wait(self) -> None:
        wait(self._running, timeout=_TICK, return_when=FIRST_COMPLETED)

    def ended(self) -> list[tuple[Step, Outcome]]:
        """Take the steps that have ended out of the queue; what follows from them waits."""
        ended = [(self._running.pop(future), future.result()) for future in list(self._running) if future.done()]
        for step, outcome in ended:
            self.done += 1
            # What follows comes before other accounts, so that few accounts are open at a time.
            self._waiting.extendleft(reversed(outcome.steps))
            self._close_unused(step, outcome)
        return ended

    def abandoned(self) -> list[Step]:
        """Give up all steps that have not ended."""
        steps = [*self._running.values(), *self._waiting]
        self._running.clear()
        self._waiting.clear()
        return steps

    def _close_unused(self, step: Step, outcome: Outcome) -> None:
        """Close an account's clients after its last step: those of thousands of accounts would fill the memory."""
        self._of_session.update(id(each.session) for each in outcome.steps)
        if step.session is not None:
            self._of_session[id(step.session)] -= 1
            if not self._of_session[id(step.session)]:
                step.session.close()
