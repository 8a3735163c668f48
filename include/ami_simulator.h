/* libami_simulator: simulated GSM gateways to test programs with. They listen on 127.0.0.1 and speak as gateways do.
 *
 *     const char *settings[] = {"model=yeastar", "spans=2", NULL};
 *     ami_simulator *gateway;
 *     if (ami_simulator_start(settings, &gateway) != AMI_OK)
 *         fprintf(stderr, "%s\n", ami_simulator_error());
 *     ami_config_set_port(config, ami_simulator_port(gateway));
 *     ...
 *     ami_simulator_free(gateway);
 *
 * A library of its own: link it by `pkg-config --libs libami_simulator`. It needs nothing of libami but the numbers of its
 * statuses, and the two share no object: text of a failure comes from ami_simulator_error, not from an ami_error.
 *
 * Not for production, and NOT part of the ABI promise: functions declared here may change or go with any version. Otherwise
 * the rules of ami.h hold.
 */


#ifndef AMI_SIMULATOR_H
#define AMI_SIMULATOR_H

/* Generated from src/capi/simulator.rs; do not edit. AMI_WRITE_HEADER=1 cargo test --test abi writes it anew. */

#include "ami.h"

/// A simulated GSM gateway on a port of 127.0.0.1, running on a thread of its own.
typedef struct ami_simulator ami_simulator;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/// The text of the last failure in this thread, in English: what was refused and why. It stays when a call succeeds.
///
/// @return the text; "" if nothing has failed in this thread.
///
/// - **Ownership:** belongs to the thread, until its next failure or its end.
/// - **Threads:** any; each has its own.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_simulator_error(void);

/// Starts a simulated gateway and waits until it listens.
///
/// @param settings   "name=value" each, then NULL; or NULL for an OpenVox gateway as described here.
///     model: openvox, openvox-firmware, openvox-2013, allo, yeastar, dongle or quectel.
///     asterisk: 1.8, 13, 16 or 22; by default 1.8, with dongles 16.
///     port: the TCP port; 0, the default, takes any free one.
///     username, secret: of the one account; admin and amp111 by default.
///     read, write: the account's classes, as in manager.conf; all by default.
///     spans: the number of GSM ports, 4 by default. They are counted from 1, Yeastar's from 2.
///     numbers: the ports' own numbers, with commas between; an SMS sent to one of them comes in there.
///     smsc: the number of the SMS centre.
///     second_ms: how many milliseconds a second of a timeout lasts; 1000 by default.
///     login_failure_delay_ms: how many milliseconds a refused login takes; 10 by default (Asterisk: 1000).
///     auth_timeout_ms: how many milliseconds a session may take to log in; 30000 by default.
///     auth_limit: how many sessions may be open that are not logged in; 50 by default.
///     allow_multiple_login: 0 if the account may have one session at a time; 1 by default.
///     seed: of what is left to chance; 0 by default.
///     yeastar_gsm_port, yeastar_index_from_one, yeastar_byte_order_mark, yeastar_older_ussd: 1 for firmware
///     that does so.
///     bg111: 1 for dongles with the driver of that name.
///     dongle_2019: 1 for dongles with chan_dongle's driver of 2015 to 2020.
///     send_results: 1 if the dialplan tells what became of messages that were only handed over (OpenVox, ALLO).
/// @param simulator  where to put the gateway; NULL is put there on failure.
///
/// - **Ownership:** the gateway is the caller's, to be freed with ami_simulator_free.
/// - **Threads:** any.
/// - **Errors:** AMI_E_INVALID for a setting that there is not; AMI_E_IO, if the port is taken for one.
/// - **Since:** 0.1.0
ami_status ami_simulator_start(const char *const *settings,
                               ami_simulator **simulator);

/// The TCP port on 127.0.0.1.
///
/// @param simulator  the gateway, or NULL.
/// @return the port; 0 for NULL and in the child of a fork.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
uint16_t ami_simulator_port(const ami_simulator *simulator);

