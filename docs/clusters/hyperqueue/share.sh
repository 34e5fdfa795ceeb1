#!/bin/bash
# One of 64 shares: `hq submit share.sh` submits all. 64 and 4 stand twice. Arguments are more options of `prebake build`.
#HQ --name=prebake --array=1-64 --cpus=4 --crash-limit=20 --stdout=none

# HyperQueue starts a task again whose worker is lost, but not one that fails. So this tries again where that helps: if prebake was
# killed (137), as for want of memory, or if another process still has the share (11).
for attempt in 1 2 3 4 5; do
  prebake build "${INPUT:-pictures}" --spec "${SPEC:-augment.json}" --out "${OUT:-data}" \
    --worker auto/64 --threads 4 --quiet "$@"
  code=$?
  case $code in
    # 3: done, but pictures were left out (--on-error).
    0 | 3) exit 0 ;;
    11 | 137) sleep $attempt ;;
    *) exit $code ;;
  esac
done
exit $code
