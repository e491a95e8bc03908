using System.Text;

namespace IceCream.Benchmarks.Identity.Random;

/// <summary>A case as a bash script that needs nothing but the programs. The benchmark runs the same script that it hands out.</summary>
internal static class CaseScript
{
    /// <summary>The folder that the script works in; without it the script makes one, and a farm.</summary>
    public const string Folder = "PAIR_FOLDER";

    private const string Prelude = """
        # Usage: bash SCRIPT BIN, where BIN holds icehost and icelaunch. Exit code 1: a compile on the farm differs from the plain one.
        [ -x "$1/icelaunch" ] || { echo "usage: $0 BIN    the folder of icehost and icelaunch"; exit 2; }
        bin=$(readlink -f "$1") self=$(readlink -f "$0") limit=${PAIR_LIMIT:-20}
        if [ -z "$PAIR_FOLDER" ]; then
          export PAIR_PATH=$PATH PAIR_FOLDER=$(mktemp -d /tmp/pair.XXXXXX)
          (cd / && "$bin/icehost" run --quiet --workers 2 --slots 2 --local-slots 2 --state-dir "$PAIR_FOLDER.farm" -- bash "$self" "$bin"); code=$?
          if [ -n "$KEEP" ]; then echo "kept $PAIR_FOLDER"; else rm -rf "$PAIR_FOLDER" "$PAIR_FOLDER.farm"; fi
          exit $code
        fi
        order= W=$PAIR_FOLDER T=$PAIR_FOLDER/tree PATH=$PAIR_PATH
        unset LANG LANGUAGE "${!LC_@}" CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH COMPILER_PATH GCC_EXEC_PREFIX OLDPWD
        mkdir -p "$T" "$W/said" && cd "$T" || exit 2
        # Becomes a compiler, plainly or through the launcher. The words in front come first.
        go() {
          if [ "$by" = plain ]; then unset "${!ICECREAM_@}"; exec /usr/bin/timeout -k 2 "$limit" "${front[@]}" "$@"; fi
          exec /usr/bin/timeout -k 2 "$limit" "${front[@]}" "$bin/icelaunch" "$@"
        }
        # That there is no such compiler is said by whoever looks for it: the words may be others.
        quiet() { case $(<"$1.code") in 126 | 127) : >"$1.err" ;; esac }
        run() { # STEP COUNT HOW: all jobs of a step at once
          local j; by=$3; rm -rf "$W/said" "$W"/log.*; mkdir "$W/said"
          for ((j = 0; j < $2; j++)); do
            export ICECREAM_LOG=$W/log.$j
            { (job_$1_$j) >"$W/said/$j.out" 2>"$W/said/$j.err" </dev/null; echo $? >"$W/said/$j.code"; quiet "$W/said/$j"; } &
          done
          wait
        }
        unpack() { rm -rf "$W/x/$1"; mkdir -p "$W/x/$1"; tar xf "$W/$1.tar" -C "$W/x/$1"; }
        # Where a case asks for it, also which list of dependencies is newer than its object: make would compile again.
        newer() { # what is newer than its object plainly may be so, by luck, on the farm: not the other way round
          if [ "$by" = plain ]; then echo "$1" >>"$W/may"; elif ! grep -qsxF -- "$1" "$W/may"; then echo "$1" >>"$W/said/newer"; fi
        }
        keep() {
          local n; [ -z "$order" ] || for n in "$T"/*.d "$T"/build/*.d; do [ -e "${n%.d}.o" ] && [ "$n" -nt "${n%.d}.o" ] && newer "${n#"$T/"}"; done
          tar cf "$W/$1.tar" --sort=name --mtime=@0 -C "$W" tree said
        }
        # What appeared since the edits goes.
        wipe() { find "$T" -newer "$W/stamp" ! -type d ! -type p -delete; }
        delta() { # A B: what differs, by name
          (export LC_ALL=C; cd "$W/x"; diff -rq --no-dereference $1 $2; diff <(cd $1; find . -printf '%p %y %m\n' | sort) <(cd $2; find . -printf '%p %y %m\n' | sort) | grep '^[<>]') \
            | sed -E "s,(^|[ :<>])($1|$2)([/:]),\1\3,g; s/^[<>] /mode of /" | LC_ALL=C sort -u
        }
        # What differs from every plain compile, and not from one plain compile to the next.
        judge() { # STEP COUNT RUN
          local i n; cmp -s "$W/plain.tar" "$W/$3.tar" && return 0
          unpack plain; unpack $3; n=$(delta plain $3)
          for i in 1 2 3; do
            wipe; before_$1; run $1 $2 plain; [ $3 = warm ] && run $1 $2 plain; keep second; unpack second
            n=$(comm -23 <(comm -12 <(echo "$n") <(delta second $3)) <(delta plain second)); [ -n "$n" ] || break
          done
          [ -n "$n" ] || { echo "fickle $1 $3"; return 0; }
          echo "differs $1 $3"; sed 's/^/  what: /' <<<"$n"
          for i in "$W"/x/plain/said/*; do diff -a "$i" "$W/x/$3/said/${i##*/}" >"$W/words" || { echo "  words: ${i##*/}"; head -6 "$W/words" | cut -c1-300 | sed 's/^/    /'; }; done
          exit 1
        }
        place() { # STEP COUNT RUN
          local j line; for ((j = 0; j < $2; j++)); do line=; [ -s "$W/log.$j" ] && read -r line <"$W/log.$j"; echo "ran $1 $3 $j ${line:-remote}"; done
        }
        pair() { # STEP COUNT
          edit_$1; touch "$W/stamp"
          before_$1; run $1 $2 plain; keep plain; wipe
          before_$1; run $1 $2 farm; place $1 $2 cold; keep cold; judge_cold $1 $2
          run $1 $2 farm; place $1 $2 warm; keep warm; judge $1 $2 warm; wipe
        }
        # When the farm is held to account after the first run, the outputs are those of a plain compile: again those of the farm.
        judge_cold() { cmp -s "$W/plain.tar" "$W/cold.tar" || { judge $1 $2 cold; wipe; before_$1; run $1 $2 farm; }; }

        """;

