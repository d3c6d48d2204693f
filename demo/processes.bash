# Starting and stopping programs from a script, by recorded process id. Sourced, not run.
# shellcheck shell=bash

declare -A pid_of

# start NAME LOGFILE COMMAND...   in the background, its output in LOGFILE
start() {
    local name=$1 log=$2
    shift 2
    "$@" >"$log" 2>&1 </dev/null &
    pid_of[$name]=$!
}

# address_of NAME LOGFILE   prints the first HOST:PORT that the program says it listens on; waits up to 20 s
address_of() {
    local name=$1 log=$2 address
    for _ in $(seq 400); do
        address=$(sed -n 's/.*listening[^0-9]*\([0-9][0-9.]*:[0-9][0-9]*\).*/\1/p' "$log" | head -n 1)
        if [ -n "$address" ]; then
            echo "$address"
            return 0
        fi
        kill -0 "${pid_of[$name]}" 2>/dev/null || break
        sleep 0.05
    done
    echo "$name did not start; it said:" >&2
    tail -n 20 "$log" >&2
    return 1
}

# stop NAME   asks it to end and waits for it; its exit code
stop() {
    local pid=${pid_of[$1]:-} status=0
    [ -n "$pid" ] || return 0
    unset "pid_of[$1]"
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" || status=$?
    return "$status"
}

# stop_all   for a trap on EXIT: nothing that was started here is left
stop_all() {
    local name
    for name in "${!pid_of[@]}"; do
        stop "$name" || true
    done
}

# oldest_named COMM PID   the process called COMM nearest to PID among its descendants, PID itself included
oldest_named() {
    local level=("$2") next pid
    while [ ${#level[@]} -gt 0 ]; do
        next=()
        for pid in "${level[@]}"; do
            if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ]; then
                echo "$pid"
                return 0
            fi
            # shellcheck disable=SC2207  # numbers
            next+=($(cat "/proc/$pid/task/"*/children 2>/dev/null))
        done
        level=("${next[@]}")
    done
    return 1
}

# listening_port PORT   local address, as /proc/net/tcp writes it, of the IPv4 socket that listens on PORT
listening_port() {
    awk -v port="$(printf ':%04X' "$1")" '$4 == "0A" && index($2, port) { sub(port, "", $2); print $2; exit }' /proc/net/tcp
}