/// The number of connections that are open, logged in or not.
///
/// @param simulator  the gateway, or NULL.
/// @return the number; 0 for NULL and in the child of a fork.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_simulator_sessions(const ami_simulator *simulator);

/// Lets an SMS come in, in as many parts as it needs.
///
/// @param simulator  the gateway.
/// @param span       the port that it comes in at.
/// @param sender     a number, or a name of up to eleven characters.
/// @param message    the text, in UTF-8.
/// @param settings   "name=value" each, then NULL; or NULL.
///     time: the SMS centre's, YYYY/MM/DD HH:MM:SS; now by default.
///     parts: which parts come, in this order, counted from 1, with commas between; by default all.
///     coding: fitting (the default), 7-bit or ucs-2.
///     flash: 1 if it is for the screen at once.
///     text_mode: 1 if the port knows no PDU (OpenVox, ALLO).
///     without_variables: 1 if no VarSet tells of it (OpenVox, ALLO).
///     pdu: what is told instead of the PDU, hex or not (OpenVox, ALLO); the PDU, of which the driver tells nothing more
///     (dongles).
///     base64_first: 1 if the event with the base64 comes first (dongles).
/// @param told       where to put the number of sessions that were told, or NULL; untouched on failure.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID, AMI_E_FORKED.
/// - **Since:** 0.1.0
ami_status ami_simulator_deliver_sms(const ami_simulator *simulator,
                                     uint32_t span,
                                     const char *sender,
                                     const char *message,
                                     const char *const *settings,
                                     size_t *told);

/// Lets a USSD text come in that nobody asked for. Only dongles tell of one.
///
/// @param simulator  the gateway.
/// @param span       the port that it comes in at.
/// @param message    the text, in UTF-8.
/// @param responses  1 if the network wants an answer, 0 if not, 2 if it ended a menu.
/// @param told       where to put the number of sessions that were told, or NULL; untouched on failure.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID, AMI_E_FORKED.
/// - **Since:** 0.1.0
ami_status ami_simulator_deliver_ussd(const ami_simulator *simulator,
                                      uint32_t span,
                                      const char *message,
                                      uint8_t responses,
                                      size_t *told);

/// Tells what became of an SMS. Only dongles tell of that.
///
/// @param simulator  the gateway.
/// @param span       the port that it was sent through.
/// @param payload    what was given with the SMS.
/// @param success    whether it was delivered: 0 or 1.
/// @param told       where to put the number of sessions that were told, or NULL; untouched on failure.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID, AMI_E_FORKED.
/// - **Since:** 0.1.0
ami_status ami_simulator_deliver_report(const ami_simulator *simulator,
                                        uint32_t span,
                                        const char *payload,
                                        int32_t success,
                                        size_t *told);

/// Sends a frame as it is, as an event, to every session that sees events of this class.
///
/// @param simulator    the gateway.
/// @param event_class  the class, such as user; an unknown one reaches nobody.
/// @param frame        the bytes, with their line ends.
/// @param length       how many.
/// @param told         where to put the number of sessions that were told, or NULL; untouched on failure.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID, AMI_E_FORKED.
/// - **Since:** 0.1.0
ami_status ami_simulator_emit(const ami_simulator *simulator,
                              const char *event_class,
                              const char *frame,
                              size_t length,
                              size_t *told);

/// Sets how sends through a port end from now on.
///
/// @param simulator  the gateway.
/// @param span       the port; one that does not exist is ignored.
/// @param outcome    sent, failed, busy, timeout (and not sent), late (times out and is sent still) or lost.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID, AMI_E_FORKED.
/// - **Since:** 0.1.0
ami_status ami_simulator_set_outcome(const ami_simulator *simulator, uint32_t span, const char *outcome);

/// Adds how the next send through a port ends, behind those that were added before.
///
/// @param simulator  the gateway.
/// @param span       the port; one that does not exist is ignored.
/// @param outcome    as for ami_simulator_set_outcome.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID, AMI_E_FORKED.
/// - **Since:** 0.1.0
ami_status ami_simulator_next_outcome(const ami_simulator *simulator, uint32_t span, const char *outcome);

