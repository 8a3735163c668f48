// The header in C++17: it compiles, its functions have C's names, and lambdas will do as callbacks.
#include <ami.h>
#include <ami_names.h>
#include <ami_simulator.h>

#include <ami.h> // twice, for its guard

#include <cstdio>
#include <cstring>
#include <memory>
#include <type_traits>

static_assert(std::is_same<ami_status, int32_t>::value, "a status is an int32_t");
static_assert(AMI_ACTION_ORIGINATE[0] == 'O', "a name is a C++ constant");
static_assert(AMI_OK == 0 && AMI_E_OUTCOME_UNKNOWN == 400, "the values are C++ constants");
static_assert(std::is_same<decltype(&ami_version), const char *(*)()>::value, "no argument is no argument");
static_assert(std::is_same<decltype(ami_subscription_next(nullptr, 0, nullptr, nullptr)), ami_status>::value,
              "a status");

namespace {

template <auto Free> struct Freed {
    template <typename T> void operator()(T *object) const {
        Free(object);
    }
};
using Config = std::unique_ptr<ami_config, Freed<ami_config_free>>;
using Client = std::unique_ptr<ami_client, Freed<ami_client_free>>;
using Subscription = std::unique_ptr<ami_subscription, Freed<ami_subscription_free>>;
using Action = std::unique_ptr<ami_action, Freed<ami_action_free>>;
using Error = std::unique_ptr<ami_error, Freed<ami_error_free>>;
using Response = std::unique_ptr<ami_response, Freed<ami_response_unref>>;

int failed = 0, passed = 0;

void check(bool good, const char *what) {
    if (good) {
        passed++;
        return;
    }
    failed++;
    std::printf("header.cpp: not so: %s\n", what);
}

} // namespace

int main() {
    Config config{ami_config_new()};
    ami_config_set_host(config.get(), "127.0.0.1");
    ami_config_set_username(config.get(), "admin");
    ami_client *made = nullptr;
    ami_error *failure = nullptr;
    check(ami_client_new(config.get(), &made, &failure) == AMI_OK && failure == nullptr,
          "a client can be made");
    Client client{made};

    int dropped = 0;
    ami_subscription *subscribed = nullptr;
    check(ami_client_subscribe(
              client.get(), "Hangup", [](const ami_event *, void *) {}, &dropped,
              [](void *data) { ++*static_cast<int *>(data); }, &subscribed, nullptr) == AMI_OK,
          "a lambda is a callback");
    Subscription subscription{subscribed};

    Action action{ami_action_new("Ping")};
    ami_response *answer = nullptr;
    check(ami_client_call(client.get(), action.get(), 0, &answer, &failure) == AMI_E_STATE, "it is not open");
    Error error{failure};
    Response response{answer};
    check(ami_error_code(error.get()) == AMI_E_STATE && response == nullptr, "the error says so");
    check(std::strcmp(ami_status_name(AMI_E_STATE), "AMI_E_STATE") == 0, "statuses have names");

    client.reset();
    check(dropped == 1, "the drop has run");
    std::printf("header: %d passed, %d failed\n", passed, failed);
    return failed ? 1 : 0;
}
