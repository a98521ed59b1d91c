"""Every C++ snippet of the README, of docs/ and of the stories' READMEs stands, line for line, in a file that is compiled.

Snippets are written into tests/docs/*.cc (or an example) and shown in the page; indentation and blank lines do not count.
"""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SNIPPET = re.compile(r"^```cpp\n(.*?)^```", re.DOTALL | re.MULTILINE)


def lines_of(code):
    return [line.strip() for line in code.splitlines() if line.strip()]


def stands_in(snippet, sources):
    """Whether the snippet's lines are consecutive lines of one of the sources."""
    wanted = "\n" + "\n".join(lines_of(snippet)) + "\n"
    return any(wanted in "\n" + "\n".join(source) + "\n" for source in sources)


class Snippets(unittest.TestCase):
    def test_every_snippet_is_compiled(self):
        compiled = [*ROOT.joinpath("tests/docs").glob("*.cc"), *ROOT.joinpath("examples").rglob("*.cc"),
                    *ROOT.joinpath("examples").rglob("*.h"), *ROOT.joinpath("tests/package").glob("*.cc")]
        sources = [lines_of(path.read_text(encoding="utf-8")) for path in compiled]
        missing = []
        for page in [ROOT / "README.md", *ROOT.joinpath("docs").glob("*.md"),
                     *ROOT.joinpath("examples").rglob("README.md")]:
            if page.exists():
                text = page.read_text(encoding="utf-8")
                for snippet in SNIPPET.finditer(text):
                    if not stands_in(snippet.group(1), sources):
                        missing.append(f"{page.relative_to(ROOT)}:{text.count(chr(10), 0, snippet.start()) + 1}")
        self.assertEqual(missing, [], "these snippets stand in no compiled file")

    def test_a_changed_line_is_noticed(self):
        source = lines_of("int f() {\n  return 1;\n}\nint g();\n")
        self.assertTrue(stands_in("  int f() {\n\n    return 1;\n  }\n", [source]))
        self.assertFalse(stands_in("int f() {\n  return 2;\n}\n", [source]))


if __name__ == "__main__":
    unittest.main()
