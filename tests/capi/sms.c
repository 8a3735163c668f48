/* SMS and USSD against the very words of a gateway, in both shapes of a command's answer. */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The answer of the gateway to the next command, and the record of that command. */
typedef struct side {
    const char *body;
    /* Answers as a server from version 14 on does: in Output headers, and with this Response. NULL for the
     * old way. */
    const char *modern;
    /* Says nothing, or breaks off in the middle. */
    int silent, breaks;
    char line[1100];
    int commands;
} side;

static int run_command(fake_link *link, const fake_frame *action, void *data) {
    side *self = data;
    const char *id = frame_get(action, "ActionID");
    if (strcasecmp(frame_get(action, "Action"), "Command") != 0)
        return 0;
    snprintf(self->line, sizeof self->line, "%s", frame_get(action, "Command"));
    bump(&self->commands);
    if (self->silent)
        return 1;
    if (!self->modern) {
        fake_say(link, "Response: Follows\r\nPrivilege: Command\r\nActionID: %s\r\n%s", id, self->body);
        if (self->breaks)
            fake_reset(link);
        else
            fake_say(link, "--END COMMAND--\r\n\r\n");
        return 1;
    }
    fake_say(link, "Response: %s\r\nActionID: %s\r\nMessage: Command output follows\r\n", self->modern, id);
    for (const char *line = self->body; *line || line == self->body;) {
        size_t length = strcspn(line, "\n");
        fake_say(link, "Output: %.*s\r\n", (int)length, line);
        line += length + (line[length] == '\n');
        if (!*line)
            break;
    }
    fake_say(link, "\r\n");
    return 1;
}

#define TO "13632919026"

static fake *server;
static side told;
static ami_gateway *gateway;

static void says(const char *body) {
    memset(&told, 0, sizeof told);
    told.body = body;
}

static ami_gateway *gateway_with(const char *dialect) {
    ami_error *error = NULL;
    ami_gateway *made = NULL;
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_dialect(config, dialect));
    /* It has no modem whose results could come late. */
    STATUS(AMI_OK, ami_config_set_port_rest_ms(config, 0));
    OK(ami_gateway_connect(config, &made, &error));
    ami_config_free(config);
    return made;
}

/* Sends with an id, and asks a port that is busy no second time. */
static ami_status send_named(const ami_gateway *by, const char *text, const char *id, ami_receipt **receipt,
                             ami_error **error) {
    ami_sms_request *request = ami_sms_request_new("1", TO, text);
    STATUS(AMI_OK, ami_sms_request_set_timeout_ms(request, 5000));
    STATUS(AMI_OK, ami_sms_request_set_within_ms(request, 1000));
    if (id)
        STATUS(AMI_OK, ami_sms_request_set_id(request, id));
    ami_status status = ami_gateway_send(by, request, receipt, error);
    ami_sms_request_free(request);
    return status;
}

#define FAILED(line) "\nCommand '" line "' failed.\n"
#define SYNC "gsm send sync sms 1 " TO " \"hello\" 5"

typedef struct answer {
    const char *body;
    /* The Response header from version 14 on. */
    const char *modern;
    ami_status status;
    int32_t outcome;
    /* In the message. */
    const char *advice;
} answer;

