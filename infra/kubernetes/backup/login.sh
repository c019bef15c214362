# For bash; sourced by the other scripts. Passes the database to libpq in a file, because arguments are visible in the
# process list. The database is given by DATABASE_URL_FILE, or by DATABASE_HOST and the related variables.

decoded() {
  local text=${1//\\/\\\\}
  printf '%b' "${text//%/\\x}"
}

# Converts the URL parameters that libpq knows to its settings.
parameters() {
  local pair key value pairs
  IFS='&' read -ra pairs <<<"$1"
  for pair in "${pairs[@]}"; do
    key=${pair%%=*} value=$(decoded "${pair#*=}")
    case $key in
      sslmode)
        [ "$value" != no-verify ] || value=require
        # Without a certificate, the service verifies the name too. libpq refuses the system's certificates otherwise.
        if [[ $value == verify-* && $1 != *sslrootcert=* ]]; then value=verify-full && echo 'sslrootcert=system'; fi
        echo "sslmode=$value" ;;
      sslrootcert | sslcert | sslkey | host | port | options | connect_timeout | channel_binding | target_session_attrs)
        echo "$key=$value" ;;
    esac
  done
}

of_url() {
  local rest=${1#*://} query='' login='' address user
  if [[ $rest == *\?* ]]; then query=${rest#*\?} rest=${rest%%\?*}; fi
  address=${rest%%/*}
  if [[ $address == *@* ]]; then login=${address%@*} address=${address##*@}; fi
  user=${login%%:*}
  [ -z "$user" ] || printf 'user=%s\n' "$(decoded "$user")"
  if [[ $login == *:* ]]; then printf 'password=%s\n' "$(decoded "${login#*:}")"; fi
  if [[ $rest == */?* ]]; then printf 'dbname=%s\n' "$(decoded "${rest#*/}")"; fi
  case $address in
    '') ;;
    \[*\]:*) printf 'host=%s\nport=%s\n' "$(expr "$address" : '\[\(.*\)\]')" "${address##*:}" ;;
    \[*\]) printf 'host=%s\n' "$(expr "$address" : '\[\(.*\)\]')" ;;
    *:*) printf 'host=%s\nport=%s\n' "$(decoded "${address%:*}")" "${address##*:}" ;;
    *) printf 'host=%s\n' "$(decoded "$address")" ;;
  esac
  [ -z "$query" ] || parameters "$query"
}

of_parts() {
  printf 'host=%s\nport=%s\n' "$DATABASE_HOST" "${DATABASE_PORT:-5432}"
  printf 'dbname=%s\nuser=%s\n' "${DATABASE_NAME:-codebase}" "${DATABASE_USER:-codebase}"
  [ -z "${DATABASE_PASSWORD_FILE:-}" ] || printf 'password=%s\n' "$(cat "$DATABASE_PASSWORD_FILE")"
}

log_in() {
  local settings
  if [ -n "${DATABASE_URL_FILE:-}" ]; then settings=$(of_url "$(cat "$DATABASE_URL_FILE")"); else settings=$(of_parts); fi
  # OpenSSL trusts this file and the folder of the image, as the service trusts additional certificates and its own.
  [ -z "${NODE_EXTRA_CA_CERTS:-}" ] || export SSL_CERT_FILE=$NODE_EXTRA_CA_CERTS
  export PGSERVICEFILE=${TMPDIR:-/tmp}/service.conf PGSERVICE=index PGAPPNAME=codebase-mcp-backup PGCONNECT_TIMEOUT=10
  (umask 077 && printf '[index]\n%s\n' "$settings" >"$PGSERVICEFILE")
}
