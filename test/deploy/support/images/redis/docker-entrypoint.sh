#!/bin/sh
# What the image of Redis does (https://hub.docker.com/_/redis): it gives its folder to the user redis, and becomes the server as that
# user, whose files nobody else may read.
set -eu
if [ "$(id -u)" = 0 ]; then
  chown -R redis .
  exec setpriv --reuid=redis --regid=redis --clear-groups "$0" "$@"
fi
umask 0077
exec "$@"