/// Sets how long the network takes for each message or USSD code of a port.
///
/// @param simulator  the gateway.
/// @param span       the port; one that does not exist is ignored.
/// @param shortest   at least so many milliseconds.
/// @param longest    at most so many; the same number if it is not to vary.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID, AMI_E_FORKED.
/// - **Since:** 0.1.0
ami_status ami_simulator_set_latency_ms(const ami_simulator *simulator,
                                        uint32_t span,
                                        uint32_t shortest,
                                        uint32_t longest);

/// Switches a port on or off. What it is to send while it is off waits.
///
/// @param simulator  the gateway.
/// @param span       the port.
/// @param on         whether it is on: 0 or 1.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID, AMI_E_FORKED.
/// - **Since:** 0.1.0
ami_status ami_simulator_set_power(const ami_simulator *simulator, uint32_t span, int32_t on);

/// Sets the reply to a USSD code, on every port.
///
/// @param simulator     the gateway.
/// @param code          the code, or the answer to a menu.
/// @param reply         the text, in UTF-8.
/// @param wants_answer  whether the network wants an answer to it: 0 or 1.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID, AMI_E_FORKED.
/// - **Since:** 0.1.0
ami_status ami_simulator_set_ussd(const ami_simulator *simulator,
                                  const char *code,
                                  const char *reply,
                                  int32_t wants_answer);

/// The number of messages that the gateway was asked to send so far.
///
/// @param simulator  the gateway, or NULL.
/// @return the number; 0 for NULL and in the child of a fork.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_simulator_sent_count(const ami_simulator *simulator);

/// Something of a message that the gateway was asked to send, as text.
///
/// @param simulator  the gateway.
/// @param index      which one, from 0, in order.
/// @param field      span, destination, text, id, sync, outcome, command, parts, reference, total, sequence, flash,
///     report, validity or pdu. What there is not is empty; what is so or not is 1 or 0.
/// @param buffer     where to put it, with a NUL behind.
/// @param size       how large that is.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID: there is no such message or field, or it does not fit; AMI_E_FORKED.
/// - **Since:** 0.1.0
ami_status ami_simulator_sent_at(const ami_simulator *simulator,
                                 size_t index,
                                 const char *field,
                                 char *buffer,
                                 size_t size);

/// The number of messages that the network took so far: each part of what was split is one.
///
/// @param simulator  the gateway, or NULL.
/// @return the number; 0 for NULL and in the child of a fork.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_simulator_aired_count(const ami_simulator *simulator);

/// Something of a message that the network took, as text.
///
/// @param simulator  the gateway.
/// @param index      which one, from 0, in order.
/// @param field      sms (the index of the one that was sent), span, destination, text, flash, or arrived (the port at
///     which it came in; empty if at none).
/// @param buffer     where to put it, with a NUL behind.
/// @param size       how large that is.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID: there is no such message or field, or it does not fit; AMI_E_FORKED.
/// - **Since:** 0.1.0
ami_status ami_simulator_aired_at(const ami_simulator *simulator,
                                  size_t index,
                                  const char *field,
                                  char *buffer,
                                  size_t size);

/// Closes every connection without a word. Commands under way still run to their end.
///
/// @param simulator  the gateway.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID, AMI_E_FORKED.
/// - **Since:** 0.1.0
ami_status ami_simulator_disconnect_all(const ami_simulator *simulator);

/// Closes the listener and every connection, and waits until they are closed. The second time it does nothing. What was
/// sent can still be asked.
///
/// @param simulator  the gateway, or NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_simulator_stop(const ami_simulator *simulator);

/// Stops a gateway and frees it. In the child of a fork it is only forgotten.
///
/// @param simulator  the gateway, or NULL.
///
/// - **Ownership:** takes the gateway back.
/// - **Threads:** any; nobody else may use it any more.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_simulator_free(ami_simulator *simulator);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* AMI_SIMULATOR_H */
