#!/usr/bin/env bash
# The same sources make the same bytes: builds the package in two folders of different names and compares every file of both.
# About a minute; run by CI.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for copy in one another; do
    mkdir "$work/$copy"
    git ls-files -z | tar --null --files-from=- --create | tar --extract --directory="$work/$copy"
    dotnet build "$work/$copy/src/ZhipuVideo.Package" -t:Package -c Release -v q -nologo
    (cd "$work/$copy/artifacts/package" && find . -type f -print0 | sort -z | xargs -0 sha256sum) >"$work/$copy.sums"
done
if ! diff "$work/one.sums" "$work/another.sums"; then
    echo "not reproducible: these files differ from build to build"
    exit 1
fi
echo "reproducible: $(wc -l <"$work/one.sums") files are the same in two builds"
