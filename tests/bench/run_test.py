"""./dev bench reads what SPIN, rumur and Heddle print, and notices what is wrong with it."""

import importlib.util
import json
import pathlib
import unittest

FILE = pathlib.Path(__file__).resolve().parents[2] / "bench" / "run.py"
SPEC = importlib.util.spec_from_file_location("run", FILE)
run = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(run)

SPIN = """
State-vector 44 byte, depth reached 24, errors: 0
    24961 states, stored
    75472 states, matched
   100433 transitions (= stored+matched)
        0 atomic steps

pan: elapsed time 0.03 seconds
"""
RUMUR = """
Status:

	No error found.

State Space Explored:

	24961 states, 100432 rules fired in 1s.
"""
HEDDLE = json.dumps({"verdict": "VERIFIED", "states": 24961, "transitions": 100432, "seconds": 0.5, "notes": []})

M1S = next(scenario for scenario in run.SCENARIOS if scenario.name.startswith("M1s "))
ROWS = {row.tool: row for row in (run.HEDDLE[0], run.SPIN[0], run.RUMUR[0])}
OUTPUTS = {"heddle": HEDDLE, "spin": SPIN, "rumur": RUMUR}


def row_of(options, wall):
    return {"tool": "heddle" if "reduced" in options else "spin", "options": options, "wall_s": wall, "cpu_s": wall / 2,
            "search_s": wall / 4 if "reduced" in options else wall, "problem": ""}


class Run(unittest.TestCase):
    def test_each_tools_output_is_read_and_right(self):
        for tool, output in OUTPUTS.items():
            with self.subTest(tool=tool):
                found = run.read(tool, output, 0)
                self.assertEqual(found.states, 24961)
                self.assertEqual(run.problem_of(M1S, ROWS[tool], found), "")

    def test_other_counts_are_noticed(self):
        for tool, output in OUTPUTS.items():
            for right, wrong in (("24961", "24960"), ("10043", "10044")):
                with self.subTest(tool=tool, wrong=wrong):
                    found = run.read(tool, output.replace(right, wrong), 0)
                    self.assertNotEqual(run.problem_of(M1S, ROWS[tool], found), "")

    def test_other_verdicts_are_noticed(self):
        violated = {"heddle": (HEDDLE, 1), "spin": (SPIN.replace("errors: 0", "errors: 1"), 0),
                    "rumur": (RUMUR.replace("No error found", "1 error(s) found"), 1)}
        for tool, (output, code) in violated.items():
            with self.subTest(tool=tool):
                self.assertEqual(run.problem_of(M1S, ROWS[tool], run.read(tool, output, code)), "VIOLATED")

    def test_ratios_are_to_heddles_first_rows(self):
        rows = [row_of("unreduced", 2.0), row_of("unreduced, 2 threads", 1.0), row_of("reduced, all", 0.5),
                row_of("reduced, symmetry", 1.0), row_of("full", 6.0)]
        run.compare(rows)
        self.assertEqual([row["ratio"] for row in rows], [1.0, 0.5, 0.25, 0.5, 3.0])
        self.assertEqual([row["ratio_cpu"] for row in rows], [1.0, 0.5, 0.25, 0.5, 3.0])
        self.assertEqual([row["ratio_reduced"] for row in rows], [4.0, 2.0, 1.0, 2.0, 48.0])

    def test_every_row_has_a_name_of_its_own_and_heddles_say_whether_they_are_reduced(self):
        names = [(scenario.name, row.tool, row.options) for scenario in run.SCENARIOS for row in run.rows_of(scenario)]
        self.assertEqual(len(names), len(set(names)))
        for _, tool, options in names:
            self.assertTrue(tool != "heddle" or options.startswith(("unreduced", "reduced")), options)


if __name__ == "__main__":
    unittest.main()
