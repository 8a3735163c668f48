// libami in C++17: thin types over ami.h, which has the meaning of every function. Nothing is compiled into
// the library.
//
//     auto client = ami::Client::connect(ami::Config().host("192.0.2.1").username("admin").secret("secret"));
//     if (!client)
//         return std::puts(client.error().message()), 1;
//     auto pong = client->call(ami::Action("Ping"));
//     auto hangups = client->subscribe("Hangup", [](ami::EventView event) {
//         std::cout << event.get("Channel").value_or("?") << '\n';
//     });
//
// Results. A function that can fail returns an ami::result: look at it with `if (result)` or
// `result.error()`. With `*result` or `result.value()` a failure throws ami::exception; in a program without
// exceptions it ends the program with the message.
//
// Ownership. Client, Gateway, Subscription, Config, Executor, Action, SmsRequest, Parser, Ports, Parts and
// UssdDialogue own one object and move. Event, Response, Message, Sms, Receipt, UssdReply and Error are cheap
// to copy and share one object. Their views, such as EventView, are borrowed: `keep()` makes what may be
// kept, but of an ErrorView take what you need. A view, and what `entries()` gives, is not to outlive its
// owner, so give a result a name before you walk over its entries. What was moved from is empty.
//
// Texts. Those that come out are std::string_view into the object: as long as it lives. A std::string with a
// NUL inside is refused.
//
// Threads. As in C: a const function may be called from several threads at once.
//
// Callbacks. Any callable; it is destroyed after its last call. An exception must not leave it: that ends the
// program.
#ifndef AMI_HPP
#define AMI_HPP

#include <ami.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#if defined(__cpp_exceptions)
#include <stdexcept>
#endif

