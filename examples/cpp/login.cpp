// Logs in, says which Asterisk answered, and lists its channels: login HOST PORT USER SECRET
#include <ami.hpp>

#include <cstdlib>
#include <cstring>
#include <iostream>

static int fail(const ami::Error &error) {
    std::cerr << error.name() << ": " << error.message() << '\n';
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 5 || argv[2][std::strspn(argv[2], "0123456789")] != '\0') {
        std::cerr << "usage: " << argv[0] << " HOST PORT USER SECRET\n";
        return 2;
    }
    ami::Config config;
    config.host(argv[1]).port(static_cast<std::uint16_t>(std::atoi(argv[2])));
    config.username(argv[3]).secret(argv[4]);

    auto client = ami::Client::connect(config);
    if (!client)
        return fail(client.error());
    auto settings = client->call(ami::Action("CoreSettings"));
    if (!settings)
        return fail(settings.error());
    std::cout << "logged in: Asterisk " << settings->get("AsteriskVersion").value_or("?") << '\n';

    auto channels = client->call(ami::Action("CoreShowChannels"));
    if (!channels)
        return fail(channels.error());
    for (ami::EventView channel : channels->entries())
        std::cout << channel.get("Channel").value_or("?") << '\n';
    return 0;
}
