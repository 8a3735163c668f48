/* libami: a client library for the Asterisk Manager Interface (AMI), with SMS and USSD through GSM gateways.
 *
 *     ami_config *config = ami_config_new();
 *     ami_config_set_host(config, "192.0.2.1");
 *     ami_config_set_username(config, "admin");
 *     ami_config_set_secret(config, "secret");
 *     ami_gateway *gateway = NULL;
 *     ami_receipt *receipt = NULL;
 *     ami_error *error = NULL;
 *     if (ami_gateway_connect(config, &gateway, &error) == AMI_OK &&
 *         ami_gateway_send_text(gateway, "1", "13632919026", "hello", AMI_TIMEOUT_DEFAULT, &receipt, &error) == AMI_OK)
 *         puts(ami_receipt_outcome(receipt) == AMI_SMS_SENT ? "sent" : "queued");
 *     else
 *         fprintf(stderr, "%s\n", ami_error_message(error));
 *     ami_error_free(error);
 *     ami_receipt_unref(receipt);
 *     ami_gateway_free(gateway);
 *     ami_config_free(config);
 *
 * An ami_client is one session with a server: actions and events. An ami_gateway sends and receives SMS and USSD through the
 * ports of a GSM gateway: it finds out the dialect of the gateway, and has a queue and a session for each port.
 *
 * Objects. All are opaque. An object from a function _new, _connect, _dial, _subscribe or _open_… belongs to the caller, who
 * frees it with _free. Objects that never change, such as events, are counted: _ref adds a reference, _unref releases one. All
 * these functions accept NULL.
 *
 * Results. A function that can fail returns an ami_status. Outputs come after the inputs, and are NULL on failure. The last
 * argument is a place for an ami_error, or NULL. The message of an error says what to do and never contains a secret.
 *
 * Threads. A function with a const receiver may be called from several threads at once. Callbacks run on threads of the library,
 * never on the thread that reads the socket, so they may take long and may call all functions. See ami_event_fn. A program with
 * an event loop can have them all on the loop's thread instead: see ami_executor.
 *
 * Memory. If the system has no memory left, the library aborts the program. The memory for input from servers and for queues is
 * limited: see ami_config_set_limit, ami_config_set_event_queue, ami_config_set_action_queue and ami_config_set_send_queue.
 *
 * Strings. Inputs end with a NUL; texts are UTF-8. Outputs are bytes as the server sent them, with a length, and with a NUL
 * after them.
 *
 * Times. Milliseconds. A call takes a timeout or AMI_TIMEOUT_DEFAULT for the configured one, and refuses AMI_WAIT_FOREVER. A wait
 * for an event or a state (ami_subscription_next, ami_client_await_state) takes a timeout, AMI_DONT_WAIT or AMI_WAIT_FOREVER.
 *
 * Yes and no are of the type int: 0 is no, anything else is yes.
 *
 * Processes. Objects cannot be used after fork: in the child their functions give AMI_E_FORKED, and freeing them only frees
 * memory. The child can make a new client. The library never raises SIGPIPE, and its threads block all signals except those of
 * faults.
 */


#ifndef AMI_H
#define AMI_H

/* Generated from src/capi; do not edit. AMI_WRITE_HEADER=1 cargo test --test abi writes it anew. */

#include <stddef.h>
#include <stdint.h>

/* The version of this header. A test compares it with the library's. */
#define AMI_VERSION_MAJOR 0
#define AMI_VERSION_MINOR 1
#define AMI_VERSION_PATCH 0
#define AMI_VERSION_STRING "0.1.0"
#define AMI_VERSION_NUMBER (AMI_VERSION_MAJOR * 1000000 + AMI_VERSION_MINOR * 1000 + AMI_VERSION_PATCH)

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/* ---- Types ----------------------------------------------------------------------------------------- */

/// The result of a call: AMI_OK, or one of AMI_E_…. Later versions may add values; no value changes. The range of a status
/// tells what happened to the request:
///
/// - 1 to 99: the program called the library wrongly or at a wrong time; nothing was written to the server;
/// - 100 to 199: there is no connection; nothing was written;
/// - 200 to 299: the protocol or the login failed; nothing was written (AMI_E_LIMIT can be an exception);
/// - 300 to 399: the server refused the request;
/// - 400 to 499: the request was written, and its outcome is unknown.
typedef int32_t ami_status;

/// The reason why a call failed. The message is for people, says what to do and never contains a secret.
typedef struct ami_error ami_error;

/// A configuration: the server, the user, the limits. Connecting copies it; later changes have no effect on existing
/// clients.
typedef struct ami_config ami_config;

/// A client: one session with one server. All functions except ami_client_free may be called from any thread, by several
/// threads at once, and from inside callbacks.
typedef struct ami_client ami_client;

/// An executor: it runs callbacks on a thread of the program, such as the thread of its event loop. Clients and gateways that
/// are made from a configuration with an executor (ami_config_set_executor) call functions of the program only inside
/// ami_executor_run: callbacks, completions, and the drops of both. So a program with one thread needs no locks.
///
/// The program watches ami_executor_fd in its loop, and calls ami_executor_run whenever it is readable. Headers in ami/adapters
/// do that for libuv, libevent, GLib and Qt. Several clients and gateways can have the same executor.
///
/// The thread of an executor is the one that called ami_executor_run last; before the first call, the one that called
/// ami_executor_new. On this thread close and free never wait for the executor: completions and drops that are left run inside
/// ami_client_close, ami_gateway_close, ami_subscription_close and the free functions, and events that are left are discarded. On
/// another thread these functions wait until the executor's thread has run what is left, at most for the action timeout, and then
/// give AMI_E_BUSY. If the executor's thread has ended, call ami_executor_run once on the thread that closes.
///
/// A call that waits, such as ami_client_call, can be made inside a callback, but the loop stands still meanwhile;
/// ami_client_submit, ami_gateway_submit and ami_client_start do not wait.
typedef struct ami_executor ami_executor;

/// A request to the server: a name and headers in order.
typedef struct ami_action ami_action;

/// The whole response to an action: its headers, the entries of a list, the output of a command. It never changes.
typedef struct ami_response ami_response;

/// An event: headers in their order; names match in any case; values are as the server sent them. It never changes.
typedef struct ami_event ami_event;

/// A subscription: events that a program wants, given to a callback or pulled by the program. It may outlive its client.
typedef struct ami_subscription ami_subscription;

/// A choice of events, by their names and headers: for a server, which then sends no others, and for a program. An event
/// passes if one of the rules that include fits, or there are none, and none of those that exclude does. Names and values are
/// compared in their case, as servers compare them.
typedef struct ami_filter ami_filter;

/// A GSM gateway with all its ports. It has one session for incoming SMS and events, and one session for each port that
/// sends. A port sends one SMS at a time, in the order of priority; different ports send in parallel. All functions except
/// ami_gateway_free may be called from any thread, by several threads at once, and from inside callbacks.
typedef struct ami_gateway ami_gateway;

/// An SMS to be sent through a gateway.
typedef struct ami_sms_request ami_sms_request;

/// A receipt: the outcome of an SMS and the gateway's texts about it. It never changes.
typedef struct ami_receipt ami_receipt;

/// A list of receipts. It never changes.
typedef struct ami_receipts ami_receipts;

/// An incoming SMS. It never changes.
typedef struct ami_sms ami_sms;

/// A text split into SMS: its encoding and its parts. It never changes.
typedef struct ami_sms_parts ami_sms_parts;

/// The network's reply to a USSD code. It never changes.
typedef struct ami_ussd_reply ami_ussd_reply;

/// A USSD session: the last reply of the network, and functions to answer it.
typedef struct ami_ussd_dialogue ami_ussd_dialogue;

/// A list of the ports of a gateway with their states at the time of the request. It never changes.
typedef struct ami_ports ami_ports;

/// A parser: it turns bytes into messages, for programs with their own event loop. It opens no socket and starts no thread.
typedef struct ami_parser ami_parser;

/// A message as the server sent it: headers in their order; names match in any case. It never changes.
typedef struct ami_message ami_message;

/* ---- The library ----------------------------------------------------------------------------------- */

/// The timeout of a call: the configured action timeout.
#define AMI_TIMEOUT_DEFAULT 0

/// The timeout of a wait for an event or a state: do not wait, only look.
#define AMI_DONT_WAIT 0

/// The timeout of a wait for an event or a state: wait without end. Calls refuse it.
#define AMI_WAIT_FOREVER UINT32_MAX

/// The version of the library, such as "0.1.0".
///
/// @return a static string.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_version(void);

/// The version of the library as a number that can be compared: AMI_VERSION_NUMBER is that of the header.
///
/// @return major * 1,000,000 + minor * 1,000 + patch.
///
/// - **Ownership:** none.
/// - **Threads:** any.
/// - **Errors:** none.
/// - **Since:** 0.1.0
uint32_t ami_version_number(void);

/// Waits until all threads of the library have ended. They end by themselves after the last client is freed; this function
/// waits for that, so that a leak checker finds nothing. Other programs do not need it. A new client starts the threads
/// again. It also turns the log off, as ami_log_set with AMI_LOG_OFF does. valgrind calls some of the memory that a process
/// keeps until its end "possibly lost", so run it with --errors-for-leak-kinds=definite.
///
/// @param error  where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any, but none that is inside a callback.
/// - **Errors:** AMI_E_STATE inside a callback, and after 5 s if clients, gateways, USSD sessions or subscriptions with
///   callbacks still exist: free them first. AMI_E_BUSY after 5 s if a callback does not return.
/// - **Since:** 0.1.0
ami_status ami_shutdown(ami_error **error);

/* ---- Statuses and errors --------------------------------------------------------------------------- */

/// Success.
#define AMI_OK 0

/// Usage: an argument is not valid; nothing was written.
#define AMI_E_INVALID 1

/// Usage: the call does not fit the object's state.
#define AMI_E_STATE 2

/// Usage: something is still running; try again.
#define AMI_E_BUSY 3

/// Usage: the object was made before fork, in the parent process.
#define AMI_E_FORKED 4

/// Usage: the client, gateway or subscription is closed.
#define AMI_E_CLOSED 5

/// A bug in libami, reported instead of crashing the program.
#define AMI_E_INTERNAL 6

/// Usage: this server or gateway does not support it.
#define AMI_E_UNSUPPORTED 7

/// Usage: a queue is full, so the SMS or the action was not accepted; or the queue of a subscription is full and its policy
/// is AMI_QUEUE_CLOSE, so the subscription has ended; or a buffer is too small.
#define AMI_E_OVERFLOW 8

/// Usage: the header is not there, or says nothing. From ami_event_get_int and its like.
#define AMI_E_ABSENT 9

/// Usage: the header says something else than a value of this type. From ami_event_get_int and its like.
#define AMI_E_FORMAT 10

/// I/O: the host name could not be resolved.
#define AMI_E_RESOLVE 100

/// I/O: nothing accepted the connection.
#define AMI_E_REFUSED 101

/// I/O: the time was over before anything was written. From a function that waits for an event or a state: it did not come
/// in time.
#define AMI_E_TIMEOUT 102

/// I/O: the connection is lost; nothing was written.
#define AMI_E_DISCONNECTED 103

/// I/O: TLS could not be set up.
#define AMI_E_TLS 104

/// I/O: another input or output error.
#define AMI_E_IO 105

/// Protocol: the server does not speak AMI.
#define AMI_E_NOT_AMI 200

/// Protocol: the server broke the protocol.
#define AMI_E_PROTOCOL 201

/// Protocol: the server sent more than a limit allows. If the response to an action is too large, that action was written
/// and carried out.
#define AMI_E_LIMIT 202

/// Login: the server refused the user name or the secret.
#define AMI_E_AUTH 203

/// Login: the server offers no login method that is allowed on this connection.
#define AMI_E_AUTH_METHOD 204

/// Refusal: the server refused the action. ami_error_is_not_found tells whether the reason is that something does not
/// exist.
#define AMI_E_ACTION 300

/// Refusal: the account lacks the class that the action needs.
#define AMI_E_PERMISSION 301

/// Refusal: the CLI did not accept the command.
#define AMI_E_COMMAND 302

/// Refusal: the gateway could not send the SMS.
#define AMI_E_SMS_FAILED 310

/// Refusal: the gateway's port is in use; nothing was sent.
#define AMI_E_SMS_BUSY 311

/// Refusal: the USSD request failed.
#define AMI_E_USSD 312

/// The request was written; it may or may not have been carried out.
#define AMI_E_OUTCOME_UNKNOWN 400

/// The name of a status, such as "AMI_E_AUTH".
///
/// @param status  a status.
/// @return a static string; "AMI_E_?" for a value that this version does not know.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_status_name(ami_status status);

/// Tells whether the request of a call may have reached the server. If not, nothing has changed there.
///
/// The range decides: nothing was written for 1 to 299, the request was written for 300 and above. Two statuses below 300
/// are exceptions and count as written: AMI_E_LIMIT, because the response to a written action may be too large, and
/// AMI_E_INTERNAL, because libami cannot know.
///
/// @param status  the status that a call returned.
/// @return 1 if the request was written or may have been written, also for AMI_OK; else 0.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int ami_status_was_written(ami_status status);

/// Tells whether it makes sense and is safe to call again later with the same arguments. It is safe because the request was
/// not carried out; it makes sense because the obstacle may disappear: a full queue, a port in use, a server that is down.
///
/// @param status  the status that a call returned.
/// @return 1 for AMI_E_BUSY, AMI_E_OVERFLOW, AMI_E_RESOLVE, AMI_E_REFUSED, AMI_E_TIMEOUT, AMI_E_DISCONNECTED,
///         AMI_E_IO and AMI_E_SMS_BUSY; else 0. It is 0 for AMI_E_OUTCOME_UNKNOWN: the request may have been carried out
///         already.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int ami_status_is_retryable(ami_status status);

/// The status that the call returned.
///
/// @param error  the error, or NULL.
/// @return its AMI_E_…; AMI_OK for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
ami_status ami_error_code(const ami_error *error);

/// The status of the cause of an error. For AMI_E_OUTCOME_UNKNOWN it tells why no response came: AMI_E_TIMEOUT, or the
/// reason for the end of the connection, such as AMI_E_DISCONNECTED. For AMI_E_DISCONNECTED it tells why the connection
/// ended: such as AMI_E_LIMIT, or AMI_E_TIMEOUT if connecting took too long.
///
/// @param error  the error, or NULL.
/// @return one of AMI_E_…; AMI_OK if there is no other cause than ami_error_code, and for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
ami_status ami_error_cause(const ami_error *error);

/// The errno of the operating system for a connection that could not be made or was lost.
///
/// @param error  the error, or NULL.
/// @return a value such as ECONNREFUSED; 0 if there is none, and for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int32_t ami_error_errno(const ami_error *error);

/// Tells whether the server refused an action (AMI_E_ACTION) because something that the action names does not exist: a
/// channel, an endpoint, a database entry, a queue member. AMI has no code for this, so libami recognises the usual English
/// texts of Asterisk, such as "No such channel". A server module with another text is not recognised.
///
/// @param error  the error, or NULL.
/// @return 1 if it does not exist; else 0, also for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int ami_error_is_not_found(const ami_error *error);

/// The message of an error, in English: the problem and what to do about it.
///
/// @param error  the error, or NULL.
/// @return the text; "" for NULL.
///
/// - **Ownership:** belongs to the error.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_error_message(const ami_error *error);

/// The text of the server: the header Message of a refusal, or the output of a refused command. It may repeat what was
/// sent.
///
/// @param error  the error, or NULL.
/// @return the text, or NULL if the server sent none.
///
/// - **Ownership:** belongs to the error.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_error_peer_message(const ami_error *error);

/// The response that refused the action.
///
/// @param error  the error, or NULL.
/// @return the response, or NULL if there was none.
///
/// - **Ownership:** belongs to the error; ami_response_ref keeps it.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const ami_response *ami_error_response(const ami_error *error);

/// The receipt of an SMS that was not sent, or may not have been sent.
///
/// @param error  the error, or NULL.
/// @return the receipt; NULL if the SMS neither reached the gateway nor waited for its port.
///
/// - **Ownership:** belongs to the error; ami_receipt_ref keeps it.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const ami_receipt *ami_error_receipt(const ami_error *error);

/// Frees an error.
///
/// @param error  the error, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_error_free(ami_error *error);

/* ---- Configurations -------------------------------------------------------------------------------- */

