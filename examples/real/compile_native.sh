#!/usr/bin/env bash
# Compiles the canisters of this folder that are written in Rust and in C++:
#
#   examples/real/compile_native.sh rust|cpp FILE.wasm
#
# with Debian 12's compilers: rustc, libstd-rust-dev-wasm32 and lld-14; clang-19 and lld-19. Exit code 77 says that the
# compiler is missing. The table is exported because the Internet Computer calls callbacks by their place in it, which the
# linker does not know.
set -euo pipefail

readonly language=$1
output=$(realpath -m "$2")
readonly output
readonly kDebianRust=/usr/bin/rustc

need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || {
      echo "$program is missing: the committed canister is used as it is"
      exit 77
    }
  done
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$(dirname "${BASH_SOURCE[0]}")/${language}_bank"
case "$language" in
  rust)
    need "$kDebianRust" wasm-ld-14
    [ -d "$("$kDebianRust" --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ] || {
      echo "libstd-rust-dev-wasm32 is missing: the committed canister is used as it is"
      exit 77
    }
    "$kDebianRust" --edition=2021 --target wasm32-unknown-unknown --crate-type cdylib -O -C codegen-units=1 -C panic=abort \
      -C strip=debuginfo -C linker=wasm-ld-14 -C link-arg=--export-table -o "$work/bank.wasm" bank.rs
    ;;
  cpp)
    need clang++-19 wasm-ld-19
    clang++-19 --target=wasm32 -std=c++20 -O2 -Wall -Wextra -Werror -fno-exceptions -fno-rtti -c -o "$work/bank.o" bank.cc
    wasm-ld-19 --no-entry --export-table -o "$work/bank.wasm" "$work/bank.o"
    ;;
esac
install -m 644 "$work/bank.wasm" "$output"

# compiled.json says what the canisters of this folder were compiled of, for a test where there is no compiler.
if [ "$output" = "$PWD/Bank.wasm" ]; then
  python3 - "${language}_bank/Bank.wasm" "$(echo bank.*)" <<'END'
import hashlib, json, pathlib, sys

def hash_of(file):
    return hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest()

record = pathlib.Path("../compiled.json")
compiled = json.loads(record.read_text(encoding="utf-8"))
compiled[sys.argv[1]] = {"source": hash_of(sys.argv[2]), "wasm": hash_of("Bank.wasm")}
record.write_text(json.dumps(compiled, indent=2, sort_keys=True) + "\n", encoding="utf-8")
END
fi
