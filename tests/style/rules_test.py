#!/usr/bin/env python3
"""docs/rules.md has every rule once, and the tests that it names exist."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/rules.md").read_text()
# How many rules there are of each letter; they are numbered from 1.
RULES = {"P": 11, "C": 13, "K": 9, "Q": 12, "I": 8, "R": 10, "T": 7, "L": 3, "X": 9, "M": 17, "U": 12,
         "D": 38}
DIRECTIONS = ("misses bugs", "false alarms", "none")
SUITES = set()
for file in sorted((ROOT / "tests").rglob("*.cc")):
    SUITES |= set(re.findall(r"^(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\(\s*(\w+)", file.read_text(), re.M))


def rows():
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and re.fullmatch(r"[A-Z]\d+", cells[0]):
            yield cells


class Rules(unittest.TestCase):
    def test_every_rule_has_one_row(self):
        shown = [cells[0] for cells in rows()]
        self.assertEqual(shown, [f"{letter}{i}" for letter, count in RULES.items()
                                 for i in range(1, count + 1)])

    def test_what_is_not_exact_says_in_which_direction_it_errs(self):
        for rule, _, here, errs, _ in rows():
            with self.subTest(rule=rule):
                if here.startswith(("abstracted", "left out")):
                    self.assertTrue(errs.startswith(DIRECTIONS), errs)
                else:
                    self.assertTrue(errs == "" or errs.startswith(DIRECTIONS), errs)

    def test_what_is_not_left_out_has_tests(self):
        for rule, _, here, _, tests in rows():
            with self.subTest(rule=rule):
                if here.startswith("left out"):
                    self.assertEqual(tests, "")
                else:
                    self.assertRegex(tests, r"^`\w+`(, `\w+`)*$")

    def test_the_tests_exist(self):
        for cells in rows():
            with self.subTest(rule=cells[0]):
                for suite in re.findall(r"`(\w+)`", cells[-1]):
                    self.assertTrue(suite in SUITES, f"no test suite is named {suite}")

    def test_a_suite_named_after_a_rule_is_in_its_row(self):
        shown = {suite for cells in rows() for suite in re.findall(r"`(\w+)`", cells[-1])}
        for suite in sorted(SUITES):
            if re.fullmatch(r"(Rule|Choice)[A-Z]\d+", suite):
                with self.subTest(suite=suite):
                    self.assertTrue(suite in shown, "no row names it")


if __name__ == "__main__":
    unittest.main()
