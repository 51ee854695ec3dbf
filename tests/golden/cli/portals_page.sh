# What spec/portals.md says is true: its programs, which begin with a line `// NAME.portals`, are laid out as they should be, and its
# commands print what stands below them. A command that ends with `^C` is interrupted when all that is said before has come.
page=$PWD/spec/portals.md
mkdir "$TMP/bin"
ln -s "$PORTALS" "$TMP/bin/portals"
export PATH=$TMP/bin:$PATH
cd "$TMP"

awk '/^```portals/ { getline; name = $2; print > name; inside = 1; next }
     /^```/ { plain = !inside && !plain; inside = 0; command = 0; next }
     inside { print > name }
     plain && /^\$ / { step = sprintf("step.%02d", ++n) }
     plain { print > step }' "$page"
portals fmt --check ./*.portals || echo "not in the canonical layout"

# How many epochs there are is a matter of time.
plain() { sed -E 's/epoch [0-9]+/epoch N/' "$1"; }

# Runs a command that waits for more input, until it has said what it should; its processes are a group of their own.
interrupt() {
    local pid tries=0
    set -m
    sleep 60 | env --default-signal=INT bash -c "$1" >printed 2>&1 &
    set +m
    pid=$(jobs -p | tail -n 1)
    until cmp -s <(plain said) <(plain printed) || [ $((tries++)) -gt 200 ]; do sleep 0.1; done
    kill -INT -- "-$pid"
    wait 2>/dev/null
}

try() {
    local command
    command=$(sed -n '1s/^\$ //p' "$1")
    sed '1d; /^^C$/d' "$1" >said
    if grep -q '^^C$' "$1"; then
        interrupt "$command"
    else
        bash -c "$command" >printed 2>&1 </dev/null
    fi
    diff -u --label "\$ $command" --label printed <(plain said) <(plain printed) && echo "  $command"
}

for step in step.*; do try "$step"; done