/// Policy of an event queue that is full: drop the oldest events.
#define AMI_QUEUE_DROP_OLDEST 0

/// Policy of an event queue that is full: drop new events.
#define AMI_QUEUE_DROP_NEWEST 1

/// Policy of an event queue that is full: end the subscription, with AMI_E_OVERFLOW.
#define AMI_QUEUE_CLOSE 2

/// Limit: bytes of the first line, the banner; default 256.
#define AMI_LIMIT_BANNER 0

/// Limit: bytes of one line; default 65,535.
#define AMI_LIMIT_LINE 1

/// Limit: headers of one message, without the headers Output; default 4,096.
#define AMI_LIMIT_HEADERS 2

/// Limit: bytes of one message, without the output of a command; default 1 MiB.
#define AMI_LIMIT_MESSAGE 3

/// Limit: bytes of the output of one command; default 16 MiB.
#define AMI_LIMIT_OUTPUT 4

/// Limit: entries of one list; default 1,000,000. Only clients check it, not parsers.
#define AMI_LIMIT_LIST 5

/// Limit: bytes of memory for the entries of one list; default 128 MiB. Only clients check it, not parsers.
#define AMI_LIMIT_LIST_BYTES 6

/// Limit: bytes of one response that an action waits for, or whose ActionID a parser expects; default 20 MiB. A response
/// can be a whole file, so this limit replaces the limits for lines, headers and messages in such a response, unless those
/// are set below their defaults.
#define AMI_LIMIT_RESPONSE 7

/// Makes a configuration with the defaults: port 5038 without TLS, 10 s to connect, 10 s for an action, a Ping after 30 s
/// of silence, no reconnecting, all events, event queues of 65,536 events and 32 MiB that drop the oldest events. Host,
/// user name and secret must be set.
///
/// A configuration remembers a setter that failed, because connecting without the wanted setting, such as TLS, could be
/// dangerous: ami_client_new, ami_client_connect and ami_gateway_connect then fail with AMI_E_INVALID, and the error names
/// the first setter that failed and its reason. Calling that setter again with success clears it.
///
/// @return the configuration.
///
/// - **Ownership:** the caller's, to be freed with ami_config_free.
/// - **Threads:** any.
/// - **Errors:** none.
/// - **Since:** 0.1.0
ami_config *ami_config_new(void);

/// Frees a configuration; its secret is wiped.
///
/// @param config  the configuration, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_config_free(ami_config *config);

/// Sets the server's name or address.
///
/// @param config  the configuration.
/// @param host    the name or address.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if it is NULL, empty, not UTF-8 or holds CR or LF.
/// - **Since:** 0.1.0
ami_status ami_config_set_host(ami_config *config, const char *host);

/// Sets the server's port; unless set 5038, or 5039 with TLS.
///
/// @param config  the configuration.
/// @param port    the port.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for 0.
/// - **Since:** 0.1.0
ami_status ami_config_set_port(ami_config *config, uint16_t port);

/// Sets the user of the server's manager.conf.
///
/// @param config    the configuration.
/// @param username  the user's name.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if it is NULL, not UTF-8, too long or holds CR or LF.
/// - **Since:** 0.1.0
ami_status ami_config_set_username(ami_config *config, const char *username);

/// Sets the user's secret. It is wiped from memory when the configuration and its clients are freed.
///
/// @param config  the configuration.
/// @param secret  the secret.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if it is NULL, not UTF-8, too long or holds CR or LF.
/// - **Since:** 0.1.0
ami_status ami_config_set_secret(ami_config *config, const char *secret);

/// Sets the event mask: the classes of events that the server sends.
///
/// @param config  the configuration.
/// @param mask    "on" (the default), "off", or classes such as "system,call": system, call, log, verbose, command, agent, user,
///                config, dtmf, reporting, cdr, dialplan, originate, agi, cc, aoc, test, security, message, all, none; in
///                lower case, with commas and without blanks.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if it is NULL, empty, names an unknown class, is not UTF-8 or contains CR or LF.
/// - **Since:** 0.1.0
ami_status ami_config_set_event_mask(ami_config *config,
                                     const char *mask);

/// Sets the connect timeout: the time to connect and log in; default 10,000.
///
/// @param config  the configuration.
/// @param ms      milliseconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for 0 and AMI_WAIT_FOREVER.
/// - **Since:** 0.1.0
ami_status ami_config_set_connect_timeout_ms(ami_config *config, uint32_t ms);

/// Sets the action timeout: the time for an action whose call passes AMI_TIMEOUT_DEFAULT; default 10,000.
///
/// @param config  the configuration.
/// @param ms      milliseconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for 0 and AMI_WAIT_FOREVER.
/// - **Since:** 0.1.0
ami_status ami_config_set_action_timeout_ms(ami_config *config, uint32_t ms);

/// Sets the keepalive interval: after so many milliseconds without input libami sends a Ping; default 30,000. It sends none
/// while a command, or another action that blocks the session, is in progress.
///
/// @param config  the configuration.
/// @param ms      milliseconds; 0 switches the keepalive off.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for AMI_WAIT_FOREVER.
/// - **Since:** 0.1.0
ami_status ami_config_set_keepalive_ms(ami_config *config,
                                       uint32_t ms);

/// Sets the keepalive timeout: the connection counts as dead if nothing comes for so many milliseconds after the Ping;
/// default 10,000.
///
/// @param config  the configuration.
/// @param ms      milliseconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for 0 and AMI_WAIT_FOREVER.
/// - **Since:** 0.1.0
ami_status ami_config_set_keepalive_timeout_ms(ami_config *config,
                                               uint32_t ms);

/// Sets how a client reconnects when its connection is lost after the login. It waits min_ms before the first attempt and
/// twice as long before each further one, up to max_ms. The real wait is random, between half of that time and all of it,
/// so that the clients of one server do not all come back at once. A refused user name or secret ends the client.
///
/// A marker of kind AMI_EVENT_GAP shows in the stream of events where events may be missing. Subscriptions, the event mask
/// and filters are restored before any new event is delivered. Nothing is sent twice: actions that were written end with
/// AMI_E_OUTCOME_UNKNOWN; actions that were not written end with AMI_E_DISCONNECTED, or wait if
/// ami_config_set_wait_for_reconnect says so.
///
/// @param config  the configuration.
/// @param min_ms  milliseconds before the first attempt.
/// @param max_ms  the longest wait between attempts, in milliseconds. Both 0, the default: the client does not reconnect; a
///                lost connection ends it.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if only min_ms is 0, if max_ms is less than min_ms, and for AMI_WAIT_FOREVER.
/// - **Since:** 0.1.0
ami_status ami_config_set_reconnect(ami_config *config,
                                    uint32_t min_ms,
                                    uint32_t max_ms);

/// Sets the number of attempts to reconnect, and the time after which a connection counts as stable.
///
/// @param config        the configuration.
/// @param attempts      the client ends after so many failed attempts in a row; 0, the default: no limit.
/// @param stable_ms     milliseconds; default 10,000. A connection that lasts so long resets the count and the wait; one
///                      that is lost sooner counts as a failed attempt.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for a NULL configuration.
/// - **Since:** 0.1.0
ami_status ami_config_set_reconnect_limit(ami_config *config,
                                          uint32_t attempts,
                                          uint32_t stable_ms);

/// Sets the fate of actions that were not written yet when the connection was lost, and of actions that are called while it
/// is down.
///
/// @param config  the configuration.
/// @param wait    0, the default: they fail at once with AMI_E_DISCONNECTED; not 0: they wait for the next connection,
///                within their timeouts.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for a NULL configuration.
/// - **Since:** 0.1.0
ami_status ami_config_set_wait_for_reconnect(ami_config *config,
                                             int wait);

/// Sets whether the first connection is retried too, with the waits of ami_config_set_reconnect: for services that start
/// before their server. Connecting then waits until a connection succeeds, for as many attempts as
/// ami_config_set_reconnect_limit allows. A refused user name or secret ends it, and so does ami_client_close in another
/// thread.
///
/// @param config  the configuration.
/// @param retry   0, the default: the first failure is the result; not 0: the connection is retried. Connecting fails with
///                AMI_E_INVALID unless ami_config_set_reconnect was called too.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for a NULL configuration.
/// - **Since:** 0.1.0
ami_status ami_config_set_retry_first_connect(ami_config *config,
                                              int retry);

/// Sets the size of the queue of each subscription and its policy when it is full. Lost events are counted, and a marker of
/// kind AMI_EVENT_LAGGED stands in their place.
///
/// @param config      the configuration.
/// @param max_events  events in the queue at most; default 65,536.
/// @param max_bytes   bytes of memory for these events at most; default 32 MiB.
/// @param policy      AMI_QUEUE_DROP_OLDEST (the default), AMI_QUEUE_DROP_NEWEST or AMI_QUEUE_CLOSE.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for a bound of 0 and an unknown policy.
/// - **Since:** 0.1.0
ami_status ami_config_set_event_queue(ami_config *config,
                                      size_t max_events,
                                      size_t max_bytes,
                                      int32_t policy);

/// Sets how many actions may wait to be written, because the server reads slowly or the client reconnects. Up to five times
/// as many actions may be in progress, including those that wait for their responses. Beyond that ami_client_submit,
/// ami_client_call and all other functions that send actions fail at once with AMI_E_OVERFLOW: nothing is written, and the
/// action can be sent again when responses have come.
///
/// @param config       the configuration.
/// @param max_actions  actions at most; default 200,000.
/// @param max_bytes    bytes of all these actions at most; default 32 MiB.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for a bound of 0.
/// - **Since:** 0.1.0
ami_status ami_config_set_action_queue(ami_config *config,
                                       size_t max_actions,
                                       size_t max_bytes);

/// Sets a limit for the input from the server. A response over a limit ends only its own call, with AMI_E_LIMIT. Any other
/// message over a limit ends the connection, and calls end with AMI_E_LIMIT or AMI_E_OUTCOME_UNKNOWN. Lines and messages
/// cannot be larger than 2 GiB, whatever the limit.
///
/// @param config  the configuration.
/// @param limit   one of AMI_LIMIT_….
/// @param value   the new limit.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for an unknown limit and for 0.
/// - **Since:** 0.1.0
ami_status ami_config_set_limit(ami_config *config,
                                int32_t limit,
                                size_t value);

/// Sets the dialect: the commands for SMS and USSD.
///
/// - "auto", the default: ami_gateway_connect asks the gateway;
/// - "openvox": OpenVox VoxStack with the open driver, chan_extra 2.0.8;
/// - "openvox-firmware": OpenVox VoxStack with its later driver, whose commands have an argument for flash SMS;
/// - "openvox-2013": OpenVox VoxStack as described in its documents of 2013;
/// - "allo": ALLO gateways;
/// - "yeastar": Yeastar TG and MyPBX;
/// - "dongle", "quectel": Asterisk with chan_dongle or chan_quectel; ports have names;
/// - or a command line of your own for SMS, with the placeholders {port}, {to} and {text}, and optionally {timeout}, {id}
///   and {flash}, such as "gsm send sync sms {port} {to} {text} {timeout} {id}". libami quotes the values. A command with
///   {timeout} waits for the network, and the gateway must answer it as OpenVox does.
///
/// @param config   the configuration.
/// @param dialect  one of these.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for an unknown name, and for a command line without {port}, {to} or {text}.
/// - **Since:** 0.1.0
ami_status ami_config_set_dialect(ami_config *config,
                                  const char *dialect);

/// Sets the time to wait for the missing parts of an incoming SMS, counted from its first part; default 300,000. Then the
/// SMS is delivered without them.
///
/// @param config  the configuration.
/// @param ms      milliseconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for 0 and AMI_WAIT_FOREVER.
/// - **Since:** 0.1.0
ami_status ami_config_set_parts_timeout_ms(ami_config *config,
                                           uint32_t ms);

/// Sets how many SMS may wait for each port of a gateway; default 1,000.
///
/// @param config    the configuration.
/// @param messages  the number at most.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for 0.
/// - **Since:** 0.1.0
ami_status ami_config_set_send_queue(ami_config *config, size_t messages);

/// Sets the rest of a port: the time in which it sends nothing after an SMS with unknown outcome, after an SMS that was
/// only queued, and after a USSD code without a reply; default 5,000. The reason: drivers report a result for a port, not
/// for an SMS, so a late result could be taken for that of the next SMS.
///
/// The rest applies to all clients and gateways of this process with the same host and port. It begins when the gateway has
/// stopped trying; if the connection was lost before that, it begins when the timeout of the SMS is over.
///
/// Drivers retry after 2 seconds, so a rest below 3,000 is not safe: an SMS after an unknown outcome could be reported as
/// sent although it was not.
///
/// @param config  the configuration.
/// @param ms      milliseconds; 0 for no rest.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for AMI_WAIT_FOREVER.
/// - **Since:** 0.1.0
ami_status ami_config_set_port_rest_ms(ami_config *config,
                                       uint32_t ms);

/// Sets whether the secret may be sent unencrypted when the server offers no MD5 challenge. Loopback connections
/// (127.0.0.0/8 and ::1) and TLS with a verified certificate do not need this.
///
/// @param config  the configuration.
/// @param allow   not 0 for yes; 0 (the default) for no.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for a NULL configuration.
/// - **Since:** 0.1.0
ami_status ami_config_set_allow_plain_login(ami_config *config,
                                            int allow);

/// Switches TLS on or off. With TLS the certificate of the server must be signed by an authority that the system trusts (or
/// by one in SSL_CERT_FILE or SSL_CERT_DIR, if these environment variables are set), and must contain the configured host.
/// The other functions for TLS change these rules, and each of them switches TLS on.
///
/// Only TLS 1.2 and 1.3 are supported; a server with older versions only cannot be reached. If a certificate or a handshake
/// fails, ami_client_connect and ami_client_open give AMI_E_TLS, and the error message says what to do.
///
/// @param config  the configuration.
/// @param on      not 0 for TLS; 0 (the default) for no TLS, which also clears all other TLS settings.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for a NULL configuration.
/// - **Since:** 0.1.0
ami_status ami_config_set_tls(ami_config *config,
                              int on);

/// Sets a PEM file with the trusted authorities; no others are trusted then. The file may also contain the certificate of
/// the server itself, for example a self-signed one: it is then trusted for the names in it, or for every name if it
/// contains none. Switches TLS on.
///
/// Certificates of X.509 version 1 or without subjectAltName, as Asterisk's script ast_tls_cert makes them, are accepted if
/// they are in the file, or if an authority in the file has signed them directly and their common name is exactly the
/// wanted name. RSA keys need at least 2048 bits.
///
/// ami_client_new and ami_client_connect read the file, and give AMI_E_INVALID if they cannot use it. It is read again for
/// each connection, so a renewed file is used.
///
/// @param config  the configuration.
/// @param file    the file's name.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if it is NULL or empty.
/// - **Since:** 0.1.0
ami_status ami_config_set_tls_ca_file(ami_config *config,
                                      const char *file);

/// Sets the name that the certificate of the server must contain; default: the configured host. Switches TLS on.
///
/// @param config  the configuration.
/// @param name    a host name or an address.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if it is NULL, empty, not UTF-8 or contains CR or LF. ami_client_new and ami_client_connect
///   refuse a name that no certificate can contain.
/// - **Since:** 0.1.0
ami_status ami_config_set_tls_server_name(ami_config *config,
                                          const char *name);

/// Sets the certificate of the client, for a server that asks for one. Switches TLS on. Both files are PEM files, and are
/// read as often as the CA file.
///
/// @param config      the configuration.
/// @param chain_file  the name of a file with the certificate, followed by the intermediate certificates.
/// @param key_file    the name of a file with its private key, which must have no pass phrase.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID if one is NULL or empty.
/// - **Since:** 0.1.0
ami_status ami_config_set_tls_client_certificate(ami_config *config,
                                                 const char *chain_file,
                                                 const char *key_file);

/// Accepts every certificate of the server. Danger: an attacker between this machine and the server can then read and
/// change everything. Only for tests and for servers whose certificate cannot be verified. A login without a challenge then
/// needs ami_config_set_allow_plain_login. Switches TLS on.
///
/// @param config  the configuration.
/// @param accept  not 0 for yes; 0 (the default) for no.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for a NULL configuration.
/// - **Since:** 0.1.0
ami_status ami_config_set_tls_danger_accept_any_certificate(ami_config *config,
                                                            int accept);