namespace ami {
inline namespace v1 {

using std::chrono::milliseconds;

/// For calls: the configured timeout.
inline constexpr milliseconds default_timeout{0};
/// For waits: do not wait, only look.
inline constexpr milliseconds dont_wait{0};
/// For waits: wait without end.
inline constexpr milliseconds wait_forever = milliseconds::max();

/// A text for C: of a literal, a pointer or a std::string. One with a NUL inside is none.
class CString {
  public:
    CString(const char *text) noexcept : text_(text) {
    }
    CString(const std::string &text) noexcept
        : text_(text.find('\0') == std::string::npos ? text.c_str() : nullptr), cut_(text_ == nullptr) {
    }
    /// The text, or NULL.
    const char *get() const noexcept {
        return text_;
    }
    /// Tells whether C would see only its beginning.
    bool is_cut() const noexcept {
        return cut_;
    }

  private:
    const char *text_;
    bool cut_ = false;
};

namespace detail {

template <auto Free> struct Freed {
    template <typename T> void operator()(T *object) const noexcept {
        Free(object);
    }
};
template <typename T, auto Free> using Owned = std::unique_ptr<T, Freed<Free>>;

inline std::string_view view(const char *text) noexcept {
    return text == nullptr ? std::string_view() : std::string_view(text);
}

inline std::optional<std::string_view> optional_view(const char *text, std::size_t length) noexcept {
    if (text == nullptr)
        return std::nullopt;
    return std::string_view(text, length);
}

/// Milliseconds for a call: what is over already is over at once, and not the default.
constexpr std::uint32_t call_ms(milliseconds timeout) noexcept {
    constexpr milliseconds::rep most = UINT32_MAX - 1;
    return timeout.count() < 0 ? 1
                               : static_cast<std::uint32_t>(timeout.count() < most ? timeout.count() : most);
}

/// Milliseconds for a wait.
constexpr std::uint32_t wait_ms(milliseconds timeout) noexcept {
    constexpr milliseconds::rep most = UINT32_MAX;
    return timeout.count() < 0 ? 0
                               : static_cast<std::uint32_t>(timeout.count() < most ? timeout.count() : most);
}

} // namespace detail

class Receipt;
class ReceiptView;
class Response;
class ResponseView;

/// An error that is borrowed for a call.
class ErrorView {
  public:
    explicit ErrorView(const ami_error *error = nullptr) noexcept : error_(error) {
    }
    /// Tells whether there is an error.
    explicit operator bool() const noexcept {
        return code() != AMI_OK;
    }
    ami_status code() const noexcept {
        return own_ != nullptr ? AMI_E_INVALID : ami_error_code(error_);
    }
    /// The name of the code, such as "AMI_E_AUTH".
    const char *name() const noexcept {
        return ami_status_name(code());
    }
    const char *message() const noexcept {
        return own_ != nullptr ? own_ : ami_error_message(error_);
    }
    /// The server's own words.
    std::optional<std::string_view> peer_message() const noexcept {
        const char *text = ami_error_peer_message(error_);
        return text == nullptr ? std::nullopt : std::optional(detail::view(text));
    }
    ami_status cause() const noexcept {
        return ami_error_cause(error_);
    }
    std::int32_t system_errno() const noexcept {
        return ami_error_errno(error_);
    }
    bool is_not_found() const noexcept {
        return ami_error_is_not_found(error_) != 0;
    }
    bool was_written() const noexcept {
        return ami_status_was_written(code()) != 0;
    }
    bool is_retryable() const noexcept {
        return ami_status_is_retryable(code()) != 0;
    }
    /// The response that refused the action; false if there was none.
    ResponseView response() const noexcept;
    /// The receipt of an SMS that was not sent, or may not have been; false if there is none.
    ReceiptView receipt() const noexcept;
    const ami_error *get() const noexcept {
        return error_;
    }

  protected:
    const ami_error *error_;
    /// The message of an error that this header found.
    const char *own_ = nullptr;
};

/// The reason why a call failed. Copies share it.
class Error : public ErrorView {
  public:
    /// Takes the error over.
    explicit Error(ami_error *error) : ErrorView(error), shared_(error, ami_error_free) {
    }
    /// An error of the arguments that C does not see; the text is a literal.
    static Error invalid(const char *message) {
        Error error(nullptr);
        error.own_ = message;
        return error;
    }
    Error(const Error &) = default;
    Error(Error &&other) noexcept
        : ErrorView(std::exchange(static_cast<ErrorView &>(other), ErrorView())),
          shared_(std::move(other.shared_)) {
    }
    Error &operator=(Error other) noexcept {
        std::swap(static_cast<ErrorView &>(*this), static_cast<ErrorView &>(other));
        shared_.swap(other.shared_);
        return *this;
    }
    ~Error() = default;

  private:
    std::shared_ptr<ami_error> shared_;
};

#if defined(__cpp_exceptions)
/// Thrown by `*result` and `result.value()` of a failure.
class exception : public std::runtime_error {
  public:
    explicit exception(Error error) : std::runtime_error(error.message()), error_(std::move(error)) {
    }
    const Error &error() const noexcept {
        return error_;
    }

  private:
    Error error_;
};
#endif

namespace detail {

[[noreturn]] inline void raise(const Error &error) {
#if defined(__cpp_exceptions)
    throw exception(error);
#else
    std::fprintf(stderr, "libami: %s: %s\n", error.name(), error.message());
    std::abort();
#endif
}

} // namespace detail

/// The result of a call: a value or an error.
template <typename T> class [[nodiscard]] result {
  public:
    result(T value) : state_(std::in_place_index<0>, std::move(value)) {
    }
    result(Error error) : state_(std::in_place_index<1>, std::move(error)) {
    }
    explicit operator bool() const noexcept {
        return state_.index() == 0;
    }
    /// The status: AMI_OK for a value.
    ami_status code() const noexcept {
        return *this ? AMI_OK : std::get_if<1>(&state_)->code();
    }
    /// The error. Only for a failure.
    const Error &error() const noexcept {
        return *std::get_if<1>(&state_);
    }
    T &value() & {
        return need(*this);
    }
    const T &value() const & {
        return need(*this);
    }
    /// Of a result without a name, a value of its own: a loop over it keeps it.
    T value() && {
        return std::move(need(*this));
    }
    T &operator*() & {
        return need(*this);
    }
    const T &operator*() const & {
        return need(*this);
    }
    T operator*() && {
        return std::move(need(*this));
    }
    T *operator->() {
        return &need(*this);
    }
    const T *operator->() const {
        return &need(*this);
    }

  private:
    template <typename Self> static auto &need(Self &self) {
        if (auto *value = std::get_if<0>(&self.state_))
            return *value;
        detail::raise(self.error());
    }
    std::variant<T, Error> state_;
};

/// The result of a call that has no value: success or an error.
template <> class [[nodiscard]] result<void> {
  public:
    result() = default;
    result(Error error) : error_(std::move(error)) {
    }
    explicit operator bool() const noexcept {
        return !error_;
    }
    ami_status code() const noexcept {
        return error_ ? error_->code() : AMI_OK;
    }
    const Error &error() const noexcept {
        return *error_;
    }
    void value() const {
        if (error_)
            detail::raise(*error_);
    }

  private:
    std::optional<Error> error_;
};

namespace detail {

template <typename T, typename... Texts> bool any_cut(const T &first, const Texts &...others) noexcept {
    if constexpr (sizeof...(others) == 0)
        return first.is_cut();
    else
        return first.is_cut() || any_cut(others...);
}

inline Error cut() {
    return Error::invalid("a text contains a NUL, so C would see only its beginning");
}

/// Runs a function of C whose last argument is a place for the error.
template <typename Call> result<void> run(Call call) {
    ami_error *error = nullptr;
    if (call(&error) == AMI_OK)
        return {};
    return Error(error);
}

/// The same for one that also has a place for an object.
template <typename T, typename Raw, typename Call> result<T> made(Call call) {
    ami_error *error = nullptr;
    Raw *object = nullptr;
    if (call(&object, &error) == AMI_OK)
        return T(object);
    return Error(error);
}

/// Calls what a program gave. No exception may pass through C.
template <typename Call, typename... Values> void guarded(void *data, Values... values) noexcept {
#if defined(__cpp_exceptions)
    try {
        (*static_cast<Call *>(data))(values...);
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "libami: an exception left a callback: %s\n", failure.what());
        std::terminate();
    } catch (...) {
        std::fputs("libami: an exception left a callback\n", stderr);
        std::terminate();
    }
#else
    (*static_cast<Call *>(data))(values...);
#endif
}

template <typename Call> void destroyed(void *data) noexcept {
    delete static_cast<Call *>(data);
}

/// A copy of what a program gave, as long as C does not own it.
template <typename Call> auto kept(Call &&call) {
    return std::make_unique<std::decay_t<Call>>(std::forward<Call>(call));
}

/// Walks over what C gives by its index.
template <typename Owner> class Indexed {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = decltype(std::declval<const Owner &>().at(0));
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = value_type;

    Indexed() = default;
    Indexed(const Owner *owner, std::size_t index) noexcept : owner_(owner), index_(index) {
    }
    value_type operator*() const noexcept {
        return owner_->at(index_);
    }
    Indexed &operator++() noexcept {
        ++index_;
        return *this;
    }
    Indexed operator++(int) noexcept {
        Indexed before = *this;
        ++index_;
        return before;
    }
    bool operator==(const Indexed &other) const noexcept {
        return index_ == other.index_;
    }
    bool operator!=(const Indexed &other) const noexcept {
        return index_ != other.index_;
    }

  private:
    const Owner *owner_ = nullptr;
    std::size_t index_ = 0;
};

/// A header: its name and its value.
using Header = std::pair<std::string_view, std::string_view>;

/// The headers of an object of C, in their order; names are compared without case.
template <typename Self, typename Raw, auto Get, auto GetNth, auto Count, auto NameAt, auto ValueAt>
class Headers {
  public:
    explicit Headers(const Raw *object = nullptr) noexcept : object_(object) {
    }
    explicit operator bool() const noexcept {
        return object_ != nullptr;
    }
    const Raw *get() const noexcept {
        return object_;
    }
    /// The value of the first header with this name.
    std::optional<std::string_view> get(CString name) const noexcept {
        std::size_t length = 0;
        const char *text = Get(object_, name.get(), &length);
        return optional_view(text, length);
    }
    /// The value of the header with this name that comes as number `index`, from 0.
    std::optional<std::string_view> get_nth(CString name, std::size_t index) const noexcept {
        std::size_t length = 0;
        const char *text = GetNth(object_, name.get(), index, &length);
        return optional_view(text, length);
    }
    std::size_t size() const noexcept {
        return Count(object_);
    }
    Header at(std::size_t index) const noexcept {
        std::size_t name = 0, value = 0;
        const char *name_text = NameAt(object_, index, &name);
        const char *value_text = ValueAt(object_, index, &value);
        return {std::string_view(name_text, name), std::string_view(value_text, value)};
    }
    Indexed<Headers> begin() const noexcept {
        return {this, 0};
    }
    Indexed<Headers> end() const noexcept {
        return {this, size()};
    }

  protected:
    const Raw *object_;
};

/// A reference to an object of C that never changes; copies share the object. It has all functions of the
/// view.
template <typename View, typename Raw, auto Ref, auto Unref> class Shared : public View {
  public:
    /// Takes one reference over.
    explicit Shared(Raw *object = nullptr) noexcept : View(object), own_(object) {
    }
    Shared(const Shared &other) noexcept : Shared(other.own_ ? Ref(other.own_) : nullptr) {
    }
    Shared(Shared &&other) noexcept : Shared(std::exchange(other.own_, nullptr)) {
        static_cast<View &>(other) = View();
    }
    Shared &operator=(Shared other) noexcept {
        std::swap(static_cast<View &>(*this), static_cast<View &>(other));
        std::swap(own_, other.own_);
        return *this;
    }
    ~Shared() {
        Unref(own_);
    }

  private:
    Raw *own_;
};

} // namespace detail

class Event;
class Sms;

/// An event that is borrowed, as for a callback.
class EventView
    : public detail::Headers<EventView, ami_event, ami_event_get, ami_event_get_nth, ami_event_header_count,
                             ami_event_header_name_at, ami_event_header_value_at> {
  public:
    using Headers::Headers;
    std::string_view name() const noexcept {
        return detail::view(ami_event_name(object_));
    }
    /// A value of AMI_EVENT_….
    std::int32_t kind() const noexcept {
        return ami_event_kind(object_);
    }
    /// The event to be kept.
    Event keep() const noexcept;
    /// The SMS of an event "#sms"; false for any other.
    Sms sms() const noexcept;
};

/// An event. Copies share it.
class Event : public detail::Shared<EventView, ami_event, ami_event_ref, ami_event_unref> {
  public:
    using Shared::Shared;
};

inline Event EventView::keep() const noexcept {
    return Event(object_ == nullptr ? nullptr : ami_event_ref(object_));
}

/// A response that is borrowed.
class ResponseView : public detail::Headers<ResponseView, ami_response, ami_response_get,
                                            ami_response_get_nth, ami_response_header_count,
                                            ami_response_header_name_at, ami_response_header_value_at> {
  public:
    using Headers::Headers;

    /// The entries of a list.
    class Entries {
      public:
        explicit Entries(const ami_response *response) noexcept : response_(response) {
        }
        std::size_t size() const noexcept {
            return ami_response_event_count(response_);
        }
        bool empty() const noexcept {
            return size() == 0;
        }
        EventView at(std::size_t index) const noexcept {
            return EventView(ami_response_event_at(response_, index));
        }
        EventView operator[](std::size_t index) const noexcept {
            return at(index);
        }
        detail::Indexed<Entries> begin() const noexcept {
            return {this, 0};
        }
        detail::Indexed<Entries> end() const noexcept {
            return {this, size()};
        }

      private:
        const ami_response *response_;
    };

    Entries entries() const noexcept {
        return Entries(object_);
    }
    /// The event that ended the list; false if there was none.
    EventView end_event() const noexcept {
        return EventView(ami_response_end_event(object_));
    }
    /// The output of a command.
    std::optional<std::string_view> output() const noexcept {
        std::size_t length = 0;
        const char *text = ami_response_output(object_, &length);
        return detail::optional_view(text, length);
    }
    Response keep() const noexcept;
};

/// The whole response to an action. Copies share it.
class Response : public detail::Shared<ResponseView, ami_response, ami_response_ref, ami_response_unref> {
  public:
    using Shared::Shared;
};

inline Response ResponseView::keep() const noexcept {
    return Response(object_ == nullptr ? nullptr : ami_response_ref(object_));
}

inline ResponseView ErrorView::response() const noexcept {
    return ResponseView(ami_error_response(error_));
}

class Message;

/// A message of a parser that is borrowed.
class MessageView : public detail::Headers<MessageView, ami_message, ami_message_get, ami_message_get_nth,
                                           ami_message_header_count, ami_message_header_name_at,
                                           ami_message_header_value_at> {
  public:
    using Headers::Headers;
    /// A value of AMI_MESSAGE_….
    std::int32_t kind() const noexcept {
        return ami_message_kind(object_);
    }
    std::string_view name() const noexcept {
        return detail::view(ami_message_name(object_));
    }
    std::optional<std::string_view> output() const noexcept {
        std::size_t length = 0;
        const char *text = ami_message_output(object_, &length);
        return detail::optional_view(text, length);
    }
    Message keep() const noexcept;
};

/// A message as the server sent it. Copies share it.
class Message : public detail::Shared<MessageView, ami_message, ami_message_ref, ami_message_unref> {
  public:
    using Shared::Shared;
};

inline Message MessageView::keep() const noexcept {
    return Message(object_ == nullptr ? nullptr : ami_message_ref(object_));
}

/// A receipt that is borrowed.
class ReceiptView {
  public:
    explicit ReceiptView(const ami_receipt *receipt = nullptr) noexcept : receipt_(receipt) {
    }
    explicit operator bool() const noexcept {
        return receipt_ != nullptr;
    }
    const ami_receipt *get() const noexcept {
        return receipt_;
    }
    /// A value of AMI_SMS_….
    std::int32_t outcome() const noexcept {
        return ami_receipt_outcome(receipt_);
    }
    std::string_view port() const noexcept {
        return detail::view(ami_receipt_port(receipt_));
    }
    std::uint32_t port_number() const noexcept {
        return ami_receipt_port_number(receipt_);
    }
    std::string_view to() const noexcept {
        return detail::view(ami_receipt_to(receipt_));
    }
    std::string_view id() const noexcept {
        return detail::view(ami_receipt_id(receipt_));
    }
    std::uint32_t part_count() const noexcept {
        return ami_receipt_parts(receipt_);
    }
    std::int32_t part_outcome(std::size_t index) const noexcept {
        return ami_receipt_part_outcome_at(receipt_, index);
    }
    /// The gateway's own words.
    std::optional<std::string_view> words() const noexcept {
        std::size_t length = 0;
        const char *text = ami_receipt_words(receipt_, &length);
        return detail::optional_view(text, length);
    }
    std::optional<std::string_view> part_words(std::size_t index) const noexcept {
        std::size_t length = 0;
        const char *text = ami_receipt_part_words_at(receipt_, index, &length);
        return detail::optional_view(text, length);
    }
    Receipt keep() const noexcept;

