"""The configuration that the test servers run with: every listener on loopback, manager accounts, and a
dialplan with a call for each thing that the tests look at."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Iterable, Sequence
from pathlib import Path

ADMIN = ("admin", "amp111")
"""May do everything and sees everything."""
READER = ("reader", "readsecret")
"""Sees everything but may only ask: Command, Originate and their like are refused."""
COMMANDER = ("commander", "commandsecret")
"""The least that a user of a GSM gateway needs: dialplan events in, commands out."""
IMPATIENT = ("impatient", "impatientsecret")
"""Its sessions are closed when they do not take what is written within 100 ms, the server's default."""
SINGLE = ("single", "singlesecret")
"""May have one session at a time."""
FILTERED = ("filtered", "filteredsecret")
"""Its filters let nothing through but the user events that are named Wanted, and no end of a list."""
BLIND = ("blind", "blindsecret")
"""May send user events, and sees no event at all."""

AUTHORITY = "ca.pem"
"""The certificate of whoever signed the server's."""
CERTIFICATE = "server.pem"
KEY = "server.key"
TLS_NAMES = ("localhost", "pbx.example.com")
"""What the server's certificate is for; its address is not among them."""

LARGE_LINES = 100_000
"""What `large.conf` has, which no module reads."""

# The command lines that a gateway's dialplan runs for an incoming message, as they must arrive in the AppData
# of Newexten. The text of the second is escaped as the gateway's driver does it: three backslashes before a
# quote or a backtick, four for a backslash.
SMS_COMMAND = '/bin/true process_sms "4" "10086" "2014/09/11 09:36:47" "hello gateway" > /dev/null 2>&1 &'
SMS2_TEXT = 'He said "two \\ three" and `go`, 您当前帐户余额0元; 100% ready'
_ESCAPED = r"""He said \\\"two \\\\ three\\\" and \\\`go\\\`, 您当前帐户余额0元; 100% ready"""
SMS2_COMMAND = (
    f'/bin/true process_sms "2" "+8613632919026" "2015/03/27 09:44:02" "{_ESCAPED}" > /dev/null 2>&1 &'
)

_OF_VARIABLES = '/bin/true process_sms "9" "${SMSSRC}" "${SMSTIME}" "${SMSTXT}" > /dev/null 2>&1 &'
_OF_LINES = '/bin/true process_sms "8" "10086" "2014/09/11 09:36:47" "${TEXT}" > /dev/null 2>&1 &'

# All modules are loaded but these: they listen beyond loopback, look for hardware, want a server that is not
# there, or have nothing to do without a configuration.
_UNWANTED_MODULES = (
    "*_odbc*",
    "app_adsiprog",
    "app_agent_pool",
    "app_alarmreceiver",
    "app_amd",
    "app_festival",
    "app_followme",
    "app_getcpeid",
    "app_minivm",
    "app_stasis*",
    "cdr_[!m]*",
    "cel_*",
    "chan_[!bs]*",
    "chan_skinny",
    "pbx_ael",
    "pbx_dundi",
    "pbx_lua",
    "res_adsi",
    "res_aeap",
    "res_ari*",
    "res_calendar*",
    "res_clialiases",
    "res_config_*",
    "res_geolocation",
    "res_hep*",
    "res_http_media_cache",
    "res_odbc",
    "res_phoneprov",
    "res_prometheus",
    "res_resolver_unbound",
    "res_snmp",
    "res_speech_aeap",
    "res_statsd",
    "res_stasis*",
    "res_stir_shaken",
    "res_stun_monitor",
    "res_websocket_client",
    "res_xmpp",
)

# Its resolver waits on addresses that are not loopback.
_PJSIP_MODULES = ("chan_pjsip", "func_pjsip*", "res_pjsip*")
_UNWANTED_PJSIP_MODULES = (
    "res_pjsip_config_wizard",
    "res_pjsip_geolocation",
    "res_pjsip_notify",
    "res_pjsip_phoneprov_provider",
    "res_pjsip_stir_shaken",
    "res_pjsip_transport_websocket",
)

