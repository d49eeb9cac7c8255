# Sourced by scripts that run in stages: each is announced as `[k/n]`, each command is shown, and the
# time of a stage is printed at its end. A failure ends the script and says where.
#
#   begin_stages N; stage "what"; run COMMAND...; end_stages

begin_stages() {
  stage_count=$1 stage_number=0 stage_title=start stages_begin=$SECONDS stage_begin=$SECONDS
  trap 'report_failure $?' EXIT
}

report_failure() {
  (($1 == 0)) || echo "FAILED in stage [$stage_number/$stage_count] $stage_title (exit code $1)" >&2
}

stage() {
  ((stage_number == 0)) || echo "      $((SECONDS - stage_begin)) s"
  stage_number=$((stage_number + 1)) stage_title=$1 stage_begin=$SECONDS
  echo
  echo "[$stage_number/$stage_count] $stage_title"
}

# Shows the command as one would type it, then runs it.
run() {
  echo "    \$ $*"
  "$@"
}

end_stages() {
  echo "      $((SECONDS - stage_begin)) s"
  echo
  echo "all $stage_count stages: $(((SECONDS - stages_begin) / 60)) min $(((SECONDS - stages_begin) % 60)) s"
}