/// Sets the executor for callbacks, completions and drops of the clients and gateways that are made from this configuration.
/// Without one, they run on threads of libami. The callback of ami_log_set always runs on a thread of libami.
///
/// @param config    the configuration.
/// @param executor  the executor; it has to be freed after the clients and gateways, see ami_executor_free.
///
/// - **Ownership:** the executor stays the caller's.
/// - **Threads:** one at a time for a configuration.
/// - **Errors:** AMI_E_INVALID for NULL; AMI_E_FORKED for an executor of the parent process. ami_client_new,
///   ami_client_connect and ami_gateway_connect give AMI_E_STATE if the executor was freed.
/// - **Since:** 0.1.0
ami_status ami_config_set_executor(ami_config *config,
                                   ami_executor *executor);

/* ---- Clients --------------------------------------------------------------------------------------- */

/// The client was not opened yet (ami_client_open).
#define AMI_STATE_NEW 0

/// The client is connecting or logging in.
#define AMI_STATE_CONNECTING 1

/// The client is logged in.
#define AMI_STATE_OPEN 2

/// The connection is lost; the client waits before its next attempt to connect.
#define AMI_STATE_WAITING 3

/// The client is closed, or its connection is lost for good.
#define AMI_STATE_CLOSED 4

/// Counter of a client: bytes received.
#define AMI_STAT_BYTES_RECEIVED 0

/// Counter of a client: bytes sent.
#define AMI_STAT_BYTES_SENT 1

/// Counter of a client: unsolicited events; the entries of lists are not counted.
#define AMI_STAT_EVENTS 2

/// Counter of a client: actions accepted for sending.
#define AMI_STAT_ACTIONS 3

/// Counter of a client: actions in progress.
#define AMI_STAT_IN_FLIGHT 4

/// Counter of a client: successful reconnects.
#define AMI_STAT_RECONNECTS 5

/// Counter of a client: responses whose round trip was measured, including those to keepalive Pings.
#define AMI_STAT_ROUND_TRIPS 6

/// Counter of a subscription: events that matched it.
#define AMI_STAT_RECEIVED 100

/// Counter of a subscription: events pulled by the program or given to the callback.
#define AMI_STAT_DELIVERED 101

/// Counter of a subscription: events lost because the queue was full.
#define AMI_STAT_DROPPED 102

/// Counter of a subscription: events in the queue.
#define AMI_STAT_WAITING 103

/// Counter of a subscription: bytes of memory for the events in the queue.
#define AMI_STAT_WAITING_BYTES 104

/// A completion: called once with the outcome of a submitted action. On success `response` is set and `error` is NULL; on
/// failure it is the other way round. Both are borrowed for the call; ami_response_ref keeps a response.
typedef void (*ami_completion_fn)(ami_status status,
                                  const ami_response *response,
                                  const ami_error *error,
                                  void *user_data);

/// Called once with user_data when libami will not use it any more.
typedef void (*ami_drop_fn)(void *user_data);

/// Connects and logs in: ami_client_new and ami_client_open in one.
///
/// @param config  the configuration; it is copied.
/// @param client  where to put the client; NULL is put there on failure.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the client and the error are the caller's.
/// - **Threads:** any.
/// - **Errors:** those of ami_client_new and ami_client_open.
/// - **Since:** 0.1.0
ami_status ami_client_connect(const ami_config *config, ami_client **client, ami_error **error);

/// Makes a client that is not connected yet. A program can subscribe to it before ami_client_open, so that it misses no
/// event.
///
/// @param config  the configuration; it is copied.
/// @param client  where to put the client; NULL is put there on failure.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the client and the error are the caller's.
/// - **Threads:** any.
/// - **Errors:** AMI_E_INVALID for a configuration that cannot work or one of whose setters failed; AMI_E_TLS if the system
///   has no trusted authorities; AMI_E_IO if the library cannot start its thread.
/// - **Since:** 0.1.0
ami_status ami_client_new(const ami_config *config,
                          ami_client **client,
                          ami_error **error);

/// Connects and logs in, within the connect timeout. It can be called once for a client. ami_client_close in another thread
/// cancels it.
///
/// @param client  the client.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_RESOLVE, AMI_E_REFUSED, AMI_E_TIMEOUT, AMI_E_IO, AMI_E_DISCONNECTED: no connection. AMI_E_TLS: the
///   TLS handshake or the certificate failed. AMI_E_NOT_AMI, AMI_E_PROTOCOL, AMI_E_LIMIT: not an AMI server. AMI_E_AUTH,
///   AMI_E_AUTH_METHOD: the login failed. AMI_E_STATE: the client was opened before. AMI_E_CLOSED: the client is closed.
/// - **Since:** 0.1.0
ami_status ami_client_open(const ami_client *client,
                           ami_error **error);

/// Begins to connect and to log in, and returns at once; the program calls it in place of ami_client_open, for example on the
/// thread of an event loop. The marker "#state" tells the result: its State is "open", or "closed" with a Cause. So
/// subscribe to "#state" before. ami_client_await_state waits for the result and gives its status.
///
/// @param client  the client.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for NULL. AMI_E_STATE: the client was opened before. AMI_E_CLOSED: the client is closed.
/// - **Since:** 0.1.0
ami_status ami_client_start(const ami_client *client,
                            ami_error **error);

/// Logs off and ends all calls, completions and subscriptions of a client. A second call does nothing. When it returns
/// AMI_OK outside a callback, no callback, completion or drop of this client is running or will run, and the session is
/// over. It waits at most 2 s for the response to the Logoff. Inside any libami callback it returns at once and takes
/// effect after that callback.
///
/// @param client  the client.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_BUSY if a callback did not return within the action timeout, or the thread of its executor did not run
///   what was left (see ami_executor). The client is closed nevertheless; the drop of that callback runs afterwards.
/// - **Since:** 0.1.0
ami_status ami_client_close(const ami_client *client,
                            ami_error **error);

/// Closes a client, as ami_client_close does, and frees it. Subscriptions may outlive it: a program can still pull the
/// events that are in their queues.
///
/// @param client  the client, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it. Inside a callback it does not wait. In the child of a fork it only frees
///   memory and closes the child's copy of the socket; the parent's connection is not affected. So a daemon that connected
///   before its fork frees the client and makes a new one.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_client_free(ami_client *client);

/// Sends an action and waits for its whole response: a list with all its entries, a command with its output.
///
/// @param client      the client.
/// @param action      the action; it can be freed or sent again afterwards.
/// @param timeout_ms  milliseconds, or AMI_TIMEOUT_DEFAULT. A wait that is part of the action itself (WaitEvent, Originate
///                    without Async) is added to it.
/// @param response    where to put the response, or NULL; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the response, to be released with ami_response_unref, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_ACTION, AMI_E_PERMISSION, AMI_E_COMMAND: the server refused it, see ami_error_response.
///   AMI_E_INVALID, AMI_E_STATE, AMI_E_TIMEOUT, AMI_E_DISCONNECTED, AMI_E_CLOSED, AMI_E_OVERFLOW: it was not written.
///   AMI_E_LIMIT: the response is too large. AMI_E_OUTCOME_UNKNOWN: it was written and may have been carried out.
/// - **Since:** 0.1.0
ami_status ami_client_call(const ami_client *client,
                           const ami_action *action,
                           uint32_t timeout_ms,
                           ami_response **response,
                           ami_error **error);

/// Sends an action and returns at once. `done` is called exactly once, on a thread of libami or of the executor, also if the
/// client is closed first; then `drop` is called. Completions of different actions may run at the same time.
///
/// @param client      the client.
/// @param action      the action; it can be freed or sent again afterwards.
/// @param timeout_ms  as for ami_client_call.
/// @param done        the function to call with the outcome.
/// @param user_data   the pointer to pass to it.
/// @param drop        called once with user_data after `done`; or NULL.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** on success libami holds user_data until `drop`; on failure the caller keeps it, and neither `done` nor
///   `drop` is called. The error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** the action was not sent. AMI_E_INVALID, AMI_E_STATE, AMI_E_DISCONNECTED, AMI_E_CLOSED; AMI_E_OVERFLOW if
///   too many actions are in progress, see ami_config_set_action_queue; AMI_E_IO if no thread for `done` can be started.
///   `done` gets the other errors of ami_client_call.
/// - **Since:** 0.1.0
ami_status ami_client_submit(const ami_client *client,
                             const ami_action *action,
                             uint32_t timeout_ms,
                             ami_completion_fn done,
                             void *user_data,
                             ami_drop_fn drop,
                             ami_error **error);

/// Runs a CLI command; ami_response_output gives its output. Never build the line from untrusted text: a CLI command can do
/// anything at the server.
///
/// @param client      the client.
/// @param cli         the command line, such as "core show version".
/// @param timeout_ms  as for ami_client_call.
/// @param response    where to put the response, or NULL; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the response and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_COMMAND if the CLI did not accept the command, with its output in ami_error_peer_message; and those
///   of ami_client_call.
/// - **Since:** 0.1.0
ami_status ami_client_command(const ami_client *client,
                              const char *cli,
                              uint32_t timeout_ms,
                              ami_response **response,
                              ami_error **error);

/// Tells whether the server knows an action and lets this account call it. The server is asked by ListCommands once a
/// connection, by the first call.
///
/// @param client  the client.
/// @param action  the name of the action, in any case.
/// @param can     where to put 1 if it does, else 0; or NULL.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** those of ami_client_call.
/// - **Since:** 0.1.0
ami_status ami_client_can(const ami_client *client,
                          const char *action,
                          int *can,
                          ami_error **error);

/// Sends a Ping and waits for the response.
///
/// @param client         the client.
/// @param round_trip_us  where to put the round-trip time in microseconds, or NULL.
/// @param error          where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** those of ami_client_call.
/// - **Since:** 0.1.0
ami_status ami_client_ping(const ami_client *client, uint64_t *round_trip_us, ami_error **error);

/// The state of a client. A subscription to the marker "#state" gets every change, in order with the events.
///
/// @param client  the client, or NULL.
/// @return one of AMI_STATE_…; -1 for NULL and in the child of a fork.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** see the return value.
/// - **Since:** 0.1.0
int32_t ami_client_state(const ami_client *client);

/// Waits until a client is in a state.
///
/// @param client      the client.
/// @param state       one of AMI_STATE_….
/// @param timeout_ms  milliseconds to wait, AMI_DONT_WAIT or AMI_WAIT_FOREVER.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any; several at once. Waiting in a callback keeps that callback's thread.
/// - **Errors:** AMI_E_TIMEOUT if the client did not reach the state in time; AMI_E_INVALID for an unknown state; if the
///   client has ended and cannot reach it any more, the reason for its end, as from ami_subscription_next.
/// - **Since:** 0.1.0
ami_status ami_client_await_state(const ami_client *client,
                                  int32_t state,
                                  uint32_t timeout_ms,
                                  ami_error **error);

/// A counter of a client, over all its connections.
///
/// @param client  the client, or NULL.
/// @param stat    one of AMI_STAT_… of a client.
/// @return the value; 0 for NULL, for an unknown counter and in the child of a fork.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** see the return value.
/// - **Since:** 0.1.0
uint64_t ami_client_stat(const ami_client *client, int32_t stat);

/// A quantile of the round-trip times, measured from the call to the whole response.
///
/// @param client  the client, or NULL.
/// @param share   the quantile, from 0 to 1: 0.99 gives the time that 99 % of the responses did not exceed.
/// @return microseconds, up to 19 % too high; 0 for NULL, before the first response and in the child of a fork.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** see the return value.
/// - **Since:** 0.1.0
uint64_t ami_client_round_trip_us(const ami_client *client,
                                  double share);

/// A bucket of the histogram of round-trip times, shortest first.
///
/// @param client    the client.
/// @param index     the index of the bucket, from 0.
/// @param up_to_us  where to put its upper bound in microseconds; UINT64_MAX is put there for the last bucket, which has
///                  none.
/// @param count     where to put the number of responses in it.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID beyond the last bucket, and before the first response.
/// - **Since:** 0.1.0
ami_status ami_client_round_trips_at(const ami_client *client,
                                     size_t index,
                                     uint64_t *up_to_us,
                                     uint64_t *count);

/* ---- Executors: callbacks on a thread of the program ----------------------------------------------- */

/// Makes an executor. It takes one file descriptor.
///
/// @param error  where to put the error, or NULL; NULL is put there on success.
/// @return the executor; NULL on failure.
///
/// - **Ownership:** the executor, to be freed with ami_executor_free, and the error are the caller's.
/// - **Threads:** any. The calling thread becomes the executor's thread.
/// - **Errors:** AMI_E_IO if the system gives no descriptor.
/// - **Since:** 0.1.0
ami_executor *ami_executor_new(ami_error **error);

/// A file descriptor that is readable while something waits for ami_executor_run. It is level-triggered: it stays readable until
/// ami_executor_run has left nothing. Poll it; do not read or close it. Stop polling it before ami_executor_free: that closes it,
/// and the system may give its number to another file.
///
/// @param executor  the executor, or NULL.
/// @return the descriptor; -1 for NULL and in the child of a fork.
///
/// - **Ownership:** belongs to the executor.
/// - **Threads:** any; several at once.
/// - **Errors:** see the return value.
/// - **Since:** 0.1.0
int ami_executor_fd(const ami_executor *executor);

/// Runs what waits on the calling thread, which becomes the executor's thread: callbacks, completions and drops. It returns when
/// nothing waits, after `max` calls, and also while more keeps coming; the descriptor is then still readable. So a flood of events
/// does not keep the loop from its other work.
///
/// The calls of one subscription come in order. Inside a callback, the executor's clients can be closed and freed, and so can the
/// executor; ami_executor_run can be called there too, by a loop inside the loop.
///
/// @param executor  the executor, or NULL.
/// @param max       the most calls of functions of the program, or 0 for 256. A completion and its drop count as one call.
/// @return the number of calls; 0 for NULL, while another thread is inside ami_executor_run, and in the child of a fork.
///
/// - **Ownership:** borrows.
/// - **Threads:** one at a time for an executor.
/// - **Errors:** see the return value.
/// - **Since:** 0.1.0
size_t ami_executor_run(ami_executor *executor,
                        size_t max);

/// Frees an executor. First it runs what waits on the calling thread: completions, drops, and events, but of a flood of events
/// only the first ones. Free the clients and gateways before: if there are still some, their callbacks and completions run on
/// threads of libami from then on, as without an executor, and no new client can be made from a configuration with this executor.
///
/// @param executor  the executor, or NULL.
///
/// - **Ownership:** takes it. Stop watching its descriptor before.
/// - **Threads:** no other thread may use it. Inside its own callbacks it returns at once, and what waits runs before
///   ami_executor_run returns. In the child of a fork nothing runs, and the child's copy of the descriptor is closed.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_executor_free(ami_executor *executor);

/* ---- The log --------------------------------------------------------------------------------------- */

/// Level of the log: nothing is logged. It is the default.
#define AMI_LOG_OFF 0

/// Level of the log: what needs somebody's attention, such as a server that does not speak AMI.
#define AMI_LOG_ERROR 1

/// Level of the log: what went wrong and is dealt with, such as a lost connection, or an action without a response.
#define AMI_LOG_WARNING 2

/// Level of the log: the steps of a connection, such as a login.
#define AMI_LOG_INFO 3

/// Level of the log: details for people who look for a fault.
#define AMI_LOG_DEBUG 4

/// Called for each line of the log. The level is one of AMI_LOG_…; the target is the part of the library that the line comes
/// from, such as "ami::client"; both texts are UTF-8, end with a NUL and are valid during the call. A line names servers, and the
/// names of actions, but no secret, number or text. Calls come one at a time, in order, on a thread that the library has for
/// this. A callback may take long: no other part of the library waits for it. At most 1,000 lines wait meanwhile; more are lost,
/// and a line with the target "ami::log" then tells how many. A callback may call all functions, ami_log_set too.
typedef void (*ami_log_fn)(int32_t level, const char *target, const char *message, void *user_data);

