"""What `heddle export --format gtest` writes compiles as it is, fails on the scenario, and passes where it is fixed.

    gtest_cases.py write HEDDLE FILE    exports every counterexample of the examples into one source file, each twice: as it
                                        is, and with the name of the fixed scenario where the text says to put it
    gtest_cases.py run BINARY           runs what that source was compiled to
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
REAL = "examples/real/"
# Where each bug is fixed.
FIXED = {
    "array_awaits/buggy_deferred": "array_awaits/fixed_deferred",
    "counter/buggy": "counter/fixed_ticket",
    "museum_a01_refund/buggy": "museum_a01_refund/fixed",
    "museum_a01_refund/buggy_flag": "museum_a01_refund/fixed",
    "museum_a02_minter/buggy": "museum_a02_minter/fixed",
    "museum_a02_minter/buggy_forgotten": "museum_a02_minter/fixed",
    "museum_a03_quarantine/buggy": "museum_a03_quarantine/fixed",
    "museum_a04_guard_key/buggy": "museum_a04_guard_key/fixed",
    "museum_a04_guard_key/buggy_caller": "museum_a04_guard_key/fixed",
    "museum_a05_mint_reply/buggy": "museum_a05_mint_reply/fixed",
    "museum_a05_mint_reply/buggy_bounded": "museum_a05_mint_reply/fixed_bounded",
    "museum_a06_self_upgrade/buggy": "museum_a06_self_upgrade/fixed",
    "museum_a07_stopping/buggy": "museum_a07_stopping/fixed",
    "museum_a08_finalization/buggy": "museum_a08_finalization/fixed",
    "museum_a08_finalization/buggy_stages": "museum_a08_finalization/fixed",
    "museum_a09_placeholder/buggy": "museum_a09_placeholder/fixed",
    "museum_a09_placeholder/buggy_trap": "museum_a09_placeholder/fixed",
    "museum_a11_dedup_window/buggy": "museum_a11_dedup_window/fixed",
    "museum_a11_dedup_window/buggy_drift": "museum_a11_dedup_window/fixed",
    "museum_a12_timer_overlap/buggy": "museum_a12_timer_overlap/fixed",
    "museum_a13_multidex/buggy_admission": "museum_a13_multidex/fixed_admission",
    "museum_a13_multidex/buggy_cursor": "museum_a13_multidex/fixed_cursor",
    "museum_a13_multidex/buggy_seal": "museum_a13_multidex/fixed_seal",
    "museum_a13_multidex/buggy_spawn": "museum_a13_multidex/fixed_spawn",
    "museum_a14_leak/buggy": "museum_a14_leak/fixed",
    "museum_a15_stats/buggy": "museum_a15_stats/fixed",
    "museum_a15_stats/buggy_books": "museum_a15_stats/fixed",
    "museum_a15_stats/buggy_lock": "museum_a15_stats/fixed",
    "museum_a16_audit/buggy_both_sides": "museum_a16_audit/fixed_both_sides",
    "museum_a16_audit/buggy_read": "museum_a16_audit/fixed",
    "museum_a16_audit/buggy_rollback": "museum_a16_audit/fixed",
    "parallel_calls/buggy_careless": "parallel_calls/fixed_careful",
    "parallel_calls/buggy_load": "parallel_calls/fixed_load",
    "tla_archive/buggy": "tla_archive/fixed_guard",
    "tla_archive/buggy_error": "tla_archive/fixed",
    "tla_ckbtc/buggy": "tla_ckbtc/fixed",
    "tla_ckbtc/buggy_forgotten": "tla_ckbtc/fixed",
    "tla_governance/buggy_cleanup": "tla_governance/fixed_merge",
    "tla_governance/buggy_merge": "tla_governance/fixed_merge",
    "tla_swap/buggy": "tla_swap/fixed",
    "token_swap/buggy": "token_swap/fixed",
    "token_swap/buggy_refund": "token_swap/fixed",
    "two_locks/buggy": "two_locks/fixed_order",
    "withdraw/buggy": "withdraw/fixed_look_again",
    "withdraw/buggy_books": "withdraw/fixed_guard",
    "withdraw/buggy_guard": "withdraw/fixed_finally",
    REAL + "counter/buggy.toml": REAL + "counter/fixed.toml",
    REAL + "cpp_bank/buggy.toml": REAL + "cpp_bank/fixed.toml",
    REAL + "icrc1_vault/buggy.toml": REAL + "icrc1_vault/fixed.toml",
    REAL + "raffle/buggy.toml": REAL + "raffle/fixed.toml",
    REAL + "rust_bank/buggy.toml": REAL + "rust_bank/fixed.toml",
    REAL + "theater/buggy.toml": REAL + "theater/fixed.toml",
    REAL + "trap_after_await/buggy.toml": REAL + "trap_after_await/fixed.toml",
    REAL + "trap_after_await/buggy_finally.toml": REAL + "trap_after_await/fixed.toml",
    REAL + "withdraw/buggy.toml": REAL + "withdraw/fixed_deduct_before.toml",
    REAL + "withdraw/buggy_guard.toml": REAL + "withdraw/fixed_finally.toml",
}
# What is wrong with these is that something never happens, which no schedule shows.
WITHOUT_SCHEDULE = {"array_awaits/buggy"}
TEST = re.compile(r"^TEST\(CounterexampleOf(\w+), (\w+)\) \{$", re.MULTILINE)


def buggy_scenarios(heddle):
    listed = json.loads(subprocess.run([heddle, "list", "--json"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    names = {scenario["name"] for scenario in listed if scenario["form"] == "buggy"}
    return names | {str(file.relative_to(ROOT)) for file in ROOT.glob(REAL + "*/buggy*.toml")}


def write(heddle, target):
    missing = (buggy_scenarios(heddle) - WITHOUT_SCHEDULE) ^ FIXED.keys()
    if missing:
        sys.exit(f"{__file__}: FIXED and the buggy scenarios that there are differ in {sorted(missing)}")
    text = ""
    for buggy, fixed in FIXED.items():
        case = subprocess.run([heddle, "export", buggy, "--format", "gtest"], cwd=ROOT, check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        repaired = case.replace(f'scenario = "{buggy}";', f'scenario = "{fixed}";')
        assert repaired != case, case
        text += case + "\n" + TEST.sub(r"TEST(FixOf\1, \2) {", repaired) + "\n"
    pathlib.Path(target).write_text(text, encoding="utf-8")


def run(binary):
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder, "report.json")
        subprocess.run([binary, "--gtest_filter=CounterexampleOf*:FixOf*", f"--gtest_output=json:{report}"], cwd=ROOT,
                       check=False, stdout=subprocess.DEVNULL)
        suites = json.loads(report.read_text(encoding="utf-8"))["testsuites"]
    wrong = []
    for suite in suites:
        for test in suite["testsuite"]:
            failed = "failures" in test
            shown = test["failures"][0]["failure"] if failed else ""
            if suite["name"].startswith("CounterexampleOf"):
                # It fails because of the property, and not for another reason.
                if "VIOLATED" not in shown:
                    wrong.append(f"{suite['name']} should fail with a violated property, and says: {shown or 'passed'}")
            elif failed:
                wrong.append(f"{suite['name']} should pass: {shown}")
    count = sum(len(suite["testsuite"]) for suite in suites)
    if count != 2 * len(FIXED):
        wrong.append(f"{count} tests ran, not {2 * len(FIXED)}")
    print("\n".join(wrong) or f"{count} exported tests: the first of each pair fails, the second passes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(write(*sys.argv[2:]) if sys.argv[1] == "write" else run(*sys.argv[2:]))