static const answer answers[] = {
    {"SPAN:1 SEND SMS TO PHONE:" TO " SUCCESSFULLY\n", "Success", AMI_OK, AMI_SMS_SENT, ""},
    {"SPAN:1 SEND SMS TO PHONE:" TO " SUCCESS\n", "Success", AMI_OK, AMI_SMS_SENT, ""},
    {"SPAN:1 SEND SMS TO PHONE:" TO " WAS FAILED\n", "Success", AMI_E_SMS_FAILED, AMI_SMS_FAILED, "SIM"},
    {"SPAN:1 SEND SMS TO PHONE:" TO " TIMEOUT\n", "Success", AMI_E_OUTCOME_UNKNOWN, AMI_SMS_UNKNOWN,
     "do not just send it again"},
    {"SPAN:1 SEND SMS TO PHONE " TO " WAS USING\n", "Success", AMI_E_SMS_BUSY, AMI_SMS_BUSY, "try again"},
    {"SPAN:1 SEND SMS TO PHONE " TO " ENCODE PDU FAIL" FAILED(SYNC), "Error", AMI_E_SMS_FAILED,
     AMI_SMS_FAILED, ""},
    {"Destination number too long." FAILED(SYNC), "Error", AMI_E_SMS_FAILED, AMI_SMS_FAILED,
     "Destination number too long."},
    {"SMS message too short." FAILED(SYNC), "Error", AMI_E_SMS_FAILED, AMI_SMS_FAILED,
     "SMS message too short."},
    {"Encode pdu error" FAILED(SYNC), "Error", AMI_E_SMS_FAILED, AMI_SMS_FAILED, "Encode pdu error"},
    {"Invalid span '1'.  Should be a number from 1 to 4" FAILED(SYNC), "Error", AMI_E_SMS_FAILED,
     AMI_SMS_FAILED, "Invalid span '1'"},
    {"No GSM running on span 1" FAILED(SYNC), "Error", AMI_E_SMS_FAILED, AMI_SMS_FAILED,
     "No GSM running on span 1"},
    {"Usage: gsm send sync sms <span> <destination> <message> <timeout> [id] \n       Send SMS on a given "
     "GSM span\n",
     "Error", AMI_E_SMS_FAILED, AMI_SMS_FAILED, "dialect"},
    {"No such command '" SYNC "' (type 'core show help " SYNC "' for other possible commands)\n", "Error",
     AMI_E_UNSUPPORTED, AMI_SMS_FAILED, "no GSM commands"},
    {"", "Success", AMI_E_OUTCOME_UNKNOWN, AMI_SMS_UNKNOWN, "not understood"},
    {"Something new\n", "Success", AMI_E_OUTCOME_UNKNOWN, AMI_SMS_UNKNOWN, "not understood"},
    {"Something new SUCCESSFULLY\n", "Success", AMI_E_OUTCOME_UNKNOWN, AMI_SMS_UNKNOWN, "not understood"},
    {"\nSPAN:1 SEND SMS TO PHONE:" TO " SUCCESSFULLY\n", "Success", AMI_OK, AMI_SMS_SENT, ""},
    {"SPAN:1 SEND SMS TO PHONE:" TO " SUCCESSFULLY", "Success", AMI_OK, AMI_SMS_SENT, ""},
};

/* The words without their last line end. */
static const char *words_of(const char *body) {
    static char words[1200];
    size_t length = (size_t)snprintf(words, sizeof words, "%s", body);
    if (length > 0 && words[length - 1] == '\n')
        words[length - 1] = '\0';
    return words;
}

static void check_receipt(const ami_receipt *receipt, int32_t outcome, const char *id, const char *words) {
    size_t length = 7;
    CHECK(receipt != NULL);
    CHECK_INT(ami_receipt_outcome(receipt), outcome);
    CHECK_INT(ami_receipt_port_number(receipt), 1);
    CHECK_INT(ami_receipt_parts(receipt), 1);
    CHECK_STR(ami_receipt_id(receipt), id);
    CHECK_STR(ami_receipt_words(receipt, &length), words);
    CHECK_INT(length, strlen(words));
}

static void send_and_look(const answer *row, const char *modern) {
    ami_error *error = NULL;
    ami_receipt *receipt = (ami_receipt *)&error;
    says(row->body);
    told.modern = modern;
    FAILS(row->status, ami_gateway_send_text(gateway, "1", TO, "hello", 5000, &receipt, &error));
    CHECK_STR(told.line, SYNC);
    /* Only a port that is in use is asked again. */
    CHECK((look(&told.commands) > 1) == (row->status == AMI_E_SMS_BUSY));
    if (row->status == AMI_OK) {
        check_receipt(receipt, row->outcome, NULL, words_of(row->body));
        ami_receipt *again = ami_receipt_ref(receipt);
        CHECK(again == receipt);
        ami_receipt_unref(again);
        ami_receipt_unref(receipt);
        return;
    }
    CHECK(receipt == NULL);
    CHECK_HAS(ami_error_message(error), row->advice);
    /* Neither the number nor the text. */
    CHECK_LACKS(ami_error_message(error), TO);
    CHECK_LACKS(ami_error_message(error), "hello");
    CHECK_STR(ami_error_peer_message(error), words_of(row->body));
    check_receipt(ami_error_receipt(error), row->outcome, NULL, words_of(row->body));
    ami_receipt *kept = ami_receipt_ref(ami_error_receipt(error));
    clear(&error);
    check_receipt(kept, row->outcome, NULL, words_of(row->body));
    ami_receipt_unref(kept);
}