  protected:
    const ami_receipt *receipt_;
};

/// The outcome of an SMS. Copies share it.
class Receipt : public detail::Shared<ReceiptView, ami_receipt, ami_receipt_ref, ami_receipt_unref> {
  public:
    using Shared::Shared;
};

inline Receipt ReceiptView::keep() const noexcept {
    return Receipt(receipt_ == nullptr ? nullptr : ami_receipt_ref(receipt_));
}

inline ReceiptView ErrorView::receipt() const noexcept {
    return ReceiptView(ami_error_receipt(error_));
}

/// An incoming SMS that is borrowed.
class SmsView {
  public:
    explicit SmsView(const ami_sms *sms = nullptr) noexcept : sms_(sms) {
    }
    explicit operator bool() const noexcept {
        return sms_ != nullptr;
    }
    const ami_sms *get() const noexcept {
        return sms_;
    }
    std::string_view port() const noexcept {
        return detail::view(ami_sms_port(sms_));
    }
    std::uint32_t port_number() const noexcept {
        return ami_sms_port_number(sms_);
    }
    std::string_view sender() const noexcept {
        return detail::view(ami_sms_sender(sms_));
    }
    std::string_view text() const noexcept {
        std::size_t length = 0;
        const char *text = ami_sms_text(sms_, &length);
        return text == nullptr ? std::string_view() : std::string_view(text, length);
    }
    /// The bytes of a binary SMS.
    std::optional<std::string_view> data() const noexcept {
        std::size_t length = 0;
        const void *bytes = ami_sms_data(sms_, &length);
        return detail::optional_view(static_cast<const char *>(bytes), length);
    }
    /// The time as the gateway writes it.
    std::string_view time_text() const noexcept {
        return detail::view(ami_sms_time(sms_));
    }
    std::optional<std::chrono::system_clock::time_point> time() const noexcept {
        const std::int64_t seconds = ami_sms_time_epoch(sms_);
        if (seconds < 0)
            return std::nullopt;
        return std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
    }
    std::string_view smsc() const noexcept {
        return detail::view(ami_sms_smsc(sms_));
    }
    std::int32_t sms_class() const noexcept {
        return ami_sms_class(sms_);
    }
    std::int32_t application_port() const noexcept {
        return ami_sms_application_port(sms_);
    }
    std::uint32_t part_count() const noexcept {
        return ami_sms_part_count(sms_);
    }
    std::size_t missing_count() const noexcept {
        return ami_sms_missing_count(sms_);
    }
    std::string_view raw() const noexcept {
        std::size_t length = 0;
        const char *text = ami_sms_raw(sms_, &length);
        return text == nullptr ? std::string_view() : std::string_view(text, length);
    }
    Sms keep() const noexcept;

