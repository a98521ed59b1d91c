#!/usr/bin/env python3
"""Mutants of model/, properties/ and checker/, made by rules, and what of them the tests kill.

    mutate.py list                     every mutant, by rule and place
    mutate.py run --work DIR           draws 300 by the seed, a third of them of each of the three families (cited, proviso,
                                       bound), builds them, and runs the tests against each
    mutate.py show N...                how the code of mutant N reads

All drawn mutants are in one build ("mutant schemata"): each stands in the code as a choice that the environment variable
HEDDLE_MUTANT makes, so that the tree is compiled once and not once a mutant. A place whose mutant does not compile (a
constant expression, say) is left out and the report says how many there were.

The rules, for the lines of code outside comments, literals and the preprocessor:
  cited-drop      the statement of a line that cites a rule of the Internet Computer ([Q3], D7), or that follows a comment
                  citing one, is left out; where that comment is above a function, each statement of its body, also
                  where that is in another file
  cited-negate    its condition is negated, or its == and != swapped
  cited-swap      the two branches of its ?:, or its std::min and std::max, change places
  proviso         a conjunct of a condition is taken for true, a disjunct for false; the condition of an early exit (if (...)
                  followed by return, continue or break) for false
  bound           < and <=, > and >= change places; + 1 and - 1 go
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("model", "properties", "checker")
DRAWN = 300
CITE = re.compile(r"\b(?:[PCKQIRTLXMUD]\d{1,2})\b")

# What is run against a mutant, quickest first, until something fails. Left out: what measures memory or time, and so
# depends on what else the process or the machine does.
TESTS = (
    ("heddle_model_tests", "*"),
    ("heddle_properties_tests", "*"),
    ("heddle_oracle_tests", "*"),
    ("heddle_checker_tests", "*-MemoryBudget*:CheckpointKilled*:ProgressLine*"),
    ("heddle_traces_tests", "*"),
    ("heddle_examples_tests", "*"),
    ("heddle_suite_tests", "*-Explore*:HttpServer*:SuiteProcess*:Debugger*"),
)

HEADER = """#pragma once
#include <cstdlib>
namespace heddle::mutation {
inline const int active = [] {
  const char* const number = std::getenv("HEDDLE_MUTANT");
  return number == nullptr ? 0 : std::atoi(number);
}();
inline bool on(int number) { return number == active; }
template <class L, class R> auto less(int n, const L& l, const R& r) { return on(n) ? l <= r : l < r; }
template <class L, class R> auto less_or_equal(int n, const L& l, const R& r) { return on(n) ? l < r : l <= r; }
template <class L, class R> auto greater(int n, const L& l, const R& r) { return on(n) ? l >= r : l > r; }
template <class L, class R> auto greater_or_equal(int n, const L& l, const R& r) { return on(n) ? l > r : l >= r; }
template <class T> auto min(int n, const T& l, const T& r) { return on(n) == (l < r) ? r : l; }
template <class T> auto max(int n, const T& l, const T& r) { return on(n) == (l < r) ? l : r; }
template <class L, class R> auto equal(int n, const L& l, const R& r) { return on(n) ? l != r : l == r; }
template <class L, class R> auto unequal(int n, const L& l, const R& r) { return on(n) ? l == r : l != r; }
}
"""


@dataclasses.dataclass
class Mutant:
    """One change: `inserts` are (position, text), `replaces` (start, end, text), positions in the file's text."""
    file: str
    line: int
    rule: str
    start: int
    end: int
    kind: str
    detail: tuple = ()
    number: int = 0

    def place(self):
        return f"{self.file}:{self.line}"


def masked(text):
    """`text` with comments and preprocessor lines blanked and literals as words, of the same length."""
    out = list(text)

    def blank(start, end):
        filling = "_" if out[start] in "\"'R" else " "
        for i in range(start, end):
            if out[i] != "\n":
                out[i] = filling

    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\n]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.|[^\'\\\n])+\'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*',
        re.S | re.M)
    for match in pattern.finditer(text):
        blank(match.start(), match.end())
    return "".join(out)


