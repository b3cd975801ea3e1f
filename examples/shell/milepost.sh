#!/bin/sh
# Marks a deployment in Milepost: an event when it starts, closed when it ends, well or not.
#
#   milepost.sh start            leaves the event
#   milepost.sh end STATUS       closes it; STATUS in the platform's own words, or an exit code
#   milepost.sh run COMMAND ...  start, then COMMAND, then end with its exit code, which becomes the script's
#
# Needs a POSIX shell with awk, od, sed and tr, and curl. Settings come from the environment:
#
#   MILEPOST_URL               https://milepost.example.com
#   MILEPOST_ACCOUNT_SID       acc_...
#   MILEPOST_API_TOKEN         a token that may write events (events:write), from the platform's secret store
#   MILEPOST_NAME              the event's name; by default the branch or tag, and "deploy"
#   MILEPOST_DESCRIPTION       by default the commit message
#   MILEPOST_SOURCE            by default the platform, such as github_actions
#   MILEPOST_METADATA          further metadata, a line each: imageTag=v2.3.1
#   MILEPOST_BUCKET_SIDS       what is deployed, separated by commas; by default everything
#   MILEPOST_ENVIRONMENT_SIDS  where to, likewise
#   MILEPOST_DEDUP_KEY         which run this is; by default made of the platform's variables
#   MILEPOST_PART              tells several deployments of one run apart; becomes part of the key
#   MILEPOST_REQUIRED          1: an event that couldn't be written fails the step; by default it is only said
#   MILEPOST_RETRIES           how often a request is tried again, 3 by default
#
# The key makes everything safe to repeat: one run has one event, however often a step is tried, and end finds the event
# of start without anything being kept in between. Where start didn't get through, end still records the deployment.
# Prints the event's sid on standard output, and what went wrong on standard error.

set -u
set +x  # Tracing would show the token.

say() { printf 'milepost: %s\n' "$*" >&2; }

# An answer as one line for the log. Nothing in it may pass for a command to the platform (##vso[, ##[, ::error) or for
# the token.
say_answer() {
    heard=$(printf '%s' "$2" | LC_ALL=C tr -c '\040-\176' ' ' | sed 's/##/# #/g; s/::/: :/g' | cut -c 1-600)
    case $heard in *"$token"*) heard='(an answer that holds the token)' ;; esac
    say "$1: $heard"
}

