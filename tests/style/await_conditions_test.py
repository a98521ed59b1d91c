"""No co_await in the condition of an if, while, for or switch, in our own files and in the documentation's snippets.

Debian 12's g++ miscompiles that shape, and a reader looks for interleaving points at the start of a statement. The files
under cmake/ are the compiler check, which contains the shape on purpose.
"""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("model", "canisters", "properties", "checker", "traces", "wasm", "suite", "examples", "bench", "tests", "docs")

NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^()\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)
CONDITION = re.compile(r"\b(if|while|for|switch)\b\s*(?:constexpr\s*)?\(")
SNIPPET = re.compile(r"^```cpp\n(.*?)^```", re.DOTALL | re.MULTILINE)


def without_comments_and_strings(code):
    """The code with comments and literals blanked; lines keep their numbers."""
    return NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), code)


def awaits_in_conditions(code):
    """Line numbers of the conditions that contain a co_await."""
    code = without_comments_and_strings(code)
    lines = []
    for start in CONDITION.finditer(code):
        depth = 1
        end = start.end()
        while end < len(code) and depth > 0:
            depth += {"(": 1, ")": -1}.get(code[end], 0)
            end += 1
        if re.search(r"\bco_await\b", code[start.end():end]):
            lines.append(code.count("\n", 0, start.start()) + 1)
    return lines


def snippets(markdown):
    """The C++ of a page, everything else blanked so that lines keep their numbers."""
    code = ["\n"] * (markdown.count("\n") + 1)
    for snippet in SNIPPET.finditer(markdown):
        first = markdown.count("\n", 0, snippet.start(1))
        for i, line in enumerate(snippet.group(1).splitlines(keepends=True)):
            code[first + i] = line
    return "".join(code)


class AwaitConditions(unittest.TestCase):
    def test_none_of_our_files_awaits_in_a_condition(self):
        files = [path for folder in FOLDERS for suffix in ("h", "cc", "md") for path in ROOT.joinpath(folder).rglob("*." + suffix)]
        files.append(ROOT / "README.md")
        found = []
        for path in files:
            if path.exists():
                text = path.read_text(encoding="utf-8")
                code = snippets(text) if path.suffix == ".md" else text
                found += [f"{path.relative_to(ROOT)}:{line}" for line in awaits_in_conditions(code)]
        self.assertEqual(found, [], "name the awaited result in a statement of its own")

    def test_every_kind_of_condition_is_seen(self):
        for code in ("if (co_await f()) {", "while (a && co_await f())", "switch (co_await f())", "for (; co_await f();)",
                     "if (const auto r = co_await f(); r)", "if (a(\n    b(co_await f())))", "x = R\"(\")\"; if (co_await f())"):
            self.assertEqual(len(awaits_in_conditions(code)), 1, code)

    def test_bodies_comments_and_strings_are_no_conditions(self):
        for code in ("if (a) co_await f();", "for (;;) { const Nat r = co_await f(); }", "// if (co_await f())",
                     "/* while (co_await f()) */", "auto s = \"if (co_await f())\";", "n = 1'000'000; if (a) { co_await f(); }"):
            self.assertEqual(awaits_in_conditions(code), [], code)


if __name__ == "__main__":
    unittest.main()
