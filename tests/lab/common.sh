# Shared by the host's side of the lab (run, fetch) and by contrib/check.  Sourced, bash.

die() { echo "${0##*/}: $*" >&2; exit 125; }

# The folder of unpacked packages: $SPINDLE_CACHE, or one that suits the user.
lab_cache() {
  local dir=${SPINDLE_CACHE:-}
  if [ -z "$dir" ]; then
    if [ "$(id -u)" = 0 ]; then dir=/var/cache/spindle-lab
    else dir=${XDG_CACHE_HOME:-$HOME/.cache}/spindle-lab; fi
  fi
  case $dir in
    *[:,\ ]*) die "$dir: the cache folder's path may not hold a colon, comma or space" ;;
  esac
  printf '%s\n' "$dir"
}

# A field of a test script's header line "# lab: kernel=uml time=60 group=uml packages=a,b".
# lab_header SCRIPT FIELD [DEFAULT]
lab_header() {
  local value
  value=$(sed -n '1,12s/^# lab: \(.*\)$/ \1 /p' "$1" | sed -n "s/.* $2=\([^ ]*\) .*/\1/p")
  printf '%s\n' "${value:-${3:-}}"
}
