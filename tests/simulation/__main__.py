"""`python -m tests.simulation --seeds 1000`: play schedules, and shrink the first that fails."""

import argparse
import sys
import time

from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.running import Players
from tests.simulation.schedule import Schedule, draw
from tests.simulation.world import Verdict

_PROGRESS_S = 2.0


def main() -> int:
    """0: every promise held. 1: a schedule failed; its smallest form was printed."""
    asked = _arguments().parse_args()
    mutation = MUTATIONS[asked.without] if asked.without else Mutation()
    with Players(asked.processes) as players:
        if asked.only is not None:
            return _play_one(players, asked.only, mutation, traced=asked.trace)
        failed = _play_many(players, asked, mutation)
        if failed is None:
            return 0
        print(f"seed {failed.seed} broke its promises:", *failed.wrong, sep="\n  ")
        print("making it smaller …", file=sys.stderr)
        schedule, verdict = players.shrink(draw(failed.seed), mutation=mutation)
        _print_small(schedule, verdict)
    return 1


def _play_many(players: Players, asked: argparse.Namespace, mutation: Mutation) -> Verdict | None:
    began_s = told_s = time.monotonic()
    answered = 0
    seeds = range(asked.first, asked.first + asked.seeds)
    for count, verdict in enumerate(players.judge_all(seeds, mutation=mutation), start=1):
        answered += verdict.answered
        if verdict.wrong:
            return verdict
        now_s = time.monotonic()
        if now_s - told_s > _PROGRESS_S or count == asked.seeds:
            told_s = now_s
            rate = count / (now_s - began_s)
            said = f"{count} of {asked.seeds} schedules, {answered} sales, {rate:.1f} per second"
            print(said, file=sys.stderr)
    print(f"{asked.seeds} schedules from seed {asked.first}: every promise held")
    return None


def _play_one(players: Players, seed: int, mutation: Mutation, *, traced: bool) -> int:
    verdict = players.trace(draw(seed), mutation=mutation)
    if traced:
        print(*verdict.lines, sep="\n")
    print(f"seed {seed}: {verdict.answered} sales, settled after {verdict.settled_ms} ms")
    print(f"what happened has the hash {verdict.digest}")
    print(*(verdict.wrong or ["every promise held"]), sep="\n")
    return 1 if verdict.wrong else 0


def _print_small(schedule: Schedule, verdict: Verdict) -> None:
    print(*verdict.lines, sep="\n")
    print(
        f"\nthe smallest form of seed {schedule.seed}: {schedule.boxes} shops,"
        f" {schedule.workers} hub workers, {len(schedule.sales)} sales,"
        f" {len(schedule.publications)} publications, {len(schedule.faults)} faults:"
    )
    print(*schedule.faults, sep="\n")
    print(*verdict.wrong, sep="\n")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many schedules")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--only", type=int, help="play this seed alone")
    parser.add_argument("--trace", action="store_true", help="with --only: print what happens")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--without", choices=sorted(MUTATIONS), help="take a guard away")
    return parser


if __name__ == "__main__":
    sys.exit(main())
