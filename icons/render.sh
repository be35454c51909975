#!/bin/sh
# Renders every picture here from the SVG sources; run it after changing one.
# Needs rsvg-convert, ImageMagick's convert, and npx for the .icns.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

app() { # source, pixels, file
    rsvg-convert --width "$2" --height "$2" "$1" --output "$3"
}
app app-small.svg 32 32x32.png
app app.svg 128 128x128.png
app app.svg 256 128x128@2x.png
app app.svg 512 icon.png

for pixels in 16 24 32 48; do app app-small.svg $pixels "$work/$pixels.png"; done
for pixels in 64 128 256; do app app.svg $pixels "$work/$pixels.png"; done
(cd "$work" && convert 16.png 24.png 32.png 48.png 64.png 128.png 256.png icon.ico)
cp "$work/icon.ico" icon.ico

app app.svg 1024 "$work/1024.png"
npx --yes @tauri-apps/cli@2 icon "$work/1024.png" --output "$work/bundle" >"$work/log"
cp "$work/bundle/icon.icns" icon.icns

tray() { # state, panel, colour, accent
    printf 'svg { color: %s } .accent { color: %s } .state { display: none } .%s { display: inline }\n' \
        "$3" "$4" "$1" >"$work/style.css"
    rsvg-convert --width 44 --height 44 --stylesheet "$work/style.css" tray.svg --output "tray-$1-$2.png"
}
for state in idle running attention stopped; do
    tray $state on-dark '#ffffff' '#ffb52e'
    tray $state on-light '#1d2733' '#c25e00'
done

cp app-small.svg ../ui/public/favicon.svg
