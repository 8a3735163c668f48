// ami.hpp: results, ownership, texts, callbacks, and a session with each real server and with simulated
// gateways. Compiled with exceptions and RTTI, and without them.
#include <ami.hpp>
#include <ami_simulator.h>

#include <ami.hpp> // twice, for its guard

#include <poll.h>
#include <sys/wait.h>

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

#if defined(__cpp_exceptions)
#define SUITE "wrapper"
#else
#define SUITE "wrapper_plain"
#endif

namespace {

using namespace std::chrono_literals;

constexpr auto soon = 20s;
constexpr const char *to = "13632919026";

int failed = 0, passed = 0;

bool check(bool good, const char *what) {
    if (good) {
        passed++;
        return true;
    }
    failed++;
    std::printf(SUITE ": not so: %s\n", what);
    return false;
}

template <typename T> bool good(const ami::result<T> &result, const char *what) {
    if (result)
        return check(true, what);
    std::printf(SUITE ": %s: %s\n", result.error().name(), result.error().message());
    return check(false, what);
}

// Values that callbacks put in and a test takes out.
template <typename T> class Mailbox {
  public:
    void put(T value) {
        std::lock_guard lock(mutex_);
        values_.push_back(std::move(value));
        changed_.notify_all();
    }
    std::optional<T> take() {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, soon, [this] { return !values_.empty(); }))
            return std::nullopt;
        T value = std::move(values_.front());
        values_.pop_front();
        return value;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<T> values_;
};

// Counts the copies of a callback that exist.
class Counted {
  public:
    explicit Counted(std::atomic<int> *alive) : alive_(alive) {
        ++*alive_;
    }
    Counted(const Counted &other) : Counted(other.alive_) {
    }
    Counted &operator=(const Counted &) = delete;
    ~Counted() {
        --*alive_;
    }
    template <typename T> void operator()(const T &) const {
    }

  private:
    std::atomic<int> *alive_;
};

ami::Config config_of(const ami_simulator *simulator) {
    ami::Config config;
    config.host("127.0.0.1").port(ami_simulator_port(simulator)).username("admin").secret("amp111");
    return config;
}

void types() {
    static_assert(!std::is_copy_constructible_v<ami::Client> &&
                  std::is_nothrow_move_constructible_v<ami::Client>);
    static_assert(!std::is_copy_constructible_v<ami::Subscription> &&
                  !std::is_copy_constructible_v<ami::Gateway>);
    static_assert(std::is_nothrow_copy_constructible_v<ami::Event> &&
                  std::is_nothrow_move_constructible_v<ami::Event>);
    static_assert(std::is_nothrow_copy_constructible_v<ami::Receipt> &&
                  std::is_copy_constructible_v<ami::Error>);
    static_assert(sizeof(ami::EventView) == sizeof(void *), "a view is a pointer");
    static_assert(std::is_same_v<decltype(*std::declval<ami::result<ami::Response>>()), ami::Response>,
                  "a loop keeps the value of a result without a name");
    static_assert(ami::detail::call_ms(-1ms) == 1, "a time that is over is not the default");
    static_assert(ami::detail::call_ms(0ms) == AMI_TIMEOUT_DEFAULT && ami::detail::call_ms(7ms) == 7);
    static_assert(ami::detail::call_ms(ami::wait_forever) == AMI_WAIT_FOREVER - 1, "a call has an end");
    static_assert(ami::detail::wait_ms(-1ms) == AMI_DONT_WAIT && ami::detail::wait_ms(7ms) == 7);
    static_assert(ami::detail::wait_ms(ami::wait_forever) == AMI_WAIT_FOREVER);
    check(ami::version() == AMI_VERSION_STRING, "the library has the version of the header");
}