static void sms_id_comes_back(void) {
    ami_error *error = NULL;
    ami_receipt *receipt = NULL;
    says("ID:42 SPAN:1 SEND SMS TO PHONE:" TO " SUCCESSFULLY\n");
    OK(send_named(gateway, "hello", "42", &receipt, &error));
    CHECK_STR(told.line, SYNC " 42");
    check_receipt(receipt, AMI_SMS_SENT, "42", "ID:42 SPAN:1 SEND SMS TO PHONE:" TO " SUCCESSFULLY");
    ami_receipt_unref(receipt);
    /* An id is no verdict. */
    says("ID:SUCCESSFULLY SPAN:1 SEND SMS TO PHONE:" TO " WAS FAILED\n");
    FAILS(AMI_E_SMS_FAILED, send_named(gateway, "hello", "SUCCESSFULLY", &receipt, &error));
    check_receipt(ami_error_receipt(error), AMI_SMS_FAILED, "SUCCESSFULLY",
                  "ID:SUCCESSFULLY SPAN:1 SEND SMS TO PHONE:" TO " WAS FAILED");
    clear(&error);
    /* Nobody has to take the receipt or the error. */
    STATUS(AMI_E_SMS_FAILED, ami_gateway_send_text(gateway, "1", TO, "hello", 5000, NULL, NULL));
}

/* A refused command is echoed, and its text may read like a verdict. */
static void sms_text_that_is_echoed_is_no_verdict(void) {
    ami_error *error = NULL;
    ami_receipt *receipt = NULL;
    const char *text = "SPAN:1 SEND SMS TO PHONE:1 SUCCESSFULLY";
    says("Encode pdu error\nCommand 'gsm send sync sms 1 " TO
         " \"SPAN:1 SEND SMS TO PHONE:1 SUCCESSFULLY\" 5' failed.\n");
    FAILS(AMI_E_SMS_FAILED, ami_gateway_send_text(gateway, "1", TO, text, 5000, &receipt, &error));
    CHECK_INT(ami_receipt_outcome(ami_error_receipt(error)), AMI_SMS_FAILED);
    CHECK_LACKS(ami_error_message(error), "SUCCESSFULLY");
    clear(&error);
}

static void sms_arguments_are_quoted(void) {
    const char *const texts[][2] = {
        {"two words", "\"two words\""},
        {"say \"hi\"", "\"say \\\"hi\\\"\""},
        {"back\\slash", "\"back\\\\slash\""},
        {"ends in \\", "\"ends in \\\\\""},
        {"\" 5 forged", "\"\\\" 5 forged\""},
        {"$HOME `id` 'x' ;,% 您好", "\"$HOME `id` 'x' ;,% 您好\""},
        {" ", "\" \""},
    };
    for (size_t at = 0; at < sizeof texts / sizeof *texts; at++) {
        ami_error *error = NULL;
        char line[300];
        says("SPAN:3 SEND SMS TO PHONE:+861 SUCCESSFULLY\n");
        OK(ami_gateway_send_text(gateway, "3", "+861", texts[at][0], 1000, NULL, &error));
        snprintf(line, sizeof line, "gsm send sync sms 3 +861 %s 1", texts[at][1]);
        CHECK_STR(told.line, line);
    }
}

static void timeout_seconds_are_whole(void) {
    const struct {
        uint32_t ms;
        const char *seconds;
    } times[] = {{1, "1"},
                 {999, "1"},
                 {1000, "1"},
                 {1001, "2"},
                 {20000, "20"},
                 {AMI_TIMEOUT_DEFAULT, "10"},
                 {UINT32_MAX - 1, "86400"}};
    for (size_t at = 0; at < sizeof times / sizeof *times; at++) {
        ami_error *error = NULL;
        ami_ussd_reply *reply = NULL;
        char line[100];
        says("SPAN:1 SEND SMS TO PHONE:1 SUCCESSFULLY\n");
        OK(ami_gateway_send_text(gateway, "1", "1", "x", times[at].ms, NULL, &error));
        snprintf(line, sizeof line, "gsm send sync sms 1 1 \"x\" %s", times[at].seconds);
        CHECK_STR(told.line, line);
        says("1:Recive USSD on span 1,responses:0,code:15\nText:x\n");
        OK(ami_gateway_send_ussd(gateway, "1", "*1#", times[at].ms, &reply, &error));
        snprintf(line, sizeof line, "gsm send ussd 1 \"*1#\" %s", times[at].seconds);
        CHECK_STR(told.line, line);
        ami_ussd_reply_unref(reply);
    }
}

