#!/usr/bin/env bash
# Runs one benchmark of BenchmarkDotNet once: it builds a project of its own around ours, into folders of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
dotnet run -c Release --project bench/Llkd.Benchmarks -- --filter '*AdamW*' --job dry >"$log" 2>&1 || { cat "$log"; exit 1; }
grep -q 'executed benchmarks: [1-9]' "$log" || { cat "$log"; echo "No benchmark ran."; exit 1; }
echo "Benchmarks run."
