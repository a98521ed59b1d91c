"""The compiled canisters of examples/real, and those of tests, belong to the sources that stand beside them.

This needs no compiler: compiled.json says which source was compiled to which canister. That the compiler really makes it of
that source is what compile_again.py looks at.
"""

import hashlib
import json
import pathlib
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = (ROOT / "examples" / "real", ROOT / "tests" / "suite" / "canisters")
VARIANTS = ("-classic-copying", "-classic", "")
NATIVE = {"rust_bank/Bank.wasm": "rust_bank/bank.rs", "cpp_bank/Bank.wasm": "cpp_bank/bank.cc"}
KEPT_SECTIONS = {"name", "icp:public candid:service", "icp:public candid:args", "icp:private motoko:stable-types"}


def source_of(canister):
    if canister in NATIVE:
        return NATIVE[canister]
    stem = canister.removesuffix(".wasm")
    return next(stem.removesuffix(variant) for variant in VARIANTS if stem.endswith(variant)) + ".mo"


def hash_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def unsigned(module, at):
    """The LEB128 number at a place of a module, and the place after it."""
    value = shift = 0
    while True:
        value |= (module[at] & 0x7F) << shift
        shift += 7
        at += 1
        if module[at - 1] < 0x80:
            return value, at


def custom_sections(module):
    names = set()
    at = 8
    while at < len(module):
        kind = module[at]
        size, begin = unsigned(module, at + 1)
        at = begin + size
        if kind == 0:
            length, begin = unsigned(module, begin)
            names.add(module[begin:begin + length].decode())
    return names


class Canisters(unittest.TestCase):
    def setUp(self):
        self.compiled = {folder: json.loads(folder.joinpath("compiled.json").read_text(encoding="utf-8"))
                         for folder in FOLDERS}

    def test_every_canister_was_compiled_from_the_source_beside_it(self):
        for folder, compiled in self.compiled.items():
            for canister, hashes in compiled.items():
                with self.subTest(canister=canister):
                    again = "compile it again, see examples/real/README.md"
                    self.assertEqual(hash_of(folder / source_of(canister)), hashes["source"], again)
                    self.assertEqual(hash_of(folder / canister), hashes["wasm"], again)

    def test_no_source_and_no_canister_is_left_out(self):
        for folder, compiled in self.compiled.items():
            self.assertEqual({str(path.relative_to(folder)) for path in folder.rglob("*.wasm")}, compiled.keys())
            self.assertEqual({str(path.relative_to(folder)) for path in folder.rglob("*.mo")},
                             {source_of(canister) for canister in compiled} - set(NATIVE.values()))

    def test_names_and_interfaces_are_kept(self):
        for folder, compiled in self.compiled.items():
            for canister in compiled.keys() - NATIVE.keys():
                with self.subTest(canister=canister):
                    self.assertEqual(KEPT_SECTIONS - custom_sections(folder.joinpath(canister).read_bytes()), set())


if __name__ == "__main__":
    unittest.main()