static void sms_of_the_longest_text_is_sent(void) {
    ami_error *error = NULL;
    char text[400] = "";
    memset(text, 'x', 160);
    text[160] = '\0';
    says("SPAN:1 SEND SMS TO PHONE:1 SUCCESSFULLY\n");
    OK(ami_gateway_send_text(gateway, "1", "1", text, 1000, NULL, &error));
    text[0] = '\0';
    for (int at = 0; at < 70; at++)
        strcat(text, "您");
    OK(ami_gateway_send_text(gateway, "1", "12345678901234567890", text, 1000, NULL, &error));
    CHECK_HAS(told.line, text);
}

/* The port gets another session for its next SMS. */
static void sms_is_unknown_when_the_link_breaks(void) {
    ami_error *error = NULL;
    ami_receipt *receipt = (ami_receipt *)&error;
    ami_gateway *own = gateway_with("openvox");
    says("SPAN:1 SEND");
    told.breaks = 1;
    FAILS(AMI_E_OUTCOME_UNKNOWN, send_named(own, "hello", "7", &receipt, &error));
    CHECK_INT(ami_error_cause(error), AMI_E_DISCONNECTED);
    CHECK(receipt == NULL);
    check_receipt(ami_error_receipt(error), AMI_SMS_UNKNOWN, "7", "");
    clear(&error);
    CHECK_INT(look(&told.commands), 1);
    says("SPAN:1 SEND SMS TO PHONE:" TO " SUCCESSFULLY\n");
    OK(send_named(own, "hello", "7", NULL, &error));
    CHECK_INT(look(&told.commands), 1);
    ami_gateway_free(own);
}

/* A server that is gone is not written to. */
static void sms_is_not_sent_to_a_server_that_is_gone(void) {
    ami_error *error = NULL;
    ami_receipt *receipt = (ami_receipt *)&error;
    fake *all = server;
    server = fake_start(NULL);
    ami_gateway *own = gateway_with("openvox");
    fake_stop(server);
    server = all;
    FAILS(AMI_E_REFUSED, ami_gateway_send_text(own, "1", TO, "hello", 1000, &receipt, &error));
    CHECK(receipt == NULL);
    check_receipt(ami_error_receipt(error), AMI_SMS_NOT_SENT, NULL, "");
    clear(&error);
    ami_gateway_free(own);
}

/* The gateway itself waits for so long, so the client waits somewhat longer. */
static void sms_is_unknown_when_the_gateway_says_nothing(void) {
    ami_error *error = NULL;
    ami_receipt *receipt = NULL;
    ami_gateway *own = gateway_with("openvox");
    says("");
    told.silent = 1;
    uint64_t from = now_ms();
    FAILS(AMI_E_OUTCOME_UNKNOWN, ami_gateway_send_text(own, "1", TO, "hello", 1000, &receipt, &error));
    CHECK(now_ms() - from > 2000 && now_ms() - from < 20000);
    check_receipt(ami_error_receipt(error), AMI_SMS_UNKNOWN, NULL, "");
    clear(&error);
    CHECK_INT(look(&told.commands), 1);
    ami_gateway_free(own);
}

