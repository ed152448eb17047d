# The table of offers, read with -nR, as one array of objects. What a subscriber is called and leased follows from the number of its port.

[ inputs | sub("#.*"; "") | [splits("\\s+") | select(. != "")] | select(length > 0)
  | { port: .[0], family: (.[1] | tonumber), client: .[2],
      name: (if .[3] == "-" then null else .[3] end),
      offered: .[4:] | map(select(. != "-")) }
  | .number = (.port | ltrimstr("access") | tonumber)
  | .namespace = "dotsnoop-sub\(.number)"
  | .mac = "02:00:00:00:00:0\(.number)"
  | .duid = "00:03:00:01:" + .mac                                        # DUID-LL over Ethernet, RFC 8415 11.4
  | .lease = (if .family == 4 then "192.0.2.10\(.number)" else "2001:db8:1::10\(.number)" end)
  | .valid = (.offered | map(select(startswith("!") | not)))
  | .offered |= map(ltrimstr("!")) ]