/// Has the library log to a function, for the whole process. It replaces the one before: when ami_log_set has returned AMI_OK
/// outside of a log callback, that one has got all lines up to now, is not running and will not run, and its drop has run; inside
/// of it, that is so as soon as it returns. Turned off, as it is at first, the log costs nothing. The log of the parent does not go on in the
/// child of a fork: the child can call ami_log_set for itself.
///
/// @param level      AMI_LOG_OFF, AMI_LOG_ERROR, AMI_LOG_WARNING, AMI_LOG_INFO or AMI_LOG_DEBUG: lines of this level and the more
///                   urgent ones are logged.
/// @param call       the function; it may be NULL for AMI_LOG_OFF, which ignores it.
/// @param user_data  passed to the function.
/// @param drop       called once with user_data when libami will not use it any more, or NULL. It is not called if ami_log_set
///                   fails, but for AMI_E_BUSY; for AMI_LOG_OFF it is ignored.
///
/// - **Ownership:** on success user_data belongs to libami until drop is called.
/// - **Threads:** any.
/// - **Errors:** AMI_E_INVALID for another level, and for a level without a function; AMI_E_IO if the system starts no thread: the
///   log is then as before. AMI_E_BUSY if the function before does not return within 10 s: it is replaced nevertheless, and its
///   drop runs when it returns.
/// - **Since:** 0.1.0
ami_status ami_log_set(int32_t level,
                       ami_log_fn call,
                       void *user_data,
                       ami_drop_fn drop);

/* ---- Actions --------------------------------------------------------------------------------------- */

/// The call failed: there is no such extension, or for another reason.
#define AMI_ORIGINATE_FAILED 0

/// The phone rang and nobody answered, or the caller hung up first.
#define AMI_ORIGINATE_NO_ANSWER 1

/// The call was answered.
#define AMI_ORIGINATE_ANSWERED 4

/// The called party is busy.
#define AMI_ORIGINATE_BUSY 5

/// The call was rejected, or no circuit was free.
#define AMI_ORIGINATE_CONGESTION 8

/// Makes an action. If its name is not valid, the call that sends it fails and its error tells why.
///
/// @param name  its name, such as "CoreStatus".
/// @return the action; NULL if the name is NULL or not UTF-8.
///
/// - **Ownership:** the caller's, to be freed with ami_action_free.
/// - **Threads:** any.
/// - **Errors:** see ami_client_call.
/// - **Since:** 0.1.0
ami_action *ami_action_new(const char *name);

/// Appends a header. It can be called several times, also with the same name. An ActionID added here is sent unchanged.
///
/// @param action  the action.
/// @param name    the header's name, without a colon.
/// @param value   its value.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for an action.
/// - **Errors:** AMI_E_INVALID for CR or LF, a value that begins with a blank (the server would remove it), a line over
///   1022 bytes, and more than 128 headers. The action cannot be sent after that; the call that tries fails with the same
///   reason.
/// - **Since:** 0.1.0
ami_status ami_action_add(ami_action *action,
                          const char *name,
                          const char *value);

/// Appends a header as ami_action_add does, with a value of a given length that need not end with a NUL.
///
/// @param action  the action.
/// @param name    the header's name, without a colon.
/// @param value   its value; may be NULL if length is 0.
/// @param length  the bytes of the value.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for an action.
/// - **Errors:** as ami_action_add; a NUL in the value is refused as well, and a length over PTRDIFF_MAX.
/// - **Since:** 0.1.0
ami_status ami_action_add_n(ami_action *action, const char *name, const void *value, size_t length);

/// Appends a header Variable that sets one channel variable, or a function such as CALLERID(name). It can be called several
/// times. A server splits such a header at commas and removes quotes and backslashes, so libami escapes these in the value.
///
/// @param action  the action.
/// @param name    the variable's name.
/// @param value   its value.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for an action.
/// - **Errors:** AMI_E_INVALID for a name with a blank, a comma, an equals sign, a quote or a backslash, which the server
///   would take for another name; and as ami_action_add.
/// - **Since:** 0.1.0
ami_status ami_action_add_variable(ami_action *action,
                                   const char *name,
                                   const char *value);

/// Frees an action. It can be freed as soon as the call that sends it has returned.
///
/// @param action  the action, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_action_free(ami_action *action);

/// Writes the bytes of an action to a buffer, for programs that use only the parser and write to the socket themselves.
/// They contain an ActionID only if one was added.
///
/// @param action  the action.
/// @param buffer  where to put the bytes, without a NUL at the end; may be NULL if size is 0.
/// @param size    the size of the buffer in bytes.
/// @param length  where to put the length of the whole action in bytes, or NULL; it is set also if the buffer is too small.
///                On other failures 0 is put there.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** copies; the error is the caller's. The buffer may hold a secret afterwards: it is the caller's to wipe.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_OVERFLOW if the buffer is too small; it is not changed then. AMI_E_INVALID for an action with a name
///   or header that was refused.
/// - **Since:** 0.1.0
ami_status ami_action_encode(const ami_action *action,
                             void *buffer,
                             size_t size,
                             size_t *length,
                             ami_error **error);

/// Originates a call and waits until it is answered or fails. libami sends the action with Async, so that it does not block
/// the session. The outcome comes with the event OriginateResponse: the account needs read permission for the class call,
/// and the event mask must include it.
///
/// @param client      the client.
/// @param action      an action Originate with Channel, and either Context, Exten and Priority or Application and Data;
///                    variables with ami_action_add_variable. Its header Timeout is the time to let the phone ring, in
///                    milliseconds; default 30,000.
/// @param timeout_ms  milliseconds that the server may take in addition to the ringing, or AMI_TIMEOUT_DEFAULT.
/// @param reason      where to put the outcome of the call, one of AMI_ORIGINATE_…, or NULL; set on success only.
/// @param event       where to put the event OriginateResponse, or NULL; NULL is put there on failure. It has the Channel
///                    and the Uniqueid of the call. If there was no channel, its Uniqueid is `<unknown>` or `<null>`.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the event, to be released with ami_event_unref, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** those of ami_client_call; AMI_E_ACTION says that the server did not start the call. A call that is not
///   answered is a success with another reason. AMI_E_OUTCOME_UNKNOWN also if the server started the call and the outcome
///   did not come in time, or may have been missed while the connection was down: the call may exist. AMI_E_INVALID for any
///   other action, and for one whose Async is not true.
/// - **Since:** 0.1.0
ami_status ami_client_originate(const ami_client *client,
                                const ami_action *action,
                                uint32_t timeout_ms,
                                int32_t *reason,
                                ami_event **event,
                                ami_error **error);

/* ---- Responses ------------------------------------------------------------------------------------- */

/// The first value of a header of the response.
///
/// @param response  the response, or NULL.
/// @param name      the header's name, in any case.
/// @param length    where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, if there is none.
///
/// - **Ownership:** belongs to the response.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_response_get(const ami_response *response, const char *name, size_t *length);

/// The value at an index among the headers of one name, for a header that comes several times.
///
/// @param response  the response, or NULL.
/// @param name      the header's name, in any case.
/// @param index     from 0, in the order in which the server sent them; other headers are not counted.
/// @param length    where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the response.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_response_get_nth(const ami_response *response,
                                 const char *name,
                                 size_t index,
                                 size_t *length);

/// The number of headers of the response.
///
/// @param response  the response, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_response_header_count(const ami_response *response);

/// The name of the header at an index, in the order in which the server sent them.
///
/// @param response  the response, or NULL.
/// @param index     from 0.
/// @param length    where to put the name's length in bytes, or NULL.
/// @return the name, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the response.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_response_header_name_at(const ami_response *response, size_t index, size_t *length);

/// The value of the header at an index, in the order in which the server sent them.
///
/// @param response  the response, or NULL.
/// @param index     from 0.
/// @param length    where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the response.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_response_header_value_at(const ami_response *response, size_t index, size_t *length);

/// The output of a command: its lines joined by LF, without LF at the end. It is the same for all server versions.
///
/// @param response  the response, or NULL.
/// @param length    where to put the text's length in bytes, or NULL.
/// @return the output, followed by a NUL; NULL, and length 0, if the action was not a command.
///
/// - **Ownership:** belongs to the response.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_response_output(const ami_response *response,
                                size_t *length);

/// The number of entries of a list response, without its closing event.
///
/// @param response  the response, or NULL.
/// @return the number; 0 for a response that is not a list.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_response_event_count(const ami_response *response);

/// The entry of a list response at an index.
///
/// @param response  the response, or NULL.
/// @param index     from 0.
/// @return the entry; NULL beyond the last.
///
/// - **Ownership:** belongs to the response; ami_event_ref keeps it longer.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const ami_event *ami_response_event_at(const ami_response *response, size_t index);

/// The event that closed a list response.
///
/// @param response  the response, or NULL.
/// @return the closing event; NULL if the response is not a list, or has no such event.
///
/// - **Ownership:** belongs to the response; ami_event_ref keeps it longer.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const ami_event *ami_response_end_event(const ami_response *response);

/// Copies a response into memory of its own. Responses that arrived together share memory, and keeping one of them keeps
/// the memory of all. To keep a response for long, detach it and release the original.
///
/// @param response  the response, or NULL.
/// @return the copy, with each entry of its list; NULL for NULL.
///
/// - **Ownership:** a new reference, which the caller releases with ami_response_unref. The reference to the original
///   stays.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
ami_response *ami_response_detach(const ami_response *response);

/// Adds a reference to a response, to keep it. This also keeps the memory of responses that arrived together with it, see
/// ami_response_detach.
///
/// @param response  the response, or NULL.
/// @return the same response.
///
/// - **Ownership:** adds a reference, which the caller releases with ami_response_unref.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
ami_response *ami_response_ref(const ami_response *response);

/// Releases a reference to a response; the last release frees it.
///
/// @param response  the response, or NULL.
///
/// - **Ownership:** takes one reference.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_response_unref(ami_response *response);

/* ---- Events ---------------------------------------------------------------------------------------- */

/// An event of the server.
#define AMI_EVENT_SERVER 0

/// A marker of libami named "#lagged": events were lost here because the queue of the subscription was full. Its header
/// Lost is their number.
#define AMI_EVENT_LAGGED 1

/// A marker of libami named "#gap": the connection was lost here, and events may be missing. Its headers From and Until are
/// the time of the last input before it and the time of the new login, in seconds since 1970 UTC; Cause is the reason.
#define AMI_EVENT_GAP 2

/// A marker of libami named "#state": the state of the client has changed. It comes only to subscriptions that name it. Its
/// header State is one of
///
/// - connecting: connecting and logging in; when reconnecting, Attempt is the number of the attempt, from 1;
/// - open: logged in;
/// - waiting: the connection is lost; Cause is the reason, and RetryIn the milliseconds until the next attempt;
/// - closed: the client has ended; Cause is the reason. It is the last event of such a subscription, also if the client
///   does not reconnect, if the login is refused, and for a subscription that is made later. Only ami_client_close may
///   discard it in a subscription with a callback, together with all other events in its queue.
#define AMI_EVENT_STATE 3

/// An event that libami made from the server's events, such as an SMS that was put together from its parts. Its name begins
/// with #, see ami_gateway_open_inbox.
#define AMI_EVENT_DERIVED 4

/// A marker of libami named "#skipped": the server sent messages here that are neither an event nor the response to an
/// action, such as a piece of a text that looks like one. Its headers Messages and Bytes are their number and size.
#define AMI_EVENT_SKIPPED 5

/// The kind of an event.
///
/// @param event  the event, or NULL.
/// @return AMI_EVENT_SERVER, AMI_EVENT_LAGGED, AMI_EVENT_GAP, AMI_EVENT_STATE, AMI_EVENT_DERIVED or AMI_EVENT_SKIPPED;
///         -1 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int32_t ami_event_kind(const ami_event *event);

/// The name of an event, such as "Hangup".
///
/// @param event  the event, or NULL.
/// @return the name; "" for NULL and for a message without an Event header.
///
/// - **Ownership:** belongs to the event.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_event_name(const ami_event *event);

/// The first value of a header.
///
/// @param event   the event, or NULL.
/// @param name    the header's name, in any case.
/// @param length  where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, if there is none.
///
/// - **Ownership:** belongs to the event.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_event_get(const ami_event *event, const char *name, size_t *length);

/// The value at an index among the headers of one name, for a header that comes several times.
///
/// @param event   the event, or NULL.
/// @param name    the header's name, in any case.
/// @param index   from 0, in the order in which the server sent them; other headers are not counted.
/// @param length  where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the event.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_event_get_nth(const ami_event *event, const char *name, size_t index, size_t *length);

/// The number of headers of an event.
///
/// @param event  the event, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_event_header_count(const ami_event *event);

/// The name of the header at an index, in the order in which the server sent them.
///
/// @param event   the event, or NULL.
/// @param index   from 0.
/// @param length  where to put the name's length in bytes, or NULL.
/// @return the name, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the event.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_event_header_name_at(const ami_event *event, size_t index, size_t *length);

/// The value of the header at an index, in the order in which the server sent them.
///
/// @param event   the event, or NULL.
/// @param index   from 0.
/// @param length  where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the event.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_event_header_value_at(const ami_event *event, size_t index, size_t *length);

/// Adds a reference to an event, to keep it beyond the callback or the response that lends it. A kept event takes only
/// memory of its own size; unlike a response or a message it need not be detached.
///
/// @param event  the event, or NULL.
/// @return the same event; NULL for NULL. Pointers to its name and headers, from before or after this call, stay
///         valid until the event is released.
///
/// - **Ownership:** adds a reference, which the caller releases with ami_event_unref.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
ami_event *ami_event_ref(const ami_event *event);

/// Releases a reference to an event; the last release frees it.
///
/// @param event  the event, or NULL.
///
/// - **Ownership:** takes one reference.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_event_unref(ami_event *event);

/// The first value of a header as a whole number, such as that of Cause.
///
/// A number that is part of a text, as in "200(SR)", is none.
///
/// @param event  the event, or NULL.
/// @param name   the header's name, in any case.
/// @param value  where to put it, or NULL; it is not changed on failure.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_ABSENT if there is no such header, or if it says nothing, as servers do with an empty value,
///   with "unknown" or "none" in angle brackets, and with "(null)", "N/A" or "-none-". AMI_E_FORMAT if it says something
///   else. AMI_E_INVALID for NULL.
/// - **Since:** 0.1.0
ami_status ami_event_get_int(const ami_event *event,
                             const char *name,
                             int64_t *value);

/// The first value of a header as yes or no, in each way in which servers say it.
///
/// Yes, 1, true, on and enabled are 1; No, 0, false, off and disabled are 0; in any case.
///
/// @param event  the event, or NULL.
/// @param name   the header's name, in any case.
/// @param value  where to put it, or NULL; it is not changed on failure.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_ABSENT if there is no such header, or if it says nothing, as servers do with an empty value,
///   with "unknown" or "none" in angle brackets, and with "(null)", "N/A" or "-none-". AMI_E_FORMAT if it says something
///   else. AMI_E_INVALID for NULL.
/// - **Since:** 0.1.0
ami_status ami_event_get_bool(const ami_event *event,
                              const char *name,
                              int *value);

/// The first value of a header as a time, in milliseconds since 1970 UTC.
///
/// Times are seconds since 1970, such as those of LastCall and Timestamp, or a date with a time zone, such as that of EventTV.
/// A date without a time zone is AMI_E_FORMAT, as nobody can tell its zone. A time of 0, as for a call that never was, is
/// AMI_E_ABSENT.
///
/// @param event  the event, or NULL.
/// @param name   the header's name, in any case.
/// @param milliseconds  where to put it, or NULL; it is not changed on failure.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_ABSENT if there is no such header, or if it says nothing, as servers do with an empty value,
///   with "unknown" or "none" in angle brackets, and with "(null)", "N/A" or "-none-". AMI_E_FORMAT if it says something
///   else. AMI_E_INVALID for NULL.
/// - **Since:** 0.1.0
ami_status ami_event_get_time(const ami_event *event,
                              const char *name,
                              int64_t *milliseconds);

/* ---- Subscriptions --------------------------------------------------------------------------------- */

/// A callback for one event. The event is borrowed for the call; ami_event_ref keeps it.
///
/// The calls of one subscription come one after the other, on threads of libami, not always the same thread; or, if the client's
/// configuration has an executor (ami_config_set_executor), only on the thread that calls ami_executor_run. A callback may call
/// all functions of the library: an action is sent and its response comes, close and free take effect after the
/// callback. When ami_subscription_free, ami_client_close or ami_gateway_close has returned AMI_OK outside a callback, the
/// callback is not running and will not run, and its drop has run. A callback that never returns blocks only its own
/// subscription, or the whole thread of its executor. A callback must not throw an exception or call longjmp out of itself.
///
/// The threads of the library have stacks of 2 MiB. Callbacks, completions and drops share up to 512 threads: normally two
/// are started when they are needed, and more only while all others are blocked inside functions of the program. Idle
/// threads end after 10 s, except the last one. Do not cancel (pthread_cancel) or end (pthread_exit) a thread inside a
/// callback: the process may abort. In these threads all signals are blocked except those of faults (SIGSEGV, SIGBUS,
/// SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT). A process that is started inside a callback inherits these blocked signals,
/// and would ignore SIGTERM: clear the mask in the child first (sigemptyset, sigprocmask), or use
/// posix_spawnattr_setsigmask with POSIX_SPAWN_SETSIGMASK.
typedef void (*ami_event_fn)(const ami_event *event, void *user_data);

