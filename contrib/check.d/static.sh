# Groups static and static-all: cppcheck, clang-tidy, the budget with its ratio. Sourced by
# contrib/check.

# What a change is measured against: where it left main, or its last commit when that is main.
static_base() {
  local ref base
  for ref in origin/main origin/HEAD main; do
    base=$(git merge-base "$ref" HEAD 2>/dev/null) || continue
    [ "$base" = "$(git rev-parse HEAD)" ] || { echo "$base"; return; }
  done
  git rev-parse -q --verify HEAD~ 2>/dev/null
}

# C files, changed (also those not committed yet) or all. Without git all of them. BPF programs are
# the BPF compiler's to judge, fuzz_tap.c too: it is one with this machine's helpers in front.
static_files() {
  local base
  if [ "$1" = changed ] && base=$(static_base) && [ -n "$base" ]; then
    { git diff --name-only --diff-filter=d "$base"; git ls-files -o --exclude-standard; } | sort -u
  else
    find daemon cli lua tests -type f 2>/dev/null | sort
  fi | grep -E '^(daemon|cli|lua|tests)/.*\.c$' | grep -v -e '\.bpf\.c$' -e /fuzz_tap.c
}

run_cppcheck() {
  cppcheck --quiet --std=c11 --language=c --enable=warning,performance,portability --inline-suppr \
    --suppressions-list="$src/contrib/check.d/cppcheck.txt" --error-exitcode=1 -j2 \
    --library="$src/contrib/check.d/cppcheck.cfg" \
    --template='{file}:{line}: {severity}: {message} [{id}]' -Idaemon -I. -D__GNUC__ "$@"
}

run_clang_tidy() {
  local build=$check_dir/build flags
  flags=$(pkg-config --cflags libnl-3.0 libnl-xfrm-3.0 libnl-route-3.0 libyang libevent_core \
    libcrypto libseccomp libcap-ng libsystemd jansson cmocka libbpf)
  # shellcheck disable=SC2086
  printf '%s\0' "$@" | xargs -0 -n 8 -P 2 sh -c 'flags=$1; build=$2; shift 2
    exec clang-tidy --quiet --warnings-as-errors="*" "$@" -- -std=gnu17 $flags -Idaemon -I. \
      -I"$build" -I"$build/daemon" -include "$build/config.h" -include daemon/base/banned.h \
      -DYANGDIR=\"x\" -DSYSCONFDIR=\"x\" -DLOCALSTATEDIR=\"x\" -DRUNSTATEDIR=\"x\" \
      -DTEST_YANG=\"x\" -DTEST_EXAMPLE=\"x\" -DTEST_SPINDLE=\"x\" \
      -DTEST_CLI=\"x\"' \
    tidy "$flags" "$build"
}

group_static() { # changed|all
  local files
  mapfile -t files < <(static_files "$1")
  step budget tests/check_budget --ratio
  [ ${#files[@]} -gt 0 ] || { echo "no C file differs from main"; return; }
  echo "${#files[@]} files"
  step cppcheck run_cppcheck "${files[@]}"
  step "build for clang-tidy" build_for_lab || return
  step clang-tidy run_clang_tidy "${files[@]}"
}
