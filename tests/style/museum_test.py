"""docs/museum.md lists every exhibit of examples/museum and examples/tla with what a check of it gives now: the verdict, what fails, the length
of the trace, the states, the schedule and the race.

The part between the two marks is written by this script, from what `heddle check` says as JSON. Times are those of the run that
wrote it and are not compared. HEDDLE_COMMAND names the built `heddle`; HEDDLE_UPDATE_OUTPUTS=1 writes the part anew.
"""

import json
import os
import pathlib
import re
import subprocess
import textwrap
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "museum.md"
# Where exhibits are, and what the names of their stories begin with.
FOLDERS = {ROOT / "examples" / "museum": "museum_", ROOT / "examples" / "tla": "tla_"}
BEGIN = "<!-- from here on written by tests/style/museum_test.py -->\n"
END = "<!-- up to here -->\n"
TIME = re.compile(r"\d+\.\d+ s")
# An exhibit that is a story of its own.
ELSEWHERE = [("A17", "2000 calls at once", "parallel_calls", ROOT / "examples" / "parallel_calls",
              ["buggy_careless", "fixed_careful", "buggy_load", "fixed_load"])]


def exhibits():
    """Of each its number, title, story, folder, and its scenarios if they are not all of the story."""
    found = []
    for folder, prefix in FOLDERS.items():
        for readme in sorted(folder.glob("*/README.md")):
            title = readme.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
            number, _, name = title.partition(": ") if ": " in title else ("TLA+", "", title)
            found.append((number, name, prefix + readme.parent.name, readme.parent, None))
        found += [each for each in ELSEWHERE if prefix == "museum_"]
    return found


def verdicts(patterns):
    """What a check says of each scenario, by its name, in its order."""
    ran = subprocess.run([os.environ["HEDDLE_COMMAND"], "check", *patterns, "--no-regressions", "--no-checkpoint", "--json", "-"],
                         cwd=ROOT, text=True, check=False, timeout=300, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if ran.returncode not in (0, 1):
        raise AssertionError(ran.stdout + ran.stderr)
    checked, _ = json.JSONDecoder().raw_decode(ran.stdout[ran.stdout.index("[\n"):])
    return {each["name"]: each for each in checked}


def wrapped(paragraph):
    return textwrap.wrap(paragraph, width=128, break_long_words=False, break_on_hyphens=False)


def written_now():
    table = ["| exhibit | scenario | verdict | what fails | steps | states | time |", "|---|---|---|---|---|---|---|"]
    traces = []
    checked = verdicts([*(f"{prefix}*" for prefix in FOLDERS.values()),
                        *(f"{story}/{scenario}" for _, _, story, _, scenarios in ELSEWHERE for scenario in scenarios)])
    for number, name, story, folder, scenarios in exhibits():
        link = "../" + str((folder / "README.md").relative_to(ROOT))
        traces += ["", f"### [{number}: {name}]({link})"]
        for each in checked.values():
            of_story, _, scenario = each["name"].partition("/")
            if of_story != story or (scenarios is not None and scenario not in scenarios):
                continue
            violated = each["verdict"] == "VIOLATED"
            fails = f"`{each['property']}`" if violated else ""
            steps = str(len(each["schedule"])) if violated else ""
            table.append(f"| [{number}]({link}) | `{each['name']}` | {each['verdict']} | {fails} | {steps} | {each['states']} | "
                         f"{each['seconds']:.2f} s |")
            if violated:
                traces += ["", *wrapped(f"`{each['name']}` violates `{each['property']}`: {each['why']}"), "", "```text",
                           *each["schedule"], "```"]
                for race in each["races"]:
                    traces += ["", *wrapped(f"{race['pattern']}: {race['sentence']}")]
    return "\n".join(["", *table, "", "## The traces", "",
                      "Each is the shortest; the exhibit's page, or `heddle check` of the name, shows what happens at each step.",
                      *traces, ""]) + "\n"


class Museum(unittest.TestCase):
    def test_the_page_lists_what_checks_give_now(self):
        self.maxDiff = None
        text = PAGE.read_text(encoding="utf-8")
        before, begin, rest = text.partition(BEGIN)
        shown, end, after = rest.partition(END)
        self.assertTrue(begin and end, "the page has lost its marks")
        now = written_now()
        if os.environ.get("HEDDLE_UPDATE_OUTPUTS") and TIME.sub("#", shown) != TIME.sub("#", now):
            PAGE.write_text(before + begin + now + end + after, encoding="utf-8")
            shown = now
        self.assertEqual(TIME.sub("#", shown), TIME.sub("#", now), "HEDDLE_UPDATE_OUTPUTS=1 writes the page anew")

    def test_every_exhibit_has_its_page_and_its_place(self):
        for folder in FOLDERS:
            folders = {each.name for each in folder.iterdir() if each.is_dir()}
            self.assertEqual(folders, {each.parent.name for each in folder.glob("*/README.md")})
        for number, _, story, _, _ in exhibits():
            if story.startswith("museum_"):
                self.assertEqual(story[len("museum_a"):][:2], f"{int(number[1:]):02}")


if __name__ == "__main__":
    unittest.main()
