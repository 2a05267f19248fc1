"""Small files and mappings: a builder names only what the test is about."""

from zoneinfo import ZoneInfo

from streams.history.judge import Judged, judge_file
from streams.history.mapping import Mapping, read_mapping
from streams.history.verdict import LineVerdict

SHANGHAI = ZoneInfo("Asia/Shanghai")
COLUMNS = ("ID", "Shipment", "Day", "Goods", "Weight", "Mode", "Via", "Site", "Country")
PLACES = """\
kind,name,lat,lon,place,country_code,landlocked,geonames_id,flags,note
site,Works,17.38405,78.45636,"Hyderabad, IN",IN,no,1269843,,
site,Hill Works,47.55839,7.57327,"Basel, CH",CH,yes,2661604,,
depot,Depot,-33.92584,18.42322,"Cape Town, ZA",ZA,no,3369157,,
country,South Africa,-26.20227,28.04363,"Johannesburg, ZA",ZA,no,993800,place_proxy,
country,Haiti,18.54349,-72.33881,"Port-au-Prince, HT",HT,no,3718426,place_proxy,
country,Rwanda,-1.94995,30.05885,"Kigali, RW",RW,yes,202061,place_proxy,
country,India,17.38405,78.45636,"Hyderabad, IN",IN,no,1269843,place_proxy,
country,Bangladesh,23.7104,90.40744,"Dhaka, BD",BD,no,1185241,place_proxy,
"""
TOML = """\
[source]
id = "small"
format = "{format}"
encoding = "{encoding}"
line_end = "{line_end}"
key = ["ID"]
null_text = ["", "none"]
[target.order_route]
order_line_id = "ID"
category = "Goods"
delivered_on = {{ column = "Day", date = "%d-%b-%y" }}
is_direct = {{ column = "Via", values = {{ Direct = true, Depot = false }} }}
[target.transport_leg]
shipment_id = "Shipment"
consignment_id = "ID"
occurred_at = {{ column = "Day", date = "%d-%b-%y" }}
category = "Goods"
mass_kg = {{ column = "Weight", pointer = 'See line (\\d+)' }}
destination = {{ column = "Country", places = "p.csv" }}
[target.transport_leg.mode]
column = "Mode"
values = {{ Air = "air", Truck = "road", Ocean = "sea" }}
missing = ["N/A"]
[target.transport_leg.origin]
column = "Site"
only_if = {{ column = "Via", is = "Direct" }}
places = "p.csv"
{assumed}
"""


def mapping_text(
    *, format: str = "csv", encoding: str = "utf-8", line_end: str = "lf", assumed: str = ""
) -> str:
    return TOML.format(format=format, encoding=encoding, line_end=line_end, assumed=assumed)


def mapping(**changed: str) -> Mapping:
    """Two targets over nine columns of a comma-separated file."""
    text = mapping_text(**changed)
    return read_mapping(text.encode(), file="small.toml", places=lambda name: PLACES.encode())


def line(**changed: str) -> str:
    """12 kg by air, directly from the works to South Africa."""
    plain = {
        "ID": "1", "Shipment": "S-1", "Day": "7-Nov-13", "Goods": "ARV", "Weight": "12",
        "Mode": "Air", "Via": "Direct", "Site": "Works", "Country": "South Africa",
    }  # fmt: skip
    return ",".join((plain | changed)[column] for column in COLUMNS)


def file_of(*lines: str) -> bytes:
    return "\n".join((",".join(COLUMNS), *lines, "")).encode()


def judged(data: bytes, **changed: str) -> Judged:
    return judge_file(data, mapping(**changed), timezone=SHANGHAI)


def leg_of(*lines: str, **changed: str) -> LineVerdict:
    """The verdict on the last line as a transport leg."""
    return judged(file_of(*lines), **changed).verdicts[-1]


def order_of(*lines: str) -> LineVerdict:
    """The verdict on the last line as the route of a forward order."""
    return judged(file_of(*lines)).verdicts[-2]