  protected:
    const ami_sms *sms_;
};

/// An incoming SMS. Copies share it.
class Sms : public detail::Shared<SmsView, ami_sms, ami_sms_ref, ami_sms_unref> {
  public:
    using Shared::Shared;
};

inline Sms SmsView::keep() const noexcept {
    return Sms(sms_ == nullptr ? nullptr : ami_sms_ref(sms_));
}

inline Sms EventView::sms() const noexcept {
    return Sms(ami_event_sms(object_));
}

class UssdReply;

/// The network's reply to a USSD code that is borrowed.
class UssdReplyView {
  public:
    explicit UssdReplyView(const ami_ussd_reply *reply = nullptr) noexcept : reply_(reply) {
    }
    explicit operator bool() const noexcept {
        return reply_ != nullptr;
    }
    std::string_view text() const noexcept {
        std::size_t length = 0;
        const char *text = ami_ussd_reply_text(reply_, &length);
        return text == nullptr ? std::string_view() : std::string_view(text, length);
    }
    bool wants_answer() const noexcept {
        return ami_ussd_reply_wants_answer(reply_) != 0;
    }
    UssdReply keep() const noexcept;
    const ami_ussd_reply *get() const noexcept {
        return reply_;
    }

  protected:
    const ami_ussd_reply *reply_;
};

/// The network's reply to a USSD code. Copies share it.
class UssdReply
    : public detail::Shared<UssdReplyView, ami_ussd_reply, ami_ussd_reply_ref, ami_ussd_reply_unref> {
  public:
    using Shared::Shared;
};

inline UssdReply UssdReplyView::keep() const noexcept {
    return UssdReply(reply_ == nullptr ? nullptr : ami_ussd_reply_ref(reply_));
}

/// A USSD session: the last reply of the network, and functions to answer it.
class UssdDialogue {
  public:
    explicit UssdDialogue(ami_ussd_dialogue *dialogue) noexcept : dialogue_(dialogue) {
    }
    /// The last reply, until the next answer.
    UssdReplyView reply() const noexcept {
        return UssdReplyView(ami_ussd_dialogue_reply(dialogue_.get()));
    }
    bool is_open() const noexcept {
        return ami_ussd_dialogue_is_open(dialogue_.get()) != 0;
    }
    result<void> answer(CString answer) {
        if (answer.is_cut())
            return detail::cut();
        return detail::run([&](ami_error **error) {
            return ami_ussd_dialogue_answer(dialogue_.get(), answer.get(), error);
        });
    }
    ami_status end() noexcept {
        return ami_ussd_dialogue_end(dialogue_.get());
    }
    ami_ussd_dialogue *get() const noexcept {
        return dialogue_.get();
    }

  private:
    detail::Owned<ami_ussd_dialogue, ami_ussd_dialogue_free> dialogue_;
};

/// A thread of the program for callbacks, such as the thread of its event loop. To be destroyed after its
/// clients and gateways.
class Executor {
  public:
    /// Takes the executor over.
    explicit Executor(ami_executor *executor) noexcept : executor_(executor) {
    }
    static result<Executor> make() {
        ami_error *error = nullptr;
        if (ami_executor *executor = ami_executor_new(&error))
            return Executor(executor);
        return Error(error);
    }
    /// Readable while something waits for run().
    int fd() const noexcept {
        return ami_executor_fd(get());
    }
    /// Calls what waits, at most so many functions (0: 256); gives the number of calls.
    std::size_t run(std::size_t max = 0) noexcept {
        return ami_executor_run(get(), max);
    }
    ami_executor *get() const noexcept {
        return executor_.get();
    }

