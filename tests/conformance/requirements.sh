#!/usr/bin/env bash
# Which requirements of RFC 8973 are met? A table, made from what the tests said that tests/conformance/requirements names.
#
# scripts/test leaves what each test said in $TAP_RESULTS; a test that did not run there is run here. What did not run, does
# not exist, or was skipped, shows nothing.
# shellcheck source-path=SCRIPTDIR source=../lab/lib/tap
source "$(dirname "$0")/../lab/lib/tap"

TABLE=tests/conformance/requirements
LIMIT=300 # seconds, for a test that is run here
ROWS=()

# --- What the tests said -----------------------------------------------------------------------------------------------

# said TEST: the file with its TAP.
said() {
    local kept=${TAP_RESULTS:-/nonexistent}/$1 own=$SCRATCH/said/$1
    if [[ -e $kept ]]; then
        echo "$kept"
        return
    fi
    [[ -e $own ]] || run "$1" "$own"
    echo "$own"
}

# run TEST FILE
run() {
    local program=build/tests/$1
    [[ -e tests/$1.c ]] || program=tests/$1.sh
    mkdir -p "$(dirname "$2")"
    echo "# running $1" >&2
    CMOCKA_MESSAGE_OUTPUT=TAP timeout "$LIMIT" "$program" >"$2" 2>/dev/null </dev/null || echo "# status $?" >>"$2"
}

# verdict TEST CHECK: "pass", or why not.
verdict() {
    [[ $1 != README ]] || { readme "$2" && return; }
    [[ -e tests/$1.c || -e tests/$1.sh ]] || { echo 'there is no such test' && return; }
    check="$2" awk '
        function text(line) { sub(/^(not )?ok [0-9]+( - )?/, "", line); return line }
        /^1\.\.[0-9]+/ { planned += substr($1, 4) }
        /^Bail out!/ { bailed = 1 }
        /^(not )?ok / {
            ran++
            line = text($0)
            skipped = sub(/ *# SKIP.*/, "", line)
            if (ENVIRON["check"] != "*" && line != ENVIRON["check"]) next
            found++
            if (skipped) skips++
            else if (/^not ok/) failures++
        }
        END {
            if (!ran || bailed || planned != ran) print "did not come to its end"
            else if (!found) print "has no such check"
            else if (failures) print "failed"
            else if (skips) print "was skipped"
            else print "pass"
        }' "$(said "$1")"
}

readme() {
    # Lines are wrapped there.
    if tr -s '[:space:]' ' ' <README.md | grep -qF "$1"; then echo pass; else echo 'does not say so'; fi
}

# --- The table ---------------------------------------------------------------------------------------------------------

ID='' SECTION='' LEVEL='' TEXT='' SHOWN=0
FAULTS=() UNSHOWN='' ELSEWHERE=''

# conclude: the requirement that was read becomes a TAP line and a row of the table.
conclude() {
    local result mark='' tap='ok'
    [[ $ID ]] || return 0
    if ((${#FAULTS[@]})); then
        result=FAIL tap='not ok' FAILED=1
    elif [[ $UNSHOWN ]]; then
        result="not shown: $UNSHOWN" mark=" # SKIP not shown: $UNSHOWN"
    elif [[ $ELSEWHERE ]]; then
        result=$ELSEWHERE mark=" # SKIP $ELSEWHERE"
    elif ((SHOWN)); then
        result=pass
    else
        result='FAIL: no test is named' tap='not ok' FAILED=1
    fi
    echo "$tap $((++CHECKS)) - $ID $LEVEL: $TEXT$mark"
    ((!${#FAULTS[@]})) || printf '# %s\n' "${FAULTS[@]}"
    ROWS+=("$(printf '%-5s %-6s %-9s %s' "$ID" "$SECTION" "$LEVEL" "$TEXT")	$result")
    ID='' SHOWN=0 FAULTS=() UNSHOWN='' ELSEWHERE=''
}

# evidence TEST CHECK
evidence() {
    local verdict
    verdict=$(verdict "$1" "$2")
    SHOWN=$((SHOWN + 1))
    [[ $verdict == pass ]] || FAULTS+=("$1: \"$2\" $verdict")
}

read_table() {
    local line first rest
    while IFS= read -r line; do
        read -r first rest <<<"$line"
        case $line in
            R-*)
                conclude
                read -r ID SECTION LEVEL TEXT <<<"$line"
                [[ $LEVEL != MUST || $TEXT != NOT* ]] || LEVEL='MUST NOT' TEXT=${TEXT#NOT }
                TEXT=${TEXT##+( )}
                ;;
            '    ?'*) UNSHOWN=$rest ;;
            '    ='*) ELSEWHERE=$rest ;;
            '    '*) evidence "$first" "$rest" ;;
        esac
    done <"$TABLE"
    conclude
}

print_table() {
    local row
    printf '#: %-5s %-6s %-9s %-82s %s\n' ID '§' LEVEL REQUIREMENT RESULT
    for row in "${ROWS[@]}"; do
        printf '#: %-105s %s\n' "${row%%	*}" "${row#*	}"
    done
}

numbers() { sed -n 's/^R-0*\([0-9]*\) .*/\1/p' "$TABLE"; }

read_table
check "every requirement is in the table, in order" same "$(seq 42)" "$(numbers)"
print_table
finish
