import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.asteriskjava.live.AsteriskChannel;
import org.asteriskjava.live.AsteriskServer;
import org.asteriskjava.live.DefaultAsteriskServer;
import org.asteriskjava.live.LiveException;
import org.asteriskjava.live.OriginateCallback;
import org.asteriskjava.manager.ManagerConnection;
import org.asteriskjava.manager.ManagerConnectionFactory;
import org.asteriskjava.manager.PingThread;
import org.asteriskjava.manager.ResponseEvents;
import org.asteriskjava.manager.SendActionCallback;
import org.asteriskjava.manager.action.CommandAction;
import org.asteriskjava.manager.action.CoreSettingsAction;
import org.asteriskjava.manager.action.ExtensionStateAction;
import org.asteriskjava.manager.action.OriginateAction;
import org.asteriskjava.manager.action.QueueStatusAction;
import org.asteriskjava.manager.event.ConnectEvent;
import org.asteriskjava.manager.event.DisconnectEvent;
import org.asteriskjava.manager.event.HangupEvent;
import org.asteriskjava.manager.event.QueueMemberEvent;
import org.asteriskjava.manager.event.ResponseEvent;
import org.asteriskjava.manager.response.CommandResponse;
import org.asteriskjava.manager.response.CoreSettingsResponse;
import org.asteriskjava.manager.response.ExtensionStateResponse;
import org.asteriskjava.manager.response.ManagerResponse;

/** What programs on asterisk-java do: WithAsteriskJava HOST PORT USER SECRET TASK. */
public class WithAsteriskJava {
    static final String PHONE = "Local/hold@default";
    static final String EXTENSION = "short";
    static final CountDownLatch DONE = new CountDownLatch(1);

    static void show(Object... words) {
        StringBuilder line = new StringBuilder();
        for (Object word : words) {
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        System.out.println(line);
        DONE.countDown();
    }

    static void connect(String host, int port, String username, String secret) throws Exception {
        // [connect]
        ManagerConnectionFactory factory =
            new ManagerConnectionFactory(host, port, username, secret);
        ManagerConnection connection = factory.createManagerConnection();
        connection.login();
        CoreSettingsResponse settings =
            (CoreSettingsResponse) connection.sendAction(new CoreSettingsAction());
        System.out.println("Asterisk " + settings.getAsteriskVersion());
        connection.logoff();
        // [/connect]
    }

    static void originate(ManagerConnection connection) throws Exception {
        AsteriskServer server = new DefaultAsteriskServer(connection);
        // [originate]
        OriginateAction originate = new OriginateAction();
        originate.setChannel(PHONE);
        originate.setContext("default");
        originate.setExten(EXTENSION);
        originate.setPriority(1);
        originate.setTimeout(30000L);
        server.originateAsync(originate, new OriginateCallback() {
            @Override
            public void onDialing(AsteriskChannel channel) {
            }

            @Override
            public void onSuccess(AsteriskChannel channel) {
                show("answered by", channel.getName());
            }

            @Override
            public void onNoAnswer(AsteriskChannel channel) {
                show("not reached: no-answer");
            }

            @Override
            public void onBusy(AsteriskChannel channel) {
                show("not reached: busy");
            }

            @Override
            public void onFailure(LiveException cause) {
                show("not reached:", cause);
            }
        });
        // [/originate]
    }

    static void events(ManagerConnection connection) throws Exception {
        // [events]
        connection.addEventListener(event -> {
            if (event instanceof HangupEvent) {
                HangupEvent hangup = (HangupEvent) event;
                show(hangup.getChannel(), hangup.getCause(), hangup.getCauseTxt());
            }
        });
        // [/events]
        OriginateAction originate = new OriginateAction();
        originate.setChannel(PHONE);
        originate.setContext("default");
        originate.setExten(EXTENSION);
        originate.setPriority(1);
        originate.setAsync(true);
        connection.sendAction(originate);
    }

    static void list(ManagerConnection connection) throws Exception {
        // [list]
        QueueStatusAction action = new QueueStatusAction();
        action.setQueue("support");
        ResponseEvents answer = connection.sendEventGeneratingAction(action, 30000);
        for (ResponseEvent entry : answer.getEvents()) {
            if (entry instanceof QueueMemberEvent) {
                QueueMemberEvent member = (QueueMemberEvent) entry;
                System.out.println(member.getName() + " " + member.getCallsTaken());
            }
        }
        // [/list]
        DONE.countDown();
    }

    static void command(ManagerConnection connection) throws Exception {
        // [command]
        CommandResponse answer =
            (CommandResponse) connection.sendAction(new CommandAction("core show uptime"));
        System.out.println(String.join("\n", answer.getResult()));
        // [/command]
        DONE.countDown();
    }

    static void callback(ManagerConnection connection) throws Exception {
        // [callback]
        connection.sendAction(new ExtensionStateAction("1001", "default"), new SendActionCallback() {
            @Override
            public void onResponse(ManagerResponse response) {
                show(((ExtensionStateResponse) response).getStatusText());
            }
        });
        // [/callback]
    }

    static void live(ManagerConnection connection) throws Exception {
        // [live]
        AsteriskServer server = new DefaultAsteriskServer(connection);
        for (AsteriskChannel channel : server.getChannels()) {
            channel.addPropertyChangeListener(System.out::println);
        }
        System.out.println(server.getChannels().size() + " channels");
        // [/live]
        DONE.countDown();
    }

    static void reconnect(ManagerConnection connection) throws Exception {
        // [reconnect]
        connection.addEventListener(event -> {
            if (event instanceof ConnectEvent) {
                show("now connected");
            } else if (event instanceof DisconnectEvent) {
                show("now lost");
            }
        });
        PingThread pings = new PingThread(connection);
        pings.setInterval(20000);
        pings.setTimeout(10000);
        pings.start();
        connection.login();
        // [/reconnect]
        pings.die();
    }

    public static void main(String[] arguments) throws Exception {
        String host = arguments[0];
        int port = Integer.parseInt(arguments[1]);
        String task = arguments[4];
        if (task.equals("connect")) {
            connect(host, port, arguments[2], arguments[3]);
            return;
        }
        ManagerConnection connection =
            new ManagerConnectionFactory(host, port, arguments[2], arguments[3]).createManagerConnection();
        if (task.equals("reconnect")) {
            reconnect(connection);
        } else {
            connection.login();
            switch (task) {
                case "originate": originate(connection); break;
                case "events": events(connection); break;
                case "list": list(connection); break;
                case "command": command(connection); break;
                case "callback": callback(connection); break;
                case "live": live(connection); break;
                default: throw new IllegalArgumentException(task);
            }
        }
        DONE.await(10, TimeUnit.SECONDS);
        connection.logoff();
        System.exit(0);
    }
}
