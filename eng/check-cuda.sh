#!/usr/bin/env bash
# Compiles what a build for CUDA compiles (-p:LlkdTorch=cuda). The CUDA packages are several gigabytes and nothing of them is
# needed to compile, so nothing is restored; the usual build must have been made before.
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(dotnet msbuild src/Llkd.Students -t:Compile -p:LlkdTorch=cuda -v:q 2>&1) \
  || { echo "$log" >&2; echo "The build for CUDA does not compile." >&2; exit 1; }
echo "The build for CUDA compiles."
