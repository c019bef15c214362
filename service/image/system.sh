#!/bin/bash
# Copies the programs of the image, the libraries that they link and what these read into a folder ($1), and lists the
# Debian packages that all of it is from ($2): name, version, architecture, source package, its version, distribution.
set -euo pipefail
root=$1 packages=$2

node=/usr/local/bin/node
programs=(/usr/bin/git /usr/lib/git-core/git-remote-http /usr/bin/ssh)
mapfile -t libraries < <(ldd "$node" "${programs[@]}" | grep -oP '\s\K/\S+' | sort -u)
files=("${programs[@]}" "${libraries[@]}" /etc/os-release)

mkdir -p "$root/tmp"
chmod 1777 "$root/tmp"
cp -L --parents "$node" "${files[@]}" /etc/ssl/certs/ca-certificates.crt "$root"
strip "$root$node"
ln -s git-remote-http "$root/usr/lib/git-core/git-remote-https"

echo 'codebase:x:1000:1000::/tmp:/nonexistent' >"$root/etc/passwd"
echo 'codebase:x:1000:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
# There are no templates of hooks to copy into a clone.
printf '[init]\n\ttemplateDir =\n' >"$root/etc/gitconfig"

mapfile -t paths < <(realpath "${files[@]}" | sort -u)
# Older Debians know files of /usr/lib as files of /lib; one call, since each reads all that dpkg knows.
owners=$({ dpkg-query --search "${paths[@]}" "${paths[@]#/usr}" 2>/dev/null || true; } | sed 's#: /usr/#: /#' | sort -u)
if [ "$(wc -l <<<"$owners")" -ne "${#paths[@]}" ]; then
  printf 'Not each of these files is from one package:\n%s\n' "${paths[*]}" "$owners" >&2
  exit 1
fi
distribution=$(. /etc/os-release && echo "$ID-$VERSION_ID")
columns='${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\t'
mapfile -t names < <(cut -d: -f1 <<<"$owners" | sort -u)
dpkg-query --show --showformat "$columns$distribution\n" ca-certificates "${names[@]}" >"$packages"
