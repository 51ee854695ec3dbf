#!/bin/bash
# Installs the Debian packages that the build, the tests and the demo need and that are missing. Does nothing if none is.
set -euo pipefail

packages=(
    gcc libc6-dev binutils make pkg-config    # to build
    llvm-19-dev clang-19 flex bison           # the compiler; clang makes the bitcode of the VM
    libutf8proc-dev libxxhash-dev             # Unicode, hashing
    libcsv-dev                                # CSV
    libffi-dev                                # foreign functions
    libedit-dev                               # the prompt
    zlib1g-dev libzstd-dev                    # what LLVM links; an example calls zlib
    libyajl-dev                               # JSON of `portals inspect`
    libcriterion-dev clang-format-19          # tests
    liblmdb-dev                               # tests: a store to compare with
    libcbor-dev                               # tests: reads what our own CBOR wrote
    libclang-rt-19-dev                        # fuzzing
    bible-kjv                                 # the text of the demo
)

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "These packages are missing; install them as root and try again:" >&2
        echo "  apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

echo "  APT     ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >"$log" 2>&1; then
        cat "$log" >&2
        echo "apt-get $1 failed" >&2
        exit 1
    fi
}
apt update
apt install --no-install-recommends "${missing[@]}"