void errors() {
    auto client =
        ami::Client::connect(ami::Config().host("127.0.0.1").port(1).username("admin").secret("amp111"));
    if (check(!client, "nobody listens on port 1")) {
        check(client.code() == AMI_E_REFUSED && client.error().code() == AMI_E_REFUSED, "the code says so");
        check(std::strcmp(client.error().name(), "AMI_E_REFUSED") == 0, "codes have names");
        check(client.error().system_errno() == ECONNREFUSED && client.error().is_retryable(),
              "it is told why");
        check(!client.error().was_written() && !client.error().response() && !client.error().receipt(),
              "no more");
        ami::Error kept = client.error();
        client = ami::Error::invalid("another");
        check(std::strlen(kept.message()) > 10, "an error outlives its result");
        check(std::strcmp(client.error().message(), "another") == 0, "an error of our own has a text");
        {
            const ami::Error taken = std::move(kept);
            check(std::strlen(taken.message()) > 10, "an error moves");
        }
        check(!kept && std::strlen(kept.message()) < 10, "an error that was moved from is empty");
        kept = client.error();
        check(std::strcmp(kept.message(), "another") == 0, "and can be assigned to");
    }
    auto unset = ami::Client::make(ami::Config());
    check(unset.code() == AMI_E_INVALID, "a configuration without a host is refused");
    using namespace std::string_literals;
    auto cut =
        ami::Client::make(ami::Config().host("127.0.0.1\0.example.net"s).username("admin").secret("amp111"));
    check(cut.code() == AMI_E_INVALID, "a host with a NUL is refused");
#if defined(__cpp_exceptions)
    try {
        ami::result<int> failure = ami::Error::invalid("thrown");
        *failure += 1;
        check(false, "the value of a failure throws");
    } catch (const ami::exception &thrown) {
        check(thrown.error().code() == AMI_E_INVALID && std::strcmp(thrown.what(), "thrown") == 0,
              "it says why");
    }
#endif
}

void messages() {
    ami::Parser parser;
    const std::string wire =
        "Asterisk Call Manager/5.0\r\nEvent: Hangup\r\nchannel: SIP/1\r\nChannel: SIP/2\r\nEmpty:\r\n\r\n";
    good(parser.feed(wire), "bytes are taken");
    auto next = parser.next();
    if (!good(next, "they are parsed") || !check(next->has_value(), "there is a message"))
        return;
    ami::Message message = **next;
    check(parser.banner() == "Asterisk Call Manager/5.0", "the banner");
    check(message.kind() == AMI_MESSAGE_EVENT && message.name() == "Hangup", "its kind and name");
    check(message.get("CHANNEL") == "SIP/1" && message.get_nth("Channel", 1) == "SIP/2",
          "headers in any case");
    check(message.get("Empty") == "" && !message.get("Cause"), "an empty header is not an absent one");
    std::string all;
    for (auto [name, value] : message)
        all.append(name).append("=").append(value).append(";");
    check(all == "Event=Hangup;channel=SIP/1;Channel=SIP/2;Empty=;", "headers in their order");
    check(ami::MessageView(message).keep().size() == 4 && !ami::MessageView().keep(), "a view can be kept");
    ami::Message copy = message;
    message = ami::Message();
    check(!message && copy.get("Channel") == "SIP/1", "a copy outlives the first one");
    copy = std::move(copy);
    check(copy.size() == 4, "an object may be moved to itself");
    auto more = parser.next();
    check(more && !more->has_value(), "there is no more");
}

void session(const char *variable) {
    const char *place = std::getenv(variable);
    const char *colon = place == nullptr ? nullptr : std::strrchr(place, ':');
    if (!check(colon != nullptr, variable))
        return;
    const std::string host(place, colon);
    const auto port = static_cast<std::uint16_t>(std::atoi(colon + 1));
    auto connected =
        ami::Client::connect(ami::Config().host(host).port(port).username("admin").secret("amp111"));
    if (!good(connected, "connects to a real server"))
        return;
    ami::Client client = std::move(*connected);
    check(client.state() == AMI_STATE_OPEN, "it is open");
    const ami::result<ami::Client> &rest = connected;
    check(rest->get() == nullptr && (*rest).call(ami::Action("Ping")).code() == AMI_E_INVALID,
          "a client that was moved from is empty");
    client = std::move(client);
    check(client.get() != nullptr, "a client may be moved to itself");
    std::size_t headers = 0;
    for (auto header : client.call(ami::Action("CoreSettings")).value())
        headers += header.first == "AsteriskVersion" && !header.second.empty();
    check(headers == 1, "a response without a name is as old as the loop over it");
    good(client.ping(), "pings");
    auto answer = client.command("core show version");
    check(answer && answer->output().value_or("").find("Asterisk") != std::string_view::npos,
          "runs a command");

    Mailbox<ami::Event> events;
    std::atomic<int> alive{0};
    {
        auto subscription =
            client.subscribe("UserEvent", [&, counted = Counted(&alive)](ami::EventView event) {
                if (event.get("UserEvent") == "Wrapper")
                    events.put(event.keep());
            });
        auto pulled = client.events("UserEvent");
        check(subscription && pulled && alive == 1, "subscribes, and keeps one copy of the callback");
        const ami::Action action =
            std::move(ami::Action("UserEvent").add("UserEvent", "Wrapper").add("Text", "it's"));
        good(client.call(action), "sends an action");
        auto event = events.take();
        check(event && event->name() == "UserEvent" && event->get("Text") == "it's",
              "a callback gets the event");
        bool seen = false;
        while (!seen) {
            auto next = pulled->next(soon);
            if (!good(next, "an event can be pulled"))
                break;
            seen = next->get("UserEvent") == "Wrapper";
        }
        check(pulled->next(ami::dont_wait).code() == AMI_E_TIMEOUT, "there is no other");
    }
    check(alive == 0, "the callback is gone with its subscription");

    Mailbox<std::string> done;
    auto submitted = client.submit(
        ami::Action("CoreStatus"), [&, counted = Counted(&alive)](const ami::Completion &completion) {
            done.put(completion ? std::string(completion.response.get("Response").value_or(""))
                                : completion.error.message());
        });
    good(submitted, "submits an action");
    check(done.take() == "Success", "its completion comes");

    auto list = client.call(ami::Action("CoreShowChannels"));
    if (good(list, "calls for a list")) {
        std::size_t entries = 0;
        for (ami::EventView entry : list->entries())
            entries += entry.name() == "CoreShowChannel";
        check(entries == list->entries().size() && list->end_event(), "a list has entries and an end");
    }
    auto refused = client.call(ami::Action("Getvar").add("Channel", "SIP/nobody").add("Variable", "a"));
    check(refused.code() == AMI_E_ACTION && refused.error().is_not_found(), "a refusal is an error");
    check(refused.error().response().get("Response") == "Error", "with its response");
    check(client.call(ami::Action("Ping").add("A", std::string_view("b\0c", 3))).code() == AMI_E_INVALID,
          "no NUL");
    good(client.close(), "closes");
    check(client.call(ami::Action("Ping")).code() == AMI_E_CLOSED, "it is closed");
    auto late = client.submit(ami::Action("Ping"), Counted(&alive));
    check(late.code() == AMI_E_CLOSED, "what is not submitted is an error");
    // The drop of the completion that came may still run.
    for (int waited = 0; alive != 0 && waited < 20000; ++waited)
        std::this_thread::sleep_for(1ms);
    check(alive == 0, "no completion is left");
}

