# Groups that build: build, sanitizers, distcheck, fuzz-corpus. Sourced by contrib/check.

compiler() { # NAME
  if command -v ccache >/dev/null; then echo "ccache $1"; else echo "$1"; fi
}

bootstrap() {
  local newer
  [ ! -e "$src/config.status" ] || {
    echo "the source tree is configured itself, so no other folder can be: run make distclean in it"
    return 1
  }
  newer=$(find "$src" -name build-\* -prune -o \( -name '*.am' -o -name '*.mk' -o \
    -name configure.ac \) -newer "$src/configure" -print 2>&1)
  [ -e "$src/configure" ] && [ -z "$newer" ] && return 0
  autoreconf -fi && touch configure
}

# configure_in NAME OPTION...: the build folder NAME, configured once for these options.
configure_in() {
  local dir=$check_dir/$1
  shift
  mkdir -p "$dir" || return 1
  if [ ! -e "$dir/config.status" ] || [ "$src/configure" -nt "$dir/config.status" ] ||
    [ "$*" != "$(cat "$dir/options" 2>/dev/null)" ]; then
    (cd "$dir" && "$src/configure" "$@") || return 1
    echo "$*" >"$dir/options"
  fi
}

# How long a test of make check took, by its log's birth and its result's last change.
test_ms() {
  local born ended
  born=$(stat -c %.3W "$1.log" 2>/dev/null) ended=$(stat -c %.3Y "$1.trs" 2>/dev/null)
  case $born in '' | 0.000 | -*) echo 0; return ;; esac
  echo $((${ended/[.,]/} - ${born/[.,]/}))
}

# Automake's result lines as they come: "PASS: tests/unit/test_reader".
report_make_check() { # DIR LOG
  local line result name rest ms
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$2"
    case $line in
      PASS:\ * | FAIL:\ * | SKIP:\ * | ERROR:\ * | XFAIL:\ * | XPASS:\ *) ;;
      *) continue ;;
    esac
    result=${line%%:*} rest=${line#*: } name=${rest%% *}
    ms=$(test_ms "$1/$name")
    case $result in
      PASS | XFAIL) report PASS "$name" "$ms" "$1/$name.log" ;;
      SKIP) report SKIP "$name" "$ms" "$1/$name.log" "$(tail -n 1 "$1/$name.log")" ;;
      *) report FAIL "$name" "$ms" "$1/$name.log" ;;
    esac
  done
}

make_check() { # DIR
  local log=$check_dir/log/$group-make-check.log before=$((passed + failed + skipped)) start
  : >"$log"
  start=$(now_ms)
  report_make_check "$1" "$log" < <(make -k -C "$1" -j2 check </dev/null 2>&1; echo "status $?")
  grep -q '^status 0$' "$log" && [ $((passed + failed + skipped)) -gt $before ] && return 0
  # A test that failed has its own line; anything else is a failure of make itself.
  grep -q '^\(FAIL\|ERROR\|XPASS\):' "$log" ||
    report FAIL "make check" $(($(now_ms) - start)) "$log"
  return 1
}

group_build() {
  step bootstrap bootstrap || return
  step configure configure_in build CC="$(compiler gcc)" CFLAGS="-O2 -g" || return
  step compile make -C "$check_dir/build" -j2 all || return
  make_check "$check_dir/build"
}

group_sanitizers() {
  step bootstrap bootstrap || return
  step configure configure_in sanitizers CC="$(compiler gcc)" CFLAGS="-O1 -g" \
    --enable-sanitizers || return
  step compile make -C "$check_dir/sanitizers" -j2 all || return
  make_check "$check_dir/sanitizers"
}

group_distcheck() {
  step bootstrap bootstrap || return
  step configure configure_in dist CC="$(compiler gcc)" CFLAGS="-O1" || return
  step distcheck make -C "$check_dir/dist" -j2 distcheck \
    DISTCHECK_CONFIGURE_FLAGS="CC='$(compiler gcc)' CFLAGS=-O1"
}

# A libFuzzer target given files reads each of them once.
replay() { # PROGRAM CORPUS
  local files
  mapfile -t files < <(find "$2" -type f | sort)
  [ ${#files[@]} -gt 0 ] || { echo "no corpus in $2"; return 1; }
  "$1" -timeout=10 -rss_limit_mb=2048 "${files[@]}"
}

group_fuzz_corpus() {
  local name names=()
  for name in "$src"/tests/fuzz/fuzz_*.c; do
    [ -e "$name" ] || { echo "no fuzz targets"; return; }
    name=${name##*/}
    names+=("${name%.c}")
  done
  step bootstrap bootstrap || return
  step configure configure_in fuzz CC="$(compiler clang)" CXX="$(compiler clang++)" \
    CFLAGS="-O1 -g" --enable-fuzzing --disable-bpf || return
  step compile make -C "$check_dir/fuzz" -j2 "${names[@]/#/tests/fuzz/}" || return
  for name in "${names[@]}"; do
    step "tests/fuzz/$name" replay "$check_dir/fuzz/tests/fuzz/$name" \
      "$src/tests/fuzz/corpus/${name#fuzz_}"
  done
}

# For the lab: programs, and those that only tests use, in the build folder of the group "build".
build_for_lab() {
  bootstrap && configure_in build CC="$(compiler gcc)" CFLAGS="-O2 -g" &&
    make -C "$check_dir/build" -j2 all && make -C "$check_dir/build" -j2 check TESTS=
}
