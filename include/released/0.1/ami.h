/* libami: a client of the Asterisk Manager Interface (AMI), with SMS and USSD through GSM gateways.
 *
 *     ami_config *config = ami_config_new();
 *     ami_config_set_host(config, "192.0.2.1");
 *     ami_config_set_username(config, "admin");
 *     ami_config_set_secret(config, "secret");
 *     ami_client *client;
 *     ami_error *error = NULL;
 *     if (ami_client_connect(config, &client, &error) != AMI_OK) {
 *         fprintf(stderr, "%s\n", ami_error_message(error));
 *         ami_error_free(error);
 *     } else {
 *         ami_receipt *receipt = NULL;
 *         if (ami_client_send_sms(client, 1, "13632919026", "hello", 0, NULL, &receipt, NULL) == AMI_OK)
 *             puts(ami_receipt_outcome(receipt) == AMI_SMS_SENT ? "sent" : "handed over");
 *         ami_receipt_unref(receipt);
 *         ami_client_free(client);
 *     }
 *     ami_config_free(config);
 *
 * A client is one session. For SMS and USSD through a gateway's many ports there is ami_gateway: it asks the gateway for its
 * dialect, and has a queue and a session for each port.
 *
 * Objects. All are opaque. What _new, _connect, _dial, _subscribe and _open_… give out is the caller's and goes back with
 * _free. What is shared and never changes is counted: _ref keeps it, _unref gives it up. NULL is taken by all of these.
 *
 * Results. Functions that can fail return an ami_status. Outputs come behind the inputs and are NULL on failure; last comes a
 * place for an ami_error, which may be NULL. Error texts name what to do and never hold a secret.
 *
 * Threads. A const receiver means that the function may be called from several threads at once. Callbacks run on threads of
 * the library, never on the one that reads the socket: they may take their time and may call everything, see ami_event_fn.
 *
 * Memory. Where the system has none left the library ends the program by abort, as it could not keep its promises. What servers
 * and callers can make it hold is bounded: see ami_config_set_limit, _event_queue, _action_queue and _send_queue.
 *
 * Strings. In: NUL-terminated bytes, texts in UTF-8. Out: bytes as the server sent them, with their length and a NUL behind.
 *
 * Times. Milliseconds. In a call 0 means the configured default and UINT32_MAX is refused; in ami_subscription_next 0 polls
 * and UINT32_MAX waits for ever.
 *
 * Processes. Handles do not survive fork: in the child they give AMI_E_FORKED, and freeing them only forgets them; a new
 * client can be made there. The library raises no SIGPIPE, and in its own threads blocks all signals but those of a fault.
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
#define AMI_VERSION_NUMBER (AMI_VERSION_MAJOR * 1000000 + AMI_VERSION_MINOR * 1000 + AMI_VERSION_PATCH)

// A full event queue drops its oldest events.
#define AMI_QUEUE_DROP_OLDEST 0

// A full event queue drops new events.
#define AMI_QUEUE_DROP_NEWEST 1

// A full event queue ends its subscription.
#define AMI_QUEUE_CLOSE 2

// An event of the server.
#define AMI_EVENT_SERVER 0

// A marker of libami: the subscription's queue was full and events were lost here. Its header Lost says how many; its
// name is "#lagged".
#define AMI_EVENT_LAGGED 1

// A marker of libami: the link was down here. Its name is "#gap"; its headers From and Until are the times of the last word
// before and of the new login, in seconds since 1970 UTC, and Cause says why.
#define AMI_EVENT_GAP 2

// A marker of libami: the link has another state. Its name is "#state"; it comes only to subscriptions that name it. Its
// header State is one of
//
// - connecting: connecting and logging in; Attempt, from 1, says which attempt it is to make a lost link again;
// - open: logged in;
// - waiting: the link is lost; Cause says why, and RetryIn after how many milliseconds the next attempt comes;
// - closed: over for good; Cause says why. It is the last event of each such subscription: also where a lost link is not made
//   again or a login is refused, and for one that is made after that. Only ami_client_close may discard it, in subscriptions
//   with a callback, as it discards all that waits in them.
#define AMI_EVENT_STATE 3

// An event that libami made of what the server sent, such as an SMS put together of its parts. Its name, which begins with
// #, says what it is; see ami_gateway_open_inbox.
#define AMI_EVENT_DERIVED 4

// A marker of libami: the server sent something here that is neither an event nor the answer to an action, such as a piece
// of a text message that looks like one. Its name is "#skipped"; its headers Messages and Bytes say how much.
#define AMI_EVENT_SKIPPED 5

// There is no such extension, or the call failed otherwise.
#define AMI_ORIGINATE_FAILED 0

// It rang and nobody answered, or the other end hung up first.
#define AMI_ORIGINATE_NO_ANSWER 1

// It was answered.
#define AMI_ORIGINATE_ANSWERED 4

// The other end is busy.
#define AMI_ORIGINATE_BUSY 5

// The other end refused it, or no circuit was free.
#define AMI_ORIGINATE_CONGESTION 8

// A message that answers an action.
#define AMI_MESSAGE_RESPONSE 0

// A message that reports what happened.
#define AMI_MESSAGE_EVENT 1

// A message with neither a Response nor an Event header.
#define AMI_MESSAGE_OTHER 2

// Limit: bytes of the first line, which names the protocol; 256 unless set.
#define AMI_LIMIT_BANNER 0

// Limit: bytes of one line; 65,535 unless set.
#define AMI_LIMIT_LINE 1

// Limit: headers of one message, not counting Output; 4,096 unless set.
#define AMI_LIMIT_HEADERS 2

// Limit: bytes of one message, not counting a command's output; 1 MiB unless set.
#define AMI_LIMIT_MESSAGE 3

// Limit: bytes of one command's output; 16 MiB unless set.
#define AMI_LIMIT_OUTPUT 4

// Limit: entries of one list; 1,000,000 unless set. A parser does not count them, a client does.
#define AMI_LIMIT_LIST 5

// Limit: bytes of memory that the entries of one list take; 128 MiB unless set. A parser does not count them, a client does.
#define AMI_LIMIT_LIST_BYTES 6

// Limit: bytes of one response that an action waits for, or whose ActionID a parser was told to expect, in place of the
// limits of lines, headers and messages where these are smaller and not set below their defaults; 20 MiB unless set. A
// response may be a whole file.
#define AMI_LIMIT_RESPONSE 7

// The text goes in the default alphabet of GSM: units are septets.
#define AMI_ENCODING_GSM7 0

// The text goes in UCS-2: units are those of UTF-16.
#define AMI_ENCODING_UCS2 1

// Turns a port off.
#define AMI_POWER_OFF 0

// Turns a port on.
#define AMI_POWER_ON 1

// Turns a port off and on again.
#define AMI_POWER_RESET 2

// Of the SMS that wait for a port, after all others.
#define AMI_PRIORITY_LOW 0

// Of the SMS that wait for a port, in their turn.
#define AMI_PRIORITY_NORMAL 1

// Of the SMS that wait for a port, before all others.
#define AMI_PRIORITY_HIGH 2

// The gateway has the SMS; more is known only if a report comes.
#define AMI_SMS_QUEUED 0

// The network took the SMS.
#define AMI_SMS_SENT 1

// The SMS was not sent. Of a text that the gateway splits by itself (dongles), some parts may have been.
#define AMI_SMS_FAILED 2

// The gateway's port is in use; nothing was sent.
#define AMI_SMS_BUSY 3

// No answer in time: the SMS may have gone out, or may still do so.
#define AMI_SMS_UNKNOWN 4

// The SMS never left: nothing was written to the gateway.
#define AMI_SMS_NOT_SENT 5

// The recipient has the SMS.
#define AMI_SMS_DELIVERED 6

// The network could not deliver the SMS.
#define AMI_SMS_UNDELIVERED 7

// The client was not opened yet.
#define AMI_STATE_NEW 0

// The client connects or logs in, for the first time or again.
#define AMI_STATE_CONNECTING 1

// The client is logged in.
#define AMI_STATE_OPEN 2

// The client has lost its link; the next attempt to connect comes in time.
#define AMI_STATE_WAITING 3

// The client is closed, or its link lost for good.
#define AMI_STATE_CLOSED 4

// Of a client: bytes that the server sent.
#define AMI_STAT_BYTES_RECEIVED 0

// Of a client: bytes that were written.
#define AMI_STAT_BYTES_SENT 1

// Of a client: events that came as news, not as the entries of a list.
#define AMI_STAT_EVENTS 2

// Of a client: actions that were accepted.
#define AMI_STAT_ACTIONS 3

// Of a client: actions that have not ended.
#define AMI_STAT_IN_FLIGHT 4

// Of a client: links that were made again and logged in.
#define AMI_STAT_RECONNECTS 5

// Of a client: answers whose time was taken, those of keepalive Pings among them.
#define AMI_STAT_ROUND_TRIPS 6

// Of a subscription: events that were wanted.
#define AMI_STAT_RECEIVED 100

// Of a subscription: events that were pulled, or handed to the callback.
#define AMI_STAT_DELIVERED 101

// Of a subscription: events that were lost because the queue was full.
#define AMI_STAT_DROPPED 102

// Of a subscription: events that wait.
#define AMI_STAT_WAITING 103

// Of a subscription: bytes of memory that they take.
#define AMI_STAT_WAITING_BYTES 104

// A request to the server: a name and headers in order.
typedef struct ami_action ami_action;

// A client of one server. Everything but ami_client_free may be called from any thread, several at once, and from inside
// callbacks.
typedef struct ami_client ami_client;

// Settings: the place to connect to, the user, the limits. Connecting copies it; later changes change no client.
typedef struct ami_config ami_config;

// The reason why a call failed. Its text is for people, says what to do and never holds a secret.
typedef struct ami_error ami_error;

// An event: headers in order, names without case, values as the server sent them. It never changes.
typedef struct ami_event ami_event;

// A GSM gateway as a whole: one session for what comes in, and one for each port that sends. Each port sends one SMS at a
// time, in order of priority; ports do so side by side. Everything but ami_gateway_free may be called from any thread,
// several at once, and from inside callbacks.
typedef struct ami_gateway ami_gateway;

// A message as the server sent it: headers in order, names without case. It never changes.
typedef struct ami_message ami_message;

// Turns bytes into messages, for programs with their own loop. It opens no socket and starts no thread.
typedef struct ami_parser ami_parser;

// The ports of a gateway, as they were when it was asked. They never change.
typedef struct ami_ports ami_ports;

// A receipt: all that is known of an SMS that was to be sent. It never changes.
typedef struct ami_receipt ami_receipt;

// Receipts of several SMS. They never change.
typedef struct ami_receipts ami_receipts;

// The whole answer to an action: the response's headers, a list's entries, a command's text. It never changes.
typedef struct ami_response ami_response;

// An SMS that came in. It never changes.
typedef struct ami_sms ami_sms;

// A text as SMS: its encoding and its parts. It never changes.
typedef struct ami_sms_parts ami_sms_parts;

// An SMS to be sent through a gateway.
typedef struct ami_sms_request ami_sms_request;

// Events that a program wants, by callback or to be pulled. It may outlive its client.
typedef struct ami_subscription ami_subscription;

// A talk with the network by USSD: its last reply, and the answers to it.
typedef struct ami_ussd_dialogue ami_ussd_dialogue;

// The network's reply to a USSD code. It never changes.
typedef struct ami_ussd_reply ami_ussd_reply;

// The result of a call: AMI_OK, or one of AMI_E_…. New values may come, none changes.
typedef int32_t ami_status;

// Tells how a submitted action ended. The status and what it points to are borrowed for the call: the response of a
// success, the error of a failure, the other one is NULL. ami_response_ref keeps a response.
typedef void (*ami_completion_fn)(ami_status status,
                                  const ami_response *response,
                                  const ami_error *error,
                                  void *user_data);

// Called once with the user data when no more calls with it will be made.
typedef void (*ami_drop_fn)(void *user_data);

// Tells what became of a submitted SMS. The status and what it points to are borrowed for the call: the receipt of one that
// was sent, or else the error, which has a receipt as well; the other one is NULL. ami_receipt_ref keeps a receipt. The
// rest as for ami_event_fn.
typedef void (*ami_receipt_fn)(ami_status status,
                               const ami_receipt *receipt,
                               const ami_error *error,
                               void *user_data);

// Takes one event. It is borrowed for the call; ami_event_ref keeps it.
//
// Calls of one subscription are sequential, on a thread of libami's, not always the same, in which all signals but those
// of a fault (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT) are blocked. Everything may be called from inside
// it: an action is sent and answered, close and free take effect after it. Once ami_subscription_free, ami_client_close or
// ami_gateway_close has returned AMI_OK outside a callback, it is not running and will not run, and its drop has run. A call
// that never returns harms its own subscription only. No exception and no longjmp may leave it.
//
// The library's threads have stacks of 2 MiB. Callbacks, completions and drops share up to 512 of them: two are started when
// they are needed, more only while all others are inside program's functions that do not return, and idle ones end after 10 s
// but for the last. A thread inside a callback must not be cancelled (pthread_cancel) nor ended (pthread_exit): the process
// may be aborted. What is started from inside a callback inherits its blocked signals, through fork and exec as well: a
// program that is started there would not end by SIGTERM, so clear the mask first (sigemptyset, sigprocmask) in the child, or
// with posix_spawnattr_setsigmask and POSIX_SPAWN_SETSIGMASK.
typedef void (*ami_event_fn)(const ami_event *event, void *user_data);

// Takes one incoming SMS. It is borrowed for the call; ami_sms_ref keeps it. The rest as for ami_event_fn.
typedef void (*ami_sms_fn)(const ami_sms *sms, void *user_data);

// It went well.
#define AMI_OK 0

// Usage: an argument was refused; nothing was written.
#define AMI_E_INVALID 1

// Usage: the call does not fit the object's state.
#define AMI_E_STATE 2

// Usage: something is still running; try again.
#define AMI_E_BUSY 3

// Usage: the handle was inherited across fork.
#define AMI_E_FORKED 4

// Usage: the client, gateway or subscription is closed.
#define AMI_E_CLOSED 5

// A bug in libami, reported instead of crashing the program.
#define AMI_E_INTERNAL 6

// Usage: known, but not available here.
#define AMI_E_UNSUPPORTED 7

// Usage: so many SMS wait for a gateway's port already, or so many actions to be written, that this one was not taken; or a
// buffer is too small. A subscription that ended because its queue was full is not told by it: ami_subscription_next says
// AMI_E_CLOSED for every end.
#define AMI_E_OVERFLOW 8

// I/O: the host name could not be resolved.
#define AMI_E_RESOLVE 100

// I/O: nothing accepted the connection.
#define AMI_E_REFUSED 101

// I/O: time ran out before anything was written.
#define AMI_E_TIMEOUT 102

// I/O: the link is down; nothing was written.
#define AMI_E_DISCONNECTED 103

// I/O: TLS could not be set up.
#define AMI_E_TLS 104

// I/O: another input or output error.
#define AMI_E_IO 105

// Protocol: the server does not speak AMI.
#define AMI_E_NOT_AMI 200

// Protocol: the server broke the protocol.
#define AMI_E_PROTOCOL 201

// Protocol: the server exceeded a limit.
#define AMI_E_LIMIT 202

// Login: the server refused the user name or the secret.
#define AMI_E_AUTH 203

// Login: the server offers no method that is allowed on this link.
#define AMI_E_AUTH_METHOD 204

// Refusal: the server refused the action; ami_error_is_not_found tells whether because something is not there.
#define AMI_E_ACTION 300

// Refusal: the account lacks the class that the action needs.
#define AMI_E_PERMISSION 301

// Refusal: the CLI did not accept the command.
#define AMI_E_COMMAND 302

// Refusal: the gateway could not send the SMS.
#define AMI_E_SMS_FAILED 310

// Refusal: the gateway's port is in use; nothing was sent.
#define AMI_E_SMS_BUSY 311

// Refusal: the USSD request failed.
#define AMI_E_USSD 312

// It was written, and whether it ran is not known.
#define AMI_E_OUTCOME_UNKNOWN 400

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the library, such as "0.1.0".
//
// @return a static string.
// Ownership: belongs to the library.
// Threads: any.
// Errors: none.
// Since: 0.1.0
const char *ami_version(void);

// Waits until all threads of the library have ended, as they do by themselves after the last client, so that nothing of theirs is
// left when the program ends or looks for leaks. Not needed otherwise; another client starts them anew.
//
// @param error  where to put the error, or NULL; NULL is put there on success.
// Ownership: the error is the caller's.
// Threads: any, but none that is inside a callback.
// Errors: AMI_E_STATE inside a callback, and after 5 s if there still are clients, gateways, dialogues or subscriptions with
// callbacks: free them first. AMI_E_BUSY after 5 s if a callback does not return.
// Since: 0.1.0
ami_status ami_shutdown(ami_error **error);

// Makes an action. A name that cannot be sent is remembered and explained by the call that sends it.
//
// @param name  its name, such as "CoreStatus".
// @return the action; NULL if the name is NULL or not UTF-8.
// Ownership: the caller's, to be freed with ami_action_free.
// Threads: any.
// Errors: see ami_client_call.
// Since: 0.1.0
ami_action *ami_action_new(const char *name);

// Appends a header; as often as wanted, also of one name. An ActionID given here goes out as it is.
//
// @param action  the action.
// @param name    the header's name, without a colon.
// @param value   its value.
// Ownership: copies.
// Threads: one at a time for an action.
// Errors: AMI_E_INVALID for CR or LF, a value that begins with a blank (the server would drop it), a line over 1022 bytes,
// more than 128 headers. The action keeps the reason and cannot be sent any more; the call that tries tells it.
// Since: 0.1.0
ami_status ami_action_add(ami_action *action,
                          const char *name,
                          const char *value);

// ami_action_add for a value of a given length, which need not end with a NUL.
//
// @param action  the action.
// @param name    the header's name, without a colon.
// @param value   its value; may be NULL if length is 0.
// @param length  the bytes of the value.
// Ownership: copies.
// Threads: one at a time for an action.
// Errors: as ami_action_add; a NUL in the value is refused as well, and a length over PTRDIFF_MAX.
// Since: 0.1.0
ami_status ami_action_add_n(ami_action *action, const char *name, const void *value, size_t length);

// Appends a header Variable that sets one channel variable, or a function such as CALLERID(name); as often as wanted. A server
// splits such a header at commas and takes quotes and backslashes out, so those are escaped in the value.
//
// @param action  the action.
// @param name    the variable's name.
// @param value   its value.
// Ownership: copies.
// Threads: one at a time for an action.
// Errors: AMI_E_INVALID for a name that the server would take for another one, with a blank, a comma, an equals sign, a quote or
// a backslash in it; and as ami_action_add.
// Since: 0.1.0
ami_status ami_action_add_variable(ami_action *action,
                                   const char *name,
                                   const char *value);

// Frees an action. It can be freed as soon as the call that sends it has returned.
//
// @param action  the action, or NULL.
// Ownership: takes it.
// Threads: nobody else may use it.
// Errors: none.
// Since: 0.1.0
void ami_action_free(ami_action *action);

// Writes an action as it goes over the wire, for programs that use the parser alone and write for themselves. An ActionID goes
// out only if one was added.
//
// @param action  the action.
// @param buffer  where to put the bytes, without a NUL behind them; may be NULL if size is 0.
// @param size    the bytes that the buffer has room for.
// @param length  where to put the bytes of the whole action, also if they did not fit; 0 is put there on other failures. May be
//                NULL.
// @param error   where to put the error, or NULL; NULL is put there on success.
// Ownership: copies; the error is the caller's. The buffer may hold a secret afterwards: it is the caller's to wipe.
// Threads: any; several at once.
// Errors: AMI_E_OVERFLOW if the buffer is too small, and nothing is put there; AMI_E_INVALID for what was refused as the action
// was made.
// Since: 0.1.0
ami_status ami_action_encode(const ami_action *action,
                             void *buffer,
                             size_t size,
                             size_t *length,
                             ami_error **error);

// Computes the Key of a Login that answers a Challenge with AuthType MD5, for programs that use the parser alone: the secret
// itself then does not cross the network.
//
// @param challenge  the Challenge of the server's response.
// @param secret     the user's secret.
// @param key        where to put it: 32 characters and a NUL.
// Ownership: copies.
// Threads: any; several at once.
// Errors: AMI_E_INVALID for NULL, and for a secret that is not UTF-8.
// Since: 0.1.0
ami_status ami_login_key(const char *challenge,
                         const char *secret,
                         char *key);

// Connects and logs in: ami_client_new and ami_client_open in one.
//
// @param config  the configuration; it is copied.
// @param client  where to put the client; NULL is put there on failure.
// @param error   where to put the error, or NULL; NULL is put there on success.
// Ownership: the client and the error are the caller's.
// Threads: any.
// Errors: those of ami_client_new and ami_client_open.
// Since: 0.1.0
ami_status ami_client_connect(const ami_config *config, ami_client **client, ami_error **error);

// Makes a client that is not connected yet. It can be subscribed to, so that no event is missed once it is open.
//
// @param config  the configuration; it is copied.
// @param client  where to put the client; NULL is put there on failure.
// @param error   where to put the error, or NULL; NULL is put there on success.
// Ownership: the client and the error are the caller's.
// Threads: any.
// Errors: AMI_E_INVALID for a configuration that cannot work, or that was refused something; AMI_E_TLS if the system trusts no
// authorities that TLS could go by; AMI_E_IO if the library's thread cannot start.
// Since: 0.1.0
ami_status ami_client_new(const ami_config *config,
                          ami_client **client,
                          ami_error **error);

// Connects and logs in, within the connect timeout. Once for a client; ami_client_close cancels it.
//
// @param client  the client.
// @param error   where to put the error, or NULL; NULL is put there on success.
// Ownership: the error is the caller's.
// Threads: any; several at once.
// Errors: AMI_E_RESOLVE, AMI_E_REFUSED, AMI_E_TIMEOUT, AMI_E_IO, AMI_E_DISCONNECTED: no link. AMI_E_TLS: no TLS that
// can be trusted. AMI_E_NOT_AMI, AMI_E_PROTOCOL, AMI_E_LIMIT: not an AMI server. AMI_E_AUTH, AMI_E_AUTH_METHOD: no login.
// AMI_E_STATE: open already. AMI_E_CLOSED: closed meanwhile or before.
// Since: 0.1.0
ami_status ami_client_open(const ami_client *client,
                           ami_error **error);

// Logs off and ends everything: waiting calls, completions, subscriptions. Does nothing the second time. When it returns
// AMI_OK outside a callback, no callback, completion or drop of this client is running or will run, and its session is over;
// for the server's goodbye it waits 2 s at most. Inside any libami callback it does not wait and takes effect after it.
//
// @param client  the client.
// @param error   where to put the error, or NULL; NULL is put there on success.
// Ownership: the error is the caller's.
// Threads: any; several at once.
// Errors: AMI_E_BUSY if a callback did not return within the action timeout; the client is closed all the same, and that
// callback's drop runs when it returns.
// Since: 0.1.0
ami_status ami_client_close(const ami_client *client,
                            ami_error **error);

// Closes a client, as ami_client_close does, and frees it. Subscriptions may outlive it: what waits in those that are
// pulled can still be read.
//
// @param client  the client, or NULL.
// Ownership: takes it.
// Threads: nobody else may use it. Inside a callback it does not wait. In the child of a fork it only forgets it, and closes
// what it has inherited of the link, which the parent's is not harmed by: a daemon that has connected before it became one
// frees the client and makes another.
// Errors: none.
// Since: 0.1.0
void ami_client_free(ami_client *client);

// Sends an action and waits for its whole answer: a list with all its entries, a command with its text.
//
// @param client      the client.
// @param action      the action; it can be freed or sent again afterwards.
// @param timeout_ms  milliseconds; 0 for the configured action timeout. A wait that the action itself asks of the server
//                    (WaitEvent, Originate without Async) comes on top.
// @param response    where to put the response, or NULL; NULL is put there on failure.
// @param error       where to put the error, or NULL; NULL is put there on success.
// Ownership: the response, to be given up with ami_response_unref, and the error are the caller's.
// Threads: any; several at once.
// Errors: AMI_E_ACTION, AMI_E_PERMISSION, AMI_E_COMMAND: refused, see ami_error_response. AMI_E_INVALID, AMI_E_STATE,
// AMI_E_TIMEOUT, AMI_E_DISCONNECTED, AMI_E_CLOSED, AMI_E_OVERFLOW: it was not written. AMI_E_OUTCOME_UNKNOWN: it was written,
// and may have been carried out.
// Since: 0.1.0
ami_status ami_client_call(const ami_client *client,
                           const ami_action *action,
                           uint32_t timeout_ms,
                           ami_response **response,
                           ami_error **error);

// Sends an action and returns. `done` is called exactly once, on a thread of libami's, also when the client is closed
// first; then `drop`. Completions of different actions may run at the same time.
//
// @param client      the client.
// @param action      the action; it can be freed or sent again afterwards.
// @param timeout_ms  as for ami_client_call.
// @param done        what to call.
// @param user_data   what to call it with.
// @param drop        called with the user data after `done`, or NULL.
// @param error       where to put the error, or NULL; NULL is put there on success.
// Ownership: on success the user data is libami's until `drop`; on failure it stays the caller's, and neither `done` nor
// `drop` is called. The error is the caller's.
// Threads: any; several at once.
// Errors: AMI_E_INVALID, AMI_E_STATE, AMI_E_DISCONNECTED, AMI_E_CLOSED: it was not sent. AMI_E_OVERFLOW: nor was it because too
// many wait to be written, see ami_config_set_action_queue. AMI_E_IO: nor was it because no thread
// could be started to call `done` on. The outcome has the others.
// Since: 0.1.0
ami_status ami_client_submit(const ami_client *client,
                             const ami_action *action,
                             uint32_t timeout_ms,
                             ami_completion_fn done,
                             void *user_data,
                             ami_drop_fn drop,
                             ami_error **error);

// Runs a CLI command; ami_response_output is its text. Build the line from trusted text only: whoever writes it commands
// the server.
//
// @param client      the client.
// @param cli         the command line, such as "core show version".
// @param timeout_ms  as for ami_client_call.
// @param response    where to put the response, or NULL; NULL is put there on failure.
// @param error       where to put the error, or NULL; NULL is put there on success.
// Ownership: the response and the error are the caller's.
// Threads: any; several at once.
// Errors: AMI_E_COMMAND if the CLI did not accept it, on every server version: its words are ami_error_peer_message; and
// those of ami_client_call.
// Since: 0.1.0
ami_status ami_client_command(const ami_client *client,
                              const char *cli,
                              uint32_t timeout_ms,
                              ami_response **response,
                              ami_error **error);

// Sends a Ping and waits for the answer.
//
// @param client         the client.
// @param round_trip_us  where to put how long it took, in microseconds, or NULL.
// @param error          where to put the error, or NULL; NULL is put there on success.
// Ownership: the error is the caller's.
// Threads: any; several at once.
// Errors: those of ami_client_call.
// Since: 0.1.0
ami_status ami_client_ping(const ami_client *client, uint64_t *round_trip_us, ami_error **error);

// Makes a configuration with the defaults: port 5038 without TLS, 10 s to connect, 10 s an action, a Ping after 30 s of
// silence, no reconnecting, all events, queues of 65,536 events and 32 MiB that drop the oldest. Host, user name and secret
// must be set.
//
// A setter that refuses something leaves a configuration that lacks what the program wanted, such as TLS, and nothing connects
// with it: ami_client_new, ami_client_connect and ami_gateway_connect give AMI_E_INVALID, and their error names the first such
// setter with its reason, until the same setter is called again and gives AMI_OK.
//
// @return the configuration.
// Ownership: the caller's, to be freed with ami_config_free.
// Threads: any.
// Errors: none.
// Since: 0.1.0
ami_config *ami_config_new(void);

// Frees a configuration; its secret is wiped.
//
// @param config  the configuration, or NULL.
// Ownership: takes it.
// Threads: nobody else may use it.
// Errors: none.
// Since: 0.1.0
void ami_config_free(ami_config *config);

// Sets the server's name or address.
//
// @param config  the configuration.
// @param host    the name or address.
// Ownership: copies.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID if it is NULL, empty, not UTF-8 or holds CR or LF.
// Since: 0.1.0
ami_status ami_config_set_host(ami_config *config, const char *host);

// Sets the server's port; unless set 5038, or 5039 with TLS.
//
// @param config  the configuration.
// @param port    the port.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for 0.
// Since: 0.1.0
ami_status ami_config_set_port(ami_config *config, uint16_t port);

// Sets the user of the server's manager.conf.
//
// @param config    the configuration.
// @param username  the user's name.
// Ownership: copies.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID if it is NULL, not UTF-8, too long or holds CR or LF.
// Since: 0.1.0
ami_status ami_config_set_username(ami_config *config, const char *username);

// Sets the user's secret. It is wiped from memory when the configuration and its clients are freed.
//
// @param config  the configuration.
// @param secret  the secret.
// Ownership: copies.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID if it is NULL, not UTF-8, too long or holds CR or LF.
// Since: 0.1.0
ami_status ami_config_set_secret(ami_config *config, const char *secret);

// Sets which events the server sends.
//
// @param config  the configuration.
// @param mask    "on" (the default), "off", or classes such as "system,call": system, call, log, verbose, command, agent, user,
//                config, dtmf, reporting, cdr, dialplan, originate, agi, cc, aoc, test, security, message, all, none; in
//                lower case, with commas and without blanks.
// Ownership: copies.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID if it is NULL, empty, has a class that is none, is not UTF-8 or holds CR or LF.
// Since: 0.1.0
ami_status ami_config_set_event_mask(ami_config *config,
                                     const char *mask);

// Sets how long connecting may take, up to the accepted login; 10,000 unless set.
//
// @param config  the configuration.
// @param ms      milliseconds.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for 0 and UINT32_MAX.
// Since: 0.1.0
ami_status ami_config_set_connect_timeout_ms(ami_config *config, uint32_t ms);

// Sets how long an action may take unless its call says otherwise; 10,000 unless set.
//
// @param config  the configuration.
// @param ms      milliseconds.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for 0 and UINT32_MAX.
// Since: 0.1.0
ami_status ami_config_set_action_timeout_ms(ami_config *config, uint32_t ms);

// Sets after how long a silence the server is asked for a sign of life with a Ping; 30,000 unless set. Not while a command,
// or another action that blocks the session, is outstanding.
//
// @param config  the configuration.
// @param ms      milliseconds; 0: never.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for UINT32_MAX.
// Since: 0.1.0
ami_status ami_config_set_keepalive_ms(ami_config *config,
                                       uint32_t ms);

// Sets how long the server may stay silent after that Ping until the link is taken for dead; 10,000 unless set.
//
// @param config  the configuration.
// @param ms      milliseconds.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for 0 and UINT32_MAX.
// Since: 0.1.0
ami_status ami_config_set_keepalive_timeout_ms(ami_config *config,
                                               uint32_t ms);

// Sets how a link that is lost after the login is made again. The first attempt comes after min_ms, each further one after
// twice as long, up to max_ms; what is really waited is between half of it and all of it, by chance, so that clients of one
// server do not come back all at once. A login that is refused is not tried again.
//
// What was missed stands in the stream of events as a marker of kind AMI_EVENT_GAP. Subscriptions, the event mask and
// filters are in force again before any event comes. Nothing is sent twice: actions that were written end with
// AMI_E_OUTCOME_UNKNOWN, others with AMI_E_DISCONNECTED unless ami_config_set_wait_for_reconnect lets them wait.
//
// @param config  the configuration.
// @param min_ms  milliseconds before the first attempt.
// @param max_ms  milliseconds between attempts at most; 0 and 0, the default: a lost link ends the client.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID if only min_ms is 0, if max_ms is less than min_ms, and for UINT32_MAX.
// Since: 0.1.0
ami_status ami_config_set_reconnect(ami_config *config,
                                    uint32_t min_ms,
                                    uint32_t max_ms);

// Sets when reconnecting is given up, and when a link counts as stable.
//
// @param config        the configuration.
// @param attempts      attempts in a row that may fail before the client ends; 0, the default: no limit.
// @param stable_ms     milliseconds; 10,000 unless set. A link that held so long starts the count and the waits anew; one
//                      that breaks sooner counts as a failed attempt.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for a NULL configuration.
// Since: 0.1.0
ami_status ami_config_set_reconnect_limit(ami_config *config,
                                          uint32_t attempts,
                                          uint32_t stable_ms);

// Sets what becomes of actions that were not written when the link was lost, or are called while it is down.
//
// @param config  the configuration.
// @param wait    0, the default: they fail at once with AMI_E_DISCONNECTED; otherwise they wait for the next link, within
//                their timeouts.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for a NULL configuration.
// Since: 0.1.0
ami_status ami_config_set_wait_for_reconnect(ami_config *config,
                                             int wait);

// Sets whether the first connection is retried too, as ami_config_set_reconnect says: for services that start before their
// server does. Connecting then waits until a connection holds, for as many attempts as ami_config_set_reconnect_limit allows. A
// login that is refused ends it, and so does ami_client_close in another thread.
//
// @param config  the configuration.
// @param retry   0, the default: the first failure is the result; otherwise it is retried, and connecting is refused with
//                AMI_E_INVALID unless ami_config_set_reconnect says how.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for a NULL configuration.
// Since: 0.1.0
ami_status ami_config_set_retry_first_connect(ami_config *config,
                                              int retry);

// Sets the bounds of each subscription's queue and what happens at them. What is lost is counted, and a marker of kind
// AMI_EVENT_LAGGED stands in its place.
//
// @param config      the configuration.
// @param max_events  events that wait at most; 65,536 unless set.
// @param max_bytes   bytes of memory that waiting events take at most; 32 MiB unless set.
// @param policy      AMI_QUEUE_DROP_OLDEST (the default), AMI_QUEUE_DROP_NEWEST or AMI_QUEUE_CLOSE.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for a bound of 0 and an unknown policy.
// Since: 0.1.0
ami_status ami_config_set_event_queue(ami_config *config,
                                      size_t max_events,
                                      size_t max_bytes,
                                      int32_t policy);

// Sets how many actions may wait to be written, as for a server that reads too slowly, or for a link that is made again. Five
// times as many may be under way in all, those that wait for their answers among them. One more is refused at once with
// AMI_E_OVERFLOW by ami_client_submit, ami_client_call and whatever else sends actions: nothing is written of it, and it can be
// sent once answers have come.
//
// @param config       the configuration.
// @param max_actions  actions at most; 200,000 unless set.
// @param max_bytes    bytes of them all at most; 32 MiB unless set.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for a bound of 0.
// Since: 0.1.0
ami_status ami_config_set_action_queue(ami_config *config,
                                       size_t max_actions,
                                       size_t max_bytes);

// Changes what the server may send at most. An answer over a limit ends its own call alone, with AMI_E_LIMIT. A server that
// exceeds a limit with anything else loses the link, and calls end with AMI_E_LIMIT or AMI_E_OUTCOME_UNKNOWN. Of lines and
// messages a program can hold 2 GiB at most, whatever the limit.
//
// @param config  the configuration.
// @param limit   one of AMI_LIMIT_….
// @param value   the new limit.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for an unknown limit and for 0.
// Since: 0.1.0
ami_status ami_config_set_limit(ami_config *config,
                                int32_t limit,
                                size_t value);

// Sets whose commands are used for SMS and USSD:
//
// - "auto", the default: ami_gateway_connect asks the gateway; for a client it stands for "openvox";
// - "openvox": OpenVox VoxStack with the open driver, chan_extra 2.0.8;
// - "openvox-firmware": OpenVox VoxStack with its later driver, whose commands have an argument for flash SMS;
// - "openvox-2013": OpenVox VoxStack as its documents of 2013 have it;
// - "allo": ALLO gateways;
// - "yeastar": Yeastar TG and MyPBX;
// - "dongle", "quectel": Asterisk with chan_dongle or chan_quectel; ports have names;
// - or a command of the caller's for SMS, with {port}, {to} and {text} in it, which libami quotes, and {timeout}, {id} and
//   {flash} if wanted, such as "gsm send sync sms {port} {to} {text} {timeout} {id}". One with {timeout} waits for the
//   network, and its answer must be OpenVox's.
//
// @param config   the configuration.
// @param dialect  one of these.
// Ownership: copies.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for an unknown name, and for a command that lacks something.
// Since: 0.1.0
ami_status ami_config_set_dialect(ami_config *config,
                                  const char *dialect);

// Sets how long an incoming SMS waits for its parts, from the first that came; 300,000 unless set. Then it is handed out as it
// is.
//
// @param config  the configuration.
// @param ms      milliseconds.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for 0 and UINT32_MAX.
// Since: 0.1.0
ami_status ami_config_set_parts_timeout_ms(ami_config *config,
                                           uint32_t ms);

// Sets how many SMS may wait for each port of a gateway; 1,000 unless set.
//
// @param config    the configuration.
// @param messages  the number at most.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for 0.
// Since: 0.1.0
ami_status ami_config_set_send_queue(ami_config *config, size_t messages);

// Sets how long a port rests after an SMS whose outcome is unknown, or that was only handed over, and after a USSD code without
// a reply; 5,000 unless set. Drivers tell results by port, not by SMS: that of one that was late may be taken for the next
// one's.
//
// The rest holds for all gateways and clients of the process that send to the same host and port. It begins when the gateway
// has given up; if the link was lost before, when the timeout of the SMS is over. A client waits for it as a gateway does.
//
// Drivers try again after 2 seconds. With a shorter rest, as with none, an SMS that follows an unknown outcome may be said to
// be sent, and not be: no less than 3,000 is safe.
//
// @param config  the configuration.
// @param ms      milliseconds; 0: not at all.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for UINT32_MAX.
// Since: 0.1.0
ami_status ami_config_set_port_rest_ms(ami_config *config,
                                       uint32_t ms);

// Sets whether the secret may cross a network in the clear where the server offers no MD5 challenge. A loopback link,
// to 127.0.0.0/8 or ::1, needs no leave, nor does TLS to a server whose certificate is verified.
//
// @param config  the configuration.
// @param allow   0 (the default) or not.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for a NULL configuration.
// Since: 0.1.0
ami_status ami_config_set_allow_plain_login(ami_config *config,
                                            int allow);

// Switches TLS on or off. With TLS the server's certificate must come from an authority that the system trusts (or those
// of the environment variables SSL_CERT_FILE and SSL_CERT_DIR), and must name the host that is connected to; the other
// functions for TLS change that, and each switches TLS on as well.
//
// The versions are 1.2 and 1.3: a server that has only older ones cannot be reached. What is wrong with a certificate or a
// handshake is told by ami_client_connect and ami_client_open with AMI_E_TLS, and the text says what to do.
//
// @param config  the configuration.
// @param on      0 (the default), which forgets all settings for TLS, or not.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for a NULL configuration.
// Since: 0.1.0
ami_status ami_config_set_tls(ami_config *config,
                              int on);

// Sets a file in PEM form with the authorities that are trusted, and no others are. A server's own certificate may stand
// there as well, as is usual where it has signed itself: it is then trusted for the names that it has, or for every name if it
// has none. Switches TLS on.
//
// Certificates as Asterisk's ast_tls_cert makes them, of X.509 version 1 or without a subjectAltName, are taken if an
// authority in this file has signed them itself and their common name is exactly the one that is wanted; and if they stand
// in the file. Keys of RSA need 2048 bits.
//
// The file is read by ami_client_new and ami_client_connect, which give AMI_E_INVALID if it cannot be used, and again for
// each connection, so that a renewed one counts.
//
// @param config  the configuration.
// @param file    the file's name.
// Ownership: copies.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID if it is NULL or empty.
// Since: 0.1.0
ami_status ami_config_set_tls_ca_file(ami_config *config,
                                      const char *file);

// Sets the name that the server's certificate must have; the host that is connected to unless set. Switches TLS on.
//
// @param config  the configuration.
// @param name    a host name or an address.
// Ownership: copies.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID if it is NULL, empty, not UTF-8 or holds CR or LF. One that no certificate can have is told by
// ami_client_new and ami_client_connect.
// Since: 0.1.0
ami_status ami_config_set_tls_server_name(ami_config *config,
                                          const char *name);

// Sets the certificate that the client shows to a server that asks for one. Switches TLS on. The files are in PEM form and
// read as the CA file is.
//
// @param config      the configuration.
// @param chain_file  the name of a file with the certificate and those between it and its authority, in this order.
// @param key_file    the name of a file with its private key, which must have no pass phrase.
// Ownership: copies.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID if one is NULL or empty.
// Since: 0.1.0
ami_status ami_config_set_tls_client_certificate(ami_config *config,
                                                 const char *chain_file,
                                                 const char *key_file);

// Accepts every certificate of the server: whoever can get between this machine and the server can then read and change
// everything. For tests, and for servers whose certificate nothing else can be done about. A login without challenge then
// needs ami_config_set_allow_plain_login. Switches TLS on.
//
// @param config  the configuration.
// @param accept  0 (the default) or not.
// Ownership: none.
// Threads: one at a time for a configuration.
// Errors: AMI_E_INVALID for a NULL configuration.
// Since: 0.1.0
ami_status ami_config_set_tls_danger_accept_any_certificate(ami_config *config,
                                                            int accept);

// The status that the call returned.
//
// @param error  the error, or NULL.
// @return its AMI_E_…; AMI_OK for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
ami_status ami_error_code(const ami_error *error);

// The system's number for what went wrong, if it gave one: for links that could not be made, or broke.
//
// @param error  the error, or NULL.
// @return a number as of errno, such as ECONNREFUSED; 0 if there is none, and for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_error_errno(const ami_error *error);

// Tells whether the server refused an action (AMI_E_ACTION) because what it names is not there: a channel, an endpoint, an
// entry of the database, a member of a queue. Servers tell it by their words alone, such as "No such channel", in English in
// all versions; so it is recognised by them, and a module of the server's that words it otherwise is not.
//
// @param error  the error, or NULL.
// @return 1 if so, else 0; 0 for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_error_is_not_found(const ami_error *error);

// The text of an error, in English: what went wrong and what to do.
//
// @param error  the error, or NULL.
// @return the text; "" for NULL.
// Ownership: belongs to the error.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_error_message(const ami_error *error);

// The server's own words: the Message of a refusal, or what a refused command printed. They may echo what was sent.
//
// @param error  the error, or NULL.
// @return the words, or NULL if the server said nothing.
// Ownership: belongs to the error.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_error_peer_message(const ami_error *error);

// The response that refused the action.
//
// @param error  the error, or NULL.
// @return the response, or NULL if there was none.
// Ownership: belongs to the error; ami_response_ref keeps it.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const ami_response *ami_error_response(const ami_error *error);

// The receipt of an SMS that is not known to be sent.
//
// @param error  the error, or NULL.
// @return the receipt; NULL if the SMS neither reached the gateway nor waited for its port.
// Ownership: belongs to the error; ami_receipt_ref keeps it.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const ami_receipt *ami_error_receipt(const ami_error *error);

// Frees an error.
//
// @param error  the error, or NULL.
// Ownership: takes it.
// Threads: nobody else may use it.
// Errors: none.
// Since: 0.1.0
void ami_error_free(ami_error *error);

// The name of a status, such as "AMI_E_AUTH".
//
// @param status  a status.
// @return a static string; "AMI_E_?" for a value that this version does not know.
// Ownership: belongs to the library.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_status_name(ami_status status);

// The kind of an event.
//
// @param event  the event, or NULL.
// @return AMI_EVENT_SERVER, AMI_EVENT_LAGGED, AMI_EVENT_GAP, AMI_EVENT_STATE, AMI_EVENT_DERIVED or AMI_EVENT_SKIPPED;
//         -1 for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_event_kind(const ami_event *event);

// An event's name, such as "Hangup".
//
// @param event  the event, or NULL.
// @return the name; "" for NULL and for a message without an Event header.
// Ownership: belongs to the event.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_event_name(const ami_event *event);

// The first value of a header.
//
// @param event   the event, or NULL.
// @param name    the header's name, in any case.
// @param length  where to put the value's length in bytes, or NULL.
// @return the value, followed by a NUL; NULL, and length 0, if there is none.
// Ownership: belongs to the event.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_event_get(const ami_event *event, const char *name, size_t *length);

// The number of headers of an event.
//
// @param event  the event, or NULL.
// @return the number; 0 for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
size_t ami_event_count(const ami_event *event);

// The name of the header at an index, in the order of the wire.
//
// @param event   the event, or NULL.
// @param index   from 0.
// @param length  where to put the name's length in bytes, or NULL.
// @return the name, followed by a NUL; NULL, and length 0, beyond the last.
// Ownership: belongs to the event.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_event_name_at(const ami_event *event, size_t index, size_t *length);

// The value of the header at an index, in the order of the wire.
//
// @param event   the event, or NULL.
// @param index   from 0.
// @param length  where to put the value's length in bytes, or NULL.
// @return the value, followed by a NUL; NULL, and length 0, beyond the last.
// Ownership: belongs to the event.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_event_value_at(const ami_event *event, size_t index, size_t *length);

// The SMS that an event "#sms" of a gateway is.
//
// @param event  the event, or NULL.
// @return the SMS; NULL for every other event, and for NULL.
// Ownership: a reference of the caller's, to be given up with ami_sms_unref.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
ami_sms *ami_event_sms(const ami_event *event);

// Keeps an event beyond the callback, or beyond the response, that lends it. It costs its own size: what arrived with it
// is not kept, so an event need not be detached as a message or a response that is kept for long.
//
// @param event  the event, or NULL.
// @return the same event; NULL for NULL. Pointers to its name and its headers, taken before or afterwards, hold as long as
//         it is kept.
// Ownership: one more reference, the caller's, to be given up with ami_event_unref.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
ami_event *ami_event_ref(const ami_event *event);

// Gives up a reference to an event; the last one frees it.
//
// @param event  the event, or NULL.
// Ownership: takes one reference.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
void ami_event_unref(ami_event *event);

// Connects to a gateway, logs in, and asks it which dialect it speaks, unless ami_config_set_dialect says. Nothing is sent for
// that. Sessions for ports are made when they are needed, and ended after 30 s without work.
//
// It takes no longer than the connect timeout for the login and the action timeout for all questions together.
//
// Only those classes of events are asked for that the dialect needs, unless the configuration names others than "on".
// Reconnecting, if it is configured, is for the session for what comes in; a port whose session is lost has another one made
// for its next SMS.
//
// @param config   the configuration; it is copied.
// @param gateway  where to put the gateway; NULL is put there on failure.
// @param error    where to put the error, or NULL; NULL is put there on success.
// Ownership: the gateway and the error are the caller's.
// Threads: any.
// Errors: those of ami_client_connect; AMI_E_UNSUPPORTED if no dialect is found, AMI_E_TIMEOUT if the gateway did not say in
// time which.
// Since: 0.1.0
ami_status ami_gateway_connect(const ami_config *config,
                               ami_gateway **gateway,
                               ami_error **error);

// The dialect that a gateway speaks.
//
// @param gateway  the gateway, or NULL.
// @return its name, as ami_config_set_dialect takes it, or "a command of the caller's"; "" for NULL.
// Ownership: belongs to the gateway.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_gateway_dialect(const ami_gateway *gateway);

// The session for what comes in, as a client: for the server's own events (ami_client_subscribe, ami_client_open_events), the
// state of the link, what it has done so far, and calls. An action that blocks the session stops what comes in meanwhile.
//
// @param gateway  the gateway, or NULL.
// @return the client; NULL for NULL.
// Ownership: belongs to the gateway, until ami_gateway_free; never free it. It is closed with the gateway: ami_client_close gives
// AMI_E_STATE. Callbacks that are subscribed by it are among those that ami_gateway_close ends.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const ami_client *ami_gateway_client(const ami_gateway *gateway);

// The number of SMS and USSD codes that wait for a port, one that is under way not counted. ami_config_set_send_queue says how
// many may.
//
// @param gateway  the gateway, or NULL.
// @param port     the port: a number from 1 or a name.
// @return the number; 0 for NULL, for a port that nothing was sent through, and in the child of a fork.
// Ownership: none.
// Threads: any; several at once.
// Errors: see the return value.
// Since: 0.1.0
size_t ami_gateway_waiting(const ami_gateway *gateway,
                           const char *port);

// Ends everything: SMS and USSD codes that wait for their ports are not sent, what is under way is waited for, subscriptions
// end. Does nothing the second time. When it returns AMI_OK outside a callback, no callback, completion or drop of this gateway
// is running or will run, and its sessions are over. Inside any libami callback it does not wait and takes effect after it.
//
// @param gateway  the gateway.
// @param unsent   where to put the receipts of the SMS that were not sent, or NULL; NULL is put there on failure. Whoever
//                 waits for one of them is told as well, with AMI_E_CLOSED.
// @param error    where to put the error, or NULL; NULL is put there on success.
// Ownership: the receipts, to be freed with ami_receipts_free, and the error are the caller's.
// Threads: any; several at once.
// Errors: AMI_E_BUSY if a callback did not return within the action timeout; the gateway is closed all the same, and that
// callback's drop runs when it returns.
// Since: 0.1.0
ami_status ami_gateway_close(const ami_gateway *gateway,
                             ami_receipts **unsent,
                             ami_error **error);

// Closes a gateway, as ami_gateway_close does, and frees it. Subscriptions and dialogues may outlive it: what waits in
// subscriptions that are pulled can still be read.
//
// @param gateway  the gateway, or NULL.
// Ownership: takes it.
// Threads: nobody else may use it. Inside a callback it does not wait. In the child of a fork it only forgets it.
// Errors: none.
// Since: 0.1.0
void ami_gateway_free(ami_gateway *gateway);

// The number of receipts.
//
// @param receipts  the receipts, or NULL.
// @return the number; 0 for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
size_t ami_receipts_count(const ami_receipts *receipts);

// The receipt at an index.
//
// @param receipts  the receipts, or NULL.
// @param index     from 0.
// @return the receipt; NULL beyond the last.
// Ownership: belongs to the receipts; ami_receipt_ref keeps it longer.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const ami_receipt *ami_receipts_at(const ami_receipts *receipts, size_t index);

// Frees receipts.
//
// @param receipts  the receipts, or NULL.
// Ownership: takes them.
// Threads: nobody else may use them.
// Errors: none.
// Since: 0.1.0
void ami_receipts_free(ami_receipts *receipts);

// Sends an SMS and waits until the network took it, or did not: in its port's queue, then for the network. It is never sent
// twice by libami. A port that is busy is asked again for the time of ami_sms_request_set_within_ms, or else for that of
// ami_sms_request_set_timeout_ms. One that rests (ami_config_set_port_rest_ms) is waited for as long, or else for the timeout
// and the rest together, and then counts as busy.
//
// AMI_OK says that the network took it, or, of gateways that do not tell that, that the gateway has it: ami_receipt_outcome is
// AMI_SMS_SENT or AMI_SMS_QUEUED.
//
// When the driver lets go of a dongle that has an SMS, or the link is lost, that SMS is AMI_SMS_UNKNOWN, and those that wait for the
// dongle are AMI_SMS_NOT_SENT.
//
// @param gateway  the gateway.
// @param request  the request; it can be freed or sent again afterwards.
// @param receipt  where to put the receipt, or NULL; NULL is put there on failure.
// @param error    where to put the error, or NULL; NULL is put there on success.
// Ownership: the receipt, to be given up with ami_receipt_unref, and the error are the caller's.
// Threads: any; several at once.
// Errors: AMI_E_SMS_FAILED, AMI_E_SMS_BUSY (nothing was sent), AMI_E_OUTCOME_UNKNOWN (it may still go out): see
// ami_error_receipt. Nothing was sent: AMI_E_OVERFLOW if the port's queue is full, AMI_E_TIMEOUT if it could not be begun in
// time, AMI_E_CLOSED if the gateway was closed first, AMI_E_INVALID for what no SMS can be, AMI_E_UNSUPPORTED for what this
// gateway cannot do, and those of ami_client_connect for the port's session.
// Since: 0.1.0
ami_status ami_gateway_send(const ami_gateway *gateway,
                            const ami_sms_request *request,
                            ami_receipt **receipt,
                            ami_error **error);

// Puts an SMS into its port's queue and returns. `done` is called exactly once, on a thread of libami's, also when the gateway is
// closed first; then `drop`. Completions of different SMS may run at the same time.
//
// @param gateway    the gateway.
// @param request    the request; it can be freed or sent again afterwards.
// @param done       what to call.
// @param user_data  what to call it with.
// @param drop       called with the user data after `done`, or NULL.
// @param error      where to put the error, or NULL; NULL is put there on success.
// Ownership: on success the user data is libami's until `drop`; on failure it stays the caller's, and neither `done` nor
// `drop` is called. The error is the caller's.
// Threads: any; several at once.
// Errors: AMI_E_OVERFLOW if the port's queue is full, AMI_E_INVALID, AMI_E_UNSUPPORTED, AMI_E_CLOSED: it will not be sent.
// The outcome has the others of ami_gateway_send.
// Since: 0.1.0
ami_status ami_gateway_submit(const ami_gateway *gateway,
                              const ami_sms_request *request,
                              ami_receipt_fn done,
                              void *user_data,
                              ami_drop_fn drop,
                              ami_error **error);

// Subscribes to what comes in from now on, to be pulled with ami_subscription_next, or when ami_subscription_fd is readable.
//
// It comes as events of kind AMI_EVENT_DERIVED, in order with the markers "#lagged" and "#gap" and, where it is named, "#state",
// whose words are those of AMI_EVENT_STATE. What is not known has no header.
//
// "#sms", an SMS: Span, Port, Sender, Time, Text, Smsc, Class, Parts, Missing (numbers of parts, with commas), Raw, IsData
// ("true" where Raw is no text), ApplicationPort, and a Pdu for each part. ami_event_sms makes an ami_sms of it. A text in parts
// comes when all are there, or as it is after the time of ami_config_set_parts_timeout_ms.
//
// "#report", what became of an SMS that was sent: Span, Port, Id, Outcome ("sent", "failed", "delivered",
// "undelivered", "queued" or "unknown"), Recipient, Time, Done (ISO 8601), Reference, Status (of 3GPP TS 23.040), Words.
//
// "#ussd", a USSD message that no call of this gateway waits for: Span, Port, Text, WantsAnswer ("true" or "false"), Mode ("final", "question", "ended", "other-client", "not-supported", "timed-out" or "not-sent") and the driver's Id
// of the code.
//
// "#unreadable", what looks like an SMS and cannot be read, or is not to be believed: Span, Port, Why, Raw.
//
// @param gateway       the gateway.
// @param names         which of them, such as "#sms,#report,#gap"; NULL for all but "#state".
// @param subscription  where to put the subscription; NULL is put there on failure.
// @param error         where to put the error, or NULL; NULL is put there on success.
// Ownership: the subscription, to be freed with ami_subscription_free, and the error are the caller's.
// Threads: any; several at once.
// Errors: AMI_E_INVALID for a name that a gateway has not, AMI_E_CLOSED for a closed gateway. If the link broke, the subscription
// has ended, and ami_subscription_next says why.
// Since: 0.1.0
ami_status ami_gateway_open_inbox(const ami_gateway *gateway,
                                  const char *names,
                                  ami_subscription **subscription,
                                  ami_error **error);

// Subscribes to what comes in from now on, by callback. See ami_gateway_open_inbox for the events, and ami_event_fn for what
// holds inside it.
//
// @param gateway       the gateway.
// @param names         as for ami_gateway_open_inbox.
// @param call          what to call.
// @param user_data     what to call it with.
// @param drop          called once with the user data, after the last call; or NULL.
// @param subscription  where to put the subscription; NULL is put there on failure.
// @param error         where to put the error, or NULL; NULL is put there on success.
// Ownership: as for ami_client_subscribe.
// Threads: any; several at once.
// Errors: AMI_E_INVALID for a name that a gateway has not, or a missing callback, AMI_E_CLOSED for a closed gateway. If the link
// broke, the subscription has ended, and `drop` is called at once.
// Since: 0.1.0
ami_status ami_gateway_subscribe(const ami_gateway *gateway,
                                 const char *names,
                                 ami_event_fn call,
                                 void *user_data,
                                 ami_drop_fn drop,
                                 ami_subscription **subscription,
                                 ami_error **error);

// Subscribes to incoming SMS from now on, by callback. See ami_event_fn for what holds inside it.
//
// @param gateway       the gateway.
// @param call          what to call.
// @param user_data     what to call it with.
// @param drop          called once with the user data, after the last call; or NULL.
// @param subscription  where to put the subscription; NULL is put there on failure.
// @param error         where to put the error, or NULL; NULL is put there on success.
// Ownership: as for ami_client_subscribe.
// Threads: any; several at once.
// Errors: AMI_E_INVALID for a missing callback, AMI_E_CLOSED for a closed gateway. If the link broke, the subscription has
// ended, and `drop` is called at once.
// Since: 0.1.0
ami_status ami_gateway_subscribe_sms(const ami_gateway *gateway,
                                     ami_sms_fn call,
                                     void *user_data,
                                     ami_drop_fn drop,
                                     ami_subscription **subscription,
                                     ami_error **error);

// Sends an action to a gateway, by the session for what comes in, and waits for its whole answer. A command that waits for the
// network holds up that session meanwhile: for SMS and USSD there are functions of their own.
//
// @param gateway     the gateway.
// @param action      the action; it can be freed or sent again afterwards.
// @param timeout_ms  as for ami_client_call.
// @param response    where to put the response, or NULL; NULL is put there on failure.
// @param error       where to put the error, or NULL; NULL is put there on success.
// Ownership: the response, to be given up with ami_response_unref, and the error are the caller's.
// Threads: any; several at once.
// Errors: as ami_client_call.
// Since: 0.1.0
ami_status ami_gateway_call(const ami_gateway *gateway,
                            const ami_action *action,
                            uint32_t timeout_ms,
                            ami_response **response,
                            ami_error **error);

// Has the server set up a call, and waits until it is answered or is not. It goes out with Async, so that it does not block
// the session; the outcome comes with the event OriginateResponse, for which the account must read the class call and the
// event mask have it.
//
// @param client      the client.
// @param action      an action Originate: Channel; Context, Exten and Priority, or Application and Data; variables with
//                    ami_action_add_variable. How long the channel is rung is its header Timeout, in milliseconds; 30 seconds
//                    unless set.
// @param timeout_ms  milliseconds that the server may take beyond the ringing; 0 for the configured action timeout.
// @param reason      where to put what became of it, one of AMI_ORIGINATE_..., or NULL; it is put there on success only.
// @param event       where to put the event OriginateResponse, or NULL; NULL is put there on failure. Its Channel and
//                    Uniqueid are the call's.
// @param error       where to put the error, or NULL; NULL is put there on success.
// Ownership: the event, to be given up with ami_event_unref, and the error are the caller's.
// Threads: any; several at once.
// Errors: those of ami_client_call, where AMI_E_ACTION says that the server did not take the call on. A call that is not
// answered is none. AMI_E_OUTCOME_UNKNOWN also if the call was taken on and its outcome was not told in time, or may have been
// missed while the link was down: it may be up. AMI_E_INVALID for another action, and for one whose Async is not true.
// Since: 0.1.0
ami_status ami_client_originate(const ami_client *client,
                                const ami_action *action,
                                uint32_t timeout_ms,
                                int32_t *reason,
                                ami_event **event,
                                ami_error **error);

// Makes a parser that waits for a server's first byte.
//
// @return the parser.
// Ownership: the caller's, to be freed with ami_parser_free.
// Threads: any.
// Errors: none.
// Since: 0.1.0
ami_parser *ami_parser_new(void);

// Changes a limit. What exceeds one is AMI_E_LIMIT, and the banner's AMI_E_NOT_AMI.
//
// @param parser  the parser.
// @param limit   one of AMI_LIMIT_….
// @param value   the new limit.
// Ownership: none.
// Threads: one at a time for a parser.
// Errors: AMI_E_INVALID for an unknown limit and for 0.
// Since: 0.1.0
ami_status ami_parser_set_limit(ami_parser *parser, int32_t limit, size_t value);

// Takes bytes in, cut anywhere. Pull the messages with ami_parser_next.
//
// @param parser  the parser.
// @param bytes   the bytes; may be NULL if length is 0.
// @param length  how many.
// @param error   where to put the error, or NULL; NULL is put there on success.
// Ownership: copies.
// Threads: one at a time for a parser.
// Errors: AMI_E_INVALID for NULL and for a length over PTRDIFF_MAX. What is wrong with the bytes is told by
// ami_parser_next, after the messages before it; from then on by this function too.
// Since: 0.1.0
ami_status ami_parser_feed(ami_parser *parser, const void *bytes, size_t length, ami_error **error);

// Gives the next message. The server's first line is none, see ami_parser_banner, and neither is an empty one.
//
// @param parser   the parser.
// @param message  where to put the message; NULL is put there if more bytes are needed, and on failure.
// @param error    where to put the error, or NULL; NULL is put there on success.
// Ownership: the message, to be given up with ami_message_unref, and the error are the caller's.
// Threads: one at a time for a parser.
// Errors: AMI_E_NOT_AMI, AMI_E_LIMIT: final, nothing more will come.
// Since: 0.1.0
ami_status ami_parser_next(ami_parser *parser,
                           ami_message **message,
                           ami_error **error);

// Says that an action with this ActionID was sent. Old servers put a command's text right behind the headers of the reply;
// once a program says what it sends, no line of a text can pass for one of those headers.
//
// @param parser     the parser.
// @param action_id  the ActionID.
// Ownership: copies.
// Threads: one at a time for a parser.
// Errors: AMI_E_INVALID for NULL.
// Since: 0.1.0
ami_status ami_parser_expect_action_id(ami_parser *parser,
                                       const char *action_id);

// Says that no more bytes will come.
//
// @param parser  the parser.
// @param error   where to put the error, or NULL; NULL is put there on success.
// Ownership: the error is the caller's.
// Threads: one at a time for a parser.
// Errors: AMI_E_PROTOCOL if they ended within a message; AMI_E_NOT_AMI and AMI_E_LIMIT if that came before.
// Since: 0.1.0
ami_status ami_parser_finish(ami_parser *parser, ami_error **error);

// The server's first line, such as "Asterisk Call Manager/5.0.5".
//
// @param parser  the parser, or NULL.
// @return the line; NULL until it has come.
// Ownership: belongs to the parser.
// Threads: one at a time for a parser.
// Errors: none.
// Since: 0.1.0
const char *ami_parser_banner(const ami_parser *parser);

// Frees a parser. Its messages may outlive it.
//
// @param parser  the parser, or NULL.
// Ownership: takes it.
// Threads: nobody else may use it.
// Errors: none.
// Since: 0.1.0
void ami_parser_free(ami_parser *parser);

// The kind of a message.
//
// @param message  the message, or NULL.
// @return AMI_MESSAGE_RESPONSE, AMI_MESSAGE_EVENT or AMI_MESSAGE_OTHER; -1 for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_message_kind(const ami_message *message);

// The value of the header that says what a message is: an event's name, a response's result such as "Success".
//
// @param message  the message, or NULL.
// @return the value; "" for NULL and for AMI_MESSAGE_OTHER.
// Ownership: belongs to the message.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_message_name(const ami_message *message);

// The first value of a header.
//
// @param message  the message, or NULL.
// @param name     the header's name, in any case.
// @param length   where to put the value's length in bytes, or NULL.
// @return the value, followed by a NUL; NULL, and length 0, if there is none.
// Ownership: belongs to the message.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_message_get(const ami_message *message, const char *name, size_t *length);

// The number of headers of a message.
//
// @param message  the message, or NULL.
// @return the number; 0 for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
size_t ami_message_count(const ami_message *message);

// The name of the header at an index, in the order of the wire.
//
// @param message  the message, or NULL.
// @param index    from 0.
// @param length   where to put the name's length in bytes, or NULL.
// @return the name, followed by a NUL; NULL, and length 0, beyond the last.
// Ownership: belongs to the message.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_message_name_at(const ami_message *message, size_t index, size_t *length);

// The value of the header at an index, in the order of the wire.
//
// @param message  the message, or NULL.
// @param index    from 0.
// @param length   where to put the value's length in bytes, or NULL.
// @return the value, followed by a NUL; NULL, and length 0, beyond the last.
// Ownership: belongs to the message.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_message_value_at(const ami_message *message, size_t index, size_t *length);

// The text of a message that answers a command: its lines joined by LF, no LF at the end. The same for every server
// version.
//
// @param message  the message, or NULL.
// @param length   where to put the text's length in bytes, or NULL.
// @return the text, followed by a NUL; NULL, and length 0, for any other message.
// Ownership: belongs to the message.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_message_output(const ami_message *message,
                               size_t *length);

// Makes a message that costs its own size. Messages that were fed together share memory, and one of them that is kept keeps
// all of it: one that is kept for long is to be kept like this, and the other given up.
//
// @param message  the message, or NULL.
// @return a message with the same contents in memory of its own; NULL for NULL.
// Ownership: a reference of the caller's, to be given up with ami_message_unref. The one for the old message stays.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
ami_message *ami_message_detach(const ami_message *message);

// Keeps a message, and with it the memory of all that were fed together with it; see ami_message_detach.
//
// @param message  the message, or NULL.
// @return the same message.
// Ownership: one more reference, the caller's, to be given up with ami_message_unref.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
ami_message *ami_message_ref(const ami_message *message);

// Gives up a reference to a message; the last one frees it.
//
// @param message  the message, or NULL.
// Ownership: takes one reference.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
void ami_message_unref(ami_message *message);

// Tells whether a server of this version escapes the values of VarSet and ChanVariable and the names of callers as C does: from
// 13.5.0 on. Older ones send them raw.
//
// @param asterisk_version  the AsteriskVersion of CoreSettings, such as "16.28.0".
// @return 1 if it does, else 0; 0 for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_escapes_values(const char *asterisk_version);

// Undoes C's escapes of one character in a value, such as a back-slash and n for a line end. What is no escape stays.
//
// @param value   the value; may be NULL if length is 0.
// @param length  its bytes.
// @param buffer  where to put the plain value and a NUL: length + 1 bytes.
// @return the bytes of the plain value, the NUL not counted; never more than length.
// Ownership: copies.
// Threads: any; several at once.
// Errors: none; nothing is written to a NULL buffer, and a length over PTRDIFF_MAX counts as 0.
// Since: 0.1.0
size_t ami_unescape(const char *value,
                    size_t length,
                    char *buffer);

// Counts what a text takes as SMS and splits it, as the standard has it: one SMS holds 160 septets or 70 units of
// UTF-16, each of several 153 or 67. Nothing is sent. What a gateway's own commands can carry may be less: see
// ami_gateway_parts.
//
// @param message  the text; an empty one takes an SMS too.
// @param parts    where to put the parts.
// @param error    where to put the error, or NULL; NULL is put there on success.
// Ownership: copies; the parts are the caller's, to be freed with ami_sms_parts_free.
// Threads: any.
// Errors: AMI_E_INVALID for NULL, for a text that is not valid UTF-8, and for one that takes more than 255 SMS.
// Since: 0.1.0
ami_status ami_sms_parts_new(const char *message,
                             ami_sms_parts **parts,
                             ami_error **error);

// Counts what a text takes as SMS in a gateway's dialect and splits it, as libami or the gateway does. Nothing is sent. Drivers of
// dongles differ: it is what the one here makes of it, as far as the server tells which it is.
//
// @param gateway  the gateway.
// @param message  the text.
// @param parts    where to put the parts.
// @param error    where to put the error, or NULL; NULL is put there on success.
// Ownership: copies; the parts are the caller's, to be freed with ami_sms_parts_free.
// Threads: any; several at once.
// Errors: AMI_E_INVALID for NULL, for a text that is not valid UTF-8, and for one that cannot be sent.
// Since: 0.1.0
ami_status ami_gateway_parts(const ami_gateway *gateway,
                             const char *message,
                             ami_sms_parts **parts,
                             ami_error **error);

// The encoding that the text goes in: AMI_ENCODING_GSM7, or AMI_ENCODING_UCS2 if it has a character that the default alphabet has not.
//
// @param parts  the parts, or NULL.
// @return one of AMI_ENCODING_…; AMI_ENCODING_GSM7 for NULL.
// Ownership: none.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_sms_parts_encoding(const ami_sms_parts *parts);

// The room that all of the text takes, in septets or units of UTF-16.
//
// @param parts  the parts, or NULL.
// @return the number; 0 for NULL.
// Ownership: none.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
size_t ami_sms_parts_units(const ami_sms_parts *parts);

// The number of SMS that the text takes.
//
// @param parts  the parts, or NULL.
// @return the number, from 1 to 255; 0 for NULL.
// Ownership: none.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
size_t ami_sms_parts_count(const ami_sms_parts *parts);

// The text of one SMS. No character is cut in two.
//
// @param parts   the parts, or NULL.
// @param index   from 0.
// @param length  where to put the text's length in bytes, or NULL.
// @return the text in UTF-8, followed by a NUL; NULL, and length 0, beyond the last.
// Ownership: belongs to the parts.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_sms_parts_text_at(const ami_sms_parts *parts, size_t index, size_t *length);

// The room that one SMS takes, in septets or units of UTF-16.
//
// @param parts  the parts, or NULL.
// @param index  from 0.
// @return the number; 0 beyond the last.
// Ownership: none.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
size_t ami_sms_parts_units_at(const ami_sms_parts *parts, size_t index);

// The room that is left in the last SMS, in septets or units of UTF-16.
//
// @param parts  the parts, or NULL.
// @return the number; 0 for NULL.
// Ownership: none.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
size_t ami_sms_parts_left(const ami_sms_parts *parts);

// Frees the parts, and their texts with them.
//
// @param parts  the parts, or NULL.
// Ownership: takes them.
// Threads: any; no other may use them any more.
// Errors: none.
// Since: 0.1.0
void ami_sms_parts_free(ami_sms_parts *parts);

// Asks a gateway for all its ports, one by one, within the action timeout in all. Those for which there was no time left are
// there too, and say so: see ami_ports_is_complete_at.
//
// @param gateway  the gateway.
// @param ports    where to put the ports; NULL is put there on failure.
// @param error    where to put the error, or NULL; NULL is put there on success.
// Ownership: the ports, to be freed with ami_ports_free, and the error are the caller's.
// Threads: any; several at once.
// Errors: as ami_client_call.
// Since: 0.1.0
ami_status ami_gateway_ports(const ami_gateway *gateway,
                             ami_ports **ports,
                             ami_error **error);

// As ami_gateway_ports, within another time than the action timeout.
//
// @param gateway     the gateway.
// @param timeout_ms  milliseconds for all ports together; 0: the action timeout.
// @param ports       where to put the ports; NULL is put there on failure.
// @param error       where to put the error, or NULL; NULL is put there on success.
// Ownership: the ports, to be freed with ami_ports_free, and the error are the caller's.
// Threads: any; several at once.
// Errors: AMI_E_INVALID for UINT32_MAX; as ami_client_call.
// Since: 0.1.0
ami_status ami_gateway_ports_within(const ami_gateway *gateway,
                                    uint32_t timeout_ms,
                                    ami_ports **ports,
                                    ami_error **error);

// Tells whether the gateway answered all questions about a port in time. If it did not, ami_ports_words_at has the port's state in
// words, and of the other functions those that follow from the words are right.
//
// @param ports  the ports, or NULL.
// @param index  from 0.
// @return 1 if it did; 0 if not, and beyond the last.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_ports_is_complete_at(const ami_ports *ports,
                                 size_t index);

// The number of ports.
//
// @param ports  the ports, or NULL.
// @return the number; 0 for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
size_t ami_ports_count(const ami_ports *ports);

// The name of a port, as functions for gateways take it: its number, such as "4", or its name, such as "dongle0".
//
// @param ports  the ports, or NULL.
// @param index  from 0.
// @return the name; NULL beyond the last.
// Ownership: belongs to the ports.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_ports_name_at(const ami_ports *ports,
                              size_t index);

// A port's condition in the gateway's own words, such as "Power on, Provisioned, Up, Active,Standard" or "Free".
//
// @param ports  the ports, or NULL.
// @param index  from 0.
// @return the words, which may be empty; NULL beyond the last.
// Ownership: belongs to the ports.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_ports_words_at(const ami_ports *ports,
                               size_t index);

// The work that a port is at, in the gateway's own words, such as "READY".
//
// @param ports  the ports, or NULL.
// @param index  from 0.
// @return the state; NULL where the gateway does not tell, and beyond the last.
// Ownership: belongs to the ports.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_ports_state_at(const ami_ports *ports, size_t index);

// Tells whether a port can send and receive.
//
// @param ports  the ports, or NULL.
// @param index  from 0.
// @return 1 if it can; 0 if not, and beyond the last.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_ports_is_up_at(const ami_ports *ports, size_t index);

// Tells whether a port has power. Of a dongle: whether its driver has the device.
//
// @param ports  the ports, or NULL.
// @param index  from 0.
// @return 1 if it has; 0 if not, and beyond the last.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_ports_has_power_at(const ami_ports *ports, size_t index);

// Tells whether a port's SIM card is there and unlocked, as far as the gateway tells.
//
// @param ports  the ports, or NULL.
// @param index  from 0.
// @return 1 if it is; 0 if not, and beyond the last.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_ports_has_sim_at(const ami_ports *ports, size_t index);

// Tells whether a port is registered with a network, at home or roaming.
//
// @param ports  the ports, or NULL.
// @param index  from 0.
// @return 1 if it is; 0 if not, where the gateway does not tell, and beyond the last.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_ports_is_registered_at(const ami_ports *ports, size_t index);

// The name of the network's operator.
//
// @param ports  the ports, or NULL.
// @param index  from 0.
// @return the name; NULL where it is not known, and beyond the last.
// Ownership: belongs to the ports.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_ports_operator_at(const ami_ports *ports, size_t index);

// The strength with which a port hears the network.
//
// @param ports  the ports, or NULL.
// @param index  from 0.
// @return dBm, from -113 (or less) to -51 (or more); 0 where it is not known, and beyond the last.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_ports_signal_at(const ami_ports *ports, size_t index);

// The strength with which a port hears the network, in bars as a phone shows them.
//
// @param ports  the ports, or NULL.
// @param index  from 0.
// @return 0 to 5; -1 where it is not known, and beyond the last.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_ports_bars_at(const ami_ports *ports, size_t index);

// The number of the message centre that a port uses.
//
// @param ports  the ports, or NULL.
// @param index  from 0.
// @return the number; NULL where it is not known, and beyond the last.
// Ownership: belongs to the ports.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_ports_smsc_at(const ami_ports *ports, size_t index);

// The last thing that happened at a port, in the gateway's own words.
//
// @param ports  the ports, or NULL.
// @param index  from 0.
// @return the words; NULL where there are none, and beyond the last.
// Ownership: belongs to the ports.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_ports_last_event_at(const ami_ports *ports, size_t index);

// Something else that the gateway tells of a port.
//
// @param ports   the ports, or NULL.
// @param index   from 0.
// @param name    the gateway's own name for it, such as "Model IMEI" or "IMEIState", in any case.
// @param length  where to put the value's length in bytes, or NULL.
// @return the value, followed by a NUL; NULL, and length 0, if there is none or it is empty.
// Ownership: belongs to the ports.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_ports_get_at(const ami_ports *ports, size_t index, const char *name, size_t *length);

// Frees ports, and all their texts with them.
//
// @param ports  the ports, or NULL.
// Ownership: takes them.
// Threads: nobody else may use them.
// Errors: none.
// Since: 0.1.0
void ami_ports_free(ami_ports *ports);

// Turns a port on or off, or begins it anew. SMS that are under way there may be lost.
//
// OpenVox's and ALLO's gateways have done it when this returns, after some two seconds. The drivers of dongles do it soon
// afterwards, and what they had queued for the device is lost.
//
// @param gateway  the gateway.
// @param port     the port's number or name.
// @param power    AMI_POWER_OFF, AMI_POWER_ON or AMI_POWER_RESET.
// @param error    where to put the error, or NULL; NULL is put there on success.
// Ownership: the error is the caller's.
// Threads: any; several at once.
// Errors: AMI_E_UNSUPPORTED where the gateway has no such command; AMI_E_COMMAND if it does not say that it has done it, with
// its words in ami_error_peer_message; as ami_client_call.
// Since: 0.1.0
ami_status ami_gateway_power(const ami_gateway *gateway,
                             const char *port,
                             int32_t power,
                             ami_error **error);

// Has a gateway read a port's settings again. The drivers of dongles read those of all devices, when each is idle.
//
// @param gateway  the gateway.
// @param port     the port's number or name.
// @param error    where to put the error, or NULL; NULL is put there on success.
// Ownership: the error is the caller's.
// Threads: any; several at once.
// Errors: AMI_E_ACTION for a dongle that the driver does not list, where the account may ask; as ami_gateway_power.
// Since: 0.1.0
ami_status ami_gateway_reload(const ami_gateway *gateway,
                              const char *port,
                              ami_error **error);

// Makes a request to send an SMS. What cannot be sent is remembered and explained by the call that sends it.
//
// @param port         the port: its number, counted from 1, or its name, such as "dongle0".
// @param destination  the number: 1 to 20 digits, with a + before a country code if wanted.
// @param message      the text: valid UTF-8; what is too long for one SMS goes in parts, 255 at most.
// @return the request.
// Ownership: copies; the request is the caller's, to be freed with ami_sms_request_free.
// Threads: any.
// Errors: see ami_gateway_send.
// Since: 0.1.0
ami_sms_request *ami_sms_request_new(const char *port, const char *destination, const char *message);

// Sets how long the gateway tries, for each part of the text; the action timeout unless set.
//
// @param request  the request.
// @param ms       milliseconds, rounded up to seconds.
// Ownership: none.
// Threads: one at a time for a request.
// Errors: AMI_E_INVALID for 0 and UINT32_MAX. The request keeps the reason of each refusal and cannot be sent any more;
// the call that tries tells it.
// Since: 0.1.0
ami_status ami_sms_request_set_timeout_ms(ami_sms_request *request,
                                          uint32_t ms);

// Sets a name of the caller's for the SMS. It stands in the receipt, and in reports where the gateway repeats it.
//
// If a report with the id tells the result (Yeastar, newer dongles, and what goes as a PDU elsewhere), one SMS at a time
// has it: another one is refused, with AMI_E_INVALID, as long as the first waits or is under way, and for ten minutes if its
// outcome is unknown, or queued where its report was waited for (dongles). Afterwards it is free; but reports of delivery name
// nothing else, so better give each SMS its own.
//
// @param request  the request.
// @param id       letters, digits, _ . -, 64 at most.
// Ownership: copies.
// Threads: one at a time for a request.
// Errors: AMI_E_INVALID for another id, remembered as for ami_sms_request_set_timeout_ms.
// Since: 0.1.0
ami_status ami_sms_request_set_id(ami_sms_request *request,
                                  const char *id);

// Sets whether the SMS is to be shown at once and not kept (class 0).
//
// @param request  the request.
// @param flash    0 (the default) or not.
// Ownership: none.
// Threads: one at a time for a request.
// Errors: AMI_E_INVALID for NULL. Where the gateway cannot, the call that sends it gives AMI_E_UNSUPPORTED.
// Since: 0.1.0
ami_status ami_sms_request_set_flash(ami_sms_request *request, int32_t flash);

// Sets for how long the network tries to deliver the SMS; as it likes unless set.
//
// @param request  the request.
// @param seconds  seconds, rounded up to what an SMS can say: steps of 5 minutes at first, 63 weeks at most.
// Ownership: none.
// Threads: one at a time for a request.
// Errors: AMI_E_INVALID for 0, remembered as for ami_sms_request_set_timeout_ms. Where the gateway cannot, or so long, the
// call that sends it tells.
// Since: 0.1.0
ami_status ami_sms_request_set_validity_seconds(ami_sms_request *request,
                                                uint32_t seconds);

// Sets whether the network is asked to tell when the SMS was delivered. Whether that can be seen, as the event "#report" of
// ami_gateway_open_inbox, depends on the gateway.
//
// @param request  the request.
// @param wanted   0 (the default) or not.
// Ownership: none.
// Threads: one at a time for a request.
// Errors: AMI_E_INVALID for NULL. Where the gateway cannot, the call that sends it gives AMI_E_UNSUPPORTED.
// Since: 0.1.0
ami_status ami_sms_request_set_report(ami_sms_request *request,
                                      int32_t wanted);

// Sets whether libami codes the SMS itself and hands it over as a PDU, even where the gateway could code it. What only a PDU
// can say goes that way by itself.
//
// @param request  the request.
// @param by_pdu   0 (the default) or not.
// Ownership: none.
// Threads: one at a time for a request.
// Errors: AMI_E_INVALID for NULL. Where the gateway cannot, the call that sends it gives AMI_E_UNSUPPORTED.
// Since: 0.1.0
ami_status ami_sms_request_set_by_pdu(ami_sms_request *request,
                                      int32_t by_pdu);

// Sets the place of the SMS among those that wait for its port.
//
// @param request   the request.
// @param priority  AMI_PRIORITY_LOW, AMI_PRIORITY_NORMAL (the default) or AMI_PRIORITY_HIGH.
// Ownership: none.
// Threads: one at a time for a request.
// Errors: AMI_E_INVALID for another priority, remembered as for ami_sms_request_set_timeout_ms.
// Since: 0.1.0
ami_status ami_sms_request_set_priority(ami_sms_request *request, int32_t priority);

// Sets by when the SMS must have been begun, counted from the call that sends it: if it waits for its port for longer, or
// finds the port busy or the gateway out of reach for longer, it is not sent.
//
// @param request  the request.
// @param ms       milliseconds.
// Ownership: none.
// Threads: one at a time for a request.
// Errors: AMI_E_INVALID for 0 and UINT32_MAX, remembered as for ami_sms_request_set_timeout_ms.
// Since: 0.1.0
ami_status ami_sms_request_set_within_ms(ami_sms_request *request,
                                         uint32_t ms);

// Frees a request. It can be freed as soon as the call that sends it has returned.
//
// @param request  the request, or NULL.
// Ownership: takes it.
// Threads: nobody else may use it.
// Errors: none.
// Since: 0.1.0
void ami_sms_request_free(ami_sms_request *request);

// The first value of a header of the response.
//
// @param response  the response, or NULL.
// @param name      the header's name, in any case.
// @param length    where to put the value's length in bytes, or NULL.
// @return the value, followed by a NUL; NULL, and length 0, if there is none.
// Ownership: belongs to the response.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_response_get(const ami_response *response, const char *name, size_t *length);

// The number of headers of the response.
//
// @param response  the response, or NULL.
// @return the number; 0 for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
size_t ami_response_count(const ami_response *response);

// The name of the header at an index, in the order of the wire.
//
// @param response  the response, or NULL.
// @param index     from 0.
// @param length    where to put the name's length in bytes, or NULL.
// @return the name, followed by a NUL; NULL, and length 0, beyond the last.
// Ownership: belongs to the response.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_response_name_at(const ami_response *response, size_t index, size_t *length);

// The value of the header at an index, in the order of the wire.
//
// @param response  the response, or NULL.
// @param index     from 0.
// @param length    where to put the value's length in bytes, or NULL.
// @return the value, followed by a NUL; NULL, and length 0, beyond the last.
// Ownership: belongs to the response.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_response_value_at(const ami_response *response, size_t index, size_t *length);

// A command's text: its lines joined by LF, no LF at the end. The same for every server version.
//
// @param response  the response, or NULL.
// @param length    where to put the text's length in bytes, or NULL.
// @return the text, followed by a NUL; NULL, and length 0, if the action was no command.
// Ownership: belongs to the response.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_response_output(const ami_response *response, size_t *length);

// The number of entries of the list that answered the action, its closing event not counted.
//
// @param response  the response, or NULL.
// @return the number; 0 for an answer that is no list.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
size_t ami_response_event_count(const ami_response *response);

// The entry of the list at an index.
//
// @param response  the response, or NULL.
// @param index     from 0.
// @return the entry; NULL beyond the last.
// Ownership: belongs to the response; ami_event_ref keeps it longer.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const ami_event *ami_response_event_at(const ami_response *response, size_t index);

// The event that closed the list.
//
// @param response  the response, or NULL.
// @return the closing event; NULL if the answer was no list, or had none.
// Ownership: belongs to the response; ami_event_ref keeps it longer.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const ami_event *ami_response_end_event(const ami_response *response);

// Makes a response that costs its own size. Answers that arrived together share memory, and one of them that is kept keeps
// all of it: one that is kept for long is to be kept like this, and the other given up.
//
// @param response  the response, or NULL.
// @return a response with the same contents, and each entry of its list, in memory of its own; NULL for NULL.
// Ownership: a reference of the caller's, to be given up with ami_response_unref. The one for the old response stays.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
ami_response *ami_response_detach(const ami_response *response);

// Keeps a response, and with it the memory of answers that arrived together with it; see ami_response_detach.
//
// @param response  the response, or NULL.
// @return the same response.
// Ownership: one more reference, the caller's, to be given up with ami_response_unref.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
ami_response *ami_response_ref(const ami_response *response);

// Gives up a reference to a response; the last one frees it.
//
// @param response  the response, or NULL.
// Ownership: takes one reference.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
void ami_response_unref(ami_response *response);

// Sends an SMS through a GSM gateway and waits until the network took it, or did not. It is never sent twice by libami.
// ami_gateway_send does it in a queue, with more choices, and for ports that have names.
//
// AMI_OK says that the network took it, or, of gateways that do not tell that, that the gateway has it: ami_receipt_outcome is
// AMI_SMS_SENT or AMI_SMS_QUEUED.
//
// The gateway serves one session's requests one after the other: no event and no other answer comes meanwhile.
//
// A port that is sending another SMS of this process, or rests after one whose outcome is unknown or that was only handed over
// (ami_config_set_port_rest_ms), is waited for first: for the timeout and the rest together, then it counts as busy.
//
// For gateways that tell results by id (Yeastar, newer dongles), another SMS with the same id is refused until the result is known,
// and for ten minutes if it stays unknown.
//
// @param client       the client.
// @param span         the port, counted from 1.
// @param destination  the number: 1 to 20 digits, with a + before a country code if wanted.
// @param text         the text: valid UTF-8; what is too long for one SMS goes in parts, 255 at most.
// @param timeout_ms   how long the gateway tries, in milliseconds, rounded up to seconds; 0 for the action timeout.
// @param id           a name for the SMS that the gateway repeats: letters, digits, _ . -, 64 at most; NULL for none.
// @param receipt      where to put the receipt, or NULL; NULL is put there on failure.
// @param error        where to put the error, or NULL; NULL is put there on success.
// Ownership: the receipt, to be given up with ami_receipt_unref, and the error are the caller's.
// Threads: any; several at once.
// Errors: AMI_E_SMS_FAILED, AMI_E_SMS_BUSY (nothing was sent), AMI_E_OUTCOME_UNKNOWN (it may still go out): see
// ami_error_receipt. AMI_E_INVALID: an argument was refused, or the id is in use, and nothing was sent. And those of
// ami_client_call.
// Since: 0.1.0
ami_status ami_client_send_sms(const ami_client *client,
                               uint32_t span,
                               const char *destination,
                               const char *text,
                               uint32_t timeout_ms,
                               const char *id,
                               ami_receipt **receipt,
                               ami_error **error);

// Hands an SMS to a GSM gateway and does not wait for the network. The port rests afterwards for those that wait for a result;
// it is waited for as by ami_client_send_sms, but not for what was only handed over as well.
//
// @param client       the client.
// @param span         the port, counted from 1.
// @param destination  as for ami_client_send_sms.
// @param text         as for ami_client_send_sms.
// @param id           as for ami_client_send_sms.
// @param receipt      where to put the receipt, or NULL; NULL is put there on failure.
// @param error        where to put the error, or NULL; NULL is put there on success.
// Ownership: the receipt, to be given up with ami_receipt_unref, and the error are the caller's.
// Threads: any; several at once.
// Errors: AMI_E_SMS_FAILED if the gateway refused it, AMI_E_SMS_BUSY (nothing was sent), AMI_E_UNSUPPORTED if it knows
// no GSM commands, AMI_E_INVALID, and those of ami_client_call.
// Since: 0.1.0
ami_status ami_client_queue_sms(const ami_client *client,
                                uint32_t span,
                                const char *destination,
                                const char *text,
                                const char *id,
                                ami_receipt **receipt,
                                ami_error **error);

// Sends a USSD code, or an answer to a menu, and waits for the network's reply.
//
// A reply does not say which code it answers. So after a code without a reply in time the port rests for USSD
// (ami_config_set_port_rest_ms), and one code at a time of this process is under way at a port; that is waited for first, for
// the timeout and the rest together.
//
// @param client      the client.
// @param span        the port, counted from 1.
// @param code        digits, * and #, such as "*100#".
// @param timeout_ms  how long the gateway waits, in milliseconds, rounded up to seconds; 0 for the action timeout.
// @param reply       where to put the reply, or NULL; NULL is put there on failure.
// @param error       where to put the error, or NULL; NULL is put there on success.
// Ownership: the reply, to be given up with ami_ussd_reply_unref, and the error are the caller's.
// Threads: any; several at once.
// Errors: AMI_E_USSD with the gateway's words in ami_error_peer_message; AMI_E_OUTCOME_UNKNOWN if no reply came in time;
// AMI_E_INVALID; and those of ami_client_call.
// Since: 0.1.0
ami_status ami_client_send_ussd(const ami_client *client,
                                uint32_t span,
                                const char *code,
                                uint32_t timeout_ms,
                                ami_ussd_reply **reply,
                                ami_error **error);

// Subscribes to incoming SMS from now on, by callback. See ami_event_fn for what holds inside it.
//
// @param client        the client; it need not be open yet.
// @param call          what to call.
// @param user_data     what to call it with.
// @param drop          called once with the user data, after the last call; or NULL.
// @param subscription  where to put the subscription; NULL is put there on failure.
// @param error         where to put the error, or NULL; NULL is put there on success.
// Ownership: as for ami_client_subscribe.
// Threads: any; several at once.
// Errors: AMI_E_INVALID for a missing callback, AMI_E_CLOSED for a closed client.
// Since: 0.1.0
ami_status ami_client_subscribe_sms(const ami_client *client,
                                    ami_sms_fn call,
                                    void *user_data,
                                    ami_drop_fn drop,
                                    ami_subscription **subscription,
                                    ami_error **error);

// The port that an SMS came in on, counted from 1.
//
// @param sms  the SMS, or NULL.
// @return the port's number; 0 for NULL and where ports have names.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
uint32_t ami_sms_span(const ami_sms *sms);

// The name of the port that an SMS came in on, such as "4".
//
// @param sms  the SMS, or NULL.
// @return the name; "" for NULL.
// Ownership: belongs to the SMS.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_sms_port(const ami_sms *sms);

// The sender of an SMS: a number or a name.
//
// @param sms  the SMS, or NULL.
// @return the sender; "" for NULL.
// Ownership: belongs to the SMS.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_sms_sender(const ami_sms *sms);

// The text of an SMS; empty for one that is no text, see ami_sms_data.
//
// @param sms     the SMS, or NULL.
// @param length  where to put its length in bytes, or NULL.
// @return the text in UTF-8, followed by a NUL; NULL, and length 0, for NULL.
// Ownership: belongs to the SMS.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_sms_text(const ami_sms *sms, size_t *length);

// The time at which the network took an SMS.
//
// @param sms  the SMS, or NULL.
// @return ISO 8601, with a zone where the gateway tells one; "" for NULL.
// Ownership: belongs to the SMS.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_sms_time(const ami_sms *sms);

// The number of the message centre that handed an SMS on.
//
// @param sms  the SMS, or NULL.
// @return the number; NULL where the gateway does not tell.
// Ownership: belongs to the SMS.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_sms_smsc(const ami_sms *sms);

// The message class of an SMS.
//
// @param sms  the SMS, or NULL.
// @return 0 (to be shown at once and not kept) to 3; -1 for none, where the gateway does not tell, and for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_sms_class(const ami_sms *sms);

// The octets of an SMS that is no text, such as the notice of an MMS; of one in parts those of all that arrived, in order.
//
// @param sms     the SMS, or NULL.
// @param length  where to put their number, or NULL.
// @return the octets, followed by a NUL; NULL, and length 0, for a text, where the gateway hands on nothing but texts, and for
//         NULL.
// Ownership: belongs to the SMS.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const void *ami_sms_data(const ami_sms *sms,
                         size_t *length);

// The port of the application that an SMS is for, such as 2948 for notices of MMS.
//
// @param sms  the SMS, or NULL.
// @return 0 to 65535; -1 where it names none, where the gateway does not tell, and for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_sms_application_port(const ami_sms *sms);

// The number of parts that an SMS was sent in.
//
// @param sms  the SMS, or NULL.
// @return the number; 0 for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
uint32_t ami_sms_part_count(const ami_sms *sms);

// The number of parts of an SMS that did not arrive in time, see ami_config_set_parts_timeout_ms. Which ones the header Missing of
// its event says.
//
// @param sms  the SMS, or NULL.
// @return the number; 0 if the SMS is complete, and for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
size_t ami_sms_missing_count(const ami_sms *sms);

// The number of PDUs of an SMS.
//
// @param sms  the SMS, or NULL.
// @return one for each part that arrived; 0 where the gateway hands out none, and for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
size_t ami_sms_pdu_count(const ami_sms *sms);

// A PDU of an SMS.
//
// @param sms    the SMS, or NULL.
// @param index  from 0, in the order of the parts.
// @return the PDU in hex, with the message centre's number in front; NULL beyond the last.
// Ownership: belongs to the SMS.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_sms_pdu_at(const ami_sms *sms, size_t index);

// The text of an SMS as bytes before they were decoded: the user data of its PDUs, or what the gateway wrote.
//
// @param sms     the SMS, or NULL.
// @param length  where to put their number, or NULL.
// @return the bytes, followed by a NUL; NULL, and length 0, for NULL.
// Ownership: belongs to the SMS.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_sms_raw(const ami_sms *sms, size_t *length);

// Keeps an SMS beyond the callback that lends it.
//
// @param sms  the SMS, or NULL.
// @return the same SMS.
// Ownership: one more reference, the caller's, to be given up with ami_sms_unref.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
ami_sms *ami_sms_ref(const ami_sms *sms);

// Gives up a reference to an SMS; the last one frees it.
//
// @param sms  the SMS, or NULL.
// Ownership: takes one reference.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
void ami_sms_unref(ami_sms *sms);

// A receipt: all that is known of an SMS that was to be sent.
//
// @param receipt  the receipt, or NULL.
// @return what is known of all of its parts: AMI_SMS_QUEUED, AMI_SMS_SENT, AMI_SMS_FAILED, AMI_SMS_BUSY,
//         AMI_SMS_UNKNOWN or AMI_SMS_NOT_SENT; where they differ AMI_SMS_UNKNOWN, if that is said of one, else
//         AMI_SMS_FAILED. -1 for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_receipt_outcome(const ami_receipt *receipt);

// The port that an SMS was to go through.
//
// @param receipt  the receipt, or NULL.
// @return the port's number, counted from 1; 0 for NULL and where ports have names.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
uint32_t ami_receipt_span(const ami_receipt *receipt);

// The name of the port that an SMS was to go through, such as "4" or "dongle0".
//
// @param receipt  the receipt, or NULL.
// @return the name; "" for NULL.
// Ownership: belongs to the receipt.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_receipt_port(const ami_receipt *receipt);

// The number that an SMS was for.
//
// @param receipt  the receipt, or NULL.
// @return the number; "" for NULL.
// Ownership: belongs to the receipt.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_receipt_destination(const ami_receipt *receipt);

// The number of SMS that the text took, as far as libami hands them over one by one: a gateway that splits by itself tells nothing of its
// parts.
//
// @param receipt  the receipt, or NULL.
// @return the number; 0 for NULL.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
uint32_t ami_receipt_parts(const ami_receipt *receipt);

// The outcome of one of the SMS that the text took.
//
// @param receipt  the receipt, or NULL.
// @param index    from 0.
// @return AMI_SMS_QUEUED, AMI_SMS_SENT, AMI_SMS_FAILED, AMI_SMS_BUSY, AMI_SMS_UNKNOWN or AMI_SMS_NOT_SENT; -1 beyond the
//         last.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_receipt_part_outcome_at(const ami_receipt *receipt,
                                    size_t index);

// The gateway's words about one of the SMS that the text took.
//
// @param receipt  the receipt, or NULL.
// @param index    from 0.
// @param length   where to put the words' length in bytes, or NULL.
// @return the words, which may be empty, followed by a NUL; NULL, and length 0, beyond the last.
// Ownership: belongs to the receipt.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_receipt_part_words_at(const ami_receipt *receipt, size_t index, size_t *length);

// The caller's own name for the SMS.
//
// @param receipt  the receipt, or NULL.
// @return the id that was given; NULL if none was.
// Ownership: belongs to the receipt.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_receipt_id(const ami_receipt *receipt);

// The gateway's last words about an SMS.
//
// @param receipt  the receipt, or NULL.
// @param length   where to put the words' length in bytes, or NULL.
// @return the words, which may be empty, followed by a NUL; NULL, and length 0, for NULL.
// Ownership: belongs to the receipt.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_receipt_words(const ami_receipt *receipt, size_t *length);

// Keeps a receipt beyond what lends it: an error, a callback, or a list.
//
// @param receipt  the receipt, or NULL.
// @return the same receipt.
// Ownership: one more reference, the caller's, to be given up with ami_receipt_unref.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
ami_receipt *ami_receipt_ref(const ami_receipt *receipt);

// Gives up a reference to a receipt; the last one frees it.
//
// @param receipt  the receipt, or NULL.
// Ownership: takes one reference.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
void ami_receipt_unref(ami_receipt *receipt);

// The text of a USSD reply.
//
// @param reply   the reply, or NULL.
// @param length  where to put its length in bytes, or NULL.
// @return the text in UTF-8, followed by a NUL; NULL, and length 0, for NULL.
// Ownership: belongs to the reply.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
const char *ami_ussd_reply_text(const ami_ussd_reply *reply, size_t *length);

// Tells whether the network waits for an answer to its USSD reply, to be sent as the code before was.
//
// @param reply  the reply, or NULL.
// @return 1 if it does, else 0.
// Ownership: borrows.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
int32_t ami_ussd_reply_wants_answer(const ami_ussd_reply *reply);

// Keeps a USSD reply beyond the dialogue that lends it.
//
// @param reply  the reply, or NULL.
// @return the same reply.
// Ownership: one more reference, the caller's, to be given up with ami_ussd_reply_unref.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
ami_ussd_reply *ami_ussd_reply_ref(const ami_ussd_reply *reply);

// Gives up a reference to a USSD reply; the last one frees it.
//
// @param reply  the reply, or NULL.
// Ownership: takes one reference.
// Threads: any; several at once.
// Errors: none.
// Since: 0.1.0
void ami_ussd_reply_unref(ami_ussd_reply *reply);

// The state of a client's link. A subscription to the marker "#state" gets every change, in order with events.
//
// @param client  the client, or NULL.
// @return one of AMI_STATE_…; -1 for NULL and in the child of a fork.
// Ownership: none.
// Threads: any; several at once.
// Errors: see the return value.
// Since: 0.1.0
int32_t ami_client_state(const ami_client *client);

// Waits until the link of a client is in this state.
//
// @param client      the client.
// @param state       one of AMI_STATE_….
// @param timeout_ms  milliseconds to wait; 0 does not wait, UINT32_MAX waits for ever.
// @param error       where to put the error, or NULL; NULL is put there on success.
// Ownership: the error is the caller's.
// Threads: any; several at once. Waiting in a callback keeps that callback's thread.
// Errors: AMI_E_TIMEOUT if it did not come in time; AMI_E_INVALID for an unknown state; why the link was lost for good, such
// as AMI_E_CLOSED, AMI_E_DISCONNECTED or AMI_E_AUTH, if it can come no more.
// Since: 0.1.0
ami_status ami_client_await_state(const ami_client *client,
                                  int32_t state,
                                  uint32_t timeout_ms,
                                  ami_error **error);

// A number that tells what a client has done so far, all its links together.
//
// @param client  the client, or NULL.
// @param stat    one of AMI_STAT_… of a client.
// @return the number; 0 for NULL, for an unknown one and in the child of a fork.
// Ownership: none.
// Threads: any; several at once.
// Errors: see the return value.
// Since: 0.1.0
uint64_t ami_client_stat(const ami_client *client, int32_t stat);

// The time that a share of the answers took at most, from the call to the whole answer.
//
// @param client  the client, or NULL.
// @param share   from 0 to 1, such as 0.99.
// @return microseconds, up to 19 % too many; 0 for NULL, without any answer and in the child of a fork.
// Ownership: none.
// Threads: any; several at once.
// Errors: see the return value.
// Since: 0.1.0
uint64_t ami_client_round_trip_us(const ami_client *client, double share);

// One bucket of the histogram of round trips, shortest first.
//
// @param client    the client.
// @param index     the bucket's, from 0.
// @param up_to_us  where to put its upper end in microseconds; UINT64_MAX is put there for the last one, which has none.
// @param count     where to put how many answers are in it.
// Ownership: none.
// Threads: any; several at once.
// Errors: AMI_E_INVALID behind the last bucket, and without any answer.
// Since: 0.1.0
ami_status ami_client_round_trips_at(const ami_client *client,
                                     size_t index,
                                     uint64_t *up_to_us,
                                     uint64_t *count);

// A number that tells what went through a subscription so far. What is received is delivered, dropped, waiting, or was
// discarded when the subscription was closed.
//
// @param subscription  the subscription, or NULL.
// @param stat          one of AMI_STAT_… of a subscription.
// @return the number; 0 for NULL, for an unknown one and in the child of a fork.
// Ownership: none.
// Threads: any; several at once.
// Errors: see the return value.
// Since: 0.1.0
uint64_t ami_subscription_stat(const ami_subscription *subscription,
                               int32_t stat);

// Subscribes to events from now on, by callback. See ami_event_fn for what holds inside it.
//
// @param client        the client; it need not be open yet.
// @param names         event names, such as "Newexten,VarSet", in any case, in which a * stands for any characters, or none:
//                      "Queue*"; NULL for everything that is no answer. The markers "#lagged", "#gap" and "#skipped" come
//                      only if they are named in full, or with NULL, and "#state" only if it is named.
// @param call          what to call.
// @param user_data     what to call it with.
// @param drop          called once with the user data, after the last call; or NULL.
// @param subscription  where to put the subscription; NULL is put there on failure.
// @param error         where to put the error, or NULL; NULL is put there on success.
// Ownership: the subscription is the caller's, to be freed with ami_subscription_free. On success the user data is
// libami's until `drop`; on failure it stays the caller's, and `drop` is not called. The error is the caller's.
// Threads: any; several at once.
// Errors: AMI_E_INVALID for an empty name, for one with # that is no marker, and for a missing callback, AMI_E_CLOSED for a
// closed client, AMI_E_IO if no thread can be started to call it on. If the link broke, the subscription has ended, and `drop` is
// called at once.
// Since: 0.1.0
ami_status ami_client_subscribe(const ami_client *client,
                                const char *names,
                                ami_event_fn call,
                                void *user_data,
                                ami_drop_fn drop,
                                ami_subscription **subscription,
                                ami_error **error);

// Subscribes to events from now on, to be pulled with ami_subscription_next, or when ami_subscription_fd is readable.
//
// @param client        the client; it need not be open yet.
// @param names         as for ami_client_subscribe.
// @param subscription  where to put the subscription; NULL is put there on failure.
// @param error         where to put the error, or NULL; NULL is put there on success.
// Ownership: the subscription, to be freed with ami_subscription_free, and the error are the caller's.
// Threads: any; several at once.
// Errors: AMI_E_INVALID for an empty name and for one with # that is no marker, AMI_E_CLOSED for a closed client. If the link
// broke, the subscription has ended, and ami_subscription_next says why.
// Since: 0.1.0
ami_status ami_client_open_events(const ami_client *client,
                                  const char *names,
                                  ami_subscription **subscription,
                                  ami_error **error);

// Pulls the next event. After the client has ended, what waits can still be pulled.
//
// @param subscription  a subscription of ami_client_open_events or ami_gateway_open_inbox.
// @param timeout_ms    milliseconds to wait; 0 does not wait, UINT32_MAX waits for ever. A signal does not end the wait, nor does
//                      a handler that only sets a flag: a program that is to end by SIGINT waits with a timeout and looks at its
//                      flag, or polls ami_subscription_fd, whose poll gives EINTR.
// @param event         where to put the event; NULL is put there if none came in time, and on failure.
// @param error         where to put the error, or NULL; NULL is put there on success.
// Ownership: the event, to be given up with ami_event_unref, and the error are the caller's.
// Threads: any; several at once.
// Errors: AMI_E_CLOSED when it has ended; the message says why. AMI_E_STATE for a subscription with a callback.
// Since: 0.1.0
ami_status ami_subscription_next(const ami_subscription *subscription,
                                 uint32_t timeout_ms,
                                 ami_event **event,
                                 ami_error **error);

// A file descriptor that is readable while events wait, until ami_subscription_next with timeout 0 finds none, and at the
// end. Poll it; do not read or close it. It is made on first use.
//
// @param subscription  the subscription, or NULL.
// @return the descriptor; -1 for NULL, for a subscription with a callback, and if none can be made.
// Ownership: belongs to the subscription.
// Threads: any; several at once.
// Errors: see the return value.
// Since: 0.1.0
int ami_subscription_fd(const ami_subscription *subscription);

// Ends a subscription: what waits is discarded, and a thread that waits in ami_subscription_next is woken. With a callback
// it waits, outside callbacks, until a running call and the drop are done, at most for the action timeout.
//
// @param subscription  the subscription.
// Ownership: the subscription stays the caller's.
// Threads: any; several at once.
// Errors: AMI_E_INVALID for NULL. AMI_E_BUSY if the call did not return in time: the subscription is closed all the same, and its
// drop runs when the call returns.
// Since: 0.1.0
ami_status ami_subscription_close(const ami_subscription *subscription);

// Ends a subscription and frees it. With a callback it waits, outside callbacks, until a running call and the drop are done, at
// most for the action timeout: the drop of a call that takes longer runs when it returns, and ami_subscription_close tells
// before.
//
// @param subscription  the subscription, or NULL.
// Ownership: takes it.
// Threads: nobody else may use it. Inside a callback, its own too, it does not wait and takes effect after it.
// Errors: none.
// Since: 0.1.0
void ami_subscription_free(ami_subscription *subscription);

// Sends a USSD code, or an answer to a menu, and waits for the network's reply; in its port's queue before all SMS.
//
// A reply does not say which code it answers. So after a code without a reply in time the port rests for USSD
// (ami_config_set_port_rest_ms), and one code at a time of this process is under way at a port.
//
// @param gateway     the gateway.
// @param port        the port: its number, counted from 1, or its name, such as "dongle0".
// @param code        digits, * and #, such as "*100#".
// @param timeout_ms  how long the gateway waits, in milliseconds, rounded up to seconds; 0 for the action timeout.
// @param reply       where to put the reply, or NULL; NULL is put there on failure.
// @param error       where to put the error, or NULL; NULL is put there on success.
// Ownership: the reply, to be given up with ami_ussd_reply_unref, and the error are the caller's.
// Threads: any; several at once.
// Errors: AMI_E_USSD with the gateway's words in ami_error_peer_message; AMI_E_OUTCOME_UNKNOWN if no reply came in time;
// AMI_E_INVALID; AMI_E_OVERFLOW if the port's queue is full; AMI_E_CLOSED; and those of ami_client_call.
// Since: 0.1.0
ami_status ami_gateway_send_ussd(const ami_gateway *gateway,
                                 const char *port,
                                 const char *code,
                                 uint32_t timeout_ms,
                                 ami_ussd_reply **reply,
                                 ami_error **error);

// Begins a USSD dialogue: sends a code and waits for the network's reply, which ami_ussd_dialogue_reply shows.
//
// @param gateway     the gateway.
// @param port        as for ami_gateway_send_ussd.
// @param code        as for ami_gateway_send_ussd.
// @param timeout_ms  as for ami_gateway_send_ussd, for each answer as well.
// @param dialogue    where to put the dialogue; NULL is put there on failure.
// @param error       where to put the error, or NULL; NULL is put there on success.
// Ownership: the dialogue, to be freed with ami_ussd_dialogue_free, and the error are the caller's. The dialogue may outlive
// the gateway: its last reply can still be read.
// Threads: any; several at once.
// Errors: as ami_gateway_send_ussd.
// Since: 0.1.0
ami_status ami_gateway_dial(const ami_gateway *gateway,
                            const char *port,
                            const char *code,
                            uint32_t timeout_ms,
                            ami_ussd_dialogue **dialogue,
                            ami_error **error);

// The network's last reply.
//
// @param dialogue  the dialogue, or NULL.
// @return the reply; NULL for NULL.
// Ownership: belongs to the dialogue, until the next answer; ami_ussd_reply_ref keeps it.
// Threads: one at a time for a dialogue.
// Errors: none.
// Since: 0.1.0
const ami_ussd_reply *ami_ussd_dialogue_reply(const ami_ussd_dialogue *dialogue);

// Tells whether the network waits for an answer.
//
// @param dialogue  the dialogue, or NULL.
// @return 1 if it does; 0 if not, once the dialogue was ended or an answer failed, and for NULL.
// Ownership: borrows.
// Threads: one at a time for a dialogue.
// Errors: none.
// Since: 0.1.0
int32_t ami_ussd_dialogue_is_open(const ami_ussd_dialogue *dialogue);

// Answers, and waits for the next reply, which ami_ussd_dialogue_reply shows then.
//
// @param dialogue  the dialogue.
// @param answer    what to answer, such as "1" for the first point of a menu: digits, * and #.
// @param error     where to put the error, or NULL; NULL is put there on success.
// Ownership: the error is the caller's.
// Threads: one at a time for a dialogue.
// Errors: AMI_E_STATE if the network waits for no answer. AMI_E_INVALID for what is no answer: another may follow. Those of
// ami_gateway_send_ussd, after which the dialogue is over; the last reply stays.
// Since: 0.1.0
ami_status ami_ussd_dialogue_answer(ami_ussd_dialogue *dialogue,
                                    const char *answer,
                                    ami_error **error);

// Ends a dialogue here: no answer can be given any more. No gateway has a command for it: the network waits until it loses
// patience, and the port may be taken until then.
//
// @param dialogue  the dialogue.
// Ownership: none.
// Threads: one at a time for a dialogue.
// Errors: AMI_E_INVALID for NULL.
// Since: 0.1.0
ami_status ami_ussd_dialogue_end(ami_ussd_dialogue *dialogue);

// Frees a dialogue. One that is open is left as by ami_ussd_dialogue_end.
//
// @param dialogue  the dialogue, or NULL.
// Ownership: takes it.
// Threads: nobody else may use it.
// Errors: none.
// Since: 0.1.0
void ami_ussd_dialogue_free(ami_ussd_dialogue *dialogue);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* AMI_H */
