# The ten slowest transfers: octets a second, octets, milliseconds, path.
[(inputs | fromjson?) | select(.event == "file" and .result == "ok" and .ms > 0 and (.verb == "put" or .verb == "get")) | [(.bytes * 1000 / .ms | floor), .bytes, .ms, .path]] | sort[:10][] | @tsv