/// Subscribes a callback to events from now on. ami_event_fn has the rules for callbacks.
///
/// @param client        the client; it need not be open yet.
/// @param names         names of events in any case, with commas between them, such as "Newexten,VarSet". A * matches any
///                      characters: "Queue*". NULL for all events. The markers "#lagged", "#gap" and "#skipped" come if
///                      they are named in full, and with NULL; "#state" comes only if it is named.
/// @param call          the function to call.
/// @param user_data     the pointer to pass to it.
/// @param drop          called once with user_data after the last call of the other function; or NULL.
/// @param subscription  where to put the subscription; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the subscription is the caller's, to be freed with ami_subscription_free. On success libami holds
///   user_data until `drop`; on failure the caller keeps it, and `drop` is not called. The error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for an empty name, for one with a blank, `:`, `;` or `|`, for a name with # that is not a
///   marker, and for a NULL callback; AMI_E_CLOSED for a closed client; AMI_E_IO if no thread for the callback can be
///   started. If the client's connection is lost for good, the subscription has already ended, and `drop` is called at
///   once.
/// - **Since:** 0.1.0
ami_status ami_client_subscribe(const ami_client *client,
                                const char *names,
                                ami_event_fn call,
                                void *user_data,
                                ami_drop_fn drop,
                                ami_subscription **subscription,
                                ami_error **error);

/// Subscribes to events from now on. The program pulls them with ami_subscription_next, and can poll ami_subscription_fd.
///
/// @param client        the client; it need not be open yet.
/// @param names         as for ami_client_subscribe.
/// @param subscription  where to put the subscription; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the subscription, to be freed with ami_subscription_free, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for an empty name, for one with a blank, `:`, `;` or `|`, and for a name with # that is not
///   a marker; AMI_E_CLOSED for a closed client. If the client's connection is lost for good, the subscription has
///   already ended, and ami_subscription_next says why.
/// - **Since:** 0.1.0
ami_status ami_client_open_events(const ami_client *client,
                                  const char *names,
                                  ami_subscription **subscription,
                                  ami_error **error);

/// Pulls the next event. After the end of the client a program can still pull the events in the queue; then each call gives
/// the reason for the end.
///
/// @param subscription  a subscription of ami_client_open_events or ami_gateway_open_inbox.
/// @param timeout_ms    milliseconds to wait, AMI_DONT_WAIT or AMI_WAIT_FOREVER. A signal does not interrupt the wait. A
///                      program that ends by a signal handler with a flag waits with a timeout and checks its flag, or
///                      polls ami_subscription_fd: poll is interrupted (EINTR).
/// @param event         where to put the event; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the event, to be released with ami_event_unref, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_TIMEOUT: no event came in time; the subscription goes on. AMI_E_STATE: the subscription has a
///   callback. Any other status is the reason why the subscription has ended: AMI_E_CLOSED: this program closed it, or its
///   client. AMI_E_OVERFLOW: its queue was full, with the policy AMI_QUEUE_CLOSE. AMI_E_AUTH: the login was refused.
///   AMI_E_DISCONNECTED: the connection is lost for good, or could not be made in time (then ami_error_cause is
///   AMI_E_TIMEOUT). AMI_E_LIMIT and other statuses of ami_client_open: they ended the connection.
/// - **Since:** 0.1.0
ami_status ami_subscription_next(const ami_subscription *subscription,
                                 uint32_t timeout_ms,
                                 ami_event **event,
                                 ami_error **error);

/// A file descriptor that is readable while events are in the queue, until ami_subscription_next with AMI_DONT_WAIT gives
/// AMI_E_TIMEOUT, and after the end of the subscription. Poll it; do not read or close it. It is made by the first call.
/// Stop polling it before ami_subscription_free: that closes it, and the system may give its number to another file.
///
/// @param subscription  the subscription, or NULL.
/// @return the descriptor; -1 for NULL, for a subscription with a callback, and if none can be made.
///
/// - **Ownership:** belongs to the subscription.
/// - **Threads:** any; several at once.
/// - **Errors:** see the return value.
/// - **Since:** 0.1.0
int ami_subscription_fd(const ami_subscription *subscription);

/// A counter of a subscription. Each received event is delivered, dropped, waiting, or was discarded when the subscription
/// was closed.
///
/// @param subscription  the subscription, or NULL.
/// @param stat          one of AMI_STAT_… of a subscription.
/// @return the value; 0 for NULL, for an unknown counter and in the child of a fork.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** see the return value.
/// - **Since:** 0.1.0
uint64_t ami_subscription_stat(const ami_subscription *subscription,
                               int32_t stat);

/// Ends a subscription: events in its queue are discarded, and a thread that waits in ami_subscription_next is woken. If it
/// has a callback, this function waits until a running call and the drop have returned, at most for the action timeout;
/// inside callbacks it does not wait.
///
/// @param subscription  the subscription.
///
/// - **Ownership:** the subscription stays the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for NULL. AMI_E_BUSY if the callback did not return in time: the subscription is closed
///   nevertheless, and its drop runs when the callback returns.
/// - **Since:** 0.1.0
ami_status ami_subscription_close(const ami_subscription *subscription);

/// Ends a subscription, as ami_subscription_close does, and frees it. If a callback takes longer than the action timeout,
/// its drop runs when it returns; call ami_subscription_close first to learn that.
///
/// @param subscription  the subscription, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it. Inside a callback, also its own, it returns at once and takes effect after
///   the callback.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_subscription_free(ami_subscription *subscription);

/* ---- Filters of events ----------------------------------------------------------------------------- */

/// A rule of a filter: the value is the text.
#define AMI_MATCH_EQUALS 0

/// A rule of a filter: the value begins with the text.
#define AMI_MATCH_BEGINS 1

/// A rule of a filter: the value contains the text.
#define AMI_MATCH_CONTAINS 2

/// A rule of a filter: the value ends with the text.
#define AMI_MATCH_ENDS 3

/// A server that keeps to a filter by criteria, which it reads exactly: from 18.26, 20.11 and 22.1 on.
#define AMI_FILTERED_BY_CRITERIA 0

/// A server that keeps to a filter by regular expressions, with the same result.
#define AMI_FILTERED_BY_EXPRESSIONS 1

/// A server that knows no filters, such as Asterisk 1.8: the program asks ami_filter_matches.
#define AMI_FILTERED_BY_CLIENT 2

/// Makes a filter that all events pass.
///
/// @return the filter.
///
/// - **Ownership:** the filter is the caller's, to be freed with ami_filter_free.
/// - **Threads:** any.
/// - **Errors:** none.
/// - **Since:** 0.1.0
ami_filter *ami_filter_new(void);

/// Adds a rule to a filter: events that it fits pass.
///
/// @param filter  the filter.
/// @param event   the name of the events, as the server writes it; or NULL for events of any name with such a header.
/// @param header  the name of a header, as the server writes it; or NULL for all events of the name.
/// @param how     AMI_MATCH_EQUALS, AMI_MATCH_BEGINS, AMI_MATCH_CONTAINS or AMI_MATCH_ENDS; not looked at without a header.
/// @param value   the value or its part; not looked at without a header.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a filter.
/// - **Errors:** AMI_E_INVALID, and the filter stays as it is, for a rule that no server can be told: with neither a name nor
///   a header; with an empty name or one with a blank, a comma, a colon or a bracket; with an empty value or one with control
///   characters; with the header Event.
/// - **Since:** 0.1.0
ami_status ami_filter_include(ami_filter *filter,
                              const char *event,
                              const char *header,
                              int32_t how,
                              const char *value);

/// Adds a rule to a filter: events that it fits do not pass, even if a rule includes them.
///
/// @param filter  the filter.
/// @param event   the name of the events, as the server writes it; or NULL for events of any name with such a header.
/// @param header  the name of a header, as the server writes it; or NULL for all events of the name.
/// @param how     AMI_MATCH_EQUALS, AMI_MATCH_BEGINS, AMI_MATCH_CONTAINS or AMI_MATCH_ENDS; not looked at without a header.
/// @param value   the value or its part; not looked at without a header.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a filter.
/// - **Errors:** AMI_E_INVALID, and the filter stays as it is, for a rule that no server can be told: with neither a name nor
///   a header; with an empty name or one with a blank, a comma, a colon or a bracket; with an empty value or one with control
///   characters; with the header Event.
/// - **Since:** 0.1.0
ami_status ami_filter_exclude(ami_filter *filter,
                              const char *event,
                              const char *header,
                              int32_t how,
                              const char *value);

/// Tells whether an event passes a filter. Markers of libami always do.
///
/// @param filter  the filter, or NULL for one that all events pass.
/// @param event   the event, or NULL.
/// @return 1 if it passes, else 0; 0 for the event NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int ami_filter_matches(const ami_filter *filter, const ami_event *event);

/// Frees a filter. It can be freed as soon as ami_client_filter_events has returned.
///
/// @param filter  the filter, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_filter_free(ami_filter *filter);

/// Has the server send only events that pass a filter, for all subscriptions of the client, also on further connections. A
/// further filter adds its rules; nothing takes one back but a new client. A filter that does not include OriginateResponse
/// takes from ami_client_originate the outcome that it waits for.
///
/// @param client  the client.
/// @param filter  the filter.
/// @param by      where to put AMI_FILTERED_BY_CRITERIA, AMI_FILTERED_BY_EXPRESSIONS or AMI_FILTERED_BY_CLIENT; or NULL.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** copies; the error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_PERMISSION without the class system; those of ami_client_call. If the server refuses one of several
///   rules, those before it are in force.
/// - **Since:** 0.1.0
ami_status ami_client_filter_events(const ami_client *client,
                                    const ami_filter *filter,
                                    int32_t *by,
                                    ami_error **error);

/* ---- The catalogue of actions and events ----------------------------------------------------------- */

/// Tells whether the catalogue knows an action: one of Asterisk 1.8 to 23, or of the channel driver of a gateway.
///
/// @param name  the name, in any case; or NULL.
/// @return 1 if it does; else 0, also for NULL.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int ami_catalog_has_action(const char *name);

/// The first major version of Asterisk that has an action, such as "1.8" or "13". Minor versions may lack it: the
/// action ListCommands tells what a server has.
///
/// @param name  the name, in any case; or NULL.
/// @return the version; NULL if the catalogue does not know the name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_catalog_action_since(const char *name);

/// The last major version of Asterisk that has an action.
///
/// @param name  the name, in any case; or NULL.
/// @return the version; NULL if the newest one has it, or if the catalogue does not know the name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_catalog_action_until(const char *name);

/// The classes that permit an action: the account needs one of them in write= of manager.conf.
///
/// @param name  the name, in any case; or NULL.
/// @return the classes with commas between them, such as "call,system"; "" for none; NULL if the catalogue does not know the
///         name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_catalog_action_classes(const char *name);

/// The event that ends the list with which an action is answered.
///
/// @param name  the name, in any case; or NULL.
/// @return the name of the event; NULL for an action without a list, or if the catalogue does not know the name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_catalog_action_list_end(const char *name);

/// The number of headers that the catalogue knows of an action.
///
/// @param name  the name, in any case; or NULL.
/// @return the number; 0 if the catalogue does not know the name.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_catalog_action_header_count(const char *name);

/// A header of an action.
///
/// @param name      the name of the action, in any case; or NULL.
/// @param index     from 0.
/// @param required  where to put 1 if servers refuse the action without the header, else 0; or NULL.
/// @return the name of the header; NULL beyond the last, or if the catalogue does not know the name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_catalog_action_header_at(const char *name, size_t index, int *required);

/// Tells whether the catalogue knows an event: one of Asterisk 1.8 to 23, or of the channel driver of a gateway.
///
/// @param name  the name, in any case; or NULL.
/// @return 1 if it does; else 0, also for NULL.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int ami_catalog_has_event(const char *name);

/// The first major version of Asterisk that has an event, such as "1.8" or "13". Minor versions may lack it: the
/// action ListCommands tells what a server has.
///
/// @param name  the name, in any case; or NULL.
/// @return the version; NULL if the catalogue does not know the name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_catalog_event_since(const char *name);

/// The last major version of Asterisk that has an event.
///
/// @param name  the name, in any case; or NULL.
/// @return the version; NULL if the newest one has it, or if the catalogue does not know the name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_catalog_event_until(const char *name);

/// The classes of an event: the account needs all of them in read= of manager.conf, and so does the event mask. The entries
/// of lists have none.
///
/// @param name  the name, in any case; or NULL.
/// @return the classes with commas between them, such as "call,system"; "" for none; NULL if the catalogue does not know the
///         name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_catalog_event_classes(const char *name);

/// The number of headers that the catalogue knows of an event.
///
/// @param name  the name, in any case; or NULL.
/// @return the number; 0 if the catalogue does not know the name.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_catalog_event_header_count(const char *name);

/// A header of an event.
///
/// @param name   the name of the event, in any case; or NULL.
/// @param index  from 0.
/// @return the name of the header; NULL beyond the last, or if the catalogue does not know the name.
///
/// - **Ownership:** belongs to the library.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_catalog_event_header_at(const char *name, size_t index);

/* ---- Gateways -------------------------------------------------------------------------------------- */

/// Connects to a gateway, logs in, and asks it for its dialect unless ami_config_set_dialect names one. No SMS is sent for
/// that. A session for a port is opened when it is needed, and closed after 30 s without work.
///
/// It takes at most the connect timeout for the login and the action timeout for all questions about the dialect.
///
/// The event mask has only the classes that the dialect needs, unless the configuration sets another mask than "on".
/// Reconnecting, if it is configured, applies to the session for incoming SMS. A port whose session is lost gets a new one
/// for its next SMS.
///
/// @param config   the configuration; it is copied.
/// @param gateway  where to put the gateway; NULL is put there on failure.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the gateway and the error are the caller's.
/// - **Threads:** any.
/// - **Errors:** those of ami_client_connect; AMI_E_UNSUPPORTED if the gateway has no known dialect; AMI_E_TIMEOUT if it
///   did not answer the questions in time.
/// - **Since:** 0.1.0
ami_status ami_gateway_connect(const ami_config *config,
                               ami_gateway **gateway,
                               ami_error **error);

/// The dialect of a gateway.
///
/// @param gateway  the gateway, or NULL.
/// @return its name as in ami_config_set_dialect, or "a command of the caller's"; "" for NULL.
///
/// - **Ownership:** belongs to the gateway.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_gateway_dialect(const ami_gateway *gateway);

/// The session for incoming SMS, as a client: for the server's own events (ami_client_subscribe, ami_client_open_events),
/// the state of the connection, counters and calls. An action that blocks the session delays incoming SMS.
///
/// @param gateway  the gateway, or NULL.
/// @return the client; NULL for NULL.
///
/// - **Ownership:** belongs to the gateway, until ami_gateway_free; never free it. It is closed together with the gateway;
///   ami_client_close gives AMI_E_STATE. ami_gateway_close also ends the callbacks that are subscribed to it.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const ami_client *ami_gateway_client(const ami_gateway *gateway);

/// The number of SMS and USSD codes in the queue of a port, without the one that is being sent. ami_config_set_send_queue
/// sets the most.
///
/// @param gateway  the gateway, or NULL.
/// @param port     the port: a number from 1 or a name.
/// @return the number; 0 for NULL, for a port that has sent nothing yet, and in the child of a fork.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** see the return value.
/// - **Since:** 0.1.0
size_t ami_gateway_waiting(const ami_gateway *gateway,
                           const char *port);

