# Checks for the shell tests. To be read with '.'; the test ends with 'finish'.
passed=0
failed=0

verdict() {
  if [ "$1" = 0 ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'failed: %s\n' "$2" >&2
  fi
}

# expect STATUS PATTERN COMMAND...: the exit status, and an extended regular expression
# that a line of the output (with standard error, tabs as blanks) matches.
expect() {
  wanted=$1
  pattern=$2
  shift 2
  got=0
  output=$("$@" 2>&1 </dev/null) || got=$?
  output=$(printf '%s\n' "$output" | tr '\t' ' ')
  if [ "$got" = "$wanted" ] && printf '%s\n' "$output" | grep -Eq -e "$pattern"; then
    verdict 0
  else
    verdict 1 "$*
  status $got, expected $wanted; output, expected to match '$pattern':
$output"
  fi
}

# expect_file PATH
expect_file() {
  if [ -f "$1" ]; then verdict 0; else verdict 1 "there is no $1"; fi
}

# wait_for PATH: up to ten seconds until another process has made the file.
wait_for() {
  tries=0
  while [ ! -e "$1" ] && [ $tries -lt 200 ]; do
    sleep 0.05
    tries=$((tries + 1))
  done
}

finish() {
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" = 0 ]
}
