// What the Node programs of the benchmark have in common. See ../../driver.py.
'use strict';

const fs = require('fs');

const WORK_MS = 1;
const QUIET_MS = 2000;
const PINGS_APART_MS = 50;
const WINDOW = 64;
// The rate of events that Pings are timed beside.
const PACE = '10000';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const now = () => performance.now() / 1000;
const cpuSeconds = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6; };
const own = (name) => Number(fs.readFileSync('/proc/self/status', 'utf8').match(new RegExp(`${name}:\\s+(\\d+)`))[1]);
const fds = () => fs.readdirSync('/proc/self/fd').length;

function quantileUs(times, share) {
  const sorted = times.slice().sort((a, b) => a - b);
  return sorted.length ? sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] * 1e6 : 0;
}

function latencies(times) {
  return {
    median_us: quantileUs(times, 0.5),
    p99_us: quantileUs(times, 0.99),
    p999_us: quantileUs(times, 0.999),
    worst_us: quantileUs(times, 1),
  };
}

class Driver {
  constructor() {
    const [port, mode, ...rest] = process.argv.slice(2);
    const load = mode === 'beside' ? rest.shift() : mode;
    const [count, rate] = rest;
    Object.assign(this, { port: Number(port), mode, load, count: Number(count) });
    this.rate = rate || (mode === 'beside' && load === 'paced' ? PACE : '0');
    this.isPinged = mode === 'slow' || mode === 'beside';
    Object.assign(this, { handled: 0, checked: 0, ended: false, pings: [], slowUntil: 0, pingUntil: 0 });
    this.end = new Promise((resolve) => { this.tellEnd = resolve; });
    this.begin();
  }

  begin() {
    this.start = now();
    this.cpu = cpuSeconds();
    if (this.isPinged) this.pingUntil = this.start + this.count;
    if (this.load === 'slow') this.slowUntil = this.pingUntil;
  }

  get replay() {
    return { [this.isPinged ? 'Seconds' : 'Count']: String(this.count), Rate: this.rate };
  }

  take(name, channel, uniqueid) {
    this.handled += 1;
    this.checked += (channel || '').length + (uniqueid || '').length;
    if (name === 'ReplayEnd') {
      this.ended = true;
      this.tellEnd();
    }
    // A handler is a function here, so one that takes its time holds everything up.
    if (this.slowUntil) for (const until = now() + WORK_MS / 1000; now() < this.slowUntil && now() < until;);
  }

  async wait(ping) {
    while (now() < this.pingUntil) {
      const asked = now();
      await ping();
      this.pings.push(now() - asked);
      if (this.mode === 'slow') await sleep(PINGS_APART_MS);
    }
    for (let handled = -1; !this.ended && handled < this.handled;) {
      handled = this.handled;
      await Promise.race([this.end, sleep(QUIET_MS)]);
    }
    const more = { lost: null };
    if (this.pings.length) {
      Object.assign(more, { pings: this.pings.length });
      Object.assign(more, latencies(this.pings));
    }
    this.report(this.handled, this.checked, more, this.ended ? 0 : QUIET_MS / 1000);
  }

  report(done, check, more, tooLong = 0) {
    const figures = {
      seconds: now() - this.start - tooLong,
      cpu_seconds: cpuSeconds() - this.cpu,
      done,
      check,
      peak_kb: own('VmHWM'),
    };
    fs.writeSync(1, `${JSON.stringify({ ...figures, ...more })}\n`);
    process.exit(0);
  }

  // All modes, for a client that is told how to connect, to send an action, and to hear of events.
  async run({ connect, send, listen }) {
    const client = await connect(this);
    const ping = (id) => send(client, { Action: 'Ping' }, id);
    this.begin();
    if (this.mode === 'ping') {
      const times = [];
      for (let i = 0; i < this.count; i++) {
        const asked = now();
        await ping();
        times.push(now() - asked);
      }
      this.report(times.length, times.length, latencies(times));
    } else if (this.mode === 'pipelined') {
      const answers = await Promise.all(Array.from({ length: this.count }, (_, i) => ping(`ping-${i}`)));
      this.report(answers.length, answers.length, {});
    } else if (this.mode === 'window') {
      const each = Math.floor(this.count / WINDOW);
      const work = async (worker) => { for (let i = 0; i < each; i++) await ping(`ping-${worker}-${i}`); };
      await Promise.all(Array.from({ length: WINDOW }, (_, worker) => work(worker)));
      this.report(each * WINDOW, each * WINDOW, {});
    } else if (this.mode === 'sessions') {
      const before = [own('VmRSS'), own('Threads'), fds()];
      const clients = [];
      for (let i = 0; i < this.count; i++) clients.push(await connect(this));
      const busy = cpuSeconds();
      await sleep(1000);
      this.report(clients.length, 0, {
        kb_each: (own('VmRSS') - before[0]) / this.count,
        threads_more: own('Threads') - before[1],
        fds_each: (fds() - before[2]) / this.count,
        idle_cpu_us: (cpuSeconds() - busy) / this.count * 1e6,
      });
    } else {
      listen(client, this);
      await send(client, { Action: 'Replay', ...this.replay });
      await this.wait(ping);
    }
  }
}

module.exports = Driver;