/// Closes a gateway: SMS and USSD codes in the queues are not sent, those that are being sent are waited for, and
/// subscriptions end. A second call does nothing. When it returns AMI_OK outside a callback, no callback, completion or
/// drop of this gateway is running or will run, and its sessions are over. Inside any libami callback it returns at once
/// and takes effect after that callback.
///
/// @param gateway  the gateway.
/// @param unsent   where to put the receipts of the SMS that were not sent, or NULL; NULL is put there on failure. Calls
///                 and completions of these SMS end with AMI_E_CLOSED.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the receipts, to be freed with ami_receipts_free, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_BUSY if a callback did not return within the action timeout, or the thread of its executor did not run
///   what was left (see ami_executor). The gateway is closed nevertheless; the drop of that callback runs afterwards.
/// - **Since:** 0.1.0
ami_status ami_gateway_close(const ami_gateway *gateway,
                             ami_receipts **unsent,
                             ami_error **error);

/// Closes a gateway, as ami_gateway_close does, and frees it. Subscriptions and USSD sessions may outlive it: a program can
/// still pull the events that are in their queues.
///
/// @param gateway  the gateway, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it. Inside a callback it does not wait. In the child of a fork it only frees
///   memory.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_gateway_free(ami_gateway *gateway);

/// Sends an action to a gateway in the session for incoming SMS and waits for its whole response. A command that waits for
/// the network blocks that session: use ami_gateway_send and ami_gateway_send_ussd for SMS and USSD.
///
/// @param gateway     the gateway.
/// @param action      the action; it can be freed or sent again afterwards.
/// @param timeout_ms  as for ami_client_call.
/// @param response    where to put the response, or NULL; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the response, to be released with ami_response_unref, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** as ami_client_call.
/// - **Since:** 0.1.0
ami_status ami_gateway_call(const ami_gateway *gateway,
                            const ami_action *action,
                            uint32_t timeout_ms,
                            ami_response **response,
                            ami_error **error);

/* ---- SMS to send ----------------------------------------------------------------------------------- */

/// Priority of an SMS in the queue of its port: after all others.
#define AMI_PRIORITY_LOW 0

/// Priority of an SMS in the queue of its port: in order of arrival.
#define AMI_PRIORITY_NORMAL 1

/// Priority of an SMS in the queue of its port: before all others.
#define AMI_PRIORITY_HIGH 2

/// A completion: called once with the outcome of a submitted SMS. On success `receipt` is set and `error` is NULL; on
/// failure it is the other way round, and ami_error_receipt gives the receipt. Both are borrowed for the call;
/// ami_receipt_ref keeps a receipt. ami_event_fn has the other rules.
typedef void (*ami_receipt_fn)(ami_status status,
                               const ami_receipt *receipt,
                               const ami_error *error,
                               void *user_data);

/// Sends a text and waits for its outcome: as ami_gateway_send, for an SMS without further settings.
///
/// @param gateway     the gateway.
/// @param port        as for ami_sms_request_new.
/// @param to          as for ami_sms_request_new.
/// @param text        as for ami_sms_request_new.
/// @param timeout_ms  milliseconds for the gateway to send each part, rounded up to seconds, or AMI_TIMEOUT_DEFAULT.
/// @param receipt     where to put the receipt, or NULL; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the receipt, to be released with ami_receipt_unref, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** those of ami_gateway_send. AMI_E_INVALID for AMI_WAIT_FOREVER.
/// - **Since:** 0.1.0
ami_status ami_gateway_send_text(const ami_gateway *gateway,
                                 const char *port,
                                 const char *to,
                                 const char *text,
                                 uint32_t timeout_ms,
                                 ami_receipt **receipt,
                                 ami_error **error);

/// Makes a request to send an SMS. If an argument is not valid, the call that sends the request fails and its error tells
/// why.
///
/// @param port  the port: its number from 1, such as "1", or its name, such as "dongle0". NULL: the gateway chooses the
///              ready port with the shortest queue, and ami_receipt_port tells which it was.
/// @param to    the number of the recipient: 1 to 20 digits, optionally with a + before them.
/// @param text  the text in UTF-8. A text that is too long for one SMS is sent in up to 255 parts.
/// @return the request.
///
/// - **Ownership:** copies; the request is the caller's, to be freed with ami_sms_request_free.
/// - **Threads:** any.
/// - **Errors:** see ami_gateway_send.
/// - **Since:** 0.1.0
ami_sms_request *ami_sms_request_new(const char *port,
                                     const char *to,
                                     const char *text);

/// Sets the time for the gateway to send each part of the text; default: the action timeout.
///
/// @param request  the request.
/// @param ms       milliseconds, rounded up to seconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for 0 and AMI_WAIT_FOREVER. The request cannot be sent after that; the call that tries fails
///   with the same reason.
/// - **Since:** 0.1.0
ami_status ami_sms_request_set_timeout_ms(ami_sms_request *request,
                                          uint32_t ms);

/// Sets an id for the SMS, chosen by the program. The receipt contains it, and reports do if the gateway repeats it.
///
/// Some gateways report the result with the id (Yeastar, newer dongles, and PDUs elsewhere). There only one SMS at a time
/// may have an id: a second one fails with AMI_E_INVALID while the first is in its queue or being sent, and for ten minutes
/// more if its outcome is unknown, or is AMI_SMS_QUEUED because the report of a dongle did not come. It is best to give
/// each SMS an id of its own: delivery reports contain nothing else to tell SMS apart.
///
/// @param request  the request.
/// @param id       letters, digits, _ . -, 64 at most.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for an id of another form, kept as by ami_sms_request_set_timeout_ms.
/// - **Since:** 0.1.0
ami_status ami_sms_request_set_id(ami_sms_request *request,
                                  const char *id);

/// Sets whether the SMS is a flash SMS (class 0): shown at once and not stored.
///
/// @param request  the request.
/// @param flash    not 0 for yes; 0 (the default) for no.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for NULL. If the gateway does not support it, the call that sends the request gives
///   AMI_E_UNSUPPORTED.
/// - **Since:** 0.1.0
ami_status ami_sms_request_set_flash(ami_sms_request *request,
                                     int flash);

/// Sets the validity of the SMS: the time for the network to deliver it; default: the network decides.
///
/// @param request  the request.
/// @param seconds  seconds, rounded up to a value that an SMS can contain: steps of 5 minutes up to 12 hours, then larger
///                 ones, 63 weeks at most.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for 0, kept as by ami_sms_request_set_timeout_ms. If the gateway does not support it, or not
///   so long, the call that sends the request fails.
/// - **Since:** 0.1.0
ami_status ami_sms_request_set_validity_seconds(ami_sms_request *request,
                                                uint32_t seconds);

/// Sets whether to ask the network for a delivery report. Some gateways forward it: then it comes as the event "#report" of
/// ami_gateway_open_inbox.
///
/// @param request  the request.
/// @param wanted   not 0 for yes; 0 (the default) for no.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for NULL. If the gateway does not support it, the call that sends the request gives
///   AMI_E_UNSUPPORTED.
/// - **Since:** 0.1.0
ami_status ami_sms_request_set_report(ami_sms_request *request,
                                      int wanted);

/// Sets whether libami encodes the SMS as a PDU although the gateway could encode it. An SMS that only a PDU can express is
/// always sent as a PDU.
///
/// @param request  the request.
/// @param by_pdu   not 0 for yes; 0 (the default) for no.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for NULL. If the gateway does not support it, the call that sends the request gives
///   AMI_E_UNSUPPORTED.
/// - **Since:** 0.1.0
ami_status ami_sms_request_set_by_pdu(ami_sms_request *request,
                                      int by_pdu);

/// Sets the priority of the SMS in the queue of its port.
///
/// @param request   the request.
/// @param priority  AMI_PRIORITY_LOW, AMI_PRIORITY_NORMAL (the default) or AMI_PRIORITY_HIGH.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for another priority, kept as by ami_sms_request_set_timeout_ms.
/// - **Since:** 0.1.0
ami_status ami_sms_request_set_priority(ami_sms_request *request, int32_t priority);

/// Sets the time to begin sending the SMS, counted from the call that sends it. If the SMS waits longer in the queue, or
/// the port is busy or the gateway not reachable for longer, the SMS is not sent.
///
/// @param request  the request.
/// @param ms       milliseconds.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a request.
/// - **Errors:** AMI_E_INVALID for 0 and AMI_WAIT_FOREVER, kept as by ami_sms_request_set_timeout_ms.
/// - **Since:** 0.1.0
ami_status ami_sms_request_set_within_ms(ami_sms_request *request,
                                         uint32_t ms);

/// Frees a request. It can be freed as soon as the call that sends it has returned.
///
/// @param request  the request, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_sms_request_free(ami_sms_request *request);

/// Sends an SMS and waits for its outcome: first in the queue of its port, then for the network. libami never sends an SMS
/// twice. If the port is busy, libami asks again for the time of ami_sms_request_set_within_ms; if that is not set, for the
/// time of ami_sms_request_set_timeout_ms. If the port rests (ami_config_set_port_rest_ms), libami waits for the time of
/// ami_sms_request_set_within_ms; if that is not set, for the timeout and the rest together. After that the port counts as
/// busy.
///
/// AMI_OK means that the network accepted the SMS (ami_receipt_outcome is AMI_SMS_SENT) or, with gateways that do not
/// report this, that the gateway accepted it (AMI_SMS_QUEUED).
///
/// If a dongle is disconnected from its driver, or the connection is lost, the SMS that is being sent ends with
/// AMI_SMS_UNKNOWN, and those in the queue of the dongle with AMI_SMS_NOT_SENT.
///
/// @param gateway  the gateway.
/// @param request  the request; it can be freed or sent again afterwards.
/// @param receipt  where to put the receipt, or NULL; NULL is put there on failure.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the receipt, to be released with ami_receipt_unref, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** ami_error_receipt gives the receipt. AMI_E_SMS_FAILED: it was not sent. AMI_E_SMS_BUSY: the port is in
///   use; nothing was sent. AMI_E_OUTCOME_UNKNOWN: it may have been sent, or may still be sent. With all others nothing was
///   sent: AMI_E_OVERFLOW: the queue of the port is full. AMI_E_TIMEOUT: sending could not begin in time. AMI_E_CLOSED: the
///   gateway was closed first. AMI_E_INVALID: the request is not valid. AMI_E_UNSUPPORTED: the gateway does not support it.
///   Those of ami_client_connect: the port got no session. Without a port also AMI_E_UNSUPPORTED and AMI_E_PERMISSION if
///   the gateway does not list its ports, and AMI_E_SMS_FAILED if no port is ready.
/// - **Since:** 0.1.0
ami_status ami_gateway_send(const ami_gateway *gateway,
                            const ami_sms_request *request,
                            ami_receipt **receipt,
                            ami_error **error);

/// Puts an SMS into the queue of its port and returns at once. `done` is called exactly once, on a thread of libami or of the
/// executor, also if the gateway is closed first; then `drop` is called. Completions of different SMS may run at the same time.
///
/// @param gateway    the gateway.
/// @param request    the request; it can be freed or sent again afterwards.
/// @param done       the function to call with the outcome.
/// @param user_data  the pointer to pass to it.
/// @param drop       called once with user_data after `done`; or NULL.
/// @param error      where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** on success libami holds user_data until `drop`; on failure the caller keeps it, and neither `done` nor
///   `drop` is called. The error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** the SMS will not be sent. AMI_E_OVERFLOW if the queue of the port is full; AMI_E_INVALID,
///   AMI_E_UNSUPPORTED, AMI_E_CLOSED. `done` gets the other errors of ami_gateway_send.
/// - **Since:** 0.1.0
ami_status ami_gateway_submit(const ami_gateway *gateway,
                              const ami_sms_request *request,
                              ami_receipt_fn done,
                              void *user_data,
                              ami_drop_fn drop,
                              ami_error **error);

/* ---- Receipts of SMS ------------------------------------------------------------------------------- */

/// The gateway accepted the SMS; only a report can tell more.
#define AMI_SMS_QUEUED 0

/// The network accepted the SMS.
#define AMI_SMS_SENT 1

/// The SMS was not sent. If the gateway splits the text itself (dongles), some parts may have been sent.
#define AMI_SMS_FAILED 2

/// The gateway's port is in use; nothing was sent.
#define AMI_SMS_BUSY 3

/// The outcome is unknown: the SMS may have been sent, or may still be sent.
#define AMI_SMS_UNKNOWN 4

/// The SMS was not sent: nothing was written to the gateway.
#define AMI_SMS_NOT_SENT 5

/// The recipient received the SMS; only in reports.
#define AMI_SMS_DELIVERED 6

/// The network could not deliver the SMS; only in reports.
#define AMI_SMS_UNDELIVERED 7

/// The outcome of an SMS, over all its parts.
///
/// @param receipt  the receipt, or NULL.
/// @return AMI_SMS_QUEUED, AMI_SMS_SENT, AMI_SMS_FAILED, AMI_SMS_BUSY, AMI_SMS_UNKNOWN or AMI_SMS_NOT_SENT. If its
///         parts differ: AMI_SMS_UNKNOWN if one part is unknown, else AMI_SMS_FAILED. -1 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int32_t ami_receipt_outcome(const ami_receipt *receipt);

/// The number of the port of an SMS.
///
/// @param receipt  the receipt, or NULL.
/// @return the number, from 1; 0 for NULL, and if ports have names.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
uint32_t ami_receipt_port_number(const ami_receipt *receipt);

/// The port of an SMS as a text, such as "4" or "dongle0".
///
/// @param receipt  the receipt, or NULL.
/// @return the text; "" for NULL.
///
/// - **Ownership:** belongs to the receipt.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_receipt_port(const ami_receipt *receipt);

/// The number of the recipient of an SMS.
///
/// @param receipt  the receipt, or NULL.
/// @return the number; "" for NULL.
///
/// - **Ownership:** belongs to the receipt.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_receipt_to(const ami_receipt *receipt);

/// The number of parts of an SMS. It is 1 if the gateway splits the text itself.
///
/// @param receipt  the receipt, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
uint32_t ami_receipt_parts(const ami_receipt *receipt);

/// The outcome of one part of an SMS.
///
/// @param receipt  the receipt, or NULL.
/// @param index    from 0.
/// @return AMI_SMS_QUEUED, AMI_SMS_SENT, AMI_SMS_FAILED, AMI_SMS_BUSY, AMI_SMS_UNKNOWN or AMI_SMS_NOT_SENT; -1 beyond the
///         last.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int32_t ami_receipt_part_outcome_at(const ami_receipt *receipt,
                                    size_t index);

/// The gateway's text about one part of an SMS.
///
/// @param receipt  the receipt, or NULL.
/// @param index    from 0.
/// @param length   where to put the length of the text in bytes, or NULL.
/// @return the text, which may be empty, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the receipt.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_receipt_part_words_at(const ami_receipt *receipt, size_t index, size_t *length);

/// The id of an SMS, from ami_sms_request_set_id.
///
/// @param receipt  the receipt, or NULL.
/// @return the id; NULL if none was set.
///
/// - **Ownership:** belongs to the receipt.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_receipt_id(const ami_receipt *receipt);

/// The gateway's last text about an SMS.
///
/// @param receipt  the receipt, or NULL.
/// @param length   where to put the length of the text in bytes, or NULL.
/// @return the text, which may be empty, followed by a NUL; NULL, and length 0, for NULL.
///
/// - **Ownership:** belongs to the receipt.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_receipt_words(const ami_receipt *receipt, size_t *length);

/// Adds a reference to a receipt, to keep it beyond the error, the callback or the list that lends it.
///
/// @param receipt  the receipt, or NULL.
/// @return the same receipt.
///
/// - **Ownership:** adds a reference, which the caller releases with ami_receipt_unref.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
ami_receipt *ami_receipt_ref(const ami_receipt *receipt);

/// Releases a reference to a receipt; the last release frees it.
///
/// @param receipt  the receipt, or NULL.
///
/// - **Ownership:** takes one reference.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_receipt_unref(ami_receipt *receipt);

/// The number of receipts in a list.
///
/// @param receipts  the receipts, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_receipts_count(const ami_receipts *receipts);

/// The receipt at an index.
///
/// @param receipts  the receipts, or NULL.
/// @param index     from 0.
/// @return the receipt; NULL beyond the last.
///
/// - **Ownership:** belongs to the receipts; ami_receipt_ref keeps it longer.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const ami_receipt *ami_receipts_at(const ami_receipts *receipts, size_t index);

/// Frees a list of receipts.
///
/// @param receipts  the receipts, or NULL.
///
/// - **Ownership:** takes them.
/// - **Threads:** no other thread may use them.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_receipts_free(ami_receipts *receipts);

/* ---- SMS that came in ------------------------------------------------------------------------------ */

