/* Callbacks of libami in the event loop of Qt 5 or 6, in C++:
 *
 *     QSocketNotifier *watch = ami_qt_watch(executor, &application);
 *     application.exec();
 *     delete watch; // before ami_executor_free
 */
#ifndef AMI_ADAPTERS_QT_H
#define AMI_ADAPTERS_QT_H

#include <QSocketNotifier>
#include <ami.h>

/* Has the loop of this thread run the executor. Returns the notifier that watches, which belongs to the
 * parent. */
inline QSocketNotifier *ami_qt_watch(ami_executor *executor, QObject *parent = nullptr) {
    auto *watch = new QSocketNotifier(ami_executor_fd(executor), QSocketNotifier::Read, parent);
    QObject::connect(watch, &QSocketNotifier::activated, watch,
                     [executor] { ami_executor_run(executor, 0); });
    return watch;
}

#endif