/* By a command that hands it over. */
static void sms_that_is_only_queued_is_told_so(void) {
    ami_error *error = NULL;
    ami_receipt *receipt = NULL;
    ami_gateway *own = gateway_with("gsm send sms {port} {to} {text}");
    ami_gateway *with_id = gateway_with("gsm send sms {port} {to} {text} {id}");
    says("");
    OK(send_named(own, "hello \"you\"", NULL, &receipt, &error));
    CHECK_STR(told.line, "gsm send sms 1 " TO " \"hello \\\"you\\\"\"");
    check_receipt(receipt, AMI_SMS_QUEUED, NULL, "");
    ami_receipt_unref(receipt);
    says("");
    told.modern = "Success";
    OK(send_named(with_id, "hello", "id-1", &receipt, &error));
    CHECK_STR(told.line, "gsm send sms 1 " TO " \"hello\" id-1");
    check_receipt(receipt, AMI_SMS_QUEUED, "id-1", "");
    ami_receipt_unref(receipt);
    const char *const refusals[] = {
        "No GSM running on span 1\nCommand 'gsm send sms 1 " TO " \"hello\"' failed.\n",
        "Usage: gsm send sms <span> <destination> <message> [id]\n       Send SMS on a given GSM span\n",
        "No such command 'gsm send sms 1 " TO
        " \"hello\"' (type 'core show help gsm' for other possible commands)\n",
    };
    for (size_t at = 0; at < sizeof refusals / sizeof *refusals; at++) {
        says(refusals[at]);
        FAILS(strstr(refusals[at], "No such command") ? AMI_E_UNSUPPORTED : AMI_E_SMS_FAILED,
              send_named(own, "hello", NULL, &receipt, &error));
        CHECK(receipt == NULL);
        check_receipt(ami_error_receipt(error), AMI_SMS_FAILED, NULL, words_of(refusals[at]));
        clear(&error);
    }
    /* Words that nobody knows may mean anything. */
    says("Something new\n");
    FAILS(AMI_E_OUTCOME_UNKNOWN, send_named(own, "hello", NULL, &receipt, &error));
    check_receipt(ami_error_receipt(error), AMI_SMS_UNKNOWN, NULL, "Something new");
    clear(&error);
    ami_gateway_free(with_id);
    ami_gateway_free(own);
}

static void ussd_reply_is_read_in_each_shape(void) {
    const struct {
        const char *body;
        ami_status status;
        const char *text;
        int wants_answer;
    } shapes[] = {
        {"1:Recive USSD on span 12,responses:0,code:15\nText:UNKNOWN APPLICATION\n", AMI_OK,
         "UNKNOWN APPLICATION", 0},
        {"1:Recive USSD on span 12,responses:1,code:15\nText:1 Balance\n2 Offers\n", AMI_OK,
         "1 Balance\n2 Offers", 1},
        {"1:Recive USSD on span 12,responses:2,code:15\nText:\n", AMI_OK, "", 0},
        {"1:Recive USSD sucess on span 3\n\tUSSD Responses:0\n\tUSSD Code:15\n\tUSSD Message:Balance: 10\n",
         AMI_OK, "Balance: 10", 0},
        {"1:Recive USSD sucess on span 3\n\tUSSD Responses: 1\n\tUSSD Code: 15\n\tUSSD Message: Menu\n",
         AMI_OK, "Menu", 1},
        {"1:Received USSD success on span: 6\n\tUSSD Responses: 1\n\tUSSD Code: 15\n\tUSSD Len: 4\n\tUSSD "
         "Message: Menu\n",
         AMI_OK, "Menu", 1},
        {"1:Recive USSD on span 1,responses:0,code:72\nText:您当前帐户余额0元\n", AMI_OK, "您当前帐户余额0元",
         0},
        {"0:Sending USSD now on span 12\n", AMI_E_USSD, "busy", 0},
        {"0:Send USSD failed on span 12\n", AMI_E_USSD, "could not send", 0},
        {"0:Send USSD timeout on span 12(110)\n", AMI_E_OUTCOME_UNKNOWN, "in time", 0},
        {"1:Recive USSD in a new way\n", AMI_E_USSD, "dialect", 0},
        {"Usage: gsm send ussd <span> <message> [timeout]\n", AMI_E_USSD, "dialect", 0},
        {"No such command 'gsm send ussd 12 \"*100#\" 5' (type 'core show help gsm' for other possible "
         "commands)\n",
         AMI_E_USSD, "no GSM commands", 0},
        {"No GSM running on span 12\nCommand 'gsm send ussd 12 \"*100#\" 5' failed.\n", AMI_E_USSD,
         "No GSM running on span 12", 0},
        {"", AMI_E_USSD, "", 0},
    };
    for (size_t at = 0; at < sizeof shapes / sizeof *shapes; at++) {
        ami_error *error = NULL;
        ami_ussd_reply *reply = (ami_ussd_reply *)&error;
        size_t length = 7;
        says(shapes[at].body);
        FAILS(shapes[at].status, ami_gateway_send_ussd(gateway, "12", "*100#", 5000, &reply, &error));
        CHECK_STR(told.line, "gsm send ussd 12 \"*100#\" 5");
        if (shapes[at].status == AMI_OK) {
            CHECK_STR(ami_ussd_reply_text(reply, &length), shapes[at].text);
            CHECK_INT(length, strlen(shapes[at].text));
            CHECK_INT(ami_ussd_reply_wants_answer(reply), shapes[at].wants_answer);
            ami_ussd_reply_unref(reply);
        } else {
            CHECK(reply == NULL);
            CHECK_HAS(ami_error_message(error), shapes[at].text);
            CHECK_STR(ami_error_peer_message(error), words_of(shapes[at].body));
            clear(&error);
        }
    }
}