def matching(code, opening):
    """The position of what closes the bracket at `opening`."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    stack = []
    for i in range(opening, len(code)):
        c = code[i]
        if c in pairs:
            stack.append(pairs[c])
        elif c in ")]}":
            if not stack or stack.pop() != c:
                return -1
            if not stack:
                return i
    return -1


def split(code, start, end, operators):
    """[(start, end)] of the operands of `operators` at depth 0, and the operators' positions."""
    parts, found, depth, at, i = [], [], 0, start, start
    while i < end:
        c = code[i]
        if c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif depth == 0:
            for operator in operators:
                if code.startswith(operator, i):
                    parts.append((at, i))
                    found.append((i, i + len(operator)))
                    i += len(operator) - 1
                    at = i + 1
                    break
        i += 1
    parts.append((at, end))
    return parts, found


def trimmed(code, start, end):
    while start < end and code[start].isspace():
        start += 1
    while end > start and code[end - 1].isspace():
        end -= 1
    return start, end


class File:
    def __init__(self, path):
        self.path = path
        self.text = (ROOT / path).read_text()
        self.code = masked(self.text)
        self.starts = [0] + [i + 1 for i, c in enumerate(self.text) if c == "\n"]
        self.mutants = []

    def line_of(self, position):
        low, high = 0, len(self.starts)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.starts[middle] <= position else (low, middle)
        return low + 1

    def add(self, rule, kind, start, end, *detail):
        self.mutants.append(Mutant(self.path, self.line_of(start), rule, start, end, kind, detail))

    # Conditions: (start, end, is the condition of an early exit).
    def conditions(self):
        code = self.code
        for match in re.finditer(r"\b(if|while)\s*\(", code):
            opening = match.end() - 1
            closing = matching(code, opening)
            if closing < 0:
                continue
            start, end = opening + 1, closing
            parts, _ = split(code, start, end, (";",))
            start, end = trimmed(code, *parts[-1])
            if start == end or self.declares(start, end):
                continue
            body = code[closing + 1:closing + 80].lstrip().lstrip("{").lstrip()
            exits = match[1] == "if" and re.match(r"(co_)?return\b|continue\b|break\b", body) is not None
            yield start, end, exits
        for match in re.finditer(r"\bfor\s*\(", code):
            closing = matching(code, match.end() - 1)
            if closing < 0:
                continue
            parts, _ = split(code, match.end(), closing, (";",))
            if len(parts) == 3:
                start, end = trimmed(code, *parts[1])
                if start < end:
                    yield start, end, False
        for match in re.finditer(r"\breturn\s+([^;{}]*);", code):
            start, end = trimmed(code, match.start(1), match.end(1))
            _, operators = split(code, start, end, ("&&", "||", " < ", " <= ", " > ", " >= ", " == ", " != "))
            if operators and "?" not in code[start:end] and "<<" not in code[start:end]:
                yield start, end, False

    def declares(self, start, end):
        return re.search(r"[^=!<>+\-*/&|^%]=[^=]", self.code[start:end]) is not None

    def operands(self, start, end):
        """The conjuncts and disjuncts inside, at any depth of parentheses: (start, end, operator)."""
        code = self.code
        for operator in ("||", "&&"):
            parts, found = split(code, start, end, (operator,))
            if found:
                for part in parts:
                    a, b = trimmed(code, *part)
                    yield a, b, operator
                    yield from self.operands(a, b)
                return
        if code[start] == "!" and start + 1 < end and code[start + 1] == "(":
            yield from self.operands(start + 1, end)
        elif code[start] == "(" and matching(code, start) == end - 1:
            yield from self.operands(start + 1, end - 1)

    def comparisons(self, start, end):
        """The comparisons inside: (start, end, operator's start, operator)."""
        leaves = [(start, end)]
        for a, b, _ in self.operands(start, end):
            leaves.append((a, b))
        for a, b in leaves:
            _, logical = split(self.code, a, b, ("&&", "||", "?", "<<", ">>", "<=>"))
            if logical:
                continue
            _, found = split(self.code, a, b, (" <= ", " >= ", " < ", " > ", " == ", " != "))
            if len(found) == 1 and not self.code[a:b].startswith(("!", "co_")):
                yield a, b, found[0][0], self.code[found[0][0]:found[0][1]].strip()

    def enumerate(self, declared):
        code = self.code
        seen = set()
        conditions = list(self.conditions())
        for start, end, exits in conditions:
            if exits:
                self.add("proviso", "false", start, end)
            for a, b, operator in self.operands(start, end):
                self.add("proviso", "true" if operator == "&&" else "false", a, b)
            for a, b, at, operator in self.comparisons(start, end):
                if operator in ("<", "<=", ">", ">=") and (at, operator) not in seen:
                    seen.add((at, operator))
                    self.add("bound", "compare", a, b, at, operator)
        for match in re.finditer(r"[\w)\]] ([+-]) (1)(U?)(?![\w.'])", code):
            self.add("bound", "one", match.start(2), match.end(3))
        self.cited(conditions, declared)

    def definitions(self, names):
        """The bodies of the functions with these names of a class: (start, end)."""
        for match in re.finditer(r"\w::(~?\w+)\(", self.code):
            if match[1] in names:
                body = self.body_of(self.starts[self.line_of(match.start()) - 1])
                if body:
                    yield body

    def cited(self, conditions, declared):
        lines = self.text.split("\n")
        done = set()
        for number, line in enumerate(lines):
            comment = re.search(r"//.*$", line)
            if comment is None or not CITE.search(comment[0]):
                continue
            target = number
            if line.strip().startswith("//"):
                while target < len(lines) and (lines[target].strip().startswith("//") or not lines[target].strip()):
                    target += 1
            if target >= len(lines) or target in done:
                continue
            done.add(target)
            begin = self.starts[target]
            body = self.body_of(begin)
            last = self.line_of(body[1]) if body else target + 1
            for each in range(target, last):
                self.cited_line(self.starts[each], self.starts[each] + len(lines[each]), conditions)

        for start, end in self.definitions(declared):
            for each in range(self.line_of(start), self.line_of(end)):
                if each not in done:
                    done.add(each)
                    self.cited_line(self.starts[each], self.starts[each] + len(lines[each]), conditions)

    def declares_cited(self):
        """The names of the functions declared here under a comment that cites a rule."""
        lines = self.text.split("\n")
        for number, line in enumerate(lines):
            comment = re.search(r"//.*$", line)
            if comment is None or not CITE.search(comment[0]):
                continue
            target = number
            while target < len(lines) and lines[target].strip().startswith("//"):
                target += 1
            begin = self.starts[min(target, len(lines) - 1)]
            stop = re.compile(r"[;{}]").search(self.code, begin)
            if stop is not None and stop[0] == ";":
                match = re.search(r"(\w+)\(", self.code[begin:stop.start()])
                if match:
                    yield match[1]

    def body_of(self, begin):
        """Where the body of the function that is defined from here on is: (start, end); None if there is no function."""
        code = self.code
        opening = re.compile(r"[;{}]").search(code, begin)
        if opening is None or opening[0] != "{" or "(" not in code[begin:opening.start()]:
            return None
        if re.match(r"\s*(}|else|if|for|while|switch|do|class|struct|enum|namespace|case)\b", code[begin:opening.start()]):
            return None
        if not re.search(r"\)\s*(const|noexcept|override|->\s*[\w:<>]+|\s)*$", code[begin:opening.start()]):
            return None
        closing = matching(code, opening.start())
        return None if closing < 0 else (opening.start(), closing)

    def cited_line(self, begin, end, conditions):
        code = self.code
        start, stop = trimmed(code, begin, end)
        for a, b, _ in conditions:
            if begin <= a < end:
                self.add("cited-negate", "negate", a, b)
                for c, d, at, operator in self.comparisons(a, b):
                    if operator in ("==", "!="):
                        self.add("cited-negate", "compare", c, d, at, operator)
        semicolon = code.find(";", start)
        statement = code[start:semicolon] if semicolon >= 0 else ""
        if re.match(r"(\+\+|--)?[a-zA-Z_][\w.\[\]()>:-]*(\(|\s*[-+|&]?=\s|\+\+|--|->)", statement) and not re.match(
                r"(return|co_return|co_await|co_yield|if|for|while|switch|case|else|using|const|auto|static|class|struct|enum|"
                r"template|throw|delete|typedef|friend|namespace|default|break|continue|explicit|virtual|constexpr|inline)\b",
                statement) and "{" not in statement.split("(")[0] and code[start:semicolon].count("{") == code[
                    start:semicolon].count("}") and self.in_body(start):
            self.add("cited-drop", "drop", start, semicolon + 1)
        for match in re.finditer(r"std::(min|max)\((?!\{)", code[start:stop]):
            self.add("cited-swap", "word", start + match.start(), start + match.end(), match[1])
        question = code.find(" ? ", start)
        if start <= question < stop:
            last = code.find(";", question)
            parts, colons = split(code, question + 3, last, (" : ",))
            if len(parts) == 2 and code[question + 3:last].count("?") == 0:
                (a, b), (c, d) = parts
                depth_end = self.expression_end(c, d)
                self.add("cited-swap", "branches", a, depth_end, b, c)

    def expression_end(self, start, end):
        depth = 0
        for i in range(start, end):
            if self.code[i] in "([{":
                depth += 1
            elif self.code[i] in ")]}":
                depth -= 1
                if depth < 0:
                    return i
            elif self.code[i] == "," and depth == 0:
                return i
        return end

    def in_body(self, position):
        """Whether a statement may stand here: after a ; { } or a ) of the lines before."""
        before = self.code[:position].rstrip()
        return before.endswith((";", "{", "}")) and position - self.starts[self.line_of(position) - 1] >= 2

    def changed(self, mutants):
        """The text with all of these in it."""
        inserts = []  # (position, closes first, order, text)
        replaced = {}

        def wrap(mutant, before, after):
            size = mutant.end - mutant.start
            inserts.append((mutant.start, 1, -size, mutant.number, before))
            inserts.append((mutant.end, 0, size, -mutant.number, after))

        for m in mutants:
            n = m.number
            if m.kind == "negate":
                wrap(m, f"(::heddle::mutation::on({n}) != static_cast<bool>(", "))")
            elif m.kind == "true":
                wrap(m, f"(::heddle::mutation::on({n}) || static_cast<bool>(", "))")
            elif m.kind == "false":
                wrap(m, f"(!::heddle::mutation::on({n}) && static_cast<bool>(", "))")
            elif m.kind == "drop":
                wrap(m, f"if (!::heddle::mutation::on({n})) {{ ", " }")
            elif m.kind == "one":
                unsigned = self.text[m.start:m.end].endswith("U")
                replaced[m.start] = (m.end, f"(::heddle::mutation::on({n}) ? 0{'U' * unsigned} : 1{'U' * unsigned})")
            elif m.kind == "compare":
                at, operator = m.detail
                name = {"<": "less", "<=": "less_or_equal", ">": "greater", ">=": "greater_or_equal", "==": "equal",
                        "!=": "unequal"}[operator]
                wrap(m, f"::heddle::mutation::{name}({n}, ", ")")
                replaced[at] = (at + len(operator) + 2, ", ")
            elif m.kind == "word":
                replaced[m.start] = (m.end, f"::heddle::mutation::{m.detail[0]}({n}, ")
            elif m.kind == "branches":
                b, c = m.detail
                first, second = self.text[m.start:b], self.text[c:m.end]
                replaced[m.start] = (m.end, f"(::heddle::mutation::on({n}) ? ({second}) : ({first})) : "
                                            f"(::heddle::mutation::on({n}) ? ({first}) : ({second}))")
        out, i = [], 0
        inserts.sort()
        index = 0
        while i <= len(self.text):
            while index < len(inserts) and inserts[index][0] == i:
                out.append(inserts[index][4])
                index += 1
            if i == len(self.text):
                break
            if i in replaced:
                end, text = replaced[i]
                out.append(text)
                while index < len(inserts) and i < inserts[index][0] < end:
                    index += 1
                i = end
            else:
                out.append(self.text[i])
                i += 1
        return "".join(out)