  private:
    detail::Owned<ami_executor, ami_executor_free> executor_;
};

/// A configuration. A setting that is refused is told by the function that connects.
class Config {
  public:
    Config() : config_(ami_config_new()) {
    }
    Config &host(CString host) {
        ami_config_set_host(get(), host.get());
        return *this;
    }
    Config &port(std::uint16_t port) {
        ami_config_set_port(get(), port);
        return *this;
    }
    Config &username(CString username) {
        ami_config_set_username(get(), username.get());
        return *this;
    }
    Config &secret(CString secret) {
        ami_config_set_secret(get(), secret.get());
        return *this;
    }
    Config &event_mask(CString mask) {
        ami_config_set_event_mask(get(), mask.get());
        return *this;
    }
    Config &connect_timeout(milliseconds timeout) {
        ami_config_set_connect_timeout_ms(get(), detail::wait_ms(timeout));
        return *this;
    }
    Config &action_timeout(milliseconds timeout) {
        ami_config_set_action_timeout_ms(get(), detail::wait_ms(timeout));
        return *this;
    }
    Config &keepalive(milliseconds interval) {
        ami_config_set_keepalive_ms(get(), detail::wait_ms(interval));
        return *this;
    }
    Config &keepalive_timeout(milliseconds timeout) {
        ami_config_set_keepalive_timeout_ms(get(), detail::wait_ms(timeout));
        return *this;
    }
    Config &reconnect(milliseconds least, milliseconds most) {
        ami_config_set_reconnect(get(), detail::wait_ms(least), detail::wait_ms(most));
        return *this;
    }
    Config &reconnect_limit(std::uint32_t attempts, milliseconds stable) {
        ami_config_set_reconnect_limit(get(), attempts, detail::wait_ms(stable));
        return *this;
    }
    Config &wait_for_reconnect(bool wait = true) {
        ami_config_set_wait_for_reconnect(get(), wait);
        return *this;
    }
    Config &retry_first_connect(bool retry = true) {
        ami_config_set_retry_first_connect(get(), retry);
        return *this;
    }
    Config &event_queue(std::size_t events, std::size_t bytes, std::int32_t policy = AMI_QUEUE_DROP_OLDEST) {
        ami_config_set_event_queue(get(), events, bytes, policy);
        return *this;
    }
    Config &action_queue(std::size_t actions, std::size_t bytes) {
        ami_config_set_action_queue(get(), actions, bytes);
        return *this;
    }
    Config &limit(std::int32_t limit, std::size_t value) {
        ami_config_set_limit(get(), limit, value);
        return *this;
    }
    Config &dialect(CString dialect) {
        ami_config_set_dialect(get(), dialect.get());
        return *this;
    }
    Config &parts_timeout(milliseconds timeout) {
        ami_config_set_parts_timeout_ms(get(), detail::wait_ms(timeout));
        return *this;
    }
    Config &send_queue(std::size_t messages) {
        ami_config_set_send_queue(get(), messages);
        return *this;
    }
    Config &port_rest(milliseconds rest) {
        ami_config_set_port_rest_ms(get(), detail::wait_ms(rest));
        return *this;
    }
    Config &allow_plain_login(bool allow = true) {
        ami_config_set_allow_plain_login(get(), allow);
        return *this;
    }
    Config &tls(bool on = true) {
        ami_config_set_tls(get(), on);
        return *this;
    }
    Config &tls_ca_file(CString file) {
        ami_config_set_tls_ca_file(get(), file.get());
        return *this;
    }
    Config &tls_server_name(CString name) {
        ami_config_set_tls_server_name(get(), name.get());
        return *this;
    }
    Config &tls_client_certificate(CString chain_file, CString key_file) {
        ami_config_set_tls_client_certificate(get(), chain_file.get(), key_file.get());
        return *this;
    }
    /// The thread on which callbacks run; without it, threads of the library.
    Config &executor(const Executor &executor) {
        ami_config_set_executor(get(), executor.get());
        return *this;
    }
    Config &tls_danger_accept_any_certificate(bool accept = true) {
        ami_config_set_tls_danger_accept_any_certificate(get(), accept);
        return *this;
    }
    ami_config *get() const noexcept {
        return config_.get();
    }

  private:
    detail::Owned<ami_config, ami_config_free> config_;
};

/// A request to the server. What was refused is told by the function that sends it.
class Action {
  public:
    explicit Action(CString name) : action_(ami_action_new(name.get())) {
    }
    Action &add(CString name, std::string_view value) {
        ami_action_add_n(action_.get(), name.get(), value.data() == nullptr ? "" : value.data(),
                         value.size());
        return *this;
    }
    Action &add_variable(CString name, CString value) {
        ami_action_add_variable(action_.get(), name.get(), value.get());
        return *this;
    }
    ami_action *get() const noexcept {
        return action_.get();
    }

  private:
    detail::Owned<ami_action, ami_action_free> action_;
};

/// Events that a program wants, given to a callback or pulled.
class Subscription {
  public:
    explicit Subscription(ami_subscription *subscription) noexcept : subscription_(subscription) {
    }
    /// The next event. Its error is AMI_E_TIMEOUT if none came in time, else the reason why there will be no
    /// more.
    result<Event> next(milliseconds timeout = wait_forever) const {
        return detail::made<Event, ami_event>([&](ami_event **event, ami_error **error) {
            return ami_subscription_next(subscription_.get(), detail::wait_ms(timeout), event, error);
        });
    }
    /// A descriptor that is readable while events wait; it belongs to the subscription.
    int fd() const noexcept {
        return ami_subscription_fd(subscription_.get());
    }
    std::uint64_t stat(std::int32_t stat) const noexcept {
        return ami_subscription_stat(subscription_.get(), stat);
    }
    ami_status close() const noexcept {
        return ami_subscription_close(subscription_.get());
    }
    ami_subscription *get() const noexcept {
        return subscription_.get();
    }