# What the platform tells of this run.
look_around() {
    source='' run='' ref='' message='' commit='' actor='' run_id='' run_url='' repository='' environment='' status=''
    line_break='
'
    if [ -n "${GITHUB_ACTIONS-}" ]; then
        source=github_actions ref=${GITHUB_HEAD_REF:-${GITHUB_REF_NAME-}} commit=${GITHUB_SHA-} actor=${GITHUB_ACTOR-}
        repository=${GITHUB_REPOSITORY-} run_id=${GITHUB_RUN_ID-}
        run_url=${GITHUB_SERVER_URL-}/$repository/actions/runs/$run_id
        run=github:$repository:run:$run_id:${GITHUB_RUN_ATTEMPT-}:${GITHUB_JOB-}
    elif [ -n "${GITLAB_CI-}" ]; then
        source=gitlab_ci ref=${CI_COMMIT_REF_NAME-} commit=${CI_COMMIT_SHA-} actor=${GITLAB_USER_LOGIN-}
        repository=${CI_PROJECT_PATH-} run_id=${CI_JOB_ID-} run_url=${CI_JOB_URL-} message=${CI_COMMIT_MESSAGE-}
        environment=${CI_ENVIRONMENT_NAME-}
        run=gitlab:${CI_SERVER_HOST-}:job:$run_id
    elif [ -n "${TF_BUILD-}" ]; then
        source=azure_pipelines ref=${BUILD_SOURCEBRANCH-} commit=${BUILD_SOURCEVERSION-} actor=${BUILD_REQUESTEDFOR-}
        ref=${ref#refs/heads/}
        ref=${ref#refs/tags/}
        repository=${BUILD_REPOSITORY_NAME-} run_id=${BUILD_BUILDID-}
        message=${BUILD_SOURCEVERSIONMESSAGE-} environment=${ENVIRONMENT_NAME-}
        run=${SYSTEM_COLLECTIONURI-}${SYSTEM_TEAMPROJECTID-}
        run_url="$run/_build/results?buildId=$run_id"
        run=azure:$run:build:$run_id:${SYSTEM_JOBID-}:${SYSTEM_JOBATTEMPT-}
    elif [ -n "${CIRCLECI-}" ]; then
        source=circleci ref=${CIRCLE_TAG:-${CIRCLE_BRANCH-}} commit=${CIRCLE_SHA1-} actor=${CIRCLE_USERNAME-}
        repository=${CIRCLE_PROJECT_USERNAME-}/${CIRCLE_PROJECT_REPONAME-} run_id=${CIRCLE_WORKFLOW_JOB_ID-}
        run_url=${CIRCLE_BUILD_URL-} run=circleci:workflow:${CIRCLE_WORKFLOW_ID-}:job:$run_id
    elif [ -n "${BITBUCKET_BUILD_NUMBER-}" ]; then
        source=bitbucket_pipelines ref=${BITBUCKET_TAG:-${BITBUCKET_BRANCH-}} commit=${BITBUCKET_COMMIT-}
        actor=${BITBUCKET_STEP_TRIGGERER_UUID-} repository=${BITBUCKET_REPO_FULL_NAME-} run_id=$BITBUCKET_BUILD_NUMBER
        run_url=${BITBUCKET_GIT_HTTP_ORIGIN:+$BITBUCKET_GIT_HTTP_ORIGIN/pipelines/results/$run_id}
        environment=${BITBUCKET_DEPLOYMENT_ENVIRONMENT-}
        run=bitbucket:$repository:$run_id:${BITBUCKET_STEP_UUID-}:${BITBUCKET_STEP_RUN_NUMBER-}
    elif [ -n "${JENKINS_URL-}${JENKINS_HOME-}" ]; then
        source=jenkins ref=${TAG_NAME:-${BRANCH_NAME:-${GIT_BRANCH-}}} commit=${GIT_COMMIT-} actor=${BUILD_USER_ID-}
        repository=${JOB_NAME-} run_id=${BUILD_NUMBER-} run_url=${BUILD_URL-}
        run=jenkins:${BUILD_URL:-${JENKINS_URL-}job/$repository/$run_id}
    fi
    case $commit in *[!0-9a-f]*) commit='' ;; esac
    [ -n "$message" ] || message=$(git log -1 --no-show-signature --format=%B "${commit:-HEAD}" -- 2>/dev/null) || message=''
}

# json TEXT MOST: a JSON string of TEXT, cut to MOST characters. It reads bytes and writes ASCII, so that no locale, no
# quote, no line break and no broken UTF-8 makes a difference, on any awk.
json() {
    printf '%s' "$1" | od -An -v -tx1 | LC_ALL=C awk -v most="$2" '
        function put(point,    piece) {
            count++
            if (point > 65535) {
                point -= 65536
                piece = sprintf("\\u%04x\\u%04x", 55296 + int(point / 1024), 56320 + point % 1024)
            } else if (point < 32 || point > 126 || point == 34 || point == 92)
                piece = sprintf("\\u%04x", point)
            else
                piece = sprintf("%c", point)
            if (count < most) kept = kept piece
            else if (count == most) last = piece
        }
        function take(byte) {
            if (wanted && byte >= 128 && byte < 192) {
                point = point * 64 + byte - 128
                if (--wanted) return
                put(point < least || point > 1114111 || (point >= 55296 && point < 57344) ? 65533 : point)
                return
            }
            if (wanted) put(65533)
            wanted = 0
            if (byte < 128) put(byte)
            else if (byte < 192 || byte > 247) put(65533)
            else if (byte < 224) { wanted = 1; point = byte - 192; least = 128 }
            else if (byte < 240) { wanted = 2; point = byte - 224; least = 2048 }
            else { wanted = 3; point = byte - 240; least = 65536 }
        }
        BEGIN { for (number = 0; number < 256; number++) value[sprintf("%02x", number)] = number }
        { for (field = 1; field <= NF; field++) take(value[$field]) }
        END {
            if (wanted) put(65533)
            printf "\"%s%s\"", kept, (count > most ? "\\u2026" : last)
        }'
}

# sids LIST: a JSON array of what stands between the commas.
sids() {
    list='' rest=$1,
    while [ -n "$rest" ]; do
        item=$(printf '%s' "${rest%%,*}" | tr '\n' ' ' | sed 's/^ *//; s/ *$//')
        rest=${rest#*,}
        [ -z "$item" ] || list=$list${list:+,}$(json "$item" 256)
    done
    printf '[%s]' "$list"
}

# metadata KEY=VALUE ...: a JSON object of these and of MILEPOST_METADATA, which wins, without the empty ones.
metadata() {
    object=''
    for pair in "$@"; do
        case $line_break${MILEPOST_METADATA-} in *"$line_break${pair%%=*}="*) ;; *) add_pair "$pair" ;; esac
    done
    while IFS= read -r pair; do
        case $pair in
            '' | status=*) ;;
            [!=]*=*) add_pair "$pair" ;;
            *) say 'a line of MILEPOST_METADATA is no KEY=VALUE; it is left out' ;;
        esac
    done <<END
