#!/usr/bin/env python3
"""docs/properties.md has every claim that a scenario can make, and the tests that it names exist."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/properties.md").read_text(encoding="utf-8")
HEADER = (ROOT / "properties/scenario.h").read_text(encoding="utf-8")
SUITES = set()
for file in sorted((ROOT / "tests").rglob("*.cc")):
    SUITES |= set(re.findall(r"^(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\(\s*(\w+)", file.read_text(encoding="utf-8"), re.M))


def rows():
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and re.fullmatch(r"S\d+", cells[0]):
            yield cells


class Guidance(unittest.TestCase):
    def test_advice_is_in_order_and_said_once(self):
        numbers = [int(cells[0][1:]) for cells in rows()]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertGreaterEqual(len(numbers), 17)

    def test_the_tests_exist(self):
        for advice, *_, tests in rows():
            with self.subTest(advice=advice):
                self.assertRegex(tests, r"^`\w+`(, `\w+`)*$")
                for suite in re.findall(r"`(\w+)`", tests):
                    self.assertTrue(suite in SUITES, f"no test suite is named {suite}")

    def test_a_suite_named_after_advice_is_in_its_row(self):
        shown = {cells[0]: re.findall(r"`(\w+)`", cells[-1]) for cells in rows()}
        for suite in sorted(SUITES):
            if match := re.fullmatch(r"Guidance(S\d+)", suite):
                with self.subTest(suite=suite):
                    self.assertIn(suite, shown.get(match[1], []))

    def test_what_is_claimed_is_in_the_scenario_language(self):
        claimed = re.search(r"## All of them\n(.*?)\n\nWhat depends", PAGE, re.S)[1]
        for name in re.findall(r"`s\.(\w+)\(", claimed):
            with self.subTest(name=name):
                self.assertRegex(HEADER, rf"\bvoid {name}\(")


if __name__ == "__main__":
    unittest.main()