  private:
    detail::Owned<ami_subscription, ami_subscription_free> subscription_;
};

/// The outcome of an action that was submitted, borrowed for the call: a response or an error.
struct Completion {
    ami_status status;
    ResponseView response;
    ErrorView error;
    explicit operator bool() const noexcept {
        return status == AMI_OK;
    }
};

/// The outcome of a call that was originated.
struct Originated {
    /// A value of AMI_ORIGINATE_….
    std::int32_t reason;
    Event event;
    bool is_answered() const noexcept {
        return reason == AMI_ORIGINATE_ANSWERED;
    }
};

namespace detail {

template <typename Call>
result<Subscription> subscribed(ami_status (*subscribe)(const ami_client *, const char *, ami_event_fn,
                                                        void *, ami_drop_fn, ami_subscription **,
                                                        ami_error **),
                                const ami_client *client, CString names, Call &&call) {
    if (names.is_cut())
        return cut();
    auto own = kept(std::forward<Call>(call));
    using Kept = typename decltype(own)::element_type;
    auto made_it =
        made<Subscription, ami_subscription>([&](ami_subscription **subscription, ami_error **error) {
            return subscribe(
                client, names.get(),
                [](const ami_event *event, void *data) { guarded<Kept>(data, EventView(event)); }, own.get(),
                destroyed<Kept>, subscription, error);
        });
    if (made_it)
        own.release();
    return made_it;
}

} // namespace detail

/// The functions of a session that belongs to somebody else, such as a gateway.
class ClientView {
  public:
    explicit ClientView(const ami_client *client = nullptr) noexcept : client_(client) {
    }
    /// Connects and logs in.
    result<void> open() const {
        return detail::run([&](ami_error **error) { return ami_client_open(client_, error); });
    }
    /// Begins to connect, and does not wait: the marker "#state" tells how it went.
    result<void> start() const {
        return detail::run([&](ami_error **error) { return ami_client_start(client_, error); });
    }
    result<void> close() const {
        return detail::run([&](ami_error **error) { return ami_client_close(client_, error); });
    }
    /// Sends an action and waits for its response.
    result<Response> call(const Action &action, milliseconds timeout = default_timeout) const {
        return detail::made<Response, ami_response>([&](ami_response **response, ami_error **error) {
            return ami_client_call(client_, action.get(), detail::call_ms(timeout), response, error);
        });
    }
    /// Sends an action; `done` is called once with a Completion, on a thread of the library.
    template <typename Done>
    result<void> submit(const Action &action, Done &&done, milliseconds timeout = default_timeout) const {
        auto own = detail::kept(std::forward<Done>(done));
        using Kept = typename decltype(own)::element_type;
        auto submitted = detail::run([&](ami_error **error) {
            return ami_client_submit(
                client_, action.get(), detail::call_ms(timeout),
                [](ami_status status, const ami_response *response, const ami_error *failure, void *data) {
                    detail::guarded<Kept>(data,
                                          Completion{status, ResponseView(response), ErrorView(failure)});
                },
                own.get(), detail::destroyed<Kept>, error);
        });
        if (submitted)
            own.release();
        return submitted;
    }
    /// Runs a command of the CLI: its output is in the response.
    result<Response> command(CString command, milliseconds timeout = default_timeout) const {
        if (command.is_cut())
            return detail::cut();
        return detail::made<Response, ami_response>([&](ami_response **response, ami_error **error) {
            return ami_client_command(client_, command.get(), detail::call_ms(timeout), response, error);
        });
    }
    /// Sends a Ping and gives the time until its response.
    result<std::chrono::microseconds> ping() const {
        std::uint64_t us = 0;
        auto pinged = detail::run([&](ami_error **error) { return ami_client_ping(client_, &us, error); });
        if (!pinged)
            return pinged.error();
        return std::chrono::microseconds(us);
    }
    /// Originates a call and waits for its outcome.
    result<Originated> originate(const Action &action, milliseconds timeout = default_timeout) const {
        std::int32_t reason = 0;
        auto event = detail::made<Event, ami_event>([&](ami_event **made, ami_error **error) {
            return ami_client_originate(client_, action.get(), detail::call_ms(timeout), &reason, made,
                                        error);
        });
        if (!event)
            return event.error();
        return Originated{reason, std::move(event).value()};
    }
    /// Has a callback called with an EventView for each event. Names with commas between them; NULL for all.
    template <typename Call> result<Subscription> subscribe(CString names, Call &&call) const {
        return detail::subscribed(ami_client_subscribe, client_, names, std::forward<Call>(call));
    }
    /// Events to be pulled. Names with commas between them; NULL for all.
    result<Subscription> events(CString names = nullptr) const {
        if (names.is_cut())
            return detail::cut();
        return detail::made<Subscription, ami_subscription>(
            [&](ami_subscription **subscription, ami_error **error) {
                return ami_client_open_events(client_, names.get(), subscription, error);
            });
    }
    /// A value of AMI_STATE_….
    std::int32_t state() const noexcept {
        return ami_client_state(client_);
    }
    result<void> await_state(std::int32_t state, milliseconds timeout = wait_forever) const {
        return detail::run([&](ami_error **error) {
            return ami_client_await_state(client_, state, detail::wait_ms(timeout), error);
        });
    }
    std::uint64_t stat(std::int32_t stat) const noexcept {
        return ami_client_stat(client_, stat);
    }
    const ami_client *get() const noexcept {
        return client_;
    }

  protected:
    const ami_client *client_;
};

/// One session with one server.
class Client : public ClientView {
  public:
    /// Takes the client over.
    explicit Client(ami_client *client) noexcept : ClientView(client), own_(client) {
    }
    Client(Client &&other) noexcept
        : ClientView(std::exchange(static_cast<ClientView &>(other), ClientView())),
          own_(std::move(other.own_)) {
    }
    Client &operator=(Client &&other) noexcept {
        Client taken(std::move(other));
        std::swap(static_cast<ClientView &>(*this), static_cast<ClientView &>(taken));
        own_.swap(taken.own_);
        return *this;
    }
    ~Client() = default;
    /// Connects and logs in.
    static result<Client> connect(const Config &config) {
        return detail::made<Client, ami_client>([&](ami_client **client, ami_error **error) {
            return ami_client_connect(config.get(), client, error);
        });
    }
    /// A client that is not connected yet: one can subscribe before open().
    static result<Client> make(const Config &config) {
        return detail::made<Client, ami_client>([&](ami_client **client, ami_error **error) {
            return ami_client_new(config.get(), client, error);
        });
    }

  private:
    detail::Owned<ami_client, ami_client_free> own_;
};

/// An SMS to be sent. A setting that is refused is told by the function that sends it.
class SmsRequest {
  public:
    /// Without a port the gateway chooses the ready one with the shortest queue.
    SmsRequest(CString to, CString text) : SmsRequest(nullptr, to, text) {
    }
    SmsRequest(CString port, CString to, CString text)
        : request_(detail::any_cut(port, to, text) ? nullptr
                                                   : ami_sms_request_new(port.get(), to.get(), text.get())) {
    }
    SmsRequest &timeout(milliseconds timeout) {
        return note(ami_sms_request_set_timeout_ms(request_.get(), detail::call_ms(timeout)));
    }
    SmsRequest &id(CString id) {
        return note(ami_sms_request_set_id(request_.get(), id.get()));
    }
    SmsRequest &flash(bool flash = true) {
        return note(ami_sms_request_set_flash(request_.get(), flash));
    }
    SmsRequest &validity(std::chrono::seconds validity) {
        const auto seconds = validity.count();
        const bool fits = seconds >= 0 && seconds <= UINT32_MAX;
        const auto wanted = fits ? static_cast<std::uint32_t>(seconds) : 0;
        return note(ami_sms_request_set_validity_seconds(request_.get(), wanted));
    }
    SmsRequest &report(bool wanted = true) {
        return note(ami_sms_request_set_report(request_.get(), wanted));
    }
    SmsRequest &by_pdu(bool by_pdu = true) {
        return note(ami_sms_request_set_by_pdu(request_.get(), by_pdu));
    }
    SmsRequest &priority(std::int32_t priority) {
        return note(ami_sms_request_set_priority(request_.get(), priority));
    }
    SmsRequest &within(milliseconds within) {
        return note(ami_sms_request_set_within_ms(request_.get(), detail::call_ms(within)));
    }
    /// AMI_OK, or the status of the first setting that was refused.
    ami_status status() const noexcept {
        return status_;
    }
    const ami_sms_request *get() const noexcept {
        return request_.get();
    }

