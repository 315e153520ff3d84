"""Does work side by side and gives its results in the order of the work, with little of it under way at a time."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker
from threading import Thread
from typing import Self, TypeVar

from ringwall.collector.trail_parse import Parsed, Source, parse
from ringwall.errors import CollectionError

Work = TypeVar("Work")
Result = TypeVar("Result")


def in_order(submit: Callable[[Work], Future[Result]], work: Iterable[Work], most: int) -> Iterator[Result]:
    """The result of each piece of work, of which at most `most` are under way: as many are looked at ahead."""
    under_way: deque[Future[Result]] = deque()
    for each in work:
        under_way.append(submit(each))
        if len(under_way) >= most:
            yield under_way.popleft().result()
    while under_way:
        yield under_way.popleft().result()


class Parsers:
    """Processes that parse log files. They are started when more comes than one would be done with by then."""

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or _processors()
        self._pool: ProcessPoolExecutor | None = None
        self._started = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def parsed(self, work: Iterable[tuple[Source, ...]]) -> Iterator[Parsed]:
        """What each of some batches of files shows, in their order.

        Raises:
            CollectionError: a process was ended from outside, for want of memory perhaps.
        """
        try:
            yield from in_order(self._submit, work, 2 * self._workers)
        except BrokenExecutor as error:
            raise CollectionError("INTERNAL_ERROR", "a process that reads log files was ended from outside") from error

    def _submit(self, batch: tuple[Source, ...]) -> Future[Parsed]:
        self._started += 1
        # The first batch costs less than processes do; where it is the only one, that was all.
        if self._workers == 1 or self._started == 1:
            return _done(batch)
        if self._pool is None:
            # A fork of a process with threads can hang.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, context, initializer=end_with_parent)
        with _without_interrupts():
            return self._pool.submit(parse, batch)


def end_with_parent() -> None:
    """Has this process end with the one that started it, also where that is killed: else it would wait for work for good."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "only processes of the pool come here"

    def watch() -> None:
        parent.join()
        os._exit(1)

    Thread(target=watch, daemon=True).start()


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes that are started now do not hear of Ctrl-C: it is for the one that was started by hand."""
    # It unblocks the signal when it starts, as it else would with the first of them.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _processors() -> int:
    """How many this process may use; not every system can say that."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _done(batch: tuple[Source, ...]) -> Future[Parsed]:
    future: Future[Parsed] = Future()
    future.set_result(parse(batch))
    return future
