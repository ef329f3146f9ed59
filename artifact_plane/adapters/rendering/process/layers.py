"""Which step stands left of which: returns are found first, then each step comes after all that lead to it.

Nothing here recurses: a process may be one chain of 500 steps.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from artifact_plane.adapters.rendering.process.model import Flow, Process


def find_returns(process: Process) -> frozenset[Flow]:
    """The flows that lead back to a step on the way to their source: without them there is no cycle."""
    ways = _ways(process)
    entered = {flow.target for flow in process.flows if flow.source != flow.target}
    starts = sorted(range(len(process.steps)), key=lambda step: (step in entered, step))
    returns: set[Flow] = set()
    seen: set[int] = set()
    for start in starts:
        if start not in seen:
            _walk(start, ways, seen, returns)
    return frozenset(returns)


def layer_steps(process: Process, forward: Sequence[Flow]) -> tuple[int, ...]:
    """For each step the length of the longest way to it by ``forward`` flows, which form no cycle."""
    layers = [0] * len(process.steps)
    for flow in _in_order(len(layers), forward):
        layers[flow.target] = max(layers[flow.target], layers[flow.source] + 1)
    return tuple(layers)


def _ways(process: Process) -> list[list[Flow]]:
    ways: list[list[Flow]] = [[] for _ in process.steps]
    for flow in process.flows:
        ways[flow.source].append(flow)
    return ways


def _walk(start: int, ways: Sequence[Iterable[Flow]], seen: set[int], returns: set[Flow]) -> None:
    """Depth first from ``start``; a flow to a step that is still open is a return."""
    opened: list[tuple[int, Iterator[Flow]]] = [(start, iter(ways[start]))]
    open_steps = {start}
    seen.add(start)
    while opened:
        step, rest = opened[-1]
        flow = next(rest, None)
        if flow is None:
            opened.pop()
            open_steps.discard(step)
        elif flow.target in open_steps:
            returns.add(flow)
        elif flow.target not in seen:
            seen.add(flow.target)
            open_steps.add(flow.target)
            opened.append((flow.target, iter(ways[flow.target])))


def _in_order(count: int, forward: Sequence[Flow]) -> Iterator[Flow]:
    """The flows such that all that enter a step come before all that leave it."""
    waiting = [0] * count
    leaving: list[list[Flow]] = [[] for _ in range(count)]
    for flow in forward:
        waiting[flow.target] += 1
        leaving[flow.source].append(flow)
    ready = deque(step for step in range(count) if not waiting[step])
    while ready:
        for flow in leaving[ready.popleft()]:
            yield flow
            waiting[flow.target] -= 1
            if not waiting[flow.target]:
                ready.append(flow.target)
