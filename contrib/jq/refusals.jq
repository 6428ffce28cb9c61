# How often each reason failed an item or a session, the most frequent first.
[(inputs | fromjson?) | select(.event == "refused" or (.event == "file" and (.result == "failed" or .result == "fatal"))) | .reason] | group_by(.) | map([length, .[0]]) | sort_by([-.[0], .[1]])[] | @tsv
