/**
 * For bash, without its package bash-completion. Nothing that was typed or is offered is evaluated or expanded. Bash breaks words at `=`, `:` and
 * `@` as well: what touches one another is one word to us, and what is offered takes the place of what stands behind the last break.
 */
export const BASH = `# bash completion for rxserf
_rxserf() {
  local rest=\${COMP_LINE:0:COMP_POINT} words=() word left cur out line i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    left=\${rest#"\${rest%%[![:space:]]*}"}
    [[ $left == "$word"* ]] || word=$left
    if [[ $i -gt 0 && -n $rest && $left == "$rest" ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    rest=\${left#"$word"}
  done
  [[ -n $word && -z \${word//[=:@]/} ]] && word=
  cur=\${words[\${#words[@]}-1]}
  [[ $cur == -*=* ]] && cur=\${cur#*=}
  COMPREPLY=()
  out=$(rxserf complete -- "\${words[@]:1}" 2>/dev/null)
  while IFS= read -r line; do
    line=\${line%%$'\\t'*}
    [[ -n $line && $line != :* && $line == "$cur"* ]] && COMPREPLY+=("\${line#"\${cur%"$word"}"}")
  done <<<"$out"
}
complete -o default -F _rxserf rxserf
`;

/** For zsh, which evaluates nothing of it either; to be sourced, or as a file `_rxserf` in `fpath`. */
export const ZSH = `#compdef rxserf
# zsh completion for rxserf
_rxserf() {
  local -a offered
  local line value about
  for line in "\${(@f)$(rxserf complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -z $line || $line == :* ]] && continue
    value=\${line%%$'\\t'*}
    about=\${\${line#"$value"}#$'\\t'}
    offered+=("\${value//:/\\\\:}\${about:+:$about}")
  done
  compset -P '-*='
  if (( $#offered )); then _describe rxserf offered; else _files; fi
}
if [[ \${funcstack[1]} == _rxserf ]]; then _rxserf "$@"; else compdef _rxserf rxserf; fi
`;
