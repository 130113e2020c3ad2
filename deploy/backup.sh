#!/bin/sh
# A backup of a Valkey or Redis server that keeps an append-only file, taken while it runs, without asking it anything:
#     backup.sh STORE DIRECTORY
# STORE is the server's directory, in which `appendonlydir` lies: `store` in the router's data directory. DIRECTORY is
# made; it must not be there yet. README.md beside this file says how to restore it.
#
# What the manifest names is one state of the data: its files grow at their end, or are removed after a later manifest
# has replaced this one. So the manifest is copied first, and where a file is gone by then, all of it is copied again. A
# last command that was only half written is left out by the server that loads it.
set -eu
from=$1/appendonlydir
into=$2/appendonlydir
mkdir -p "$2"
chmod 0700 "$2"
mkdir "$into"

copied() {
    cp "$from"/*.manifest "$into"/ || return
    # Of the base (b) and what came after it (i); history (h) is just being removed.
    for name in $(sed -n 's/^file \([^ ]*\) seq [0-9]* type [bi].*/\1/p' "$into"/*.manifest); do
        cp "$from/$name" "$into"/ || return
    done
}

for _ in 1 2 3 4 5; do
    if copied; then
        sync
        exit 0
    fi
    rm -f "$into"/*
done
echo "$from could not be copied: no backup was made" >&2
rmdir "$into"
exit 1
