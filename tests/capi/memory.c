/* The memory of events that wait and of objects that are kept. */
#include "check.h"
#include "fake.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ami_client *limited(fake *server, size_t events, size_t bytes, int32_t policy) {
    ami_error *error = NULL;
    ami_client *client = NULL;
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_event_queue(config, events, bytes, policy));
    OK(ami_client_connect(config, &client, &error));
    ami_config_free(config);
    return client;
}

/* Once it is answered, all events before the answer have been handed out. */
static void burst(const ami_client *client, int first, int count) {
    char from[16], number[16];
    ami_error *error = NULL;
    snprintf(from, sizeof from, "%d", first);
    snprintf(number, sizeof number, "%d", count);
    OK(call(client, ACTION("Burst", "Count", number, "First", from), NULL, &error));
}

static ami_subscription *open_events(const ami_client *client, const char *names) {
    ami_error *error = NULL;
    ami_subscription *subscription = NULL;
    OK(ami_client_open_events(client, names, &subscription, &error));
    return subscription;
}

enum { KEPT = 500, EACH = 100, PAIR = 2 * EACH };

typedef struct keeper {
    int calls, kept, wrong;
    ami_event *events[KEPT];
} keeper;

/* Bytes that are allocated; 0 where another allocator is in place. */
static size_t allocated(void) {
    return mallinfo2().uordblks;
}

/* Waits until no more bytes than these are allocated: threads of the library may still be freeing. */
static int settles_below(size_t bytes) {
    for (uint64_t until = now_ms() + SOON; allocated() >= bytes; linger(1))
        if (now_ms() >= until)
            return 0;
    return 1;
}

static void keep_some(const ami_event *event, void *data) {
    keeper *self = data;
    size_t length = 0;
    int number = look(&self->calls);
    const char *before = ami_event_get(event, "Number", &length);
    if (number % EACH == 0 && self->kept < KEPT) {
        ami_event *kept = ami_event_ref(event);
        /* It is the same event, and what it lent before holds for the call. */
        if (kept != event || atoi(before) != number || atoi(ami_event_get(kept, "Number", NULL)) != number)
            bump(&self->wrong);
        /* Given up and borrowed again, it is there still. */
        ami_event_unref(ami_event_ref(event));
        if (number % PAIR == 0)
            self->events[self->kept++] = kept;
        else
            ami_event_unref(kept);
        if (strcmp(ami_event_name(event), "Tick") != 0)
            bump(&self->wrong);
    }
    if (!before || atoi(before) != number || length != strlen(before))
        bump(&self->wrong);
    bump(&self->calls);
}

static void event_kept_from_a_callback_costs_its_own_size(void) {
    enum { BURSTS = 20, COUNT = 5000 };
    static keeper self;
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    ami_subscription *ticks = NULL;
    OK(ami_client_subscribe(client, "Tick", keep_some, &self, NULL, &ticks, &error));
    for (int at = 0; at < 2; at++) {
        /* The first ones only warm up. */
        size_t start = allocated();
        int kept = self.kept;
        for (int round = 0; round < BURSTS / 2; round++) {
            fake_burst(fake_newest(server), (at * BURSTS / 2 + round) * COUNT, COUNT);
            CHECK(await(&self.calls, (at * BURSTS / 2 + round + 1) * COUNT, SOON));
        }
        OK(ami_client_ping(client, NULL, &error));
        if (at > 0 && start > 0)
            CHECK(settles_below(start + (size_t)(self.kept - kept) * 1024 + 200000));
    }
    CHECK_INT(self.kept, KEPT);
    CHECK_INT(self.wrong, 0);
    ami_subscription_free(ticks);
    ami_client_free(client);
    fake_stop(server);
    for (int at = 0; at < self.kept; at++) {
        CHECK_INT(atoi(ami_event_get(self.events[at], "Number", NULL)), at * PAIR);
        CHECK_INT(ami_event_header_count(self.events[at]), 3);
        ami_event_unref(self.events[at]);
    }
}

