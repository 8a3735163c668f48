# Made by tools/catalogue.py.
"""Views of Asterisk's events: a property for each header."""

from datetime import datetime

from libami._native import Block
from libami._native import View as View

class ChannelHeaders(Block):
    """The headers of a channel in an event."""

    @property
    def name(self) -> str | None:
        """The header Channel."""

    @property
    def state(self) -> int | None:
        """The header ChannelState."""

    @property
    def state_desc(self) -> str | None:
        """The header ChannelStateDesc."""

    @property
    def caller_id_num(self) -> str | None:
        """The header CallerIDNum."""

    @property
    def caller_id_name(self) -> str | None:
        """The header CallerIDName."""

    @property
    def connected_line_num(self) -> str | None:
        """The header ConnectedLineNum."""

    @property
    def connected_line_name(self) -> str | None:
        """The header ConnectedLineName."""

    @property
    def language(self) -> str | None:
        """The header Language."""

    @property
    def account_code(self) -> str | None:
        """The header AccountCode."""

    @property
    def context(self) -> str | None:
        """The header Context."""

    @property
    def exten(self) -> str | None:
        """The header Exten."""

    @property
    def priority(self) -> int | None:
        """The header Priority."""

    @property
    def uniqueid(self) -> str | None:
        """The header Uniqueid."""

    @property
    def linkedid(self) -> str | None:
        """The header Linkedid."""

    @property
    def tenantid(self) -> str | None:
        """The header Tenantid."""

    @property
    def chan_variable(self) -> dict[str, str]:
        """The header ChanVariable."""

class BridgeHeaders(Block):
    """The headers of a bridge in an event."""

    @property
    def uniqueid(self) -> str | None:
        """The header BridgeUniqueid."""

    @property
    def type_(self) -> str | None:
        """The header BridgeType."""

    @property
    def technology(self) -> str | None:
        """The header BridgeTechnology."""

    @property
    def creator(self) -> str | None:
        """The header BridgeCreator."""

    @property
    def name(self) -> str | None:
        """The header BridgeName."""

    @property
    def num_channels(self) -> int | None:
        """The header BridgeNumChannels."""

    @property
    def video_source_mode(self) -> str | None:
        """The header BridgeVideoSourceMode."""

    @property
    def video_source(self) -> str | None:
        """The header BridgeVideoSource."""

class AgentCalled(View):
    """The event AgentCalled. Asterisk has it since 1.8; its class is agent."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def dest(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Dest."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def agent_called(self) -> str | None:
        """The header AgentCalled."""

    @property
    def agent_name(self) -> str | None:
        """The header AgentName."""

    @property
    def channel_calling(self) -> str | None:
        """The header ChannelCalling."""

    @property
    def destination_channel(self) -> str | None:
        """The header DestinationChannel."""

    @property
    def extension(self) -> str | None:
        """The header Extension."""

    @property
    def member_name(self) -> str | None:
        """The header MemberName."""

    @property
    def interface(self) -> str | None:
        """The header Interface."""

class AgentComplete(View):
    """The event AgentComplete. Asterisk has it since 1.8; its class is agent."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def dest(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Dest."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def member(self) -> str | None:
        """The header Member."""

    @property
    def member_name(self) -> str | None:
        """The header MemberName."""

    @property
    def hold_time(self) -> int | None:
        """The header HoldTime."""

    @property
    def talk_time(self) -> int | None:
        """The header TalkTime."""

    @property
    def reason(self) -> str | None:
        """The header Reason. Known values: caller, agent, transfer."""

    @property
    def interface(self) -> str | None:
        """The header Interface."""

class AgentConnect(View):
    """The event AgentConnect. Asterisk has it since 1.8; its class is agent."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def dest(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Dest."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def member(self) -> str | None:
        """The header Member."""

    @property
    def member_name(self) -> str | None:
        """The header MemberName."""

    @property
    def hold_time(self) -> int | None:
        """The header HoldTime."""

    @property
    def bridged_channel(self) -> str | None:
        """The header BridgedChannel."""

    @property
    def ring_time(self) -> int | None:
        """The header RingTime."""

    @property
    def interface(self) -> str | None:
        """The header Interface."""

class AgentDump(View):
    """The event AgentDump. Asterisk has it since 1.8; its class is agent."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def dest(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Dest."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def member(self) -> str | None:
        """The header Member."""

    @property
    def member_name(self) -> str | None:
        """The header MemberName."""

    @property
    def interface(self) -> str | None:
        """The header Interface."""

class AgentLogin(View):
    """The event AgentLogin. Asterisk has it since 1.8; its class is agent."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def agent(self) -> str | None:
        """The header Agent."""

    @property
    def login_chan(self) -> str | None:
        """The header LoginChan."""

class AgentLogoff(View):
    """The event AgentLogoff. Asterisk has it since 1.8; its class is agent."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def agent(self) -> str | None:
        """The header Agent."""

    @property
    def logintime(self) -> datetime | None:
        """The header Logintime."""

class AgentRingNoAnswer(View):
    """The event AgentRingNoAnswer. Asterisk has it since 1.8; its class is agent."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def dest(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Dest."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def member(self) -> str | None:
        """The header Member."""

    @property
    def member_name(self) -> str | None:
        """The header MemberName."""

    @property
    def ring_time(self) -> int | None:
        """The header RingTime."""

    @property
    def interface(self) -> str | None:
        """The header Interface."""

class Agents(View):
    """The event Agents. Asterisk has it since 1.8; its class is agent."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def agent(self) -> str | None:
        """The header Agent."""

    @property
    def name(self) -> str | None:
        """The header Name."""

    @property
    def status(self) -> str | None:
        """The header Status. Known values: AGENT_LOGGEDOFF, AGENT_IDLE, AGENT_ONCALL."""

    @property
    def logged_in_chan(self) -> str | None:
        """The header LoggedInChan."""

    @property
    def logged_in_time(self) -> datetime | None:
        """The header LoggedInTime."""

    @property
    def talking_to(self) -> str | None:
        """The header TalkingTo."""

    @property
    def talking_to_chan(self) -> str | None:
        """The header TalkingToChan."""

    @property
    def call_started(self) -> datetime | None:
        """The header CallStarted."""

class AgentsComplete(View):
    """The event AgentsComplete. Asterisk has it since 1.8; its class is agent."""

class AGIExec(View):
    """The event AGIExec. Asterisk 1.8 to 11 have it; its class is agi."""

    @property
    def sub_event(self) -> str | None:
        """The header SubEvent."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def command_id(self) -> str | None:
        """The header CommandId."""

    @property
    def command(self) -> str | None:
        """The header Command."""

    @property
    def result_code(self) -> int | None:
        """The header ResultCode."""

    @property
    def result(self) -> str | None:
        """The header Result."""

class AGIExecEnd(View):
    """The event AGIExecEnd. Asterisk has it since 13; its class is agi."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def command(self) -> str | None:
        """The header Command."""

    @property
    def command_id(self) -> str | None:
        """The header CommandId."""

    @property
    def result_code(self) -> str | None:
        """The header ResultCode."""

    @property
    def result(self) -> str | None:
        """The header Result."""

class AGIExecStart(View):
    """The event AGIExecStart. Asterisk has it since 13; its class is agi."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def command(self) -> str | None:
        """The header Command."""

    @property
    def command_id(self) -> str | None:
        """The header CommandId."""

class Alarm(View):
    """The event Alarm. Asterisk has it since 1.8; its class is system."""

    @property
    def alarm(self) -> str | None:
        """The header Alarm."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def dahdi_channel(self) -> str | None:
        """The header DAHDIChannel."""

class AlarmClear(View):
    """The event AlarmClear. Asterisk has it since 1.8; its class is system."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def dahdi_channel(self) -> str | None:
        """The header DAHDIChannel."""

class AOCD(View):
    """The event AOC-D. Asterisk has it since 1.8; its class is aoc."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def charge(self) -> str | None:
        """The header Charge."""

    @property
    def type_(self) -> str | None:
        """The header Type. Known values: NotAvailable, Free, Currency, Units."""

    @property
    def billing_id(self) -> str | None:
        """The header BillingID. Known values: Normal, Reverse, CreditCard, CallForwardingUnconditional,
        CallForwardingBusy, CallForwardingNoReply, CallDeflection, CallTransfer, NotAvailable.
        """

    @property
    def total_type(self) -> str | None:
        """The header TotalType. Known values: SubTotal, Total."""

    @property
    def currency(self) -> str | None:
        """The header Currency."""

    @property
    def name(self) -> str | None:
        """The header Name."""

    @property
    def cost(self) -> str | None:
        """The header Cost."""

    @property
    def multiplier(self) -> str | None:
        """The header Multiplier. Known values: 1/1000, 1/100, 1/10, 1, 10, 100, 1000."""

    @property
    def units(self) -> str | None:
        """The header Units."""

    @property
    def number_of(self) -> str | None:
        """The header NumberOf."""

    @property
    def type_of(self) -> str | None:
        """The header TypeOf."""

class AOCE(View):
    """The event AOC-E. Asterisk has it since 1.8; its class is aoc."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def charging_association(self) -> str | None:
        """The header ChargingAssociation."""

    @property
    def number(self) -> str | None:
        """The header Number."""

    @property
    def plan(self) -> str | None:
        """The header Plan."""

    @property
    def id(self) -> str | None:
        """The header ID."""

    @property
    def charge(self) -> str | None:
        """The header Charge."""

    @property
    def type_(self) -> str | None:
        """The header Type. Known values: NotAvailable, Free, Currency, Units."""

    @property
    def billing_id(self) -> str | None:
        """The header BillingID. Known values: Normal, Reverse, CreditCard, CallForwardingUnconditional,
        CallForwardingBusy, CallForwardingNoReply, CallDeflection, CallTransfer, NotAvailable.
        """

    @property
    def total_type(self) -> str | None:
        """The header TotalType. Known values: SubTotal, Total."""

    @property
    def currency(self) -> str | None:
        """The header Currency."""

    @property
    def name(self) -> str | None:
        """The header Name."""

    @property
    def cost(self) -> str | None:
        """The header Cost."""

    @property
    def multiplier(self) -> str | None:
        """The header Multiplier. Known values: 1/1000, 1/100, 1/10, 1, 10, 100, 1000."""

    @property
    def units(self) -> str | None:
        """The header Units."""

    @property
    def number_of(self) -> str | None:
        """The header NumberOf."""

    @property
    def type_of(self) -> str | None:
        """The header TypeOf."""

class AOCS(View):
    """The event AOC-S. Asterisk has it since 1.8; its class is aoc."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def chargeable(self) -> str | None:
        """The header Chargeable."""

    @property
    def rate_type(self) -> str | None:
        """The header RateType. Known values: NotAvailable, Free, FreeFromBeginning, Duration, Flag,
        Volume, SpecialCode.
        """

    @property
    def currency(self) -> str | None:
        """The header Currency."""

    @property
    def name(self) -> str | None:
        """The header Name."""

    @property
    def cost(self) -> str | None:
        """The header Cost."""

    @property
    def multiplier(self) -> str | None:
        """The header Multiplier. Known values: 1/1000, 1/100, 1/10, 1, 10, 100, 1000."""

    @property
    def charging_type(self) -> str | None:
        """The header ChargingType."""

    @property
    def step_function(self) -> str | None:
        """The header StepFunction."""

    @property
    def granularity(self) -> str | None:
        """The header Granularity."""

    @property
    def length(self) -> str | None:
        """The header Length."""

    @property
    def scale(self) -> str | None:
        """The header Scale."""

    @property
    def unit(self) -> str | None:
        """The header Unit. Known values: Octect, Segment, Message, Octet."""

    @property
    def special_code(self) -> str | None:
        """The header SpecialCode."""

class AorDetail(View):
    """The event AorDetail. Asterisk has it since 13."""

    @property
    def object_type(self) -> str | None:
        """The header ObjectType."""

    @property
    def object_name(self) -> str | None:
        """The header ObjectName."""

    @property
    def minimum_expiration(self) -> str | None:
        """The header MinimumExpiration."""

    @property
    def maximum_expiration(self) -> str | None:
        """The header MaximumExpiration."""

    @property
    def default_expiration(self) -> str | None:
        """The header DefaultExpiration."""

    @property
    def qualify_frequency(self) -> str | None:
        """The header QualifyFrequency."""

    @property
    def authenticate_qualify(self) -> str | None:
        """The header AuthenticateQualify."""

    @property
    def max_contacts(self) -> str | None:
        """The header MaxContacts."""

    @property
    def remove_existing(self) -> str | None:
        """The header RemoveExisting."""

    @property
    def mailboxes(self) -> str | None:
        """The header Mailboxes."""

    @property
    def outbound_proxy(self) -> str | None:
        """The header OutboundProxy."""

    @property
    def support_path(self) -> str | None:
        """The header SupportPath."""

    @property
    def total_contacts(self) -> str | None:
        """The header TotalContacts."""

    @property
    def contacts_registered(self) -> str | None:
        """The header ContactsRegistered."""

    @property
    def endpoint_name(self) -> str | None:
        """The header EndpointName."""

    @property
    def remove_unavailable(self) -> str | None:
        """The header RemoveUnavailable."""

    @property
    def qualify_2xx_only(self) -> str | None:
        """The header Qualify2xxOnly."""

    @property
    def qualify_timeout(self) -> str | None:
        """The header QualifyTimeout."""

    @property
    def voicemail_extension(self) -> str | None:
        """The header VoicemailExtension."""

    @property
    def contacts(self) -> str | None:
        """The header Contacts."""

class AorList(View):
    """The event AorList. Asterisk has it since 16."""

    @property
    def object_type(self) -> str | None:
        """The header ObjectType."""

    @property
    def object_name(self) -> str | None:
        """The header ObjectName."""

    @property
    def minimum_expiration(self) -> str | None:
        """The header MinimumExpiration."""

    @property
    def maximum_expiration(self) -> str | None:
        """The header MaximumExpiration."""

    @property
    def default_expiration(self) -> str | None:
        """The header DefaultExpiration."""

    @property
    def qualify_frequency(self) -> str | None:
        """The header QualifyFrequency."""

    @property
    def authenticate_qualify(self) -> str | None:
        """The header AuthenticateQualify."""

    @property
    def max_contacts(self) -> str | None:
        """The header MaxContacts."""

    @property
    def remove_existing(self) -> str | None:
        """The header RemoveExisting."""

    @property
    def remove_unavailable(self) -> str | None:
        """The header RemoveUnavailable."""

    @property
    def mailboxes(self) -> str | None:
        """The header Mailboxes."""

    @property
    def outbound_proxy(self) -> str | None:
        """The header OutboundProxy."""

    @property
    def support_path(self) -> str | None:
        """The header SupportPath."""

    @property
    def qualify_timeout(self) -> str | None:
        """The header QualifyTimeout."""

    @property
    def qualify_2xx_only(self) -> str | None:
        """The header Qualify2xxOnly."""

    @property
    def voicemail_extension(self) -> str | None:
        """The header VoicemailExtension."""

    @property
    def contacts(self) -> str | None:
        """The header Contacts."""

class AorListComplete(View):
    """The event AorListComplete. Asterisk has it since 16."""

class AsyncAGI(View):
    """The event AsyncAGI. Asterisk 1.8 to 11 have it; its class is agi."""

    @property
    def sub_event(self) -> str | None:
        """The header SubEvent."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def env(self) -> str | None:
        """The header Env."""

    @property
    def result(self) -> str | None:
        """The header Result."""

    @property
    def command_id(self) -> str | None:
        """The header CommandID."""

class AsyncAGIEnd(View):
    """The event AsyncAGIEnd. Asterisk has it since 13; its class is agi."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

class AsyncAGIExec(View):
    """The event AsyncAGIExec. Asterisk has it since 13; its class is agi."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def command_id(self) -> str | None:
        """The header CommandID."""

    @property
    def result(self) -> str | None:
        """The header Result."""

class AsyncAGIStart(View):
    """The event AsyncAGIStart. Asterisk has it since 13; its class is agi."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def env(self) -> str | None:
        """The header Env."""