# Modules complain about a file that is missing, and are content with an empty one.
_EMPTY_FILES = (
    "acl.conf",
    "ccss.conf",
    "confbridge.conf",
    "musiconhold.conf",
    "pjproject.conf",
    "queuerules.conf",
    "queues.conf",
    "res_fax.conf",
    "rtp.conf",
    "smdi.conf",
    "stasis.conf",
    "udptl.conf",
)


@dataclasses.dataclass(frozen=True)
class Directories:
    """Where the server finds and puts things, as seen from inside its root."""

    etc: str
    modules: str
    run: str
    db: str
    spool: str
    log: str


def write(
    target: Path,
    directories: Directories,
    *,
    modules: Iterable[str],
    manager_port: int,
    tls_port: int,
    sip_port: int,
    pjsip_port: int | None = None,
    manager: Sequence[str] = (),
) -> None:
    """Write all configuration files into `target`, for a server that has these modules. For TLS it wants
    CERTIFICATE and KEY there as well. PJSIP is there if it has a port. `manager` has further settings of
    manager.conf, NAME=VALUE."""

    def is_wanted(name: str) -> bool:
        if pjsip_port is not None and _is_among(name, _PJSIP_MODULES):
            return not _is_among(name, _UNWANTED_PJSIP_MODULES)
        return not _is_among(name, (*_UNWANTED_MODULES, *_PJSIP_MODULES))

    unwanted = [name for name in modules if not is_wanted(name)]
    files = {
        "asterisk.conf": _ASTERISK.format(**dataclasses.asdict(directories)),
        "modules.conf": "[modules]\nautoload=yes\n" + "".join(f"noload => {name}.so\n" for name in unwanted),
        "manager.conf": _manager(manager_port, tls_port, directories.etc, manager),
        "sip.conf": _SIP.format(port=sip_port),
        "extensions.conf": _EXTENSIONS.format(
            sms=_in_file(SMS_COMMAND),
            sms2=_in_file(SMS2_COMMAND),
            variables=_in_file(_OF_VARIABLES),
            lines=_in_file(_OF_LINES),
        ),
        "large.conf": "[general]\n" + "".join(f"line{n:06} => value {n}\n" for n in range(LARGE_LINES)),
        "logger.conf": "[general]\n[logfiles]\nmessages => notice,warning,error\n",
        "res_parking.conf": _PARKING,
        "features.conf": _FEATURES,
        "voicemail.conf": "[general]\nformat=wav\n[default]\n1001 => 1234,Test Box\n",
        "sip_notify.conf": "[check-sync]\nEvent=>check-sync\nContent-Length=>0\n",
        "cdr.conf": "[general]\nenable=yes\n",
        "cdr_manager.conf": "[general]\nenabled=yes\n",
        "cel.conf": "[general]\nenable=no\n",
        "http.conf": "[general]\nenabled=no\n",
        "indications.conf": _INDICATIONS,
    }
    if pjsip_port is not None:
        files["pjsip.conf"] = _PJSIP.format(port=pjsip_port)
    for name in _EMPTY_FILES:
        files[name] = ""
    for name, text in files.items():
        (target / name).write_text(text, encoding="utf-8")


