// Sends a text and prints the SMS that come in for a minute: gateway HOST PORT USER SECRET NUMBER TEXT
#include <ami.hpp>

#include <cstdlib>
#include <cstring>
#include <iostream>

static int fail(const ami::Error &error) {
    std::cerr << error.name() << ": " << error.message() << '\n';
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 7 || argv[2][std::strspn(argv[2], "0123456789")] != '\0') {
        std::cerr << "usage: " << argv[0] << " HOST PORT USER SECRET NUMBER TEXT\n";
        return 2;
    }
    ami::Config config;
    config.host(argv[1]).port(static_cast<std::uint16_t>(std::atoi(argv[2])));
    config.username(argv[3]).secret(argv[4]);

    auto gateway = ami::Gateway::connect(config);
    if (!gateway)
        return fail(gateway.error());
    auto inbox = gateway->inbox("#sms");
    if (!inbox)
        return fail(inbox.error());

    auto receipt = gateway->send(argv[5], argv[6]);
    if (!receipt)
        return fail(receipt.error());
    const char *outcome = receipt->outcome() == AMI_SMS_SENT ? "sent" : "queued";
    std::cout << "port " << receipt->port() << ": " << outcome << '\n';

    while (auto event = inbox->next(std::chrono::minutes(1))) {
        const ami::Sms sms = event->sms();
        std::cout << sms.sender() << ": " << sms.text() << '\n';
    }
    return 0;
}
