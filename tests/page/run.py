"""Tests the page of HTML traces, and that of `heddle explore`, in Chromium with Playwright.

    run.py DIR

DIR, in the build tree, is where npm installs playwright-core and where the pages and screenshots are left. HEDDLE_COMMAND
names the built `heddle`, HEDDLE_CHROMIUM the browser unless it is on the path. Exit code 77: something to test with is
missing.
"""

import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGES = {
    "withdraw": "withdraw/buggy",
    "trap": "withdraw/buggy_guard",
    "swap": "token_swap/buggy",
    "load": "parallel_calls/buggy_load",
    "raffle": "examples/real/raffle/buggy.toml",
    "vault": "examples/real/icrc1_vault/buggy.toml",
    "deferred": "array_awaits/buggy_deferred",
    "locks": "two_locks/buggy",
}
MISSING = 77


def skip(what):
    print(f"The page of HTML traces is not tested in a browser: {what}")
    sys.exit(MISSING)


def chromium():
    named = os.environ.get("HEDDLE_CHROMIUM")
    found = named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return found or skip("there is no Chromium (Debian calls it chromium)")


def install(work):
    """npm puts what package-lock.json says below `work`, unless it is there already."""
    lock = HERE / "package-lock.json"
    installed = work / "package-lock.json"
    if not (work / "node_modules").exists() or not installed.exists() or installed.read_text() != lock.read_text():
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, work / name)
        ran = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=work, check=False, text=True,
                             capture_output=True)
        if ran.returncode != 0:
            installed.unlink()
            skip(f"npm cannot install playwright-core:\n{ran.stderr}")


def main():
    work = pathlib.Path(sys.argv[1]).resolve()
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            skip(f"{program} is missing")
    browser = chromium()
    work.mkdir(parents=True, exist_ok=True)
    install(work)
    for page, scenario in PAGES.items():
        subprocess.run([os.environ["HEDDLE_COMMAND"], "export", scenario, "--format", "html", "--no-checkpoint",
                        "--output", work / f"{page}.html"], cwd=ROOT, check=True)
    sys.exit(subprocess.run(["node", "--test", "--test-reporter", "spec", HERE / "page_test.mjs",
                             HERE / "live_test.mjs"], cwd=ROOT, check=False, env={
        **os.environ, "HEDDLE_PAGES": str(work), "HEDDLE_NODE_MODULES": str(work / "node_modules"),
        "HEDDLE_CHROMIUM": browser}).returncode)


main()
