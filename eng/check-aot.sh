#!/bin/sh
# Compiles samples/aot ahead of time and checks that what an application then ships stays below 60 MB; with the folder
# of an exported model as argument, also that it answers. Without clang and zlib's headers it only says so. Writes into a
# temporary folder.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
if ! command -v clang >/dev/null || [ ! -e /usr/include/zlib.h ]; then
    echo "clang or zlib's headers are missing: compilation ahead of time was not checked. Debian: apt-get install clang zlib1g-dev"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet publish "$root/samples/aot" --nologo --verbosity quiet --configuration Release --runtime linux-x64 \
    --artifacts-path "$work/build" --output "$work/publish" \
    -p:RestoreLockedMode=false -p:NuGetLockFilePath="$work/\$(MSBuildProjectName).lock.json"
find "$work/publish" -name '*.dbg' -delete
bytes=$(find "$work/publish" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
find "$work/publish" -type f -printf '%s %f\n' | sort -rn
echo "total: $bytes bytes"
test "$bytes" -lt 60000000
if [ $# -gt 0 ]; then echo "please help" | "$work/publish/classify" "$1"; fi
