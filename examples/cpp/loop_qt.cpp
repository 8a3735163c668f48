// Prints calls that end, in a loop of Qt, until the connection is lost: loop_qt HOST PORT USER SECRET
#include <QCoreApplication>
#include <ami.hpp>
#include <ami/adapters/qt.h>

#include <cstdlib>
#include <cstring>
#include <iostream>

static int fail(const ami::Error &error) {
    std::cerr << error.name() << ": " << error.message() << '\n';
    return 1;
}

// Runs on the thread of the loop, as all of this program does.
static void on_event(ami::EventView event) {
    if (event.name() != "#state") {
        std::cout << event.name() << ' ' << event.get("Channel").value_or("") << std::endl;
        return;
    }
    const auto state = event.get("State").value_or("");
    std::cout << state << ' ' << event.get("Cause").value_or("") << std::endl;
    if (state == "closed") // It could not connect, or the connection is lost.
        QCoreApplication::exit(1);
}

int main(int argc, char **argv) {
    if (argc != 5 || argv[2][std::strspn(argv[2], "0123456789")] != '\0') {
        std::cerr << "usage: " << argv[0] << " HOST PORT USER SECRET\n";
        return 2;
    }
    QCoreApplication application(argc, argv);
    auto executor = ami::Executor::make();
    if (!executor)
        return fail(executor.error());
    ami::Config config;
    config.host(argv[1]).port(static_cast<std::uint16_t>(std::atoi(argv[2])));
    config.username(argv[3]).secret(argv[4]).executor(*executor);

    auto client = ami::Client::make(config);
    if (!client)
        return fail(client.error());
    auto calls = client->subscribe("#state,Hangup", on_event);
    if (!calls)
        return fail(calls.error());
    if (auto started = client->start(); !started)
        return fail(started.error());

    QSocketNotifier *watch = ami_qt_watch(executor->get(), &application);
    const int status = QCoreApplication::exec();
    delete watch; // Before its executor goes.
    return status;
}