class AttendedTransfer(View):
    """The event AttendedTransfer. Asterisk has it since 13; its class is call."""

    @property
    def orig_transferer(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with OrigTransferer."""

    @property
    def orig_bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those that begin with Orig."""

    @property
    def second_transferer(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with SecondTransferer."""

    @property
    def second_bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those that begin with Second."""

    @property
    def local_one(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with LocalOne."""

    @property
    def local_two(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with LocalTwo."""

    @property
    def transferee(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Transferee."""

    @property
    def transfer_target(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with TransferTarget."""

    @property
    def result(self) -> str | None:
        """The header Result. Known values: Fail, Invalid, Not Permitted, Success."""

    @property
    def dest_type(self) -> str | None:
        """The header DestType. Known values: Bridge, App, Link, Threeway, Fail."""

    @property
    def dest_bridge_uniqueid(self) -> str | None:
        """The header DestBridgeUniqueid."""

    @property
    def dest_app(self) -> str | None:
        """The header DestApp."""

    @property
    def dest_transferer_channel(self) -> str | None:
        """The header DestTransfererChannel."""

    @property
    def is_external(self) -> bool | None:
        """The header IsExternal."""

class AuthDetail(View):
    """The event AuthDetail. Asterisk has it since 13."""

    @property
    def object_type(self) -> str | None:
        """The header ObjectType."""

    @property
    def object_name(self) -> str | None:
        """The header ObjectName."""

    @property
    def username(self) -> str | None:
        """The header Username."""

    @property
    def password(self) -> str | None:
        """The header Password."""

    @property
    def md5_cred(self) -> str | None:
        """The header Md5Cred."""

    @property
    def realm(self) -> str | None:
        """The header Realm."""

    @property
    def nonce_lifetime(self) -> str | None:
        """The header NonceLifetime."""

    @property
    def auth_type(self) -> str | None:
        """The header AuthType."""

    @property
    def endpoint_name(self) -> str | None:
        """The header EndpointName."""

    @property
    def oauth_clientid(self) -> str | None:
        """The header OauthClientid."""

    @property
    def oauth_secret(self) -> str | None:
        """The header OauthSecret."""

    @property
    def password_digest(self) -> str | None:
        """The header PasswordDigest."""

    @property
    def refresh_token(self) -> str | None:
        """The header RefreshToken."""

    @property
    def supported_algorithms_uac(self) -> str | None:
        """The header SupportedAlgorithmsUac."""

    @property
    def supported_algorithms_uas(self) -> str | None:
        """The header SupportedAlgorithmsUas."""

class AuthList(View):
    """The event AuthList. Asterisk has it since 16."""

    @property
    def object_type(self) -> str | None:
        """The header ObjectType."""

    @property
    def object_name(self) -> str | None:
        """The header ObjectName."""

    @property
    def username(self) -> str | None:
        """The header Username."""

    @property
    def md5_cred(self) -> str | None:
        """The header Md5Cred."""

    @property
    def realm(self) -> str | None:
        """The header Realm."""

    @property
    def auth_type(self) -> str | None:
        """The header AuthType."""

    @property
    def password(self) -> str | None:
        """The header Password."""

    @property
    def nonce_lifetime(self) -> str | None:
        """The header NonceLifetime."""

    @property
    def oauth_clientid(self) -> str | None:
        """The header OauthClientid."""

    @property
    def oauth_secret(self) -> str | None:
        """The header OauthSecret."""

    @property
    def password_digest(self) -> str | None:
        """The header PasswordDigest."""

    @property
    def refresh_token(self) -> str | None:
        """The header RefreshToken."""

    @property
    def supported_algorithms_uac(self) -> str | None:
        """The header SupportedAlgorithmsUac."""

    @property
    def supported_algorithms_uas(self) -> str | None:
        """The header SupportedAlgorithmsUas."""

class AuthListComplete(View):
    """The event AuthListComplete. Asterisk has it since 16."""

class AuthMethodNotAllowed(View):
    """The event AuthMethodNotAllowed. Asterisk has it since 13; its class is security."""

    @property
    def event_tv(self) -> datetime | None:
        """The header EventTV."""

    @property
    def severity(self) -> str | None:
        """The header Severity. Known values: Informational, Error."""

    @property
    def service(self) -> str | None:
        """The header Service."""

    @property
    def event_version(self) -> str | None:
        """The header EventVersion."""

    @property
    def account_id(self) -> str | None:
        """The header AccountID."""

    @property
    def session_id(self) -> str | None:
        """The header SessionID."""

    @property
    def local_address(self) -> str | None:
        """The header LocalAddress."""

    @property
    def remote_address(self) -> str | None:
        """The header RemoteAddress."""

    @property
    def auth_method(self) -> str | None:
        """The header AuthMethod."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def session_tv(self) -> datetime | None:
        """The header SessionTV."""

class BlindTransfer(View):
    """The event BlindTransfer. Asterisk has it since 13; its class is call."""

    @property
    def transferer(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Transferer."""

    @property
    def transferee(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Transferee."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

    @property
    def result(self) -> str | None:
        """The header Result. Known values: Fail, Invalid, Not Permitted, Success."""

    @property
    def is_external(self) -> bool | None:
        """The header IsExternal."""

    @property
    def context(self) -> str | None:
        """The header Context."""

    @property
    def extension(self) -> str | None:
        """The header Extension."""

class Bridge(View):
    """The event Bridge. Asterisk 1.8 to 11 have it; its class is call."""

    @property
    def bridgestate(self) -> str | None:
        """The header Bridgestate."""

    @property
    def bridgetype(self) -> str | None:
        """The header Bridgetype."""

    @property
    def channel1(self) -> str | None:
        """The header Channel1."""

    @property
    def channel2(self) -> str | None:
        """The header Channel2."""

    @property
    def uniqueid1(self) -> str | None:
        """The header Uniqueid1."""

    @property
    def uniqueid2(self) -> str | None:
        """The header Uniqueid2."""

    @property
    def caller_id1(self) -> str | None:
        """The header CallerID1."""

    @property
    def caller_id2(self) -> str | None:
        """The header CallerID2."""

class BridgeAction(View):
    """The event BridgeAction. Asterisk 1.8 to 11 have it; its class is call."""

    @property
    def response(self) -> str | None:
        """The header Response."""

    @property
    def channel1(self) -> str | None:
        """The header Channel1."""

    @property
    def channel2(self) -> str | None:
        """The header Channel2."""

class BridgeCreate(View):
    """The event BridgeCreate. Asterisk has it since 13; its class is call."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

class BridgeDestroy(View):
    """The event BridgeDestroy. Asterisk has it since 13; its class is call."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

class BridgeEnter(View):
    """The event BridgeEnter. Asterisk has it since 13; its class is call."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def swap_uniqueid(self) -> str | None:
        """The header SwapUniqueid."""

class BridgeExec(View):
    """The event BridgeExec. Asterisk 1.8 to 11 have it; its class is call."""

    @property
    def response(self) -> str | None:
        """The header Response."""

    @property
    def reason(self) -> str | None:
        """The header Reason."""

    @property
    def channel1(self) -> str | None:
        """The header Channel1."""

    @property
    def channel2(self) -> str | None:
        """The header Channel2."""

class BridgeInfoChannel(View):
    """The event BridgeInfoChannel. Asterisk has it since 13."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

class BridgeInfoComplete(View):
    """The event BridgeInfoComplete. Asterisk has it since 13."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

class BridgeLeave(View):
    """The event BridgeLeave. Asterisk has it since 13; its class is call."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

class BridgeListComplete(View):
    """The event BridgeListComplete. Asterisk has it since 13."""

class BridgeListItem(View):
    """The event BridgeListItem. Asterisk has it since 13."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

class BridgeMerge(View):
    """The event BridgeMerge. Asterisk has it since 13; its class is call."""

    @property
    def to_bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those that begin with To."""

    @property
    def from_bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those that begin with From."""

class BridgeTechnologyListComplete(View):
    """The event BridgeTechnologyListComplete. Asterisk has it since 13."""

class BridgeTechnologyListItem(View):
    """The event BridgeTechnologyListItem. Asterisk has it since 13."""

    @property
    def bridge_technology(self) -> str | None:
        """The header BridgeTechnology."""

    @property
    def bridge_type(self) -> str | None:
        """The header BridgeType."""

    @property
    def bridge_priority(self) -> int | None:
        """The header BridgePriority."""

    @property
    def bridge_suspended(self) -> str | None:
        """The header BridgeSuspended."""

class BridgeVideoSourceUpdate(View):
    """The event BridgeVideoSourceUpdate. Asterisk has it since 13; its class is call."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

    @property
    def bridge_previous_video_source(self) -> str | None:
        """The header BridgePreviousVideoSource."""

class CCAvailable(View):
    """The event CCAvailable. Asterisk has it since 1.8; its class is cc."""

    @property
    def core_id(self) -> int | None:
        """The header CoreID."""

    @property
    def callee(self) -> str | None:
        """The header Callee."""

    @property
    def service(self) -> str | None:
        """The header Service."""

class CCCallerRecalling(View):
    """The event CCCallerRecalling. Asterisk has it since 1.8; its class is cc."""

    @property
    def core_id(self) -> int | None:
        """The header CoreID."""

    @property
    def caller(self) -> str | None:
        """The header Caller."""

class CCCallerStartMonitoring(View):
    """The event CCCallerStartMonitoring. Asterisk has it since 1.8; its class is cc."""

    @property
    def core_id(self) -> int | None:
        """The header CoreID."""

    @property
    def caller(self) -> str | None:
        """The header Caller."""

class CCCallerStopMonitoring(View):
    """The event CCCallerStopMonitoring. Asterisk has it since 1.8; its class is cc."""

    @property
    def core_id(self) -> int | None:
        """The header CoreID."""

    @property
    def caller(self) -> str | None:
        """The header Caller."""

class CCFailure(View):
    """The event CCFailure. Asterisk has it since 1.8; its class is cc."""

    @property
    def core_id(self) -> int | None:
        """The header CoreID."""

    @property
    def caller(self) -> str | None:
        """The header Caller."""

    @property
    def reason(self) -> str | None:
        """The header Reason."""

class CCMonitorFailed(View):
    """The event CCMonitorFailed. Asterisk has it since 1.8; its class is cc."""

    @property
    def core_id(self) -> int | None:
        """The header CoreID."""

    @property
    def callee(self) -> str | None:
        """The header Callee."""

class CCOfferTimerStart(View):
    """The event CCOfferTimerStart. Asterisk has it since 1.8; its class is cc."""

    @property
    def core_id(self) -> int | None:
        """The header CoreID."""

    @property
    def caller(self) -> str | None:
        """The header Caller."""

    @property
    def expires(self) -> int | None:
        """The header Expires."""

class CCRecallComplete(View):
    """The event CCRecallComplete. Asterisk has it since 1.8; its class is cc."""

    @property
    def core_id(self) -> int | None:
        """The header CoreID."""

    @property
    def caller(self) -> str | None:
        """The header Caller."""

class CCRequestAcknowledged(View):
    """The event CCRequestAcknowledged. Asterisk has it since 1.8; its class is cc."""

    @property
    def core_id(self) -> int | None:
        """The header CoreID."""

    @property
    def caller(self) -> str | None:
        """The header Caller."""

class CCRequested(View):
    """The event CCRequested. Asterisk has it since 1.8; its class is cc."""

    @property
    def core_id(self) -> int | None:
        """The header CoreID."""

    @property
    def caller(self) -> str | None:
        """The header Caller."""

    @property
    def callee(self) -> str | None:
        """The header Callee."""

class Cdr(View):
    """The event Cdr. Asterisk has it since 1.8; its class is cdr."""

    @property
    def account_code(self) -> str | None:
        """The header AccountCode."""

    @property
    def source(self) -> str | None:
        """The header Source."""

    @property
    def destination(self) -> str | None:
        """The header Destination."""

    @property
    def destination_context(self) -> str | None:
        """The header DestinationContext."""

    @property
    def caller_id(self) -> str | None:
        """The header CallerID."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def destination_channel(self) -> str | None:
        """The header DestinationChannel."""

    @property
    def last_application(self) -> str | None:
        """The header LastApplication."""

    @property
    def last_data(self) -> str | None:
        """The header LastData."""

    @property
    def start_time(self) -> str | None:
        """The header StartTime."""

    @property
    def answer_time(self) -> str | None:
        """The header AnswerTime."""

    @property
    def end_time(self) -> str | None:
        """The header EndTime."""

    @property
    def duration(self) -> int | None:
        """The header Duration."""

    @property
    def billable_seconds(self) -> int | None:
        """The header BillableSeconds."""

    @property
    def disposition(self) -> str | None:
        """The header Disposition. Known values: NO ANSWER, FAILED, BUSY, ANSWERED, CONGESTION."""

    @property
    def ama_flags(self) -> str | None:
        """The header AMAFlags. Known values: OMIT, BILLING, DOCUMENTATION."""

    @property
    def unique_id(self) -> str | None:
        """The header UniqueID."""

    @property
    def user_field(self) -> str | None:
        """The header UserField."""

class CEL(View):
    """The event CEL. Asterisk has it since 1.8; its class is call."""

    @property
    def event_name(self) -> str | None:
        """The header EventName. Known values: CHAN_START, CHAN_END, ANSWER, HANGUP, BRIDGE_ENTER,
        BRIDGE_EXIT, APP_START, APP_END, PARK_START, PARK_END, BLINDTRANSFER, ATTENDEDTRANSFER, PICKUP,
        FORWARD, LINKEDID_END, LOCAL_OPTIMIZE, USER_DEFINED, LOCAL_OPTIMIZE_BEGIN, STREAM_BEGIN,
        STREAM_END, DTMF.
        """

    @property
    def account_code(self) -> str | None:
        """The header AccountCode."""

    @property
    def caller_id_num(self) -> str | None:
        """The header CallerIDnum."""

    @property
    def caller_id_name(self) -> str | None:
        """The header CallerIDname."""

    @property
    def caller_id_ani(self) -> str | None:
        """The header CallerIDani."""

    @property
    def caller_id_rdnis(self) -> str | None:
        """The header CallerIDrdnis."""

    @property
    def caller_id_dnid(self) -> str | None:
        """The header CallerIDdnid."""

    @property
    def exten(self) -> str | None:
        """The header Exten."""

    @property
    def context(self) -> str | None:
        """The header Context."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def application(self) -> str | None:
        """The header Application."""

    @property
    def app_data(self) -> str | None:
        """The header AppData."""

    @property
    def event_time(self) -> str | None:
        """The header EventTime."""

    @property
    def ama_flags(self) -> str | None:
        """The header AMAFlags. Known values: OMIT, BILLING, DOCUMENTATION."""

    @property
    def unique_id(self) -> str | None:
        """The header UniqueID."""

    @property
    def linked_id(self) -> str | None:
        """The header LinkedID."""

    @property
    def user_field(self) -> str | None:
        """The header UserField."""

    @property
    def peer(self) -> str | None:
        """The header Peer."""

    @property
    def peer_account(self) -> str | None:
        """The header PeerAccount."""

    @property
    def extra(self) -> str | None:
        """The header Extra."""

    @property
    def tenant_id(self) -> str | None:
        """The header TenantID."""

class ChallengeResponseFailed(View):
    """The event ChallengeResponseFailed. Asterisk has it since 13; its class is security."""

    @property
    def event_tv(self) -> datetime | None:
        """The header EventTV."""

    @property
    def severity(self) -> str | None:
        """The header Severity. Known values: Informational, Error."""

    @property
    def service(self) -> str | None:
        """The header Service."""

    @property
    def event_version(self) -> str | None:
        """The header EventVersion."""

    @property
    def account_id(self) -> str | None:
        """The header AccountID."""

    @property
    def session_id(self) -> str | None:
        """The header SessionID."""

    @property
    def local_address(self) -> str | None:
        """The header LocalAddress."""

    @property
    def remote_address(self) -> str | None:
        """The header RemoteAddress."""

    @property
    def challenge(self) -> str | None:
        """The header Challenge."""

    @property
    def response(self) -> str | None:
        """The header Response."""

    @property
    def expected_response(self) -> str | None:
        """The header ExpectedResponse."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def session_tv(self) -> datetime | None:
        """The header SessionTV."""

class ChallengeSent(View):
    """The event ChallengeSent. Asterisk has it since 13; its class is security."""

    @property
    def event_tv(self) -> datetime | None:
        """The header EventTV."""

    @property
    def severity(self) -> str | None:
        """The header Severity. Known values: Informational, Error."""

    @property
    def service(self) -> str | None:
        """The header Service."""

    @property
    def event_version(self) -> str | None:
        """The header EventVersion."""

    @property
    def account_id(self) -> str | None:
        """The header AccountID."""

    @property
    def session_id(self) -> str | None:
        """The header SessionID."""

    @property
    def local_address(self) -> str | None:
        """The header LocalAddress."""

    @property
    def remote_address(self) -> str | None:
        """The header RemoteAddress."""

    @property
    def challenge(self) -> str | None:
        """The header Challenge."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def session_tv(self) -> datetime | None:
        """The header SessionTV."""

class ChannelHungup(View):
    """The event ChannelHungup. Asterisk has it since 11."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

class ChannelReload(View):
    """The event ChannelReload. Asterisk 1.8 to 11 have it; its class is system."""

    @property
    def channel_type(self) -> str | None:
        """The header ChannelType."""

    @property
    def reload_reason(self) -> str | None:
        """The header ReloadReason."""

    @property
    def registry_count(self) -> int | None:
        """The header Registry_Count."""

    @property
    def peer_count(self) -> int | None:
        """The header Peer_Count."""

class ChannelsHungupListComplete(View):
    """The event ChannelsHungupListComplete. Asterisk has it since 11."""

class ChannelTalkingStart(View):
    """The event ChannelTalkingStart. Asterisk has it since 13; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

class ChannelTalkingStop(View):
    """The event ChannelTalkingStop. Asterisk has it since 13; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def duration(self) -> int | None:
        """The header Duration."""

class ChannelUpdate(View):
    """The event ChannelUpdate. Asterisk 1.8 to 11 have it; its class is system."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def channeltype(self) -> str | None:
        """The header Channeltype."""

    @property
    def call_ref(self) -> str | None:
        """The header CallRef."""

    @property
    def gtalk_sid(self) -> str | None:
        """The header Gtalk-SID."""

    @property
    def iax2_callno_local(self) -> str | None:
        """The header IAX2-callno-local."""

    @property
    def iax2_callno_remote(self) -> str | None:
        """The header IAX2-callno-remote."""

    @property
    def iax2_peer(self) -> str | None:
        """The header IAX2-peer."""

    @property
    def uniqueid(self) -> str | None:
        """The header Uniqueid."""

    @property
    def sip_callid(self) -> str | None:
        """The header SIPcallid."""

    @property
    def sip_full_contact(self) -> str | None:
        """The header SIPfullcontact."""

    @property
    def peername(self) -> str | None:
        """The header Peername."""

class ChanSpyStart(View):
    """The event ChanSpyStart. Asterisk has it since 1.8; its class is call."""

    @property
    def spyer(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Spyer."""

    @property
    def spyee(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Spyee."""

class ChanSpyStop(View):
    """The event ChanSpyStop. Asterisk has it since 1.8; its class is call."""

    @property
    def spyer(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Spyer."""

    @property
    def spyee(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Spyee."""

class ConfbridgeEnd(View):
    """The event ConfbridgeEnd. Asterisk has it since 11; its class is call."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

    @property
    def conference(self) -> str | None:
        """The header Conference."""

class ConfbridgeJoin(View):
    """The event ConfbridgeJoin. Asterisk has it since 11; its class is call."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def conference(self) -> str | None:
        """The header Conference."""

    @property
    def admin(self) -> bool | None:
        """The header Admin."""

    @property
    def muted(self) -> bool | None:
        """The header Muted."""

class ConfbridgeLeave(View):
    """The event ConfbridgeLeave. Asterisk has it since 11; its class is call."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def conference(self) -> str | None:
        """The header Conference."""

    @property
    def admin(self) -> bool | None:
        """The header Admin."""

class ConfbridgeList(View):
    """The event ConfbridgeList. Asterisk has it since 11; its class is reporting."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def admin(self) -> bool | None:
        """The header Admin."""

    @property
    def marked_user(self) -> bool | None:
        """The header MarkedUser."""

    @property
    def muted(self) -> bool | None:
        """The header Muted."""

    @property
    def conference(self) -> str | None:
        """The header Conference."""

    @property
    def wait_marked(self) -> bool | None:
        """The header WaitMarked."""

    @property
    def end_marked(self) -> bool | None:
        """The header EndMarked."""

    @property
    def waiting(self) -> bool | None:
        """The header Waiting."""

    @property
    def talking(self) -> bool | None:
        """The header Talking."""

    @property
    def answered_time(self) -> int | None:
        """The header AnsweredTime."""

    @property
    def end_marked_any(self) -> bool | None:
        """The header EndMarkedAny."""

class ConfbridgeListComplete(View):
    """The event ConfbridgeListComplete. Asterisk has it since 11."""

class ConfbridgeListRooms(View):
    """The event ConfbridgeListRooms. Asterisk has it since 11; its class is reporting."""

    @property
    def parties(self) -> int | None:
        """The header Parties."""

    @property
    def marked(self) -> int | None:
        """The header Marked."""

    @property
    def locked(self) -> bool | None:
        """The header Locked."""

    @property
    def muted(self) -> bool | None:
        """The header Muted."""

    @property
    def conference(self) -> str | None:
        """The header Conference."""

class ConfbridgeListRoomsComplete(View):
    """The event ConfbridgeListRoomsComplete. Asterisk has it since 11."""

class ConfbridgeMute(View):
    """The event ConfbridgeMute. Asterisk has it since 13; its class is call."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def conference(self) -> str | None:
        """The header Conference."""

    @property
    def admin(self) -> bool | None:
        """The header Admin."""

class ConfbridgeRecord(View):
    """The event ConfbridgeRecord. Asterisk has it since 13; its class is call."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

    @property
    def conference(self) -> str | None:
        """The header Conference."""

class ConfbridgeStart(View):
    """The event ConfbridgeStart. Asterisk has it since 11; its class is call."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

    @property
    def conference(self) -> str | None:
        """The header Conference."""

class ConfbridgeStopRecord(View):
    """The event ConfbridgeStopRecord. Asterisk has it since 13; its class is call."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

    @property
    def conference(self) -> str | None:
        """The header Conference."""

class ConfbridgeTalking(View):
    """The event ConfbridgeTalking. Asterisk has it since 11; its class is call."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def conference(self) -> str | None:
        """The header Conference."""

    @property
    def talking_status(self) -> bool | None:
        """The header TalkingStatus."""

    @property
    def admin(self) -> bool | None:
        """The header Admin."""

class ConfbridgeUnmute(View):
    """The event ConfbridgeUnmute. Asterisk has it since 13; its class is call."""

    @property
    def bridge(self) -> BridgeHeaders:
        """The headers of a bridge: those without a prefix."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def conference(self) -> str | None:
        """The header Conference."""

    @property
    def admin(self) -> bool | None:
        """The header Admin."""

class ContactList(View):
    """The event ContactList. Asterisk has it since 16."""

    @property
    def object_type(self) -> str | None:
        """The header ObjectType."""

    @property
    def object_name(self) -> str | None:
        """The header ObjectName."""

    @property
    def via_addr(self) -> str | None:
        """The header ViaAddr."""

    @property
    def via_port(self) -> str | None:
        """The header ViaPort."""

    @property
    def qualify_timeout(self) -> str | None:
        """The header QualifyTimeout."""

    @property
    def call_id(self) -> str | None:
        """The header CallId."""

    @property
    def reg_server(self) -> str | None:
        """The header RegServer."""

    @property
    def prune_on_boot(self) -> str | None:
        """The header PruneOnBoot."""

    @property
    def path(self) -> str | None:
        """The header Path."""

    @property
    def endpoint(self) -> str | None:
        """The header Endpoint."""

    @property
    def authenticate_qualify(self) -> str | None:
        """The header AuthenticateQualify."""

    @property
    def uri(self) -> str | None:
        """The header Uri."""

    @property
    def qualify_frequency(self) -> str | None:
        """The header QualifyFrequency."""

    @property
    def user_agent(self) -> str | None:
        """The header UserAgent."""

    @property
    def expiration_time(self) -> str | None:
        """The header ExpirationTime."""

    @property
    def outbound_proxy(self) -> str | None:
        """The header OutboundProxy."""

    @property
    def status(self) -> str | None:
        """The header Status. Known values: Reachable, Unreachable, NonQualified, Unknown."""

    @property
    def roundtrip_usec(self) -> int | None:
        """The header RoundtripUsec."""

    @property
    def qualify_2xx_only(self) -> str | None:
        """The header Qualify2xxOnly."""

class ContactListComplete(View):
    """The event ContactListComplete. Asterisk has it since 16."""

class ContactStatus(View):
    """The event ContactStatus. Asterisk has it since 13; its class is system."""

    @property
    def uri(self) -> str | None:
        """The header URI."""

    @property
    def contact_status(self) -> str | None:
        """The header ContactStatus. Known values: Unknown, Unreachable, Reachable, Created, Removed,
        Updated, Unqualified.
        """

    @property
    def aor(self) -> str | None:
        """The header AOR."""

    @property
    def endpoint_name(self) -> str | None:
        """The header EndpointName."""

    @property
    def roundtrip_usec(self) -> int | None:
        """The header RoundtripUsec."""

class ContactStatusDetail(View):
    """The event ContactStatusDetail. Asterisk has it since 13."""

    @property
    def aor(self) -> str | None:
        """The header AOR."""

    @property
    def uri(self) -> str | None:
        """The header URI."""

    @property
    def status(self) -> str | None:
        """The header Status. Known values: Reachable, Unreachable, NonQualified, Unknown."""

    @property
    def roundtrip_usec(self) -> int | None:
        """The header RoundtripUsec."""

    @property
    def endpoint_name(self) -> str | None:
        """The header EndpointName."""

    @property
    def user_agent(self) -> str | None:
        """The header UserAgent."""

    @property
    def reg_expire(self) -> str | None:
        """The header RegExpire."""

    @property
    def via_address(self) -> str | None:
        """The header ViaAddress."""

    @property
    def call_id(self) -> str | None:
        """The header CallID."""

    @property
    def id(self) -> str | None:
        """The header ID."""

    @property
    def authenticate_qualify(self) -> str | None:
        """The header AuthenticateQualify."""

    @property
    def outbound_proxy(self) -> str | None:
        """The header OutboundProxy."""

    @property
    def path(self) -> str | None:
        """The header Path."""

    @property
    def qualify_frequency(self) -> str | None:
        """The header QualifyFrequency."""

    @property
    def qualify_timeout(self) -> str | None:
        """The header QualifyTimeout."""

    @property
    def qualify_2xx_only(self) -> str | None:
        """The header Qualify2xxOnly."""

class ContactStatusDetailComplete(View):
    """The event ContactStatusDetailComplete. Asterisk has it since 13."""

class CoreShowChannel(View):
    """The event CoreShowChannel. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def extension(self) -> str | None:
        """The header Extension."""

    @property
    def application(self) -> str | None:
        """The header Application."""

    @property
    def application_data(self) -> str | None:
        """The header ApplicationData."""

    @property
    def duration(self) -> str | None:
        """The header Duration."""

    @property
    def bridged_channel(self) -> str | None:
        """The header BridgedChannel."""

    @property
    def bridged_unique_id(self) -> str | None:
        """The header BridgedUniqueID."""

    @property
    def bridge_id(self) -> str | None:
        """The header BridgeId."""

class CoreShowChannelMap(View):
    """The event CoreShowChannelMap. Asterisk has it since 18."""

    @property
    def connected_channel(self) -> str | None:
        """The header ConnectedChannel."""

class CoreShowChannelMapComplete(View):
    """The event CoreShowChannelMapComplete. Asterisk has it since 18; its class is call."""

class CoreShowChannelsComplete(View):
    """The event CoreShowChannelsComplete. Asterisk has it since 1.8; its class is call."""

class DAHDIChannel(View):
    """The event DAHDIChannel. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def dahdi_span(self) -> int | None:
        """The header DAHDISpan."""

    @property
    def dahdi_channel(self) -> str | None:
        """The header DAHDIChannel."""

    @property
    def dahdi_group(self) -> str | None:
        """The header DAHDIGroup."""

class DAHDIShowChannels(View):
    """The event DAHDIShowChannels. Asterisk has it since 1.8."""

    @property
    def dahdi_channel(self) -> str | None:
        """The header DAHDIChannel."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def uniqueid(self) -> str | None:
        """The header Uniqueid."""

    @property
    def account_code(self) -> str | None:
        """The header AccountCode."""

    @property
    def signalling(self) -> str | None:
        """The header Signalling."""

    @property
    def signalling_code(self) -> int | None:
        """The header SignallingCode."""

    @property
    def context(self) -> str | None:
        """The header Context."""

    @property
    def dnd(self) -> str | None:
        """The header DND."""

    @property
    def alarm(self) -> str | None:
        """The header Alarm."""

    @property
    def description(self) -> str | None:
        """The header Description."""

class DAHDIShowChannelsComplete(View):
    """The event DAHDIShowChannelsComplete. Asterisk has it since 1.8."""

class DAHDIShowStatus(View):
    """The event DAHDIShowStatus. Asterisk has it since 18."""

    @property
    def span(self) -> int | None:
        """The header Span."""

    @property
    def description(self) -> str | None:
        """The header Description."""

    @property
    def alarms(self) -> str | None:
        """The header Alarms."""

    @property
    def irq(self) -> int | None:
        """The header IRQ."""

    @property
    def bpviol(self) -> int | None:
        """The header bpviol."""

    @property
    def crc(self) -> str | None:
        """The header CRC."""

    @property
    def framing(self) -> str | None:
        """The header Framing."""

    @property
    def coding(self) -> str | None:
        """The header Coding."""

    @property
    def options(self) -> str | None:
        """The header Options."""

    @property
    def lbo(self) -> str | None:
        """The header LBO."""

class DAHDIShowStatusComplete(View):
    """The event DAHDIShowStatusComplete. Asterisk has it since 18."""

class DataGetTree(View):
    """The event DataGet Tree. Asterisk 1.8 to 13 have it."""

class DBGetComplete(View):
    """The event DBGetComplete. Asterisk has it since 1.8."""

class DBGetResponse(View):
    """The event DBGetResponse. Asterisk has it since 1.8."""

    @property
    def family(self) -> str | None:
        """The header Family."""

    @property
    def key(self) -> str | None:
        """The header Key."""

    @property
    def val(self) -> str | None:
        """The header Val."""

class DBGetTreeComplete(View):
    """The event DBGetTreeComplete. Asterisk has it since 16."""

class DBGetTreeResponse(View):
    """The event DBGetTreeResponse. Asterisk has it since 16."""

    @property
    def key(self) -> str | None:
        """The header Key."""

    @property
    def val(self) -> str | None:
        """The header Val."""

class DeadlockStart(View):
    """The event DeadlockStart. Asterisk has it since 16; its class is system."""

    @property
    def mutex(self) -> str | None:
        """The header Mutex."""

class DeviceEntry(View):
    """The event DeviceEntry. Asterisk 1.8 to 20 have it."""

    @property
    def object_name(self) -> str | None:
        """The header ObjectName."""

    @property
    def channel_object_type(self) -> str | None:
        """The header ChannelObjectType."""

    @property
    def device_id(self) -> str | None:
        """The header DeviceId."""

    @property
    def ip_address(self) -> str | None:
        """The header IPaddress."""

    @property
    def type_(self) -> str | None:
        """The header Type."""

    @property
    def devicestatus(self) -> str | None:
        """The header Devicestatus."""

    @property
    def number_of_lines(self) -> int | None:
        """The header NumberOfLines."""

class DevicelistComplete(View):
    """The event DevicelistComplete. Asterisk 1.8 to 20 have it."""

class DeviceStateChange(View):
    """The event DeviceStateChange. Asterisk has it since 13; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def state(self) -> str | None:
        """The header State."""

class DeviceStateListComplete(View):
    """The event DeviceStateListComplete. Asterisk has it since 13."""

class Dial(View):
    """The event Dial. Asterisk 1.8 to 11 have it; its class is call."""

    @property
    def sub_event(self) -> str | None:
        """The header SubEvent."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def destination(self) -> str | None:
        """The header Destination."""

    @property
    def caller_id_num(self) -> str | None:
        """The header CallerIDNum."""

    @property
    def caller_id_name(self) -> str | None:
        """The header CallerIDName."""

    @property
    def connected_line_num(self) -> str | None:
        """The header ConnectedLineNum."""

    @property
    def connected_line_name(self) -> str | None:
        """The header ConnectedLineName."""

    @property
    def unique_id(self) -> str | None:
        """The header UniqueID."""

    @property
    def dest_unique_id(self) -> str | None:
        """The header DestUniqueID."""

    @property
    def dialstring(self) -> str | None:
        """The header Dialstring."""

    @property
    def dial_status(self) -> str | None:
        """The header DialStatus."""

class DialBegin(View):
    """The event DialBegin. Asterisk has it since 13; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def dest(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Dest."""

    @property
    def dial_string(self) -> str | None:
        """The header DialString."""

class DialEnd(View):
    """The event DialEnd. Asterisk has it since 13; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def dest(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Dest."""

    @property
    def dial_status(self) -> str | None:
        """The header DialStatus. Known values: ABORT, ANSWER, BUSY, CANCEL, CHANUNAVAIL, CONGESTION,
        CONTINUE, GOTO, NOANSWER.
        """

    @property
    def forward(self) -> str | None:
        """The header Forward."""

class DialState(View):
    """The event DialState. Asterisk has it since 16; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def dest(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Dest."""

    @property
    def dial_status(self) -> str | None:
        """The header DialStatus. Known values: RINGING, PROCEEDING, PROGRESS."""

    @property
    def forward(self) -> str | None:
        """The header Forward."""

class DNDState(View):
    """The event DNDState. Asterisk has it since 1.8; its class is system."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def status(self) -> bool | None:
        """The header Status."""

    @property
    def dahdi_channel(self) -> str | None:
        """The header DAHDIChannel."""

class DongleCallStateChange(View):
    """The event DongleCallStateChange. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def call_idx(self) -> str | None:
        """The header CallIdx."""

    @property
    def new_state(self) -> str | None:
        """The header NewState."""

class DongleCEND(View):
    """The event DongleCEND. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def call_idx(self) -> str | None:
        """The header CallIdx."""

    @property
    def duration(self) -> int | None:
        """The header Duration."""

    @property
    def end_status(self) -> str | None:
        """The header EndStatus."""

    @property
    def cc_cause(self) -> str | None:
        """The header CCCause."""

class DongleDeviceEntry(View):
    """The event DongleDeviceEntry. Asterisk has it since 1.8."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def audio_setting(self) -> str | None:
        """The header AudioSetting."""

    @property
    def data_setting(self) -> str | None:
        """The header DataSetting."""

    @property
    def imei_setting(self) -> str | None:
        """The header IMEISetting."""

    @property
    def imsi_setting(self) -> str | None:
        """The header IMSISetting."""

    @property
    def channel_language(self) -> str | None:
        """The header ChannelLanguage."""

    @property
    def context(self) -> str | None:
        """The header Context."""

    @property
    def exten(self) -> str | None:
        """The header Exten."""

    @property
    def group(self) -> str | None:
        """The header Group."""

    @property
    def rx_gain(self) -> str | None:
        """The header RXGain."""

    @property
    def tx_gain(self) -> str | None:
        """The header TXGain."""

    @property
    def u2_diag(self) -> str | None:
        """The header U2DIAG."""

    @property
    def use_calling_pres(self) -> str | None:
        """The header UseCallingPres."""

    @property
    def default_calling_pres(self) -> str | None:
        """The header DefaultCallingPres."""

    @property
    def auto_delete_sms(self) -> str | None:
        """The header AutoDeleteSMS."""

    @property
    def disable_sms(self) -> str | None:
        """The header DisableSMS."""

    @property
    def reset_dongle(self) -> str | None:
        """The header ResetDongle."""

    @property
    def smspdu(self) -> str | None:
        """The header SMSPDU."""

    @property
    def call_waiting_setting(self) -> str | None:
        """The header CallWaitingSetting."""

    @property
    def dtmf(self) -> str | None:
        """The header DTMF."""

    @property
    def minimal_dtmf_gap(self) -> str | None:
        """The header MinimalDTMFGap."""

    @property
    def minimal_dtmf_duration(self) -> str | None:
        """The header MinimalDTMFDuration."""

    @property
    def minimal_dtmf_interval(self) -> str | None:
        """The header MinimalDTMFInterval."""

    @property
    def state(self) -> str | None:
        """The header State."""

    @property
    def audio_state(self) -> str | None:
        """The header AudioState."""

    @property
    def data_state(self) -> str | None:
        """The header DataState."""

    @property
    def voice(self) -> str | None:
        """The header Voice."""

    @property
    def sms(self) -> str | None:
        """The header SMS."""

    @property
    def manufacturer(self) -> str | None:
        """The header Manufacturer."""

    @property
    def model(self) -> str | None:
        """The header Model."""

    @property
    def firmware(self) -> str | None:
        """The header Firmware."""

    @property
    def imei_state(self) -> str | None:
        """The header IMEIState."""

    @property
    def imsi_state(self) -> str | None:
        """The header IMSIState."""

    @property
    def gsm_registration_status(self) -> str | None:
        """The header GSMRegistrationStatus."""

    @property
    def rssi(self) -> str | None:
        """The header RSSI."""

    @property
    def mode(self) -> str | None:
        """The header Mode."""

    @property
    def submode(self) -> str | None:
        """The header Submode."""

    @property
    def provider_name(self) -> str | None:
        """The header ProviderName."""

    @property
    def location_area_code(self) -> str | None:
        """The header LocationAreaCode."""

    @property
    def cell_id(self) -> str | None:
        """The header CellID."""

    @property
    def subscriber_number(self) -> str | None:
        """The header SubscriberNumber."""

    @property
    def sms_service_center(self) -> str | None:
        """The header SMSServiceCenter."""

    @property
    def use_ucs2_encoding(self) -> str | None:
        """The header UseUCS2Encoding."""

    @property
    def ussd_use7_bit_encoding(self) -> str | None:
        """The header USSDUse7BitEncoding."""

    @property
    def ussd_use_ucs2_decoding(self) -> str | None:
        """The header USSDUseUCS2Decoding."""

    @property
    def tasks_in_queue(self) -> str | None:
        """The header TasksInQueue."""

    @property
    def commands_in_queue(self) -> str | None:
        """The header CommandsInQueue."""

    @property
    def call_waiting_state(self) -> str | None:
        """The header CallWaitingState."""

    @property
    def current_device_state(self) -> str | None:
        """The header CurrentDeviceState."""

    @property
    def desired_device_state(self) -> str | None:
        """The header DesiredDeviceState."""

    @property
    def calls_channels(self) -> str | None:
        """The header CallsChannels."""

    @property
    def active(self) -> str | None:
        """The header Active."""

    @property
    def held(self) -> str | None:
        """The header Held."""

    @property
    def dialing(self) -> str | None:
        """The header Dialing."""

    @property
    def alerting(self) -> str | None:
        """The header Alerting."""

    @property
    def incoming(self) -> str | None:
        """The header Incoming."""

    @property
    def waiting(self) -> str | None:
        """The header Waiting."""

    @property
    def releasing(self) -> str | None:
        """The header Releasing."""

    @property
    def initializing(self) -> str | None:
        """The header Initializing."""

class DongleNewCMGR(View):
    """The event DongleNewCMGR. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def message(self) -> str | None:
        """The header Message."""

class DongleNewCUSD(View):
    """The event DongleNewCUSD. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def message(self) -> str | None:
        """The header Message."""

class DongleNewSMS(View):
    """The event DongleNewSMS. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def from_(self) -> str | None:
        """The header From."""

    @property
    def line_count(self) -> int | None:
        """The header LineCount."""

    @property
    def message_line0(self) -> str | None:
        """The header MessageLine0."""

class DongleNewSMSBase64(View):
    """The event DongleNewSMSBase64. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def from_(self) -> str | None:
        """The header From."""

    @property
    def message(self) -> str | None:
        """The header Message."""

class DongleNewUSSD(View):
    """The event DongleNewUSSD. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def line_count(self) -> int | None:
        """The header LineCount."""

    @property
    def message_line0(self) -> str | None:
        """The header MessageLine0."""

class DongleNewUSSDBase64(View):
    """The event DongleNewUSSDBase64. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def message(self) -> str | None:
        """The header Message."""

class DonglePortFail(View):
    """The event DonglePortFail. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def message(self) -> str | None:
        """The header Message."""

    @property
    def error_code(self) -> str | None:
        """The header ErrorCode."""

class DongleReport(View):
    """The event DongleReport. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def payload(self) -> str | None:
        """The header Payload."""

    @property
    def scts(self) -> str | None:
        """The header SCTS."""

    @property
    def dt(self) -> str | None:
        """The header DT."""

    @property
    def success(self) -> bool | None:
        """The header Success."""

    @property
    def type_(self) -> int | None:
        """The header Type."""

    @property
    def report(self) -> str | None:
        """The header Report."""

class DongleShowDevicesComplete(View):
    """The event DongleShowDevicesComplete. Asterisk has it since 1.8."""

class DongleSMSStatus(View):
    """The event DongleSMSStatus. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def id(self) -> str | None:
        """The header ID."""

    @property
    def status(self) -> str | None:
        """The header Status. Known values: Sent, NotSent."""

    @property
    def foreign_id(self) -> str | None:
        """The header ForeignID."""

class DongleStatus(View):
    """The event DongleStatus. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def status(self) -> str | None:
        """The header Status. Known values: Connect, Disconnect, Initialize, Register, Unregister, Used,
        Free.
        """

class DongleUSSDStatus(View):
    """The event DongleUSSDStatus. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def id(self) -> str | None:
        """The header ID."""

    @property
    def status(self) -> str | None:
        """The header Status. Known values: Sent, NotSent."""

class DTMF(View):
    """The event DTMF. Asterisk 1.8 to 11 have it; its class is dtmf."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def uniqueid(self) -> str | None:
        """The header Uniqueid."""

    @property
    def digit(self) -> str | None:
        """The header Digit."""

    @property
    def direction(self) -> str | None:
        """The header Direction."""

    @property
    def begin(self) -> str | None:
        """The header Begin."""

    @property
    def end(self) -> str | None:
        """The header End."""

class DTMFBegin(View):
    """The event DTMFBegin. Asterisk has it since 13; its class is dtmf."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def direction(self) -> str | None:
        """The header Direction. Known values: Received, Sent."""

    @property
    def digit(self) -> str | None:
        """The header Digit."""

class DTMFEnd(View):
    """The event DTMFEnd. Asterisk has it since 13; its class is dtmf."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def duration_ms(self) -> int | None:
        """The header DurationMs."""

    @property
    def direction(self) -> str | None:
        """The header Direction. Known values: Received, Sent."""

    @property
    def digit(self) -> str | None:
        """The header Digit."""

class EndpointDetail(View):
    """The event EndpointDetail. Asterisk has it since 13."""

    @property
    def object_type(self) -> str | None:
        """The header ObjectType."""

    @property
    def object_name(self) -> str | None:
        """The header ObjectName."""

    @property
    def context(self) -> str | None:
        """The header Context."""

    @property
    def disallow(self) -> str | None:
        """The header Disallow."""

    @property
    def allow(self) -> str | None:
        """The header Allow."""

    @property
    def dtmf_mode(self) -> str | None:
        """The header DtmfMode."""

    @property
    def rtp_ipv6(self) -> str | None:
        """The header RtpIpv6."""

    @property
    def rtp_symmetric(self) -> str | None:
        """The header RtpSymmetric."""

    @property
    def ice_support(self) -> str | None:
        """The header IceSupport."""

    @property
    def use_ptime(self) -> str | None:
        """The header UsePtime."""

    @property
    def force_rport(self) -> str | None:
        """The header ForceRport."""

    @property
    def rewrite_contact(self) -> str | None:
        """The header RewriteContact."""

    @property
    def transport(self) -> str | None:
        """The header Transport."""

    @property
    def outbound_proxy(self) -> str | None:
        """The header OutboundProxy."""

    @property
    def moh_suggest(self) -> str | None:
        """The header MohSuggest."""

    @property
    def rel100(self) -> str | None:
        """The header 100rel."""

    @property
    def timers(self) -> str | None:
        """The header Timers."""

    @property
    def timers_min_se(self) -> str | None:
        """The header TimersMinSe."""

    @property
    def timers_sess_expires(self) -> str | None:
        """The header TimersSessExpires."""

    @property
    def auth(self) -> str | None:
        """The header Auth."""

    @property
    def outbound_auth(self) -> str | None:
        """The header OutboundAuth."""

    @property
    def aors(self) -> str | None:
        """The header Aors."""

    @property
    def media_address(self) -> str | None:
        """The header MediaAddress."""

    @property
    def identify_by(self) -> str | None:
        """The header IdentifyBy."""

    @property
    def direct_media(self) -> str | None:
        """The header DirectMedia."""

    @property
    def direct_media_method(self) -> str | None:
        """The header DirectMediaMethod."""

    @property
    def trust_connected_line(self) -> str | None:
        """The header TrustConnectedLine."""

    @property
    def send_connected_line(self) -> str | None:
        """The header SendConnectedLine."""

    @property
    def connected_line_method(self) -> str | None:
        """The header ConnectedLineMethod."""

    @property
    def direct_media_glare_mitigation(self) -> str | None:
        """The header DirectMediaGlareMitigation."""

    @property
    def disable_direct_media_on_nat(self) -> str | None:
        """The header DisableDirectMediaOnNat."""

    @property
    def callerid(self) -> str | None:
        """The header Callerid."""

    @property
    def callerid_privacy(self) -> str | None:
        """The header CalleridPrivacy."""

    @property
    def callerid_tag(self) -> str | None:
        """The header CalleridTag."""

    @property
    def trust_id_inbound(self) -> str | None:
        """The header TrustIdInbound."""

    @property
    def trust_id_outbound(self) -> str | None:
        """The header TrustIdOutbound."""

    @property
    def send_pai(self) -> str | None:
        """The header SendPai."""

    @property
    def send_rpid(self) -> str | None:
        """The header SendRpid."""

    @property
    def send_diversion(self) -> str | None:
        """The header SendDiversion."""

    @property
    def mailboxes(self) -> str | None:
        """The header Mailboxes."""

    @property
    def aggregate_mwi(self) -> str | None:
        """The header AggregateMwi."""

    @property
    def media_encryption(self) -> str | None:
        """The header MediaEncryption."""

    @property
    def media_encryption_optimistic(self) -> str | None:
        """The header MediaEncryptionOptimistic."""

    @property
    def use_avpf(self) -> str | None:
        """The header UseAvpf."""

    @property
    def force_avp(self) -> str | None:
        """The header ForceAvp."""

    @property
    def media_use_received_transport(self) -> str | None:
        """The header MediaUseReceivedTransport."""

    @property
    def one_touch_recording(self) -> str | None:
        """The header OneTouchRecording."""

    @property
    def inband_progress(self) -> str | None:
        """The header InbandProgress."""

    @property
    def call_group(self) -> int | None:
        """The header CallGroup."""

    @property
    def pickup_group(self) -> int | None:
        """The header PickupGroup."""

    @property
    def named_call_group(self) -> str | None:
        """The header NamedCallGroup."""

    @property
    def named_pickup_group(self) -> str | None:
        """The header NamedPickupGroup."""

    @property
    def device_state_busy_at(self) -> str | None:
        """The header DeviceStateBusyAt."""

    @property
    def t38_udptl(self) -> str | None:
        """The header T38Udptl."""

    @property
    def t38_udptl_ec(self) -> str | None:
        """The header T38UdptlEc."""

    @property
    def t38_udptl_maxdatagram(self) -> str | None:
        """The header T38UdptlMaxdatagram."""

    @property
    def fax_detect(self) -> str | None:
        """The header FaxDetect."""

    @property
    def t38_udptl_nat(self) -> str | None:
        """The header T38UdptlNat."""

    @property
    def t38_udptl_ipv6(self) -> str | None:
        """The header T38UdptlIpv6."""

    @property
    def tone_zone(self) -> str | None:
        """The header ToneZone."""

    @property
    def language(self) -> str | None:
        """The header Language."""

    @property
    def record_on_feature(self) -> str | None:
        """The header RecordOnFeature."""

    @property
    def record_off_feature(self) -> str | None:
        """The header RecordOffFeature."""

    @property
    def allow_transfer(self) -> str | None:
        """The header AllowTransfer."""

    @property
    def user_eq_phone(self) -> str | None:
        """The header UserEqPhone."""

    @property
    def moh_passthrough(self) -> str | None:
        """The header MohPassthrough."""

    @property
    def sdp_owner(self) -> str | None:
        """The header SdpOwner."""

    @property
    def sdp_session(self) -> str | None:
        """The header SdpSession."""

    @property
    def tos_audio(self) -> str | None:
        """The header TosAudio."""

    @property
    def tos_video(self) -> str | None:
        """The header TosVideo."""

    @property
    def cos_audio(self) -> str | None:
        """The header CosAudio."""

    @property
    def cos_video(self) -> str | None:
        """The header CosVideo."""

    @property
    def allow_subscribe(self) -> str | None:
        """The header AllowSubscribe."""

    @property
    def sub_min_expiry(self) -> str | None:
        """The header SubMinExpiry."""

    @property
    def from_user(self) -> str | None:
        """The header FromUser."""

    @property
    def from_domain(self) -> str | None:
        """The header FromDomain."""

    @property
    def mwi_from_user(self) -> str | None:
        """The header MwiFromUser."""

    @property
    def rtp_engine(self) -> str | None:
        """The header RtpEngine."""

    @property
    def dtls_verify(self) -> str | None:
        """The header DtlsVerify."""

    @property
    def dtls_rekey(self) -> str | None:
        """The header DtlsRekey."""

    @property
    def dtls_cert_file(self) -> str | None:
        """The header DtlsCertFile."""

    @property
    def dtls_private_key(self) -> str | None:
        """The header DtlsPrivateKey."""

    @property
    def dtls_cipher(self) -> str | None:
        """The header DtlsCipher."""

    @property
    def dtls_ca_file(self) -> str | None:
        """The header DtlsCaFile."""

    @property
    def dtls_ca_path(self) -> str | None:
        """The header DtlsCaPath."""

    @property
    def dtls_setup(self) -> str | None:
        """The header DtlsSetup."""

    @property
    def srtp_tag32(self) -> str | None:
        """The header SrtpTag32."""

    @property
    def redirect_method(self) -> str | None:
        """The header RedirectMethod."""

    @property
    def set_var(self) -> str | None:
        """The header SetVar."""

    @property
    def message_context(self) -> str | None:
        """The header MessageContext."""

    @property
    def accountcode(self) -> str | None:
        """The header Accountcode."""

    @property
    def device_state(self) -> str | None:
        """The header DeviceState."""

    @property
    def active_channels(self) -> str | None:
        """The header ActiveChannels."""

    @property
    def subscribe_context(self) -> str | None:
        """The header SubscribeContext."""

    @property
    def allow_overlap(self) -> str | None:
        """The header AllowOverlap."""

    @property
    def t38_bind_udptl_to_media_address(self) -> str | None:
        """The header T38BindUdptlToMediaAddress."""

    @property
    def preferred_codec_only(self) -> str | None:
        """The header PreferredCodecOnly."""

    @property
    def overlap_context(self) -> str | None:
        """The header OverlapContext."""

    @property
    def accept_multiple_sdp_answers(self) -> str | None:
        """The header AcceptMultipleSdpAnswers."""

    @property
    def acl(self) -> str | None:
        """The header Acl."""

    @property
    def allow_unauthenticated_options(self) -> str | None:
        """The header AllowUnauthenticatedOptions."""

    @property
    def asymmetric_rtp_codec(self) -> str | None:
        """The header AsymmetricRtpCodec."""

    @property
    def bind_rtp_to_media_address(self) -> str | None:
        """The header BindRtpToMediaAddress."""

    @property
    def bundle(self) -> str | None:
        """The header Bundle."""

    @property
    def codec_prefs_incoming_answer(self) -> str | None:
        """The header CodecPrefsIncomingAnswer."""

    @property
    def codec_prefs_incoming_offer(self) -> str | None:
        """The header CodecPrefsIncomingOffer."""

    @property
    def codec_prefs_outgoing_answer(self) -> str | None:
        """The header CodecPrefsOutgoingAnswer."""

    @property
    def codec_prefs_outgoing_offer(self) -> str | None:
        """The header CodecPrefsOutgoingOffer."""

    @property
    def contact_acl(self) -> str | None:
        """The header ContactAcl."""

    @property
    def dtls_auto_generate_cert(self) -> str | None:
        """The header DtlsAutoGenerateCert."""

    @property
    def dtls_fingerprint(self) -> str | None:
        """The header DtlsFingerprint."""

    @property
    def fax_detect_timeout(self) -> str | None:
        """The header FaxDetectTimeout."""

    @property
    def follow_early_media_fork(self) -> str | None:
        """The header FollowEarlyMediaFork."""

    @property
    def g726_non_standard(self) -> str | None:
        """The header G726NonStandard."""

    @property
    def geoloc_incoming_call_profile(self) -> str | None:
        """The header GeolocIncomingCallProfile."""

    @property
    def geoloc_outgoing_call_profile(self) -> str | None:
        """The header GeolocOutgoingCallProfile."""

    @property
    def ignore_183_without_sdp(self) -> str | None:
        """The header Ignore183WithoutSdp."""

    @property
    def incoming_call_offer_pref(self) -> str | None:
        """The header IncomingCallOfferPref."""

    @property
    def incoming_mwi_mailbox(self) -> str | None:
        """The header IncomingMwiMailbox."""

    @property
    def max_audio_streams(self) -> str | None:
        """The header MaxAudioStreams."""

    @property
    def max_video_streams(self) -> str | None:
        """The header MaxVideoStreams."""

    @property
    def mwi_subscribe_replaces_unsolicited(self) -> str | None:
        """The header MwiSubscribeReplacesUnsolicited."""

    @property
    def notify_early_inuse_ringing(self) -> str | None:
        """The header NotifyEarlyInuseRinging."""

    @property
    def outgoing_call_offer_pref(self) -> str | None:
        """The header OutgoingCallOfferPref."""

    @property
    def refer_blind_progress(self) -> str | None:
        """The header ReferBlindProgress."""

    @property
    def rpid_immediate(self) -> str | None:
        """The header RpidImmediate."""

    @property
    def rtcp_mux(self) -> str | None:
        """The header RtcpMux."""

    @property
    def rtp_keepalive(self) -> str | None:
        """The header RtpKeepalive."""

    @property
    def rtp_timeout(self) -> str | None:
        """The header RtpTimeout."""

    @property
    def rtp_timeout_hold(self) -> str | None:
        """The header RtpTimeoutHold."""

    @property
    def rtp_port_start(self) -> str | None:
        """The header RtpPortStart."""

    @property
    def rtp_port_end(self) -> str | None:
        """The header RtpPortEnd."""

    @property
    def security_negotiation(self) -> str | None:
        """The header SecurityNegotiation."""

    @property
    def send_aoc(self) -> str | None:
        """The header SendAoc."""

    @property
    def send_history_info(self) -> str | None:
        """The header SendHistoryInfo."""

    @property
    def stir_shaken(self) -> str | None:
        """The header StirShaken."""

    @property
    def stir_shaken_profile(self) -> str | None:
        """The header StirShakenProfile."""

    @property
    def suppress_moh_on_sendonly(self) -> str | None:
        """The header SuppressMohOnSendonly."""

    @property
    def suppress_q850_reason_headers(self) -> str | None:
        """The header SuppressQ850ReasonHeaders."""

    @property
    def tenantid(self) -> str | None:
        """The header Tenantid."""

    @property
    def voicemail_extension(self) -> str | None:
        """The header VoicemailExtension."""

    @property
    def webrtc(self) -> str | None:
        """The header Webrtc."""

    @property
    def contact_user(self) -> str | None:
        """The header ContactUser."""

    @property
    def follow_redirect_methods(self) -> str | None:
        """The header FollowRedirectMethods."""

    @property
    def security_mechanisms(self) -> str | None:
        """The header SecurityMechanisms."""

class EndpointDetailComplete(View):
    """The event EndpointDetailComplete. Asterisk has it since 13."""

class EndpointList(View):
    """The event EndpointList. Asterisk has it since 13."""

    @property
    def object_type(self) -> str | None:
        """The header ObjectType."""

    @property
    def object_name(self) -> str | None:
        """The header ObjectName."""

    @property
    def transport(self) -> str | None:
        """The header Transport."""

    @property
    def aor(self) -> str | None:
        """The header Aor."""

    @property
    def auths(self) -> str | None:
        """The header Auths."""

    @property
    def outbound_auths(self) -> str | None:
        """The header OutboundAuths."""

    @property
    def device_state(self) -> str | None:
        """The header DeviceState."""

    @property
    def active_channels(self) -> str | None:
        """The header ActiveChannels."""

    @property
    def contacts(self) -> str | None:
        """The header Contacts."""

class EndpointListComplete(View):
    """The event EndpointListComplete. Asterisk has it since 13."""

class ExtensionStateListComplete(View):
    """The event ExtensionStateListComplete. Asterisk has it since 13."""

class ExtensionStatus(View):
    """The event ExtensionStatus. Asterisk has it since 1.8; its class is call."""

    @property
    def exten(self) -> str | None:
        """The header Exten."""

    @property
    def context(self) -> str | None:
        """The header Context."""

    @property
    def hint(self) -> str | None:
        """The header Hint."""

    @property
    def status(self) -> int | None:
        """The header Status."""

    @property
    def status_text(self) -> str | None:
        """The header StatusText. Known values: Idle, InUse, Busy, Unavailable, Ringing, InUse&Ringing,
        Hold, InUse&Hold, Unknown.
        """

class FailedACL(View):
    """The event FailedACL. Asterisk has it since 13; its class is security."""

    @property
    def event_tv(self) -> datetime | None:
        """The header EventTV."""

    @property
    def severity(self) -> str | None:
        """The header Severity. Known values: Informational, Error."""

    @property
    def service(self) -> str | None:
        """The header Service."""

    @property
    def event_version(self) -> str | None:
        """The header EventVersion."""

    @property
    def account_id(self) -> str | None:
        """The header AccountID."""

    @property
    def session_id(self) -> str | None:
        """The header SessionID."""

    @property
    def local_address(self) -> str | None:
        """The header LocalAddress."""

    @property
    def remote_address(self) -> str | None:
        """The header RemoteAddress."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def acl_name(self) -> str | None:
        """The header ACLName."""

    @property
    def session_tv(self) -> datetime | None:
        """The header SessionTV."""

class FaxReceived(View):
    """The event FaxReceived. Asterisk 1.8 to 11 have it; its class is call."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def exten(self) -> str | None:
        """The header Exten."""

    @property
    def caller_id(self) -> str | None:
        """The header CallerID."""

    @property
    def caller_id_name(self) -> str | None:
        """The header CallerIDName."""

    @property
    def connected_line_num(self) -> str | None:
        """The header ConnectedLineNum."""

    @property
    def connected_line_name(self) -> str | None:
        """The header ConnectedLineName."""

    @property
    def remote_station_id(self) -> str | None:
        """The header RemoteStationID."""

    @property
    def local_station_id(self) -> str | None:
        """The header LocalStationID."""

    @property
    def pages_transferred(self) -> int | None:
        """The header PagesTransferred."""

    @property
    def resolution(self) -> int | None:
        """The header Resolution."""

    @property
    def transfer_rate(self) -> int | None:
        """The header TransferRate."""

    @property
    def file_name(self) -> str | None:
        """The header FileName."""

class FaxSent(View):
    """The event FaxSent. Asterisk 1.8 to 11 have it; its class is call."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def exten(self) -> str | None:
        """The header Exten."""

    @property
    def caller_id(self) -> str | None:
        """The header CallerID."""

    @property
    def caller_id_name(self) -> str | None:
        """The header CallerIDName."""

    @property
    def connected_line_num(self) -> str | None:
        """The header ConnectedLineNum."""

    @property
    def connected_line_name(self) -> str | None:
        """The header ConnectedLineName."""

    @property
    def remote_station_id(self) -> str | None:
        """The header RemoteStationID."""

    @property
    def local_station_id(self) -> str | None:
        """The header LocalStationID."""

    @property
    def pages_transferred(self) -> int | None:
        """The header PagesTransferred."""

    @property
    def resolution(self) -> int | None:
        """The header Resolution."""

    @property
    def transfer_rate(self) -> int | None:
        """The header TransferRate."""

    @property
    def file_name(self) -> str | None:
        """The header FileName."""

class FAXSession(View):
    """The event FAXSession. Asterisk has it since 13; its class is reporting."""

    @property
    def session_number(self) -> str | None:
        """The header SessionNumber."""

    @property
    def operation(self) -> str | None:
        """The header Operation. Known values: gateway, V.21, send, receive, none."""

    @property
    def state(self) -> str | None:
        """The header State. Known values: Uninitialized, Initialized, Open, Active, Complete, Reserved,
        Inactive, Unknown.
        """

    @property
    def error_correction_mode(self) -> bool | None:
        """The header ErrorCorrectionMode."""

    @property
    def data_rate(self) -> str | None:
        """The header DataRate."""

    @property
    def image_resolution(self) -> str | None:
        """The header ImageResolution."""

    @property
    def page_number(self) -> str | None:
        """The header PageNumber."""

    @property
    def file_name(self) -> str | None:
        """The header FileName."""

    @property
    def pages_transmitted(self) -> str | None:
        """The header PagesTransmitted."""

    @property
    def pages_received(self) -> str | None:
        """The header PagesReceived."""

    @property
    def total_bad_lines(self) -> str | None:
        """The header TotalBadLines."""

class FAXSessionsComplete(View):
    """The event FAXSessionsComplete. Asterisk has it since 13; its class is call."""

    @property
    def total(self) -> int | None:
        """The header Total."""

class FAXSessionsEntry(View):
    """The event FAXSessionsEntry. Asterisk has it since 13; its class is reporting."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def technology(self) -> str | None:
        """The header Technology."""

    @property
    def session_number(self) -> int | None:
        """The header SessionNumber."""

    @property
    def session_type(self) -> str | None:
        """The header SessionType. Known values: G.711, T.38."""

    @property
    def operation(self) -> str | None:
        """The header Operation. Known values: gateway, V.21, send, receive, none."""

    @property
    def state(self) -> str | None:
        """The header State. Known values: Uninitialized, Initialized, Open, Active, Complete, Reserved,
        Inactive, Unknown.
        """

    @property
    def files(self) -> str | None:
        """The header Files."""

class FAXStats(View):
    """The event FAXStats. Asterisk has it since 13; its class is reporting."""

    @property
    def current_sessions(self) -> str | None:
        """The header CurrentSessions."""

    @property
    def reserved_sessions(self) -> int | None:
        """The header ReservedSessions."""

    @property
    def transmit_attempts(self) -> int | None:
        """The header TransmitAttempts."""

    @property
    def receive_attempts(self) -> int | None:
        """The header ReceiveAttempts."""

    @property
    def completed_faxes(self) -> int | None:
        """The header CompletedFAXes."""

    @property
    def failed_faxes(self) -> int | None:
        """The header FailedFAXes."""

class FAXStatus(View):
    """The event FAXStatus. Asterisk has it since 11; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def operation(self) -> str | None:
        """The header Operation. Known values: gateway, receive, send."""

    @property
    def status(self) -> str | None:
        """The header Status."""

    @property
    def caller_id(self) -> str | None:
        """The header CallerID."""

    @property
    def local_station_id(self) -> str | None:
        """The header LocalStationID."""

    @property
    def file_name(self) -> str | None:
        """The header FileName."""

    @property
    def pages_transferred(self) -> int | None:
        """The header PagesTransferred."""

    @property
    def remote_station_id(self) -> str | None:
        """The header RemoteStationID."""

    @property
    def resolution(self) -> str | None:
        """The header Resolution."""

    @property
    def transfer_rate(self) -> str | None:
        """The header TransferRate."""

class Flash(View):
    """The event Flash. Asterisk has it since 16; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

class FullyBooted(View):
    """The event FullyBooted. Asterisk has it since 1.8; its class is system."""

    @property
    def status(self) -> str | None:
        """The header Status."""

    @property
    def uptime(self) -> int | None:
        """The header Uptime."""

    @property
    def last_reload(self) -> int | None:
        """The header LastReload."""

class Hangup(View):
    """The event Hangup. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def cause(self) -> int | None:
        """The header Cause."""

    @property
    def cause_txt(self) -> str | None:
        """The header Cause-txt."""

    @property
    def tech_cause(self) -> int | None:
        """The header TechCause."""

class HangupHandlerPop(View):
    """The event HangupHandlerPop. Asterisk has it since 11; its class is dialplan."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def handler(self) -> str | None:
        """The header Handler."""

class HangupHandlerPush(View):
    """The event HangupHandlerPush. Asterisk has it since 11; its class is dialplan."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def handler(self) -> str | None:
        """The header Handler."""

class HangupHandlerRun(View):
    """The event HangupHandlerRun. Asterisk has it since 11; its class is dialplan."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def handler(self) -> str | None:
        """The header Handler."""

class HangupRequest(View):
    """The event HangupRequest. Asterisk has it since 11; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def cause(self) -> int | None:
        """The header Cause."""

class Hold(View):
    """The event Hold. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def status(self) -> str | None:
        """The header Status."""

    @property
    def music_class(self) -> str | None:
        """The header MusicClass."""

class IdentifyDetail(View):
    """The event IdentifyDetail. Asterisk has it since 13."""

    @property
    def object_type(self) -> str | None:
        """The header ObjectType."""

    @property
    def object_name(self) -> str | None:
        """The header ObjectName."""

    @property
    def endpoint(self) -> str | None:
        """The header Endpoint."""

    @property
    def srv_lookups(self) -> str | None:
        """The header SrvLookups."""

    @property
    def match_(self) -> str | None:
        """The header Match."""

    @property
    def match_header(self) -> str | None:
        """The header MatchHeader."""

    @property
    def endpoint_name(self) -> str | None:
        """The header EndpointName."""

    @property
    def match_request_uri(self) -> str | None:
        """The header MatchRequestUri."""

class InboundRegistrationDetail(View):
    """The event InboundRegistrationDetail. Asterisk has it since 13."""

    @property
    def object_type(self) -> str | None:
        """The header ObjectType."""

    @property
    def object_name(self) -> str | None:
        """The header ObjectName."""

    @property
    def minimum_expiration(self) -> str | None:
        """The header MinimumExpiration."""

    @property
    def default_expiration(self) -> str | None:
        """The header DefaultExpiration."""

    @property
    def qualify_timeout(self) -> str | None:
        """The header QualifyTimeout."""

    @property
    def qualify_2xx_only(self) -> str | None:
        """The header Qualify2xxOnly."""

    @property
    def mailboxes(self) -> str | None:
        """The header Mailboxes."""

    @property
    def support_path(self) -> str | None:
        """The header SupportPath."""

    @property
    def remove_unavailable(self) -> str | None:
        """The header RemoveUnavailable."""

    @property
    def voicemail_extension(self) -> str | None:
        """The header VoicemailExtension."""

    @property
    def max_contacts(self) -> str | None:
        """The header MaxContacts."""

    @property
    def authenticate_qualify(self) -> str | None:
        """The header AuthenticateQualify."""

    @property
    def maximum_expiration(self) -> str | None:
        """The header MaximumExpiration."""

    @property
    def qualify_frequency(self) -> str | None:
        """The header QualifyFrequency."""

    @property
    def remove_existing(self) -> str | None:
        """The header RemoveExisting."""

    @property
    def outbound_proxy(self) -> str | None:
        """The header OutboundProxy."""

    @property
    def contacts(self) -> str | None:
        """The header Contacts."""

    @property
    def contact(self) -> str | None:
        """The header Contact."""

class InboundRegistrationDetailComplete(View):
    """The event InboundRegistrationDetailComplete. Asterisk has it since 13."""

class InboundSubscriptionDetail(View):
    """The event InboundSubscriptionDetail. Asterisk has it since 13."""

    @property
    def role(self) -> str | None:
        """The header Role."""

    @property
    def endpoint(self) -> str | None:
        """The header Endpoint."""

    @property
    def callid(self) -> str | None:
        """The header Callid."""

    @property
    def state(self) -> str | None:
        """The header State."""

    @property
    def callerid(self) -> str | None:
        """The header Callerid."""

    @property
    def subscription_type(self) -> str | None:
        """The header SubscriptionType. Known values: mwi, extension_state."""

    @property
    def extension(self) -> str | None:
        """The header Extension."""

    @property
    def extension_states(self) -> str | None:
        """The header ExtensionStates. Known values: Idle, InUse, Busy, Unavailable, Ringing,
        InUse&Ringing, Hold, InUse&Hold, Unknown.
        """

    @property
    def mailboxes(self) -> str | None:
        """The header Mailboxes."""

class InboundSubscriptionDetailComplete(View):
    """The event InboundSubscriptionDetailComplete. Asterisk has it since 13."""

class InvalidAccountID(View):
    """The event InvalidAccountID. Asterisk has it since 13; its class is security."""

    @property
    def event_tv(self) -> datetime | None:
        """The header EventTV."""

    @property
    def severity(self) -> str | None:
        """The header Severity. Known values: Informational, Error."""

    @property
    def service(self) -> str | None:
        """The header Service."""

    @property
    def event_version(self) -> str | None:
        """The header EventVersion."""

    @property
    def account_id(self) -> str | None:
        """The header AccountID."""

    @property
    def session_id(self) -> str | None:
        """The header SessionID."""

    @property
    def local_address(self) -> str | None:
        """The header LocalAddress."""

    @property
    def remote_address(self) -> str | None:
        """The header RemoteAddress."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def session_tv(self) -> datetime | None:
        """The header SessionTV."""

class InvalidPassword(View):
    """The event InvalidPassword. Asterisk has it since 13; its class is security."""

    @property
    def event_tv(self) -> datetime | None:
        """The header EventTV."""

    @property
    def severity(self) -> str | None:
        """The header Severity. Known values: Informational, Error."""

    @property
    def service(self) -> str | None:
        """The header Service."""

    @property
    def event_version(self) -> str | None:
        """The header EventVersion."""

    @property
    def account_id(self) -> str | None:
        """The header AccountID."""

    @property
    def session_id(self) -> str | None:
        """The header SessionID."""

    @property
    def local_address(self) -> str | None:
        """The header LocalAddress."""

    @property
    def remote_address(self) -> str | None:
        """The header RemoteAddress."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def session_tv(self) -> datetime | None:
        """The header SessionTV."""

    @property
    def challenge(self) -> str | None:
        """The header Challenge."""

    @property
    def received_challenge(self) -> str | None:
        """The header ReceivedChallenge."""

    @property
    def received_hash(self) -> str | None:
        """The header ReceivedHash."""

class InvalidTransport(View):
    """The event InvalidTransport. Asterisk has it since 13; its class is security."""

    @property
    def event_tv(self) -> datetime | None:
        """The header EventTV."""

    @property
    def severity(self) -> str | None:
        """The header Severity. Known values: Informational, Error."""

    @property
    def service(self) -> str | None:
        """The header Service."""

    @property
    def event_version(self) -> str | None:
        """The header EventVersion."""

    @property
    def account_id(self) -> str | None:
        """The header AccountID."""

    @property
    def session_id(self) -> str | None:
        """The header SessionID."""

    @property
    def local_address(self) -> str | None:
        """The header LocalAddress."""

    @property
    def remote_address(self) -> str | None:
        """The header RemoteAddress."""

    @property
    def attempted_transport(self) -> str | None:
        """The header AttemptedTransport."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def session_tv(self) -> datetime | None:
        """The header SessionTV."""

class JabberEvent(View):
    """The event JabberEvent. Asterisk 1.8 to 11 have it; its class is user."""

    @property
    def account(self) -> str | None:
        """The header Account."""

    @property
    def packet(self) -> str | None:
        """The header Packet."""

class JabberStatus(View):
    """The event JabberStatus. Asterisk has it since 1.8; its class is user."""

    @property
    def account(self) -> str | None:
        """The header Account."""

    @property
    def jid(self) -> str | None:
        """The header JID."""

    @property
    def resource(self) -> str | None:
        """The header Resource."""

    @property
    def status(self) -> int | None:
        """The header Status."""

    @property
    def priority(self) -> int | None:
        """The header Priority."""

    @property
    def description(self) -> str | None:
        """The header Description."""

class JitterBufStats(View):
    """The event JitterBufStats. Asterisk 1.8 to 11 have it; its class is reporting."""

    @property
    def owner(self) -> str | None:
        """The header Owner."""

    @property
    def ping(self) -> int | None:
        """The header Ping."""

    @property
    def local_jitter(self) -> int | None:
        """The header LocalJitter."""

    @property
    def local_jb_delay(self) -> int | None:
        """The header LocalJBDelay."""

    @property
    def local_total_lost(self) -> int | None:
        """The header LocalTotalLost."""

    @property
    def local_loss_percent(self) -> int | None:
        """The header LocalLossPercent."""

    @property
    def local_dropped(self) -> int | None:
        """The header LocalDropped."""

    @property
    def localooo(self) -> str | None:
        """The header Localooo."""

    @property
    def local_received(self) -> int | None:
        """The header LocalReceived."""

    @property
    def remote_jitter(self) -> int | None:
        """The header RemoteJitter."""

    @property
    def remote_jb_delay(self) -> int | None:
        """The header RemoteJBDelay."""

    @property
    def remote_total_lost(self) -> int | None:
        """The header RemoteTotalLost."""

    @property
    def remote_loss_percent(self) -> int | None:
        """The header RemoteLossPercent."""

    @property
    def remote_dropped(self) -> int | None:
        """The header RemoteDropped."""

    @property
    def remoteooo(self) -> str | None:
        """The header Remoteooo."""

    @property
    def remote_received(self) -> int | None:
        """The header RemoteReceived."""

class Join(View):
    """The event Join. Asterisk 1.8 to 11 have it; its class is call."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def caller_id_num(self) -> str | None:
        """The header CallerIDNum."""

    @property
    def caller_id_name(self) -> str | None:
        """The header CallerIDName."""

    @property
    def connected_line_num(self) -> str | None:
        """The header ConnectedLineNum."""

    @property
    def connected_line_name(self) -> str | None:
        """The header ConnectedLineName."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def position(self) -> int | None:
        """The header Position."""

    @property
    def count(self) -> int | None:
        """The header Count."""

    @property
    def uniqueid(self) -> str | None:
        """The header Uniqueid."""

class Leave(View):
    """The event Leave. Asterisk 1.8 to 11 have it; its class is call."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def count(self) -> int | None:
        """The header Count."""

    @property
    def position(self) -> int | None:
        """The header Position."""

    @property
    def uniqueid(self) -> str | None:
        """The header Uniqueid."""

class LineEntry(View):
    """The event LineEntry. Asterisk 1.8 to 20 have it."""

    @property
    def object_name(self) -> str | None:
        """The header ObjectName."""

    @property
    def channel_object_type(self) -> str | None:
        """The header ChannelObjectType."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def instance(self) -> str | None:
        """The header Instance."""

    @property
    def label(self) -> str | None:
        """The header Label."""

class LinelistComplete(View):
    """The event LinelistComplete. Asterisk 1.8 to 20 have it."""

class ListDialplan(View):
    """The event ListDialplan. Asterisk has it since 1.8."""

    @property
    def context(self) -> str | None:
        """The header Context."""

    @property
    def extension(self) -> str | None:
        """The header Extension."""

    @property
    def priority(self) -> int | None:
        """The header Priority."""

    @property
    def application(self) -> str | None:
        """The header Application."""

    @property
    def registrar(self) -> str | None:
        """The header Registrar."""

    @property
    def app_data(self) -> str | None:
        """The header AppData."""

    @property
    def include_context(self) -> str | None:
        """The header IncludeContext."""

    @property
    def switch(self) -> str | None:
        """The header Switch."""

    @property
    def is_eval(self) -> bool | None:
        """The header IsEval."""

    @property
    def ignore_pattern(self) -> str | None:
        """The header IgnorePattern."""

class Load(View):
    """The event Load. Asterisk has it since 16; its class is system."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def status(self) -> str | None:
        """The header Status. Known values: Failure, Success, Decline."""

class LoadAverageLimit(View):
    """The event LoadAverageLimit. Asterisk has it since 13; its class is security."""

    @property
    def event_tv(self) -> datetime | None:
        """The header EventTV."""

    @property
    def severity(self) -> str | None:
        """The header Severity. Known values: Informational, Error."""

    @property
    def service(self) -> str | None:
        """The header Service."""

    @property
    def event_version(self) -> str | None:
        """The header EventVersion."""

    @property
    def account_id(self) -> str | None:
        """The header AccountID."""

    @property
    def session_id(self) -> str | None:
        """The header SessionID."""

    @property
    def local_address(self) -> str | None:
        """The header LocalAddress."""

    @property
    def remote_address(self) -> str | None:
        """The header RemoteAddress."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def session_tv(self) -> datetime | None:
        """The header SessionTV."""

class LocalBridge(View):
    """The event LocalBridge. Asterisk has it since 11; its class is call."""

    @property
    def local_one(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with LocalOne."""

    @property
    def local_two(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with LocalTwo."""

    @property
    def channel1(self) -> str | None:
        """The header Channel1."""

    @property
    def channel2(self) -> str | None:
        """The header Channel2."""

    @property
    def uniqueid1(self) -> str | None:
        """The header Uniqueid1."""

    @property
    def uniqueid2(self) -> str | None:
        """The header Uniqueid2."""

    @property
    def context(self) -> str | None:
        """The header Context."""

    @property
    def exten(self) -> str | None:
        """The header Exten."""

    @property
    def local_optimization(self) -> bool | None:
        """The header LocalOptimization."""

class LocalOptimizationBegin(View):
    """The event LocalOptimizationBegin. Asterisk has it since 13; its class is call."""

    @property
    def local_one(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with LocalOne."""

    @property
    def local_two(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with LocalTwo."""

    @property
    def source(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Source."""

    @property
    def dest_unique_id(self) -> str | None:
        """The header DestUniqueId."""

    @property
    def id(self) -> str | None:
        """The header Id."""

class LocalOptimizationEnd(View):
    """The event LocalOptimizationEnd. Asterisk has it since 13; its class is call."""

    @property
    def local_one(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with LocalOne."""

    @property
    def local_two(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with LocalTwo."""

    @property
    def success(self) -> str | None:
        """The header Success."""

    @property
    def id(self) -> str | None:
        """The header Id."""

class LogChannel(View):
    """The event LogChannel. Asterisk has it since 1.8; its class is system."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def enabled(self) -> bool | None:
        """The header Enabled."""

    @property
    def reason(self) -> int | None:
        """The header Reason."""

class Masquerade(View):
    """The event Masquerade. Asterisk 1.8 to 11 have it; its class is call."""

    @property
    def clone_(self) -> str | None:
        """The header Clone."""

    @property
    def clone_state(self) -> str | None:
        """The header CloneState."""

    @property
    def original(self) -> str | None:
        """The header Original."""

    @property
    def original_state(self) -> str | None:
        """The header OriginalState."""

class MCID(View):
    """The event MCID. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def m_caller_id_num_valid(self) -> str | None:
        """The header MCallerIDNumValid."""

    @property
    def m_caller_id_num(self) -> str | None:
        """The header MCallerIDNum."""

    @property
    def m_caller_id_ton(self) -> str | None:
        """The header MCallerIDton."""

    @property
    def m_caller_id_num_plan(self) -> str | None:
        """The header MCallerIDNumPlan."""

    @property
    def m_caller_id_num_pres(self) -> str | None:
        """The header MCallerIDNumPres."""

    @property
    def m_caller_id_name_valid(self) -> str | None:
        """The header MCallerIDNameValid."""

    @property
    def m_caller_id_name(self) -> str | None:
        """The header MCallerIDName."""

    @property
    def m_caller_id_name_char_set(self) -> str | None:
        """The header MCallerIDNameCharSet."""

    @property
    def m_caller_id_name_pres(self) -> str | None:
        """The header MCallerIDNamePres."""

    @property
    def m_caller_id_subaddr(self) -> str | None:
        """The header MCallerIDSubaddr."""

    @property
    def m_caller_id_subaddr_type(self) -> str | None:
        """The header MCallerIDSubaddrType."""

    @property
    def m_caller_id_subaddr_odd(self) -> str | None:
        """The header MCallerIDSubaddrOdd."""

    @property
    def m_caller_id_pres(self) -> str | None:
        """The header MCallerIDPres."""

    @property
    def m_connected_id_num_valid(self) -> str | None:
        """The header MConnectedIDNumValid."""

    @property
    def m_connected_id_num(self) -> str | None:
        """The header MConnectedIDNum."""

    @property
    def m_connected_id_ton(self) -> str | None:
        """The header MConnectedIDton."""

    @property
    def m_connected_id_num_plan(self) -> str | None:
        """The header MConnectedIDNumPlan."""

    @property
    def m_connected_id_num_pres(self) -> str | None:
        """The header MConnectedIDNumPres."""

    @property
    def m_connected_id_name_valid(self) -> str | None:
        """The header MConnectedIDNameValid."""

    @property
    def m_connected_id_name(self) -> str | None:
        """The header MConnectedIDName."""

    @property
    def m_connected_id_name_char_set(self) -> str | None:
        """The header MConnectedIDNameCharSet."""

    @property
    def m_connected_id_name_pres(self) -> str | None:
        """The header MConnectedIDNamePres."""

    @property
    def m_connected_id_subaddr(self) -> str | None:
        """The header MConnectedIDSubaddr."""

    @property
    def m_connected_id_subaddr_type(self) -> str | None:
        """The header MConnectedIDSubaddrType."""

    @property
    def m_connected_id_subaddr_odd(self) -> str | None:
        """The header MConnectedIDSubaddrOdd."""

    @property
    def m_connected_id_pres(self) -> str | None:
        """The header MConnectedIDPres."""

class MeetmeEnd(View):
    """The event MeetmeEnd. Asterisk has it since 1.8; its class is call."""

    @property
    def meetme(self) -> str | None:
        """The header Meetme."""

class MeetmeJoin(View):
    """The event MeetmeJoin. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def meetme(self) -> str | None:
        """The header Meetme."""

    @property
    def usernum(self) -> int | None:
        """The header Usernum."""

    @property
    def user(self) -> str | None:
        """The header User."""

class MeetmeLeave(View):
    """The event MeetmeLeave. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def meetme(self) -> str | None:
        """The header Meetme."""

    @property
    def usernum(self) -> int | None:
        """The header Usernum."""

    @property
    def duration(self) -> int | None:
        """The header Duration."""

    @property
    def user(self) -> str | None:
        """The header User."""

class MeetmeList(View):
    """The event MeetmeList. Asterisk has it since 1.8; its class is call."""

    @property
    def user_number(self) -> int | None:
        """The header UserNumber."""

    @property
    def caller_id_num(self) -> str | None:
        """The header CallerIDNum."""

    @property
    def caller_id_name(self) -> str | None:
        """The header CallerIDName."""

    @property
    def connected_line_num(self) -> str | None:
        """The header ConnectedLineNum."""

    @property
    def connected_line_name(self) -> str | None:
        """The header ConnectedLineName."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def admin(self) -> bool | None:
        """The header Admin."""

    @property
    def role(self) -> str | None:
        """The header Role."""

    @property
    def marked_user(self) -> bool | None:
        """The header MarkedUser."""

    @property
    def muted(self) -> bool | None:
        """The header Muted."""

    @property
    def talking(self) -> bool | None:
        """The header Talking."""

    @property
    def conference(self) -> str | None:
        """The header Conference."""

class MeetmeListComplete(View):
    """The event MeetmeListComplete. Asterisk has it since 1.8."""

class MeetmeListRooms(View):
    """The event MeetmeListRooms. Asterisk has it since 11; its class is call."""

    @property
    def parties(self) -> int | None:
        """The header Parties."""

    @property
    def marked(self) -> int | None:
        """The header Marked."""

    @property
    def activity(self) -> int | None:
        """The header Activity."""

    @property
    def creation(self) -> str | None:
        """The header Creation."""

    @property
    def locked(self) -> str | None:
        """The header Locked."""

    @property
    def conference(self) -> str | None:
        """The header Conference."""

class MeetmeListRoomsComplete(View):
    """The event MeetmeListRoomsComplete. Asterisk has it since 11."""

class MeetmeMute(View):
    """The event MeetmeMute. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def meetme(self) -> str | None:
        """The header Meetme."""

    @property
    def usernum(self) -> int | None:
        """The header Usernum."""

    @property
    def status(self) -> bool | None:
        """The header Status."""

    @property
    def user(self) -> str | None:
        """The header User."""

    @property
    def duration(self) -> int | None:
        """The header Duration."""

class MeetmeTalking(View):
    """The event MeetmeTalking. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def meetme(self) -> str | None:
        """The header Meetme."""

    @property
    def usernum(self) -> int | None:
        """The header Usernum."""

    @property
    def status(self) -> bool | None:
        """The header Status."""

    @property
    def user(self) -> str | None:
        """The header User."""

    @property
    def duration(self) -> int | None:
        """The header Duration."""

class MeetmeTalkRequest(View):
    """The event MeetmeTalkRequest. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def meetme(self) -> str | None:
        """The header Meetme."""

    @property
    def usernum(self) -> int | None:
        """The header Usernum."""

    @property
    def status(self) -> bool | None:
        """The header Status."""

    @property
    def user(self) -> str | None:
        """The header User."""

    @property
    def duration(self) -> int | None:
        """The header Duration."""

class MemoryLimit(View):
    """The event MemoryLimit. Asterisk has it since 13; its class is security."""

    @property
    def event_tv(self) -> datetime | None:
        """The header EventTV."""

    @property
    def severity(self) -> str | None:
        """The header Severity. Known values: Informational, Error."""

    @property
    def service(self) -> str | None:
        """The header Service."""

    @property
    def event_version(self) -> str | None:
        """The header EventVersion."""

    @property
    def account_id(self) -> str | None:
        """The header AccountID."""

    @property
    def session_id(self) -> str | None:
        """The header SessionID."""

    @property
    def local_address(self) -> str | None:
        """The header LocalAddress."""

    @property
    def remote_address(self) -> str | None:
        """The header RemoteAddress."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def session_tv(self) -> datetime | None:
        """The header SessionTV."""

class MessageWaiting(View):
    """The event MessageWaiting. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def mailbox(self) -> str | None:
        """The header Mailbox."""

    @property
    def waiting(self) -> int | None:
        """The header Waiting."""

    @property
    def new_(self) -> int | None:
        """The header New."""

    @property
    def old(self) -> int | None:
        """The header Old."""

class MiniVoiceMail(View):
    """The event MiniVoiceMail. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def action(self) -> str | None:
        """The header Action."""

    @property
    def mailbox(self) -> str | None:
        """The header Mailbox."""

    @property
    def counter(self) -> str | None:
        """The header Counter."""

class MixMonitorMute(View):
    """The event MixMonitorMute. Asterisk has it since 16; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def direction(self) -> str | None:
        """The header Direction."""

    @property
    def state(self) -> str | None:
        """The header State."""

class MixMonitorStart(View):
    """The event MixMonitorStart. Asterisk has it since 16; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

class MixMonitorStop(View):
    """The event MixMonitorStop. Asterisk has it since 16; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

class MobileStatus(View):
    """The event MobileStatus. Asterisk has it since 1.8; its class is system."""

    @property
    def status(self) -> str | None:
        """The header Status."""

    @property
    def device(self) -> str | None:
        """The header Device."""

class ModuleLoadReport(View):
    """The event ModuleLoadReport. Asterisk 1.8 to 11 have it; its class is system."""

    @property
    def module_load_status(self) -> str | None:
        """The header ModuleLoadStatus."""

    @property
    def module_selection(self) -> str | None:
        """The header ModuleSelection."""

    @property
    def module_count(self) -> int | None:
        """The header ModuleCount."""

class MonitorStart(View):
    """The event MonitorStart. Asterisk 1.8 to 20 have it; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

class MonitorStop(View):
    """The event MonitorStop. Asterisk 1.8 to 20 have it; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

class MusicOnHold(View):
    """The event MusicOnHold. Asterisk 1.8 to 11 have it; its class is call."""

    @property
    def state(self) -> str | None:
        """The header State."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def unique_id(self) -> str | None:
        """The header UniqueID."""

    @property
    def class_(self) -> str | None:
        """The header Class."""

class MusicOnHoldStart(View):
    """The event MusicOnHoldStart. Asterisk has it since 13; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def class_(self) -> str | None:
        """The header Class."""

class MusicOnHoldStop(View):
    """The event MusicOnHoldStop. Asterisk has it since 13; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

class MWIGet(View):
    """The event MWIGet. Asterisk has it since 13; its class is reporting."""

    @property
    def mailbox(self) -> str | None:
        """The header Mailbox."""

    @property
    def old_messages(self) -> int | None:
        """The header OldMessages."""

    @property
    def new_messages(self) -> int | None:
        """The header NewMessages."""

class MWIGetComplete(View):
    """The event MWIGetComplete. Asterisk has it since 13; its class is reporting."""

class NewAccountCode(View):
    """The event NewAccountCode. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def old_account_code(self) -> str | None:
        """The header OldAccountCode."""

class NewCallerid(View):
    """The event NewCallerid. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def cid_calling_pres(self) -> str | None:
        """The header CID-CallingPres."""

class Newchannel(View):
    """The event Newchannel. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def someheader(self) -> str | None:
        """The header Someheader."""

class NewConnectedLine(View):
    """The event NewConnectedLine. Asterisk has it since 13; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

class Newexten(View):
    """The event Newexten. Asterisk has it since 1.8; its class is dialplan."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def extension(self) -> str | None:
        """The header Extension."""

    @property
    def application(self) -> str | None:
        """The header Application."""

    @property
    def app_data(self) -> str | None:
        """The header AppData."""

class NewPeerAccount(View):
    """The event NewPeerAccount. Asterisk 1.8 to 11 have it; its class is call."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def uniqueid(self) -> str | None:
        """The header Uniqueid."""

    @property
    def peer_account(self) -> str | None:
        """The header PeerAccount."""

    @property
    def old_peer_account(self) -> str | None:
        """The header OldPeerAccount."""

class Newstate(View):
    """The event Newstate. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

class OriginateResponse(View):
    """The event OriginateResponse. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def context(self) -> str | None:
        """The header Context."""

    @property
    def exten(self) -> str | None:
        """The header Exten."""

    @property
    def reason(self) -> int | None:
        """The header Reason."""

    @property
    def uniqueid(self) -> str | None:
        """The header Uniqueid."""

    @property
    def caller_id_num(self) -> str | None:
        """The header CallerIDNum."""

    @property
    def caller_id_name(self) -> str | None:
        """The header CallerIDName."""

    @property
    def response(self) -> str | None:
        """The header Response. Known values: Success, Failure."""

    @property
    def application(self) -> str | None:
        """The header Application."""

    @property
    def data(self) -> str | None:
        """The header Data."""

class OutboundRegistrationDetail(View):
    """The event OutboundRegistrationDetail. Asterisk has it since 13."""

    @property
    def object_type(self) -> str | None:
        """The header ObjectType."""

    @property
    def object_name(self) -> str | None:
        """The header ObjectName."""

    @property
    def max_retries(self) -> str | None:
        """The header MaxRetries."""

    @property
    def client_uri(self) -> str | None:
        """The header ClientUri."""

    @property
    def security_negotiation(self) -> str | None:
        """The header SecurityNegotiation."""

    @property
    def auth_rejection_permanent(self) -> str | None:
        """The header AuthRejectionPermanent."""

    @property
    def server_uri(self) -> str | None:
        """The header ServerUri."""

    @property
    def max_random_initial_delay(self) -> str | None:
        """The header MaxRandomInitialDelay."""

    @property
    def support_path(self) -> str | None:
        """The header SupportPath."""

    @property
    def retry_interval(self) -> str | None:
        """The header RetryInterval."""

    @property
    def contact_header_params(self) -> str | None:
        """The header ContactHeaderParams."""

    @property
    def expiration(self) -> str | None:
        """The header Expiration."""

    @property
    def transport(self) -> str | None:
        """The header Transport."""

    @property
    def line(self) -> int | None:
        """The header Line."""

    @property
    def contact_user(self) -> str | None:
        """The header ContactUser."""

    @property
    def endpoint(self) -> str | None:
        """The header Endpoint."""

    @property
    def forbidden_retry_interval(self) -> str | None:
        """The header ForbiddenRetryInterval."""

    @property
    def outbound_auth(self) -> str | None:
        """The header OutboundAuth."""

    @property
    def outbound_proxy(self) -> str | None:
        """The header OutboundProxy."""

    @property
    def fatal_retry_interval(self) -> str | None:
        """The header FatalRetryInterval."""

    @property
    def support_outbound(self) -> str | None:
        """The header SupportOutbound."""

    @property
    def status(self) -> str | None:
        """The header Status. Known values: Registered, Unregistered, Rejected."""

    @property
    def next_reg(self) -> str | None:
        """The header NextReg."""

    @property
    def user_agent(self) -> str | None:
        """The header UserAgent."""

class OutboundRegistrationDetailComplete(View):
    """The event OutboundRegistrationDetailComplete. Asterisk has it since 13."""

class OutboundSubscriptionDetail(View):
    """The event OutboundSubscriptionDetail. Asterisk has it since 13."""

    @property
    def role(self) -> str | None:
        """The header Role."""

    @property
    def endpoint(self) -> str | None:
        """The header Endpoint."""

    @property
    def callid(self) -> str | None:
        """The header Callid."""

    @property
    def state(self) -> str | None:
        """The header State."""

    @property
    def callerid(self) -> str | None:
        """The header Callerid."""

    @property
    def subscription_type(self) -> str | None:
        """The header SubscriptionType. Known values: mwi, extension_state."""

    @property
    def extension(self) -> str | None:
        """The header Extension."""

    @property
    def extension_states(self) -> str | None:
        """The header ExtensionStates. Known values: Idle, InUse, Busy, Unavailable, Ringing,
        InUse&Ringing, Hold, InUse&Hold, Unknown.
        """

    @property
    def mailboxes(self) -> str | None:
        """The header Mailboxes."""

class OutboundSubscriptionDetailComplete(View):
    """The event OutboundSubscriptionDetailComplete. Asterisk has it since 13."""

class ParkedCall(View):
    """The event ParkedCall. Asterisk has it since 1.8; its class is call."""

    @property
    def parkee(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Parkee."""

    @property
    def exten(self) -> str | None:
        """The header Exten."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def parkinglot(self) -> str | None:
        """The header Parkinglot."""

    @property
    def from_(self) -> str | None:
        """The header From."""

    @property
    def timeout(self) -> int | None:
        """The header Timeout."""

    @property
    def caller_id_num(self) -> str | None:
        """The header CallerIDNum."""

    @property
    def caller_id_name(self) -> str | None:
        """The header CallerIDName."""

    @property
    def connected_line_num(self) -> str | None:
        """The header ConnectedLineNum."""

    @property
    def connected_line_name(self) -> str | None:
        """The header ConnectedLineName."""

    @property
    def uniqueid(self) -> str | None:
        """The header Uniqueid."""

    @property
    def duration(self) -> int | None:
        """The header Duration."""

    @property
    def parker_dial_string(self) -> str | None:
        """The header ParkerDialString."""

    @property
    def parking_space(self) -> str | None:
        """The header ParkingSpace."""

    @property
    def parking_timeout(self) -> str | None:
        """The header ParkingTimeout."""

    @property
    def parking_duration(self) -> str | None:
        """The header ParkingDuration."""

class ParkedCallGiveUp(View):
    """The event ParkedCallGiveUp. Asterisk has it since 1.8; its class is call."""

    @property
    def parkee(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Parkee."""

    @property
    def parker(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Parker."""

    @property
    def exten(self) -> str | None:
        """The header Exten."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def parkinglot(self) -> str | None:
        """The header Parkinglot."""

    @property
    def caller_id_num(self) -> str | None:
        """The header CallerIDNum."""

    @property
    def caller_id_name(self) -> str | None:
        """The header CallerIDName."""

    @property
    def connected_line_num(self) -> str | None:
        """The header ConnectedLineNum."""

    @property
    def connected_line_name(self) -> str | None:
        """The header ConnectedLineName."""

    @property
    def unique_id(self) -> str | None:
        """The header UniqueID."""

    @property
    def parker_dial_string(self) -> str | None:
        """The header ParkerDialString."""

    @property
    def parking_space(self) -> str | None:
        """The header ParkingSpace."""

    @property
    def parking_timeout(self) -> str | None:
        """The header ParkingTimeout."""

    @property
    def parking_duration(self) -> str | None:
        """The header ParkingDuration."""

class ParkedCallsComplete(View):
    """The event ParkedCallsComplete. Asterisk has it since 1.8."""

    @property
    def total(self) -> int | None:
        """The header Total."""

class ParkedCallSwap(View):
    """The event ParkedCallSwap. Asterisk has it since 13; its class is call."""

    @property
    def parkee(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Parkee."""

    @property
    def parker(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Parker."""

    @property
    def parker_dial_string(self) -> str | None:
        """The header ParkerDialString."""

    @property
    def parkinglot(self) -> str | None:
        """The header Parkinglot."""

    @property
    def parking_space(self) -> str | None:
        """The header ParkingSpace."""

    @property
    def parking_timeout(self) -> str | None:
        """The header ParkingTimeout."""

    @property
    def parking_duration(self) -> str | None:
        """The header ParkingDuration."""

class ParkedCallTimeOut(View):
    """The event ParkedCallTimeOut. Asterisk has it since 1.8; its class is call."""

    @property
    def parkee(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Parkee."""

    @property
    def parker(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Parker."""

    @property
    def exten(self) -> str | None:
        """The header Exten."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def parkinglot(self) -> str | None:
        """The header Parkinglot."""

    @property
    def caller_id_num(self) -> str | None:
        """The header CallerIDNum."""

    @property
    def caller_id_name(self) -> str | None:
        """The header CallerIDName."""

    @property
    def connected_line_num(self) -> str | None:
        """The header ConnectedLineNum."""

    @property
    def connected_line_name(self) -> str | None:
        """The header ConnectedLineName."""

    @property
    def unique_id(self) -> str | None:
        """The header UniqueID."""

    @property
    def parker_dial_string(self) -> str | None:
        """The header ParkerDialString."""

    @property
    def parking_space(self) -> str | None:
        """The header ParkingSpace."""

    @property
    def parking_timeout(self) -> str | None:
        """The header ParkingTimeout."""

    @property
    def parking_duration(self) -> str | None:
        """The header ParkingDuration."""

class Parkinglot(View):
    """The event Parkinglot. Asterisk has it since 11."""

    @property
    def name(self) -> str | None:
        """The header Name."""

    @property
    def start_exten(self) -> int | None:
        """The header StartExten."""

    @property
    def stop_exten(self) -> int | None:
        """The header StopExten."""

    @property
    def timeout(self) -> int | None:
        """The header Timeout."""

    @property
    def start_space(self) -> int | None:
        """The header StartSpace."""

    @property
    def stop_space(self) -> int | None:
        """The header StopSpace."""

class ParkinglotsComplete(View):
    """The event ParkinglotsComplete. Asterisk has it since 11."""

class PeerEntry(View):
    """The event PeerEntry. Asterisk has it since 1.8."""

    @property
    def object_name(self) -> str | None:
        """The header ObjectName."""

    @property
    def chan_object_type(self) -> str | None:
        """The header ChanObjectType."""

    @property
    def ip_address(self) -> str | None:
        """The header IPaddress."""

    @property
    def ip_port(self) -> str | None:
        """The header IPport."""

    @property
    def dynamic(self) -> str | None:
        """The header Dynamic."""

    @property
    def trunk(self) -> str | None:
        """The header Trunk."""

    @property
    def encryption(self) -> str | None:
        """The header Encryption."""

    @property
    def status(self) -> str | None:
        """The header Status."""

    @property
    def forcerport(self) -> str | None:
        """The header Forcerport."""

    @property
    def video_support(self) -> str | None:
        """The header VideoSupport."""

    @property
    def text_support(self) -> str | None:
        """The header TextSupport."""

    @property
    def acl(self) -> str | None:
        """The header ACL."""

    @property
    def realtime_device(self) -> str | None:
        """The header RealtimeDevice."""

    @property
    def description(self) -> str | None:
        """The header Description."""

    @property
    def auto_forcerport(self) -> str | None:
        """The header AutoForcerport."""

    @property
    def auto_comedia(self) -> str | None:
        """The header AutoComedia."""

    @property
    def comedia(self) -> str | None:
        """The header Comedia."""

    @property
    def accountcode(self) -> str | None:
        """The header Accountcode."""

    @property
    def channeltype(self) -> str | None:
        """The header Channeltype."""

class PeerlistComplete(View):
    """The event PeerlistComplete. Asterisk has it since 1.8."""

class PeerStatus(View):
    """The event PeerStatus. Asterisk has it since 1.8; its class is system."""

    @property
    def channel_type(self) -> str | None:
        """The header ChannelType."""

    @property
    def peer(self) -> str | None:
        """The header Peer."""

    @property
    def peer_status(self) -> str | None:
        """The header PeerStatus. Known values: Unknown, Registered, Unregistered, Rejected, Lagged."""

    @property
    def cause(self) -> int | None:
        """The header Cause."""

    @property
    def time(self) -> int | None:
        """The header Time."""

    @property
    def address(self) -> str | None:
        """The header Address."""

    @property
    def port(self) -> str | None:
        """The header Port."""

class Pickup(View):
    """The event Pickup. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def target(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Target."""

class PJSIPMaintenanceStatus(View):
    """The event PJSIPMaintenanceStatus. Asterisk has it since 20; its class is system."""

    @property
    def endpoint(self) -> str | None:
        """The header Endpoint."""

    @property
    def status(self) -> bool | None:
        """The header Status."""

class PJSIPMaintenanceStatusComplete(View):
    """The event PJSIPMaintenanceStatusComplete. Asterisk has it since 20."""

class PresenceStateChange(View):
    """The event PresenceStateChange. Asterisk has it since 13; its class is call."""

    @property
    def presentity(self) -> str | None:
        """The header Presentity."""

    @property
    def status(self) -> str | None:
        """The header Status."""

    @property
    def subtype(self) -> str | None:
        """The header Subtype."""

    @property
    def message(self) -> str | None:
        """The header Message."""

class PresenceStateListComplete(View):
    """The event PresenceStateListComplete. Asterisk has it since 13."""

class PresenceStatus(View):
    """The event PresenceStatus. Asterisk has it since 11; its class is call."""

    @property
    def exten(self) -> str | None:
        """The header Exten."""

    @property
    def context(self) -> str | None:
        """The header Context."""

    @property
    def hint(self) -> str | None:
        """The header Hint."""

    @property
    def status(self) -> str | None:
        """The header Status."""

    @property
    def subtype(self) -> str | None:
        """The header Subtype."""

    @property
    def message(self) -> str | None:
        """The header Message."""

class PRIShowSpans(View):
    """The event PRIShowSpans. Asterisk has it since 11."""

    @property
    def span(self) -> int | None:
        """The header Span."""

    @property
    def d_channel(self) -> str | None:
        """The header DChannel."""

    @property
    def order(self) -> str | None:
        """The header Order."""

    @property
    def active(self) -> str | None:
        """The header Active."""

    @property
    def alarm(self) -> str | None:
        """The header Alarm."""

    @property
    def up(self) -> str | None:
        """The header Up."""

class PRIShowSpansComplete(View):
    """The event PRIShowSpansComplete. Asterisk has it since 13."""

class QuectelCallStateChange(View):
    """The event QuectelCallStateChange. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

class QuectelCEND(View):
    """The event QuectelCEND. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

class QuectelDeviceEntry(View):
    """The event QuectelDeviceEntry. Asterisk has it since 1.8."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def audio_setting(self) -> str | None:
        """The header AudioSetting."""

    @property
    def data_setting(self) -> str | None:
        """The header DataSetting."""

    @property
    def imei_setting(self) -> str | None:
        """The header IMEISetting."""

    @property
    def imsi_setting(self) -> str | None:
        """The header IMSISetting."""

    @property
    def channel_language(self) -> str | None:
        """The header ChannelLanguage."""

    @property
    def context(self) -> str | None:
        """The header Context."""

    @property
    def exten(self) -> str | None:
        """The header Exten."""

    @property
    def group(self) -> str | None:
        """The header Group."""

    @property
    def rx_gain(self) -> str | None:
        """The header RXGain."""

    @property
    def tx_gain(self) -> str | None:
        """The header TXGain."""

    @property
    def u2_diag(self) -> str | None:
        """The header U2DIAG."""

    @property
    def use_calling_pres(self) -> str | None:
        """The header UseCallingPres."""

    @property
    def default_calling_pres(self) -> str | None:
        """The header DefaultCallingPres."""

    @property
    def auto_delete_sms(self) -> str | None:
        """The header AutoDeleteSMS."""

    @property
    def disable_sms(self) -> str | None:
        """The header DisableSMS."""

    @property
    def reset_quectel(self) -> str | None:
        """The header ResetQuectel."""

    @property
    def call_waiting_setting(self) -> str | None:
        """The header CallWaitingSetting."""

    @property
    def dtmf(self) -> str | None:
        """The header DTMF."""

    @property
    def minimal_dtmf_gap(self) -> str | None:
        """The header MinimalDTMFGap."""

    @property
    def minimal_dtmf_duration(self) -> str | None:
        """The header MinimalDTMFDuration."""

    @property
    def minimal_dtmf_interval(self) -> str | None:
        """The header MinimalDTMFInterval."""

    @property
    def state(self) -> str | None:
        """The header State."""

    @property
    def audio_state(self) -> str | None:
        """The header AudioState."""

    @property
    def data_state(self) -> str | None:
        """The header DataState."""

    @property
    def voice(self) -> str | None:
        """The header Voice."""

    @property
    def sms(self) -> str | None:
        """The header SMS."""

    @property
    def manufacturer(self) -> str | None:
        """The header Manufacturer."""

    @property
    def model(self) -> str | None:
        """The header Model."""

    @property
    def firmware(self) -> str | None:
        """The header Firmware."""

    @property
    def imei_state(self) -> str | None:
        """The header IMEIState."""

    @property
    def imsi_state(self) -> str | None:
        """The header IMSIState."""

    @property
    def gsm_registration_status(self) -> str | None:
        """The header GSMRegistrationStatus."""

    @property
    def rssi(self) -> str | None:
        """The header RSSI."""

    @property
    def mode(self) -> str | None:
        """The header Mode."""

    @property
    def submode(self) -> str | None:
        """The header Submode."""

    @property
    def provider_name(self) -> str | None:
        """The header ProviderName."""

    @property
    def location_area_code(self) -> str | None:
        """The header LocationAreaCode."""

    @property
    def cell_id(self) -> str | None:
        """The header CellID."""

    @property
    def subscriber_number(self) -> str | None:
        """The header SubscriberNumber."""

    @property
    def sms_service_center(self) -> str | None:
        """The header SMSServiceCenter."""

    @property
    def use_ucs2_encoding(self) -> str | None:
        """The header UseUCS2Encoding."""

    @property
    def tasks_in_queue(self) -> str | None:
        """The header TasksInQueue."""

    @property
    def commands_in_queue(self) -> str | None:
        """The header CommandsInQueue."""

    @property
    def call_waiting_state(self) -> str | None:
        """The header CallWaitingState."""

    @property
    def current_device_state(self) -> str | None:
        """The header CurrentDeviceState."""

    @property
    def desired_device_state(self) -> str | None:
        """The header DesiredDeviceState."""

    @property
    def calls_channels(self) -> str | None:
        """The header CallsChannels."""

    @property
    def active(self) -> str | None:
        """The header Active."""

    @property
    def held(self) -> str | None:
        """The header Held."""

    @property
    def dialing(self) -> str | None:
        """The header Dialing."""

    @property
    def alerting(self) -> str | None:
        """The header Alerting."""

    @property
    def incoming(self) -> str | None:
        """The header Incoming."""

    @property
    def waiting(self) -> str | None:
        """The header Waiting."""

    @property
    def releasing(self) -> str | None:
        """The header Releasing."""

    @property
    def initializing(self) -> str | None:
        """The header Initializing."""

class QuectelNewCMGR(View):
    """The event QuectelNewCMGR. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def message(self) -> str | None:
        """The header Message."""

class QuectelNewCUSD(View):
    """The event QuectelNewCUSD. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def message(self) -> str | None:
        """The header Message."""

class QuectelNewSMS(View):
    """The event QuectelNewSMS. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def from_(self) -> str | None:
        """The header From."""

    @property
    def line_count(self) -> int | None:
        """The header LineCount."""

    @property
    def message_line0(self) -> str | None:
        """The header MessageLine0."""

class QuectelNewSMSBase64(View):
    """The event QuectelNewSMSBase64. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def from_(self) -> str | None:
        """The header From."""

    @property
    def message(self) -> str | None:
        """The header Message."""

class QuectelNewUSSD(View):
    """The event QuectelNewUSSD. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def line_count(self) -> int | None:
        """The header LineCount."""

    @property
    def message_line0(self) -> str | None:
        """The header MessageLine0."""

class QuectelNewUSSDBase64(View):
    """The event QuectelNewUSSDBase64. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def message(self) -> str | None:
        """The header Message."""

class QuectelPortFail(View):
    """The event QuectelPortFail. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def message(self) -> str | None:
        """The header Message."""

    @property
    def error_code(self) -> str | None:
        """The header ErrorCode."""

class QuectelReport(View):
    """The event QuectelReport. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def payload(self) -> str | None:
        """The header Payload."""

    @property
    def scts(self) -> str | None:
        """The header SCTS."""

    @property
    def dt(self) -> str | None:
        """The header DT."""

    @property
    def success(self) -> bool | None:
        """The header Success."""

    @property
    def type_(self) -> int | None:
        """The header Type."""

    @property
    def report(self) -> str | None:
        """The header Report."""

class QuectelShowDevicesComplete(View):
    """The event QuectelShowDevicesComplete. Asterisk has it since 1.8."""

class QuectelSMSStatus(View):
    """The event QuectelSMSStatus. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def id(self) -> str | None:
        """The header ID."""

    @property
    def status(self) -> str | None:
        """The header Status. Known values: Sent, NotSent."""

class QuectelStatus(View):
    """The event QuectelStatus. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def status(self) -> str | None:
        """The header Status. Known values: Connect, Disconnect, Initialize, Register, Unregister, Used,
        Free.
        """

class QuectelUSSDStatus(View):
    """The event QuectelUSSDStatus. Asterisk has it since 1.8; its class is call."""

    @property
    def device(self) -> str | None:
        """The header Device."""

    @property
    def id(self) -> str | None:
        """The header ID."""

    @property
    def status(self) -> str | None:
        """The header Status. Known values: Sent, NotSent."""

class QueueCallerAbandon(View):
    """The event QueueCallerAbandon. Asterisk has it since 1.8; its class is agent."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def position(self) -> int | None:
        """The header Position."""

    @property
    def original_position(self) -> int | None:
        """The header OriginalPosition."""

    @property
    def hold_time(self) -> int | None:
        """The header HoldTime."""

class QueueCallerJoin(View):
    """The event QueueCallerJoin. Asterisk has it since 13; its class is agent."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def position(self) -> int | None:
        """The header Position."""

    @property
    def count(self) -> int | None:
        """The header Count."""

class QueueCallerLeave(View):
    """The event QueueCallerLeave. Asterisk has it since 13; its class is agent."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def count(self) -> int | None:
        """The header Count."""

    @property
    def position(self) -> int | None:
        """The header Position."""

class QueueEntry(View):
    """The event QueueEntry. Asterisk has it since 1.8; its class is agent."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def position(self) -> int | None:
        """The header Position."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def uniqueid(self) -> str | None:
        """The header Uniqueid."""

    @property
    def caller_id_num(self) -> str | None:
        """The header CallerIDNum."""

    @property
    def caller_id_name(self) -> str | None:
        """The header CallerIDName."""

    @property
    def connected_line_num(self) -> str | None:
        """The header ConnectedLineNum."""

    @property
    def connected_line_name(self) -> str | None:
        """The header ConnectedLineName."""

    @property
    def wait(self) -> int | None:
        """The header Wait."""

    @property
    def priority(self) -> int | None:
        """The header Priority."""

class QueueMember(View):
    """The event QueueMember. Asterisk has it since 1.8."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def name(self) -> str | None:
        """The header Name."""

    @property
    def location(self) -> str | None:
        """The header Location."""

    @property
    def membership(self) -> str | None:
        """The header Membership."""

    @property
    def penalty(self) -> int | None:
        """The header Penalty."""

    @property
    def calls_taken(self) -> int | None:
        """The header CallsTaken."""

    @property
    def last_call(self) -> datetime | None:
        """The header LastCall."""

    @property
    def status(self) -> int | None:
        """The header Status."""

    @property
    def paused(self) -> bool | None:
        """The header Paused."""

    @property
    def state_interface(self) -> str | None:
        """The header StateInterface."""

    @property
    def is_in_call(self) -> bool | None:
        """The header IsInCall."""

    @property
    def in_call(self) -> bool | None:
        """The header InCall."""

    @property
    def paused_reason(self) -> str | None:
        """The header PausedReason."""

    @property
    def last_pause(self) -> datetime | None:
        """The header LastPause."""

    @property
    def login_time(self) -> datetime | None:
        """The header LoginTime."""

    @property
    def wrapuptime(self) -> int | None:
        """The header Wrapuptime."""

class QueueMemberAdded(View):
    """The event QueueMemberAdded. Asterisk has it since 1.8; its class is agent."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def location(self) -> str | None:
        """The header Location."""

    @property
    def member_name(self) -> str | None:
        """The header MemberName."""

    @property
    def membership(self) -> str | None:
        """The header Membership. Known values: dynamic, realtime, static."""

    @property
    def penalty(self) -> int | None:
        """The header Penalty."""

    @property
    def calls_taken(self) -> int | None:
        """The header CallsTaken."""

    @property
    def last_call(self) -> datetime | None:
        """The header LastCall."""

    @property
    def status(self) -> int | None:
        """The header Status."""

    @property
    def paused(self) -> bool | None:
        """The header Paused."""

    @property
    def state_interface(self) -> str | None:
        """The header StateInterface."""

    @property
    def interface(self) -> str | None:
        """The header Interface."""

    @property
    def in_call(self) -> bool | None:
        """The header InCall."""

    @property
    def paused_reason(self) -> str | None:
        """The header PausedReason."""

    @property
    def ring_in_use(self) -> bool | None:
        """The header Ringinuse."""

    @property
    def last_pause(self) -> datetime | None:
        """The header LastPause."""

    @property
    def login_time(self) -> datetime | None:
        """The header LoginTime."""

    @property
    def wrapuptime(self) -> int | None:
        """The header Wrapuptime."""

class QueueMemberPause(View):
    """The event QueueMemberPause. Asterisk has it since 13; its class is agent."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def member_name(self) -> str | None:
        """The header MemberName."""

    @property
    def interface(self) -> str | None:
        """The header Interface."""

    @property
    def state_interface(self) -> str | None:
        """The header StateInterface."""

    @property
    def membership(self) -> str | None:
        """The header Membership. Known values: dynamic, realtime, static."""

    @property
    def penalty(self) -> int | None:
        """The header Penalty."""

    @property
    def calls_taken(self) -> int | None:
        """The header CallsTaken."""

    @property
    def last_call(self) -> datetime | None:
        """The header LastCall."""

    @property
    def in_call(self) -> bool | None:
        """The header InCall."""

    @property
    def status(self) -> int | None:
        """The header Status."""

    @property
    def paused(self) -> bool | None:
        """The header Paused."""

    @property
    def paused_reason(self) -> str | None:
        """The header PausedReason."""

    @property
    def ring_in_use(self) -> bool | None:
        """The header Ringinuse."""

    @property
    def reason(self) -> str | None:
        """The header Reason."""

    @property
    def last_pause(self) -> datetime | None:
        """The header LastPause."""

    @property
    def login_time(self) -> datetime | None:
        """The header LoginTime."""

    @property
    def wrapuptime(self) -> int | None:
        """The header Wrapuptime."""

class QueueMemberPaused(View):
    """The event QueueMemberPaused. Asterisk 1.8 to 11 have it; its class is agent."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def location(self) -> str | None:
        """The header Location."""

    @property
    def member_name(self) -> str | None:
        """The header MemberName."""

    @property
    def paused(self) -> bool | None:
        """The header Paused."""

    @property
    def reason(self) -> str | None:
        """The header Reason."""

class QueueMemberPenalty(View):
    """The event QueueMemberPenalty. Asterisk has it since 1.8; its class is agent."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def location(self) -> str | None:
        """The header Location."""

    @property
    def penalty(self) -> int | None:
        """The header Penalty."""

    @property
    def member_name(self) -> str | None:
        """The header MemberName."""

    @property
    def interface(self) -> str | None:
        """The header Interface."""

    @property
    def state_interface(self) -> str | None:
        """The header StateInterface."""

    @property
    def membership(self) -> str | None:
        """The header Membership. Known values: dynamic, realtime, static."""

    @property
    def calls_taken(self) -> int | None:
        """The header CallsTaken."""

    @property
    def last_call(self) -> datetime | None:
        """The header LastCall."""

    @property
    def in_call(self) -> bool | None:
        """The header InCall."""

    @property
    def status(self) -> int | None:
        """The header Status."""

    @property
    def paused(self) -> bool | None:
        """The header Paused."""

    @property
    def paused_reason(self) -> str | None:
        """The header PausedReason."""

    @property
    def ring_in_use(self) -> bool | None:
        """The header Ringinuse."""

    @property
    def last_pause(self) -> datetime | None:
        """The header LastPause."""

    @property
    def login_time(self) -> datetime | None:
        """The header LoginTime."""

    @property
    def wrapuptime(self) -> int | None:
        """The header Wrapuptime."""

class QueueMemberRemoved(View):
    """The event QueueMemberRemoved. Asterisk has it since 1.8; its class is agent."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def location(self) -> str | None:
        """The header Location."""

    @property
    def member_name(self) -> str | None:
        """The header MemberName."""

    @property
    def interface(self) -> str | None:
        """The header Interface."""

    @property
    def state_interface(self) -> str | None:
        """The header StateInterface."""

    @property
    def membership(self) -> str | None:
        """The header Membership. Known values: dynamic, realtime, static."""

    @property
    def penalty(self) -> int | None:
        """The header Penalty."""

    @property
    def calls_taken(self) -> int | None:
        """The header CallsTaken."""

    @property
    def last_call(self) -> datetime | None:
        """The header LastCall."""

    @property
    def in_call(self) -> bool | None:
        """The header InCall."""

    @property
    def status(self) -> int | None:
        """The header Status."""

    @property
    def paused(self) -> bool | None:
        """The header Paused."""

    @property
    def paused_reason(self) -> str | None:
        """The header PausedReason."""

    @property
    def ring_in_use(self) -> bool | None:
        """The header Ringinuse."""

    @property
    def last_pause(self) -> datetime | None:
        """The header LastPause."""

    @property
    def login_time(self) -> datetime | None:
        """The header LoginTime."""

    @property
    def wrapuptime(self) -> int | None:
        """The header Wrapuptime."""

class QueueMemberRinginuse(View):
    """The event QueueMemberRinginuse. Asterisk has it since 11; its class is agent."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def location(self) -> str | None:
        """The header Location."""

    @property
    def ring_in_use(self) -> bool | None:
        """The header Ringinuse."""

    @property
    def member_name(self) -> str | None:
        """The header MemberName."""

    @property
    def interface(self) -> str | None:
        """The header Interface."""

    @property
    def state_interface(self) -> str | None:
        """The header StateInterface."""

    @property
    def membership(self) -> str | None:
        """The header Membership. Known values: dynamic, realtime, static."""

    @property
    def penalty(self) -> int | None:
        """The header Penalty."""

    @property
    def calls_taken(self) -> int | None:
        """The header CallsTaken."""

    @property
    def last_call(self) -> datetime | None:
        """The header LastCall."""

    @property
    def in_call(self) -> bool | None:
        """The header InCall."""

    @property
    def status(self) -> int | None:
        """The header Status."""

    @property
    def paused(self) -> bool | None:
        """The header Paused."""

    @property
    def paused_reason(self) -> str | None:
        """The header PausedReason."""

    @property
    def last_pause(self) -> datetime | None:
        """The header LastPause."""

    @property
    def login_time(self) -> datetime | None:
        """The header LoginTime."""

    @property
    def wrapuptime(self) -> int | None:
        """The header Wrapuptime."""

class QueueMemberStatus(View):
    """The event QueueMemberStatus. Asterisk has it since 1.8; its class is agent."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def location(self) -> str | None:
        """The header Location."""

    @property
    def member_name(self) -> str | None:
        """The header MemberName."""

    @property
    def membership(self) -> str | None:
        """The header Membership. Known values: dynamic, realtime, static."""

    @property
    def penalty(self) -> int | None:
        """The header Penalty."""

    @property
    def calls_taken(self) -> int | None:
        """The header CallsTaken."""

    @property
    def last_call(self) -> datetime | None:
        """The header LastCall."""

    @property
    def status(self) -> int | None:
        """The header Status."""

    @property
    def paused(self) -> bool | None:
        """The header Paused."""

    @property
    def state_interface(self) -> str | None:
        """The header StateInterface."""

    @property
    def in_call(self) -> bool | None:
        """The header InCall."""

    @property
    def interface(self) -> str | None:
        """The header Interface."""

    @property
    def paused_reason(self) -> str | None:
        """The header PausedReason."""

    @property
    def ring_in_use(self) -> bool | None:
        """The header Ringinuse."""

    @property
    def last_pause(self) -> datetime | None:
        """The header LastPause."""

    @property
    def login_time(self) -> datetime | None:
        """The header LoginTime."""

    @property
    def wrapuptime(self) -> int | None:
        """The header Wrapuptime."""

class QueueParams(View):
    """The event QueueParams. Asterisk has it since 1.8; its class is agent."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def max(self) -> int | None:
        """The header Max."""

    @property
    def strategy(self) -> str | None:
        """The header Strategy."""

    @property
    def calls(self) -> int | None:
        """The header Calls."""

    @property
    def holdtime(self) -> int | None:
        """The header Holdtime."""

    @property
    def talk_time(self) -> int | None:
        """The header TalkTime."""

    @property
    def completed(self) -> int | None:
        """The header Completed."""

    @property
    def abandoned(self) -> int | None:
        """The header Abandoned."""

    @property
    def service_level(self) -> int | None:
        """The header ServiceLevel."""

    @property
    def servicelevel_perf(self) -> str | None:
        """The header ServicelevelPerf."""

    @property
    def weight(self) -> int | None:
        """The header Weight."""

    @property
    def servicelevel_perf2(self) -> str | None:
        """The header ServicelevelPerf2."""

class QueueStatusComplete(View):
    """The event QueueStatusComplete. Asterisk has it since 1.8."""

class QueueSummary(View):
    """The event QueueSummary. Asterisk has it since 1.8."""

    @property
    def queue(self) -> str | None:
        """The header Queue."""

    @property
    def logged_in(self) -> int | None:
        """The header LoggedIn."""

    @property
    def available(self) -> int | None:
        """The header Available."""

    @property
    def callers(self) -> int | None:
        """The header Callers."""

    @property
    def hold_time(self) -> int | None:
        """The header HoldTime."""

    @property
    def talk_time(self) -> int | None:
        """The header TalkTime."""

    @property
    def longest_hold_time(self) -> int | None:
        """The header LongestHoldTime."""

class QueueSummaryComplete(View):
    """The event QueueSummaryComplete. Asterisk has it since 1.8."""

class ReceivedSMS(View):
    """The event ReceivedSMS. Asterisk has it since 1.8."""

    @property
    def id(self) -> str | None:
        """The header ID."""

    @property
    def gsm_span(self) -> str | None:
        """The header GsmSpan."""

    @property
    def gsm_port(self) -> str | None:
        """The header GsmPort."""

    @property
    def sender(self) -> str | None:
        """The header Sender."""

    @property
    def recvtime(self) -> str | None:
        """The header Recvtime."""

    @property
    def index(self) -> int | None:
        """The header Index."""

    @property
    def total(self) -> int | None:
        """The header Total."""

    @property
    def smsc(self) -> str | None:
        """The header Smsc."""

    @property
    def content(self) -> str | None:
        """The header Content."""

class ReceiveFAX(View):
    """The event ReceiveFAX. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def caller_id(self) -> str | None:
        """The header CallerID."""

    @property
    def remote_station_id(self) -> str | None:
        """The header RemoteStationID."""

    @property
    def local_station_id(self) -> str | None:
        """The header LocalStationID."""

    @property
    def pages_transferred(self) -> str | None:
        """The header PagesTransferred."""

    @property
    def resolution(self) -> str | None:
        """The header Resolution."""

    @property
    def transfer_rate(self) -> str | None:
        """The header TransferRate."""

    @property
    def file_name(self) -> str | None:
        """The header FileName."""

class ReceiveFAXStatus(View):
    """The event ReceiveFAXStatus. Asterisk 1.8 alone has it; its class is call."""

    @property
    def status(self) -> str | None:
        """The header Status."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def context(self) -> str | None:
        """The header Context."""

    @property
    def exten(self) -> str | None:
        """The header Exten."""

    @property
    def caller_id(self) -> str | None:
        """The header CallerID."""

    @property
    def local_station_id(self) -> str | None:
        """The header LocalStationID."""

class RegistrationsComplete(View):
    """The event RegistrationsComplete. Asterisk has it since 1.8."""

class Registry(View):
    """The event Registry. Asterisk has it since 1.8; its class is system."""

    @property
    def channel_type(self) -> str | None:
        """The header ChannelType."""

    @property
    def domain(self) -> str | None:
        """The header Domain."""

    @property
    def status(self) -> str | None:
        """The header Status. Known values: Registered, Unregistered, Rejected, Failed."""

    @property
    def username(self) -> str | None:
        """The header Username."""

    @property
    def cause(self) -> int | None:
        """The header Cause."""

class RegistryEntry(View):
    """The event RegistryEntry. Asterisk has it since 1.8."""

    @property
    def dns_manager(self) -> str | None:
        """The header DNSmanager."""

    @property
    def username(self) -> str | None:
        """The header Username."""

    @property
    def perceived(self) -> str | None:
        """The header Perceived."""

    @property
    def refresh(self) -> int | None:
        """The header Refresh."""

    @property
    def state(self) -> str | None:
        """The header State."""

    @property
    def port(self) -> str | None:
        """The header Port."""

    @property
    def domain(self) -> str | None:
        """The header Domain."""

    @property
    def domain_port(self) -> int | None:
        """The header DomainPort."""

    @property
    def registration_time(self) -> int | None:
        """The header RegistrationTime."""

class Reload(View):
    """The event Reload. Asterisk has it since 1.8; its class is system."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def message(self) -> str | None:
        """The header Message."""

    @property
    def status(self) -> int | None:
        """The header Status."""

class Rename(View):
    """The event Rename. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def newname(self) -> str | None:
        """The header Newname."""

    @property
    def uniqueid(self) -> str | None:
        """The header Uniqueid."""

class RequestBadFormat(View):
    """The event RequestBadFormat. Asterisk has it since 13; its class is security."""

    @property
    def event_tv(self) -> datetime | None:
        """The header EventTV."""

    @property
    def severity(self) -> str | None:
        """The header Severity. Known values: Informational, Error."""

    @property
    def service(self) -> str | None:
        """The header Service."""

    @property
    def event_version(self) -> str | None:
        """The header EventVersion."""

    @property
    def account_id(self) -> str | None:
        """The header AccountID."""

    @property
    def session_id(self) -> str | None:
        """The header SessionID."""

    @property
    def local_address(self) -> str | None:
        """The header LocalAddress."""

    @property
    def remote_address(self) -> str | None:
        """The header RemoteAddress."""

    @property
    def request_type(self) -> str | None:
        """The header RequestType."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def session_tv(self) -> datetime | None:
        """The header SessionTV."""

    @property
    def request_params(self) -> str | None:
        """The header RequestParams."""

class RequestNotAllowed(View):
    """The event RequestNotAllowed. Asterisk has it since 13; its class is security."""

    @property
    def event_tv(self) -> datetime | None:
        """The header EventTV."""

    @property
    def severity(self) -> str | None:
        """The header Severity. Known values: Informational, Error."""

    @property
    def service(self) -> str | None:
        """The header Service."""

    @property
    def event_version(self) -> str | None:
        """The header EventVersion."""

    @property
    def account_id(self) -> str | None:
        """The header AccountID."""

    @property
    def session_id(self) -> str | None:
        """The header SessionID."""

    @property
    def local_address(self) -> str | None:
        """The header LocalAddress."""

    @property
    def remote_address(self) -> str | None:
        """The header RemoteAddress."""

    @property
    def request_type(self) -> str | None:
        """The header RequestType."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def session_tv(self) -> datetime | None:
        """The header SessionTV."""

    @property
    def request_params(self) -> str | None:
        """The header RequestParams."""

class RequestNotSupported(View):
    """The event RequestNotSupported. Asterisk has it since 13; its class is security."""

    @property
    def event_tv(self) -> datetime | None:
        """The header EventTV."""

    @property
    def severity(self) -> str | None:
        """The header Severity. Known values: Informational, Error."""

    @property
    def service(self) -> str | None:
        """The header Service."""

    @property
    def event_version(self) -> str | None:
        """The header EventVersion."""

    @property
    def account_id(self) -> str | None:
        """The header AccountID."""

    @property
    def session_id(self) -> str | None:
        """The header SessionID."""

    @property
    def local_address(self) -> str | None:
        """The header LocalAddress."""

    @property
    def remote_address(self) -> str | None:
        """The header RemoteAddress."""

    @property
    def request_type(self) -> str | None:
        """The header RequestType."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def session_tv(self) -> datetime | None:
        """The header SessionTV."""

class ResourceListDetail(View):
    """The event ResourceListDetail. Asterisk has it since 13."""

    @property
    def object_type(self) -> str | None:
        """The header ObjectType."""

    @property
    def object_name(self) -> str | None:
        """The header ObjectName."""

    @property
    def full_state(self) -> str | None:
        """The header FullState."""

    @property
    def list_item(self) -> str | None:
        """The header ListItem."""

    @property
    def notification_batch_interval(self) -> str | None:
        """The header NotificationBatchInterval."""

    @property
    def resource_display_name(self) -> str | None:
        """The header ResourceDisplayName."""

class ResourceListDetailComplete(View):
    """The event ResourceListDetailComplete. Asterisk has it since 13."""

class RTCPReceived(View):
    """The event RTCPReceived. Asterisk has it since 1.8; its class is reporting."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def from_(self) -> str | None:
        """The header From."""

    @property
    def pt(self) -> str | None:
        """The header PT. Known values: 200(SR), 201(RR)."""

    @property
    def reception_reports(self) -> int | None:
        """The header ReceptionReports."""

    @property
    def sender_ssrc(self) -> int | None:
        """The header SenderSSRC."""

    @property
    def fraction_lost(self) -> int | None:
        """The header FractionLost."""

    @property
    def packets_lost(self) -> int | None:
        """The header PacketsLost."""

    @property
    def highest_sequence(self) -> int | None:
        """The header HighestSequence."""

    @property
    def sequence_number_cycles(self) -> int | None:
        """The header SequenceNumberCycles."""

    @property
    def ia_jitter(self) -> int | None:
        """The header IAJitter."""

    @property
    def last_sr(self) -> str | None:
        """The header LastSR."""

    @property
    def dlsr(self) -> str | None:
        """The header DLSR."""

    @property
    def rtt(self) -> int | None:
        """The header RTT."""

    @property
    def ssrc(self) -> str | None:
        """The header SSRC."""

    @property
    def report_count(self) -> str | None:
        """The header ReportCount."""

    @property
    def sent_ntp(self) -> str | None:
        """The header SentNTP."""

    @property
    def sent_rtp(self) -> str | None:
        """The header SentRTP."""

    @property
    def sent_packets(self) -> int | None:
        """The header SentPackets."""

    @property
    def sent_octets(self) -> int | None:
        """The header SentOctets."""

    @property
    def mes(self) -> str | None:
        """The header MES."""

    @property
    def report0_source_ssrc(self) -> str | None:
        """The header Report0SourceSSRC."""

    @property
    def report0_fraction_lost(self) -> str | None:
        """The header Report0FractionLost."""

    @property
    def report0_cumulative_lost(self) -> str | None:
        """The header Report0CumulativeLost."""

    @property
    def report0_highest_sequence(self) -> str | None:
        """The header Report0HighestSequence."""

    @property
    def report0_sequence_number_cycles(self) -> str | None:
        """The header Report0SequenceNumberCycles."""

    @property
    def report0_ia_jitter(self) -> str | None:
        """The header Report0IAJitter."""

    @property
    def report0_lsr(self) -> str | None:
        """The header Report0LSR."""

    @property
    def report0_dlsr(self) -> str | None:
        """The header Report0DLSR."""

class RTCPSent(View):
    """The event RTCPSent. Asterisk has it since 1.8; its class is reporting."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def to(self) -> str | None:
        """The header To."""

    @property
    def our_ssrc(self) -> int | None:
        """The header OurSSRC."""

    @property
    def sent_ntp(self) -> str | None:
        """The header SentNTP."""

    @property
    def sent_rtp(self) -> int | None:
        """The header SentRTP."""

    @property
    def sent_packets(self) -> int | None:
        """The header SentPackets."""

    @property
    def sent_octets(self) -> int | None:
        """The header SentOctets."""

    @property
    def report_block(self) -> str | None:
        """The header ReportBlock."""

    @property
    def fraction_lost(self) -> int | None:
        """The header FractionLost."""

    @property
    def cumulative_loss(self) -> int | None:
        """The header CumulativeLoss."""

    @property
    def ia_jitter(self) -> str | None:
        """The header IAJitter."""

    @property
    def their_last_sr(self) -> str | None:
        """The header TheirLastSR."""

    @property
    def dlsr(self) -> str | None:
        """The header DLSR."""

    @property
    def ssrc(self) -> str | None:
        """The header SSRC."""

    @property
    def pt(self) -> str | None:
        """The header PT. Known values: 200(SR), 201(RR)."""

    @property
    def report_count(self) -> str | None:
        """The header ReportCount."""

    @property
    def mes(self) -> str | None:
        """The header MES."""

    @property
    def rtt(self) -> int | None:
        """The header RTT."""

    @property
    def report0_source_ssrc(self) -> str | None:
        """The header Report0SourceSSRC."""

    @property
    def report0_fraction_lost(self) -> str | None:
        """The header Report0FractionLost."""

    @property
    def report0_cumulative_lost(self) -> str | None:
        """The header Report0CumulativeLost."""

    @property
    def report0_highest_sequence(self) -> str | None:
        """The header Report0HighestSequence."""

    @property
    def report0_sequence_number_cycles(self) -> str | None:
        """The header Report0SequenceNumberCycles."""

    @property
    def report0_ia_jitter(self) -> str | None:
        """The header Report0IAJitter."""

    @property
    def report0_lsr(self) -> str | None:
        """The header Report0LSR."""

    @property
    def report0_dlsr(self) -> str | None:
        """The header Report0DLSR."""

class SendFAX(View):
    """The event SendFAX. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def caller_id(self) -> str | None:
        """The header CallerID."""

    @property
    def remote_station_id(self) -> str | None:
        """The header RemoteStationID."""

    @property
    def local_station_id(self) -> str | None:
        """The header LocalStationID."""

    @property
    def pages_transferred(self) -> str | None:
        """The header PagesTransferred."""

    @property
    def resolution(self) -> str | None:
        """The header Resolution."""

    @property
    def transfer_rate(self) -> str | None:
        """The header TransferRate."""

    @property
    def file_name(self) -> str | None:
        """The header FileName."""

class SendFAXStatus(View):
    """The event SendFAXStatus. Asterisk 1.8 alone has it; its class is call."""

    @property
    def status(self) -> str | None:
        """The header Status."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def context(self) -> str | None:
        """The header Context."""

    @property
    def exten(self) -> str | None:
        """The header Exten."""

    @property
    def caller_id(self) -> str | None:
        """The header CallerID."""

    @property
    def local_station_id(self) -> str | None:
        """The header LocalStationID."""

class SessionLimit(View):
    """The event SessionLimit. Asterisk has it since 13; its class is security."""

    @property
    def event_tv(self) -> datetime | None:
        """The header EventTV."""

    @property
    def severity(self) -> str | None:
        """The header Severity. Known values: Informational, Error."""

    @property
    def service(self) -> str | None:
        """The header Service."""

    @property
    def event_version(self) -> str | None:
        """The header EventVersion."""

    @property
    def account_id(self) -> str | None:
        """The header AccountID."""

    @property
    def session_id(self) -> str | None:
        """The header SessionID."""

    @property
    def local_address(self) -> str | None:
        """The header LocalAddress."""

    @property
    def remote_address(self) -> str | None:
        """The header RemoteAddress."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def session_tv(self) -> datetime | None:
        """The header SessionTV."""

class SessionTimeout(View):
    """The event SessionTimeout. Asterisk 11 to 20 have it; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def source(self) -> str | None:
        """The header Source. Known values: RTPTimeout, SIPSessionTimer."""

class ShowDialPlanComplete(View):
    """The event ShowDialPlanComplete. Asterisk has it since 1.8."""

    @property
    def list_extensions(self) -> int | None:
        """The header ListExtensions."""

    @property
    def list_priorities(self) -> int | None:
        """The header ListPriorities."""

    @property
    def list_contexts(self) -> int | None:
        """The header ListContexts."""

class Shutdown(View):
    """The event Shutdown. Asterisk has it since 1.8; its class is system."""

    @property
    def shutdown(self) -> str | None:
        """The header Shutdown. Known values: Uncleanly, Cleanly."""

    @property
    def restart(self) -> bool | None:
        """The header Restart."""

class SIPpeerstatusComplete(View):
    """The event SIPpeerstatusComplete. Asterisk 11 to 20 have it."""

class SIPQualifyPeerDone(View):
    """The event SIPQualifyPeerDone. Asterisk 13 to 20 have it; its class is call."""

    @property
    def peer(self) -> str | None:
        """The header Peer."""

class SoftHangupRequest(View):
    """The event SoftHangupRequest. Asterisk has it since 11; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def cause(self) -> int | None:
        """The header Cause."""

    @property
    def tech_cause(self) -> int | None:
        """The header TechCause."""

class SpanAlarm(View):
    """The event SpanAlarm. Asterisk has it since 1.8; its class is system."""

    @property
    def alarm(self) -> str | None:
        """The header Alarm."""

    @property
    def span(self) -> int | None:
        """The header Span."""

class SpanAlarmClear(View):
    """The event SpanAlarmClear. Asterisk has it since 1.8; its class is system."""

    @property
    def span(self) -> int | None:
        """The header Span."""

class Status(View):
    """The event Status. Asterisk has it since 1.8; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def extension(self) -> str | None:
        """The header Extension."""

    @property
    def seconds(self) -> int | None:
        """The header Seconds."""

    @property
    def account(self) -> str | None:
        """The header Account."""

    @property
    def state(self) -> str | None:
        """The header State."""

    @property
    def type_(self) -> str | None:
        """The header Type."""

    @property
    def dnid(self) -> str | None:
        """The header DNID."""

    @property
    def effective_connected_line_num(self) -> str | None:
        """The header EffectiveConnectedLineNum."""

    @property
    def effective_connected_line_name(self) -> str | None:
        """The header EffectiveConnectedLineName."""

    @property
    def time_to_hangup(self) -> int | None:
        """The header TimeToHangup."""

    @property
    def bridge_id(self) -> str | None:
        """The header BridgeID."""

    @property
    def application(self) -> str | None:
        """The header Application."""

    @property
    def data(self) -> str | None:
        """The header Data."""

    @property
    def nativeformats(self) -> str | None:
        """The header Nativeformats."""

    @property
    def readformat(self) -> str | None:
        """The header Readformat."""

    @property
    def readtrans(self) -> str | None:
        """The header Readtrans."""

    @property
    def writeformat(self) -> str | None:
        """The header Writeformat."""

    @property
    def writetrans(self) -> str | None:
        """The header Writetrans."""

    @property
    def callgroup(self) -> int | None:
        """The header Callgroup."""

    @property
    def pickupgroup(self) -> int | None:
        """The header Pickupgroup."""

    @property
    def variable(self) -> str | None:
        """The header Variable."""

class StatusComplete(View):
    """The event StatusComplete. Asterisk has it since 1.8; its class is call."""

    @property
    def items(self) -> int | None:
        """The header Items."""

class SuccessfulAuth(View):
    """The event SuccessfulAuth. Asterisk has it since 13; its class is security."""

    @property
    def event_tv(self) -> datetime | None:
        """The header EventTV."""

    @property
    def severity(self) -> str | None:
        """The header Severity. Known values: Informational, Error."""

    @property
    def service(self) -> str | None:
        """The header Service."""

    @property
    def event_version(self) -> str | None:
        """The header EventVersion."""

    @property
    def account_id(self) -> str | None:
        """The header AccountID."""

    @property
    def session_id(self) -> str | None:
        """The header SessionID."""

    @property
    def local_address(self) -> str | None:
        """The header LocalAddress."""

    @property
    def remote_address(self) -> str | None:
        """The header RemoteAddress."""

    @property
    def using_password(self) -> str | None:
        """The header UsingPassword."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def session_tv(self) -> datetime | None:
        """The header SessionTV."""

class TestEvent(View):
    """The event TestEvent. Asterisk has it since 1.8; its class is test."""

    @property
    def type_(self) -> str | None:
        """The header Type."""

    @property
    def state(self) -> str | None:
        """The header State."""

    @property
    def app_file(self) -> str | None:
        """The header AppFile."""

    @property
    def app_function(self) -> str | None:
        """The header AppFunction."""

    @property
    def app_line(self) -> int | None:
        """The header AppLine."""

    @property
    def expression(self) -> str | None:
        """The header Expression."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def call_id(self) -> str | None:
        """The header CallID."""

    @property
    def prior_call_id(self) -> str | None:
        """The header PriorCallID."""

class Transfer(View):
    """The event Transfer. Asterisk 1.8 to 11 have it; its class is call."""

    @property
    def transfer_method(self) -> str | None:
        """The header TransferMethod."""

    @property
    def transfer_type(self) -> str | None:
        """The header TransferType."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def uniqueid(self) -> str | None:
        """The header Uniqueid."""

    @property
    def sip_callid(self) -> str | None:
        """The header SIP-Callid."""

    @property
    def target_channel(self) -> str | None:
        """The header TargetChannel."""

    @property
    def target_uniqueid(self) -> str | None:
        """The header TargetUniqueid."""

    @property
    def transfer_exten(self) -> str | None:
        """The header TransferExten."""

    @property
    def transfer2_parking(self) -> str | None:
        """The header Transfer2Parking."""

    @property
    def transfer_context(self) -> str | None:
        """The header TransferContext."""

class TransportDetail(View):
    """The event TransportDetail. Asterisk has it since 13."""

    @property
    def object_type(self) -> str | None:
        """The header ObjectType."""

    @property
    def object_name(self) -> str | None:
        """The header ObjectName."""

    @property
    def protocol(self) -> str | None:
        """The header Protocol."""

    @property
    def bind(self) -> str | None:
        """The header Bind."""

    @property
    def ca_list_file(self) -> str | None:
        """The header CaListFile."""

    @property
    def ca_list_path(self) -> str | None:
        """The header CaListPath."""

    @property
    def cert_file(self) -> str | None:
        """The header CertFile."""

    @property
    def priv_key_file(self) -> str | None:
        """The header PrivKeyFile."""

    @property
    def password(self) -> str | None:
        """The header Password."""

    @property
    def external_signaling_address(self) -> str | None:
        """The header ExternalSignalingAddress."""

    @property
    def external_signaling_port(self) -> str | None:
        """The header ExternalSignalingPort."""

    @property
    def external_media_address(self) -> str | None:
        """The header ExternalMediaAddress."""

    @property
    def domain(self) -> str | None:
        """The header Domain."""

    @property
    def verify_server(self) -> str | None:
        """The header VerifyServer."""

    @property
    def verify_client(self) -> str | None:
        """The header VerifyClient."""

    @property
    def require_client_cert(self) -> str | None:
        """The header RequireClientCert."""

    @property
    def method(self) -> str | None:
        """The header Method."""

    @property
    def cipher(self) -> str | None:
        """The header Cipher."""

    @property
    def local_net(self) -> str | None:
        """The header LocalNet."""

    @property
    def tos(self) -> str | None:
        """The header Tos."""

    @property
    def cos(self) -> str | None:
        """The header Cos."""

    @property
    def websocket_write_timeout(self) -> str | None:
        """The header WebsocketWriteTimeout."""

    @property
    def endpoint_name(self) -> str | None:
        """The header EndpointName."""

    @property
    def allow_reload(self) -> str | None:
        """The header AllowReload."""

    @property
    def allow_wildcard_certs(self) -> str | None:
        """The header AllowWildcardCerts."""

    @property
    def symmetric_transport(self) -> str | None:
        """The header SymmetricTransport."""

    @property
    def tcp_keepalive_enable(self) -> str | None:
        """The header TcpKeepaliveEnable."""

    @property
    def tcp_keepalive_idle_time(self) -> str | None:
        """The header TcpKeepaliveIdleTime."""

    @property
    def tcp_keepalive_interval_time(self) -> str | None:
        """The header TcpKeepaliveIntervalTime."""

    @property
    def tcp_keepalive_probe_count(self) -> str | None:
        """The header TcpKeepaliveProbeCount."""

    @property
    def async_operations(self) -> str | None:
        """The header AsyncOperations."""

class UnexpectedAddress(View):
    """The event UnexpectedAddress. Asterisk has it since 13; its class is security."""

    @property
    def event_tv(self) -> datetime | None:
        """The header EventTV."""

    @property
    def severity(self) -> str | None:
        """The header Severity. Known values: Informational, Error."""

    @property
    def service(self) -> str | None:
        """The header Service."""

    @property
    def event_version(self) -> str | None:
        """The header EventVersion."""

    @property
    def account_id(self) -> str | None:
        """The header AccountID."""

    @property
    def session_id(self) -> str | None:
        """The header SessionID."""

    @property
    def local_address(self) -> str | None:
        """The header LocalAddress."""

    @property
    def remote_address(self) -> str | None:
        """The header RemoteAddress."""

    @property
    def expected_address(self) -> str | None:
        """The header ExpectedAddress."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def session_tv(self) -> datetime | None:
        """The header SessionTV."""

class Unhold(View):
    """The event Unhold. Asterisk has it since 13; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

class Unlink(View):
    """The event Unlink. Asterisk 1.8 alone has it; its class is call."""

    @property
    def channel1(self) -> str | None:
        """The header Channel1."""

    @property
    def channel2(self) -> str | None:
        """The header Channel2."""

    @property
    def uniqueid1(self) -> str | None:
        """The header Uniqueid1."""

    @property
    def uniqueid2(self) -> str | None:
        """The header Uniqueid2."""

    @property
    def caller_id1(self) -> str | None:
        """The header CallerID1."""

    @property
    def caller_id2(self) -> str | None:
        """The header CallerID2."""

class Unload(View):
    """The event Unload. Asterisk has it since 16; its class is system."""

    @property
    def module(self) -> str | None:
        """The header Module."""

    @property
    def status(self) -> str | None:
        """The header Status. Known values: Success."""

class UnParkedCall(View):
    """The event UnParkedCall. Asterisk has it since 1.8; its class is call."""

    @property
    def parkee(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Parkee."""

    @property
    def parker(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Parker."""

    @property
    def retriever(self) -> ChannelHeaders:
        """The headers of a channel: those that begin with Retriever."""

    @property
    def exten(self) -> str | None:
        """The header Exten."""

    @property
    def channel(self) -> str | None:
        """The header Channel."""

    @property
    def parkinglot(self) -> str | None:
        """The header Parkinglot."""

    @property
    def from_(self) -> str | None:
        """The header From."""

    @property
    def caller_id_num(self) -> str | None:
        """The header CallerIDNum."""

    @property
    def caller_id_name(self) -> str | None:
        """The header CallerIDName."""

    @property
    def connected_line_num(self) -> str | None:
        """The header ConnectedLineNum."""

    @property
    def connected_line_name(self) -> str | None:
        """The header ConnectedLineName."""

    @property
    def uniqueid(self) -> str | None:
        """The header Uniqueid."""

    @property
    def parker_dial_string(self) -> str | None:
        """The header ParkerDialString."""

    @property
    def parking_space(self) -> str | None:
        """The header ParkingSpace."""

    @property
    def parking_timeout(self) -> str | None:
        """The header ParkingTimeout."""

    @property
    def parking_duration(self) -> str | None:
        """The header ParkingDuration."""

class UpdateSMSSend(View):
    """The event UpdateSMSSend. Asterisk has it since 1.8."""

    @property
    def id(self) -> str | None:
        """The header ID."""

    @property
    def smsc(self) -> str | None:
        """The header Smsc."""

    @property
    def status(self) -> bool | None:
        """The header Status."""

class UserEvent(View):
    """The event UserEvent. Asterisk has it since 1.8; its class is user."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def user_event(self) -> str | None:
        """The header UserEvent."""

class VarSet(View):
    """The event VarSet. Asterisk has it since 1.8; its class is dialplan."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""

    @property
    def variable(self) -> str | None:
        """The header Variable."""

    @property
    def value(self) -> str | None:
        """The header Value."""

    @property
    def someheader(self) -> str | None:
        """The header Someheader."""

class VoicemailBoxDetail(View):
    """The event VoicemailBoxDetail. Asterisk has it since 18."""

    @property
    def context(self) -> str | None:
        """The header Context."""

    @property
    def mailbox(self) -> str | None:
        """The header Mailbox."""

    @property
    def folder(self) -> str | None:
        """The header Folder."""

    @property
    def id(self) -> str | None:
        """The header ID."""

    @property
    def caller_id(self) -> str | None:
        """The header CallerID."""

    @property
    def origtime(self) -> str | None:
        """The header Origtime."""

    @property
    def duration(self) -> str | None:
        """The header Duration."""

class VoicemailBoxDetailComplete(View):
    """The event VoicemailBoxDetailComplete. Asterisk has it since 18."""

class VoicemailPasswordChange(View):
    """The event VoicemailPasswordChange. Asterisk has it since 18; its class is user."""

    @property
    def context(self) -> str | None:
        """The header Context."""

    @property
    def mailbox(self) -> str | None:
        """The header Mailbox."""

    @property
    def new_password(self) -> str | None:
        """The header NewPassword."""

class VoicemailUserDetail(View):
    """The event VoicemailUserDetail. Asterisk has it since 16."""

    @property
    def vm_context(self) -> str | None:
        """The header VMContext."""

    @property
    def voice_mailbox(self) -> str | None:
        """The header VoiceMailbox."""

    @property
    def fullname(self) -> str | None:
        """The header Fullname."""

    @property
    def email(self) -> str | None:
        """The header Email."""

    @property
    def pager(self) -> str | None:
        """The header Pager."""

    @property
    def server_email(self) -> str | None:
        """The header ServerEmail."""

    @property
    def mail_command(self) -> str | None:
        """The header MailCommand."""

    @property
    def language(self) -> str | None:
        """The header Language."""

    @property
    def time_zone(self) -> str | None:
        """The header TimeZone."""

    @property
    def callback(self) -> str | None:
        """The header Callback."""

    @property
    def dialout(self) -> str | None:
        """The header Dialout."""

    @property
    def unique_id(self) -> str | None:
        """The header UniqueID."""

    @property
    def exit_context(self) -> str | None:
        """The header ExitContext."""

    @property
    def say_duration_minimum(self) -> int | None:
        """The header SayDurationMinimum."""

    @property
    def say_envelope(self) -> bool | None:
        """The header SayEnvelope."""

    @property
    def say_cid(self) -> bool | None:
        """The header SayCID."""

    @property
    def attach_message(self) -> bool | None:
        """The header AttachMessage."""

    @property
    def attachment_format(self) -> str | None:
        """The header AttachmentFormat."""

    @property
    def delete_message(self) -> bool | None:
        """The header DeleteMessage."""

    @property
    def volume_gain(self) -> str | None:
        """The header VolumeGain."""

    @property
    def can_review(self) -> bool | None:
        """The header CanReview."""

    @property
    def can_forward(self) -> bool | None:
        """The header CanForward."""

    @property
    def call_operator(self) -> bool | None:
        """The header CallOperator."""

    @property
    def max_message_count(self) -> int | None:
        """The header MaxMessageCount."""

    @property
    def max_message_length(self) -> int | None:
        """The header MaxMessageLength."""

    @property
    def new_message_count(self) -> int | None:
        """The header NewMessageCount."""

    @property
    def old_message_count(self) -> int | None:
        """The header OldMessageCount."""

    @property
    def imap_user(self) -> str | None:
        """The header IMAPUser."""

    @property
    def imap_port(self) -> str | None:
        """The header IMAPPort."""

    @property
    def imap_server(self) -> str | None:
        """The header IMAPServer."""

    @property
    def imap_flags(self) -> str | None:
        """The header IMAPFlags."""

    @property
    def from_string(self) -> str | None:
        """The header FromString."""

    @property
    def can_mark_urgent(self) -> bool | None:
        """The header CanMarkUrgent."""

class VoicemailUserDetailComplete(View):
    """The event VoicemailUserDetailComplete. Asterisk has it since 16."""

class VoicemailUserEntry(View):
    """The event VoicemailUserEntry. Asterisk has it since 1.8."""

    @property
    def voice_mailbox(self) -> str | None:
        """The header VoiceMailbox."""

    @property
    def fullname(self) -> str | None:
        """The header Fullname."""

    @property
    def email(self) -> str | None:
        """The header Email."""

    @property
    def pager(self) -> str | None:
        """The header Pager."""

    @property
    def server_email(self) -> str | None:
        """The header ServerEmail."""

    @property
    def from_string(self) -> str | None:
        """The header FromString."""

    @property
    def mail_command(self) -> str | None:
        """The header MailCommand."""

    @property
    def language(self) -> str | None:
        """The header Language."""

    @property
    def time_zone(self) -> str | None:
        """The header TimeZone."""

    @property
    def callback(self) -> str | None:
        """The header Callback."""

    @property
    def dialout(self) -> str | None:
        """The header Dialout."""

    @property
    def unique_id(self) -> str | None:
        """The header UniqueID."""

    @property
    def exit_context(self) -> str | None:
        """The header ExitContext."""

    @property
    def say_duration_minimum(self) -> int | None:
        """The header SayDurationMinimum."""

    @property
    def say_envelope(self) -> str | None:
        """The header SayEnvelope."""

    @property
    def say_cid(self) -> str | None:
        """The header SayCID."""

    @property
    def attach_message(self) -> str | None:
        """The header AttachMessage."""

    @property
    def attachment_format(self) -> str | None:
        """The header AttachmentFormat."""

    @property
    def delete_message(self) -> str | None:
        """The header DeleteMessage."""

    @property
    def volume_gain(self) -> str | None:
        """The header VolumeGain."""

    @property
    def can_review(self) -> str | None:
        """The header CanReview."""

    @property
    def call_operator(self) -> str | None:
        """The header CallOperator."""

    @property
    def max_message_count(self) -> int | None:
        """The header MaxMessageCount."""

    @property
    def max_message_length(self) -> int | None:
        """The header MaxMessageLength."""

    @property
    def new_message_count(self) -> int | None:
        """The header NewMessageCount."""

    @property
    def old_message_count(self) -> int | None:
        """The header OldMessageCount."""

    @property
    def vm_context(self) -> str | None:
        """The header VMContext."""

    @property
    def can_mark_urgent(self) -> bool | None:
        """The header CanMarkUrgent."""

class VoicemailUserEntryComplete(View):
    """The event VoicemailUserEntryComplete. Asterisk has it since 1.8."""

class WaitEventComplete(View):
    """The event WaitEventComplete. Asterisk has it since 1.8."""

class Wink(View):
    """The event Wink. Asterisk has it since 16; its class is call."""

    @property
    def channel(self) -> ChannelHeaders:
        """The headers of a channel: those without a prefix."""
