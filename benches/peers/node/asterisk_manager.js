// asterisk-manager: an emitter of events, whose names of headers are in small letters.
'use strict';

const manager = require('asterisk-manager');
const Driver = require('./driver');

new Driver().run({
  connect: (run) => new Promise((resolve, reject) => {
    const client = manager(null, '127.0.0.1', 'bench', 'bench', true);
    client.options.port = run.port;
    client.connect(run.port, '127.0.0.1', () => client.login((error) => (error ? reject(error) : resolve(client))));
  }),
  send: (client, action, id) => new Promise((resolve, reject) => {
    const { Action, ...headers } = action;
    const named = id ? { action: Action, actionid: id, ...headers } : { action: Action, ...headers };
    client.action(named, (error, answer) => (error ? reject(error) : resolve(answer)));
  }),
  listen: (client, run) => client.on('managerevent', (event) => run.take(event.event, event.channel, event.uniqueid)),
});
