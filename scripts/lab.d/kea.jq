# Adds the reservations of the table of offers ($offers) to one of Kea's configurations. $withheld names a port that gets
# its lease without the DOTS options, so that one can see how a missing peer is reported.

def dots:
  [ (select(.name) | { name: "dots-ri", data: .name }),
    (select(.offered != []) | { name: "dots-address", data: (.offered | join(", ")) }) ];

def reservation:
  { "option-data": (if .port == $withheld then [] else dots end) }
  + if .family == 4 then { "hw-address": .mac, "ip-address": .lease }
    else { duid, "ip-addresses": [.lease] } end;

if .Dhcp4
then .Dhcp4.subnet4[0].reservations = ($offers | map(select(.family == 4) | reservation))
else .Dhcp6.subnet6[0].reservations = ($offers | map(select(.family == 6) | reservation))
end