/* -------------------------------------------------------------------------------------------------- incoming
 * SMS */

typedef struct inbox {
    int count, drops;
    ami_sms *sms[16];
} inbox;

static void on_sms(const ami_sms *sms, void *data) {
    inbox *self = data;
    if (look(&self->count) < 16)
        self->sms[look(&self->count)] = ami_sms_ref(sms);
    bump(&self->count);
}

static void on_drop(void *data) {
    bump(&((inbox *)data)->drops);
}

/* The frame of an old gateway, in which nothing is escaped by the server. */
static void dialplan_step(const char *channel, const char *extension, const char *application,
                          const char *data) {
    fake_say(fake_newest(server),
             "Event: Newexten\r\nPrivilege: dialplan,all\r\nChannel: %s\r\nContext: gsm-2\r\nExtension: "
             "%s\r\nPriority: "
             "1\r\nApplication: %s\r\nAppData: %s\r\nUniqueid: 1410399407.12\r\n\r\n",
             channel, extension, application, data);
}

static void sms_are_read_as_gateways_report_them(void) {
    const struct {
        const char *line, *port;
        uint32_t span;
        const char *sender, *time, *text;
    } lines[] = {
        {"/my_tools/process_sms \"4\" \"10086\" \"2014/09/11 09:36:47\" "
         "\"您当前帐户余额0元，其中基本帐户余额0元，赠送帐户余额0元，月结日25日.\" > /dev/null 2>&1 &",
         "4", 4, "10086", "2014-09-11T09:36:47",
         "您当前帐户余额0元，其中基本帐户余额0元，赠送帐户余额0元，月结日25日."},
        {"process_sms \"2\" \"+8613632919026\" \"2013/08/20 15:17:45\" \"hello\" > /dev/null 2>&1 &", "2", 2,
         "+8613632919026", "2013-08-20T15:17:45", "hello"},
        {"process_sms \"32\" \"INFO\" \"2013/08/20 15:17:45\" \"\" > /dev/null 2>&1 &", "32", 32, "INFO",
         "2013-08-20T15:17:45", ""},
        {"process_sms \"1\" \"1\" \"2013/08/20 15:17:45\" \"say \\\\\\\"hi\\\\\\\" \\\\\\\\ \\\\\\` $x\" > "
         "/dev/null 2>&1 &",
         "1", 1, "1", "2013-08-20T15:17:45", "say \"hi\" \\ ` $x"},
        {"process_sms \"1\" \"1\" \"2013/08/20 15:17:45\" \"first\r\nsecond\r\nKey: third\" > /dev/null 2>&1 "
         "&",
         "1", 1, "1", "2013-08-20T15:17:45", "first\r\nsecond\r\nKey: third"},
        {"process_sms \"1\" \"1\" \"2013/08/20 15:17:45\" \"caf\xe9\" > /dev/null 2>&1 &", "1", 1, "1",
         "2013-08-20T15:17:45", "café"},
        {"cd /my_tools/lua/sms_receive/ && lua sms_receive.lua \"Board-1-gsm-4\" \"10086\" \"2014/09/11 "
         "09:36:47\" \"hi\" > "
         "/dev/null 2>&1 &",
         "Board-1-gsm-4", 0, "10086", "2014-09-11T09:36:47", "hi"},
    };
    int count = (int)(sizeof lines / sizeof *lines);
    ami_error *error = NULL;
    ami_gateway *own = gateway_with("openvox");
    ami_subscription *subscription = NULL;
    inbox seen = {0};
    OK(ami_gateway_subscribe_sms(own, on_sms, &seen, on_drop, &subscription, &error));
    for (int at = 0; at < count; at++)
        dialplan_step("EXTRA-SMS/3-1", "sms", "System", lines[at].line);
    CHECK(await(&seen.count, count, SOON));
    ami_gateway_free(own);
    ami_subscription_free(subscription);
    CHECK_INT(seen.drops, 1);
    CHECK_INT(seen.count, count);
    for (int at = 0; at < count && at < seen.count; at++) {
        size_t length = 0;
        CHECK_INT(ami_sms_port_number(seen.sms[at]), lines[at].span);
        CHECK_STR(ami_sms_port(seen.sms[at]), lines[at].port);
        CHECK_STR(ami_sms_sender(seen.sms[at]), lines[at].sender);
        CHECK_STR(ami_sms_time(seen.sms[at]), lines[at].time);
        CHECK_INT(ami_sms_time_epoch(seen.sms[at]), -1);
        CHECK_STR(ami_sms_text(seen.sms[at], &length), lines[at].text);
        CHECK_INT(length, strlen(lines[at].text));
    }
    for (int at = 0; at < seen.count && at < 16; at++)
        ami_sms_unref(seen.sms[at]);
}