/// A callback for one incoming SMS. The SMS is borrowed for the call; ami_sms_ref keeps it. ami_event_fn has the other
/// rules.
typedef void (*ami_sms_fn)(const ami_sms *sms, void *user_data);

/// Subscribes to incoming SMS, reports and USSD messages from now on. The program pulls them as events with
/// ami_subscription_next, and can poll ami_subscription_fd.
///
/// The events have the kind AMI_EVENT_DERIVED. They come in order with the markers "#lagged" and "#gap", and with "#state"
/// if it is named (see AMI_EVENT_STATE). An event has no header for a value that is not known.
///
/// "#sms", an incoming SMS, with the headers Span, Port, Sender, Time, Text, Smsc, Class, Parts, Missing (numbers of the
/// missing parts, with commas), Raw, IsData ("true" if Raw is not a text), ApplicationPort, and a Pdu for each part.
/// ami_event_sms turns it into an ami_sms. A text in several parts comes when all parts have arrived, or without the
/// missing ones after the time of ami_config_set_parts_timeout_ms.
///
/// "#report", a report about a sent SMS, with the headers Span, Port, Id, Outcome ("sent", "failed", "delivered",
/// "undelivered", "queued" or "unknown"), Recipient, Time, Done (ISO 8601), Reference, Status (of 3GPP TS 23.040), Words.
///
/// "#ussd", a USSD message that no call of this gateway waits for, with the headers Span, Port, Text, WantsAnswer ("true"
/// or "false"), Mode ("final", "question", "ended", "other-client", "not-supported", "timed-out" or "not-sent") and Id, the
/// driver's id of the USSD code.
///
/// "#unreadable", an SMS that cannot be decoded or cannot be trusted, with the headers Span, Port, Why, Raw.
///
/// @param gateway       the gateway.
/// @param names         names of these events and markers, with commas, such as "#sms,#report,#gap"; NULL for all except
///                      "#state".
/// @param subscription  where to put the subscription; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the subscription, to be freed with ami_subscription_free, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for any other name; AMI_E_CLOSED for a closed gateway. If the client's connection is lost
///   for good, the subscription has already ended, and ami_subscription_next says why.
/// - **Since:** 0.1.0
ami_status ami_gateway_open_inbox(const ami_gateway *gateway,
                                  const char *names,
                                  ami_subscription **subscription,
                                  ami_error **error);

/// Subscribes a callback to incoming SMS, reports and USSD messages from now on. ami_gateway_open_inbox describes the
/// events, ami_event_fn has the rules for callbacks.
///
/// @param gateway       the gateway.
/// @param names         as for ami_gateway_open_inbox.
/// @param call          the function to call.
/// @param user_data     the pointer to pass to it.
/// @param drop          called once with user_data after the last call of the other function; or NULL.
/// @param subscription  where to put the subscription; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** as for ami_client_subscribe.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for any other name and for a NULL callback; AMI_E_CLOSED for a closed gateway. If the
///   client's connection is lost for good, the subscription has already ended, and `drop` is called at once.
/// - **Since:** 0.1.0
ami_status ami_gateway_subscribe(const ami_gateway *gateway,
                                 const char *names,
                                 ami_event_fn call,
                                 void *user_data,
                                 ami_drop_fn drop,
                                 ami_subscription **subscription,
                                 ami_error **error);

/// Subscribes a callback to incoming SMS from now on. ami_event_fn has the rules for callbacks.
///
/// @param gateway       the gateway.
/// @param call          the function to call.
/// @param user_data     the pointer to pass to it.
/// @param drop          called once with user_data after the last call of the other function; or NULL.
/// @param subscription  where to put the subscription; NULL is put there on failure.
/// @param error         where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** as for ami_client_subscribe.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for a NULL callback; AMI_E_CLOSED for a closed gateway. If the client's connection is lost
///   for good, the subscription has already ended, and `drop` is called at once.
/// - **Since:** 0.1.0
ami_status ami_gateway_subscribe_sms(const ami_gateway *gateway,
                                     ami_sms_fn call,
                                     void *user_data,
                                     ami_drop_fn drop,
                                     ami_subscription **subscription,
                                     ami_error **error);

/// The SMS in an event "#sms" of a gateway.
///
/// @param event  the event, or NULL.
/// @return the SMS; NULL for every other event, and for NULL.
///
/// - **Ownership:** a new reference, which the caller releases with ami_sms_unref.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
ami_sms *ami_event_sms(const ami_event *event);

/// The number of the port at which an SMS arrived.
///
/// @param sms  the SMS, or NULL.
/// @return the number, from 1; 0 for NULL, and if ports have names.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
uint32_t ami_sms_port_number(const ami_sms *sms);

/// The port at which an SMS arrived as a text, such as "4" or "dongle0".
///
/// @param sms  the SMS, or NULL.
/// @return the text; "" for NULL.
///
/// - **Ownership:** belongs to the SMS.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_sms_port(const ami_sms *sms);

/// The sender of an SMS: a number or a name.
///
/// @param sms  the SMS, or NULL.
/// @return the sender; "" for NULL.
///
/// - **Ownership:** belongs to the SMS.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_sms_sender(const ami_sms *sms);

/// The text of an SMS; empty for a binary SMS, see ami_sms_data.
///
/// @param sms     the SMS, or NULL.
/// @param length  where to put its length in bytes, or NULL.
/// @return the text in UTF-8, followed by a NUL; NULL, and length 0, for NULL.
///
/// - **Ownership:** belongs to the SMS.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_sms_text(const ami_sms *sms, size_t *length);

/// The time at which the SMS centre received an SMS.
///
/// @param sms  the SMS, or NULL.
/// @return ISO 8601, with a time zone if the gateway tells one; "" if it tells no time, and for NULL.
///
/// - **Ownership:** belongs to the SMS.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_sms_time(const ami_sms *sms);

/// The time at which the SMS centre received an SMS, as a number.
///
/// @param sms  the SMS, or NULL.
/// @return seconds since 1970 UTC; -1 if the gateway tells no time or no time zone, and for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int64_t ami_sms_time_epoch(const ami_sms *sms);

/// The number of the SMS centre of an SMS.
///
/// @param sms  the SMS, or NULL.
/// @return the number; NULL if the gateway does not tell it.
///
/// - **Ownership:** belongs to the SMS.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_sms_smsc(const ami_sms *sms);

/// The message class of an SMS.
///
/// @param sms  the SMS, or NULL.
/// @return 0 (flash: shown at once and not stored) to 3; -1 if there is none, if the gateway does not tell it, and
///         for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int32_t ami_sms_class(const ami_sms *sms);

/// The octets of a binary SMS, such as an MMS notification; those of all parts that arrived, in order.
///
/// @param sms     the SMS, or NULL.
/// @param length  where to put their number, or NULL.
/// @return the octets, followed by a NUL; NULL, and length 0, for a text, if the gateway forwards only texts, and
///         for NULL.
///
/// - **Ownership:** belongs to the SMS.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const void *ami_sms_data(const ami_sms *sms,
                         size_t *length);

/// The application port of an SMS, such as 2948 for MMS notifications.
///
/// @param sms  the SMS, or NULL.
/// @return 0 to 65535; -1 if it has none, if the gateway does not tell it, and for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int32_t ami_sms_application_port(const ami_sms *sms);

/// The number of parts in which an SMS was sent.
///
/// @param sms  the SMS, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
uint32_t ami_sms_part_count(const ami_sms *sms);

/// The number of parts of an SMS that did not arrive in time, see ami_config_set_parts_timeout_ms. The header Missing of
/// its event lists them.
///
/// @param sms  the SMS, or NULL.
/// @return the number; 0 if the SMS is complete, and for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_sms_missing_count(const ami_sms *sms);

/// The number of PDUs of an SMS.
///
/// @param sms  the SMS, or NULL.
/// @return one for each part that arrived; 0 if the gateway forwards no PDUs, and for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_sms_pdu_count(const ami_sms *sms);

/// A PDU of an SMS.
///
/// @param sms    the SMS, or NULL.
/// @param index  from 0, in the order of the parts.
/// @return the PDU in hexadecimal, with the number of the SMS centre at its beginning; NULL beyond the last.
///
/// - **Ownership:** belongs to the SMS.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_sms_pdu_at(const ami_sms *sms, size_t index);

/// The bytes of an SMS before decoding: the user data of its PDUs, or the bytes that the gateway sent.
///
/// @param sms     the SMS, or NULL.
/// @param length  where to put their number, or NULL.
/// @return the bytes, followed by a NUL; NULL, and length 0, for NULL.
///
/// - **Ownership:** belongs to the SMS.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_sms_raw(const ami_sms *sms, size_t *length);

/// Adds a reference to an SMS, to keep it beyond the callback that lends it.
///
/// @param sms  the SMS, or NULL.
/// @return the same SMS.
///
/// - **Ownership:** adds a reference, which the caller releases with ami_sms_unref.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
ami_sms *ami_sms_ref(const ami_sms *sms);

/// Releases a reference to an SMS; the last release frees it.
///
/// @param sms  the SMS, or NULL.
///
/// - **Ownership:** takes one reference.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_sms_unref(ami_sms *sms);

/* ---- Parts of a text ------------------------------------------------------------------------------- */

/// The text is sent in the GSM default alphabet; units are septets.
#define AMI_ENCODING_GSM7 0

/// The text is sent in UCS-2; units are UTF-16 code units.
#define AMI_ENCODING_UCS2 1

/// Splits a text into SMS as the standard says: a single SMS holds 160 septets or 70 UTF-16 units, each of several parts
/// 153 or 67. Nothing is sent. The commands of a gateway may allow less: see ami_gateway_parts.
///
/// @param text   the text in UTF-8; an empty text takes one SMS.
/// @param parts  where to put the parts.
/// @param error  where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** copies; the parts are the caller's, to be freed with ami_sms_parts_free.
/// - **Threads:** any.
/// - **Errors:** AMI_E_INVALID for NULL, for a text that is not valid UTF-8, and for a text that takes more than 255 SMS.
/// - **Since:** 0.1.0
ami_status ami_sms_parts_new(const char *text,
                             ami_sms_parts **parts,
                             ami_error **error);

/// The encoding of the text: AMI_ENCODING_GSM7, or AMI_ENCODING_UCS2 if it has a character outside the GSM default
/// alphabet.
///
/// @param parts  the parts, or NULL.
/// @return one of AMI_ENCODING_…; AMI_ENCODING_GSM7 for NULL.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int32_t ami_sms_parts_encoding(const ami_sms_parts *parts);

/// The length of the whole text in units: septets, or UTF-16 units.
///
/// @param parts  the parts, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_sms_parts_units(const ami_sms_parts *parts);

/// The number of parts of the text.
///
/// @param parts  the parts, or NULL.
/// @return the number, from 1 to 255; 0 for NULL.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_sms_parts_count(const ami_sms_parts *parts);

/// The text of one part. Characters are never split.
///
/// @param parts   the parts, or NULL.
/// @param index   from 0.
/// @param length  where to put the text's length in bytes, or NULL.
/// @return the text in UTF-8, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the parts.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_sms_parts_text_at(const ami_sms_parts *parts, size_t index, size_t *length);

/// The length of one part in units: septets, or UTF-16 units.
///
/// @param parts  the parts, or NULL.
/// @param index  from 0.
/// @return the number; 0 beyond the last.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_sms_parts_units_at(const ami_sms_parts *parts, size_t index);

/// The units that are still free in the last part: septets, or UTF-16 units.
///
/// @param parts  the parts, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** none.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_sms_parts_left(const ami_sms_parts *parts);

/// Frees the parts, and their texts with them.
///
/// @param parts  the parts, or NULL.
///
/// - **Ownership:** takes them.
/// - **Threads:** no other thread may use them.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_sms_parts_free(ami_sms_parts *parts);

/// Splits a text into SMS as they are sent through a gateway, whether libami or the gateway splits it. Nothing is sent.
/// Drivers of dongles differ; libami uses what the server tells about its driver.
///
/// @param gateway  the gateway.
/// @param text     the text in UTF-8.
/// @param parts    where to put the parts.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** copies; the parts are the caller's, to be freed with ami_sms_parts_free.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for NULL, for a text that is not valid UTF-8, and for a text that cannot be sent.
/// - **Since:** 0.1.0
ami_status ami_gateway_parts(const ami_gateway *gateway,
                             const char *text,
                             ami_sms_parts **parts,
                             ami_error **error);

/* ---- USSD ------------------------------------------------------------------------------------------ */

/// Sends a USSD code, or an answer to a menu, and waits for the reply of the network. It goes before all SMS in the queue
/// of its port.
///
/// A reply does not tell which code it belongs to. So this process sends only one code at a time through a port, and after
/// a code without a reply the port rests for USSD (ami_config_set_port_rest_ms).
///
/// @param gateway     the gateway.
/// @param port        the port: its number from 1, such as "1", or its name, such as "dongle0".
/// @param code        digits, * and #, such as "*100#".
/// @param timeout_ms  milliseconds for the gateway to wait, rounded up to seconds, or AMI_TIMEOUT_DEFAULT.
/// @param reply       where to put the reply, or NULL; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the reply, to be released with ami_ussd_reply_unref, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_USSD: the request failed; ami_error_peer_message has the gateway's text. AMI_E_OUTCOME_UNKNOWN: no
///   reply came in time. AMI_E_OVERFLOW: the queue of the port is full. AMI_E_INVALID, AMI_E_CLOSED, and those of
///   ami_client_call.
/// - **Since:** 0.1.0
ami_status ami_gateway_send_ussd(const ami_gateway *gateway,
                                 const char *port,
                                 const char *code,
                                 uint32_t timeout_ms,
                                 ami_ussd_reply **reply,
                                 ami_error **error);

/// Begins a USSD session: sends a code and waits for the reply of the network, which ami_ussd_dialogue_reply gives.
///
/// @param gateway     the gateway.
/// @param port        as for ami_gateway_send_ussd.
/// @param code        as for ami_gateway_send_ussd.
/// @param timeout_ms  as for ami_gateway_send_ussd, for each answer as well.
/// @param dialogue    where to put the USSD session; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the USSD session, to be freed with ami_ussd_dialogue_free, and the error are the caller's. It may
///   outlive the gateway: its last reply can still be read.
/// - **Threads:** any; several at once.
/// - **Errors:** as ami_gateway_send_ussd.
/// - **Since:** 0.1.0
ami_status ami_gateway_dial(const ami_gateway *gateway,
                            const char *port,
                            const char *code,
                            uint32_t timeout_ms,
                            ami_ussd_dialogue **dialogue,
                            ami_error **error);

/// The text of a USSD reply.
///
/// @param reply   the reply, or NULL.
/// @param length  where to put its length in bytes, or NULL.
/// @return the text in UTF-8, followed by a NUL; NULL, and length 0, for NULL.
///
/// - **Ownership:** belongs to the reply.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_ussd_reply_text(const ami_ussd_reply *reply, size_t *length);

/// Tells whether the network waits for an answer to its reply. Send the answer as another USSD code.
///
/// @param reply  the reply, or NULL.
/// @return 1 if it does, else 0.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int ami_ussd_reply_wants_answer(const ami_ussd_reply *reply);

/// Adds a reference to a USSD reply, to keep it beyond the USSD session that lends it.
///
/// @param reply  the reply, or NULL.
/// @return the same reply.
///
/// - **Ownership:** adds a reference, which the caller releases with ami_ussd_reply_unref.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
ami_ussd_reply *ami_ussd_reply_ref(const ami_ussd_reply *reply);

/// Releases a reference to a USSD reply; the last release frees it.
///
/// @param reply  the reply, or NULL.
///
/// - **Ownership:** takes one reference.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_ussd_reply_unref(ami_ussd_reply *reply);

/// The last reply of the network in a USSD session.
///
/// @param dialogue  the USSD session, or NULL.
/// @return the reply; NULL for NULL.
///
/// - **Ownership:** belongs to the USSD session, until the next answer; ami_ussd_reply_ref keeps it.
/// - **Threads:** one at a time for a USSD session.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const ami_ussd_reply *ami_ussd_dialogue_reply(const ami_ussd_dialogue *dialogue);

/// Tells whether the network waits for an answer in a USSD session.
///
/// @param dialogue  the USSD session, or NULL.
/// @return 1 if it does; 0 if not, after the USSD session was ended or an answer failed, and for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** one at a time for a USSD session.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int ami_ussd_dialogue_is_open(const ami_ussd_dialogue *dialogue);