${MILEPOST_METADATA-}
END
    [ -z "${status-}" ] || add_pair "status=$status"
    printf '{%s}' "$object"
}

add_pair() {
    [ -z "${1#*=}" ] || object=$object${object:+,}$(json "${1%%=*}" 128):$(json "${1#*=}" 512)
}

tell() {
    metadata commitSha="$commit" branch="$ref" actor="$actor" repository="$repository" environment="$environment" \
        runId="$run_id" runUrl="$run_url"
}

# request METHOD URL BODY: prints the answer; curl's words when there is none. The token goes to curl through a pipe, so
# that no list of processes shows it. Both requests may be repeated: the key and the words of the second are the same.
request() {
    printf 'header = "Authorization: Bearer %s"\n' "$token" | curl --disable --config - --silent --show-error "$fail" \
        --globoff --proto '=http,https' --connect-timeout 5 --max-time 15 \
        --retry "$retries" --retry-connrefused --retry-max-time 30 \
        --request "$1" --header 'Content-Type: application/json' --user-agent milepost.sh --data-binary "$3" "$2" 2>&1
}

# Fails, having said why, when the settings can't be right.
check_settings() {
    token=$(printf '%s' "${MILEPOST_API_TOKEN-}" | tr -d '\r\n')
    url=${MILEPOST_URL-}
    url=${url%/}
    retries=${MILEPOST_RETRIES:-3}
    case $retries in *[!0-9]*) say "MILEPOST_RETRIES isn't a number"; return 1 ;; esac
    case $url in *@*) say 'MILEPOST_URL may hold no name and no password'; return 1 ;; esac
    case $url in http://?* | https://?*) ;; *) say 'MILEPOST_URL is no URL such as https://milepost.example.com'; return 1 ;; esac
    case ${MILEPOST_ACCOUNT_SID-} in '' | *[!A-Za-z0-9_-]*) say 'MILEPOST_ACCOUNT_SID is no sid such as acc_...'; return 1 ;; esac
    case $token in
        '') say "MILEPOST_API_TOKEN is empty; pipelines of forks usually don't get secrets"; return 1 ;;
        *[!A-Za-z0-9_]*) say 'MILEPOST_API_TOKEN holds characters that no token has'; return 1 ;;
    esac
    command -v curl >/dev/null || { say 'curl is missing'; return 1; }
    # curl before 7.76 knows only to hide the answer of a failure.
    fail=--fail-with-body
    curl --fail-with-body --version >/dev/null 2>&1 || fail=--fail
}

