"""Rule: the states of a process are one machine: pairs once, names known, all reachable."""

from collections.abc import Iterator

from kernel_py.abi.contract import Contract
from kernel_py.abi.states import Transition
from kernel_py.check.violation import Violation


def check(contract: Contract) -> Iterator[Violation]:
    """Yield a violation for each wrong transition, and for each state without a way to it."""
    states = [state.name for state in contract.states]
    events = {event.name for event in contract.state_events}
    first: dict[tuple[str, str], Transition] = {}
    reached = set(states[:1])
    for step in contract.transitions:
        for name, known in ((step.state, states), (step.after, states), (step.event, events)):
            if name not in known:
                yield Violation(
                    f"a transition ({step.place}) names '{name}', which is stated nowhere",
                    f"use one of {', '.join(sorted(known))}",
                )
        other = first.setdefault((step.state, step.event), step)
        if other is not step:
            yield Violation(
                f"in state {step.state} the event {step.event} leads to {other.after} "
                f"({other.place}) and to {step.after} ({step.place})",
                "remove one of them",
            )
    for _ in states:
        reached |= {step.after for step in contract.transitions if step.state in reached}
    for state in contract.states:
        if state.name not in reached:
            yield Violation(
                f"no transition leads to state {state.name} ({state.place})",
                "add one, or remove the state",
            )