static void event_that_was_pulled_costs_its_own_size(void) {
    enum { COUNT = 50000, KEEP = 250 };
    fake *server = fake_start(NULL);
    ami_client *client = limited(server, COUNT, (size_t)1 << 30, AMI_QUEUE_DROP_NEWEST);
    ami_error *error = NULL;
    ami_subscription *ticks = open_events(client, "Tick");
    ami_event *kept[KEEP];
    size_t start = allocated();
    burst(client, 0, COUNT);
    for (int at = 0; at < COUNT; at++) {
        ami_event *event = NULL;
        OK(ami_subscription_next(ticks, SOON, &event, &error));
        if (at % (COUNT / KEEP) == 0)
            kept[at / (COUNT / KEEP)] = event;
        else
            ami_event_unref(event);
    }
    /* The client reads once more, and lets go of the room for the burst. */
    OK(ami_client_ping(client, NULL, &error));
    if (start > 0)
        CHECK(settles_below(start + (size_t)KEEP * 1024 + 200000));
    ami_subscription_free(ticks);
    ami_client_free(client);
    fake_stop(server);
    for (int at = 0; at < KEEP; at++) {
        CHECK_INT(atoi(ami_event_get(kept[at], "Number", NULL)), at * (COUNT / KEEP));
        ami_event_unref(kept[at]);
    }
}

/* Pointers taken from an event before it was kept. */
typedef struct pointers {
    int wrong, count;
    ami_event *kept;
    const char *name, *value, *first_name, *first_value;
} pointers;

static void take_pointers(pointers *seen, const ami_event *event) {
    size_t length = 0;
    seen->name = ami_event_name(event);
    seen->value = ami_event_get(event, "Number", &length);
    seen->first_name = ami_event_header_name_at(event, 0, NULL);
    seen->first_value = ami_event_header_value_at(event, 0, NULL);
    if (length != strlen(seen->value))
        seen->wrong++;
}

static void take_pointers_and_keep(const ami_event *event, void *data) {
    pointers *seen = data;
    if (!seen->kept) {
        take_pointers(seen, event);
        seen->kept = ami_event_ref(event);
    }
    bump(&seen->count);
}

static void check_pointers(pointers *seen, const char *name, const char *number) {
    CHECK_INT(seen->wrong, 0);
    CHECK_STR(seen->name, name);
    CHECK_STR(seen->value, number);
    CHECK_STR(seen->first_name, "Event");
    CHECK_STR(seen->first_value, name);
    CHECK(seen->name == ami_event_name(seen->kept));
    CHECK(seen->value == ami_event_get(seen->kept, "number", NULL));
    CHECK(seen->first_name == ami_event_header_name_at(seen->kept, 0, NULL));
    CHECK(seen->first_value == ami_event_header_value_at(seen->kept, 0, NULL));
    ami_event_unref(seen->kept);
}

static void event_pointers_hold_as_long_as_a_reference(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    ami_subscription *ticks = NULL;
    pointers called = {0}, listed = {0};
    OK(ami_client_subscribe(client, "Tick", take_pointers_and_keep, &called, NULL, &ticks, &error));
    OK(call(client, ACTION("Burst", "Count", "500", "First", "0"), NULL, &error));
    CHECK(await(&called.count, 500, SOON));
    ami_response *answer = NULL;
    OK(call(client, ACTION("List", "Count", "20"), &answer, &error));
    const ami_event *entry = ami_response_event_at(answer, 7);
    take_pointers(&listed, entry);
    listed.kept = ami_event_ref(entry);
    ami_response_unref(answer);
    ami_subscription_free(ticks);
    ami_client_free(client);
    fake_stop(server);
    check_pointers(&called, "Tick", "0");
    check_pointers(&listed, "Entry", "7");
}

static void list_entry_that_is_kept_costs_its_own_size(void) {
    fake *server = fake_start(NULL);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    ami_event *kept[10];
    size_t start = 0;
    for (int at = 0; at < 10; at++) {
        ami_response *answer = NULL;
        OK(call(client, ACTION("List", "Count", "2000"), &answer, &error));
        kept[at] = ami_event_ref(ami_response_event_at(answer, 7));
        CHECK(kept[at] == ami_response_event_at(answer, 7));
        ami_event_unref(ami_event_ref(ami_response_end_event(answer)));
        ami_response_unref(answer);
        if (at == 0)
            start = allocated();
    }
    if (start > 0)
        CHECK(settles_below(start + 300000));
    for (int at = 0; at < 10; at++) {
        CHECK_STR(ami_event_get(kept[at], "Number", NULL), "7");
        ami_event_unref(kept[at]);
    }
    ami_client_free(client);
    fake_stop(server);
}

