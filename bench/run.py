"""Runs the benchmark: Heddle and its peers on the same scenarios, in one sitting, in one table. See README.md here.

`./dev bench` builds Heddle and calls this. A scenario is a line in SCENARIOS, a way of checking it a line in one of the
tables of rows.
"""

import argparse
import dataclasses
import fnmatch
import json
import math
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

BENCH = pathlib.Path(__file__).resolve().parent
PEERS = BENCH / "peers"


@dataclasses.dataclass(frozen=True)
class Scenario:
    """A model at a size. `states` is exact, and what each unreduced row must find; `transitions` too, where given."""
    name: str
    heddle: str     # the story of bench/scenarios.cc
    values: dict    # its parameters
    spin: str = ""  # the model in peers/spin/
    murphi: str = ""
    peer: dict = dataclasses.field(default_factory=dict)  # the peers' names for the parameters
    states: int = 0
    transitions: int = 0
    bug: bool = False     # the verdict is "violated"
    rows: str = "full"    # which rows are run (Row.only): "full", "few", "joins", "reduced joins" or "compiled"


def m1(name, users, first, second, states, transitions, rows="full"):
    return Scenario(f"{name} = M1({users},{first},{second})", "m1", {"users": users, "first": first, "second": second},
                    "m1.pml", "m1.m", {"K": users, "IA": first, "IB": second}, states, transitions, rows=rows)


def m2(name, users, withdrawals, balance, states, transitions, rule="overtaking", bug=False):
    in_order = rule == "in order"
    file = "m2_in_order" if in_order else "m2"
    return Scenario(f"{name} = M2({users},{withdrawals},{balance}) {rule}",
                    "m2/buggy" if bug else "m2/in_order" if in_order else "m2/overtaking",
                    {"users": users, "withdrawals": withdrawals, "balance": balance}, file + ".pml", file + ".m",
                    {"K": users, "W": withdrawals, "B": balance}, states, transitions, bug)


def m3(name, users, calls, limit, states, transitions):
    return Scenario(f"{name} = M3({users},{calls},{limit})", "m3", {"users": users, "calls": calls, "limit": limit},
                    "m3.py", "m3.m", {"R": users, "N": calls, "L": limit}, states, transitions)


def join(form, calls, rows):
    return Scenario(f"join_all({calls}) {form}", f"join_all/{form}", {"calls": calls}, rows=rows)


SCENARIOS = [
    m1("M1s", 4, 3, 2, 24_961, 100_432),
    m1("M1m", 5, 2, 1, 1_111_486, 5_311_345),
    m1("M1b", 6, 4, 3, 5_575_045, 31_969_308),
    m1("M1x", 6, 3, 2, 13_928_005, 79_756_188, rows="few"),
    m2("M2m", 4, 2, 12, 715_518, 2_281_673),
    m2("M2m", 4, 2, 12, 445_283, 1_143_393, "in order"),
    m2("M2b", 4, 3, 12, 13_238_516, 48_132_995),
    m2("M2b", 4, 3, 12, 7_067_605, 20_535_756, "in order"),
    m2("M2bug", 4, 2, 12, 715_518, 0, bug=True),
    m3("M3m", 2, 9, 16, 1_563_455, 13_498_388),
    m3("M3b", 2, 10, 16, 6_563_323, 60_856_954),
    Scenario("Kv(6) compiled, default", "kv/enhanced", {"calls": 6}, states=508_498, transitions=1_576_334, rows="compiled"),
    Scenario("Kv(6) compiled, classic", "kv/classic", {"calls": 6}, states=508_498, transitions=1_576_334, rows="compiled"),
    *[join("rust", n, "joins") for n in range(1, 15)],
    *[join("rust", n, "reduced joins") for n in (20, 50, 100, 200, 300, 400, 500)],
    *[join(form, n, "joins") for form in ("await_each", "await_now_each", "in_sequence") for n in range(4, 17, 2)],
]


