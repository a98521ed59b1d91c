"""Compiles canisters of examples/real and of tests again and compares them, byte for byte, with the committed ones.

    compile_again.py motoko|rust|cpp DIR

DIR, in the build tree, is where npm installs the Motoko compiler. A Motoko canister takes seconds to compile, so only some
are compiled unless HEDDLE_FULL is set. Exit code 77: there is no compiler, and the committed canisters are used as they are.
"""

import filecmp
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "examples" / "real"
OF_TESTS = ROOT / "tests" / "suite" / "canisters"
QUICK = ["counter/Counter", "withdraw/Bank"]
NO_COMPILER = 77


def motoko(work):
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            print(f"{program} is missing: the committed canisters are used as they are")
            return NO_COMPILER
    command = ["node", HERE / "compile.mjs", "--work", work / "motoko", "--compare"]
    status = subprocess.run(command + ([] if os.environ.get("HEDDLE_FULL") else QUICK), check=False).returncode
    return status or subprocess.run(command + ["--folder", OF_TESTS], check=False).returncode


def native(language, work):
    again = work / f"{language}_bank.wasm"
    status = subprocess.run([HERE / "compile_native.sh", language, again], check=False).returncode
    committed = HERE / f"{language}_bank" / "Bank.wasm"
    if status == 0 and not filecmp.cmp(again, committed, shallow=False):
        print(f"examples/real/{language}_bank/Bank.wasm is not what its source compiles to: compile it again")
        return 1
    return status


def main():
    language, work = sys.argv[1], pathlib.Path(sys.argv[2])
    work.mkdir(parents=True, exist_ok=True)
    sys.exit(motoko(work) if language == "motoko" else native(language, work))


main()
