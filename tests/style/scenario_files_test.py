#!/usr/bin/env python3
"""Every TOML story is valid by docs/scenario.schema.json, and the schema refuses what it should."""
import json
import pathlib
import sys
import tomllib
import unittest

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs/scenario.schema.json").read_text())
FILES = sorted(ROOT.glob("examples/real/*/*.toml"))


class ScenarioFiles(unittest.TestCase):
    def test_the_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_there_are_stories(self):
        self.assertGreater(len(FILES), 10)

    def test_every_story_is_valid(self):
        validator = jsonschema.Draft202012Validator(SCHEMA)
        for file in FILES:
            with self.subTest(file=str(file.relative_to(ROOT))):
                errors = [e.message for e in validator.iter_errors(tomllib.loads(file.read_text()))]
                self.assertEqual(errors, [])

    def test_every_story_says_what_is_expected(self):
        for file in FILES:
            with self.subTest(file=str(file.relative_to(ROOT))):
                self.assertIn("expect", tomllib.loads(file.read_text()))

    def test_the_reference_shows_a_story(self):
        page = (ROOT / "docs/scenario-files.md").read_text()
        shown = page.split("```toml\n")[1].split("```")[0]
        self.assertEqual(shown, (ROOT / "examples/real/withdraw/buggy.toml").read_text())

    def test_the_reference_names_every_key(self):
        page = (ROOT / "docs/scenario-files.md").read_text()
        for key in SCHEMA["properties"]:
            with self.subTest(key=key):
                self.assertRegex(page, rf"[`\[]{key}[`\].]")

    def test_what_no_story_has_is_valid_too(self):
        good = tomllib.loads((ROOT / "examples/real/withdraw/buggy.toml").read_text())
        for change in (
            {"watch": ["bank.get() - ledger.get()"]},
            {"user": {"alice": {"calls": [["bank.get()", "bank.get()"], "bank.withdraw(1)"]}}},
        ):
            with self.subTest(change=change):
                jsonschema.validate({**good, **change}, SCHEMA, jsonschema.Draft202012Validator)

    def test_mistakes_are_refused(self):
        good = tomllib.loads((ROOT / "examples/real/withdraw/buggy.toml").read_text())
        for change in (
            {"profle": "happy"},
            {"profile": "sad"},
            {"limits": {"bank": 1}},
            {"watch": "bank.get()"},
            {"user": {"alice": {"calls": [[]]}}},
            {"user": {"alice": {"calls": [[["bank.get()"]]]}}},
            {"user": {"alice": {"calls": ["withdraw"]}}},
            {"always": [{"name": "a"}]},
            {"expect": {"verdict": "maybe"}},
        ):
            with self.subTest(change=change), self.assertRaises(jsonschema.ValidationError):
                jsonschema.validate({**good, **change}, SCHEMA, jsonschema.Draft202012Validator)


if __name__ == "__main__":
    sys.exit(unittest.main())