static void sms_is_not_made_of_other_events(void) {
    const char *const line = "process_sms \"1\" \"1\" \"2013/08/20 15:17:45\" \"x\" > /dev/null 2>&1 &";
    ami_error *error = NULL;
    ami_gateway *own = gateway_with("openvox");
    ami_subscription *subscription = NULL;
    inbox seen = {0};
    OK(ami_gateway_subscribe_sms(own, on_sms, &seen, on_drop, &subscription, &error));
    dialplan_step("SIP/1001-1", "1001", "System", line);
    dialplan_step("EXTRA-SMS/3-1", "sms", "NoOp", line);
    dialplan_step("EXTRA-SMS/3-1", "sms", "System", "");
    dialplan_step("EXTRA-SMS/3-1", "sms", "System", "/bin/true");
    dialplan_step("EXTRA-SMS/3-1", "sms", "System", "process_sms \"1\" \"2\"");
    fake_say(fake_newest(server), "Event: Newexten\r\n\r\nEvent: UserEvent\r\nAppData: %s\r\n\r\n", line);
    dialplan_step("EXTRA-SMS/3-1", "sms", "System",
                  "process_sms \"9\" \"last\" \"2013/08/20 15:17:45\" \"x\" > /dev/null 2>&1 &");
    CHECK(await(&seen.count, 1, SOON));
    CHECK_STR(ami_sms_sender(seen.sms[0]), "last");
    ami_subscription_free(subscription);
    ami_gateway_free(own);
    CHECK_INT(seen.count, 1);
    for (int at = 0; at < seen.count && at < 16; at++)
        ami_sms_unref(seen.sms[at]);
}

static void send_in_callback(const ami_sms *sms, void *data) {
    inbox *self = data;
    ami_error *error = NULL;
    ami_receipt *receipt = NULL;
    OK(ami_gateway_send_text(gateway, ami_sms_port(sms), ami_sms_sender(sms), ami_sms_text(sms, NULL), 1000,
                             &receipt, &error));
    CHECK_INT(ami_receipt_outcome(receipt), AMI_SMS_SENT);
    ami_receipt_unref(receipt);
    bump(&self->count);
}

static void sms_is_answered_from_its_callback(void) {
    ami_error *error = NULL;
    ami_subscription *subscription = NULL;
    ami_gateway *own = gateway_with("openvox");
    inbox seen = {0};
    says("SPAN:4 SEND SMS TO PHONE:10086 SUCCESSFULLY\n");
    OK(ami_gateway_subscribe_sms(own, send_in_callback, &seen, on_drop, &subscription, &error));
    dialplan_step("EXTRA-SMS/7-1", "sms", "System",
                  "process_sms \"4\" \"10086\" \"2013/08/20 15:17:45\" \"ping\" > /dev/null 2>&1 &");
    CHECK(await(&seen.count, 1, SOON));
    CHECK_STR(told.line, "gsm send sync sms 4 10086 \"ping\" 1");
    ami_subscription_free(subscription);
    ami_gateway_free(own);
    CHECK_INT(seen.drops, 1);
}