void gateway() {
    const char *settings[] = {"second_ms=50", nullptr};
    ami_simulator *simulator = nullptr;
    if (!check(ami_simulator_start(settings, &simulator) == AMI_OK, "a gateway is simulated"))
        return;
    {
        auto connected = ami::Gateway::connect(config_of(simulator));
        if (!good(connected, "connects to a gateway"))
            return;
        ami::Gateway gateway = std::move(connected).value();
        check(gateway.dialect() == "openvox", "finds its dialect");
        check(gateway.client().ping().code() == AMI_OK, "its session is a client");

        Mailbox<std::string> texts;
        auto inbox = gateway.subscribe_sms([&](ami::SmsView sms) {
            ami::Sms kept = sms.keep();
            texts.put(std::string(kept.sender()) + ": " + std::string(kept.text()));
        });
        auto pulled = gateway.inbox("#sms");
        check(inbox && pulled, "opens its inbox");
        check(ami_simulator_deliver_sms(simulator, 1, "10086", "hello", nullptr, nullptr) == AMI_OK,
              "an SMS comes in");
        check(texts.take() == "10086: hello", "a callback gets the SMS");
        auto event = pulled->next(soon);
        if (good(event, "and one who pulls too")) {
            ami::Sms sms = event->sms();
            check(sms && sms.text() == "hello" && sms.port() == "1" && sms.time().has_value(),
                  "with all of it");
        }

        auto receipt = gateway.send(to, "hello");
        if (good(receipt, "sends a text"))
            check(receipt->outcome() == AMI_SMS_SENT && receipt->to() == to && receipt->part_count() == 1,
                  "its receipt");
        ami_simulator_next_outcome(simulator, 2, "failed");
        auto refused = gateway.send_through("2", to, "hello");
        check(refused.code() == AMI_E_SMS_FAILED && refused.error().receipt().outcome() == AMI_SMS_FAILED,
              "a failure");

        Mailbox<std::string> done;
        ami::SmsRequest request("3", to, "hello");
        request.id("id-1").priority(1).timeout(3s);
        auto submitted = gateway.submit(request, [&](const ami::SmsCompletion &completion) {
            done.put(std::string(completion.receipt.id()));
        });
        good(submitted, "submits an SMS");
        check(done.take() == "id-1", "its receipt comes");
        using namespace std::string_literals;
        check(gateway.send("1363\0"s, "hello").code() == AMI_E_INVALID, "a number with a NUL is refused");
        check(gateway.send(ami::SmsRequest(to, "a\0b"s)).code() == AMI_E_INVALID,
              "a text with a NUL is refused");
        check(gateway.send(ami::SmsRequest(to, "hello").id("\n")).code() == AMI_E_INVALID, "so is a setting");

        ami_simulator_set_ussd(simulator, "*100#", "1: more", 1);
        auto dialogue = gateway.dial("1", "*100#");
        if (good(dialogue, "dials")) {
            check(dialogue->reply().text() == "1: more" && dialogue->reply().wants_answer(),
                  "the menu comes");
            const ami::UssdReply kept = dialogue->reply().keep();
            check(dialogue->end() == AMI_OK && !dialogue->is_open(), "it ends");
            check(kept.text() == "1: more", "a reply can be kept");
        }
        auto ports = gateway.ports();
        std::size_t up = 0;
        if (good(ports, "lists its ports")) {
            for (auto port : *gateway.ports())
                up += port.is_registered() && !port.name().empty();
            check(up == 4 && ports->size() == 4, "each with its state");
        }
        auto parts = ami::Parts::of("a €");
        check(parts && parts->size() == 1 && parts->at(0) == "a €" && parts->units() == 4, "splits texts");
        auto unsent = gateway.close();
        check(unsent && unsent->empty(), "closes, and nothing is left");
    }
    ami_simulator_free(simulator);
}

