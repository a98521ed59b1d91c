#!/usr/bin/env python3
"""SPIN, unreduced, finds the verdicts and counts that models_test.cc asserts of Heddle, on the models that they share.

The models of SPIN are those of bench/peers/spin, the sizes are the rows of the tables in models_test.cc. SPIN counts the arrival
in the initial state as a transition. Every fourth size unless HEDDLE_FULL is set. Skipped (exit code 77) where spin or gcc is missing.
"""
import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("run", ROOT / "bench/run.py")
run = importlib.util.module_from_spec(SPEC)
sys.modules["run"] = run
SPEC.loader.exec_module(run)

FULL = run.Row("spin", "full", cc="-DNOREDUCE")
NUMBER = r"([\d']+)"


def numbers(match):
    return [int(text.replace("'", "")) for text in match]


def table(name):
    """The rows between `name` and the end of its initialiser, as text."""
    source = (ROOT / "tests/bench/models_test.cc").read_text(encoding="utf-8")
    return source.split(name + "{", 1)[1].split("};", 1)[0]


def scenarios():
    """Of each row the scenario of SPIN, with the counts that Heddle has."""
    triple = r"\{\{" + ", ".join([NUMBER] * 3) + r"\},\s*"
    counts = r"\{" + ", ".join([NUMBER] * 3) + r"\}\}"
    for row in re.findall(triple + counts, table("kTokenSwaps")):
        users, first, second, states, transitions, _ = numbers(row)
        if users > 1:  # the Promela has no sums over one user
            yield run.m1("M1", users, first, second, states, transitions)
    for row in re.findall(triple + r"Requests::(\w+), " + counts, table("kWithdrawals")):
        rule = "in order" if row[3] == "kInOrder" else "overtaking"
        users, withdrawals, balance, states, transitions, _ = numbers(row[:3] + row[4:])
        yield run.m2("M2", users, withdrawals, balance, states, transitions, rule)
    for row in re.findall(triple + counts, table("kCallsAtOnce")):
        users, calls, limit, states, transitions, _ = numbers(row)
        yield run.m3("M3", users, calls, limit, states, transitions)


def found_by_spin(scenario):
    with tempfile.TemporaryDirectory() as folder:
        tools = run.Tools(ROOT, pathlib.Path(folder))
        command, _ = tools.spin(scenario, FULL)
        output = subprocess.run([str(word) for word in command], cwd=folder, text=True, check=False,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    return run.read("spin", output, 0)


class Spin(unittest.TestCase):
    def test_the_tables_were_read(self):
        self.assertGreater(len(list(scenarios())), 20)

    def test_states_transitions_and_verdicts_are_those_of_heddle(self):
        for scenario in list(scenarios())[:: 1 if "HEDDLE_FULL" in os.environ else 4]:
            with self.subTest(scenario=scenario.name):
                found = found_by_spin(scenario)
                self.assertEqual((found.states, found.transitions - 1, found.violated),
                                 (scenario.states, scenario.transitions, False))

    def test_the_bug_is_found_by_both(self):
        # Heddle's verdict of m2/buggy is asserted with the scenarios of the benchmark (problem_of in bench/run.py).
        self.assertTrue(found_by_spin(run.m2("M2bug", 3, 1, 4, 145, 0, bug=True)).violated)


if __name__ == "__main__":
    if shutil.which("spin") is None or shutil.which("gcc") is None:
        print("spin or gcc is missing")
        sys.exit(77)
    unittest.main()
