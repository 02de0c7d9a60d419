#!/bin/sh
# Publishes the students' tests both ways, framework-dependent and self-contained, and runs the one that loads libtorch
# from each published folder. Needs about 1.5 GB in the temporary folder; everything is written there.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
publish() { # name, further arguments
    name=$1
    shift
    # The lock files know no runtime identifier, and publishing is not the place to change them.
    dotnet publish "$root/tests/Llkd.Students.Tests" --nologo --verbosity quiet --configuration Release \
        --artifacts-path "$work/build" --output "$work/$name" \
        -p:RestoreLockedMode=false -p:NuGetLockFilePath="$work/\$(MSBuildProjectName).$name.lock.json" "$@"
    echo "$name:"
    "$work/$name/Llkd.Students.Tests" --filter-class Llkd.Students.Tests.Native.LibTorchTests --minimum-expected-tests 1
    rm -rf "$work/$name"
}
publish framework-dependent
publish self-contained --runtime linux-x64 --self-contained