@dataclasses.dataclass(frozen=True)
class Row:
    """A way of checking a scenario. `only`: of these kinds (Scenario.rows)."""
    tool: str
    options: str
    flags: tuple = ()
    cc: str = ""             # SPIN: options of the compiler
    suffix: str = ""         # Heddle: the variant of the story
    symmetric: bool = False  # rumur: users are a scalarset
    only: tuple = ("full",)
    model: str = ""          # SPIN: instead of the scenario's
    plain: bool = False      # SPIN: no invariant

    def exhaustive(self):
        """Whether it must find every state."""
        return self.options.startswith("unreduced") or self.tool == "spin" and not self.model or (
            self.tool == "rumur" and not self.symmetric)


ONE = ("--threads", "1")
EVERY = ("full", "few", "joins")
HEDDLE = [
    Row("heddle", "unreduced", ONE, only=(*EVERY, "compiled"), suffix="plain"),
    Row("heddle", "unreduced, invariants checked", ONE, only=("full", "few"), suffix="checked"),
    Row("heddle", "unreduced, 2 threads", ("--threads", "2"), only=("full", "few"), suffix="plain"),
    Row("heddle", "unreduced, depth-first", (*ONE, "--strategy", "depth-first"), suffix="plain"),
    Row("heddle", "reduced, all, invariants checked", (*ONE, "--reduce", "all"), only=("full", "few"), suffix="checked"),
    Row("heddle", "reduced, symmetry, invariants checked", (*ONE, "--reduce", "symmetry"), suffix="checked"),
    Row("heddle", "reduced, all", (*ONE, "--reduce", "all"), only=(*EVERY, "reduced joins"), suffix="plain"),
    Row("heddle", "reduced, symmetry", (*ONE, "--reduce", "symmetry"), suffix="plain"),
    Row("heddle", "reduced, partial order", (*ONE, "--reduce", "partial-order"), suffix="plain"),
]
SPIN = [
    Row("spin", "full", cc="-DNOREDUCE", only=("full", "few")),
    Row("spin", "full, no invariants", cc="-DNOREDUCE", only=("full", "few"), plain=True),
    Row("spin", "partial order", cc=""),
    Row("spin", "collapse", cc="-DNOREDUCE -DCOLLAPSE"),
    Row("spin", "breadth-first", cc="-DNOREDUCE -DBFS"),
    Row("spin", "partial order, processes", cc="", model="m1_processes.pml"),
]
TUNED = ("--pack-state", "off", "--set-capacity", "{capacity}")
RUMUR = [
    Row("rumur", "default", ("--threads", "1")),
    Row("rumur", "tuned", ("--threads", "1", *TUNED), only=("full", "few")),
    Row("rumur", "symmetry", ("--threads", "1", "--scalarset-schedules", "off"), symmetric=True, only=("full", "few")),
    Row("rumur", "tuned, 2 threads", ("--threads", "2", *TUNED)),
]
# Stateright needs packages that Debian lacks. What it took on another day beside SPIN, both in seconds: depth-first, one
# thread, 64-bit fingerprints (so not lossless).
STATERIGHT = {"M1b": (4.22, 9.15), "M2b": (7.96, 12.43)}


def rows_of(scenario):
    rows = [row for row in HEDDLE + SPIN + RUMUR if scenario.rows in row.only]
    if scenario.bug:
        enough = ("unreduced", "unreduced, depth-first", "reduced, all", "full", "tuned")
        rows = [row for row in rows if row.options in enough]
    if not scenario.spin:
        rows = [row for row in rows if row.tool == "heddle"]
    if not scenario.spin.startswith("m1"):
        rows = [row for row in rows if not row.model]
    if scenario.heddle.startswith("m2") and not scenario.bug:
        rows = [row for row in rows if not row.symmetric]  # its users differ
    return rows


def call(words, cwd=None, env=None):
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=env, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(map(str, words))} failed:\n{done.stdout[-4000:]}")
    return done.stdout