/* Resident memory in bytes; 0 where a tool stands between the program and the system. */
static size_t resident(void) {
    unsigned long size = 0, pages = 0;
    FILE *file = allocated() > 0 && !getenv("AMI_TEST_SLOW") ? fopen("/proc/self/statm", "r") : NULL;
    if (file) {
        if (fscanf(file, "%lu %lu", &size, &pages) != 2)
            pages = 0;
        fclose(file);
    }
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Ten thousand of a million events; fewer where a tool makes them slow. */
enum { MANY = 1000000, MANY_EACH = 100, AT_ONCE = 20000 };
static ami_event *few_of_many[MANY / MANY_EACH];

static int many(void) {
    const char *slow = getenv("AMI_TEST_SLOW");
    return slow && *slow ? MANY / 50 : MANY;
}

static void keep_few(const ami_event *event, void *data) {
    int *calls = data, number = look(calls);
    if (number % MANY_EACH == 0)
        few_of_many[number / MANY_EACH] = ami_event_ref(event);
    bump(calls);
}

static void give_up_few(int count) {
    for (int at = 0; at * MANY_EACH < count; at++) {
        CHECK_INT(atoi(ami_event_get(few_of_many[at], "Number", NULL)), at * MANY_EACH);
        ami_event_unref(few_of_many[at]);
    }
}

static void memory_is_bounded_with_ten_thousand_events_kept_of_a_million(void) {
    int count = many();
    for (int pulled = 0; pulled < 2; pulled++) {
        test_takes(120);
        fake *server = fake_start(NULL);
        ami_error *error = NULL;
        ami_client *client = limited(server, AT_ONCE, (size_t)1 << 30, AMI_QUEUE_DROP_NEWEST);
        ami_subscription *ticks = NULL;
        int calls = 0;
        if (pulled)
            ticks = open_events(client, "Tick");
        else
            OK(ami_client_subscribe(client, "Tick", keep_few, &calls, NULL, &ticks, &error));
        size_t before = 0;
        for (int first = 0; first < count; first += AT_ONCE) {
            fake_burst(fake_newest(server), first, AT_ONCE);
            while (pulled && calls < first + AT_ONCE) {
                ami_event *event = NULL;
                OK(ami_subscription_next(ticks, SOON, &event, &error));
                if (!event)
                    break;
                if (calls % MANY_EACH == 0)
                    few_of_many[calls / MANY_EACH] = ami_event_ref(event);
                ami_event_unref(event);
                calls++;
            }
            if (!CHECK(await(&calls, first + AT_ONCE, SOON)))
                break;
            if (first == 0)
                before = resident();
        }
        /* All of them take more than 100 MB. */
        if (before > 0)
            CHECK(resident() < before + (size_t)(count / MANY_EACH) * 1024 + 20000000);
        ami_subscription_free(ticks);
        ami_client_free(client);
        fake_stop(server);
        give_up_few(count);
    }
}

static void message_that_is_detached_costs_its_own_size(void) {
    enum { FEEDS = 200, EACH_FEED = 1000 };
    static char fed[EACH_FEED * 100];
    ami_message *kept[FEEDS];
    ami_error *error = NULL;
    ami_parser *parser = ami_parser_new();
    OK(ami_parser_feed(parser, "Asterisk Call Manager/1.1\r\n", 27, &error));
    size_t start = allocated();
    for (int at = 0; at < FEEDS; at++) {
        size_t length = 0;
        for (int number = 0; number < EACH_FEED; number++)
            length +=
                (size_t)sprintf(fed + length, "Event: Tick\r\nPrivilege: user,all\r\nNumber: %d\r\n\r\n",
                                at * EACH_FEED + number);
        OK(ami_parser_feed(parser, fed, length, &error));
        for (int number = 0; number < EACH_FEED; number++) {
            ami_message *message = NULL;
            OK(ami_parser_next(parser, &message, &error));
            if (number == 123)
                kept[at] = ami_message_detach(message);
            ami_message_unref(message);
        }
    }
    ami_parser_free(parser);
    if (start > 0)
        CHECK(allocated() < start + (size_t)FEEDS * 1024);
    for (int at = 0; at < FEEDS; at++) {
        CHECK_STR(ami_message_name(kept[at]), "Tick");
        CHECK_INT(ami_message_kind(kept[at]), AMI_MESSAGE_EVENT);
        CHECK_INT(ami_message_header_count(kept[at]), 3);
        CHECK_INT(atoi(ami_message_get(kept[at], "number", NULL)), at * EACH_FEED + 123);
        CHECK(ami_message_output(kept[at], NULL) == NULL);
        ami_message_unref(kept[at]);
    }
    CHECK(ami_message_detach(NULL) == NULL);
}

/* Answers that are written at once, so that they arrive together. */
enum { TOGETHER = 500, ROUNDS_TOGETHER = 60 };

typedef struct gathered {
    int count;
    size_t length;
    char text[TOGETHER * 100];
} gathered;

static int gather(fake_link *link, const fake_frame *action, void *data) {
    gathered *self = data;
    if (strcmp(frame_get(action, "Action"), "Gather") != 0)
        return 0;
    self->length += (size_t)sprintf(self->text + self->length,
                                    "Response: Success\r\nActionID: %.40s\r\nMessage: Done\r\n\r\n",
                                    frame_get(action, "ActionID"));
    if (++self->count == TOGETHER) {
        fake_write(link, self->text, self->length);
        self->count = 0;
        self->length = 0;
    }
    return 1;
}

typedef struct answers {
    int begun, ended;
    ami_response *kept;
} answers;

static void on_answer(ami_status status, const ami_response *response, const ami_error *error, void *data) {
    answers *self = data;
    (void)error;
    CHECK_INT(status, AMI_OK);
    /* Any of them; completions may run at the same time. */
    if (bump(&self->begun) == TOGETHER / 2)
        self->kept = ami_response_detach(response);
    bump(&self->ended);
}

static void response_that_is_detached_costs_its_own_size(void) {
    static gathered texts;
    static answers rounds[ROUNDS_TOGETHER];
    fake_options options = {0};
    options.action = gather;
    options.data = &texts;
    fake *server = fake_start(&options);
    ami_client *client = fake_client(server);
    ami_error *error = NULL;
    ami_response *answer = NULL;
    size_t start = 0;
    for (int round = 0; round < ROUNDS_TOGETHER; round++) {
        ami_action *action = ACTION("Gather");
        for (int at = 0; at < TOGETHER; at++)
            OK(ami_client_submit(client, action, 0, on_answer, &rounds[round], NULL, &error));
        ami_action_free(action);
        CHECK(await(&rounds[round].ended, TOGETHER, SOON));
        if (round == 9)
            start = allocated();
    }
    if (start > 0)
        CHECK(settles_below(start + (size_t)ROUNDS_TOGETHER * 1024 + 200000));
    for (int round = 0; round < ROUNDS_TOGETHER; round++) {
        CHECK_STR(ami_response_get(rounds[round].kept, "Message", NULL), "Done");
        CHECK_INT(ami_response_header_count(rounds[round].kept), 3);
        ami_response_unref(rounds[round].kept);
    }
    OK(call(client, ACTION("List", "Count", "3"), &answer, &error));
    ami_response *list = ami_response_detach(answer);
    CHECK(list != answer);
    ami_response_unref(answer);
    CHECK_INT(ami_response_event_count(list), 3);
    CHECK_STR(ami_event_get(ami_response_event_at(list, 2), "Number", NULL), "2");
    CHECK_STR(ami_event_get(ami_response_end_event(list), "ListItems", NULL), "3");
    ami_response_unref(list);
    CHECK(ami_response_detach(NULL) == NULL);
    ami_client_free(client);
    fake_stop(server);
}

/* SMS that wait in an inbox. */

enum { INBOX = 4000000, SMS_EACH = 1000 };

typedef struct stuck {
    int entered, leave, drops;
} stuck;

static void on_stuck_sms(const ami_sms *sms, void *data) {
    stuck *self = data;
    CHECK(sms != NULL);
    bump(&self->entered);
    await(&self->leave, 1, SOON);
}

static void on_stuck_drop(void *data) {
    stuck *self = data;
    bump(&self->drops);
}

static void say_many_sms(fake *server, const ami_subscription *inbox) {
    static char text[SMS_EACH + 1];
    memset(text, 'x', SMS_EACH);
    uint64_t until = now_ms() + SOON;
    for (int at = 0; ami_subscription_stat(inbox, AMI_STAT_DROPPED) == 0 && now_ms() < until; at++)
        fake_say(fake_newest(server),
                 "Event: ReceivedSMS\r\nGsmPort: 2\r\nID: %d\r\nSender: 10086\r\nIndex: 1\r\nTotal: 1\r\n"
                 "Content: %s\r\n\r\n",
                 at, text);
    CHECK(ami_subscription_stat(inbox, AMI_STAT_DROPPED) > 0);
    uint64_t bytes = ami_subscription_stat(inbox, AMI_STAT_WAITING_BYTES);
    CHECK(bytes > INBOX / 2 && bytes <= INBOX);
    /* The text and its raw bytes are among them. */
    CHECK(ami_subscription_stat(inbox, AMI_STAT_WAITING) <= INBOX / (2 * SMS_EACH));
}

static ami_config *with_an_inbox_of_so_many_bytes(fake *server) {
    ami_config *config = loopback(fake_port(server));
    STATUS(AMI_OK, ami_config_set_event_queue(config, 1000000, INBOX, AMI_QUEUE_DROP_OLDEST));
    STATUS(AMI_OK, ami_config_set_dialect(config, "yeastar"));
    return config;
}

static void sms_that_wait_are_bounded_in_bytes(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_gateway *gateway = NULL;
    ami_subscription *inbox = NULL;
    ami_config *config = with_an_inbox_of_so_many_bytes(server);
    OK(ami_gateway_connect(config, &gateway, &error));
    OK(ami_gateway_open_inbox(gateway, NULL, &inbox, &error));
    size_t start = allocated();
    say_many_sms(server, inbox);
    if (start > 0)
        CHECK(settles_below(start + 2 * (size_t)INBOX));
    /* Events that come meanwhile may push out more. */
    ami_event *event = NULL;
    for (int at = 0; at < 100 && (!event || ami_event_kind(event) == AMI_EVENT_LAGGED); at++) {
        ami_event_unref(event);
        OK(ami_subscription_next(inbox, SOON, &event, &error));
        CHECK(at > 0 || ami_event_kind(event) == AMI_EVENT_LAGGED);
    }
    ami_sms *sms = ami_event_sms(event);
    CHECK(sms != NULL && ami_sms_text(sms, NULL)[SMS_EACH - 1] == 'x');
    ami_sms_unref(sms);
    ami_event_unref(event);
    ami_subscription_free(inbox);
    ami_gateway_free(gateway);
    ami_config_free(config);
    fake_stop(server);
}

static void sms_that_wait_for_a_callback_are_bounded_in_bytes(void) {
    fake *server = fake_start(NULL);
    ami_error *error = NULL;
    ami_gateway *gateway = NULL;
    ami_subscription *inbox = NULL;
    ami_config *config = with_an_inbox_of_so_many_bytes(server);
    stuck self = {0};
    OK(ami_gateway_connect(config, &gateway, &error));
    OK(ami_gateway_subscribe_sms(gateway, on_stuck_sms, &self, on_stuck_drop, &inbox, &error));
    size_t start = allocated();
    say_many_sms(server, inbox);
    CHECK_INT(look(&self.entered), 1);
    if (start > 0)
        CHECK(settles_below(start + 2 * (size_t)INBOX));
    put(&self.leave, 1);
    ami_subscription_free(inbox);
    CHECK_INT(look(&self.drops), 1);
    ami_gateway_free(gateway);
    ami_config_free(config);
    fake_stop(server);
}

int main(int argc, char **argv) {
    suite_begin("memory", argc, argv);
    RUN(event_kept_from_a_callback_costs_its_own_size);
    RUN(event_that_was_pulled_costs_its_own_size);
    RUN(event_pointers_hold_as_long_as_a_reference);
    RUN(list_entry_that_is_kept_costs_its_own_size);
    RUN(memory_is_bounded_with_ten_thousand_events_kept_of_a_million);
    RUN(message_that_is_detached_costs_its_own_size);
    RUN(response_that_is_detached_costs_its_own_size);
    RUN(sms_that_wait_are_bounded_in_bytes);
    RUN(sms_that_wait_for_a_callback_are_bounded_in_bytes);
    return suite_end();
}