  private:
    SmsRequest &note(ami_status status) noexcept {
        if (status_ == AMI_OK)
            status_ = status;
        return *this;
    }
    detail::Owned<ami_sms_request, ami_sms_request_free> request_;
    ami_status status_ = AMI_OK;
};

/// The outcome of an SMS that was submitted, borrowed for the call.
struct SmsCompletion {
    ami_status status;
    ReceiptView receipt;
    ErrorView error;
    explicit operator bool() const noexcept {
        return status == AMI_OK;
    }
};

/// A text split into SMS.
class Parts {
  public:
    explicit Parts(ami_sms_parts *parts) noexcept : parts_(parts) {
    }
    static result<Parts> of(CString text) {
        if (text.is_cut())
            return detail::cut();
        return detail::made<Parts, ami_sms_parts>([&](ami_sms_parts **parts, ami_error **error) {
            return ami_sms_parts_new(text.get(), parts, error);
        });
    }
    std::size_t size() const noexcept {
        return ami_sms_parts_count(parts_.get());
    }
    std::string_view at(std::size_t index) const noexcept {
        std::size_t length = 0;
        const char *text = ami_sms_parts_text_at(parts_.get(), index, &length);
        return text == nullptr ? std::string_view() : std::string_view(text, length);
    }
    detail::Indexed<Parts> begin() const noexcept {
        return {this, 0};
    }
    detail::Indexed<Parts> end() const noexcept {
        return {this, size()};
    }
    /// A value of AMI_ENCODING_….
    std::int32_t encoding() const noexcept {
        return ami_sms_parts_encoding(parts_.get());
    }
    std::size_t units() const noexcept {
        return ami_sms_parts_units(parts_.get());
    }
    /// The units that the last part still has room for.
    std::size_t left() const noexcept {
        return ami_sms_parts_left(parts_.get());
    }

  private:
    detail::Owned<ami_sms_parts, ami_sms_parts_free> parts_;
};

/// The ports of a gateway at the time of the request.
class Ports {
  public:
    /// One port, borrowed from the list.
    class Port {
      public:
        Port(const ami_ports *ports, std::size_t index) noexcept : ports_(ports), index_(index) {
        }
        std::string_view name() const noexcept {
            return detail::view(ami_ports_name_at(ports_, index_));
        }
        std::string_view state() const noexcept {
            return detail::view(ami_ports_state_at(ports_, index_));
        }
        std::string_view operator_name() const noexcept {
            return detail::view(ami_ports_operator_at(ports_, index_));
        }
        bool is_up() const noexcept {
            return ami_ports_is_up_at(ports_, index_) != 0;
        }
        bool is_registered() const noexcept {
            return ami_ports_is_registered_at(ports_, index_) != 0;
        }
        bool has_power() const noexcept {
            return ami_ports_has_power_at(ports_, index_) != 0;
        }
        bool has_sim() const noexcept {
            return ami_ports_has_sim_at(ports_, index_) != 0;
        }
        bool is_complete() const noexcept {
            return ami_ports_is_complete_at(ports_, index_) != 0;
        }
        std::int32_t signal() const noexcept {
            return ami_ports_signal_at(ports_, index_);
        }
        std::int32_t bars() const noexcept {
            return ami_ports_bars_at(ports_, index_);
        }
        std::optional<std::string_view> get(CString name) const noexcept {
            std::size_t length = 0;
            const char *text = ami_ports_get_at(ports_, index_, name.get(), &length);
            return detail::optional_view(text, length);
        }

      private:
        const ami_ports *ports_;
        std::size_t index_;
    };

    explicit Ports(ami_ports *ports) noexcept : ports_(ports) {
    }
    std::size_t size() const noexcept {
        return ami_ports_count(ports_.get());
    }
    Port at(std::size_t index) const noexcept {
        return {ports_.get(), index};
    }
    detail::Indexed<Ports> begin() const noexcept {
        return {this, 0};
    }
    detail::Indexed<Ports> end() const noexcept {
        return {this, size()};
    }

