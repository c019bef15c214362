#!/bin/bash
set -e

log_info() { echo "[$(date +'%Y-%m-%d %H:%M:%S')] INFO: $*" >&2; }
log_error() { echo "[$(date +'%Y-%m-%d %H:%M:%S')] ERROR: $*" >&2; }

# The original uses psql, which its own image does not contain.
address=${DATABASE_URL#*@}
address=${address%%/*}
for i in {1..30}; do
    if timeout 2 bash -c "</dev/tcp/${address%:*}/${address#*:}" 2>/dev/null; then
        log_info "PostgreSQL ready"
        break
    fi
    [ "$i" -eq 30 ] && { log_error "PostgreSQL timeout"; exit 1; }
    sleep 2
done

log_info "Running migrations..."
node service/main.ts migrate || { log_error "Migration failed"; exit 1; }

log_info "Starting server"
exec node service/main.ts "$@"