def _is_among(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def _in_file(value: str) -> str:
    # A bare semicolon would begin a comment.
    return value.replace(";", "\\;")


def _manager(port: int, tls_port: int, etc: str, more: Sequence[str]) -> str:
    def account(
        name_and_secret: tuple[str, str], read: str, write: str, timeout: int = 5000, *more: str
    ) -> str:
        name, secret = name_and_secret
        return (
            f"[{name}]\nsecret={secret}\ndeny=0.0.0.0/0.0.0.0\npermit=127.0.0.1/255.255.255.255\n"
            f"read={read}\nwrite={write}\nwritetimeout={timeout}\n" + _lines(more)
        )

    return (
        f"[general]\nenabled=yes\nport={port}\nbindaddr=127.0.0.1\nwebenabled=no\n"
        f"tlsenable=yes\ntlsbindaddr=127.0.0.1:{tls_port}\ntlscertfile={etc}/{CERTIFICATE}\ntlsprivatekey={etc}/{KEY}\n"
        "displayconnects=no\ntimestampevents=yes\nallowmultiplelogin=yes\n"
        + _lines(more)
        + account(ADMIN, "all", "all")
        + account(READER, "all", "reporting")
        + account(COMMANDER, "dialplan", "command")
        + account(IMPATIENT, "user", "reporting", 100)
        + account(SINGLE, "all", "all", 5000, "allowmultiplelogin=no")
        + account(BLIND, "", "user,system,reporting")
        + account(FILTERED, "all", "all", 5000, "eventfilter=UserEvent: Wanted")
    )


def _lines(settings: Sequence[str]) -> str:
    return "".join(f"{setting}\n" for setting in settings)


_ASTERISK = """\
[directories]
astetcdir => {etc}
astmoddir => {modules}
astvarlibdir => /var/lib/asterisk
astdatadir => /usr/share/asterisk
astagidir => /usr/share/asterisk/agi-bin
astkeydir => /usr/share/asterisk
astdbdir => {db}
astspooldir => {spool}
astrundir => {run}
astlogdir => {log}
[options]
nocolor = yes
hideconnect = yes
defaultlanguage = en
"""

# A peer that may register and that nothing is sent to until it does.
_SIP = """\
[general]
udpbindaddr=127.0.0.1:{port}
tcpenable=no
srvlookup=no
allowguest=no
context=default
[1001]
type=friend
host=dynamic
secret=x1001
context=default
mailbox=1001@default
"""

# One of each kind of object that PJSIP's actions list.
_PJSIP = """\
[system]
type=system
disable_tcp_switch=yes
[loopback]
type=transport
protocol=udp
bind=127.0.0.1:{port}
[2001]
type=endpoint
context=default
transport=loopback
auth=2001
aors=2001
[2001]
type=auth
auth_type=userpass
username=2001
password=x2001
[2001]
type=aor
max_contacts=1
contact=sip:2001@127.0.0.1:9
[watched]
type=resource_list
event=presence
list_item=1001
"""

# `hold` is where a call stays until a test moves it: the echo, park and transfer tests all begin there.
_EXTENSIONS = """\
[general]
static=yes
writeprotect=no

[default]
include => parkedcalls
exten => 1001,hint,Custom:x1001
exten => 1001,1,NoOp(1001)
 same => n,Wait(30)
 same => n,Hangup()

exten => echo,1,Answer()
 same => n,Wait(60)
 same => n,Hangup()

exten => echoapp,1,Answer()
 same => n,Echo()
 same => n,Hangup()

exten => short,1,NoOp(short)
 same => n,Set(A=1)
 same => n,Hangup()

exten => hold,1,Answer()
 same => n,Wait(3600)
 same => n,Hangup()

exten => park,1,Answer()
 same => n,Park()
 same => n,Hangup()

exten => agi,1,Answer()
 same => n,AGI(agi:async)
 same => n,Hangup()

; Both sides may transfer, park and mute.
exten => call,1,Dial(Local/hold@default,30,TtKk)
 same => n,Hangup()

exten => sms,1,System({sms})
 same => n,Hangup()

exten => userevent,1,UserEvent(SMS,Span: 4,Sender: 10086,Text: hello gateway)
 same => n,Hangup()

; The context of a gateway's second port.
[gsm-2]
exten => sms,1,System({sms2})
 same => n,Hangup()

; One that does what a gateway's driver and dialplan do: a test sets the variables and sends the call on.
[gsm-9]
exten => hold,1,Answer()
 same => n,Wait(3600)
exten => sms,1,System({variables})
 same => n,Hangup()

; One whose text has line ends, which no action can carry, and that sets no variables of an SMS.
[gsm-8]
exten => sms,1,Set(TEXT=${{SHELL(printf 'Dear customer,\\r\\n\\r\\nyour code:\\n4711')}})
 same => n,System({lines})
 same => n,Hangup()
"""

_PARKING = """\
[general]
[default]
parkext => 700
parkpos => 701-720
context => parkedcalls
parkingtime => 300
parkedmusicclass => default
"""

# Atxfer works by dialling this code on the channel, and is refused where there is none.
_FEATURES = """\
[general]
transferdigittimeout => 20
featuredigittimeout => 20000
[featuremap]
atxfer => *2
blindxfer => #1
parkcall => #72
"""

_INDICATIONS = """\
[general]
country=us
[us]
description=United States
ringcadence=2000,4000
dial=350+440
ring=440+480/2000,0/4000
busy=480+620/500,0/500
congestion=480+620/250,0/250
"""