    /// <summary>The text, a char a byte.</summary>
    public static string Render(Case @case)
    {
        var text = new StringBuilder("#!/bin/bash\n");
        text.Append($"# Seed {@case.Seed}, case {@case.Number}: {string.Join(", ", @case.Kinds)}.\n").Append(Prelude);
        foreach ((int number, Step step) in @case.Steps.Index())
        {
            text.Append($"edit_{number}() {{\n:\n");
            foreach (Edit edit in step.Edits)
            {
                text.Append(Line(edit)).Append('\n');
            }

            text.Append($"}}\nbefore_{number}() {{\n:\n");
            foreach (Job job in step.Jobs)
            {
                text.Append(string.Concat(job.Before.Select(static line => $"{line}\n")));
            }

            text.Append("}\n");
            foreach ((int place, Job job) in step.Jobs.Index())
            {
                text.Append($"job_{number}_{place}() {{\n").Append(Lines(job)).Append("}\n");
            }

            text.Append($"pair {number} {step.Jobs.Count}\n");
        }

        return text.Append("exit 0\n").ToString();
    }

    private static string Line(Edit edit)
    {
        if (edit.Line is { } line)
        {
            return line;
        }

        string folder = edit.Path.LastIndexOf('/') is > 0 and int end ? $"mkdir -p {Bash.Quote(edit.Path[..end])}; " : "";
        return $"{folder}printf %s {Bash.Quote(string.Join('\n', edit.Lines!))} >{Bash.Quote(edit.Path)}";
    }

    private static string Lines(Job job)
    {
        var text = new StringBuilder();
        text.Append($"cd {Bash.Quote(job.Folder)} || exit\nfront=({Bash.Quote(job.Prefix)})\nexport ICECREAM_MODE={job.Mode}\n");
        foreach (string variable in job.Variables)
        {
            int end = variable.IndexOf('=', StringComparison.Ordinal);
            text.Append(end < 0 ? $"unset {variable[1..]}\n" : $"export {variable[..end]}={Bash.Quote(variable[(end + 1)..])}\n");
        }

        return text.Append($"go {Bash.Quote([job.Compiler, .. job.Words.SelectMany(static group => group), .. job.Core])}\n").ToString();
    }
}