/// Sends an answer in a USSD session and waits for the next reply, which ami_ussd_dialogue_reply gives then.
///
/// @param dialogue  the USSD session.
/// @param answer    digits, * and #, such as "1" for the first item of a menu.
/// @param error     where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** one at a time for a USSD session.
/// - **Errors:** AMI_E_STATE if the network waits for no answer. AMI_E_INVALID for an answer with other characters; another
///   answer may follow. Those of ami_gateway_send_ussd: the USSD session is over then, and the last reply stays.
/// - **Since:** 0.1.0
ami_status ami_ussd_dialogue_answer(ami_ussd_dialogue *dialogue,
                                    const char *answer,
                                    ami_error **error);

/// Ends a USSD session for this program: it can send no more answers. Gateways have no command for this, so the network
/// waits until its own timeout, and the port may be busy until then.
///
/// @param dialogue  the USSD session.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a USSD session.
/// - **Errors:** AMI_E_INVALID for NULL.
/// - **Since:** 0.1.0
ami_status ami_ussd_dialogue_end(ami_ussd_dialogue *dialogue);

/// Frees a USSD session. If it is open, it is ended as by ami_ussd_dialogue_end.
///
/// @param dialogue  the USSD session, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_ussd_dialogue_free(ami_ussd_dialogue *dialogue);

/* ---- Ports of a gateway ---------------------------------------------------------------------------- */

/// Turns a port off.
#define AMI_POWER_OFF 0

/// Turns a port on.
#define AMI_POWER_ON 1

/// Turns a port off and on again.
#define AMI_POWER_RESET 2

/// Asks a gateway for the states of all its ports, one after the other, within the action timeout for all of them. Ports
/// for which there was no time are in the list too, see ami_ports_is_complete_at.
///
/// @param gateway  the gateway.
/// @param ports    where to put the ports; NULL is put there on failure.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the ports, to be freed with ami_ports_free, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** as ami_client_call.
/// - **Since:** 0.1.0
ami_status ami_gateway_ports(const ami_gateway *gateway,
                             ami_ports **ports,
                             ami_error **error);

/// Asks for the states of all ports, as ami_gateway_ports does, with a timeout of its own.
///
/// @param gateway     the gateway.
/// @param timeout_ms  milliseconds for all ports together, or AMI_TIMEOUT_DEFAULT.
/// @param ports       where to put the ports; NULL is put there on failure.
/// @param error       where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the ports, to be freed with ami_ports_free, and the error are the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for AMI_WAIT_FOREVER; as ami_client_call.
/// - **Since:** 0.1.0
ami_status ami_gateway_ports_within(const ami_gateway *gateway,
                                    uint32_t timeout_ms,
                                    ami_ports **ports,
                                    ami_error **error);

/// Tells whether the gateway answered all questions about a port in time. If not, ami_ports_words_at has the state of the
/// port as a text, and the other functions know only what follows from that text.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return 1 if it did; 0 if not, and beyond the last.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int ami_ports_is_complete_at(const ami_ports *ports,
                             size_t index);

/// The number of ports.
///
/// @param ports  the ports, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_ports_count(const ami_ports *ports);

/// The port, as the functions of gateways take it: its number, such as "4", or its name, such as "dongle0".
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return the name; NULL beyond the last.
///
/// - **Ownership:** belongs to the ports.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_ports_name_at(const ami_ports *ports, size_t index);

/// The condition of a port in the gateway's own text, such as "Power on, Provisioned, Up, Active,Standard" or "Free".
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return the text, which may be empty; NULL beyond the last.
///
/// - **Ownership:** belongs to the ports.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_ports_words_at(const ami_ports *ports,
                               size_t index);

/// The activity of a port in the gateway's own text, such as "READY".
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return the text; NULL if the gateway does not tell it, and beyond the last.
///
/// - **Ownership:** belongs to the ports.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_ports_state_at(const ami_ports *ports, size_t index);

/// Tells whether a port can send and receive.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return 1 if it can; 0 if not, and beyond the last.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int ami_ports_is_up_at(const ami_ports *ports, size_t index);

/// Tells whether a port has power. For a dongle: whether its driver has the device.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return 1 if it has; 0 if not, and beyond the last.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int ami_ports_has_power_at(const ami_ports *ports, size_t index);

/// Tells whether the SIM card of a port is present and unlocked, as far as the gateway tells.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return 1 if it is; 0 if not, and beyond the last.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int ami_ports_has_sim_at(const ami_ports *ports, size_t index);

/// Tells whether a port is registered with a network, at home or roaming.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return 1 if it is; 0 if not, if the gateway does not tell it, and beyond the last.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int ami_ports_is_registered_at(const ami_ports *ports, size_t index);

/// The name of the network's operator.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return the name; NULL if it is not known, and beyond the last.
///
/// - **Ownership:** belongs to the ports.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_ports_operator_at(const ami_ports *ports, size_t index);

/// The signal strength of a port.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return dBm, from -113 (or less) to -51 (or more); 0 if it is not known, and beyond the last.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int32_t ami_ports_signal_at(const ami_ports *ports, size_t index);

/// The signal strength of a port in bars, as a phone shows it.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return 0 to 5; -1 if it is not known, and beyond the last.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int32_t ami_ports_bars_at(const ami_ports *ports, size_t index);

/// The number of the SMS centre of a port.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return the number; NULL if it is not known, and beyond the last.
///
/// - **Ownership:** belongs to the ports.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_ports_smsc_at(const ami_ports *ports, size_t index);

/// The last event at a port in the gateway's own text.
///
/// @param ports  the ports, or NULL.
/// @param index  from 0.
/// @return the text; NULL if there is none, and beyond the last.
///
/// - **Ownership:** belongs to the ports.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_ports_last_event_at(const ami_ports *ports, size_t index);

/// Another value that the gateway tells about a port.
///
/// @param ports   the ports, or NULL.
/// @param index   from 0.
/// @param name    the gateway's own name for it, such as "Model IMEI" or "IMEIState", in any case.
/// @param length  where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, if there is none or it is empty.
///
/// - **Ownership:** belongs to the ports.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_ports_get_at(const ami_ports *ports, size_t index, const char *name, size_t *length);

/// Frees ports, and all their texts with them.
///
/// @param ports  the ports, or NULL.
///
/// - **Ownership:** takes them.
/// - **Threads:** no other thread may use them.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_ports_free(ami_ports *ports);

/// Turns a port on, off, or off and on again. SMS that are being sent through it may be lost.
///
/// Gateways of OpenVox and ALLO have done it when this function returns, after about two seconds. Drivers of dongles do it
/// soon afterwards, and lose the SMS in their own queue for the device.
///
/// @param gateway  the gateway.
/// @param port     the port's number or name.
/// @param power    AMI_POWER_OFF, AMI_POWER_ON or AMI_POWER_RESET.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_UNSUPPORTED if the gateway has no such command; AMI_E_COMMAND if it does not confirm it, with its
///   text in ami_error_peer_message; and those of ami_client_call.
/// - **Since:** 0.1.0
ami_status ami_gateway_power(const ami_gateway *gateway,
                             const char *port,
                             int32_t power,
                             ami_error **error);

/// Tells a gateway to read the settings of a port again. Drivers of dongles read the settings of all devices, each when it
/// is idle.
///
/// @param gateway  the gateway.
/// @param port     the port's number or name.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_ACTION for a dongle that the driver does not list, if the account may ask for the list; and those of
///   ami_gateway_power.
/// - **Since:** 0.1.0
ami_status ami_gateway_reload(const ami_gateway *gateway,
                              const char *port,
                              ami_error **error);

/* ---- The parser alone ------------------------------------------------------------------------------ */

/// A message that answers an action.
#define AMI_MESSAGE_RESPONSE 0

/// A message that reports what happened.
#define AMI_MESSAGE_EVENT 1

/// A message with neither a Response nor an Event header.
#define AMI_MESSAGE_OTHER 2

/// Makes a parser that waits for a server's first byte.
///
/// @return the parser.
///
/// - **Ownership:** the caller's, to be freed with ami_parser_free.
/// - **Threads:** any.
/// - **Errors:** none.
/// - **Since:** 0.1.0
ami_parser *ami_parser_new(void);

/// Sets a limit. Input over a limit is AMI_E_LIMIT; a banner over its limit is AMI_E_NOT_AMI.
///
/// @param parser  the parser.
/// @param limit   one of AMI_LIMIT_….
/// @param value   the new limit.
///
/// - **Ownership:** none.
/// - **Threads:** one at a time for a parser.
/// - **Errors:** AMI_E_INVALID for an unknown limit and for 0.
/// - **Since:** 0.1.0
ami_status ami_parser_set_limit(ami_parser *parser, int32_t limit, size_t value);

/// Gives bytes to a parser; they may be cut anywhere. ami_parser_next gives the messages.
///
/// @param parser  the parser.
/// @param bytes   the bytes; may be NULL if length is 0.
/// @param length  their number.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a parser.
/// - **Errors:** AMI_E_INVALID for NULL and for a length over PTRDIFF_MAX. Errors in the bytes come from ami_parser_next,
///   after the messages before them; from then on this function gives them too.
/// - **Since:** 0.1.0
ami_status ami_parser_feed(ami_parser *parser,
                           const void *bytes,
                           size_t length,
                           ami_error **error);

/// Gives the next message. The first line of the server is not a message, see ami_parser_banner.
///
/// @param parser   the parser.
/// @param message  where to put the message; NULL is put there if more bytes are needed, and on failure.
/// @param error    where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the message, to be released with ami_message_unref, and the error are the caller's.
/// - **Threads:** one at a time for a parser.
/// - **Errors:** AMI_E_NOT_AMI, AMI_E_LIMIT: final; no more messages will come.
/// - **Since:** 0.1.0
ami_status ami_parser_next(ami_parser *parser, ami_message **message, ami_error **error);

/// Tells a parser that an action with this ActionID was sent. Old servers send the output of a command directly after the
/// headers of the response; when the parser knows the ActionIDs, it cannot take a line of that output for a header.
///
/// @param parser     the parser.
/// @param action_id  the ActionID.
///
/// - **Ownership:** copies.
/// - **Threads:** one at a time for a parser.
/// - **Errors:** AMI_E_INVALID for NULL.
/// - **Since:** 0.1.0
ami_status ami_parser_expect_action_id(ami_parser *parser,
                                       const char *action_id);

/// Tells a parser that no more bytes will come.
///
/// @param parser  the parser.
/// @param error   where to put the error, or NULL; NULL is put there on success.
///
/// - **Ownership:** the error is the caller's.
/// - **Threads:** one at a time for a parser.
/// - **Errors:** AMI_E_PROTOCOL if the bytes ended inside a message; AMI_E_NOT_AMI and AMI_E_LIMIT if these came before.
/// - **Since:** 0.1.0
ami_status ami_parser_finish(ami_parser *parser,
                             ami_error **error);

/// The first line of the server, such as "Asterisk Call Manager/5.0.5".
///
/// @param parser  the parser, or NULL.
/// @return the line; NULL before it has come.
///
/// - **Ownership:** belongs to the parser.
/// - **Threads:** one at a time for a parser.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_parser_banner(const ami_parser *parser);

/// Frees a parser. Its messages may outlive it.
///
/// @param parser  the parser, or NULL.
///
/// - **Ownership:** takes it.
/// - **Threads:** no other thread may use it.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_parser_free(ami_parser *parser);

/// The kind of a message.
///
/// @param message  the message, or NULL.
/// @return AMI_MESSAGE_RESPONSE, AMI_MESSAGE_EVENT or AMI_MESSAGE_OTHER; -1 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int32_t ami_message_kind(const ami_message *message);

/// The value of the header Event or Response: the name of an event, or the result of a response, such as "Success".
///
/// @param message  the message, or NULL.
/// @return the value; "" for NULL and for AMI_MESSAGE_OTHER.
///
/// - **Ownership:** belongs to the message.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_message_name(const ami_message *message);

/// The first value of a header.
///
/// @param message  the message, or NULL.
/// @param name     the header's name, in any case.
/// @param length   where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, if there is none.
///
/// - **Ownership:** belongs to the message.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_message_get(const ami_message *message, const char *name, size_t *length);

/// The value at an index among the headers of one name, for a header that comes several times.
///
/// @param message  the message, or NULL.
/// @param name     the header's name, in any case.
/// @param index    from 0, in the order in which the server sent them; other headers are not counted.
/// @param length   where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the message.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_message_get_nth(const ami_message *message, const char *name, size_t index, size_t *length);

/// The number of headers of a message.
///
/// @param message  the message, or NULL.
/// @return the number; 0 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
size_t ami_message_header_count(const ami_message *message);

/// The name of the header at an index, in the order in which the server sent them.
///
/// @param message  the message, or NULL.
/// @param index    from 0.
/// @param length   where to put the name's length in bytes, or NULL.
/// @return the name, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the message.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_message_header_name_at(const ami_message *message, size_t index, size_t *length);

/// The value of the header at an index, in the order in which the server sent them.
///
/// @param message  the message, or NULL.
/// @param index    from 0.
/// @param length   where to put the value's length in bytes, or NULL.
/// @return the value, followed by a NUL; NULL, and length 0, beyond the last.
///
/// - **Ownership:** belongs to the message.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_message_header_value_at(const ami_message *message, size_t index, size_t *length);

/// The output of a command in its response: its lines joined by LF, without LF at the end. It is the same for all server
/// versions.
///
/// @param message  the message, or NULL.
/// @param length   where to put the text's length in bytes, or NULL.
/// @return the output, followed by a NUL; NULL, and length 0, for any other message.
///
/// - **Ownership:** belongs to the message.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
const char *ami_message_output(const ami_message *message,
                               size_t *length);

/// Copies a message into memory of its own. Messages that were fed together share memory, and keeping one of them keeps the
/// memory of all. To keep a message for long, detach it and release the original.
///
/// @param message  the message, or NULL.
/// @return the copy; NULL for NULL.
///
/// - **Ownership:** a new reference, which the caller releases with ami_message_unref. The reference to the original stays.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
ami_message *ami_message_detach(const ami_message *message);

/// Adds a reference to a message, to keep it. This also keeps the memory of messages that were fed together with it, see
/// ami_message_detach.
///
/// @param message  the message, or NULL.
/// @return the same message.
///
/// - **Ownership:** adds a reference, which the caller releases with ami_message_unref.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
ami_message *ami_message_ref(const ami_message *message);

/// Releases a reference to a message; the last release frees it.
///
/// @param message  the message, or NULL.
///
/// - **Ownership:** takes one reference.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
void ami_message_unref(ami_message *message);

/// Tells whether a server of this version escapes the values of VarSet and ChanVariable and caller names as C does. Servers
/// do so from 13.5.0 on; older ones send them unchanged.
///
/// @param asterisk_version  the AsteriskVersion of CoreSettings, such as "16.28.0".
/// @return 1 if it does, else 0; 0 for NULL.
///
/// - **Ownership:** borrows.
/// - **Threads:** any; several at once.
/// - **Errors:** none.
/// - **Since:** 0.1.0
int ami_escapes_values(const char *asterisk_version);

/// Replaces the escapes of C in a value, such as backslash and n, by the characters that they mean. Anything else stays.
///
/// @param value   the value; may be NULL if length is 0.
/// @param length  its length in bytes.
/// @param buffer  where to put the plain value and a NUL; its size must be length + 1 bytes.
/// @return the length of the plain value in bytes, without the NUL; never more than length.
///
/// - **Ownership:** copies.
/// - **Threads:** any; several at once.
/// - **Errors:** none; nothing is written to a NULL buffer, and a length over PTRDIFF_MAX counts as 0.
/// - **Since:** 0.1.0
size_t ami_unescape(const char *value,
                    size_t length,
                    char *buffer);

/// Computes the header Key of a Login with AuthType MD5 from the Challenge of the server, for programs that use only the
/// parser. So the secret itself is not sent.
///
/// @param challenge  the header Challenge of the server's response.
/// @param secret     the user's secret.
/// @param key        where to put the key: 32 characters and a NUL.
///
/// - **Ownership:** copies.
/// - **Threads:** any; several at once.
/// - **Errors:** AMI_E_INVALID for NULL, and for a secret that is not UTF-8.
/// - **Since:** 0.1.0
ami_status ami_login_key(const char *challenge,
                         const char *secret,
                         char *key);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* AMI_H */
