#!/usr/bin/env python3
"""The script that breaks the code on purpose finds the places that its rules name, and changes only those."""
import importlib.util
import pathlib
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("mutate", ROOT / "tests/mutation/mutate.py")
mutate = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(mutate)

SAMPLE = '''
/// What is due [T1].
int f(int a, int b) {
  if (a < 3 && b == '"') {  // a "b" && c
    return a + 1;
  }
  note(a);
  g = std::min(a, b);
  return a > b ? a : b;
}
'''


def file_of(text):
    file = mutate.File.__new__(mutate.File)
    file.path, file.text, file.code = "sample.cc", text, mutate.masked(text)
    file.starts = [0] + [i + 1 for i, c in enumerate(text) if c == "\n"]
    file.mutants = []
    file.enumerate(set())
    for number, mutant in enumerate(file.mutants, 1):
        mutant.number = number
    return file


class Mutants(unittest.TestCase):
    def test_each_rule_finds_its_places(self):
        file = file_of(SAMPLE)
        found = {(m.rule, file.text[m.start:m.end]) for m in file.mutants}
        self.assertIn(("proviso", "a < 3 && b == '\"'"), found)
        self.assertIn(("proviso", "a < 3"), found)
        self.assertIn(("proviso", "b == '\"'"), found)
        self.assertIn(("bound", "a < 3"), found)
        self.assertIn(("bound", "1"), found)
        self.assertIn(("cited-negate", "a < 3 && b == '\"'"), found)
        self.assertIn(("cited-drop", "note(a);"), found)
        self.assertIn(("cited-swap", "std::min("), found)
        self.assertIn(("cited-swap", "a : b"), found)

    def test_a_mutant_stands_in_the_code_as_a_choice(self):
        file = file_of("bool f() {\n  return x && y;\n}\n")
        first = next(m for m in file.mutants if file.text[m.start:m.end] == "x")
        self.assertEqual(file.changed([first]), "bool f() {\n  return (::heddle::mutation::on(%d) || static_cast<bool>(x)) "
                                                "&& y;\n}\n" % first.number)

    def test_several_mutants_of_one_place_nest(self):
        file = file_of("bool f() {\n  if (x < y && z) {\n    return z;\n  }\n}\n")
        text = file.changed(file.mutants)
        self.assertEqual(text.count("("), text.count(")"))
        for mutant in file.mutants:
            self.assertIn(f"({mutant.number}", text)

    def test_comments_literals_and_the_preprocessor_are_left_alone(self):
        file = file_of('#if a < 1 && b\n// if (a && b) {\nconst char* s = "if (a < b) {";\n')
        self.assertEqual(file.mutants, [])

    def test_the_code_has_mutants_of_all_families(self):
        _, mutants = mutate.all_mutants()
        families = {m.rule.split("-")[0] for m in mutants}
        self.assertEqual(families, {"cited", "proviso", "bound"})
        drawn = mutate.draw(mutants, 1)[:300]
        self.assertEqual(drawn, mutate.draw(mutants, 1)[:300])
        self.assertEqual(mutate.overlapping([]), set())


if __name__ == "__main__":
    unittest.main()