static void sms_parts_tell_what_a_text_takes(void) {
    ami_error *error = NULL;
    ami_sms_parts *parts = NULL;
    size_t length = 9;
    OK(ami_sms_parts_new("h\303\251 \342\202\254", &parts, &error));
    CHECK_INT(ami_sms_parts_encoding(parts), AMI_ENCODING_GSM7);
    CHECK_INT(ami_sms_parts_units(parts), 5);
    CHECK_INT(ami_sms_parts_count(parts), 1);
    CHECK_INT(ami_sms_parts_left(parts), 155);
    CHECK_STR(ami_sms_parts_text_at(parts, 0, &length), "h\303\251 \342\202\254");
    CHECK_INT(length, 7);
    CHECK_INT(ami_sms_parts_units_at(parts, 0), 5);
    CHECK(ami_sms_parts_text_at(parts, 1, &length) == NULL);
    CHECK_INT(length, 0);
    CHECK_INT(ami_sms_parts_units_at(parts, 1), 0);
    ami_sms_parts_free(parts);

    /* 66 units, and two that must not be parted. */
    char text[66 * 3 + 4 * 3 + 1] = "";
    for (int at = 0; at < 66; at++)
        strcat(text, "\346\202\250");
    for (int at = 0; at < 3; at++)
        strcat(text, "\360\237\230\200");
    OK(ami_sms_parts_new(text, &parts, &error));
    CHECK_INT(ami_sms_parts_encoding(parts), AMI_ENCODING_UCS2);
    CHECK_INT(ami_sms_parts_units(parts), 72);
    CHECK_INT(ami_sms_parts_count(parts), 2);
    CHECK_INT(ami_sms_parts_units_at(parts, 0), 66);
    CHECK_INT(ami_sms_parts_units_at(parts, 1), 6);
    CHECK_INT(ami_sms_parts_left(parts), 61);
    CHECK(ami_sms_parts_text_at(parts, 0, &length) != NULL);
    CHECK_INT(length, 66 * 3);
    CHECK_STR(ami_sms_parts_text_at(parts, 1, NULL), text + 66 * 3);
    ami_sms_parts_free(parts);
}

static void sms_parts_refuse_a_text_that_cannot_be_sent(void) {
    ami_error *error = NULL;
    ami_sms_parts *parts = NULL;
    static char text[255 * 153 + 2];
    memset(text, 'a', sizeof text - 1);
    FAILS(AMI_E_INVALID, ami_sms_parts_new(text, &parts, &error));
    CHECK_HAS(ami_error_message(error), "takes 256 SMS");
    CHECK(parts == NULL);
    clear(&error);
    FAILS(AMI_E_INVALID, ami_sms_parts_new(NULL, &parts, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_sms_parts_new("caf\351", &parts, &error));
    clear(&error);
    FAILS(AMI_E_INVALID, ami_sms_parts_new("a", NULL, &error));
    clear(&error);
    CHECK_INT(ami_sms_parts_encoding(NULL), AMI_ENCODING_GSM7);
    CHECK_INT(ami_sms_parts_units(NULL), 0);
    CHECK_INT(ami_sms_parts_count(NULL), 0);
    CHECK_INT(ami_sms_parts_left(NULL), 0);
    CHECK_INT(ami_sms_parts_units_at(NULL, 0), 0);
    CHECK(ami_sms_parts_text_at(NULL, 0, NULL) == NULL);
    ami_sms_parts_free(NULL);
}

int main(int argc, char **argv) {
    suite_begin("sms", argc, argv);
    fake_options options = {0};
    options.action = run_command;
    options.data = &told;
    server = fake_start(&options);
    gateway = gateway_with("openvox");
    for (size_t at = 0; at < sizeof answers / sizeof *answers; at++) {
        test_begin("answer %zu as before version 14", at);
        send_and_look(&answers[at], NULL);
        test_end();
        if (!answers[at].modern)
            continue;
        test_begin("answer %zu as from version 14 on", at);
        send_and_look(&answers[at], answers[at].modern);
        test_end();
    }
    RUN(sms_id_comes_back);
    RUN(sms_text_that_is_echoed_is_no_verdict);
    RUN(sms_arguments_are_quoted);
    RUN(timeout_seconds_are_whole);
    RUN(sms_of_the_longest_text_is_sent);
    RUN(sms_is_unknown_when_the_link_breaks);
    RUN(sms_is_not_sent_to_a_server_that_is_gone);
    RUN(sms_is_unknown_when_the_gateway_says_nothing);
    RUN(sms_that_is_only_queued_is_told_so);
    RUN(ussd_reply_is_read_in_each_shape);
    RUN(sms_are_read_as_gateways_report_them);
    RUN(sms_is_not_made_of_other_events);
    RUN(sms_is_answered_from_its_callback);
    RUN(sms_parts_tell_what_a_text_takes);
    RUN(sms_parts_refuse_a_text_that_cannot_be_sent);
    ami_gateway_free(gateway);
    fake_stop(server);
    return suite_end();
}