def files():
    found = []
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".h", ".cc"):
                found.append(File(str(path.relative_to(ROOT))))
    return found


def all_mutants():
    """Every mutant there is: {file: File}, [Mutant]."""
    by_name, mutants = {}, []
    found = files()
    declared = {name for file in found for name in file.declares_cited()}
    for file in found:
        file.enumerate(declared)
        by_name[file.path] = file
        # The same change by two rules is one mutant, of the rule that comes first.
        seen = set()
        order = {"cited-drop": 0, "cited-negate": 1, "cited-swap": 2, "proviso": 3, "bound": 4}
        for m in sorted(file.mutants, key=lambda m: (order[m.rule], m.start, m.end)):
            key = (m.start, m.end, m.kind, m.detail)
            if key not in seen:
                seen.add(key)
                mutants.append(m)
    for number, m in enumerate(mutants, 1):
        m.number = number
    return by_name, mutants


def overlapping(mutants):
    """Those that replace text which another needs: they go into a later draw."""
    out, taken = set(), {}
    for m in mutants:
        if m.kind in ("branches", "one", "compare", "word"):
            spans = [(m.start, m.end)] if m.kind != "compare" else [(m.detail[0], m.detail[0] + len(m.detail[1]) + 2)]
            for span in spans:
                for other in taken.setdefault(m.file, []):
                    if span[0] < other[1] and other[0] < span[1]:
                        out.add(m.number)
                taken[m.file].append(span)
    for m in mutants:
        for other in mutants:
            if other.file == m.file and other.kind == "branches" and other.number != m.number and (
                    m.start < other.end and other.start < m.end) and m.kind != "branches":
                out.add(m.number)
    return out


