#!/bin/sh
# Makes the packages of a target that strict.txt is for: `./package.sh lambda-3.11-arm64`.
#
# build/TARGET/function.zip   the handler and all its dependencies
# build/TARGET/layer.zip      the dependencies alone, as a layer: below `python/`
# build/TARGET/handler.zip    the handler alone, for use with the layer
#
# The same lock gives the same bytes: files are sorted, and their times are fixed.
set -eu
target=$1
python=$(echo "$target" | cut -d - -f 2)
case $target in
    *-arm64) machine=aarch64 ;;
    *) machine=x86_64 ;;
esac
build=$PWD/build/$target
rm -rf "$build"
mkdir -p "$build/layer" "$build/handler"

fetch strict.txt -p "$target" -d "$build/wheelhouse"
uv pip install --quiet --no-config --target "$build/layer/python" \
    --python-version "$python" --python-platform "$machine-manylinux_2_34" \
    --require-hashes --no-deps --no-index --find-links "$build/wheelhouse" -r strict.txt
cp handler.py "$build/handler/"
cp -r "$build/layer/python" "$build/function"
cp handler.py "$build/function/"

pack() {
    rm -f "$1/.lock"
    find "$1" -exec touch -h -d '1980-01-01 12:00:00 UTC' {} +
    (cd "$1" && find . -type f | LC_ALL=C sort | TZ=UTC zip -q -X -@ "$1.zip")
}
pack "$build/function"
pack "$build/layer"
pack "$build/handler"
ls -l "$build"/*.zip
