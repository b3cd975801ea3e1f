#!/bin/sh
# A deployment from a terminal, cron or any other place: ./deploy.sh, with milepost.sh beside it.
# The token comes from the environment, or from a file that only you can read.
set -eu

: "${MILEPOST_URL:=https://milepost.example.com}"
: "${MILEPOST_ACCOUNT_SID:=acc_2aGxVqkEUpaJQgfIWd0DzRPhMnO}"
: "${MILEPOST_API_TOKEN:=$(cat "$HOME/.config/milepost/token")}"
export MILEPOST_URL MILEPOST_ACCOUNT_SID MILEPOST_API_TOKEN

exec sh "$(dirname "$0")/milepost.sh" run ./release.sh "$@"
