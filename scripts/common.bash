# SPDX-License-Identifier: MIT
# What the scripts share. Sourced after "set -euo pipefail"; leaves the shell in the root of the source tree.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
export LC_ALL=C.UTF-8
jobs=$(nproc 2>/dev/null || echo 2)
me=${0##*/}

say() { printf '%s: %s\n' "$me" "$*"; }
fail() {
    printf '%s: %s\n' "$me" "$*" >&2
    exit 1
}

# Runs a command quietly; its output is shown when it fails.
quietly() { # LOG COMMAND...
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 </dev/null || { tail -n 60 "$log" >&2; return 1; }
}

# Configures and builds one target of a preset of CMakePresets.json, with tests unless told otherwise.
build_preset() { # PRESET TARGET LOG [CMAKE ARGUMENTS...]
    local preset=$1 target=$2 log=$3
    shift 3
    quietly "$log" cmake --preset "$preset" -DBUILD_TESTING=ON "$@" &&
        quietly "$log" cmake --build --preset "$preset" --target "$target" -j "$jobs"
}