// Callbacks and completions on this thread alone.
void executor() {
    ami_simulator *simulator = nullptr;
    check(ami_simulator_start(nullptr, &simulator) == AMI_OK, "a gateway is simulated");
    auto executor = ami::Executor::make();
    if (good(executor, "makes an executor")) {
        ami::Config config;
        config.host("127.0.0.1").port(ami_simulator_port(simulator)).username("admin").secret("amp111");
        const auto here = std::this_thread::get_id();
        std::string states;
        bool is_answered = false, is_elsewhere = false;
        auto client = ami::Client::make(config.executor(*executor));
        auto subscription = client->subscribe("#state", [&](ami::EventView event) {
            is_elsewhere |= std::this_thread::get_id() != here;
            const std::string state(event.get("State").value_or("?"));
            states += state + ' ';
            if (state == "open")
                client->submit(ami::Action("Ping"), [&](const ami::Completion &) { is_answered = true; })
                    .value();
        });
        good(subscription, "subscribes");
        good(client->start(), "begins to connect");
        const auto until = std::chrono::steady_clock::now() + soon;
        while (!is_answered && std::chrono::steady_clock::now() < until) {
            pollfd watched{executor->fd(), POLLIN, 0};
            if (::poll(&watched, 1, 10) == 1)
                executor->run();
        }
        check(states == "connecting open " && is_answered && !is_elsewhere, "is called on this thread");
        good(client->close(), "closes on this thread");
    }
    ami_simulator_free(simulator);
}

#if defined(__cpp_exceptions)
// An exception that leaves a callback ends the program: this one is started for it.
int throwing(const char *place) {
    auto client = ami::Client::connect(ami::Config()
                                           .host("127.0.0.1")
                                           .port(static_cast<std::uint16_t>(std::atoi(place)))
                                           .username("admin")
                                           .secret("amp111"));
    auto failing = client->submit(ami::Action("Ping"),
                                  [](const ami::Completion &) { throw std::runtime_error("mine"); });
    std::this_thread::sleep_for(soon);
    return 0;
}

void exceptions(const char *program) {
    ami_simulator *simulator = nullptr;
    check(ami_simulator_start(nullptr, &simulator) == AMI_OK, "a gateway is simulated");
    const std::string port = std::to_string(ami_simulator_port(simulator));
    const std::string command = std::string(program) + " throwing " + port + " 2>&1";
    std::FILE *output = ::popen(command.c_str(), "r");
    std::string said;
    for (int letter; output != nullptr && (letter = std::fgetc(output)) != EOF;)
        said += static_cast<char>(letter);
    const int status = output == nullptr ? 0 : ::pclose(output);
    // The shell tells of a signal by a number, unless the program took its place.
    const bool aborted = (WIFEXITED(status) && WEXITSTATUS(status) == 128 + 6) ||
                         (WIFSIGNALED(status) && WTERMSIG(status) == 6);
    check(aborted && said.find("an exception left a callback: mine") != std::string::npos,
          "it ends with a word");
    ami_simulator_free(simulator);
}
#endif

} // namespace

int main(int argc, char **argv) {
#if defined(__cpp_exceptions)
    if (argc == 3 && std::strcmp(argv[1], "throwing") == 0)
        return throwing(argv[2]);
    exceptions(argv[0]);
#else
    static_cast<void>(argc);
    static_cast<void>(argv);
#endif
    types();
    errors();
    messages();
    session("AMI_ASTERISK_16");
    session("AMI_ASTERISK_22");
    gateway();
    executor();
    std::printf(SUITE ": %d passed, %d failed\n", passed, failed);
    return failed ? 1 : 0;
}
