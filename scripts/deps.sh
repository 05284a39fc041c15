#!/usr/bin/env bash
# Installs what is missing, and nothing else: Debian packages with apt-get (as
# root or with sudo), the linter through the Go module proxy, players from npm.
#
#   scripts/deps.sh PART...
#
# PART: media (ffmpeg, fonts), node (node, npm), page (the demo page's players),
# services (redis-server, awscli, xmllint, promtool), browser (chromium, players), lint.
set -euo pipefail
cd "$(dirname "$0")/.."

golangci_version=v2.12.2

# need COMMAND-OR-FILE PACKAGE: remembers the package if the command (or, where
# there is a slash in it, the file) is missing.
missing=()
need() {
  case $1 in
    */*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac || missing+=("$2")
}

install_missing() {
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "installing: ${missing[*]}" >&2
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
      echo "not root, and no sudo: please install ${missing[*]}" >&2
      exit 1
    }
    as_root=(sudo)
  fi
  command -v apt-get >/dev/null 2>&1 || {
    echo "no apt-get here: please install the like of ${missing[*]}" >&2
    exit 1
  }
  # Debian starts services when it installs them; ours are started by whoever
  # needs one, on a port of its own.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 sh -c \
    'apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"' sh "${missing[@]}" >&2
  missing=()
}

# npm_ci DIR: installs exactly what DIR/package-lock.json says, unless that has
# been done. No install scripts are run.
npm_ci() {
  local stamp="$1/node_modules/.package-lock.json"
  if [ "$stamp" -nt "$1/package-lock.json" ]; then return 0; fi
  (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
  touch "$stamp"
}

for part in "$@"; do
  case $part in
    media)
      need ffmpeg ffmpeg
      need ffprobe ffmpeg
      need /usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf fonts-dejavu-core
      ;;
    node | page)
      need node nodejs
      need npm npm
      ;;
    services)
      need redis-server redis-server
      need aws awscli
      need xmllint libxml2-utils
      need promtool prometheus
      ;;
    browser)
      need /usr/bin/chromium chromium
      need node nodejs
      need npm npm
      ;;
    lint) ;;
    *)
      echo "deps.sh: unknown part: $part" >&2
      exit 2
      ;;
  esac
done
install_missing

for part in "$@"; do
  case $part in
    page)
      npm_ci web/demo
      while read -r from to; do
        from=web/demo/node_modules/$from to=internal/demo/static/$to
        cmp -s "$from" "$to" || install -m 0644 "$from" "$to"
      done <<'PLAYERS'
hls.js/dist/hls.min.js hls.min.js
dashjs/dist/modern/umd/dash.all.min.js dash.min.js
shaka-player/dist/shaka-player.compiled.js shaka.min.js
PLAYERS
      ;;
    browser) npm_ci test/e2e ;;
    lint)
      if ! bin/golangci-lint version 2>/dev/null | grep -qF "version ${golangci_version#v} "; then
        echo "building golangci-lint $golangci_version, once" >&2
        GOBIN="$PWD/bin" go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$golangci_version"
      fi
      ;;
  esac
done
