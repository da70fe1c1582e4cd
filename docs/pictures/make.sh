#!/bin/bash
# Makes the pictures of README and manual again: docs/pictures/make.sh [PROGRAM]
# Needs Xvfb, openbox, xdotool, ImageMagick, and a software OpenGL driver. It draws on a display of its own and uses a home of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$PWD/docs/pictures
program=$(realpath "${1:-target/debug/sealscope}")
work=$(mktemp -d /tmp/case.XXXX)
export HOME=$work XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data TZ=UTC LIBGL_ALWAYS_SOFTWARE=1
unset WAYLAND_DISPLAY
DISPLAY= "$program" demo --out "$work/demo" --no-window > /dev/null

# The first free display.
number=70
while [ -e "/tmp/.X$number-lock" ]; do number=$((number + 1)); done
export DISPLAY=:$number
Xvfb "$DISPLAY" -screen 0 1600x1000x24 > /dev/null 2>&1 &
server=$!
trap 'kill "${window:-}" "${manager:-}" "$server" 2> /dev/null || true; rm -rf "$work"' EXIT
sleep 2
openbox > /dev/null 2>&1 &
manager=$!
sleep 1

open() { # PATH…: opens them in the window and waits until it is quiet.
    (cd "$work/demo" && exec "$program" open "$@" --trust trust.txt) > /dev/null 2>&1 &
    window=$!
    local id
    for _ in $(seq 120); do
        id=$(xdotool search --onlyvisible --name '^Sealscope' 2> /dev/null | head -1 || true)
        [ -n "$id" ] && break
        sleep 0.5
    done
    xdotool windowmove "$id" 0 0 windowsize "$id" 1600 1000 windowactivate --sync "$id" mousemove 800 20
    sleep "${SETTLE:-6}"
}

take() { # NAME: the picture of the screen, in at most 256 colours.
    import -window root "$work/shot.png"
    convert "$work/shot.png" +dither -colors 256 -define png:compression-level=9 "PNG8:$out/$1.png"
}

shut() { kill "$window"; wait "$window" 2> /dev/null || true; }
key() { xdotool key --delay 120 "$@"; sleep "${SETTLE:-6}"; }
text() { xdotool type --delay 90 "$1"; sleep "${SETTLE:-6}"; }

open evidence
key n
take verify
key Escape
key slash
text 'key:AKIAQX4DEMO5WKEY07QX since:2026-03-07T03:00 until:2026-03-07T12:00'
key Return
key Tab
take leaked-key
shut

open evidence/agents
key ctrl+e
take export
shut
ls -l "$out"/*.png
