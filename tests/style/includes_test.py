"""Our files are included by the name they are installed under, so that the include paths can enforce the layers."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = ("model", "canisters", "properties", "checker", "traces", "wasm", "suite")
QUOTED = re.compile(r'^\s*#\s*include\s+"', re.MULTILINE)


class Includes(unittest.TestCase):
    def test_modules_include_by_installed_name(self):
        found = []
        for module in MODULES:
            for path in ROOT.joinpath(module).rglob("*"):
                if path.suffix in (".h", ".cc") and QUOTED.search(path.read_text(encoding="utf-8")):
                    found.append(str(path.relative_to(ROOT)))
        self.assertEqual(found, [], 'write #include <heddle/...> and not #include "..."')

    def test_headers_are_guarded(self):
        found = [str(path.relative_to(ROOT)) for module in MODULES for path in ROOT.joinpath(module).rglob("*.h")
                 if "\n#pragma once\n" not in "\n" + path.read_text(encoding="utf-8")]
        self.assertEqual(found, [], "#pragma once is missing")


if __name__ == "__main__":
    unittest.main()