def write_tree(work, by_name, drawn):
    tree = work / "tree"
    if not tree.exists():
        subprocess.run(["git", "-C", str(ROOT), "worktree", "prune"], check=True)
        tree.mkdir(parents=True)
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], check=True, capture_output=True).stdout
    for name in listed.decode().split("\0"):
        if name and (ROOT / name).is_file():
            target = tree / name
            by_file = [m for m in drawn if m.file == name]
            data = by_name[name].changed(by_file).encode() if by_file else (ROOT / name).read_bytes()
            if not target.exists() or target.read_bytes() != data:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
                shutil.copymode(ROOT / name, target)
    header = tree / "mutation.h"
    if not header.exists() or header.read_text() != HEADER:
        header.write_text(HEADER)
    return tree


def build(tree, jobs, log, tests):
    """The build's output, and whether it succeeded."""
    folder = tree / "build/mutation"
    if not (folder / "build.ninja").exists():
        flags = f"-include {tree}/mutation.h -w -Wno-everything -Wno-error"
        subprocess.run(["cmake", "--preset", "release", "-B", str(folder), f"-DCMAKE_CXX_FLAGS={flags}"], cwd=tree,
                       check=True, stdout=log, stderr=log)
    done = subprocess.run(["cmake", "--build", str(folder), "--parallel", str(jobs), "--target",
                           *[name for name, _ in tests], "--", "-k", "0"], cwd=tree, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")
    log.write(done.stdout)
    log.flush()
    return done.stdout, done.returncode == 0


def draw(mutants, seed):
    """All in the order of the draw: families take turns, each in an order by the seed."""
    families = {}
    for m in sorted(mutants, key=lambda m: m.number):
        families.setdefault(m.rule.split("-")[0], []).append(m)
    for name, family in sorted(families.items()):
        random.Random(f"{seed} {name}").shuffle(family)
    return [family[i] for i in range(max(map(len, families.values()))) for _, family in sorted(families.items())
            if i < len(family)]


def run_tests(tree, number, limits, systems, tests):
    """None when all pass; else the test program that noticed, and how."""
    environment = dict(os.environ, HEDDLE_MUTANT=str(number), HEDDLE_SYSTEMS=str(systems), GTEST_FAIL_FAST="1",
                       GTEST_BRIEF="1")
    spent = {}
    for name, chosen in tests:
        program = tree / "build/mutation/tests" / name
        began = time.monotonic()
        limit = limits.get(name, 3600)
        try:
            done = subprocess.run([str(program), f"--gtest_filter={chosen}"], cwd=tree, env=environment,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit)
            output = done.stdout.decode(errors="replace")
            code = done.returncode
        except subprocess.TimeoutExpired:
            return {"by": name, "how": f"over {limit:.0f} s"}, spent
        spent[name] = time.monotonic() - began
        if code != 0:
            failed = re.findall(r"^\[  FAILED  \] (\S+)", output, re.M)
            how = failed[0].rstrip(",") if failed else f"exit code {code}"
            return {"by": name, "how": how, "output": "" if failed else output[-2000:]}, spent
    return None, spent


def excerpt(file, mutant):
    line = file.text.split("\n")[mutant.line - 1].strip()
    return f"{mutant.kind}: {file.text[mutant.start:mutant.end]!r} in `{line}`"


def run(arguments):
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    tests = [each for each in TESTS if not arguments.tests or each[0] in arguments.tests.split(",")]
    by_name, mutants = all_mutants()
    mutants = [m for m in mutants if m.file.startswith(tuple(f"{folder}/" for folder in arguments.folders.split(",")))]
    spare = draw(mutants, arguments.seed)
    drawn, rejected = [], []

    def fill():
        while len(drawn) < arguments.count and spare:
            drawn.append(spare.pop(0))
            if overlapping(drawn):
                drawn.pop()

    fill()
    print(f"{len(mutants)} mutants, {len(drawn)} drawn by seed {arguments.seed}", flush=True)
    with open(work / "build.log", "w") as log:
        for _ in range(40):
            tree = write_tree(work, by_name, drawn)
            output, built = build(tree, arguments.jobs, log, tests)
            if built:
                break
            bad = set()
            for file, line in re.findall(r"(\S+?):(\d+):\d+: (?:error|fatal error|note)", output):
                name = os.path.relpath(os.path.realpath(os.path.join(tree / "build/mutation", file)), tree)
                bad |= {m.number for m in drawn if m.file == name and abs(m.line - int(line)) <= 3}
            if not bad:
                sys.exit(f"the mutants do not build: see {work / 'build.log'}")
            rejected += [m for m in drawn if m.number in bad]
            drawn[:] = [m for m in drawn if m.number not in bad]
            fill()
            print(f"{len(bad)} do not compile; {len(drawn)} left", flush=True)
        else:
            sys.exit("the mutants still do not build")
    results_file = work / "results.json"
    results = json.loads(results_file.read_text()) if results_file.exists() else {}
    failure, spent = run_tests(tree, 0, {}, arguments.systems, tests)
    if failure is not None:
        sys.exit(f"the tests fail without a mutant: {failure}")
    limits = {name: 20 + 8 * seconds for name, seconds in spent.items()}
    print("without a mutant: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in spent.items()), flush=True)

    def judge(m):
        key = f"{m.place()} {m.rule} {m.start}-{m.end} {m.kind} {by_name[m.file].text[m.start:m.end]}"
        if key not in results:
            killed, _ = run_tests(tree, m.number, limits, arguments.systems, tests)
            results[key] = {"mutant": m.number, "place": m.place(), "rule": m.rule,
                            "change": excerpt(by_name[m.file], m), "killed": killed}
            results_file.write_text(json.dumps(results, indent=1))
            verdict = f"killed by {killed['by']}: {killed['how']}" if killed else "SURVIVED"
            print(f"{m.place()} {m.rule}: {verdict}", flush=True)
        return results[key]

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        judged = list(pool.map(judge, drawn))
    killed = sum(1 for each in judged if each["killed"])
    for each in judged:
        if not each["killed"]:
            print(f"survivor: {each['place']} {each['rule']} {each['change']}")
    rules = sorted({each["rule"] for each in judged})
    for rule in rules:
        of_rule = [each for each in judged if each["rule"] == rule]
        print(f"{rule}: {sum(1 for each in of_rule if each['killed'])} of {len(of_rule)} killed")
    print(f"{killed} of {len(judged)} killed, {100 * killed / max(1, len(judged)):.1f} %; "
          f"{len(rejected)} did not compile; seed {arguments.seed}")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list")
    show = commands.add_parser("show")
    show.add_argument("numbers", nargs="+", type=int)
    runs = commands.add_parser("run")
    runs.add_argument("--work", type=pathlib.Path, required=True)
    runs.add_argument("--seed", type=int, default=1)
    runs.add_argument("--count", type=int, default=DRAWN)
    runs.add_argument("--jobs", type=int, default=os.cpu_count())
    runs.add_argument("--tests", default="", help="only these test programs, with commas between; all unless said")
    runs.add_argument("--folders", default=",".join(FOLDERS), help="only mutants of these, with commas between")
    runs.add_argument("--systems", type=int, default=60, help="generated systems of each differential test")
    arguments = parser.parse_args()
    if arguments.command == "run":
        return run(arguments)
    by_name, mutants = all_mutants()
    for m in mutants:
        if arguments.command == "list":
            print(f"{m.number} {m.place()} {m.rule} {excerpt(by_name[m.file], m)}")
        elif m.number in arguments.numbers:
            before = by_name[m.file].text.split("\n")
            after = by_name[m.file].changed([m]).split("\n")
            print(f"--- {m.place()} {m.rule}")
            for old, new in zip(before, after):
                if old != new:
                    print(f"-{old}\n+{new}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