class Tools:
    """Builds what a row runs, and reads what it prints."""

    def __init__(self, build, work):
        self.build, self.work = build, work
        self.heddle_build_s = None

    def prepare(self, scenario, row):
        """The command to be measured, and how long it took to make from the source."""
        return getattr(self, row.tool)(scenario, row)

    def heddle(self, scenario, row):
        if self.heddle_build_s is None:
            self.heddle_build_s = self.time_heddle_build()
        story = scenario.heddle
        if story in ("m1", "m3"):
            story = f"{story}/{row.suffix}"
        elif story.startswith("m2") and not scenario.bug and row.suffix == "checked":
            story += "_checked"
        sets = [word for name, value in scenario.values.items() for word in ("--set", f"{name}={value}")]
        return [self.build / "bench/heddle_bench", "check", story, "--json", "-", *sets, *row.flags], self.heddle_build_s

    def time_heddle_build(self):
        """Compiles what a user writes, the canisters and the scenarios, and links them with Heddle."""
        call(["cmake", "--build", self.build, "--target", "heddle_bench", "heddle_bench_measure"])
        for source in ("models/models.cc", "scenarios.cc"):
            (BENCH / source).touch()
        start = time.monotonic()
        call(["cmake", "--build", self.build, "--target", "heddle_bench"], env={**os.environ, "CCACHE_DISABLE": "1"})
        return time.monotonic() - start

    def spin(self, scenario, row):
        folder = self.folder(scenario, row)
        start = time.monotonic()
        model = PEERS / "spin" / (row.model or scenario.spin)
        if model.suffix == ".py":
            text = call([sys.executable, "-B", model, *scenario.peer.values()])
            model = folder / "model.pml"
            model.write_text(text, encoding="utf-8")
        defines = [f"-D{name}={value}" for name, value in scenario.peer.items()] + [
            "-D" + name for name, wanted in (("BUG", scenario.bug), ("PLAIN", row.plain)) if wanted]
        # -o2: SPIN would leave write-only variables out of the state, which merges states.
        call(["spin", *defines, "-o2", "-a", model], cwd=folder)
        call(["gcc", "-O3", "-w", "-DSAFETY", "-DNOFAIR", "-DMEMLIM=20000", *row.cc.split(), "-o", "pan", "pan.c"],
             cwd=folder)
        bits = max(16, math.ceil(math.log2(scenario.states or 1 << 24)))
        return [folder / "pan", f"-w{bits}", "-m10000", "-n"], time.monotonic() - start

    def rumur(self, scenario, row):
        folder = self.folder(scenario, row)
        start = time.monotonic()
        text = (PEERS / "murphi" / scenario.murphi).read_text(encoding="utf-8")
        for name, value in scenario.peer.items():
            text = re.sub(rf"^  {name}: \d+;", f"  {name}: {value};", text, flags=re.MULTILINE)
        if row.symmetric:
            text = re.sub(r"^  (client|user): 0\.\.(\w+)-1;", r"  \1: scalarset(\2);", text, flags=re.MULTILINE)
        if scenario.bug:
            text = text.replace("--BUG ", "")
        (folder / "model.m").write_text(text, encoding="utf-8")
        # Twice the states at eight bytes a slot, so that the set need not grow.
        capacity = str(16 * (scenario.states or 1 << 24))
        flags = [flag.replace("{capacity}", capacity) for flag in row.flags]
        call(["rumur", "--quiet", "--deadlock-detection", "off", *flags, "--output", "model.c", "model.m"], cwd=folder)
        call(["gcc", "-O3", "-march=native", "-w", "-std=c11", "-mcx16", "model.c", "-o", "model", "-lpthread",
              "-latomic"], cwd=folder)
        return [folder / "model"], time.monotonic() - start

    def folder(self, scenario, row):
        folder = self.work / re.sub(r"\W+", "_", f"{scenario.name} {row.tool} {row.options}")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def run(self, command, folder, timeout):
        """One measured run: (output, wall_s, cpu_s, peak_memory_bytes, exit code); nothing when it took too long."""
        measured = folder / "measured"
        words = [str(word) for word in (self.build / "bench/heddle_bench_measure", measured, *command)]
        process = subprocess.Popen(words, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        try:
            output, _ = process.communicate(timeout=timeout)
        except BaseException as error:
            os.killpg(process.pid, 9)
            process.communicate()
            if isinstance(error, subprocess.TimeoutExpired):
                return None
            raise
        wall, cpu, memory, code = measured.read_text(encoding="utf-8").split()
        return output, float(wall), float(cpu), int(memory), int(code)


@dataclasses.dataclass
class Found:
    """What one run came to."""
    states: int
    transitions: int
    violated: bool
    search_s: float = 0.0
    notes: tuple = ()


def read(tool, output, code):
    if tool == "heddle":
        if code not in (0, 1):
            raise ValueError(f"exit code {code}")
        verdict = json.loads(output[output.index("{"):])
        return Found(verdict["states"], verdict["transitions"], code == 1, verdict["seconds"], tuple(verdict["notes"]))
    if tool == "spin":
        number = lambda pattern: float(re.search(pattern, output).group(1))
        return Found(int(number(r"(\d+) states, stored")), int(number(r"(\d+) transitions")),
                     number(r"errors: (\d+)") > 0, number(r"elapsed time ([\d.]+) seconds"))
    states, fired = re.search(r"(\d+) states, (\d+) rules fired", output).groups()
    return Found(int(states), int(fired), "No error found" not in output)


def measured(scenario, row, tools, runs_done, timeout):
    """Adds one run of a row to `runs_done`."""
    command, build_s = runs_done["command"], runs_done["build_s"]
    folder = tools.work / "run"
    folder.mkdir(parents=True, exist_ok=True)
    result = tools.run(command, folder, timeout)
    if result is None:
        runs_done["problem"] = f"not finished after {timeout} s"
        return
    output, wall, cpu, memory, code = result
    try:
        found = read(row.tool, output, code)
    except (ValueError, AttributeError, KeyError) as error:
        runs_done["problem"] = f"{error}: {output[-300:]}"
        return
    runs_done["wall"].append(wall)
    runs_done["cpu"].append(cpu)
    runs_done["memory"].append(memory)
    runs_done["search"].append(found.search_s if row.tool == "heddle" else wall)
    runs_done["found"] = found
    runs_done["problem"] = problem_of(scenario, row, found)


def problem_of(scenario, row, found):
    """What is wrong with a result, if anything. SPIN counts the initial state's arrival as a transition."""
    if found.violated != scenario.bug:
        return "VIOLATED" if found.violated else "the bug was not found"
    if scenario.bug or not row.exhaustive():
        return ""
    if scenario.states and found.states != scenario.states:
        return f"{scenario.states} states are right"
    if scenario.transitions and found.transitions - (row.tool == "spin") != scenario.transitions:
        return f"{scenario.transitions} transitions are right"
    return ""


def finished(scenario, row, done):
    found = done["found"]
    wall = statistics.median(done["wall"])
    memory = statistics.median(done["memory"])
    return {"scenario": scenario.name, "tool": row.tool, "options": row.options, "states": found.states,
            "transitions": found.transitions, "wall_s": wall, "cpu_s": statistics.median(done["cpu"]),
            "peak_memory_bytes": int(memory), "bytes_per_state": memory / found.states, "ratio": None,
            "ratio_cpu": None, "ratio_reduced": None, "first_answer_s": done["build_s"] + wall,
            "search_s": statistics.median(done["search"]), "runs_s": done["wall"], "problem": done["problem"], "notes": list(found.notes)}


def stateright(rows, scenario):
    """Its recorded figure, scaled by what SPIN takes now."""
    recorded = STATERIGHT.get(scenario.name.split()[0])
    spin = [row for row in rows if row["tool"] == "spin" and row["options"] == "full"]
    if not recorded or not spin or "in order" in scenario.name:
        return []
    wall = recorded[0] * spin[0]["wall_s"] / recorded[1]
    return [{**spin[0], "tool": "stateright", "options": "depth-first, recorded, scaled by SPIN", "wall_s": wall,
             "search_s": wall, "runs_s": [], "cpu_s": None, "peak_memory_bytes": None, "bytes_per_state": None,
             "first_answer_s": None}]


def compare(rows):
    """Fills in how many times as long as Heddle each row took: as its first unreduced row, and its first reduced one.

    A reduced search is soon over, so of Heddle's process only the search counts there; the peers' do nothing else.
    """
    def first(kind):
        return next((row for row in rows if row["tool"] == "heddle" and row["options"].startswith(kind)
                     and not row["problem"]), None)

    for name, time_name, base in (("ratio", "wall_s", first("unreduced")), ("ratio_cpu", "cpu_s", first("unreduced")),
                                  ("ratio_reduced", "search_s", first("reduced"))):
        for row in rows:
            row[name] = row[time_name] / base[time_name] if base and row[time_name] is not None else None


COLUMNS = [("scenario", 34, str), ("tool", 11, str), ("options", 38, str), ("states", 12, "{:,}".format),
           ("transitions", 12, "{:,}".format), ("wall_s", 9, "{:.3f}".format), ("cpu_s", 9, "{:.3f}".format),
           ("first_answer_s", 9, "{:.1f}".format), ("peak_memory_bytes", 9, lambda bytes_: f"{bytes_ / 2**20:.0f}"),
           ("bytes_per_state", 9, "{:.0f}".format), ("ratio", 9, "{:.2f}".format), ("ratio_cpu", 9, "{:.2f}".format),
           ("ratio_reduced", 9, "{:.2f}".format)]
TITLES = ["scenario", "tool", "options", "states", "transitions", "wall s", "cpu s", "answer s", "peak MiB", "B/state",
          "/ unred.", "in cpu s", "/ reduced"]


def line(cells):
    return "  ".join(f"{cell:<{width}}" if index < 3 else f"{cell:>{width}}"
                     for index, (cell, (_, width, _)) in enumerate(zip(cells, COLUMNS))).rstrip()


def show(row):
    cells = ["-" if row[name] is None else text(row[name]) for name, _, text in COLUMNS]
    print(line(cells) + (f"  ! {row['problem']}" if row["problem"] else ""), flush=True)


def run_scenario(scenario, rows, tools, arguments):
    """All rows of a scenario, their runs interleaved."""
    done = {}
    for row in rows:
        command, build_s = tools.prepare(scenario, row)
        done[row] = {"command": command, "build_s": build_s, "wall": [], "cpu": [], "memory": [], "search": [],
                     "found": None,
                     "problem": ""}
    for _ in range(arguments.runs):
        for row in rows:
            if not done[row]["problem"]:
                measured(scenario, row, tools, done[row], arguments.timeout)
    results = []
    for row in rows:
        if done[row]["found"]:
            results.append(finished(scenario, row, done[row]))
        else:
            print(f"{scenario.name}: {row.tool} {row.options}: {done[row]['problem']}", file=sys.stderr)
    results += stateright(results, scenario)
    compare(results)
    for result in results:
        show(result)
    return results, [row for row in rows if done[row]["problem"]]


def matches(pattern, scenario, row):
    name = f"{scenario.name} {row.tool} {row.options}".lower()
    return any(fnmatch.fnmatchcase(name, f"*{part.strip()}*") for part in pattern.lower().split("|"))


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--json", metavar="FILE", help="also writes the rows there")
    parser.add_argument("--only", metavar="PATTERN", default="*",
                        help="the rows whose 'scenario tool options' contain this; * is anything, | separates several")
    parser.add_argument("--runs", type=int, default=3, help="how often each row is run; the median is shown (3)")
    parser.add_argument("--timeout", type=int, default=1800, metavar="SECONDS",
                        help="ends a run that takes longer (1800)")
    parser.add_argument("--list", action="store_true", help="prints the rows and runs nothing")
    parser.add_argument("--micro", action="store_true", help="runs the micro-benchmarks and nothing else")
    parser.add_argument("--build", type=pathlib.Path, default=BENCH.parent / "build/release", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.micro:
        return subprocess.run([arguments.build / "bench/heddle_microbench"], check=False).returncode

    chosen = [(scenario, [row for row in rows_of(scenario) if matches(arguments.only, scenario, row)])
              for scenario in SCENARIOS]
    chosen = [(scenario, rows) for scenario, rows in chosen if rows]
    if not chosen:
        sys.exit(f"bench: no row contains '{arguments.only}'; --list shows them")
    if arguments.list:
        for scenario, rows in chosen:
            for row in rows:
                print(f"{scenario.name} {row.tool} {row.options}")
        return 0

    tools = Tools(arguments.build.resolve(), arguments.build.resolve() / "bench/work")
    print(line(TITLES), flush=True)
    results, wrong, notes = [], 0, {}
    for scenario, rows in chosen:
        found, bad = run_scenario(scenario, rows, tools, arguments)
        results += found
        wrong += len(bad)
        for result in found:
            for note in result["notes"]:
                notes.setdefault(note, f"{result['scenario']} {result['options']}")
    for note, row in notes.items():
        print(f"{row}: {note}")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps({"rows": results}, indent=1) + "\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