  private:
    detail::Owned<ami_ports, ami_ports_free> ports_;
};

/// A GSM gateway with all its ports.
class Gateway {
  public:
    explicit Gateway(ami_gateway *gateway) noexcept : gateway_(gateway) {
    }
    static result<Gateway> connect(const Config &config) {
        return detail::made<Gateway, ami_gateway>([&](ami_gateway **gateway, ami_error **error) {
            return ami_gateway_connect(config.get(), gateway, error);
        });
    }
    std::string_view dialect() const noexcept {
        return detail::view(ami_gateway_dialect(gateway_.get()));
    }
    /// The session for incoming SMS, for actions and the server's own events. It lives as long as the
    /// gateway.
    ClientView client() const noexcept {
        return ClientView(ami_gateway_client(gateway_.get()));
    }
    /// Sends a text and waits for its outcome.
    result<Receipt> send(CString to, CString text, milliseconds timeout = default_timeout) const {
        return send_through(nullptr, to, text, timeout);
    }
    /// Sends a text through a port and waits for its outcome.
    result<Receipt> send_through(CString port, CString to, CString text,
                                 milliseconds timeout = default_timeout) const {
        if (detail::any_cut(port, to, text))
            return detail::cut();
        return detail::made<Receipt, ami_receipt>([&](ami_receipt **receipt, ami_error **error) {
            return ami_gateway_send_text(gateway_.get(), port.get(), to.get(), text.get(),
                                         detail::call_ms(timeout), receipt, error);
        });
    }
    result<Receipt> send(const SmsRequest &request) const {
        if (const auto refused = refused_setting(request))
            return *refused;
        return detail::made<Receipt, ami_receipt>([&](ami_receipt **receipt, ami_error **error) {
            return ami_gateway_send(gateway_.get(), request.get(), receipt, error);
        });
    }
    /// Puts an SMS into the queue of its port; `done` is called once with an SmsCompletion, on a thread of
    /// the library.
    template <typename Done> result<void> submit(const SmsRequest &request, Done &&done) const {
        if (const auto refused = refused_setting(request))
            return *refused;
        auto own = detail::kept(std::forward<Done>(done));
        using Kept = typename decltype(own)::element_type;
        auto submitted = detail::run([&](ami_error **error) {
            return ami_gateway_submit(
                gateway_.get(), request.get(),
                [](ami_status status, const ami_receipt *receipt, const ami_error *failure, void *data) {
                    detail::guarded<Kept>(data,
                                          SmsCompletion{status, ReceiptView(receipt), ErrorView(failure)});
                },
                own.get(), detail::destroyed<Kept>, error);
        });
        if (submitted)
            own.release();
        return submitted;
    }
    /// The SMS that wait for a port.
    std::size_t waiting(CString port) const noexcept {
        return ami_gateway_waiting(gateway_.get(), port.get());
    }
    /// Incoming SMS, reports and USSD texts, to be pulled: "#sms", "#report", "#ussd", "#unreadable" and
    /// markers.
    result<Subscription> inbox(CString names = nullptr) const {
        if (names.is_cut())
            return detail::cut();
        return detail::made<Subscription, ami_subscription>(
            [&](ami_subscription **subscription, ami_error **error) {
                return ami_gateway_open_inbox(gateway_.get(), names.get(), subscription, error);
            });
    }
    /// Has a callback called with an SmsView for each incoming SMS.
    template <typename Call> result<Subscription> subscribe_sms(Call &&call) const {
        auto own = detail::kept(std::forward<Call>(call));
        using Kept = typename decltype(own)::element_type;
        auto made = detail::made<Subscription, ami_subscription>(
            [&](ami_subscription **subscription, ami_error **error) {
                return ami_gateway_subscribe_sms(
                    gateway_.get(),
                    [](const ami_sms *sms, void *data) { detail::guarded<Kept>(data, SmsView(sms)); },
                    own.get(), detail::destroyed<Kept>, subscription, error);
            });
        if (made)
            own.release();
        return made;
    }
    result<UssdReply> send_ussd(CString port, CString code, milliseconds timeout = default_timeout) const {
        if (detail::any_cut(port, code))
            return detail::cut();
        return detail::made<UssdReply, ami_ussd_reply>([&](ami_ussd_reply **reply, ami_error **error) {
            return ami_gateway_send_ussd(gateway_.get(), port.get(), code.get(), detail::call_ms(timeout),
                                         reply, error);
        });
    }
    /// Begins a USSD session with menus.
    result<UssdDialogue> dial(CString port, CString code, milliseconds timeout = default_timeout) const {
        if (detail::any_cut(port, code))
            return detail::cut();
        return detail::made<UssdDialogue, ami_ussd_dialogue>(
            [&](ami_ussd_dialogue **dialogue, ami_error **error) {
                return ami_gateway_dial(gateway_.get(), port.get(), code.get(), detail::call_ms(timeout),
                                        dialogue, error);
            });
    }
    result<Ports> ports() const {
        return detail::made<Ports, ami_ports>([&](ami_ports **ports, ami_error **error) {
            return ami_gateway_ports(gateway_.get(), ports, error);
        });
    }
    result<Parts> parts(CString text) const {
        if (text.is_cut())
            return detail::cut();
        return detail::made<Parts, ami_sms_parts>([&](ami_sms_parts **parts, ami_error **error) {
            return ami_gateway_parts(gateway_.get(), text.get(), parts, error);
        });
    }
    /// Switches a port: one of AMI_POWER_….
    result<void> power(CString port, std::int32_t power) const {
        if (port.is_cut())
            return detail::cut();
        return detail::run(
            [&](ami_error **error) { return ami_gateway_power(gateway_.get(), port.get(), power, error); });
    }
    /// Closes it, and gives the receipts of the SMS that were not sent.
    result<std::vector<Receipt>> close() const {
        ami_receipts *unsent = nullptr;
        auto closed =
            detail::run([&](ami_error **error) { return ami_gateway_close(gateway_.get(), &unsent, error); });
        detail::Owned<ami_receipts, ami_receipts_free> own(unsent);
        if (!closed)
            return closed.error();
        std::vector<Receipt> receipts;
        for (std::size_t index = 0; index < ami_receipts_count(unsent); ++index)
            receipts.push_back(ReceiptView(ami_receipts_at(unsent, index)).keep());
        return receipts;
    }
    ami_gateway *get() const noexcept {
        return gateway_.get();
    }

  private:
    static std::optional<Error> refused_setting(const SmsRequest &request) {
        if (request.status() == AMI_OK)
            return std::nullopt;
        return Error::invalid("a setting of the SMS was refused; see SmsRequest::status");
    }
    detail::Owned<ami_gateway, ami_gateway_free> gateway_;
};

/// Turns bytes into messages; it opens no socket and starts no thread.
class Parser {
  public:
    Parser() : parser_(ami_parser_new()) {
    }
    result<void> feed(std::string_view bytes) {
        return detail::run([&](ami_error **error) {
            return ami_parser_feed(parser_.get(), bytes.data() == nullptr ? "" : bytes.data(), bytes.size(),
                                   error);
        });
    }
    /// The next message, or nothing until more bytes come.
    result<std::optional<Message>> next() {
        ami_message *message = nullptr;
        auto parsed =
            detail::run([&](ami_error **error) { return ami_parser_next(parser_.get(), &message, error); });
        if (!parsed)
            return parsed.error();
        return message == nullptr ? std::nullopt : std::optional<Message>(Message(message));
    }
    result<void> finish() {
        return detail::run([&](ami_error **error) { return ami_parser_finish(parser_.get(), error); });
    }
    std::optional<std::string_view> banner() const noexcept {
        const char *text = ami_parser_banner(parser_.get());
        return text == nullptr ? std::nullopt : std::optional(detail::view(text));
    }
    ami_parser *get() const noexcept {
        return parser_.get();
    }

  private:
    detail::Owned<ami_parser, ami_parser_free> parser_;
};

/// The version of the library.
inline std::string_view version() noexcept {
    return ami_version();
}

} // namespace v1
} // namespace ami

#endif // AMI_HPP
