"""docs/tutorial.md, done: the files are written as it says, in the order of the page, and every command prints what it shows.

The Motoko compiler comes from npm, into the folder that HEDDLE_MOTOKO_WORK names. Where it cannot be had, the modules of
examples/real/theater are used instead of compiling their sources, and what was not run is said. HEDDLE_COMMAND names the
built `heddle`; HEDDLE_UPDATE_OUTPUTS=1 writes what is printed now into the page.
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

import outputs_test

ROOT = outputs_test.ROOT
PAGE = ROOT / "docs" / "tutorial.md"
THEATER = ROOT / "examples" / "real" / "theater"
SOURCES = ["Theater", "FixedTheater"]  # in the order in which the page has them
BLOCK = re.compile(r"^```(motoko|toml|console)( (file|append)=(\S+))?\n(.*?)^```", re.DOTALL | re.MULTILINE)
NO_COMPILER = 77
INSTEAD = {'motoko = "Theater.mo"': 'wasm = "Theater.wasm"', "init Theater.mo": "init Theater.wasm"}


def has_compiler(work):
    """Whether the compiler can be had; it must then make of the sources the modules that are here."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return False
    command = ["node", ROOT / "examples/real/compile.mjs", "--work", work, "--compare", *(f"theater/{s}" for s in SOURCES)]
    ran = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if ran.returncode not in (0, NO_COMPILER):
        raise AssertionError(ran.stdout)
    return ran.returncode == 0


class Reader:
    """Somebody who does what the page says, in a folder of their own."""

    def __init__(self, folder, compiles, work):
        self.folder = folder
        self.compiles = compiles
        self.written = 0
        self.environment = {**os.environ, "COLUMNS": "100", "XDG_CACHE_HOME": str(folder / ".cache"),
                            "NODE_PATH": str(pathlib.Path(work).resolve() / "node_modules")}

    def adapted(self, text):
        """As the page would be for somebody without a compiler."""
        for ours, theirs in {} if self.compiles else INSTEAD.items():
            text = text.replace(ours, theirs)
        return text

    def write(self, how, name, text):
        if how == "append":
            with open(self.folder / name, "a", encoding="utf-8") as file:
                file.write(text)
            return
        (self.folder / name).write_text(text, encoding="utf-8")
        shutil.copy(THEATER / f"{SOURCES[self.written]}.wasm", self.folder / "Theater.wasm")
        self.written += 1

    def printed_by(self, command):
        words = shlex.split(self.adapted(command))
        executable = os.environ["HEDDLE_COMMAND"] if words[0] == "heddle" else None
        ran = subprocess.run(words, executable=executable, cwd=self.folder, env=self.environment, text=True, check=False,
                             timeout=300, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return "\n".join(line.rstrip() for line in ran.stdout.splitlines()).rstrip("\n")


class Tutorial(unittest.TestCase):
    def setUp(self):
        if "HEDDLE_COMMAND" not in os.environ:
            self.fail("set HEDDLE_COMMAND to the built heddle, as CTest does")

    def follow(self, compiles, work):
        page = PAGE.read_text(encoding="utf-8")
        commands = 0
        shown_now = []
        with tempfile.TemporaryDirectory() as folder:
            reader = Reader(pathlib.Path(folder), compiles, work)
            for kind, _, how, name, text in BLOCK.findall(page):
                if kind != "console":
                    reader.write(how, name, text)
                    continue
                parts = []
                for command, shown in outputs_test.commands_of(text):
                    printed = reader.printed_by(command)
                    commands += 1
                    parts.append(f"$ {command}\n{printed}".rstrip("\n"))
                    if not os.environ.get("HEDDLE_UPDATE_OUTPUTS"):
                        with self.subTest(command=command):
                            self.assertEqual(outputs_test.steady(reader.adapted(shown)), outputs_test.steady(printed),
                                             "HEDDLE_UPDATE_OUTPUTS=1 writes the new output into the page")
                shown_now.append("\n".join(parts))
        self.assertGreater(commands, 5)
        if compiles and os.environ.get("HEDDLE_UPDATE_OUTPUTS"):
            blocks = iter(shown_now)
            PAGE.write_text(re.sub(r"^```console\n.*?^```", lambda _: f"```console\n{next(blocks)}\n```", page,
                                   flags=re.DOTALL | re.MULTILINE), encoding="utf-8")

    def test_the_page_shows_the_actors_that_are_here(self):
        shown = [text for kind, _, _, _, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")) if kind == "motoko"]
        self.assertEqual(shown, [(THEATER / f"{source}.mo").read_text(encoding="utf-8") for source in SOURCES])

    def test_every_command_prints_what_is_shown(self):
        with tempfile.TemporaryDirectory() as scratch:
            work = os.environ.get("HEDDLE_MOTOKO_WORK", scratch)
            compiles = has_compiler(work)
            if not compiles:
                print("docs/tutorial.md: Node.js or the npm package motoko is missing. Not run: compiling Theater.mo "
                      "(init and check use the modules of examples/real/theater)")
            self.follow(compiles, work)

    def test_without_a_compiler_the_modules_here_do_the_same(self):
        if os.environ.get("HEDDLE_UPDATE_OUTPUTS"):
            self.skipTest("outputs are being written")
        self.follow(False, "nowhere")


if __name__ == "__main__":
    unittest.main()
