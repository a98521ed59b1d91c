"""Every command of the README, of docs/ and of the stories' READMEs prints what the page shows.

A block marked `console` holds commands, each on a line of its own after "$ ", and what they print. Times, memory and
machine-dependent figures are not compared. HEDDLE_COMMAND names the built `heddle`; HEDDLE_UPDATE_OUTPUTS=1 writes
what is printed now into the pages.
"""

import os
import pathlib
import re
import shlex
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
# What differs from run to run: times, memory, and what depends on how the threads shared the work.
VARIABLE = re.compile(r"\d[\d ]*\.\d+ s\b|\d+(\.\d+)? MB\b|code\s+ran\s+[^·]*|(made of|distinct logs): .*")
SHOWN_AS = "build/bin/heddle"


def pages():
    return [page for page in [ROOT / "README.md", *sorted(ROOT.joinpath("docs").glob("*.md")),
                              *sorted(ROOT.joinpath("examples").rglob("README.md"))] if page.exists()]


def printed_by(command):
    words = shlex.split(command)
    if words[0] != SHOWN_AS:
        return None
    if words[1:2] == ["check"]:
        words.append("--no-regressions")  # a trace that somebody has stored in this tree is no part of a page
    ran = subprocess.run(words, executable=os.environ["HEDDLE_COMMAND"], cwd=ROOT, text=True, check=False, timeout=300,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "COLUMNS": "100"})
    return "\n".join(line.rstrip() for line in ran.stdout.splitlines())


def steady(text):
    return " ".join(VARIABLE.sub("#", text).split())


def commands_of(block):
    """Pairs of a command and what the page says that it prints."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output.rstrip("\n")


def now_printed(block):
    parts = []
    for command, shown in commands_of(block):
        output = printed_by(command)
        parts.append(f"$ {command}\n" + (shown if output is None else output))
    return "\n".join(part.rstrip("\n") for part in parts) + "\n"


class Outputs(unittest.TestCase):
    def setUp(self):
        if "HEDDLE_COMMAND" not in os.environ:
            self.fail("set HEDDLE_COMMAND to the built heddle, as CTest does")

    def test_every_shown_output_is_printed(self):
        compared = 0
        for page in pages():
            text = page.read_text(encoding="utf-8")
            if os.environ.get("HEDDLE_UPDATE_OUTPUTS"):
                text = BLOCK.sub(lambda block: "```console\n" + now_printed(block.group(1)) + "```", text)
                page.write_text(text, encoding="utf-8")
            for block in BLOCK.finditer(text):
                for command, shown in commands_of(block.group(1)):
                    output = printed_by(command)
                    if output is None:
                        continue
                    compared += 1
                    with self.subTest(page=str(page.relative_to(ROOT)), command=command):
                        self.assertEqual(steady(shown), steady(output),
                                         "HEDDLE_UPDATE_OUTPUTS=1 writes the new output into the page")
        self.assertGreater(compared, 0, "no page shows a command of ours")


if __name__ == "__main__":
    unittest.main()
