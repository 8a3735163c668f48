// asterisk-ami-client: promises and an emitter of events.
'use strict';

const AmiClient = require('asterisk-ami-client');
const Driver = require('./driver');

new Driver().run({
  connect: async (run) => {
    const client = new AmiClient({ reconnect: false });
    await client.connect('bench', 'bench', { host: '127.0.0.1', port: run.port });
    return client;
  },
  // The ids that it makes are of the millisecond, so several at once need others.
  send: (client, action, id) => client.action(id ? { ...action, ActionID: id } : action, true),
  listen: (client, run) => client.on('event', (event) => run.take(event.Event, event.Channel, event.Uniqueid)),
});
