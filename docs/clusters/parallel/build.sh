#!/bin/bash
# SHARES shares, each made by whatever machine of the file NODES is free, then the commit. A line of NODES is `1/host`:
# how many at a time, and where; without the file all run here. Arguments are more options of `prebake build`.
set -euo pipefail
export INPUT=${INPUT:-pictures} SPEC=${SPEC:-augment.json} OUT=${OUT:-data} SHARES=${SHARES:-64}
where=(--jobs "${JOBS:-1}")
[ -z "${NODES:-}" ] || where=(--sshloginfile "$NODES" --workdir "$PWD")

# Makes the share $1. Code 3 is done, too: pictures were left out (--on-error).
share() {
  prebake build "$INPUT" --spec "$SPEC" --out "$OUT" --worker "$1/$SHARES" --quiet "${@:2}" || {
    code=$?
    [ $code -eq 3 ] || return $code
  }
}
export -f share

# A share that fails is tried again on another machine; if it has failed four times, no more are begun.
seq "$SHARES" | parallel "${where[@]}" --env share,INPUT,SPEC,OUT,SHARES --retries 4 --halt soon,fail=1 \
  --joblog "${JOBLOG:-prebake.joblog}" --quote share {} "$@" > /dev/null

prebake commit "$OUT" --quiet || {
  code=$?
  [ $code -eq 3 ] || exit $code
}