# find_key: the dedupKey in $key; one that is too long keeps its beginning and gets a checksum.
find_key() {
    key=${MILEPOST_DEDUP_KEY:-${run:-${milepost_run-}}}
    [ -n "$key" ] || { say 'MILEPOST_DEDUP_KEY is needed here: a name for this one deployment'; return 1; }
    key=$key${MILEPOST_PART:+:$MILEPOST_PART}
    [ ${#key} -le 256 ] || key=$(printf '%s' "$key" | tr '\n' ' ' | cut -c 1-200):$(printf '%s' "$key" | cksum | tr ' ' -)
}

# record: makes the event, or finds it where it is there already; leaves $sid, $events and $answer.
record() {
    look_around
    check_settings || return 1
    find_key || return 1
    body="{\"type\":\"deployment\",\"name\":$(json "${MILEPOST_NAME:-${ref:+$ref }deploy}" 256)"
    body=$body,\"dedupKey\":$(json "$key" 256),\"source\":$(json "${MILEPOST_SOURCE:-${source:-shell}}" 128)
    text=${MILEPOST_DESCRIPTION:-$message}
    [ -z "$text" ] || body=$body,\"description\":$(json "$text" 4096)
    [ -z "${MILEPOST_BUCKET_SIDS-}" ] || body=$body,\"bucketSids\":$(sids "$MILEPOST_BUCKET_SIDS")
    [ -z "${MILEPOST_ENVIRONMENT_SIDS-}" ] || body=$body,\"environmentSids\":$(sids "$MILEPOST_ENVIRONMENT_SIDS")
    body="$body,\"metadata\":$(tell)}"
    events=$url/v1/accounts/$MILEPOST_ACCOUNT_SID/events
    if ! answer=$(request POST "$events" "$body"); then
        say_answer "the deployment couldn't be recorded at $url" "$answer"
        return 1
    fi
    answer=$(printf '%s' "$answer" | tr -d ' \t\r\n')
    sid=${answer#*'"sid":"'}
    sid=${sid%%'"'*}
    case $sid in '' | *[!A-Za-z0-9_-]*) say_answer "$url doesn't answer as Milepost does" "$answer"; return 1 ;; esac
}

# close_event STATUS: the last word counts, and the same word twice changes nothing. The end is "now" by the server's
# clock, as the start was, so that no clock of a runner puts it before the start.
close_event() {
    record || return 1
    severity=null
    case $1 in
        0 | [Ss][Uu][Cc][Cc][Ee]*) status=succeeded ;;
        130 | 143 | [Cc][Aa][Nn][Cc][Ee][Ll]* | [Aa][Bb][Oo][Rr][Tt]*) status=cancelled severity='"W"' ;;
        [Uu][Nn][Ss][Tt][Aa][Bb]*) status=unstable severity='"W"' ;;
        [Ff][Aa][Ii][Ll]* | [1-9]*) status=failed severity='"E"' ;;
        *) status=unknown ;;
    esac
    case $answer in *'"endedAt":"'*) case $answer in *'"status":"'"$status"'"'*) return 0 ;; esac ;; esac
    if ! answer=$(request PUT "$events/$sid" "{\"endedAt\":\"now\",\"severity\":$severity,\"metadata\":$(tell)}"); then
        say_answer "the deployment $sid couldn't be closed at $url" "$answer"
        return 1
    fi
}

# finish OUTCOME: a deployment doesn't fail because nobody wrote it down, unless that is asked for.
finish() {
    [ "$1" -ne 0 ] || return 0
    case ${MILEPOST_REQUIRED-} in 1 | true) exit 1 ;; esac
}

# run_command COMMAND ...: a signal ends the command, and the script goes on to say so. Recording happens in shells of
# its own, so that the command finds every variable as it was.
run_command() {
    milepost_run=shell:$(uname -n):$(date -u +%Y%m%dT%H%M%SZ):$$
    (record)
    finish $?
    trap : HUP INT TERM
    "$@"
    milepost_code=$?
    (close_event "$milepost_code")
    milepost_outcome=$?
    [ "$milepost_code" -eq 0 ] || exit "$milepost_code"
    finish "$milepost_outcome"
}

usage() {
    say 'usage: milepost.sh start | end STATUS | run COMMAND ...'
    exit 2
}

case ${1-}:$# in
    start:1)
        record && printf '%s\n' "$sid"
        finish $?
        ;;
    end:2)
        close_event "$2" && printf '%s\n' "$sid"
        finish $?
        ;;
    run:[!1]* | run:1?*)
        shift
        run_command "$@"
        ;;
    *) usage ;;
esac
