#!/bin/sh
# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes the environment that holds nox: make_venv.sh FOLDER REQUIREMENTS OPTIONAL
# OPTIONAL are requirements to put into it, too, where there are wheels of them.
# Takes the newest Python here that really runs and can make one; the shims of version managers often do not.
set -eu
folder=$1
requirements=$2
optional=$3

try() {
    command -v "$1" >/dev/null 2>&1 || return 1
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || return 1
    rm -rf "$folder"
    "$1" -m venv "$folder" >/dev/null 2>&1
}

install() {
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

for version in 3.13 3.12 3.14 3.11 3; do
    for python in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/"python$version"; do
        if try "$python"; then
            "$folder/bin/python" "$(dirname "$0")/place.py" >/dev/null || { rm -rf "$folder"; exit 1; }
            echo "Making $folder with $python, and putting nox into it"
            install -r "$requirements"
            install --only-binary :all: -r "$optional" || echo "Going on without what $optional names"
            exit 0
        fi
    done
done
rm -rf "$folder"
echo "No Python of version 3.11 or newer was found that can make a virtual environment." >&2
echo "On Debian and Ubuntu: apt-get install python3 python3-venv" >&2
exit 1
