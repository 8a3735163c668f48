<?php

// What programs on PAMI do: php with_pami.php HOST PORT USER SECRET TASK, beside a folder `vendor` of composer's.

require __DIR__ . '/vendor/autoload.php';

use PAMI\Client\Impl\ClientImpl;
use PAMI\Message\Action\CommandAction;
use PAMI\Message\Action\DongleSendSMSAction;
use PAMI\Message\Action\OriginateAction;
use PAMI\Message\Action\QueueStatusAction;
use PAMI\Message\Event\HangupEvent;
use PAMI\Message\Event\NewstateEvent;
use PAMI\Message\Event\OriginateResponseEvent;
use PAMI\Message\Event\QueueMemberEvent;

[, $host, $port, $username, $secret, $task] = $argv;
$phone = 'Local/hold@default';
$extension = 'short';

// [connect]
$client = new ClientImpl([
    'host' => $host,
    'port' => $port,
    'username' => $username,
    'secret' => $secret,
    'connect_timeout' => 10,
    'read_timeout' => 10000,
]);
$client->open();
// [/connect]

$done = false;

function show(string ...$words): void
{
    global $done;
    echo implode(' ', $words), "\n";
    $done = true;
}

function call(ClientImpl $client): void
{
    global $phone, $extension;
    $originate = new OriginateAction($phone);
    $originate->setContext('default');
    $originate->setExtension($extension);
    $originate->setPriority('1');
    $originate->setAsync(true);
    $client->send($originate);
}

switch ($task) {
    case 'connect':
        echo "connected: True\n";
        break;

    case 'events':
        // [events]
        $client->registerEventListener(
            function ($event) {
                show($event->getChannel(), 'is up');
            },
            function ($event) {
                return $event instanceof NewstateEvent && $event->getChannelStateDesc() == 'Up';
            }
        );
        // [/events]
        call($client);
        while (!$done) {
            $client->process();
            usleep(1000);
        }
        break;

    case 'loop':
        // [loop]
        $client->registerEventListener(function ($event) use (&$over) {
            if ($event instanceof HangupEvent) {
                echo $event->getChannel(), ' ', $event->getKey('Cause-txt'), "\n";
                $over = true;
            }
        });
        call($client);
        while (!$over) {
            $client->process();
            usleep(1000);
        }
        // [/loop]
        break;

    case 'list':
        // [list]
        $answer = $client->send(new QueueStatusAction('support'));
        foreach ($answer->getEvents() as $entry) {
            if ($entry instanceof QueueMemberEvent) {
                echo $entry->getKey('Name'), ' ', $entry->getCallsTaken(), "\n";
            }
        }
        // [/list]
        break;

    case 'command':
        // [command]
        $answer = $client->send(new CommandAction('core show uptime'));
        echo $answer->getRawContent(), "\n";
        // [/command]
        break;

    case 'originate':
        // [originate]
        $client->registerEventListener(function ($event) {
            if ($event instanceof OriginateResponseEvent) {
                show($event->getResponse() == 'Success' ? 'answered' : $event->getReason());
            }
        });
        $originate = new OriginateAction($phone);
        $originate->setContext('default');
        $originate->setExtension($extension);
        $originate->setPriority('1');
        $originate->setTimeout(20000);
        $originate->setVariable('COLOUR', 'blue');
        $originate->setAsync(true);
        $client->send($originate);
        // [/originate]
        while (!$done) {
            $client->process();
            usleep(1000);
        }
        break;

    case 'sms':
        // [sms]
        $answer = $client->send(new DongleSendSMSAction('dongle0', '13632919026', 'hello'));
        echo $answer->getMessage(), "\n";
        // [/sms]
        break;
}

$client->close();
