/**
 * What a shell is told once, so that it asks `typhoon complete` at each press of the key. What comes back is data: no
 * script evaluates a candidate, nor what has been typed, and what is put into the line is quoted.
 */

/** `compgen -W` would expand a `$(…)` in the name of a component: it is not used. */
const BASH = `# typhoon: completion for bash 4 and later
_typhoon() {
  local kind value about
  COMPREPLY=()
  {
    read -r kind
    while IFS=$'\\t' read -r value about; do
      printf -v value %q "$value"
      COMPREPLY+=("$value")
    done
  } < <("$1" complete bash -- "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  case $kind in
    files) compopt -o default ;;
    folders) compopt -o dirnames ;;
    more) compopt -o nospace ;;
  esac
}
complete -F _typhoon typhoon
`

const ZSH = `#compdef typhoon
# typhoon: completion for zsh
_typhoon() {
  local kind value about
  local -a values shown
  {
    read -r kind
    while IFS=$'\\t' read -r value about; do
      values+=("$value")
      shown+=("$value\${about:+  -- $about}")
    done
  } < <("\${(Q)words[1]}" complete zsh -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  case $kind in
    files) _files ;;
    folders) _files -/ ;;
    more) compadd -l -S '' -d shown -a values ;;
    *) (( $#values )) && compadd -l -d shown -a values ;;
  esac
}
if [ "\${funcstack[1]}" = _typhoon ]; then _typhoon "$@"; else compdef _typhoon typhoon; fi
`

const FISH = `# typhoon: completion for fish
function __typhoon_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l lines ($words[1] complete fish -- $words[2..-1] "$current" 2>/dev/null)
  switch "$lines[1]"
    case files
      __fish_complete_path "$current"
    case folders
      __fish_complete_directories "$current"
  end
  printf '%s\\n' $lines[2..-1]
end
complete -c typhoon -f -a '(__typhoon_complete)'
`

/** By the name of the shell. */
export const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH }
