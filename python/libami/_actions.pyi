# Made by tools/catalogue.py.
"""The actions of Asterisk as methods, for both faces."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from libami._arguments import Scalar
from libami._native import Response
from libami._peer import Calls
from libami.aio._loop import OnLoop

class Actions:
    """Actions of a client, each a call that waits in its thread."""

    def __init__(self, peer: Calls) -> None: ...
    def absolute_timeout(
        self,
        *,
        channel: Scalar,
        timeout: timedelta | Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action AbsoluteTimeout. Asterisk has it since 1.8; it needs one of the classes call,
        system.
        """

    def agent_logoff(
        self,
        *,
        agent: Scalar,
        soft: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action AgentLogoff. Asterisk has it since 1.8; it needs the class agent."""

    def agents(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Agents. Asterisk has it since 1.8; it needs the class agent. The answer may be a
        list, which ends with AgentsComplete.
        """

    def agi(
        self,
        *,
        channel: Scalar,
        command: Scalar,
        command_id: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action AGI. Asterisk has it since 1.8; it needs the class agi."""

    def aoc_message(
        self,
        *,
        msg_type: Scalar,
        channel: Scalar | None = None,
        channel_prefix: Scalar | None = None,
        charge_type: Scalar | None = None,
        currency_name: Scalar | None = None,
        currency_amount: Scalar | None = None,
        currency_multiplier: Scalar | None = None,
        total_type: Scalar | None = None,
        aoc_billing_id: Scalar | None = None,
        charging_association_id: Scalar | None = None,
        charging_association_number: Scalar | None = None,
        charging_association_plan: Scalar | None = None,
        charged_item: Scalar | None = None,
        rate_type: Scalar | None = None,
        time: Scalar | None = None,
        time_scale: Scalar | None = None,
        granularity: Scalar | None = None,
        granularity_time_scale: Scalar | None = None,
        charging_type: Scalar | None = None,
        volume_unit: Scalar | None = None,
        code: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action AOCMessage. Asterisk has it since 1.8; it needs the class aoc."""

    def atxfer(
        self,
        *,
        channel: Scalar,
        exten: Scalar,
        context: Scalar | None = None,
        priority: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Atxfer. Asterisk has it since 1.8; it needs the class call."""

    def blind_transfer(
        self,
        *,
        channel: Scalar,
        context: Scalar | None = None,
        exten: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action BlindTransfer. Asterisk has it since 13; it needs the class call."""

    def bridge(
        self,
        *,
        channel1: Scalar,
        channel2: Scalar,
        tone: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Bridge. Asterisk has it since 1.8; it needs the class call."""

    def bridge_destroy(
        self,
        *,
        bridge_uniqueid: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action BridgeDestroy. Asterisk has it since 13; it needs no class."""

    def bridge_info(
        self,
        *,
        bridge_uniqueid: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action BridgeInfo. Asterisk has it since 13; it needs no class. The answer may be a list,
        which ends with BridgeInfoComplete.
        """

    def bridge_kick(
        self,
        *,
        channel: Scalar,
        bridge_uniqueid: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action BridgeKick. Asterisk has it since 13; it needs no class."""

    def bridge_list(
        self,
        *,
        bridge_type: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action BridgeList. Asterisk has it since 13; it needs no class. The answer may be a list,
        which ends with BridgeListComplete.
        """

    def bridge_technology_list(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action BridgeTechnologyList. Asterisk has it since 13; it needs no class. The answer may
        be a list, which ends with BridgeTechnologyListComplete.
        """

    def bridge_technology_suspend(
        self,
        *,
        bridge_technology: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action BridgeTechnologySuspend. Asterisk has it since 13; it needs no class."""

    def bridge_technology_unsuspend(
        self,
        *,
        bridge_technology: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action BridgeTechnologyUnsuspend. Asterisk has it since 13; it needs no class."""

    def cancel_atxfer(
        self,
        *,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action CancelAtxfer. Asterisk has it since 13; it needs the class call."""

    def challenge(
        self,
        *,
        auth_type: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Challenge. Asterisk has it since 1.8; it needs no class."""

    def change_monitor(
        self,
        *,
        channel: Scalar,
        file: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ChangeMonitor. Asterisk 1.8 to 20 have it; it needs the class call."""

    def command(
        self,
        *,
        command: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Command. Asterisk has it since 1.8; it needs the class command."""

    def confbridge_kick(
        self,
        *,
        conference: Scalar,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeKick. Asterisk has it since 11; it needs the class call."""

    def confbridge_list(
        self,
        *,
        conference: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeList. Asterisk has it since 11; it needs the class reporting. The answer
        may be a list, which ends with ConfbridgeListComplete.
        """

    def confbridge_list_rooms(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeListRooms. Asterisk has it since 11; it needs the class reporting. The
        answer may be a list, which ends with ConfbridgeListRoomsComplete.
        """

    def confbridge_lock(
        self,
        *,
        conference: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeLock. Asterisk has it since 11; it needs the class call."""

    def confbridge_mute(
        self,
        *,
        conference: Scalar,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeMute. Asterisk has it since 11; it needs the class call."""

    def confbridge_set_single_video_src(
        self,
        *,
        conference: Scalar,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeSetSingleVideoSrc. Asterisk has it since 11; it needs the class call."""

    def confbridge_start_record(
        self,
        *,
        conference: Scalar,
        record_file: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeStartRecord. Asterisk has it since 11; it needs the class system."""

    def confbridge_stop_record(
        self,
        *,
        conference: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeStopRecord. Asterisk has it since 11; it needs the class system."""

    def confbridge_unlock(
        self,
        *,
        conference: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeUnlock. Asterisk has it since 11; it needs the class call."""

    def confbridge_unmute(
        self,
        *,
        conference: Scalar,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeUnmute. Asterisk has it since 11; it needs the class call."""

    def control_playback(
        self,
        *,
        channel: Scalar,
        control: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ControlPlayback. Asterisk has it since 13; it needs the class call."""

    def core_settings(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action CoreSettings. Asterisk has it since 1.8; it needs one of the classes reporting,
        system.
        """

    def core_show_channel_map(
        self,
        *,
        channel: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action CoreShowChannelMap. Asterisk has it since 18; it needs one of the classes
        reporting, system. The answer may be a list, which ends with CoreShowChannelMapComplete.
        """

    def core_show_channels(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action CoreShowChannels. Asterisk has it since 1.8; it needs one of the classes reporting,
        system. The answer may be a list, which ends with CoreShowChannelsComplete.
        """

    def core_status(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action CoreStatus. Asterisk has it since 1.8; it needs one of the classes reporting,
        system.
        """

    def create_config(
        self,
        *,
        filename: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action CreateConfig. Asterisk has it since 1.8; it needs the class config."""

    def dahdi_dial_offhook(
        self,
        *,
        dahdi_channel: Scalar,
        number: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DAHDIDialOffhook. Asterisk has it since 1.8; it needs no class."""

    def dahdi_dnd_off(
        self,
        *,
        dahdi_channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DAHDIDNDoff. Asterisk has it since 1.8; it needs no class."""

    def dahdi_dnd_on(
        self,
        *,
        dahdi_channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DAHDIDNDon. Asterisk has it since 1.8; it needs no class."""

    def dahdi_hangup(
        self,
        *,
        dahdi_channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DAHDIHangup. Asterisk has it since 1.8; it needs no class."""

    def dahdi_restart(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DAHDIRestart. Asterisk has it since 1.8; it needs no class."""

    def dahdi_show_channels(
        self,
        *,
        dahdi_channel: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DAHDIShowChannels. Asterisk has it since 1.8; it needs no class. The answer may be
        a list, which ends with DAHDIShowChannelsComplete.
        """

    def dahdi_show_status(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DAHDIShowStatus. Asterisk has it since 18; it needs no class. The answer may be a
        list, which ends with DAHDIShowStatusComplete.
        """

    def dahdi_transfer(
        self,
        *,
        dahdi_channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DAHDITransfer. Asterisk has it since 1.8; it needs no class."""

    def data_get(
        self,
        *,
        path: Scalar,
        search: Scalar | None = None,
        filter: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DataGet. Asterisk 1.8 to 13 have it; it needs no class."""

    def db_del(
        self,
        *,
        family: Scalar,
        key: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DBDel. Asterisk has it since 1.8; it needs the class system."""

    def db_del_tree(
        self,
        *,
        family: Scalar,
        key: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DBDelTree. Asterisk has it since 1.8; it needs the class system."""

    def db_get(
        self,
        *,
        family: Scalar,
        key: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DBGet. Asterisk has it since 1.8; it needs one of the classes reporting, system.
        The answer may be a list, which ends with DBGetComplete.
        """

    def db_get_tree(
        self,
        *,
        family: Scalar | None = None,
        key: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DBGetTree. Asterisk has it since 16; it needs one of the classes reporting, system.
        The answer may be a list, which ends with DBGetTreeComplete.
        """

    def db_put(
        self,
        *,
        family: Scalar,
        key: Scalar,
        val: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DBPut. Asterisk has it since 1.8; it needs the class system."""

    def device_state_list(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DeviceStateList. Asterisk has it since 13; it needs one of the classes call,
        reporting. The answer may be a list, which ends with DeviceStateListComplete.
        """

    def dialplan_extension_add(
        self,
        *,
        context: Scalar,
        extension: Scalar,
        priority: Scalar,
        application: Scalar,
        application_data: Scalar | None = None,
        replace: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DialplanExtensionAdd. Asterisk has it since 13; it needs the class system."""

    def dialplan_extension_remove(
        self,
        *,
        context: Scalar,
        extension: Scalar,
        priority: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DialplanExtensionRemove. Asterisk has it since 13; it needs the class system."""

    def dongle_reload(
        self,
        *,
        when: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleReload. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    def dongle_remove(
        self,
        *,
        device: Scalar,
        when: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleRemove. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    def dongle_reset(
        self,
        *,
        device: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleReset. Asterisk has it since 1.8; it needs one of the classes config, system."""

    def dongle_restart(
        self,
        *,
        device: Scalar,
        when: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleRestart. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    def dongle_send_pdu(
        self,
        *,
        device: Scalar,
        pdu: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleSendPDU. Asterisk has it since 1.8; it needs the class call."""

    def dongle_send_sms(
        self,
        *,
        device: Scalar,
        number: Scalar,
        message: Scalar,
        validity: Scalar | None = None,
        report: Scalar | None = None,
        payload: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleSendSMS. Asterisk has it since 1.8; it needs the class call."""

    def dongle_send_ussd(
        self,
        *,
        device: Scalar,
        ussd: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleSendUSSD. Asterisk has it since 1.8; it needs the class call."""

    def dongle_set_ccwa(
        self,
        *,
        device: Scalar,
        value: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleSetCCWA. Asterisk has it since 1.8; it needs the class config."""

    def dongle_show_devices(
        self,
        *,
        device: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleShowDevices. Asterisk has it since 1.8; it needs one of the classes
        reporting, system. The answer may be a list, which ends with DongleShowDevicesComplete.
        """

    def dongle_start(
        self,
        *,
        device: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleStart. Asterisk has it since 1.8; it needs one of the classes config, system."""

    def dongle_stop(
        self,
        *,
        device: Scalar,
        when: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleStop. Asterisk has it since 1.8; it needs one of the classes config, system."""

    def events(
        self,
        *,
        event_mask: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Events. Asterisk has it since 1.8; it needs no class."""

    def extension_state(
        self,
        *,
        exten: Scalar,
        context: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ExtensionState. Asterisk has it since 1.8; it needs one of the classes call,
        reporting.
        """

    def extension_state_list(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ExtensionStateList. Asterisk has it since 13; it needs one of the classes call,
        reporting. The answer may be a list, which ends with ExtensionStateListComplete.
        """

    def fax_session(
        self,
        *,
        session_number: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action FAXSession. Asterisk has it since 13; it needs the class call."""

    def fax_sessions(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action FAXSessions. Asterisk has it since 13; it needs the class call. The answer may be a
        list, which ends with FAXSessionsComplete.
        """

    def fax_stats(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action FAXStats. Asterisk has it since 13; it needs the class reporting."""

    def filter(
        self,
        *,
        operation: Scalar | None = None,
        filter: Scalar | None = None,
        match_criteria: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Filter. Asterisk has it since 11; it needs the class system."""

    def get_config(
        self,
        *,
        filename: Scalar,
        category: Scalar | None = None,
        filter: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action GetConfig. Asterisk has it since 1.8; it needs one of the classes config, system."""

    def get_config_json(
        self,
        *,
        filename: Scalar,
        category: Scalar | None = None,
        filter: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action GetConfigJSON. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    def getvar(
        self,
        *,
        variable: Scalar,
        channel: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Getvar. Asterisk has it since 1.8; it needs one of the classes call, reporting."""

    def hangup(
        self,
        *,
        channel: Scalar,
        cause: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Hangup. Asterisk has it since 1.8; it needs one of the classes call, system. The
        answer may be a list, which ends with ChannelsHungupListComplete.
        """

    def iax_netstats(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action IAXnetstats. Asterisk has it since 1.8; it needs one of the classes reporting,
        system.
        """

    def iax_peer_list(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action IAXpeerlist. Asterisk has it since 1.8; it needs one of the classes reporting,
        system. The answer may be a list, which ends with PeerlistComplete.
        """

    def iax_peers(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action IAXpeers. Asterisk has it since 1.8; it needs one of the classes reporting, system.
        The answer may be a list, which ends with PeerlistComplete.
        """

    def iax_registry(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action IAXregistry. Asterisk has it since 1.8; it needs one of the classes reporting,
        system. The answer may be a list, which ends with RegistrationsComplete.
        """

    def jabber_send(
        self,
        *,
        jabber: Scalar,
        message: Scalar,
        screen_name: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action JabberSend. Asterisk has it since 1.8; it needs the class system."""

    def list_categories(
        self,
        *,
        filename: Scalar,
        match_: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ListCategories. Asterisk has it since 1.8; it needs the class config."""

    def list_commands(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ListCommands. Asterisk has it since 1.8; it needs no class."""

    def local_optimize_away(
        self,
        *,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action LocalOptimizeAway. Asterisk has it since 1.8; it needs one of the classes call,
        system.
        """

    def logger_rotate(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action LoggerRotate. Asterisk has it since 13; it needs one of the classes reporting,
        system.
        """

    def login(
        self,
        *,
        username: Scalar,
        secret: Scalar | None = None,
        auth_type: Scalar | None = None,
        key: Scalar | None = None,
        events: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Login. Asterisk has it since 1.8; it needs no class."""

    def logoff(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Logoff. Asterisk has it since 1.8; it needs no class."""

    def mailbox_count(
        self,
        *,
        mailbox: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MailboxCount. Asterisk has it since 1.8; it needs one of the classes call,
        reporting.
        """

    def mailbox_status(
        self,
        *,
        mailbox: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MailboxStatus. Asterisk has it since 1.8; it needs one of the classes call,
        reporting.
        """

    def meetme_list(
        self,
        *,
        conference: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MeetmeList. Asterisk has it since 1.8; it needs the class reporting. The answer may
        be a list, which ends with MeetmeListComplete.
        """

    def meetme_list_rooms(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MeetmeListRooms. Asterisk has it since 11; it needs the class reporting. The answer
        may be a list, which ends with MeetmeListRoomsComplete.
        """

    def meetme_mute(
        self,
        *,
        meetme: Scalar,
        usernum: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MeetmeMute. Asterisk has it since 1.8; it needs the class call."""

    def meetme_unmute(
        self,
        *,
        meetme: Scalar,
        usernum: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MeetmeUnmute. Asterisk has it since 1.8; it needs the class call."""

    def message_send(
        self,
        *,
        to: Scalar | None = None,
        from_: Scalar | None = None,
        body: Scalar | None = None,
        base64_body: Scalar | None = None,
        variable: Mapping[str, Scalar] | Sequence[str] | None = None,
        destination: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MessageSend. Asterisk has it since 11; it needs the class message."""

    def mix_monitor(
        self,
        *,
        channel: Scalar,
        file: Scalar | None = None,
        options: Scalar | None = None,
        command: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MixMonitor. Asterisk has it since 11; it needs the class system."""

    def mix_monitor_mute(
        self,
        *,
        channel: Scalar,
        direction: Scalar | None = None,
        state: Scalar | None = None,
        mix_monitor_id: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MixMonitorMute. Asterisk has it since 1.8; it needs one of the classes call,
        system.
        """

    def module_check(
        self,
        *,
        module: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ModuleCheck. Asterisk has it since 1.8; it needs the class system."""

    def module_load(
        self,
        *,
        load_type: Scalar,
        module: Scalar | None = None,
        recursive: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ModuleLoad. Asterisk has it since 1.8; it needs the class system."""

    def monitor(
        self,
        *,
        channel: Scalar,
        file: Scalar | None = None,
        format: Scalar | None = None,
        mix: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Monitor. Asterisk 1.8 to 20 have it; it needs the class call."""

    def mute_audio(
        self,
        *,
        channel: Scalar,
        direction: Scalar,
        state: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MuteAudio. Asterisk has it since 1.8; it needs the class system."""

    def mwi_delete(
        self,
        *,
        mailbox: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MWIDelete. Asterisk has it since 13; it needs the class call."""

    def mwi_get(
        self,
        *,
        mailbox: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MWIGet. Asterisk has it since 13; it needs one of the classes call, reporting. The
        answer may be a list, which ends with MWIGetComplete.
        """

    def mwi_update(
        self,
        *,
        mailbox: Scalar,
        old_messages: Scalar | None = None,
        new_messages: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MWIUpdate. Asterisk has it since 13; it needs the class call."""

    def originate(
        self,
        *,
        channel: Scalar,
        exten: Scalar | None = None,
        context: Scalar | None = None,
        priority: Scalar | None = None,
        application: Scalar | None = None,
        data: Scalar | None = None,
        timeout: timedelta | Scalar | None = None,
        caller_id: Scalar | None = None,
        variable: Mapping[str, Scalar] | Sequence[str] | None = None,
        account: Scalar | None = None,
        async_: Scalar | None = None,
        codecs: Scalar | None = None,
        early_media: Scalar | None = None,
        channel_id: Scalar | None = None,
        other_channel_id: Scalar | None = None,
        pre_dial_go_sub: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Originate. Asterisk has it since 1.8; it needs the class originate."""

    def park(
        self,
        *,
        channel: Scalar,
        channel2: Scalar,
        timeout: timedelta | Scalar | None = None,
        parkinglot: Scalar | None = None,
        timeout_channel: Scalar | None = None,
        announce_channel: Scalar | None = None,
        parking_space: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Park. Asterisk has it since 1.8; it needs the class call."""

    def parked_calls(
        self,
        *,
        parking_lot: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ParkedCalls. Asterisk has it since 1.8; it needs the class call. The answer may be
        a list, which ends with ParkedCallsComplete.
        """

    def parkinglots(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Parkinglots. Asterisk has it since 11; it needs the class call. The answer may be a
        list, which ends with ParkinglotsComplete.
        """

    def pause_monitor(
        self,
        *,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PauseMonitor. Asterisk 1.8 to 20 have it; it needs the class call."""

    def ping(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Ping. Asterisk has it since 1.8; it needs no class."""

    def pjsip_hangup(
        self,
        *,
        channel: Scalar,
        cause: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPHangup. Asterisk has it since 18; it needs no class. The answer may be a list,
        which ends with ChannelsHungupListComplete.
        """

    def pjsip_notify(
        self,
        *,
        endpoint: Scalar | None = None,
        uri: Scalar | None = None,
        channel: Scalar | None = None,
        variable: Mapping[str, Scalar] | Sequence[str] | None = None,
        option: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPNotify. Asterisk has it since 13; it needs the class system."""

    def pjsip_qualify(
        self,
        *,
        endpoint: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPQualify. Asterisk has it since 13; it needs one of the classes reporting,
        system.
        """

    def pjsip_register(
        self,
        *,
        registration: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPRegister. Asterisk has it since 13; it needs one of the classes reporting,
        system.
        """

    def pjsip_set_maintenance(
        self,
        *,
        endpoint: Scalar,
        state: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPSetMaintenance. Asterisk has it since 20; it needs the class system."""

    def pjsip_show_aors(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowAors. Asterisk has it since 16; it needs the class system. The answer may
        be a list, which ends with AorListComplete.
        """

    def pjsip_show_auths(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowAuths. Asterisk has it since 16; it needs the class system. The answer may
        be a list, which ends with AuthListComplete.
        """

    def pjsip_show_contacts(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowContacts. Asterisk has it since 16; it needs the class system. The answer
        may be a list, which ends with ContactListComplete.
        """

    def pjsip_show_endpoint(
        self,
        *,
        endpoint: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowEndpoint. Asterisk has it since 13; it needs the class system. The answer
        may be a list, which ends with EndpointDetailComplete.
        """

    def pjsip_show_endpoints(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowEndpoints. Asterisk has it since 13; it needs the class system. The answer
        may be a list, which ends with EndpointListComplete.
        """

    def pjsip_show_maintenance(
        self,
        *,
        endpoint: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowMaintenance. Asterisk has it since 20; it needs one of the classes
        reporting, system. The answer may be a list, which ends with PJSIPMaintenanceStatusComplete.
        """

    def pjsip_show_registration_inbound_contact_statuses(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowRegistrationInboundContactStatuses. Asterisk has it since 13; it needs the
        class system. The answer may be a list, which ends with ContactStatusDetailComplete.
        """

    def pjsip_show_registrations_inbound(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowRegistrationsInbound. Asterisk has it since 13; it needs the class system.
        The answer may be a list, which ends with InboundRegistrationDetailComplete.
        """

    def pjsip_show_registrations_outbound(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowRegistrationsOutbound. Asterisk has it since 13; it needs one of the
        classes reporting, system. The answer may be a list, which ends with
        OutboundRegistrationDetailComplete.
        """

    def pjsip_show_resource_lists(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowResourceLists. Asterisk has it since 13; it needs the class system. The
        answer may be a list, which ends with ResourceListDetailComplete.
        """

    def pjsip_show_subscriptions_inbound(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowSubscriptionsInbound. Asterisk has it since 13; it needs the class system.
        The answer may be a list, which ends with InboundSubscriptionDetailComplete.
        """

    def pjsip_show_subscriptions_outbound(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowSubscriptionsOutbound. Asterisk has it since 13; it needs the class
        system. The answer may be a list, which ends with OutboundSubscriptionDetailComplete.
        """

    def pjsip_unregister(
        self,
        *,
        registration: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPUnregister. Asterisk has it since 13; it needs one of the classes reporting,
        system.
        """

    def play_dtmf(
        self,
        *,
        channel: Scalar,
        digit: Scalar,
        duration: timedelta | Scalar | None = None,
        receive: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PlayDTMF. Asterisk has it since 1.8; it needs the class call."""

    def play_mf(
        self,
        *,
        channel: Scalar,
        digit: Scalar,
        duration: timedelta | Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PlayMF. Asterisk has it since 16; it needs the class call."""

    def presence_state(
        self,
        *,
        provider: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PresenceState. Asterisk has it since 11; it needs one of the classes call,
        reporting.
        """

    def presence_state_list(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PresenceStateList. Asterisk has it since 13; it needs one of the classes call,
        reporting. The answer may be a list, which ends with PresenceStateListComplete.
        """

    def pri_debug_file_set(
        self,
        *,
        file: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PRIDebugFileSet. Asterisk has it since 13; it needs the class system."""

    def pri_debug_file_unset(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PRIDebugFileUnset. Asterisk has it since 13; it needs no class."""

    def pri_debug_set(
        self,
        *,
        span: Scalar,
        level: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PRIDebugSet. Asterisk has it since 13; it needs no class."""

    def pri_show_spans(
        self,
        *,
        span: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PRIShowSpans. Asterisk has it since 11; it needs no class. The answer may be a
        list, which ends with PRIShowSpansComplete.
        """

    def quectel_reload(
        self,
        *,
        when: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelReload. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    def quectel_remove(
        self,
        *,
        device: Scalar,
        when: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelRemove. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    def quectel_reset(
        self,
        *,
        device: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelReset. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    def quectel_restart(
        self,
        *,
        device: Scalar,
        when: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelRestart. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    def quectel_send_pdu(
        self,
        *,
        device: Scalar,
        pdu: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelSendPDU. Asterisk has it since 1.8; it needs the class call."""

    def quectel_send_sms(
        self,
        *,
        device: Scalar,
        number: Scalar,
        message: Scalar,
        validity: Scalar | None = None,
        report: Scalar | None = None,
        payload: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelSendSMS. Asterisk has it since 1.8; it needs the class call."""

    def quectel_send_ussd(
        self,
        *,
        device: Scalar,
        ussd: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelSendUSSD. Asterisk has it since 1.8; it needs the class call."""

    def quectel_set_ccwa(
        self,
        *,
        device: Scalar,
        value: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelSetCCWA. Asterisk has it since 1.8; it needs the class config."""

    def quectel_show_devices(
        self,
        *,
        device: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelShowDevices. Asterisk has it since 1.8; it needs one of the classes
        reporting, system. The answer may be a list, which ends with QuectelShowDevicesComplete.
        """

    def quectel_start(
        self,
        *,
        device: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelStart. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    def quectel_stop(
        self,
        *,
        device: Scalar,
        when: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelStop. Asterisk has it since 1.8; it needs one of the classes config, system."""

    def queue_add(
        self,
        *,
        queue: Scalar,
        interface: Scalar,
        penalty: Scalar | None = None,
        paused: Scalar | None = None,
        member_name: Scalar | None = None,
        state_interface: Scalar | None = None,
        reason: Scalar | None = None,
        wrapuptime: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueAdd. Asterisk has it since 1.8; it needs the class agent."""

    def queue_change_priority_caller(
        self,
        *,
        queue: Scalar,
        caller: Scalar,
        priority: Scalar,
        immediate: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueChangePriorityCaller. Asterisk has it since 16; it needs no class."""

    def queue_log(
        self,
        *,
        queue: Scalar,
        event: Scalar,
        uniqueid: Scalar | None = None,
        interface: Scalar | None = None,
        message: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueLog. Asterisk has it since 1.8; it needs the class agent."""

    def queue_member_ring_in_use(
        self,
        *,
        interface: Scalar,
        ring_in_use: Scalar,
        queue: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueMemberRingInUse. Asterisk has it since 11; it needs the class agent."""

    def queue_pause(
        self,
        *,
        interface: Scalar,
        paused: Scalar,
        queue: Scalar | None = None,
        reason: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueuePause. Asterisk has it since 1.8; it needs the class agent."""

    def queue_penalty(
        self,
        *,
        interface: Scalar,
        penalty: Scalar,
        queue: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueuePenalty. Asterisk has it since 1.8; it needs the class agent."""

    def queue_reload(
        self,
        *,
        queue: Scalar | None = None,
        members: Scalar | None = None,
        rules: Scalar | None = None,
        parameters: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueReload. Asterisk has it since 1.8; it needs no class."""

    def queue_remove(
        self,
        *,
        queue: Scalar,
        interface: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueRemove. Asterisk has it since 1.8; it needs the class agent."""

    def queue_reset(
        self,
        *,
        queue: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueReset. Asterisk has it since 1.8; it needs no class."""

    def queue_rule(
        self,
        *,
        rule: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueRule. Asterisk has it since 1.8; it needs no class."""

    def queues(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Queues. Asterisk 1.8 to 13 have it; it needs no class."""

    def queue_status(
        self,
        *,
        queue: Scalar | None = None,
        member: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueStatus. Asterisk has it since 1.8; it needs no class. The answer may be a
        list, which ends with QueueStatusComplete.
        """

    def queue_summary(
        self,
        *,
        queue: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueSummary. Asterisk has it since 1.8; it needs no class. The answer may be a
        list, which ends with QueueSummaryComplete.
        """

    def queue_withdraw_caller(
        self,
        *,
        queue: Scalar,
        caller: Scalar,
        withdraw_info: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueWithdrawCaller. Asterisk has it since 16; it needs no class."""

    def redirect(
        self,
        *,
        channel: Scalar,
        exten: Scalar,
        context: Scalar,
        priority: Scalar,
        extra_channel: Scalar | None = None,
        extra_exten: Scalar | None = None,
        extra_context: Scalar | None = None,
        extra_priority: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Redirect. Asterisk has it since 1.8; it needs the class call."""

    def reload(
        self,
        *,
        module: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Reload. Asterisk has it since 1.8; it needs one of the classes config, system."""

    def send_flash(
        self,
        *,
        channel: Scalar,
        receive: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SendFlash. Asterisk has it since 18; it needs the class call."""

    def send_text(
        self,
        *,
        channel: Scalar,
        message: Scalar,
        content_type: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SendText. Asterisk has it since 1.8; it needs the class call."""

    def setvar(
        self,
        *,
        variable: Scalar,
        value: Scalar,
        channel: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Setvar. Asterisk has it since 1.8; it needs the class call."""

    def show_dial_plan(
        self,
        *,
        extension: Scalar | None = None,
        context: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ShowDialPlan. Asterisk has it since 1.8; it needs one of the classes config,
        reporting. The answer may be a list, which ends with ShowDialPlanComplete.
        """

    def sip_notify(
        self,
        *,
        channel: Scalar,
        variable: Mapping[str, Scalar] | Sequence[str],
        call_id: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SIPnotify. Asterisk 1.8 to 20 have it; it needs the class system."""

    def sip_peers(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SIPpeers. Asterisk 1.8 to 20 have it; it needs one of the classes reporting,
        system. The answer may be a list, which ends with PeerlistComplete.
        """

    def sip_peer_status(
        self,
        *,
        peer: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SIPpeerstatus. Asterisk 11 to 20 have it; it needs the class system. The answer may
        be a list, which ends with SIPpeerstatusComplete.
        """

    def sip_qualify_peer(
        self,
        *,
        peer: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SIPqualifypeer. Asterisk 1.8 to 20 have it; it needs one of the classes reporting,
        system.
        """

    def sip_show_peer(
        self,
        *,
        peer: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SIPshowpeer. Asterisk 1.8 to 20 have it; it needs one of the classes reporting,
        system.
        """

    def sip_show_registry(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SIPshowregistry. Asterisk 1.8 to 20 have it; it needs one of the classes reporting,
        system. The answer may be a list, which ends with RegistrationsComplete.
        """

    def skinny_devices(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SKINNYdevices. Asterisk 1.8 to 20 have it; it needs one of the classes reporting,
        system. The answer may be a list, which ends with DevicelistComplete.
        """

    def skinny_lines(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SKINNYlines. Asterisk 1.8 to 20 have it; it needs one of the classes reporting,
        system. The answer may be a list, which ends with LinelistComplete.
        """

    def skinny_show_device(
        self,
        *,
        device: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SKINNYshowdevice. Asterisk 1.8 to 20 have it; it needs one of the classes
        reporting, system.
        """

    def skinny_show_line(
        self,
        *,
        line: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SKINNYshowline. Asterisk 1.8 to 20 have it; it needs one of the classes reporting,
        system.
        """

    def sms_command(
        self,
        *,
        command: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action smscommand. Asterisk has it since 1.8; it needs no class."""

    def sorcery_memory_cache_expire(
        self,
        *,
        cache: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SorceryMemoryCacheExpire. Asterisk has it since 13; it needs the class system."""

    def sorcery_memory_cache_expire_object(
        self,
        *,
        cache: Scalar,
        object: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SorceryMemoryCacheExpireObject. Asterisk has it since 13; it needs the class
        system.
        """

    def sorcery_memory_cache_populate(
        self,
        *,
        cache: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SorceryMemoryCachePopulate. Asterisk has it since 13; it needs the class system."""

    def sorcery_memory_cache_stale(
        self,
        *,
        cache: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SorceryMemoryCacheStale. Asterisk has it since 13; it needs the class system."""

    def sorcery_memory_cache_stale_object(
        self,
        *,
        cache: Scalar,
        object: Scalar,
        reload: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SorceryMemoryCacheStaleObject. Asterisk has it since 13; it needs the class system."""

    def status(
        self,
        *,
        channel: Scalar | None = None,
        variables: Scalar | None = None,
        all_variables: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Status. Asterisk has it since 1.8; it needs one of the classes call, reporting,
        system. The answer may be a list, which ends with StatusComplete.
        """

    def stop_mix_monitor(
        self,
        *,
        channel: Scalar,
        mix_monitor_id: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action StopMixMonitor. Asterisk has it since 11; it needs one of the classes call, system."""

    def stop_monitor(
        self,
        *,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action StopMonitor. Asterisk 1.8 to 20 have it; it needs the class call."""

    def unpause_monitor(
        self,
        *,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action UnpauseMonitor. Asterisk 1.8 to 20 have it; it needs the class call."""

    def update_config(
        self,
        *,
        src_filename: Scalar,
        dst_filename: Scalar,
        reload: Scalar | None = None,
        preserve_effective_context: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action UpdateConfig. Asterisk has it since 1.8; it needs the class config."""

    def user_event(
        self,
        *,
        user_event: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action UserEvent. Asterisk has it since 1.8; it needs the class user."""

    def voicemail_box_summary(
        self,
        *,
        context: Scalar,
        mailbox: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action VoicemailBoxSummary. Asterisk has it since 18; it needs one of the classes call,
        reporting. The answer may be a list, which ends with VoicemailBoxDetailComplete.
        """

    def voicemail_forward(
        self,
        *,
        context: Scalar,
        mailbox: Scalar,
        folder: Scalar,
        id: Scalar,
        to_context: Scalar,
        to_mailbox: Scalar,
        to_folder: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action VoicemailForward. Asterisk has it since 18; it needs the class user."""

    def voicemail_move(
        self,
        *,
        context: Scalar,
        mailbox: Scalar,
        folder: Scalar,
        id: Scalar,
        to_folder: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action VoicemailMove. Asterisk has it since 18; it needs the class user."""

    def voicemail_refresh(
        self,
        *,
        context: Scalar | None = None,
        mailbox: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action VoicemailRefresh. Asterisk has it since 13; it needs the class user."""

    def voicemail_remove(
        self,
        *,
        context: Scalar,
        mailbox: Scalar,
        folder: Scalar,
        id: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action VoicemailRemove. Asterisk has it since 18; it needs the class user."""

    def voicemail_users_list(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action VoicemailUsersList. Asterisk has it since 1.8; it needs one of the classes call,
        reporting. The answer may be a list, which ends with VoicemailUserEntryComplete.
        """

    def voicemail_user_status(
        self,
        *,
        context: Scalar,
        mailbox: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action VoicemailUserStatus. Asterisk has it since 16; it needs one of the classes call,
        reporting. The answer may be a list, which ends with VoicemailUserDetailComplete.
        """

    def wait_event(
        self,
        *,
        timeout: timedelta | Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action WaitEvent. Asterisk has it since 1.8; it needs no class. The answer may be a list,
        which ends with WaitEventComplete.
        """

    def zap_show_channels(
        self,
        *,
        zap_channel: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ZapShowChannels. Asterisk has it since 1.8; it needs no class. The answer may be a
        list, which ends with ZapShowChannelsComplete.
        """

class AsyncActions:
    """Actions of a client on an event loop."""

    def __init__(self, peer: OnLoop) -> None: ...
    async def absolute_timeout(
        self,
        *,
        channel: Scalar,
        timeout: timedelta | Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action AbsoluteTimeout. Asterisk has it since 1.8; it needs one of the classes call,
        system.
        """

    async def agent_logoff(
        self,
        *,
        agent: Scalar,
        soft: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action AgentLogoff. Asterisk has it since 1.8; it needs the class agent."""

    async def agents(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Agents. Asterisk has it since 1.8; it needs the class agent. The answer may be a
        list, which ends with AgentsComplete.
        """

    async def agi(
        self,
        *,
        channel: Scalar,
        command: Scalar,
        command_id: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action AGI. Asterisk has it since 1.8; it needs the class agi."""

    async def aoc_message(
        self,
        *,
        msg_type: Scalar,
        channel: Scalar | None = None,
        channel_prefix: Scalar | None = None,
        charge_type: Scalar | None = None,
        currency_name: Scalar | None = None,
        currency_amount: Scalar | None = None,
        currency_multiplier: Scalar | None = None,
        total_type: Scalar | None = None,
        aoc_billing_id: Scalar | None = None,
        charging_association_id: Scalar | None = None,
        charging_association_number: Scalar | None = None,
        charging_association_plan: Scalar | None = None,
        charged_item: Scalar | None = None,
        rate_type: Scalar | None = None,
        time: Scalar | None = None,
        time_scale: Scalar | None = None,
        granularity: Scalar | None = None,
        granularity_time_scale: Scalar | None = None,
        charging_type: Scalar | None = None,
        volume_unit: Scalar | None = None,
        code: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action AOCMessage. Asterisk has it since 1.8; it needs the class aoc."""

    async def atxfer(
        self,
        *,
        channel: Scalar,
        exten: Scalar,
        context: Scalar | None = None,
        priority: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Atxfer. Asterisk has it since 1.8; it needs the class call."""

    async def blind_transfer(
        self,
        *,
        channel: Scalar,
        context: Scalar | None = None,
        exten: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action BlindTransfer. Asterisk has it since 13; it needs the class call."""

    async def bridge(
        self,
        *,
        channel1: Scalar,
        channel2: Scalar,
        tone: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Bridge. Asterisk has it since 1.8; it needs the class call."""

    async def bridge_destroy(
        self,
        *,
        bridge_uniqueid: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action BridgeDestroy. Asterisk has it since 13; it needs no class."""

    async def bridge_info(
        self,
        *,
        bridge_uniqueid: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action BridgeInfo. Asterisk has it since 13; it needs no class. The answer may be a list,
        which ends with BridgeInfoComplete.
        """

    async def bridge_kick(
        self,
        *,
        channel: Scalar,
        bridge_uniqueid: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action BridgeKick. Asterisk has it since 13; it needs no class."""

    async def bridge_list(
        self,
        *,
        bridge_type: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action BridgeList. Asterisk has it since 13; it needs no class. The answer may be a list,
        which ends with BridgeListComplete.
        """

    async def bridge_technology_list(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action BridgeTechnologyList. Asterisk has it since 13; it needs no class. The answer may
        be a list, which ends with BridgeTechnologyListComplete.
        """

    async def bridge_technology_suspend(
        self,
        *,
        bridge_technology: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action BridgeTechnologySuspend. Asterisk has it since 13; it needs no class."""

    async def bridge_technology_unsuspend(
        self,
        *,
        bridge_technology: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action BridgeTechnologyUnsuspend. Asterisk has it since 13; it needs no class."""

    async def cancel_atxfer(
        self,
        *,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action CancelAtxfer. Asterisk has it since 13; it needs the class call."""

    async def challenge(
        self,
        *,
        auth_type: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Challenge. Asterisk has it since 1.8; it needs no class."""

    async def change_monitor(
        self,
        *,
        channel: Scalar,
        file: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ChangeMonitor. Asterisk 1.8 to 20 have it; it needs the class call."""

    async def command(
        self,
        *,
        command: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Command. Asterisk has it since 1.8; it needs the class command."""

    async def confbridge_kick(
        self,
        *,
        conference: Scalar,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeKick. Asterisk has it since 11; it needs the class call."""

    async def confbridge_list(
        self,
        *,
        conference: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeList. Asterisk has it since 11; it needs the class reporting. The answer
        may be a list, which ends with ConfbridgeListComplete.
        """

    async def confbridge_list_rooms(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeListRooms. Asterisk has it since 11; it needs the class reporting. The
        answer may be a list, which ends with ConfbridgeListRoomsComplete.
        """

    async def confbridge_lock(
        self,
        *,
        conference: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeLock. Asterisk has it since 11; it needs the class call."""

    async def confbridge_mute(
        self,
        *,
        conference: Scalar,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeMute. Asterisk has it since 11; it needs the class call."""

    async def confbridge_set_single_video_src(
        self,
        *,
        conference: Scalar,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeSetSingleVideoSrc. Asterisk has it since 11; it needs the class call."""

    async def confbridge_start_record(
        self,
        *,
        conference: Scalar,
        record_file: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeStartRecord. Asterisk has it since 11; it needs the class system."""

    async def confbridge_stop_record(
        self,
        *,
        conference: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeStopRecord. Asterisk has it since 11; it needs the class system."""

    async def confbridge_unlock(
        self,
        *,
        conference: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeUnlock. Asterisk has it since 11; it needs the class call."""

    async def confbridge_unmute(
        self,
        *,
        conference: Scalar,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ConfbridgeUnmute. Asterisk has it since 11; it needs the class call."""

    async def control_playback(
        self,
        *,
        channel: Scalar,
        control: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ControlPlayback. Asterisk has it since 13; it needs the class call."""

    async def core_settings(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action CoreSettings. Asterisk has it since 1.8; it needs one of the classes reporting,
        system.
        """

    async def core_show_channel_map(
        self,
        *,
        channel: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action CoreShowChannelMap. Asterisk has it since 18; it needs one of the classes
        reporting, system. The answer may be a list, which ends with CoreShowChannelMapComplete.
        """

    async def core_show_channels(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action CoreShowChannels. Asterisk has it since 1.8; it needs one of the classes reporting,
        system. The answer may be a list, which ends with CoreShowChannelsComplete.
        """

    async def core_status(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action CoreStatus. Asterisk has it since 1.8; it needs one of the classes reporting,
        system.
        """

    async def create_config(
        self,
        *,
        filename: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action CreateConfig. Asterisk has it since 1.8; it needs the class config."""

    async def dahdi_dial_offhook(
        self,
        *,
        dahdi_channel: Scalar,
        number: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DAHDIDialOffhook. Asterisk has it since 1.8; it needs no class."""

    async def dahdi_dnd_off(
        self,
        *,
        dahdi_channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DAHDIDNDoff. Asterisk has it since 1.8; it needs no class."""

    async def dahdi_dnd_on(
        self,
        *,
        dahdi_channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DAHDIDNDon. Asterisk has it since 1.8; it needs no class."""

    async def dahdi_hangup(
        self,
        *,
        dahdi_channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DAHDIHangup. Asterisk has it since 1.8; it needs no class."""

    async def dahdi_restart(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DAHDIRestart. Asterisk has it since 1.8; it needs no class."""

    async def dahdi_show_channels(
        self,
        *,
        dahdi_channel: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DAHDIShowChannels. Asterisk has it since 1.8; it needs no class. The answer may be
        a list, which ends with DAHDIShowChannelsComplete.
        """

    async def dahdi_show_status(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DAHDIShowStatus. Asterisk has it since 18; it needs no class. The answer may be a
        list, which ends with DAHDIShowStatusComplete.
        """

    async def dahdi_transfer(
        self,
        *,
        dahdi_channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DAHDITransfer. Asterisk has it since 1.8; it needs no class."""

    async def data_get(
        self,
        *,
        path: Scalar,
        search: Scalar | None = None,
        filter: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DataGet. Asterisk 1.8 to 13 have it; it needs no class."""

    async def db_del(
        self,
        *,
        family: Scalar,
        key: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DBDel. Asterisk has it since 1.8; it needs the class system."""

    async def db_del_tree(
        self,
        *,
        family: Scalar,
        key: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DBDelTree. Asterisk has it since 1.8; it needs the class system."""

    async def db_get(
        self,
        *,
        family: Scalar,
        key: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DBGet. Asterisk has it since 1.8; it needs one of the classes reporting, system.
        The answer may be a list, which ends with DBGetComplete.
        """

    async def db_get_tree(
        self,
        *,
        family: Scalar | None = None,
        key: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DBGetTree. Asterisk has it since 16; it needs one of the classes reporting, system.
        The answer may be a list, which ends with DBGetTreeComplete.
        """

    async def db_put(
        self,
        *,
        family: Scalar,
        key: Scalar,
        val: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DBPut. Asterisk has it since 1.8; it needs the class system."""

    async def device_state_list(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DeviceStateList. Asterisk has it since 13; it needs one of the classes call,
        reporting. The answer may be a list, which ends with DeviceStateListComplete.
        """

    async def dialplan_extension_add(
        self,
        *,
        context: Scalar,
        extension: Scalar,
        priority: Scalar,
        application: Scalar,
        application_data: Scalar | None = None,
        replace: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DialplanExtensionAdd. Asterisk has it since 13; it needs the class system."""

    async def dialplan_extension_remove(
        self,
        *,
        context: Scalar,
        extension: Scalar,
        priority: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DialplanExtensionRemove. Asterisk has it since 13; it needs the class system."""

    async def dongle_reload(
        self,
        *,
        when: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleReload. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    async def dongle_remove(
        self,
        *,
        device: Scalar,
        when: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleRemove. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    async def dongle_reset(
        self,
        *,
        device: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleReset. Asterisk has it since 1.8; it needs one of the classes config, system."""

    async def dongle_restart(
        self,
        *,
        device: Scalar,
        when: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleRestart. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    async def dongle_send_pdu(
        self,
        *,
        device: Scalar,
        pdu: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleSendPDU. Asterisk has it since 1.8; it needs the class call."""

    async def dongle_send_sms(
        self,
        *,
        device: Scalar,
        number: Scalar,
        message: Scalar,
        validity: Scalar | None = None,
        report: Scalar | None = None,
        payload: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleSendSMS. Asterisk has it since 1.8; it needs the class call."""

    async def dongle_send_ussd(
        self,
        *,
        device: Scalar,
        ussd: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleSendUSSD. Asterisk has it since 1.8; it needs the class call."""

    async def dongle_set_ccwa(
        self,
        *,
        device: Scalar,
        value: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleSetCCWA. Asterisk has it since 1.8; it needs the class config."""

    async def dongle_show_devices(
        self,
        *,
        device: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleShowDevices. Asterisk has it since 1.8; it needs one of the classes
        reporting, system. The answer may be a list, which ends with DongleShowDevicesComplete.
        """

    async def dongle_start(
        self,
        *,
        device: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleStart. Asterisk has it since 1.8; it needs one of the classes config, system."""

    async def dongle_stop(
        self,
        *,
        device: Scalar,
        when: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action DongleStop. Asterisk has it since 1.8; it needs one of the classes config, system."""

    async def events(
        self,
        *,
        event_mask: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Events. Asterisk has it since 1.8; it needs no class."""

    async def extension_state(
        self,
        *,
        exten: Scalar,
        context: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ExtensionState. Asterisk has it since 1.8; it needs one of the classes call,
        reporting.
        """

    async def extension_state_list(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ExtensionStateList. Asterisk has it since 13; it needs one of the classes call,
        reporting. The answer may be a list, which ends with ExtensionStateListComplete.
        """

    async def fax_session(
        self,
        *,
        session_number: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action FAXSession. Asterisk has it since 13; it needs the class call."""

    async def fax_sessions(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action FAXSessions. Asterisk has it since 13; it needs the class call. The answer may be a
        list, which ends with FAXSessionsComplete.
        """

    async def fax_stats(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action FAXStats. Asterisk has it since 13; it needs the class reporting."""

    async def filter(
        self,
        *,
        operation: Scalar | None = None,
        filter: Scalar | None = None,
        match_criteria: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Filter. Asterisk has it since 11; it needs the class system."""

    async def get_config(
        self,
        *,
        filename: Scalar,
        category: Scalar | None = None,
        filter: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action GetConfig. Asterisk has it since 1.8; it needs one of the classes config, system."""

    async def get_config_json(
        self,
        *,
        filename: Scalar,
        category: Scalar | None = None,
        filter: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action GetConfigJSON. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    async def getvar(
        self,
        *,
        variable: Scalar,
        channel: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Getvar. Asterisk has it since 1.8; it needs one of the classes call, reporting."""

    async def hangup(
        self,
        *,
        channel: Scalar,
        cause: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Hangup. Asterisk has it since 1.8; it needs one of the classes call, system. The
        answer may be a list, which ends with ChannelsHungupListComplete.
        """

    async def iax_netstats(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action IAXnetstats. Asterisk has it since 1.8; it needs one of the classes reporting,
        system.
        """

    async def iax_peer_list(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action IAXpeerlist. Asterisk has it since 1.8; it needs one of the classes reporting,
        system. The answer may be a list, which ends with PeerlistComplete.
        """

    async def iax_peers(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action IAXpeers. Asterisk has it since 1.8; it needs one of the classes reporting, system.
        The answer may be a list, which ends with PeerlistComplete.
        """

    async def iax_registry(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action IAXregistry. Asterisk has it since 1.8; it needs one of the classes reporting,
        system. The answer may be a list, which ends with RegistrationsComplete.
        """

    async def jabber_send(
        self,
        *,
        jabber: Scalar,
        message: Scalar,
        screen_name: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action JabberSend. Asterisk has it since 1.8; it needs the class system."""

    async def list_categories(
        self,
        *,
        filename: Scalar,
        match_: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ListCategories. Asterisk has it since 1.8; it needs the class config."""

    async def list_commands(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ListCommands. Asterisk has it since 1.8; it needs no class."""

    async def local_optimize_away(
        self,
        *,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action LocalOptimizeAway. Asterisk has it since 1.8; it needs one of the classes call,
        system.
        """

    async def logger_rotate(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action LoggerRotate. Asterisk has it since 13; it needs one of the classes reporting,
        system.
        """

    async def login(
        self,
        *,
        username: Scalar,
        secret: Scalar | None = None,
        auth_type: Scalar | None = None,
        key: Scalar | None = None,
        events: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Login. Asterisk has it since 1.8; it needs no class."""

    async def logoff(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Logoff. Asterisk has it since 1.8; it needs no class."""

    async def mailbox_count(
        self,
        *,
        mailbox: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MailboxCount. Asterisk has it since 1.8; it needs one of the classes call,
        reporting.
        """

    async def mailbox_status(
        self,
        *,
        mailbox: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MailboxStatus. Asterisk has it since 1.8; it needs one of the classes call,
        reporting.
        """

    async def meetme_list(
        self,
        *,
        conference: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MeetmeList. Asterisk has it since 1.8; it needs the class reporting. The answer may
        be a list, which ends with MeetmeListComplete.
        """

    async def meetme_list_rooms(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MeetmeListRooms. Asterisk has it since 11; it needs the class reporting. The answer
        may be a list, which ends with MeetmeListRoomsComplete.
        """

    async def meetme_mute(
        self,
        *,
        meetme: Scalar,
        usernum: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MeetmeMute. Asterisk has it since 1.8; it needs the class call."""

    async def meetme_unmute(
        self,
        *,
        meetme: Scalar,
        usernum: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MeetmeUnmute. Asterisk has it since 1.8; it needs the class call."""

    async def message_send(
        self,
        *,
        to: Scalar | None = None,
        from_: Scalar | None = None,
        body: Scalar | None = None,
        base64_body: Scalar | None = None,
        variable: Mapping[str, Scalar] | Sequence[str] | None = None,
        destination: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MessageSend. Asterisk has it since 11; it needs the class message."""

    async def mix_monitor(
        self,
        *,
        channel: Scalar,
        file: Scalar | None = None,
        options: Scalar | None = None,
        command: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MixMonitor. Asterisk has it since 11; it needs the class system."""

    async def mix_monitor_mute(
        self,
        *,
        channel: Scalar,
        direction: Scalar | None = None,
        state: Scalar | None = None,
        mix_monitor_id: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MixMonitorMute. Asterisk has it since 1.8; it needs one of the classes call,
        system.
        """

    async def module_check(
        self,
        *,
        module: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ModuleCheck. Asterisk has it since 1.8; it needs the class system."""

    async def module_load(
        self,
        *,
        load_type: Scalar,
        module: Scalar | None = None,
        recursive: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ModuleLoad. Asterisk has it since 1.8; it needs the class system."""

    async def monitor(
        self,
        *,
        channel: Scalar,
        file: Scalar | None = None,
        format: Scalar | None = None,
        mix: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Monitor. Asterisk 1.8 to 20 have it; it needs the class call."""

    async def mute_audio(
        self,
        *,
        channel: Scalar,
        direction: Scalar,
        state: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MuteAudio. Asterisk has it since 1.8; it needs the class system."""

    async def mwi_delete(
        self,
        *,
        mailbox: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MWIDelete. Asterisk has it since 13; it needs the class call."""

    async def mwi_get(
        self,
        *,
        mailbox: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MWIGet. Asterisk has it since 13; it needs one of the classes call, reporting. The
        answer may be a list, which ends with MWIGetComplete.
        """

    async def mwi_update(
        self,
        *,
        mailbox: Scalar,
        old_messages: Scalar | None = None,
        new_messages: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action MWIUpdate. Asterisk has it since 13; it needs the class call."""

    async def originate(
        self,
        *,
        channel: Scalar,
        exten: Scalar | None = None,
        context: Scalar | None = None,
        priority: Scalar | None = None,
        application: Scalar | None = None,
        data: Scalar | None = None,
        timeout: timedelta | Scalar | None = None,
        caller_id: Scalar | None = None,
        variable: Mapping[str, Scalar] | Sequence[str] | None = None,
        account: Scalar | None = None,
        async_: Scalar | None = None,
        codecs: Scalar | None = None,
        early_media: Scalar | None = None,
        channel_id: Scalar | None = None,
        other_channel_id: Scalar | None = None,
        pre_dial_go_sub: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Originate. Asterisk has it since 1.8; it needs the class originate."""

    async def park(
        self,
        *,
        channel: Scalar,
        channel2: Scalar,
        timeout: timedelta | Scalar | None = None,
        parkinglot: Scalar | None = None,
        timeout_channel: Scalar | None = None,
        announce_channel: Scalar | None = None,
        parking_space: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Park. Asterisk has it since 1.8; it needs the class call."""

    async def parked_calls(
        self,
        *,
        parking_lot: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ParkedCalls. Asterisk has it since 1.8; it needs the class call. The answer may be
        a list, which ends with ParkedCallsComplete.
        """

    async def parkinglots(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Parkinglots. Asterisk has it since 11; it needs the class call. The answer may be a
        list, which ends with ParkinglotsComplete.
        """

    async def pause_monitor(
        self,
        *,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PauseMonitor. Asterisk 1.8 to 20 have it; it needs the class call."""

    async def ping(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Ping. Asterisk has it since 1.8; it needs no class."""

    async def pjsip_hangup(
        self,
        *,
        channel: Scalar,
        cause: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPHangup. Asterisk has it since 18; it needs no class. The answer may be a list,
        which ends with ChannelsHungupListComplete.
        """

    async def pjsip_notify(
        self,
        *,
        endpoint: Scalar | None = None,
        uri: Scalar | None = None,
        channel: Scalar | None = None,
        variable: Mapping[str, Scalar] | Sequence[str] | None = None,
        option: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPNotify. Asterisk has it since 13; it needs the class system."""

    async def pjsip_qualify(
        self,
        *,
        endpoint: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPQualify. Asterisk has it since 13; it needs one of the classes reporting,
        system.
        """

    async def pjsip_register(
        self,
        *,
        registration: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPRegister. Asterisk has it since 13; it needs one of the classes reporting,
        system.
        """

    async def pjsip_set_maintenance(
        self,
        *,
        endpoint: Scalar,
        state: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPSetMaintenance. Asterisk has it since 20; it needs the class system."""

    async def pjsip_show_aors(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowAors. Asterisk has it since 16; it needs the class system. The answer may
        be a list, which ends with AorListComplete.
        """

    async def pjsip_show_auths(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowAuths. Asterisk has it since 16; it needs the class system. The answer may
        be a list, which ends with AuthListComplete.
        """

    async def pjsip_show_contacts(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowContacts. Asterisk has it since 16; it needs the class system. The answer
        may be a list, which ends with ContactListComplete.
        """

    async def pjsip_show_endpoint(
        self,
        *,
        endpoint: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowEndpoint. Asterisk has it since 13; it needs the class system. The answer
        may be a list, which ends with EndpointDetailComplete.
        """

    async def pjsip_show_endpoints(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowEndpoints. Asterisk has it since 13; it needs the class system. The answer
        may be a list, which ends with EndpointListComplete.
        """

    async def pjsip_show_maintenance(
        self,
        *,
        endpoint: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowMaintenance. Asterisk has it since 20; it needs one of the classes
        reporting, system. The answer may be a list, which ends with PJSIPMaintenanceStatusComplete.
        """

    async def pjsip_show_registration_inbound_contact_statuses(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowRegistrationInboundContactStatuses. Asterisk has it since 13; it needs the
        class system. The answer may be a list, which ends with ContactStatusDetailComplete.
        """

    async def pjsip_show_registrations_inbound(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowRegistrationsInbound. Asterisk has it since 13; it needs the class system.
        The answer may be a list, which ends with InboundRegistrationDetailComplete.
        """

    async def pjsip_show_registrations_outbound(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowRegistrationsOutbound. Asterisk has it since 13; it needs one of the
        classes reporting, system. The answer may be a list, which ends with
        OutboundRegistrationDetailComplete.
        """

    async def pjsip_show_resource_lists(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowResourceLists. Asterisk has it since 13; it needs the class system. The
        answer may be a list, which ends with ResourceListDetailComplete.
        """

    async def pjsip_show_subscriptions_inbound(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowSubscriptionsInbound. Asterisk has it since 13; it needs the class system.
        The answer may be a list, which ends with InboundSubscriptionDetailComplete.
        """

    async def pjsip_show_subscriptions_outbound(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPShowSubscriptionsOutbound. Asterisk has it since 13; it needs the class
        system. The answer may be a list, which ends with OutboundSubscriptionDetailComplete.
        """

    async def pjsip_unregister(
        self,
        *,
        registration: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PJSIPUnregister. Asterisk has it since 13; it needs one of the classes reporting,
        system.
        """

    async def play_dtmf(
        self,
        *,
        channel: Scalar,
        digit: Scalar,
        duration: timedelta | Scalar | None = None,
        receive: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PlayDTMF. Asterisk has it since 1.8; it needs the class call."""

    async def play_mf(
        self,
        *,
        channel: Scalar,
        digit: Scalar,
        duration: timedelta | Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PlayMF. Asterisk has it since 16; it needs the class call."""

    async def presence_state(
        self,
        *,
        provider: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PresenceState. Asterisk has it since 11; it needs one of the classes call,
        reporting.
        """

    async def presence_state_list(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PresenceStateList. Asterisk has it since 13; it needs one of the classes call,
        reporting. The answer may be a list, which ends with PresenceStateListComplete.
        """

    async def pri_debug_file_set(
        self,
        *,
        file: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PRIDebugFileSet. Asterisk has it since 13; it needs the class system."""

    async def pri_debug_file_unset(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PRIDebugFileUnset. Asterisk has it since 13; it needs no class."""

    async def pri_debug_set(
        self,
        *,
        span: Scalar,
        level: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PRIDebugSet. Asterisk has it since 13; it needs no class."""

    async def pri_show_spans(
        self,
        *,
        span: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action PRIShowSpans. Asterisk has it since 11; it needs no class. The answer may be a
        list, which ends with PRIShowSpansComplete.
        """

    async def quectel_reload(
        self,
        *,
        when: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelReload. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    async def quectel_remove(
        self,
        *,
        device: Scalar,
        when: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelRemove. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    async def quectel_reset(
        self,
        *,
        device: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelReset. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    async def quectel_restart(
        self,
        *,
        device: Scalar,
        when: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelRestart. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    async def quectel_send_pdu(
        self,
        *,
        device: Scalar,
        pdu: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelSendPDU. Asterisk has it since 1.8; it needs the class call."""

    async def quectel_send_sms(
        self,
        *,
        device: Scalar,
        number: Scalar,
        message: Scalar,
        validity: Scalar | None = None,
        report: Scalar | None = None,
        payload: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelSendSMS. Asterisk has it since 1.8; it needs the class call."""

    async def quectel_send_ussd(
        self,
        *,
        device: Scalar,
        ussd: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelSendUSSD. Asterisk has it since 1.8; it needs the class call."""

    async def quectel_set_ccwa(
        self,
        *,
        device: Scalar,
        value: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelSetCCWA. Asterisk has it since 1.8; it needs the class config."""

    async def quectel_show_devices(
        self,
        *,
        device: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelShowDevices. Asterisk has it since 1.8; it needs one of the classes
        reporting, system. The answer may be a list, which ends with QuectelShowDevicesComplete.
        """

    async def quectel_start(
        self,
        *,
        device: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelStart. Asterisk has it since 1.8; it needs one of the classes config,
        system.
        """

    async def quectel_stop(
        self,
        *,
        device: Scalar,
        when: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QuectelStop. Asterisk has it since 1.8; it needs one of the classes config, system."""

    async def queue_add(
        self,
        *,
        queue: Scalar,
        interface: Scalar,
        penalty: Scalar | None = None,
        paused: Scalar | None = None,
        member_name: Scalar | None = None,
        state_interface: Scalar | None = None,
        reason: Scalar | None = None,
        wrapuptime: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueAdd. Asterisk has it since 1.8; it needs the class agent."""

    async def queue_change_priority_caller(
        self,
        *,
        queue: Scalar,
        caller: Scalar,
        priority: Scalar,
        immediate: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueChangePriorityCaller. Asterisk has it since 16; it needs no class."""

    async def queue_log(
        self,
        *,
        queue: Scalar,
        event: Scalar,
        uniqueid: Scalar | None = None,
        interface: Scalar | None = None,
        message: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueLog. Asterisk has it since 1.8; it needs the class agent."""

    async def queue_member_ring_in_use(
        self,
        *,
        interface: Scalar,
        ring_in_use: Scalar,
        queue: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueMemberRingInUse. Asterisk has it since 11; it needs the class agent."""

    async def queue_pause(
        self,
        *,
        interface: Scalar,
        paused: Scalar,
        queue: Scalar | None = None,
        reason: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueuePause. Asterisk has it since 1.8; it needs the class agent."""

    async def queue_penalty(
        self,
        *,
        interface: Scalar,
        penalty: Scalar,
        queue: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueuePenalty. Asterisk has it since 1.8; it needs the class agent."""

    async def queue_reload(
        self,
        *,
        queue: Scalar | None = None,
        members: Scalar | None = None,
        rules: Scalar | None = None,
        parameters: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueReload. Asterisk has it since 1.8; it needs no class."""

    async def queue_remove(
        self,
        *,
        queue: Scalar,
        interface: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueRemove. Asterisk has it since 1.8; it needs the class agent."""

    async def queue_reset(
        self,
        *,
        queue: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueReset. Asterisk has it since 1.8; it needs no class."""

    async def queue_rule(
        self,
        *,
        rule: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueRule. Asterisk has it since 1.8; it needs no class."""

    async def queues(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Queues. Asterisk 1.8 to 13 have it; it needs no class."""

    async def queue_status(
        self,
        *,
        queue: Scalar | None = None,
        member: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueStatus. Asterisk has it since 1.8; it needs no class. The answer may be a
        list, which ends with QueueStatusComplete.
        """

    async def queue_summary(
        self,
        *,
        queue: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueSummary. Asterisk has it since 1.8; it needs no class. The answer may be a
        list, which ends with QueueSummaryComplete.
        """

    async def queue_withdraw_caller(
        self,
        *,
        queue: Scalar,
        caller: Scalar,
        withdraw_info: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action QueueWithdrawCaller. Asterisk has it since 16; it needs no class."""

    async def redirect(
        self,
        *,
        channel: Scalar,
        exten: Scalar,
        context: Scalar,
        priority: Scalar,
        extra_channel: Scalar | None = None,
        extra_exten: Scalar | None = None,
        extra_context: Scalar | None = None,
        extra_priority: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Redirect. Asterisk has it since 1.8; it needs the class call."""

    async def reload(
        self,
        *,
        module: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Reload. Asterisk has it since 1.8; it needs one of the classes config, system."""

    async def send_flash(
        self,
        *,
        channel: Scalar,
        receive: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SendFlash. Asterisk has it since 18; it needs the class call."""

    async def send_text(
        self,
        *,
        channel: Scalar,
        message: Scalar,
        content_type: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SendText. Asterisk has it since 1.8; it needs the class call."""

    async def setvar(
        self,
        *,
        variable: Scalar,
        value: Scalar,
        channel: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Setvar. Asterisk has it since 1.8; it needs the class call."""

    async def show_dial_plan(
        self,
        *,
        extension: Scalar | None = None,
        context: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ShowDialPlan. Asterisk has it since 1.8; it needs one of the classes config,
        reporting. The answer may be a list, which ends with ShowDialPlanComplete.
        """

    async def sip_notify(
        self,
        *,
        channel: Scalar,
        variable: Mapping[str, Scalar] | Sequence[str],
        call_id: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SIPnotify. Asterisk 1.8 to 20 have it; it needs the class system."""

    async def sip_peers(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SIPpeers. Asterisk 1.8 to 20 have it; it needs one of the classes reporting,
        system. The answer may be a list, which ends with PeerlistComplete.
        """

    async def sip_peer_status(
        self,
        *,
        peer: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SIPpeerstatus. Asterisk 11 to 20 have it; it needs the class system. The answer may
        be a list, which ends with SIPpeerstatusComplete.
        """

    async def sip_qualify_peer(
        self,
        *,
        peer: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SIPqualifypeer. Asterisk 1.8 to 20 have it; it needs one of the classes reporting,
        system.
        """

    async def sip_show_peer(
        self,
        *,
        peer: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SIPshowpeer. Asterisk 1.8 to 20 have it; it needs one of the classes reporting,
        system.
        """

    async def sip_show_registry(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SIPshowregistry. Asterisk 1.8 to 20 have it; it needs one of the classes reporting,
        system. The answer may be a list, which ends with RegistrationsComplete.
        """

    async def skinny_devices(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SKINNYdevices. Asterisk 1.8 to 20 have it; it needs one of the classes reporting,
        system. The answer may be a list, which ends with DevicelistComplete.
        """

    async def skinny_lines(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SKINNYlines. Asterisk 1.8 to 20 have it; it needs one of the classes reporting,
        system. The answer may be a list, which ends with LinelistComplete.
        """

    async def skinny_show_device(
        self,
        *,
        device: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SKINNYshowdevice. Asterisk 1.8 to 20 have it; it needs one of the classes
        reporting, system.
        """

    async def skinny_show_line(
        self,
        *,
        line: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SKINNYshowline. Asterisk 1.8 to 20 have it; it needs one of the classes reporting,
        system.
        """

    async def sms_command(
        self,
        *,
        command: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action smscommand. Asterisk has it since 1.8; it needs no class."""

    async def sorcery_memory_cache_expire(
        self,
        *,
        cache: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SorceryMemoryCacheExpire. Asterisk has it since 13; it needs the class system."""

    async def sorcery_memory_cache_expire_object(
        self,
        *,
        cache: Scalar,
        object: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SorceryMemoryCacheExpireObject. Asterisk has it since 13; it needs the class
        system.
        """

    async def sorcery_memory_cache_populate(
        self,
        *,
        cache: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SorceryMemoryCachePopulate. Asterisk has it since 13; it needs the class system."""

    async def sorcery_memory_cache_stale(
        self,
        *,
        cache: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SorceryMemoryCacheStale. Asterisk has it since 13; it needs the class system."""

    async def sorcery_memory_cache_stale_object(
        self,
        *,
        cache: Scalar,
        object: Scalar,
        reload: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action SorceryMemoryCacheStaleObject. Asterisk has it since 13; it needs the class system."""

    async def status(
        self,
        *,
        channel: Scalar | None = None,
        variables: Scalar | None = None,
        all_variables: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action Status. Asterisk has it since 1.8; it needs one of the classes call, reporting,
        system. The answer may be a list, which ends with StatusComplete.
        """

    async def stop_mix_monitor(
        self,
        *,
        channel: Scalar,
        mix_monitor_id: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action StopMixMonitor. Asterisk has it since 11; it needs one of the classes call, system."""

    async def stop_monitor(
        self,
        *,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action StopMonitor. Asterisk 1.8 to 20 have it; it needs the class call."""

    async def unpause_monitor(
        self,
        *,
        channel: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action UnpauseMonitor. Asterisk 1.8 to 20 have it; it needs the class call."""

    async def update_config(
        self,
        *,
        src_filename: Scalar,
        dst_filename: Scalar,
        reload: Scalar | None = None,
        preserve_effective_context: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action UpdateConfig. Asterisk has it since 1.8; it needs the class config."""

    async def user_event(
        self,
        *,
        user_event: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action UserEvent. Asterisk has it since 1.8; it needs the class user."""

    async def voicemail_box_summary(
        self,
        *,
        context: Scalar,
        mailbox: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action VoicemailBoxSummary. Asterisk has it since 18; it needs one of the classes call,
        reporting. The answer may be a list, which ends with VoicemailBoxDetailComplete.
        """

    async def voicemail_forward(
        self,
        *,
        context: Scalar,
        mailbox: Scalar,
        folder: Scalar,
        id: Scalar,
        to_context: Scalar,
        to_mailbox: Scalar,
        to_folder: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action VoicemailForward. Asterisk has it since 18; it needs the class user."""

    async def voicemail_move(
        self,
        *,
        context: Scalar,
        mailbox: Scalar,
        folder: Scalar,
        id: Scalar,
        to_folder: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action VoicemailMove. Asterisk has it since 18; it needs the class user."""

    async def voicemail_refresh(
        self,
        *,
        context: Scalar | None = None,
        mailbox: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action VoicemailRefresh. Asterisk has it since 13; it needs the class user."""

    async def voicemail_remove(
        self,
        *,
        context: Scalar,
        mailbox: Scalar,
        folder: Scalar,
        id: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action VoicemailRemove. Asterisk has it since 18; it needs the class user."""

    async def voicemail_users_list(
        self,
        *,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action VoicemailUsersList. Asterisk has it since 1.8; it needs one of the classes call,
        reporting. The answer may be a list, which ends with VoicemailUserEntryComplete.
        """

    async def voicemail_user_status(
        self,
        *,
        context: Scalar,
        mailbox: Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action VoicemailUserStatus. Asterisk has it since 16; it needs one of the classes call,
        reporting. The answer may be a list, which ends with VoicemailUserDetailComplete.
        """

    async def wait_event(
        self,
        *,
        timeout: timedelta | Scalar,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action WaitEvent. Asterisk has it since 1.8; it needs no class. The answer may be a list,
        which ends with WaitEventComplete.
        """

    async def zap_show_channels(
        self,
        *,
        zap_channel: Scalar | None = None,
        headers: Mapping[str, Scalar] | None = None,
        deadline: float | None = None,
    ) -> Response:
        """The action ZapShowChannels. Asterisk has it since 1.8; it needs no class. The answer may be a
        list, which ends with ZapShowChannelsComplete.
        """
