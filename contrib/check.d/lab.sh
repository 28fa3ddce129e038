# Groups that run in the lab: uml and qemu, which have a kernel with ESP, and automation. Two guests at a
# time run what judges milliseconds, and beside them one (User Mode Linux: two) whose scripts mostly wait
# and judge none ("waits=yes" in their header). Sourced by contrib/check.

# Test scripts whose header names the group, longest time limit first, so that the two guests end
# at about the same time.
lab_scripts() {
  local script
  for script in "$src"/tests/{kernel,cli,system,automation}/test_* "$src"/tests/interop/*/test_*; do
    case $script in *.c | *'*') continue ;; esac
    case ,$(lab_header "$script" group), in
      *,"$1",*) printf '%s %s\n' "$(lab_header "$script" time 60)" "${script#"$src"/}" ;;
    esac
  done | sort -k1,1rn -k2 | cut -d' ' -f2
}

# lab_one KERNEL SCRIPT: run it; its status and its milliseconds go to LOG.result.
lab_one() {
  local log=$check_dir/log/$group-${2//\//_}.log start
  local command=("$src/tests/lab/run" -k "$1" -o "$log.out" "$src/$2")
  # It starts guests itself.
  [ "$2" != tests/lab/self_test ] || command=("$src/$2" "$1")
  start=$(now_ms)
  SPINDLE_BUILD=$check_dir/build "${command[@]}" >"$log" 2>&1 </dev/null
  echo "$? $(($(now_ms) - start))" >"$log.result"
}

lab_report() { # SCRIPT
  local log=$check_dir/log/$group-${1//\//_}.log status ms why
  read -r status ms <"$log.result"
  lab_seconds+="$(((ms + 500) / 1000)) $1"$'\n'
  case $status in
    0) report PASS "$1" "$ms" "$log" ;;
    77)
      why=$(sed -n 's/^SKIPPED: //p' "$log" | tail -n 1)
      if [ "${CI:-}" = true ]; then
        report FAIL "$1" "$ms" "$log" "skipped, which is a failure in CI: $why"
      else
        report SKIP "$1" "$ms" "$log" "$why"
      fi
      ;;
    *) report FAIL "$1" "$ms" "$log" "status $status" ;;
  esac
}

# What a group needs is fetched once, before the first clock runs.
fetch_packages() { # SCRIPT...
  local script sets=tools
  for script in "$@"; do
    sets+=,$(lab_header "$src/$script" packages)
    [ "$(lab_header "$src/$script" init)" = systemd ] && sets+=,systemd
  done
  [ "$group" = qemu ] && sets+=,kernel
  "$src/tests/lab/fetch" $(printf '%s\n' ${sets//,/ } | sort -u)
}

# What the group's time went to, longest first.
lab_say_seconds() {
  printf '%s' "$lab_seconds" | sort -rn |
    awk '{ sum += $1; printf "   %4d s  %s\n", $1, $2 } END { printf "   %4d s  in all, several guests at a time\n", sum }'
}

# lab_choose SCRIPT: the room that it gets now, in $chosen: its own, or that of the others when none of
# them is left to begin. Status 1: there is none.
lab_choose() {
  chosen=$(lab_header "$src/$1" waits no)
  [ "${room[$chosen]}" -gt 0 ] && return
  [ "$chosen" = yes ] && [ "$judging" = 0 ] && [ "${room[no]}" -gt 0 ] && chosen=no
}

# Start what there is room for, in the order of the list.
lab_fill() { # KERNEL
  local script chosen
  for script in "${scripts[@]}"; do
    [ -z "${in_room[$script]:-}" ] && lab_choose "$script" || continue
    in_room[$script]=$chosen room[$chosen]=$((room[$chosen] - 1))
    [ "$(lab_header "$src/$script" waits no)" = yes ] || judging=$((judging - 1))
    lab_one "$1" "$script" &
    running[$!]=$script
  done
}

group_lab() { # KERNEL
  lab_seconds=''
  local scripts script pid freed judging=0
  local -A running=() in_room=() room=([no]=2 [yes]=1)
  [ "$group" != uml ] || room[yes]=2
  mapfile -t scripts < <(lab_scripts "$group")
  [ ${#scripts[@]} -gt 0 ] || return
  step "build for the lab" build_for_lab || return
  step "packages for the guests" fetch_packages "${scripts[@]}" || return
  [ "$group" != uml ] || scripts+=(tests/lab/self_test)
  for script in "${scripts[@]}"; do
    [ "$(lab_header "$src/$script" waits no)" = yes ] || judging=$((judging + 1))
  done
  lab_fill "$1"
  while [ ${#running[@]} -gt 0 ]; do
    wait -n -p pid
    lab_report "${running[$pid]}"
    freed=${in_room[${running[$pid]}]}
    room[$freed]=$((room[$freed] + 1))
    unset "running[$pid]"
    lab_fill "$1"
  done
  lab_say_seconds
}
